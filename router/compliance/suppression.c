#include "router/compliance/suppression.h"

#include <stdio.h>
#include <string.h>

/* A `|` in a programme's name would part its scope in two, and an opt-out from it would cover
 * nothing. */
static void close_name(char *name)
{
	for (; *name; name++) {
		if (*name == '|')
			*name = '_';
	}
}

void suppression_scope(enum settings_scope kind, const char *programme, const char *ours, char *out,
		       size_t capacity)
{
	if (kind == SETTINGS_SCOPE_ALL)
		snprintf(out, capacity, "all");
	else if (kind == SETTINGS_SCOPE_PROGRAMME && *programme)
		snprintf(out, capacity, "p:%s", programme);
	else
		snprintf(out, capacity, "n:%s", ours);
	close_name(out);
}

void suppression_scopes(const char *programme, const char *ours, char *out, size_t capacity)
{
	if (!*programme) {
		snprintf(out, capacity, "all|n:%s", ours);
		return;
	}
	int length = snprintf(out, capacity, "all|p:%s", programme);
	if (length < 0 || (size_t)length >= capacity)
		return;
	close_name(out + strlen("all|"));
	snprintf(out + length, capacity - (size_t)length, "|n:%s", ours);
}
