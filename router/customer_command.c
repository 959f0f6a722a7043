/* Customers at the command line: what differs from a file is written, or somebody is erased. */
#include "router/customer_command.h"

#include <errno.h>
#include <ev.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/memory.h"
#include "config/verb.h"
#include "router/bus/errand.h"
#include "router/bus/key.h"
#include "router/compliance/seen.h"
#include "router/directory/customer_file.h"
#include "router/door/uuid.h"

#define VERB "customer"
#define FILE_MAX ((size_t)1 << 30) /* octets */
#define PROGRESS_S 1.0

const char customer_command_usage[] =
	"usage: bindery-router customer import FILE --by NAME [--country DIGITS] "
	"[--dry-run] [--quiet]\n"
	"       bindery-router customer erase NUMBER --by NAME [--country DIGITS]\n";

struct customer_options {
	const char *word, *by, *country;
	bool dry, quiet;
};

struct importing {
	const struct customer_options *options;
	struct errand *errand;
	struct bus_args args;
	unsigned partitions;
	struct customer_file file;
	struct directory_entity *before; /* of the row that it is about */
	enum directory_verdict verdict;	 /* of what was written last */
	struct seen seen;
	uint64_t counts[CUSTOMER_OUTCOMES], rows;
	double told;
};

static int complain(enum exit_code code, const char *what, const char *about)
{
	return verb_complain(VERB, code, what, about);
}

static uint64_t now_ms(void)
{
	return (uint64_t)(ev_time() * 1000.);
}

static void on_found(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct importing *importing = context;

	(void)bus;
	importing->before = directory_entity_create(DIRECTORY_KINDS, reply);
}

static void on_written(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct importing *importing = context;

	(void)bus;
	importing->verdict = directory_verdict_of(reply);
}

static bool find(struct importing *importing, unsigned partition, const char *number)
{
	directory_entity_destroy(&importing->before);
	customer_get(&importing->args, partition, "", number);
	return errand_read(importing->errand, &importing->args, on_found, importing);
}

static bool write_row(struct importing *importing, unsigned partition,
		      const struct customer_row *row)
{
	const struct directory_entity *before = importing->before;
	char uuid[UUID_MAX], id[CUSTOMER_ID_MAX], version[24];

	if (!before && !uuid_make(uuid))
		return false;
	if (!before)
		customer_id(partition, uuid, id);
	snprintf(version, sizeof(version), "%" PRIu64, before ? before->version : 0);
	customer_put(&importing->args, &(struct customer_change){.partition = partition,
								 .id = before ? before->id : id,
								 .number = row->number,
								 .by = importing->options->by,
								 .version = version,
								 .now_ms = now_ms(),
								 .before = before,
								 .fields = row->fields,
								 .count = row->count});
	return errand_read(importing->errand, &importing->args, on_written, importing);
}

/* False where Redis did not answer. */
static bool take(struct importing *importing, struct customer_row *row,
		 enum customer_outcome *outcome)
{
	bool dry = importing->options->dry;
	unsigned partition = key_partition(span_text(row->number), importing->partitions);

	*outcome = CUSTOMER_REFUSED;
	if (row->refused)
		return true;
	if (dry && seen_add(&importing->seen, row->number)) {
		*outcome = CUSTOMER_REPEATED;
		snprintf(row->what, sizeof(row->what),
			 "an earlier row has this number; this one counts");
		return true;
	}
	if (!find(importing, partition, row->number))
		return false;
	*outcome = customer_row_compare(row, importing->before);
	if (dry || (*outcome != CUSTOMER_CREATED && *outcome != CUSTOMER_CHANGED))
		return true;
	return write_row(importing, partition, row) &&
	       customer_row_written(row, importing->verdict, outcome);
}

static void tell(struct importing *importing, bool last)
{
	const uint64_t *counts = importing->counts;
	bool terminal = isatty(STDERR_FILENO);
	double now = ev_time();

	if (!last && now - importing->told < PROGRESS_S)
		return;
	importing->told = now;
	fprintf(stderr, "%s%" PRIu64 " rows", terminal ? "\r" : "", importing->rows);
	for (unsigned i = 0; i < CUSTOMER_OUTCOMES; i++)
		fprintf(stderr, ", %" PRIu64 " %s", counts[i], customer_outcome_name(i));
	fputs(terminal && !last ? "" : "\n", stderr);
}

/* False where Redis did not answer, or the file cannot be one. */
static bool take_rows(struct importing *importing)
{
	struct customer_row row;
	enum customer_outcome outcome;
	bool answered = true;

	while (answered && customer_file_next(&importing->file, &row)) {
		answered = take(importing, &row, &outcome);
		if (answered) {
			importing->rows++;
			importing->counts[outcome]++;
			if (!importing->options->quiet || outcome >= CUSTOMER_REPEATED)
				printf("%u\t%s\t%s\t%s\t%s\n", row.line, row.cell, row.number,
				       customer_outcome_name(outcome), row.what);
			tell(importing, false);
		}
		customer_row_finish(&row);
	}
	tell(importing, true);
	if (importing->file.wrong[0])
		complain(EXIT_NO, importing->options->word, importing->file.wrong);
	return answered && !importing->file.wrong[0];
}

/* The whole of it, malloc'd; NULL once it was told why not. A NUL would end it. */
static char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	size_t length = 0, room = 1 << 16;
	char *text = memory_array(room, 1);

	while (file && length < FILE_MAX) {
		size_t got = fread(text + length, 1, room - 1 - length, file);
		length += got;
		if (got == 0)
			break;
		if (length == room - 1)
			text = memory_resize(text, room *= 2, 1);
	}
	const char *wrong = !file || ferror(file)     ? strerror(errno)
			    : length >= FILE_MAX      ? "it has more than a gibioctet"
			    : memchr(text, 0, length) ? "it has a NUL, so it is no text"
						      : NULL;
	if (file)
		fclose(file);
	text[length] = '\0';
	if (!wrong)
		return text;
	complain(EXIT_NO, path, wrong);
	free(text);
	return NULL;
}

static int import(struct importing *importing)
{
	char *text = read_file(importing->options->word);

	if (!text)
		return EXIT_NO;
	importing->file.at = text;
	importing->file.line = 1;
	snprintf(importing->file.country, sizeof(importing->file.country), "%s",
		 importing->options->country);
	bool whole = take_rows(importing);
	free(text);
	return whole ? EXIT_DONE : EXIT_NO;
}

static int erase(struct importing *importing)
{
	const struct customer_options *options = importing->options;
	const char *country = *options->country ? options->country : NULL;
	char number[WRITTEN_MAX];
	enum written verdict = written_number(span_text(options->word), country, number);

	if (verdict != WRITTEN_OK)
		return complain(EXIT_USAGE, options->word, written_why(verdict));
	unsigned partition = key_partition(span_text(number), importing->partitions);
	if (!find(importing, partition, number))
		return EXIT_NO;
	if (!importing->before)
		return complain(EXIT_NO, "no customer has this number", number);
	customer_delete(&importing->args, &(struct customer_change){.partition = partition,
								    .id = importing->before->id,
								    .by = options->by,
								    .version = DIRECTORY_ANY,
								    .now_ms = now_ms()});
	if (!errand_read(importing->errand, &importing->args, on_written, importing) ||
	    importing->verdict != DIRECTORY_OK)
		return complain(EXIT_NO, "not erased", number);
	printf("%s\n", importing->before->id);
	return EXIT_DONE;
}

/* False for what is no option. */
static bool read_option(struct customer_options *options, int *i, int argc, char **argv)
{
	const char *name = argv[*i];
	bool by = strcmp(name, "--by") == 0, country = strcmp(name, "--country") == 0;

	if ((by || country) && *i + 1 < argc)
		*(by ? &options->by : &options->country) = argv[++*i];
	else if (strcmp(name, "--dry-run") == 0)
		options->dry = true;
	else if (strcmp(name, "--quiet") == 0)
		options->quiet = true;
	else if (strncmp(name, "--", 2) != 0 && !options->word)
		options->word = name;
	else
		return false;
	return true;
}

int customer_command(const struct settings *settings, const struct bus_address *redis, int argc,
		     char **argv)
{
	const char *verb = argc > 0 ? argv[0] : "";
	bool imports = strcmp(verb, "import") == 0;
	struct customer_options options = {.country = ""};
	struct errand errand;

	if (!imports && strcmp(verb, "erase") != 0)
		return complain(EXIT_USAGE, "import or erase, not", *verb ? verb : "nothing");
	for (int i = 1; i < argc; i++) {
		if (!read_option(&options, &i, argc, argv))
			return complain(EXIT_USAGE,
					strcmp(argv[i], "--by") == 0 ||
							strcmp(argv[i], "--country") == 0
						? "needs a value"
						: "what is this",
					argv[i]);
	}
	if (!options.word)
		return complain(EXIT_USAGE, imports ? "import: which FILE" : "erase: which NUMBER",
				NULL);
	if (!options.by || !*options.by)
		return complain(EXIT_USAGE, "--by says who does it", NULL);
	if (*options.country && !written_is_country(options.country))
		return complain(EXIT_USAGE, "--country is 1 to 3 digits, not", options.country);
	if (!errand_init(&errand, redis, VERB))
		return EXIT_NO;
	struct importing importing = {.options = &options,
				      .errand = &errand,
				      .partitions = settings->redis.partitions,
				      .told = ev_time()};
	bus_args_init(&importing.args);
	int code = imports ? import(&importing) : erase(&importing);
	directory_entity_destroy(&importing.before);
	seen_finish(&importing.seen);
	bus_args_finish(&importing.args);
	errand_finish(&errand);
	return code;
}
