/* Keywords that cannot be one. */
#include "router/compliance/keywords_internal.h"

#include "config/memory.h"
#include "router/compliance/normal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct checking {
	struct verdict_reader *reader; /* by what is built in */
	struct normal normal;
	const char *place;
	settings_report *report;
	void *context;
	bool good;
};

static void complain(struct checking *checking, const char *list, const char *word, const char *why)
{
	char line[SETTINGS_ERROR_MAX];

	snprintf(line, sizeof(line), "%s: %s\"%s\" %s", checking->place, list, word, why);
	checking->report(line, checking->context);
	checking->good = false;
}

/* A keyword means what everybody's rules let it mean: one that is another is that, START is nothing
 * that people say in passing, and HELP nothing that a person has to read ("no thanks"), which is
 * answered and held no more where it is a help word. */
static void check_words(struct checking *checking, const char *list, enum verdict wanted,
			char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct verdict_answer all[VERDICT_CONTEXTS];
		struct span text = {(const uint8_t *)words[i], strlen(words[i])};
		char why[160];
		normal_read(&checking->normal, text);
		if (checking->normal.count == 0) {
			complain(checking, list, words[i],
				 "is no keyword: it has no letters, allowed are words");
			continue;
		}
		verdict_read_all(checking->reader, text, all);
		bool taken = all[0].verdict != VERDICT_NONE &&
			     all[0].verdict != VERDICT_AMBIGUOUS && all[0].verdict != wanted;
		taken |= all[0].verdict == VERDICT_AMBIGUOUS && wanted == VERDICT_HELP;
		bool passing = wanted == VERDICT_OPT_IN &&
			       all[VERDICT_OPTED_OUT].verdict != all[0].verdict;
		if (!taken && !passing)
			continue;
		snprintf(why, sizeof(why),
			 "means something else in the rules that everybody has (%s); allowed is "
			 "what they leave to you",
			 verdict_name(all[taken ? 0 : VERDICT_OPTED_OUT].verdict));
		complain(checking, list, words[i], why);
	}
}

static void check_language(struct checking *checking, const struct settings_language *language)
{
	static const enum verdict wanted[] = {VERDICT_OPT_OUT, VERDICT_HELP, VERDICT_OPT_IN};
	static const char *const names[] = {"opt_out", "help", "opt_in"};
	char *const *lists[] = {language->opt_out, language->help, language->opt_in};
	size_t counts[] = {language->opt_out_count, language->help_count, language->opt_in_count};

	for (size_t i = 0; i < 3; i++) {
		char list[48];
		snprintf(list, sizeof(list), "%s.%s: ", language->language, names[i]);
		check_words(checking, list, wanted[i], lists[i], counts[i]);
	}
}

static void check_programme(struct checking *checking, const struct settings_programme *programme)
{
	struct rules_fault fault;
	struct rules *own = NULL;

	for (size_t i = 0; i < programme->languages_count; i++)
		check_language(checking, &programme->languages[i]);
	for (size_t i = 0; i < programme->categories_count; i++)
		check_words(checking, "", VERDICT_NONE, programme->categories[i].words,
			    programme->categories[i].words_count);
	if (checking->good && own_has_words(programme) && own_compile(programme, &own, &fault) != 0)
		complain(checking, "", "", fault.message);
	rules_destroy(&own);
}

static bool check_many(const struct settings_programme *programmes, size_t count, const char *place,
		       struct checking *checking)
{
	struct rules *rules = rules_create_builtin();
	char name[160];

	checking->good = true;
	checking->reader = verdict_reader_create(rules);
	normal_init(&checking->normal);
	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "programme \"%s\"", programmes[i].name);
		checking->place = place ? place : name;
		check_programme(checking, &programmes[i]);
	}
	normal_finish(&checking->normal);
	verdict_reader_destroy(&checking->reader);
	rules_destroy(&rules);
	return checking->good;
}

bool keywords_check(const struct settings *settings, settings_report *report, void *context)
{
	struct checking checking = {.report = report, .context = context};

	return check_many(settings->programmes, settings->programmes_count, NULL, &checking);
}

bool keywords_check_one(const struct settings_programme *programme, const char *place,
			settings_report *report, void *context)
{
	struct checking checking = {.report = report, .context = context};

	return check_many(programme, 1, place, &checking);
}
