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

bool suppression_read_any(const char *text, char out[SUPPRESSION_SCOPE_MAX])
{
	static const char *const words[][2] = {
		{"programme:", "p:"}, {"number:", "n:"}, {"category:", "c:"}};
	const char *name = strcmp(text, "all") == 0 ? "all" : NULL;
	const char *letter = "";

	for (size_t i = 0; !name && i < sizeof(words) / sizeof(*words); i++) {
		name = behind(text, words[i][0], words[i][1]);
		letter = words[i][1];
	}
	if (!name || !*name)
		return false;
	int length = snprintf(out, SUPPRESSION_SCOPE_MAX, "%s%s", letter, name);
	close_name(out);
	return length < SUPPRESSION_SCOPE_MAX;
}

/* Is the scope the programme's, or one of its categories'? */
static bool is_of(const struct settings_programme *programme, const char *scope)
{
	char name[SUPPRESSION_SCOPE_MAX];

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

bool suppression_read_scope(const struct settings *settings, const char *text,
			    char out[SUPPRESSION_SCOPE_MAX])
{
	if (!suppression_read_any(text, out))
		return false;
	if (strcmp(out, "all") == 0 ||
	    (strncmp(out, "n:", 2) == 0 && settings_number(settings, out + 2)))
		return true;
	for (size_t i = 0; i < settings->programmes_count; i++) {
		if (is_of(&settings->programmes[i], out))
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
