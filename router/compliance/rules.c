/* Reads the rules of languages and compiles them: every word gets a number and the sets that it is
 * in, every pattern becomes a row of sets. */
#include "router/compliance/rules_internal.h"

#include "config/memory.h"
#include "router/compliance/normal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_OCTETS 4096
#define NAME_MAX_OCTETS 24
#define CLASSES_MAX 64
#define GAP_MAX 9
#define PATTERNS_MAX 20000
#define WORDS_MAX 20000

struct class_name {
	char name[NAME_MAX_OCTETS];
	uint16_t set;
};

struct compiling {
	struct rules *rules;
	struct rules_fault *fault;
	const char *source;
	unsigned line;
	struct rules_language *language; /* NULL before the line that names it */
	struct class_name classes[CLASSES_MAX];
	size_t class_count;
	uint8_t category;
};

static const char *const kind_keys[RULES_KINDS] = {
	"opt_out", "help",	"opt_in",  "opt_in_opted_out", "refusal",
	"family",  "polite",	"request", "phrase",	       "negation",
	"frame",   "footer",	"unclear", "unclear_unasked",  "signature",
	"urging",  "elsewhere", "scoped",  "homonym",
};

static int fail(struct compiling *compiling, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int fail(struct compiling *compiling, const char *format, ...)
{
	char what[128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	snprintf(compiling->fault->message, sizeof(compiling->fault->message), "%s:%u: %s",
		 compiling->source, compiling->line, what);
	return -EINVAL;
}

/* Words */

static struct rules_word *word_of(struct compiling *compiling, struct span letters)
{
	struct rules *rules = compiling->rules;
	uint16_t known = rules_word(rules, letters);

	if (known != RULES_NO_WORD)
		return &rules->words[known];
	if (letters.length == 0 || letters.length >= RULES_WORD_MAX) {
		fail(compiling, "a word has %zu octets, allowed 1..%d", letters.length,
		     RULES_WORD_MAX - 1);
		return NULL;
	}
	if (rules->word_count >= WORDS_MAX) {
		fail(compiling, "more than %d words", WORDS_MAX);
		return NULL;
	}
	bool grow = rules->word_count == rules->word_capacity;
	if (grow) {
		rules->word_capacity = rules->word_capacity * 2 + 512;
		rules->words =
			memory_resize(rules->words, rules->word_capacity, sizeof(*rules->words));
	}
	struct rules_word *word = &rules->words[rules->word_count++];
	memset(word, 0, sizeof(*word));
	memcpy(word->letters, letters.at, letters.length);
	if (grow)
		rules_index(rules);
	else
		rules_index_word(rules, rules->word_count - 1);
	return word;
}

/* Sets */

static int set_create(struct compiling *compiling, uint16_t *set)
{
	if (compiling->rules->set_count >= RULES_SETS_MAX)
		return fail(compiling, "more than %d different sets of words in patterns",
			    RULES_SETS_MAX);
	*set = (uint16_t)compiling->rules->set_count++;
	return 0;
}

static void set_add(struct rules_word *word, uint16_t set)
{
	word->sets[set / 64] |= UINT64_C(1) << (set % 64);
}

/* Every word of `from` is in `to` as well. */
static void set_include(struct rules *rules, uint16_t to, uint16_t from)
{
	for (size_t i = 0; i < rules->word_count; i++) {
		if (rules_in_set(rules, (uint16_t)i, from))
			set_add(&rules->words[i], to);
	}
}

static const struct class_name *class_find(const struct compiling *compiling, struct span name)
{
	for (size_t i = 0; i < compiling->class_count; i++) {
		const struct class_name *one = &compiling->classes[i];
		if (strlen(one->name) == name.length &&
		    memcmp(one->name, name.at, name.length) == 0)
			return one;
	}
	return NULL;
}

static int class_create(struct compiling *compiling, struct span name, uint16_t *set)
{
	const struct class_name *known = class_find(compiling, name);

	*set = 0;
	if (known) {
		*set = known->set;
		return 0;
	}
	if (name.length == 0 || name.length >= NAME_MAX_OCTETS)
		return fail(compiling, "a class's name has %zu octets, allowed 1..%d", name.length,
			    NAME_MAX_OCTETS - 1);
	if (compiling->class_count == CLASSES_MAX)
		return fail(compiling, "more than %d classes in a language", CLASSES_MAX);
	int error = set_create(compiling, set);
	if (error)
		return error;
	struct class_name *fresh = &compiling->classes[compiling->class_count++];
	memset(fresh, 0, sizeof(*fresh));
	memcpy(fresh->name, name.at, name.length);
	fresh->set = *set;
	return 0;
}

/* Takes what stands before `separator` off the front of `rest`, without outer blanks. */
static struct span take(struct span *rest, char separator)
{
	const uint8_t *end = memchr(rest->at, separator, rest->length);
	struct span part = {rest->at, end ? (size_t)(end - rest->at) : rest->length};
	size_t skipped = part.length + (end ? 1 : 0);

	rest->at += skipped;
	rest->length -= skipped;
	while (part.length && part.at[0] == ' ') {
		part.at++;
		part.length--;
	}
	while (part.length && part.at[part.length - 1] == ' ')
		part.length--;
	return part;
}

/* `a|b|@NAME` into a set of its own. A class alone is its set. */
static int class_set(struct compiling *compiling, struct span name, uint16_t *set)
{
	const struct class_name *class =
		class_find(compiling, (struct span){name.at + 1, name.length - 1});

	if (!class)
		return fail(compiling, "no class %.*s before this line", (int)name.length,
			    (const char *)name.at);
	*set = class->set;
	return 0;
}

/* A word alone has one set, wherever it stands alone. */
static int word_set(struct compiling *compiling, struct span text, uint16_t *set)
{
	struct rules_word *word = word_of(compiling, text);
	int error = word && !word->alone ? set_create(compiling, &word->alone) : 0;

	if (!word || error)
		return -EINVAL;
	set_add(word, word->alone);
	*set = word->alone;
	return 0;
}

static int element_set(struct compiling *compiling, struct span text, uint16_t *set)
{
	if (!memchr(text.at, '|', text.length))
		return text.at[0] == '@' ? class_set(compiling, text, set)
					 : word_set(compiling, text, set);
	int error = set_create(compiling, set);
	while (!error && text.length) {
		struct span part = take(&text, '|');
		uint16_t class = 0;
		if (part.length && part.at[0] == '@') {
			error = class_set(compiling, part, &class);
			if (!error)
				set_include(compiling->rules, *set, class);
			continue;
		}
		struct rules_word *word = word_of(compiling, part);
		if (!word)
			return -EINVAL;
		set_add(word, *set);
	}
	return error;
}

/* Patterns */

static int pattern_add(struct compiling *compiling, const struct rules_pattern *pattern,
		       struct span text)
{
	struct rules *rules = compiling->rules;

	if (pattern->count == 0)
		return fail(compiling, "a pattern without a word");
	if (rules->pattern_count >= PATTERNS_MAX)
		return fail(compiling, "more than %d patterns", PATTERNS_MAX);
	if (rules->pattern_count == rules->pattern_capacity) {
		rules->pattern_capacity = rules->pattern_capacity * 2 + 256;
		rules->patterns = memory_resize(rules->patterns, rules->pattern_capacity,
						sizeof(*rules->patterns));
	}
	struct rules_pattern *fresh = &rules->patterns[rules->pattern_count++];
	*fresh = *pattern;
	fresh->text = memory_copy(text.at, text.length);
	return 0;
}

/* Reads on from `rest`; a word that may be missing gives a pattern with and one without it. */
static int pattern_read(struct compiling *compiling, struct rules_pattern *pattern,
			struct span rest, struct span whole)
{
	uint8_t gap = 0;

	while (rest.length) {
		struct span part = take(&rest, ' ');
		if (part.length == 0)
			continue;
		if (part.at[0] == '~') {
			if (part.length != 2 || part.at[1] < '1' || part.at[1] > '0' + GAP_MAX)
				return fail(compiling, "%.*s: allowed ~1..~%d", (int)part.length,
					    (const char *)part.at, GAP_MAX);
			gap = (uint8_t)(part.at[1] - '0');
			continue;
		}
		if (part.at[part.length - 1] == '?') {
			struct rules_pattern without = *pattern;
			int error = pattern_read(compiling, &without, rest, whole);
			if (error)
				return error;
			part.length--;
		}
		if (pattern->count == RULES_ELEMENTS_MAX)
			return fail(compiling, "a pattern of more than %d words",
				    RULES_ELEMENTS_MAX);
		struct rules_element *element = &pattern->elements[pattern->count];
		int error = element_set(compiling, part, &element->set);
		if (error)
			return error;
		element->gap = pattern->count ? gap : 0;
		pattern->count++;
		gap = 0;
	}
	return pattern_add(compiling, pattern, whole);
}

static int read_pattern(struct compiling *compiling, enum rules_kind kind, struct span text)
{
	struct rules_pattern pattern = {
		.kind = kind,
		.language = (uint8_t)(compiling->language - compiling->rules->languages),
		.category = kind == RULES_SCOPED ? compiling->category : 0,
		.line = (uint16_t)compiling->line,
	};
	int error = pattern_read(compiling, &pattern, text, text);

	if (!error && kind == RULES_OPT_OUT && !memchr(text.at, ' ', text.length)) {
		struct rules_word *word = word_of(compiling, text);
		if (word)
			word->keyword = true;
	}
	return error;
}

static int read_list(struct compiling *compiling, enum rules_kind kind, struct span text)
{
	int error = 0;

	while (!error && text.length)
		error = read_pattern(compiling, kind, take(&text, ','));
	return error;
}

/* The words of a list into one set; of an entry of two words neither is. */
static int read_set(struct compiling *compiling, struct span text, uint16_t set)
{
	while (text.length) {
		struct span part = take(&text, ',');
		if (memchr(part.at, ' ', part.length))
			continue;
		struct rules_word *word = word_of(compiling, part);
		if (!word)
			return -EINVAL;
		set_add(word, set);
	}
	return 0;
}

static int read_class(struct compiling *compiling, struct span name, struct span text)
{
	uint16_t set = 0;
	int error = class_create(compiling, name, &set);

	return error ? error : read_set(compiling, text, set);
}

static int read_language(struct compiling *compiling, struct span text)
{
	struct rules *rules = compiling->rules;

	if (compiling->language)
		return fail(compiling, "a second language in one text");
	if (text.length != 2)
		return fail(compiling, "language is \"%.*s\", allowed are two letters",
			    (int)text.length, (const char *)text.at);
	compiling->language = &rules->languages[rules->language_count++];
	memcpy(compiling->language->code, text.at, text.length);
	uint16_t family = 0;
	int error = class_create(compiling, span_text("TEXT"), &compiling->language->text);
	if (!error)
		error = class_create(compiling, span_text("CHANNEL"),
				     &compiling->language->channel);
	return error ? error : class_create(compiling, span_text("FAMILY"), &family);
}

static int read_ordinary(struct compiling *compiling, struct span text)
{
	while (text.length) {
		struct rules_word *word = word_of(compiling, take(&text, ','));
		if (!word)
			return -EINVAL;
		word->ordinary = true;
	}
	return 0;
}

/* 1..255 */
static int read_category(struct compiling *compiling, struct span text)
{
	unsigned number = 0;

	for (size_t i = 0; i < text.length && number <= UINT8_MAX; i++) {
		bool digit = text.at[i] >= '0' && text.at[i] <= '9';
		number = digit ? number * 10 + (text.at[i] - '0') : UINT8_MAX + 1u;
	}
	if (number < 1 || number > UINT8_MAX)
		return fail(compiling, "category is \"%.*s\", allowed 1..255", (int)text.length,
			    (const char *)text.at);
	compiling->category = (uint8_t)number;
	return 0;
}

static int read_value(struct compiling *compiling, struct span key, struct span value)
{
	if (span_is(key, "version")) {
		snprintf(compiling->language->version, RULES_VERSION_MAX, "%.*s", (int)value.length,
			 (const char *)value.at);
		return 0;
	}
	if (span_is(key, "category"))
		return read_category(compiling, value);
	if (span_is(key, "ordinary"))
		return read_ordinary(compiling, value);
	if (span_is(key, "text"))
		return read_class(compiling, span_text("TEXT"), value);
	if (span_is(key, "channel"))
		return read_class(compiling, span_text("CHANNEL"), value);
	if (key.length > 6 && memcmp(key.at, "class ", 6) == 0)
		return read_class(compiling, (struct span){key.at + 6, key.length - 6}, value);
	if (span_is(key, "family")) {
		int error = read_class(compiling, span_text("FAMILY"), value);
		return error ? error : read_list(compiling, RULES_FAMILY, value);
	}
	for (unsigned kind = 0; kind < RULES_KINDS; kind++) {
		if (!span_is(key, kind_keys[kind]))
			continue;
		return kind < RULES_PHRASE ? read_list(compiling, (enum rules_kind)kind, value)
					   : read_pattern(compiling, (enum rules_kind)kind, value);
	}
	return fail(compiling, "unknown key \"%.*s\"; rules.h lists what is allowed",
		    (int)key.length, (const char *)key.at);
}

static int read_line(struct compiling *compiling, struct span line)
{
	if (line.length > LINE_MAX_OCTETS)
		return fail(compiling, "the line has %zu octets, allowed %d", line.length,
			    LINE_MAX_OCTETS);
	if (line.length && line.at[line.length - 1] == '\r')
		line.length--;
	if (line.length == 0 || line.at[0] == '#')
		return 0;
	if (!memchr(line.at, ':', line.length))
		return fail(compiling, "no colon: a line is `key: value`");
	struct span key = take(&line, ':');
	if (span_is(key, "language"))
		return read_language(compiling, take(&line, '\0'));
	if (!compiling->language)
		return fail(compiling, "the language must come first");
	return read_value(compiling, key, take(&line, '\0'));
}

static int read_source(struct compiling *compiling, const struct rules_source *source)
{
	struct span rest = source->text;
	int error = 0;

	compiling->source = source->name;
	compiling->line = 0;
	compiling->language = NULL;
	compiling->class_count = 0;
	while (!error && rest.length) {
		const uint8_t *end = memchr(rest.at, '\n', rest.length);
		struct span line = {rest.at, end ? (size_t)(end - rest.at) : rest.length};
		size_t skipped = line.length + (end ? 1 : 0);
		rest.at += skipped;
		rest.length -= skipped;
		compiling->line++;
		error = read_line(compiling, line);
	}
	if (!error && !compiling->language)
		return fail(compiling, "no language");
	return error;
}

/* What each word begins, so that the classifier looks at those alone. */
static void index_patterns(struct rules *rules)
{
	for (size_t i = 0; i < rules->word_count; i++) {
		struct rules_word *word = &rules->words[i];
		word->firsts = memory_array(rules->pattern_count, sizeof(*word->firsts));
		for (size_t j = 0; j < rules->pattern_count; j++) {
			uint16_t set = rules->patterns[j].elements[0].set;
			if (rules_in_set(rules, (uint16_t)i, set))
				word->firsts[word->firsts_count++] = (uint16_t)j;
		}
		word->firsts =
			memory_resize(word->firsts, word->firsts_count + 1u, sizeof(*word->firsts));
	}
	rules_index(rules);
}

static void name_version(struct rules *rules)
{
	size_t capacity = rules->language_count * (RULES_LANGUAGE_MAX + RULES_VERSION_MAX + 3) + 1;
	size_t length = 0;

	rules->version = memory_array(capacity, 1);
	for (size_t i = 0; i < rules->language_count; i++)
		length += (size_t)snprintf(rules->version + length, capacity - length, "%s%s %s",
					   i ? ", " : "", rules->languages[i].code,
					   rules->languages[i].version);
}

int rules_create(const struct rules_source *sources, size_t count, struct rules **rules,
		 struct rules_fault *fault)
{
	struct compiling *compiling = memory_array(1, sizeof(*compiling));
	struct rules *fresh = memory_array(1, sizeof(*fresh));
	int error = 0;

	fresh->languages = memory_array(count, sizeof(*fresh->languages));
	fresh->set_count = 1; /* 0 is no set */
	compiling->rules = fresh;
	compiling->fault = fault;
	for (size_t i = 0; i < count && !error; i++)
		error = read_source(compiling, &sources[i]);
	free(compiling);
	if (error) {
		rules_destroy(&fresh);
		return error;
	}
	index_patterns(fresh);
	name_version(fresh);
	*rules = fresh;
	return 0;
}

struct rules *rules_create_builtin(void)
{
	struct rules_fault fault;
	struct rules *rules = NULL;
	size_t count;
	const struct rules_source *sources = rules_builtin(&count);

	if (rules_create(sources, count, &rules, &fault)) {
		/* Ours, and read by every test of a text. */
		fprintf(stderr, "%s\n", fault.message);
		abort();
	}
	return rules;
}

void rules_destroy(struct rules **pointer)
{
	struct rules *rules = *pointer;

	if (!rules)
		return;
	*pointer = NULL;
	for (size_t i = 0; i < rules->word_count; i++)
		free(rules->words[i].firsts);
	for (size_t i = 0; i < rules->pattern_count; i++)
		free(rules->patterns[i].text);
	free(rules->words);
	free(rules->patterns);
	free(rules->index);
	free(rules->collapsed);
	free(rules->languages);
	free(rules->version);
	free(rules);
}

const char *rules_version(const struct rules *rules)
{
	return rules->version;
}
