#include "router/compliance/suppression.h"

#include <stdio.h>

void suppression_scope(enum settings_scope kind, const char *programme, const char *ours, char *out,
		       size_t capacity)
{
	if (kind == SETTINGS_SCOPE_ALL)
		snprintf(out, capacity, "all");
	else if (kind == SETTINGS_SCOPE_PROGRAMME && *programme)
		snprintf(out, capacity, "p:%s", programme);
	else
		snprintf(out, capacity, "n:%s", ours);
}

void suppression_scopes(const char *programme, const char *ours, char *out, size_t capacity)
{
	if (*programme)
		snprintf(out, capacity, "all|p:%s|n:%s", programme, ours);
	else
		snprintf(out, capacity, "all|n:%s", ours);
}
