/* From the file and from what people have edited to the rules of one programme or number. */
#include "router/compliance/keywords_internal.h"

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

	normal_read(normal, span_text(word));
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

bool own_has_words(const struct settings_programme *programme)
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

int own_compile(const struct settings_programme *programme, struct rules **rules,
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

/* Words and languages that lie above one another. */

static void copy_words(char ***to, size_t *count, char *const *from, size_t more)
{
	*to = memory_resize(*to, *count + more, sizeof(**to));
	for (size_t i = 0; i < more; i++)
		(*to)[(*count)++] = from[i];
}

static char *over(char *above, char *below)
{
	return *above ? above : below;
}

/* The language of the upper one is laid over what is there, whose texts it hides and beside whose
 * words its own stand. */
static void lay_language(struct settings_programme *programme,
			 const struct settings_language *upper)
{
	struct settings_language *found = NULL;

	for (size_t i = 0; i < programme->languages_count; i++) {
		if (strcmp(programme->languages[i].language, upper->language) == 0)
			found = &programme->languages[i];
	}
	if (!found) {
		programme->languages =
			memory_resize(programme->languages, programme->languages_count + 1,
				      sizeof(*programme->languages));
		found = &programme->languages[programme->languages_count++];
		*found = (struct settings_language){.language = upper->language,
						    .stop_text = "",
						    .help_text = "",
						    .start_text = ""};
	}
	found->stop_text = over(upper->stop_text, found->stop_text);
	found->help_text = over(upper->help_text, found->help_text);
	found->start_text = over(upper->start_text, found->start_text);
	copy_words(&found->opt_out, &found->opt_out_count, upper->opt_out, upper->opt_out_count);
	copy_words(&found->help, &found->help_count, upper->help, upper->help_count);
	copy_words(&found->opt_in, &found->opt_in_count, upper->opt_in, upper->opt_in_count);
}

static void lay(struct settings_programme *programme, const struct settings_programme *upper,
		const char *language)
{
	programme->stop_text = over(upper->stop_text, programme->stop_text);
	programme->help_text = over(upper->help_text, programme->help_text);
	programme->start_text = over(upper->start_text, programme->start_text);
	for (size_t i = 0; i < upper->languages_count; i++) {
		if (!*language || strcmp(language, upper->languages[i].language) == 0)
			lay_language(programme, &upper->languages[i]);
	}
}

static struct settings_programme put_together(const struct own_sources *sources)
{
	struct settings_programme all = {
		.name = "", .stop_text = "", .help_text = "", .start_text = ""};
	const struct settings_programme *file = sources->file;

	if (file) {
		all = *file;
		all.languages = NULL;
		all.languages_count = 0;
	}
	if (sources->programme.set)
		lay(&all, &sources->programme.set->own, sources->language);
	else if (file)
		lay(&all, file, sources->language);
	if (sources->number.set)
		lay(&all, &sources->number.set->own, sources->language);
	return all;
}

/* A short name of the rules that are built in: FNV-1a of their versions. */
static uint32_t print_of(const char *version)
{
	uint32_t print = 0x811C9DC5u;

	for (; *version; version++)
		print = (print ^ (uint8_t)*version) * 0x01000193u;
	return print >> 8;
}

/* `shop 4`; a set that is no version yet is `shop unsaved`. */
static int put_layer(char *out, size_t room, const char *before, const char *name, unsigned version)
{
	if (version)
		return snprintf(out, room, "%s%s %u", before, name, version);
	return snprintf(out, room, "%s%s unsaved", before, name);
}

static void name_versions(struct own *own, const struct own_sources *sources, const char *builtin,
			  const char *rules)
{
	char layers[2 * (RULESET_OWNER_MAX + 16)] = "";
	int length = 0;

	if (sources->programme.set)
		length = put_layer(layers, sizeof(layers), "", own->programme.name,
				   sources->programme.version);
	if (sources->number.set)
		put_layer(layers + length, sizeof(layers) - (size_t)length, length ? ", " : "",
			  sources->number_name, sources->number.version);
	size_t capacity = strlen(rules) + sizeof(layers) + 16;
	own->version = memory_array(capacity, 1);
	own->mark = memory_array(capacity, 1);
	snprintf(own->version, capacity, "%s%s%s", rules, *layers ? ", " : "", layers);
	snprintf(own->mark, capacity, "%06x%s%s", print_of(builtin), *layers ? " " : "", layers);
}

int own_create(const struct own_sources *sources, struct own **out, struct rules_fault *fault)
{
	struct own *own = memory_array(1, sizeof(*own));
	int error = 0;

	own->programme = put_together(sources);
	if (own_has_words(&own->programme))
		error = own_compile(&own->programme, &own->rules, fault);
	if (error) {
		own_destroy(&own);
		return error;
	}
	const char *builtin = sources->builtin->version;
	name_versions(own, sources, builtin, own->rules ? rules_version(own->rules) : builtin);
	own->reader = (struct keywords_reader){
		own->rules ? verdict_reader_create(own->rules) : sources->builtin->reader,
		own->version, own->mark,
		sources->file || sources->number.set ? &own->programme : NULL};
	*out = own;
	return 0;
}

struct own *own_create_builtin(void)
{
	struct own *own = memory_array(1, sizeof(*own));

	own->rules = rules_create_builtin();
	name_versions(own, &(struct own_sources){0}, rules_version(own->rules),
		      rules_version(own->rules));
	own->reader = (struct keywords_reader){verdict_reader_create(own->rules), own->version,
					       own->mark, NULL};
	return own;
}

void own_destroy(struct own **pointer)
{
	struct own *own = *pointer;

	if (!own)
		return;
	*pointer = NULL;
	if (own->rules)
		verdict_reader_destroy(&own->reader.reader);
	rules_destroy(&own->rules);
	for (size_t i = 0; i < own->programme.languages_count; i++) {
		free(own->programme.languages[i].opt_out);
		free(own->programme.languages[i].help);
		free(own->programme.languages[i].opt_in);
	}
	free(own->programme.languages);
	free(own->version);
	free(own->mark);
	free(own);
}
