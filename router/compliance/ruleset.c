#include "router/compliance/ruleset.h"

#include "config/memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What there is of a programme, or of a language: where it stands in the one and the other. */
static const struct text_key {
	const char *name;
	size_t programme, language;
} text_keys[] = {
	{"stop_text", offsetof(struct settings_programme, stop_text),
	 offsetof(struct settings_language, stop_text)},
	{"help_text", offsetof(struct settings_programme, help_text),
	 offsetof(struct settings_language, help_text)},
	{"start_text", offsetof(struct settings_programme, start_text),
	 offsetof(struct settings_language, start_text)},
};

static const struct word_key {
	const char *name;
	size_t words, count;
} word_keys[] = {
	{"opt_out", offsetof(struct settings_language, opt_out),
	 offsetof(struct settings_language, opt_out_count)},
	{"help", offsetof(struct settings_language, help),
	 offsetof(struct settings_language, help_count)},
	{"opt_in", offsetof(struct settings_language, opt_in),
	 offsetof(struct settings_language, opt_in_count)},
};
#define KEYS 3

static char **text_at(const void *base, size_t offset)
{
	return (char **)((char *)base + offset);
}

static char ***words_at(const struct settings_language *language, const struct word_key *key)
{
	return (char ***)((char *)language + key->words);
}

static size_t *count_at(const struct settings_language *language, const struct word_key *key)
{
	return (size_t *)((char *)language + key->count);
}

static int fail(struct rules_fault *fault, const char *form, ...)
	__attribute__((format(printf, 2, 3)));

static int fail(struct rules_fault *fault, const char *form, ...)
{
	char what[sizeof(fault->message)];
	va_list arguments;

	va_start(arguments, form);
	vsnprintf(what, sizeof(what), form, arguments);
	va_end(arguments);
	memcpy(fault->message, what, sizeof(what));
	return -EINVAL;
}

struct ruleset *ruleset_create(void)
{
	struct ruleset *set = memory_array(1, sizeof(*set));

	set->own.name = memory_text("");
	for (size_t i = 0; i < KEYS; i++)
		*text_at(&set->own, text_keys[i].programme) = memory_text("");
	return set;
}

void ruleset_destroy(struct ruleset **pointer)
{
	struct ruleset *set = *pointer;

	if (!set)
		return;
	*pointer = NULL;
	for (size_t i = 0; i < set->own.languages_count; i++) {
		struct settings_language *language = &set->own.languages[i];
		for (size_t j = 0; j < KEYS; j++) {
			char **words = *words_at(language, &word_keys[j]);
			for (size_t k = 0; k < *count_at(language, &word_keys[j]); k++)
				free(words[k]);
			free(words);
			free(*text_at(language, text_keys[j].language));
		}
		free(language->language);
	}
	for (size_t i = 0; i < KEYS; i++)
		free(*text_at(&set->own, text_keys[i].programme));
	free(set->own.languages);
	free(set->own.name);
	free(set);
}

static bool is_code(const char *language)
{
	return strlen(language) == 2 && language[0] >= 'a' && language[0] <= 'z' &&
	       language[1] >= 'a' && language[1] <= 'z';
}

/* The language of the set, made where it is none yet; NULL with `fault`. */
static struct settings_language *language_of(struct ruleset *set, const char *code,
					     struct rules_fault *fault)
{
	struct settings_programme *own = &set->own;

	for (size_t i = 0; i < own->languages_count; i++) {
		if (strcmp(own->languages[i].language, code) == 0)
			return &own->languages[i];
	}
	if (!is_code(code)) {
		fail(fault, "language \"%.16s\": allowed are two small letters, such as fr", code);
		return NULL;
	}
	if (own->languages_count == RULESET_LANGUAGES_MAX) {
		fail(fault, "%s: more than %d languages", code, RULESET_LANGUAGES_MAX);
		return NULL;
	}
	own->languages =
		memory_resize(own->languages, own->languages_count + 1, sizeof(*own->languages));
	struct settings_language *fresh = &own->languages[own->languages_count++];
	memset(fresh, 0, sizeof(*fresh));
	fresh->language = memory_text(code);
	for (size_t i = 0; i < KEYS; i++)
		*text_at(fresh, text_keys[i].language) = memory_text("");
	return fresh;
}

static int put_text(char **at, const char *place, struct span value, struct rules_fault *fault)
{
	if (value.length > RULESET_ANSWER_OCTETS_MAX)
		return fail(fault, "%s: %zu octets, allowed 0..%d", place, value.length,
			    RULESET_ANSWER_OCTETS_MAX);
	free(*at);
	*at = memory_copy(value.at, value.length);
	return 0;
}

static int put_word(const struct settings_language *language, const struct word_key *key,
		    struct span value, struct rules_fault *fault)
{
	char ***words = words_at(language, key);
	size_t *count = count_at(language, key);

	if (*count == RULESET_WORDS_MAX)
		return fail(fault, "%s.%s: %zu words, allowed 0..%d", language->language, key->name,
			    *count + 1, RULESET_WORDS_MAX);
	if (value.length == 0 || value.length > RULESET_WORD_OCTETS_MAX)
		return fail(fault, "%s.%s[%zu]: %zu octets, allowed 1..%d", language->language,
			    key->name, *count, value.length, RULESET_WORD_OCTETS_MAX);
	for (size_t i = 0; i < value.length; i++) {
		if (value.at[i] < 0x20 || value.at[i] == 0x7F || value.at[i] == ',')
			return fail(fault, "%s.%s[%zu]: allowed are neither commas nor controls",
				    language->language, key->name, *count);
	}
	*words = memory_resize(*words, *count + 1, sizeof(**words));
	(*words)[(*count)++] = memory_copy(value.at, value.length);
	return 0;
}

int ruleset_put(struct ruleset *set, const char *language, const char *key, struct span value,
		struct rules_fault *fault)
{
	struct settings_language *one = NULL;
	char place[64];

	if (*language) {
		one = language_of(set, language, fault);
		if (!one)
			return -EINVAL;
	}
	snprintf(place, sizeof(place), "%s%s%.24s", language, one ? "." : "", key);
	for (size_t i = 0; i < KEYS; i++) {
		if (strcmp(text_keys[i].name, key) == 0)
			return put_text(one ? text_at(one, text_keys[i].language)
					    : text_at(&set->own, text_keys[i].programme),
					place, value, fault);
		if (one && strcmp(word_keys[i].name, key) == 0)
			return put_word(one, &word_keys[i], value, fault);
	}
	return fail(fault, "%s: allowed are stop_text, help_text, start_text%s", place,
		    one ? ", opt_out, help, opt_in" : "");
}

/* `%0A` → a newline, in place. */
static size_t unescape(char *text, size_t length)
{
	size_t out = 0;

	for (size_t i = 0; i < length; i++, out++) {
		char digits[3] = "", *end = digits;
		if (text[i] == '%' && i + 2 < length)
			memcpy(digits, text + i + 1, 2);
		unsigned long octet = strtoul(digits, &end, 16);
		bool escaped = end == digits + 2;
		uint8_t one = escaped ? (uint8_t)octet : (uint8_t)text[i];
		memcpy(&text[out], &one, 1);
		i += escaped ? 2 : 0;
	}
	return out;
}

static int read_line(struct ruleset *set, char *line, struct rules_fault *fault)
{
	char *value = strchr(line, '\t');
	char *dot = strchr(line, '.');

	if (!value)
		return fail(fault, "no tab between key and value");
	*value++ = '\0';
	size_t length = unescape(value, strlen(value));
	struct span span = {(const uint8_t *)value, length};
	if (!dot || dot > value)
		return ruleset_put(set, "", line, span, fault);
	*dot = '\0';
	return ruleset_put(set, line, dot + 1, span, fault);
}

int ruleset_read(struct span text, struct ruleset **set, struct rules_fault *fault)
{
	char *copy = memory_copy(text.at, text.length), *rest = NULL;
	struct ruleset *fresh = ruleset_create();
	unsigned number = 0;
	int error = 0;

	if (text.length > RULESET_TEXT_MAX)
		error = fail(fault, "%zu octets, allowed 0..%zu", text.length, RULESET_TEXT_MAX);
	for (char *line = strtok_r(copy, "\n", &rest); line && !error;
	     line = strtok_r(NULL, "\n", &rest)) {
		struct rules_fault inner;
		number++;
		error = read_line(fresh, line, &inner);
		if (error)
			fail(fault, "line %u: %.160s", number, inner.message);
	}
	free(copy);
	if (error)
		ruleset_destroy(&fresh);
	else
		*set = fresh;
	return error;
}

struct output {
	char *text; /* with a NUL behind it */
	size_t length, capacity;
};

static void put_octets(struct output *out, const char *octets, size_t length)
{
	if (out->length + length >= out->capacity) {
		out->capacity = 2 * (out->length + length) + 256;
		out->text = memory_resize(out->text, out->capacity, 1);
	}
	memcpy(out->text + out->length, octets, length);
	out->length += length;
	out->text[out->length] = '\0';
}

static void write_value(struct output *out, const char *language, const char *key,
			const char *value)
{
	put_octets(out, language, strlen(language));
	put_octets(out, ".", *language ? 1 : 0);
	put_octets(out, key, strlen(key));
	put_octets(out, "\t", 1);
	for (const char *at = value; *at; at++) {
		unsigned char octet = (unsigned char)*at;
		char escaped[4];
		snprintf(escaped, sizeof(escaped), "%%%02X", octet);
		if (octet < 0x20 || octet == 0x7F || octet == '%')
			put_octets(out, escaped, 3);
		else
			put_octets(out, at, 1);
	}
	put_octets(out, "\n", 1);
}

static void write_language(struct output *out, const struct settings_language *one)
{
	for (size_t i = 0; i < KEYS; i++) {
		const char *value = *text_at(one, text_keys[i].language);
		if (*value)
			write_value(out, one->language, text_keys[i].name, value);
	}
	for (size_t i = 0; i < KEYS; i++) {
		char **words = *words_at(one, &word_keys[i]);
		for (size_t j = 0; j < *count_at(one, &word_keys[i]); j++)
			write_value(out, one->language, word_keys[i].name, words[j]);
	}
}

char *ruleset_write(const struct settings_programme *programme)
{
	struct output out = {NULL, 0, 0};

	put_octets(&out, "", 0);
	for (size_t i = 0; i < KEYS; i++) {
		const char *value = *text_at(programme, text_keys[i].programme);
		if (*value)
			write_value(&out, "", text_keys[i].name, value);
	}
	for (size_t i = 0; i < programme->languages_count; i++)
		write_language(&out, &programme->languages[i]);
	return out.text;
}

/* In whichever language: a word that opts out in one does in all. */
static bool has_word(const struct settings_programme *programme, const struct word_key *key,
		     const char *word)
{
	for (size_t i = 0; programme && i < programme->languages_count; i++) {
		char **words = *words_at(&programme->languages[i], key);
		for (size_t j = 0; j < *count_at(&programme->languages[i], key); j++) {
			if (strcmp(words[j], word) == 0)
				return true;
		}
	}
	return false;
}

/* Whether `all` has a word of that kind that `other` has not. */
static bool has_more(const struct settings_programme *all, const struct settings_programme *other,
		     const struct word_key *key)
{
	for (size_t i = 0; all && i < all->languages_count; i++) {
		char **words = *words_at(&all->languages[i], key);
		for (size_t j = 0; j < *count_at(&all->languages[i], key); j++) {
			if (!has_word(other, key, words[j]))
				return true;
		}
	}
	return false;
}

bool ruleset_narrows(const struct settings_programme *now, const struct settings_programme *next)
{
	return has_more(now, next, &word_keys[0]) || has_more(next, now, &word_keys[2]);
}
