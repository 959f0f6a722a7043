#include "router/compliance/ledger.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/memory.h"
#include "config/verb.h"
#include "router/bus/errand.h"
#include "router/bus/key.h"
#include "router/compliance/archive.h"
#include "router/compliance/export.h"
#include "router/compliance/record.h"
#include "router/compliance/transcript.h"
#include "router/compliance/written.h"

#define PATH_ROOM 4352

const char ledger_usage[] =
	"usage: bindery-router ledger export > FILE\n"
	"       bindery-router ledger verify FILE [--key PUBLIC.PEM]\n"
	"       bindery-router ledger prove FILE PARTITION RECORD [--size N]\n"
	"       bindery-router ledger prove FILE PARTITION --from SIZE [--size N]\n"
	"       bindery-router ledger erase NUMBER --by USER [--password-stdin]\n"
	"       bindery-router ledger resume --by NAME --reason TEXT\n"
	"USER confirms with the password, and has the role compliance or admin: what is erased "
	"does not come back.\n";

#define VERBS "export, verify, prove, erase or resume, not"

struct options {
	const char *words[4]; /* without their options */
	int count;
	const char *key, *from, *size, *by, *reason;
	bool from_stdin;   /* the password */
	const char *wrong; /* what cannot be read */
	const char *why;
};

static int complain(enum exit_code code, const char *what, const char *about)
{
	return verb_complain("ledger", code, what, about);
}

static const char **option(struct options *options, const char *name)
{
	if (strcmp(name, "--key") == 0)
		return &options->key;
	if (strcmp(name, "--from") == 0)
		return &options->from;
	if (strcmp(name, "--size") == 0)
		return &options->size;
	if (strcmp(name, "--by") == 0)
		return &options->by;
	return strcmp(name, "--reason") == 0 ? &options->reason : NULL;
}

static bool read_options(int argc, char **argv, struct options *options)
{
	*options = (struct options){0};
	for (int i = 0; i < argc; i++) {
		const char **value = option(options, argv[i]);
		if (value && i + 1 < argc) {
			*value = argv[++i];
		} else if (strcmp(argv[i], "--password-stdin") == 0) {
			options->from_stdin = true;
		} else if (!value && strncmp(argv[i], "--", 2) != 0 && options->count < 4) {
			options->words[options->count++] = argv[i];
		} else {
			options->wrong = argv[i];
			options->why = value ? "needs a value" : "what is this";
			return false;
		}
	}
	options->wrong = "nothing";
	options->why = VERBS;
	return options->count > 0;
}

static bool says(const struct options *options, const char *verb, int count)
{
	return options->count == count && strcmp(options->words[0], verb) == 0;
}

static FILE *open_export(const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");

	if (!file)
		fprintf(stderr, "bindery-router: ledger: %s: %s\n", path, strerror(errno));
	return file;
}

static int verify(const char *path, const char *key_path)
{
	uint8_t key[SEAL_PUBLIC];
	struct export_result result;
	int error = seal_read_public(key_path, key);

	if (error)
		return complain(EXIT_NO, key_path,
				error == -EINVAL ? "no Ed25519 key in PEM" : strerror(-error));
	FILE *file = open_export(path);
	if (!file)
		return EXIT_NO;
	bool good = export_verify(file, key, stdout, &result);
	if (file != stdin)
		fclose(file);
	printf("%s: %" PRIu64 " records in %u trees, %" PRIu64 " signed heads, the last of %" PRIu64
	       " over %" PRIu64 " records; of %" PRIu64
	       " records what stood beside was erased; %" PRIu64 " faults\n",
	       good ? "good" : "bad", result.records, result.trees, result.heads, result.at_ms,
	       result.covered, result.erased, result.faults);
	return good ? EXIT_DONE : EXIT_NO;
}

static bool number_of(const char *text, uint64_t *number)
{
	return record_number(span_text(text), number);
}

/* A line each: what it is, a tab, its value. */
static void print_proof(const uint8_t (*leaves)[MERKLE_HASH], uint64_t size, const uint64_t *index,
			uint64_t from)
{
	uint8_t path[MERKLE_PROOF_MAX][MERKLE_HASH], root[MERKLE_HASH];
	struct merkle tree;
	char hex[MERKLE_HEX];

	merkle_init(&tree);
	for (uint64_t i = 0; i < size; i++) {
		merkle_add(&tree, leaves[i]);
		if (!index && tree.size == from) {
			merkle_root(&tree, root);
			printf("from\t%" PRIu64 "\nfrom_root\t%s\n", from, merkle_hex(root, hex));
		}
	}
	merkle_root(&tree, root);
	if (index)
		printf("record\t%" PRIu64 "\nleaf\t%s\n", *index, merkle_hex(leaves[*index], hex));
	printf("size\t%" PRIu64 "\nroot\t%s\n", size, merkle_hex(root, hex));
	size_t length = index ? merkle_inclusion(leaves, size, *index, path)
			      : merkle_consistency(leaves, size, from, path);
	for (size_t i = 0; i < length; i++)
		printf("path\t%s\n", merkle_hex(path[i], hex));
}

static int prove(const struct options *options)
{
	uint64_t partition, index = 0, from = 0, count, size;
	bool inclusion = options->count == 4;

	if (!number_of(options->words[2], &partition) || partition >= HEAD_TREES_MAX ||
	    !number_of(inclusion ? options->words[3] : options->from, inclusion ? &index : &from))
		return complain(EXIT_USAGE, "partition, record and size are whole numbers", NULL);
	FILE *file = open_export(options->words[1]);
	if (!file)
		return EXIT_NO;
	uint8_t(*leaves)[MERKLE_HASH] = export_leaves(file, (unsigned)partition, &count, &size);
	if (file != stdin)
		fclose(file);
	bool fits = (!options->size || number_of(options->size, &size)) && size <= count &&
		    (inclusion ? index < size : from > 0 && from <= size);
	if (fits)
		print_proof((const uint8_t(*)[MERKLE_HASH])leaves, size, inclusion ? &index : NULL,
			    from);
	free(leaves);
	if (!fits)
		fprintf(stderr,
			"bindery-router: ledger: %s: partition %" PRIu64 " has %" PRIu64
			" records, and none that was asked for\n",
			options->words[1], partition, count);
	return fits ? EXIT_DONE : EXIT_NO;
}

bool ledger_is_offline(int argc, char **argv)
{
	struct options options;

	return read_options(argc, argv, &options) &&
	       (strcmp(options.words[0], "prove") == 0 ||
		(strcmp(options.words[0], "verify") == 0 && options.key));
}

int ledger_offline(int argc, char **argv)
{
	struct options options;

	if (!read_options(argc, argv, &options))
		return complain(EXIT_USAGE, options.why, options.wrong);
	if (says(&options, "verify", 2))
		return verify(options.words[1], options.key);
	if (says(&options, "prove", 4) || (says(&options, "prove", 3) && options.from))
		return prove(&options);
	return complain(EXIT_USAGE,
			"which FILE, and for prove which PARTITION and RECORD or --from SIZE",
			NULL);
}

/* An export in progress. */
struct exporting {
	struct errand errand;
	struct bus_args args;
	struct transcript transcript;
};

static void on_answer(struct bus *bus, const struct bus_reply *reply, void *context)
{
	(void)bus;
	transcript_take(context, reply, stdout);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int export_all(const struct settings *settings, const struct bus_address *redis)
{
	struct exporting exporting;
	struct archive *archive;
	const char *folder = settings->ledger.directory;
	char why[ARCHIVE_ERROR_MAX];
	bool done = true;

	if (archive_open(folder, settings->redis.partitions, ARCHIVE_READ, &archive, why) != 0)
		return complain(EXIT_NO, why, NULL);
	if (!errand_init(&exporting.errand, redis, "ledger")) {
		archive_close(&archive);
		return EXIT_NO;
	}
	bus_args_init(&exporting.args);
	if (transcript_begin(&exporting.transcript, archive, folder, settings->redis.partitions,
			     stdout) != 0)
		complain(EXIT_NO, folder, "no heads can be read");
	while (done && transcript_ask(&exporting.transcript, &exporting.args, stdout))
		done = errand_read(&exporting.errand, &exporting.args, on_answer,
				   &exporting.transcript);
	bus_args_finish(&exporting.args);
	errand_finish(&exporting.errand);
	archive_close(&archive);
	return done && fflush(stdout) == 0 ? EXIT_DONE : EXIT_NO;
}

/* After a loss that cannot be undone: the heads so far are gone by no more. */
static int resume(const struct settings *settings, const struct options *options)
{
	char text[2048];
	uint64_t at_ms = now_ms();

	if (!options->by || !options->reason || strpbrk(options->by, "\t\n") ||
	    strpbrk(options->reason, "\t\n"))
		return complain(EXIT_USAGE,
				"--by and --reason say by whom and why, without tabs and newlines",
				NULL);
	int length = snprintf(text, sizeof(text), "given-up\tat=%" PRIu64 "\tby=%s\treason=%s\n",
			      at_ms, options->by, options->reason);
	if (length < 0 || (size_t)length >= sizeof(text))
		return complain(EXIT_USAGE, "--by and --reason are 1900 octets at most", NULL);
	int error = archive_give_up(settings->ledger.directory, at_ms,
				    (struct span){(uint8_t *)text, (size_t)length});
	if (error)
		return complain(EXIT_NO, settings->ledger.directory, strerror(-error));
	printf("given up: heads up to %" PRIu64 "\n", at_ms);
	return EXIT_DONE;
}

struct erasing {
	const char *number, *who, *by, *tag;
};

static void begin_erasing(struct bus_args *args, const char *function,
			  const struct erasing *erasing)
{
	bus_args_call(args, function, erasing->tag);
	bus_args_field_text(args, "by", erasing->by);
	bus_args_field_integer(args, "now", (int64_t)now_ms());
}

/* One page after the other of what that function erases of: each is
 * whole in itself, so what is broken off is gone on with by asking again. */
static bool erase_pages(struct errand *errand, struct bus_args *args, const struct erasing *erasing,
			bool records)
{
	char from[24];
	uint64_t erased = 0;
	bool done = true;

	snprintf(from, sizeof(from), "%s", records ? "0" : "");
	do {
		begin_erasing(args, records ? "ledger_erase" : "blocked_erase", erasing);
		bus_args_field_text(args, "who", erasing->who);
		bus_args_field_text(args, "customer", erasing->number);
		bus_args_field_text(args, records ? "from" : "before", from);
		done = errand_ask(errand, args) && errand->count == 2;
		if (done) {
			erased += strtoull(errand->strings[0], NULL, 10);
			snprintf(from, sizeof(from), "%s", errand->strings[1]);
		}
	} while (done && *from);
	printf("%s\t%" PRIu64 "\n", records ? "records" : "blocked", erased);
	return done;
}

static bool erase_requests(struct errand *errand, struct bus_args *args,
			   const struct erasing *erasing)
{
	begin_erasing(args, "removals_erase", erasing);
	bus_args_field_text(args, "customer", erasing->number);
	if (!errand_ask(errand, args))
		return false;
	printf("requests\t%" PRId64 "\n", errand->integer);
	return true;
}

/* What stands beside a number's records goes, and what was asked and tried about it; what it asked
 * for itself stays in force, under the number: whatever is sent is held against that. */
static int erase(const struct officer_place *place, const struct options *options)
{
	const struct settings *settings = place->settings;
	struct span number = {(const uint8_t *)options->words[1], strlen(options->words[1])};
	char canonical[WRITTEN_MAX];
	struct errand errand;
	struct bus_args args;
	struct seal *seal;
	char why[SEAL_ERROR_MAX], who[MERKLE_HEX], tag[KEY_MAX];

	enum written verdict = written_number(number, NULL, canonical);
	if (verdict != WRITTEN_OK)
		return complain(EXIT_USAGE, options->words[1], written_why(verdict));
	number = span_text(canonical);
	if (!options->by)
		return complain(EXIT_USAGE, "--by says who does it", NULL);
	if (!options->from_stdin)
		fprintf(stderr,
			"What stands in the ledger of %s is erased for good; what it asked for "
			"stays in force.\n",
			canonical);
	if (!place->confirm(place->redis, options->by, options->from_stdin))
		return EXIT_NO;
	if (seal_create(&settings->ledger, false, &seal, why) != 0)
		return complain(EXIT_NO, why, NULL);
	seal_number(seal, number, who);
	seal_destroy(&seal);
	if (!errand_init(&errand, place->redis, "ledger"))
		return EXIT_NO;
	bus_args_init(&args);
	key_tag(key_partition(number, settings->redis.partitions), tag);
	struct erasing erasing = {canonical, who, options->by, tag};
	bool done = erase_pages(&errand, &args, &erasing, true) &&
		    erase_pages(&errand, &args, &erasing, false) &&
		    erase_requests(&errand, &args, &erasing);
	bus_args_finish(&args);
	errand_finish(&errand);
	return done ? EXIT_DONE : EXIT_NO;
}

/* Too few words for the verb, or too many, or it is none. */
static int complain_words(const struct options *options)
{
	static const struct {
		const char *verb, *missing;
		int words;
	} verbs[] = {{"export", NULL, 1},
		     {"resume", NULL, 1},
		     {"verify", "which FILE", 2},
		     {"erase", "which NUMBER", 2}};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strcmp(options->words[0], verbs[i].verb) != 0)
			continue;
		return options->count < verbs[i].words
			       ? complain(EXIT_USAGE, verbs[i].verb, verbs[i].missing)
			       : complain(EXIT_USAGE, "what is this",
					  options->words[verbs[i].words]);
	}
	return complain(EXIT_USAGE, VERBS, options->words[0]);
}

int ledger_command(const struct officer_place *place, int argc, char **argv)
{
	const struct settings *settings = place->settings;
	struct options options;
	char path[PATH_ROOM];

	if (!read_options(argc, argv, &options))
		return complain(EXIT_USAGE, options.why, options.wrong);
	if (says(&options, "export", 1))
		return export_all(settings, place->redis);
	if (says(&options, "resume", 1))
		return resume(settings, &options);
	if (says(&options, "erase", 2))
		return erase(place, &options);
	if (says(&options, "verify", 2)) {
		snprintf(path, sizeof(path), "%s/public.pem", settings->ledger.directory);
		return verify(options.words[1], path);
	}
	return complain_words(&options);
}
