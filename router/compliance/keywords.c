#include "router/compliance/keywords.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/compliance/normal.h"
#include "router/compliance/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_OCTETS 96

/* Words that say stop, beside the name of a category. */
#define STOPS                                                                                      \
	"stop, unsubscribe, cancel, quit, end, arret, arreter, desabonner, alto, parar, "          \
	"baja, cancelar, sair, stopp, abmelden, abbestellen"

struct own {
	const struct settings_programme *programme;
	struct rules *rules;
	struct keywords_reader reader;
};

struct keywords {
	struct own builtin;
	struct own *owns; /* those of programmes that have any */
	size_t count;
};

/* Rules being put together. */
struct draft {
	struct normal normal;
	char *text; /* with a NUL, once something was put */
	size_t length, capacity;
};

static void put(struct draft *draft, const char *text)
{
	size_t length = strlen(text);

	if (draft->length + length >= draft->capacity) {
		draft->capacity = 2 * (draft->length + length) + 1024;
		draft->text = memory_resize(draft->text, draft->capacity, 1);
	}
	memcpy(draft->text + draft->length, text, length + 1);
	draft->length += length;
}

/* A keyword as the rules write it: folded, words with one blank between. */
static bool put_folded(struct draft *draft, const char *word)
{
	struct normal *normal = &draft->normal;

	normal_read(normal, (struct span){(const uint8_t *)word, strlen(word)});
	for (size_t i = 0; i < normal->count; i++) {
		struct span letters = normal_letters(normal, i);
		char one[NAME_MAX_OCTETS];
		snprintf(one, sizeof(one), "%s%.*s", i ? " " : "", (int)letters.length,
			 (const char *)letters.at);
		put(draft, one);
	}
	return normal->count > 0;
}

static void put_list(struct draft *draft, const char *key, char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		put(draft, key);
		put(draft, ": ");
		put_folded(draft, words[i]);
		put(draft, "\n");
	}
}

static bool has_own(const struct settings_programme *programme)
{
	bool any = programme->categories_count > 0;

	for (size_t i = 0; i < programme->languages_count; i++) {
		const struct settings_language *one = &programme->languages[i];
		any |= one->opt_out_count || one->help_count || one->opt_in_count;
	}
	return any;
}

static void draft_language(struct draft *draft, const struct settings_language *language)
{
	put(draft, "language: ");
	put(draft, language->language);
	put(draft, "\nversion: own\n");
	put_list(draft, "opt_out", language->opt_out, language->opt_out_count);
	put_list(draft, "help", language->help, language->help_count);
	put_list(draft, "opt_in", language->opt_in, language->opt_in_count);
}

/* "STOP OFFERS", "offers stop", "no more of your offers": the whole of the message. */
static void draft_categories(struct draft *draft, const struct settings_programme *programme)
{
	static const char *const forms[][2] = {
		{"scoped: @STOPS @FILL? @FILL? ", " @TEXT?\n"},
		{"scoped: no more @FILL? @FILL? ", " @TEXT?\n"},
		{"scoped: ", " @STOPS\n"},
	};

	put(draft, "language: en\nversion: own\nclass STOPS: " STOPS "\n"
		   "class FILL: all, the, your, these, any, of, with, to, from, sending, me\n"
		   "text: text, texts, message, messages, sms, msgs\n");
	for (size_t i = 0; i < programme->categories_count; i++) {
		const struct settings_category *category = &programme->categories[i];
		char line[32];
		snprintf(line, sizeof(line), "category: %zu\n", i + 1);
		put(draft, line);
		for (size_t j = 0; j < category->words_count * 3; j++) {
			put(draft, forms[j % 3][0]);
			put_folded(draft, category->words[j / 3]);
			put(draft, forms[j % 3][1]);
		}
	}
}

/* The built-in rules with the programme's own behind them. */
static int compile(const struct settings_programme *programme, struct rules **rules,
		   struct rules_fault *fault)
{
	size_t builtin, count = 0, most;
	const struct rules_source *ours = rules_builtin(&builtin);

	most = builtin + programme->languages_count + 1;
	struct rules_source *sources = memory_array(most, sizeof(*sources));
	struct draft *drafts = memory_array(most, sizeof(*drafts));
	for (; count < builtin; count++)
		sources[count] = ours[count];
	size_t own = programme->languages_count + (programme->categories_count ? 1 : 0);
	for (size_t i = 0; i < own; i++) {
		struct draft *draft = &drafts[count];
		normal_init(&draft->normal);
		if (i < programme->languages_count)
			draft_language(draft, &programme->languages[i]);
		else
			draft_categories(draft, programme);
		sources[count++] = (struct rules_source){
			programme->name, {(const uint8_t *)draft->text, draft->length}};
	}
	int error = rules_create(sources, count, rules, fault);
	for (size_t i = builtin; i < count; i++) {
		normal_finish(&drafts[i].normal);
		free(drafts[i].text);
	}
	free(drafts);
	free(sources);
	return error;
}

static void begin(struct own *own, const struct settings_programme *programme, struct rules *rules)
{
	own->programme = programme;
	own->rules = rules;
	own->reader = (struct keywords_reader){verdict_reader_create(rules), rules_version(rules)};
}

static void end(struct own *own)
{
	verdict_reader_destroy(&own->reader.reader);
	rules_destroy(&own->rules);
}

struct keywords *keywords_create(const struct settings *settings)
{
	struct keywords *keywords = memory_array(1, sizeof(*keywords));

	begin(&keywords->builtin, NULL, rules_create_builtin());
	keywords->owns = memory_array(settings->programmes_count + 1, sizeof(*keywords->owns));
	for (size_t i = 0; i < settings->programmes_count; i++) {
		const struct settings_programme *programme = &settings->programmes[i];
		struct rules_fault fault;
		struct rules *rules = NULL;
		if (!has_own(programme))
			continue;
		if (compile(programme, &rules, &fault) != 0)
			log_event(LOG_ERROR, "keywords_refused", "programme=%s fault=\"%s\"",
				  programme->name, fault.message);
		else
			begin(&keywords->owns[keywords->count++], programme, rules);
	}
	return keywords;
}

void keywords_destroy(struct keywords **pointer)
{
	struct keywords *keywords = *pointer;

	if (!keywords)
		return;
	*pointer = NULL;
	end(&keywords->builtin);
	for (size_t i = 0; i < keywords->count; i++)
		end(&keywords->owns[i]);
	free(keywords->owns);
	free(keywords);
}

const struct keywords_reader *keywords_of(const struct keywords *keywords,
					  const struct settings_programme *programme)
{
	for (size_t i = 0; programme && i < keywords->count; i++) {
		if (keywords->owns[i].programme == programme)
			return &keywords->owns[i].reader;
	}
	return &keywords->builtin.reader;
}

static const char *answer_in(enum verdict verdict, const char *stop, const char *help,
			     const char *start)
{
	return verdict == VERDICT_OPT_OUT  ? stop
	       : verdict == VERDICT_HELP   ? help
	       : verdict == VERDICT_OPT_IN ? start
					   : "";
}

const char *keywords_answer(const struct settings_programme *programme,
			    const struct verdict_answer *verdict)
{
	if (!programme)
		return "";
	if (verdict->category && verdict->category <= programme->categories_count &&
	    *programme->categories[verdict->category - 1].stop_text)
		return programme->categories[verdict->category - 1].stop_text;
	for (size_t i = 0; i < programme->languages_count; i++) {
		const struct settings_language *one = &programme->languages[i];
		const char *text = answer_in(verdict->verdict, one->stop_text, one->help_text,
					     one->start_text);
		if (*text && strcmp(one->language, verdict->language) == 0)
			return text;
	}
	return answer_in(verdict->verdict, programme->stop_text, programme->help_text,
			 programme->start_text);
}

/* Checks */

struct checking {
	struct verdict_reader *reader; /* by what is built in */
	struct draft draft;
	settings_report *report;
	void *context;
	bool good;
};

static void complain(struct checking *checking, const struct settings_programme *programme,
		     const char *word, const char *why)
{
	char line[SETTINGS_ERROR_MAX];

	snprintf(line, sizeof(line), "programme \"%s\": \"%s\" %s", programme->name, word, why);
	checking->report(line, checking->context);
	checking->good = false;
}

/* A keyword means what everybody's rules let it mean: one that is another is that, and START is
 * nothing that people say in passing. */
static void check_words(struct checking *checking, const struct settings_programme *programme,
			enum verdict wanted, char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct verdict_answer all[VERDICT_CONTEXTS];
		struct span text = {(const uint8_t *)words[i], strlen(words[i])};
		checking->draft.length = 0;
		if (!put_folded(&checking->draft, words[i])) {
			complain(checking, programme, words[i], "is no keyword: it has no letters");
			continue;
		}
		verdict_read_all(checking->reader, text, all);
		bool taken = all[0].verdict != VERDICT_NONE &&
			     all[0].verdict != VERDICT_AMBIGUOUS && all[0].verdict != wanted;
		bool passing = wanted == VERDICT_OPT_IN &&
			       all[VERDICT_OPTED_OUT].verdict != all[0].verdict;
		if (taken || passing)
			complain(checking, programme, words[i],
				 "means something else in the rules that everybody has");
	}
}

bool keywords_check(const struct settings *settings, settings_report *report, void *context)
{
	struct rules *rules = rules_create_builtin();
	struct checking checking = {.reader = verdict_reader_create(rules),
				    .report = report,
				    .context = context,
				    .good = true};

	normal_init(&checking.draft.normal);
	for (size_t i = 0; i < settings->programmes_count; i++) {
		const struct settings_programme *one = &settings->programmes[i];
		for (size_t j = 0; j < one->languages_count; j++) {
			const struct settings_language *own = &one->languages[j];
			check_words(&checking, one, VERDICT_OPT_OUT, own->opt_out,
				    own->opt_out_count);
			check_words(&checking, one, VERDICT_HELP, own->help, own->help_count);
			check_words(&checking, one, VERDICT_OPT_IN, own->opt_in, own->opt_in_count);
		}
		for (size_t j = 0; j < one->categories_count; j++)
			check_words(&checking, one, VERDICT_NONE, one->categories[j].words,
				    one->categories[j].words_count);
		struct rules_fault fault;
		struct rules *own = NULL;
		if (checking.good && has_own(one) && compile(one, &own, &fault) != 0)
			complain(&checking, one, "", fault.message);
		rules_destroy(&own);
	}
	free(checking.draft.text);
	normal_finish(&checking.draft.normal);
	verdict_reader_destroy(&checking.reader);
	rules_destroy(&rules);
	return checking.good;
}
