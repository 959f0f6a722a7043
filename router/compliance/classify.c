#include "router/compliance/classify.h"

#include "config/memory.h"
#include "config/verb.h"
#include "router/bus/errand.h"
#include "router/bus/key.h"
#include "router/compliance/rulebook.h"
#include "smpp/hex.h"
#include "smpp/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char classify_usage[] = "usage: bindery-router classify [--context "
			      "marketing|question|agent|opted-out]... [--json]\n"
			      "       [--programme NAME | --number NUMBER] [--language xx]\n";

struct options {
	unsigned context;
	bool json;
	const char *programme, *number, *language; /* NULL for none */
};

static int complain(const char *what, const char *about)
{
	return verb_complain("classify", EXIT_USAGE, what, about);
}

static bool read_context(const char *name, unsigned *set)
{
	unsigned context = name ? verdict_context(name) : 0;

	*set |= context;
	return context != 0;
}

/* `count` hexadecimal digits at `at`; false where there are not so many. */
static bool read_hex(const char *at, int count, uint32_t *point)
{
	*point = 0;
	for (int i = 0; i < count; i++) {
		int digit = hex_digit_any((uint8_t)at[i]);
		if (digit < 0)
			return false;
		*point = *point << 4 | (uint32_t)digit;
	}
	return true;
}

/* One escape behind the backslash at `at`, as octets; how many characters it was, or 0 for none. A
 * pair of surrogates written as two \u is one character. */
static size_t read_escape(const char *at, uint8_t out[UTF8_OCTETS_MAX], size_t *length)
{
	static const char letters[] = "nrt\\";
	static const char octets[] = "\n\r\t\\";
	const char *found = *at ? strchr(letters, *at) : NULL;
	uint32_t point, low;

	if (found) {
		*out = (uint8_t)octets[found - letters];
		*length = 1;
		return 1;
	}
	size_t digits = *at == 'u' ? 4 : *at == 'U' ? 8 : 0;
	if (!digits || !read_hex(at + 1, (int)digits, &point))
		return 0;
	size_t used = digits + 1;
	if (digits == 4 && point >= 0xD800 && point < 0xDC00 && at[5] == '\\' && at[6] == 'u' &&
	    read_hex(at + 7, 4, &low) && low >= 0xDC00 && low < 0xE000) {
		point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
		used += 6;
	}
	*length = utf8_put(point, out);
	return used;
}

/* Escapes of a line as what they stand for, in place: none of them is longer than it was written.
 */
static size_t unescape(char *line)
{
	size_t out = 0;

	for (size_t at = 0; line[at];) {
		uint8_t octets[UTF8_OCTETS_MAX];
		size_t length, used = 0;
		if (line[at] == '\\')
			used = read_escape(line + at + 1, octets, &length);
		if (!used) {
			line[out++] = line[at++];
			continue;
		}
		memcpy(line + out, octets, length);
		out += length;
		at += used + 1;
	}
	return out;
}

static void explain(const struct verdict_answer *answer, const char *text)
{
	printf("{\"verdict\":\"%s\",\"rule\":%u,\"language\":\"%s\",\"pattern\":",
	       verdict_name(answer->verdict), answer->rule, answer->language);
	verb_put_json(answer->pattern);
	printf(",\"variant\":\"%s\",\"from\":%zu,\"to\":%zu,\"text\":", answer->variant,
	       answer->from, answer->to);
	verb_put_json(text);
	printf("}\n");
}

static void classify(struct verdict_reader *reader, char *line, unsigned context, bool json)
{
	struct verdict_answer answer;
	char *written = memory_text(line);
	size_t length = unescape(line);

	verdict_read(reader, (struct span){(const uint8_t *)line, length}, context, &answer);
	if (json)
		explain(&answer, written);
	else
		printf("%s\t%u\t%s\n", verdict_name(answer.verdict), answer.rule, written);
	free(written);
}

static int classify_lines(struct verdict_reader *reader, unsigned context, bool json)
{
	size_t capacity = 0;
	char *line = NULL;
	ssize_t length;

	while ((length = getline(&line, &capacity, stdin)) >= 0) {
		if (length && line[length - 1] == '\n')
			line[length - 1] = '\0';
		classify(reader, line, context, json);
	}
	free(line);
	return ferror(stdin) || fflush(stdout) ? EXIT_NO : EXIT_DONE;
}

/* By what everybody has. */
static int classify_builtin(const struct options *options)
{
	struct rules *rules = rules_create_builtin();
	struct verdict_reader *reader = verdict_reader_create(rules);
	int code = classify_lines(reader, options->context, options->json);

	verdict_reader_destroy(&reader);
	rules_destroy(&rules);
	return code;
}

static void on_rules(struct bus *bus, const struct bus_reply *reply, void *context)
{
	(void)bus;
	(void)rulebook_take(context, reply, true);
}

/* Lays what people have put in force over what the file says. */
static bool read_rules(const struct classify_place *place, struct keywords *keywords)
{
	struct errand errand;
	struct bus_args args;
	char tag[KEY_MAX];
	bool good;

	if (!errand_init(&errand, place->redis, "classify"))
		return false;
	bus_args_init(&args);
	bus_args_call(&args, "rules_active", key_tag(0, tag));
	bus_args_field_text(&args, "epoch", "");
	good = errand_read(&errand, &args, on_rules, keywords);
	bus_args_finish(&args);
	errand_finish(&errand);
	return good;
}

static const char *number_name(const void *of, size_t i)
{
	return ((const struct settings_number *)of)[i].address;
}

static const char *programme_name(const void *of, size_t i)
{
	return ((const struct settings_programme *)of)[i].name;
}

/* By what is in force for a programme or a number. */
static int classify_own(const struct classify_place *place, const struct options *options)
{
	const struct settings *settings = place->settings;
	const struct settings_number *number =
		options->number ? settings_number(settings, options->number) : NULL;
	const char *name = number ? number->programme : options->programme;
	const struct settings_programme *programme =
		name && *name ? settings_programme(settings, name) : NULL;
	struct rules_fault fault;
	struct own *own = NULL;
	int code = EXIT_NO;

	if (options->number && !number)
		return verb_unknown("classify", options->number,
				    &(struct verb_names){"number", settings->numbers_count,
							 number_name, settings->numbers});
	if (options->programme && !programme)
		return verb_unknown("classify", options->programme,
				    &(struct verb_names){"programme", settings->programmes_count,
							 programme_name, settings->programmes});
	struct keywords *keywords = keywords_create(settings);
	struct keywords_trial trial = {.number = number ? number->address : "",
				       .programme = programme,
				       .owner = "",
				       .language = options->language ? options->language : ""};
	if (read_rules(place, keywords) && keywords_try(keywords, &trial, &own, &fault) == 0)
		code = classify_lines(keywords_trial_reader(own)->reader, options->context,
				      options->json);
	keywords_trial_destroy(&own);
	keywords_destroy(&keywords);
	return code;
}

static const char **valued(struct options *options, const char *name)
{
	if (strcmp(name, "--programme") == 0)
		return &options->programme;
	if (strcmp(name, "--number") == 0)
		return &options->number;
	return strcmp(name, "--language") == 0 ? &options->language : NULL;
}

static int read_options(int argc, char **argv, struct options *options)
{
	for (int i = 0; i < argc; i++) {
		const char **value = valued(options, argv[i]);
		if (strcmp(argv[i], "--json") == 0) {
			options->json = true;
		} else if (value && i + 1 < argc) {
			*value = argv[++i];
		} else if (strcmp(argv[i], "--context") == 0) {
			i++;
			if (!read_context(i < argc ? argv[i] : NULL, &options->context))
				return complain(
					"--context is marketing, question, agent or opted-out",
					i < argc ? argv[i] : NULL);
		} else {
			return complain(value ? "needs a value" : "what is this", argv[i]);
		}
	}
	if (options->programme && options->number)
		return complain("a programme or a number, not both", NULL);
	if (options->language && !options->programme && !options->number)
		return complain("--language is of a programme or a number", options->language);
	if (options->language && (strlen(options->language) != 2 ||
				  strspn(options->language, "abcdefghijklmnopqrstuvwxyz") != 2))
		return complain("--language is two small letters", options->language);
	return EXIT_DONE;
}

bool classify_needs_place(int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--programme") == 0 || strcmp(argv[i], "--number") == 0)
			return true;
	}
	return false;
}

int classify_command(const struct classify_place *place, int argc, char **argv)
{
	struct options options = {.json = false};
	int code = read_options(argc, argv, &options);

	if (code != EXIT_DONE)
		return code;
	return options.programme || options.number ? classify_own(place, &options)
						   : classify_builtin(&options);
}
