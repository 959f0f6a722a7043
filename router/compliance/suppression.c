#include "router/compliance/suppression.h"

#include <stdio.h>
#include <string.h>

#define CATEGORY_MAX 160 /* octets of `c:<programme>:<category>`, with a NUL */

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

void suppression_category(const char *programme, const char *category, char *out, size_t capacity)
{
	snprintf(out, capacity, "c:%s:%s", programme, category);
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

bool suppression_place(const char *number, struct suppression_place *place)
{
	uint64_t value = 0;
	size_t digits;

	if (number[0] != '+' || number[1] == '0')
		return false;
	for (digits = 0; number[1 + digits] >= '0' && number[1 + digits] <= '9' && digits < 16;
	     digits++)
		value = value * 10 + (uint64_t)(number[1 + digits] - '0');
	if (number[1 + digits] || digits == 0 || digits > 15)
		return false;
	place->bucket = (unsigned)(value % SUPPRESSION_BUCKETS);
	place->field = value / SUPPRESSION_BUCKETS;
	return true;
}

/* What is behind the first of two prefixes that the text has, or NULL. */
static const char *behind(const char *text, const char *word, const char *letter)
{
	if (strncmp(text, word, strlen(word)) == 0)
		return text + strlen(word);
	return strncmp(text, letter, strlen(letter)) == 0 ? text + strlen(letter) : NULL;
}

bool suppression_read_scope(const struct settings *settings, const char *text, char *out,
			    size_t capacity)
{
	const char *programme = behind(text, "programme:", "p:");
	const char *number = behind(text, "number:", "n:");

	if (strcmp(text, "all") == 0)
		suppression_scope(SETTINGS_SCOPE_ALL, "", "", out, capacity);
	else if (programme && settings_programme(settings, programme))
		suppression_scope(SETTINGS_SCOPE_PROGRAMME, programme, "", out, capacity);
	else if (number && settings_number(settings, number))
		suppression_scope(SETTINGS_SCOPE_NUMBER, "", number, out, capacity);
	else
		return false;
	return true;
}

static bool is_of(const struct settings_programme *programme, const char *scope)
{
	char name[CATEGORY_MAX];

	suppression_scope(SETTINGS_SCOPE_PROGRAMME, programme->name, "", name, sizeof(name));
	if (strcmp(name, scope) == 0)
		return true;
	for (size_t i = 0; i < programme->categories_count; i++) {
		suppression_category(programme->name, programme->categories[i].name, name,
				     sizeof(name));
		if (strcmp(name, scope) == 0)
			return true;
	}
	return false;
}

bool suppression_is_known(const struct settings *settings, const char *scope, const char *ours)
{
	const struct settings_number *number = *ours ? settings_number(settings, ours) : NULL;

	/* A number that has gone sends nothing. */
	if (strcmp(scope, "all") == 0 || strncmp(scope, "n:", 2) == 0)
		return true;
	for (size_t i = 0; i < settings->programmes_count; i++) {
		const struct settings_programme *programme = &settings->programmes[i];
		if ((!number || strcmp(number->programme, programme->name) == 0) &&
		    is_of(programme, scope))
			return true;
	}
	return false;
}
