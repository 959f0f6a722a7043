#include "router/compliance/officer.h"

#include <ev.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/compliance/import.h"
#include "router/compliance/officer_internal.h"

#define TEXT_MOST 512 /* octets of a reason, a reference, a name */

const char officer_usage[] =
	"usage: bindery-router suppression search NUMBER [--country CC]\n"
	"       bindery-router suppression search [--scope SCOPE] [--source SOURCE] [--since "
	"WHEN]\n"
	"       bindery-router suppression add NUMBER --by NAME --reason TEXT [--scope SCOPE]\n"
	"                              [--source staff|dnc|legal]\n"
	"       bindery-router suppression remove NUMBER --by USER --reason TEXT --reference TEXT\n"
	"                              [--scope SCOPE]\n"
	"       bindery-router suppression remove --batch BATCH --by USER --reason TEXT "
	"--reference "
	"TEXT\n"
	"       bindery-router suppression requests\n"
	"       bindery-router suppression approve|refuse REQUEST --by USER\n"
	"       bindery-router suppression import FILE --by NAME --reason TEXT --source SOURCE\n"
	"                              [--scope SCOPE] [--column N] [--country CC] [--dry-run] "
	"[--quiet]\n"
	"       bindery-router suppression export [--scope SCOPE] [--source SOURCE] [--since "
	"WHEN]\n"
	"       bindery-router suppression batches\n"
	"       bindery-router suppression blocked [NUMBER] [--since WHEN]\n"
	"       bindery-router suppression review [REVIEW]\n"
	"       bindery-router suppression decide REVIEW release|opt-out --by USER --reason TEXT\n"
	"                              [--scope SCOPE]\n"
	"WHEN is a day in UTC, 2026-11-25, or milliseconds since 1970.\n"
	"SCOPE is all, programme:NAME, number:NUMBER or category:PROGRAMME:NAME; all unless it is "
	"given.\n"
	"USER confirms with the password (--password-stdin), and has the role compliance or "
	"admin.\n";

int officer_complain(enum exit_code code, const char *what, const char *about)
{
	return verb_complain("suppression", code, what, about);
}

int64_t officer_now_ms(void)
{
	return (int64_t)(ev_time() * 1000.);
}

void officer_make_id(char out[OFFICER_ID_MAX])
{
	char salt[SEAL_SALT_HEX];

	seal_salt(salt);
	snprintf(out, OFFICER_ID_MAX, "%" PRId64 "-%.8s", officer_now_ms(), salt);
}

static const char **valued(struct officer_options *options, const char *name)
{
	const struct {
		const char *name, **at;
	} all[] = {
		{"--by", &options->by},
		{"--reason", &options->reason},
		{"--reference", &options->reference},
		{"--scope", &options->scope},
		{"--source", &options->source},
		{"--since", &options->since},
		{"--batch", &options->batch},
		{"--country", &options->country},
		{"--column", &options->column},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (strcmp(name, all[i].name) == 0)
			return all[i].at;
	}
	return NULL;
}

static bool *flag(struct officer_options *options, const char *name)
{
	if (strcmp(name, "--dry-run") == 0)
		return &options->dry;
	if (strcmp(name, "--quiet") == 0)
		return &options->quiet;
	return strcmp(name, "--password-stdin") == 0 ? &options->from_stdin : NULL;
}

/* Control characters would part a record of the ledger, or a line of an export. */
static bool is_plain(const char *text)
{
	for (const char *at = text; at && *at; at++) {
		if ((unsigned char)*at < 0x20 || *at == 0x7F)
			return false;
	}
	return !text || strlen(text) <= TEXT_MOST;
}

static int read_options(int argc, char **argv, struct officer_options *options)
{
	for (int i = 0; i < argc; i++) {
		bool has_word = options->word != NULL;
		const char **value = valued(options, argv[i]);
		bool *set = flag(options, argv[i]);
		if (value && i + 1 < argc && is_plain(argv[i + 1]))
			*value = argv[++i];
		else if (set)
			*set = true;
		else if (!value && strncmp(argv[i], "--", 2) != 0 && !has_word)
			options->word = argv[i];
		else if (!value && strncmp(argv[i], "--", 2) != 0 && !options->second)
			options->second = argv[i];
		else
			return officer_complain(EXIT_USAGE,
						!value	       ? "what is this"
						: i + 1 < argc ? "a value is up to 512 octets, "
								 "without control characters"
							       : "needs a value",
						argv[i]);
	}
	return EXIT_DONE;
}

/* The number that it is about, however it is written. */
static int find_number(struct officer *officer, const char *word)
{
	struct span text = {(const uint8_t *)word, strlen(word)};
	enum written verdict = written_number(text, officer->options.country, officer->number);

	if (verdict != WRITTEN_OK)
		return officer_complain(EXIT_USAGE, word, written_why(verdict));
	text = span_text(officer->number);
	key_tag(key_partition(text, officer->place->settings->redis.partitions), officer->tag);
	return EXIT_DONE;
}

void officer_add_sealed(struct officer *officer, const char *number, const char *note)
{
	struct seal_beside beside = {
		.customer = {(const uint8_t *)number, strlen(number)},
		.note = {(const uint8_t *)note, strlen(note)},
	};

	seal_add(officer->seal, &officer->args, &beside);
	bus_args_field_text(&officer->args, "note", note);
}

static int add(struct officer *officer)
{
	const struct officer_options *options = &officer->options;
	const char *source = options->source ? options->source : "staff";

	bus_args_call(&officer->args, "suppress", officer->tag);
	bus_args_field_text(&officer->args, "customer", officer->number);
	bus_args_field_text(&officer->args, "scope", officer->scope);
	bus_args_field_text(&officer->args, "source", source);
	bus_args_field_text(&officer->args, "by", options->by);
	bus_args_field_integer(&officer->args, "now", officer_now_ms());
	officer_add_sealed(officer, officer->number, options->reason);
	if (!errand_ask(&officer->errand, &officer->args))
		return EXIT_NO;
	bool added = errand_said(&officer->errand, "ok");
	printf("%s\t%s\t%s\n", officer->number, officer->scope, added ? "added" : "there already");
	return EXIT_DONE;
}

/* A number's removal is asked for in its partition, a batch's in the first. */
static int remove_ask(struct officer *officer)
{
	const struct officer_options *options = &officer->options;
	char id[OFFICER_ID_MAX], whole[OFFICER_ID_MAX + KEY_MAX];

	if (options->batch && !officer_has_batch(officer, options->batch))
		return EXIT_NO;
	officer_make_id(id);
	if (options->batch)
		key_tag(0, officer->tag);
	bus_args_call(&officer->args, "removal_ask", officer->tag);
	bus_args_field_text(&officer->args, "id", id);
	bus_args_field_text(&officer->args, "by", options->by);
	bus_args_field_integer(&officer->args, "now", officer_now_ms());
	bus_args_field_text(&officer->args, "note", options->reason);
	bus_args_field_text(&officer->args, "ref", options->reference);
	if (options->batch) {
		bus_args_field_text(&officer->args, "batch", options->batch);
	} else {
		bus_args_field_text(&officer->args, "customer", officer->number);
		bus_args_field_text(&officer->args, "scope", officer->scope);
	}
	if (!errand_ask(&officer->errand, &officer->args))
		return EXIT_NO;
	if (!errand_said(&officer->errand, "ok"))
		return officer_complain(EXIT_NO, "is not suppressed in that scope",
					officer->number);
	/* `{c3}` → 3 */
	snprintf(whole, sizeof(whole), "%.*s.%s", (int)strcspn(officer->tag + 2, "}"),
		 officer->tag + 2, id);
	printf("%s\tasked; somebody else has to approve it\n", whole);
	return EXIT_DONE;
}

const char *officer_find_id(struct officer *officer)
{
	char *end;
	unsigned long partition = strtoul(officer->options.word, &end, 10);

	if (end == officer->options.word || *end != '.' ||
	    partition >= officer->place->settings->redis.partitions)
		return NULL;
	key_tag((unsigned)partition, officer->tag);
	return end + 1;
}

/* A request as removal_read() tells it. */
struct request {
	char customer[WRITTEN_MAX], batch[OFFICER_ID_MAX], by[TEXT_MOST + 1], note[TEXT_MOST + 1];
};

static bool read_request(struct officer *officer, const char *id, struct request *request)
{
	bus_args_call(&officer->args, "removal_read", officer->tag);
	bus_args_field_text(&officer->args, "id", id);
	if (!errand_ask(&officer->errand, &officer->args) || officer->errand.count < 9)
		return false;
	char **strings = officer->errand.strings;
	snprintf(request->customer, sizeof(request->customer), "%s", strings[0]);
	snprintf(request->batch, sizeof(request->batch), "%s", strings[2]);
	snprintf(request->by, sizeof(request->by), "%s", strings[3]);
	snprintf(request->note, sizeof(request->note), "%s; %s", strings[6], strings[5]);
	return true;
}

/* Says how far it has been taken back; `whole`: all of it. */
static bool note_undone(struct officer *officer, const char *id, int64_t taken, bool whole)
{
	char tag[KEY_MAX];

	bus_args_call(&officer->args, "removal_undone", key_tag(0, tag));
	bus_args_field_text(&officer->args, "id", id);
	bus_args_field_integer(&officer->args, "taken", taken);
	bus_args_field_text(&officer->args, "done", whole ? "1" : "");
	return errand_ask(&officer->errand, &officer->args);
}

/* Takes an approved batch back, bucket by bucket. */
static int undo(struct officer *officer, const char *id, const struct request *request)
{
	enum { BUCKETS_AT_ONCE = 256 };
	int64_t taken = 0;
	char tag[KEY_MAX];

	for (unsigned i = 0; i < officer->place->settings->redis.partitions; i++) {
		for (int from = 0; from < SUPPRESSION_BUCKETS; from += BUCKETS_AT_ONCE) {
			bus_args_call(&officer->args, "bulk_undo", key_tag(i, tag));
			bus_args_field_text(&officer->args, "batch", request->batch);
			bus_args_field_text(&officer->args, "by", request->by);
			bus_args_field_text(&officer->args, "approved", officer->options.by);
			bus_args_field_integer(&officer->args, "now", officer_now_ms());
			bus_args_field_integer(&officer->args, "from", from);
			bus_args_field_integer(&officer->args, "count", BUCKETS_AT_ONCE);
			if (!errand_ask(&officer->errand, &officer->args))
				return EXIT_NO;
			int64_t some = officer->errand.integer;
			taken += some;
			if (some && !note_undone(officer, id, some, false))
				return EXIT_NO;
		}
	}
	if (!note_undone(officer, id, 0, true))
		return EXIT_NO;
	printf("%s\ttaken from %" PRId64 " numbers\n", request->batch, taken);
	return EXIT_DONE;
}

static int answer(struct officer *officer, bool yes)
{
	const char *id = officer_find_id(officer);
	struct request request;

	if (!id || !read_request(officer, id, &request))
		return officer_complain(EXIT_NO, "no such request", officer->options.word);
	bus_args_call(&officer->args, "removal_answer", officer->tag);
	bus_args_field_text(&officer->args, "id", id);
	bus_args_field_text(&officer->args, "by", officer->options.by);
	bus_args_field_text(&officer->args, "yes", yes ? "1" : "0");
	bus_args_field_integer(&officer->args, "now", officer_now_ms());
	officer_add_sealed(officer, request.customer, request.note);
	if (!errand_ask(&officer->errand, &officer->args))
		return EXIT_NO;
	if (errand_said(&officer->errand, "own"))
		return officer_complain(EXIT_NO, "nobody answers their own request",
					officer->options.by);
	if (errand_said(&officer->errand, "changed"))
		return officer_complain(
			EXIT_NO,
			"what suppresses the number has changed since this was asked "
			"for; refuse it and ask anew",
			officer->options.word);
	if (!errand_said(&officer->errand, "ok"))
		return officer_complain(EXIT_NO, "was answered before", officer->options.word);
	printf("%s\t%s\n", officer->options.word, yes ? "approved" : "refused");
	return yes && request.batch[0] ? undo(officer, id, &request) : EXIT_DONE;
}

static int approve(struct officer *officer)
{
	return answer(officer, true);
}

static int refuse(struct officer *officer)
{
	return answer(officer, false);
}

static int requests(struct officer *officer)
{
	char tag[KEY_MAX];

	for (unsigned i = 0; i < officer->place->settings->redis.partitions; i++) {
		bus_args_call(&officer->args, "removals", key_tag(i, tag));
		if (!errand_ask(&officer->errand, &officer->args))
			return EXIT_NO;
		size_t count = officer->errand.count;
		char(*ids)[OFFICER_ID_MAX] = calloc(count ? count : 1, sizeof(*ids));
		for (size_t j = 0; ids && j < count; j++)
			snprintf(ids[j], sizeof(*ids), "%s", officer->errand.strings[j]);
		snprintf(officer->tag, sizeof(officer->tag), "%s", tag);
		for (size_t j = 0; ids && j < count; j++) {
			bus_args_call(&officer->args, "removal_read", tag);
			bus_args_field_text(&officer->args, "id", ids[j]);
			if (!errand_ask(&officer->errand, &officer->args) ||
			    officer->errand.count < 9)
				continue;
			char **s = officer->errand.strings;
			printf("%u.%s\t%s\t%s\t%s\t%s\t%s\t%s\n", i, ids[j], *s[2] ? s[2] : s[0],
			       s[1], s[3], s[4], s[6], s[5]);
		}
		free(ids);
	}
	return EXIT_DONE;
}

static int import(struct officer *officer)
{
	const struct officer_options *options = &officer->options;
	char id[OFFICER_ID_MAX];
	char *end = NULL;
	unsigned long column = options->column ? strtoul(options->column, &end, 10) : 0;

	if (end && (*end || column < 1 || column > 64))
		return officer_complain(EXIT_USAGE, "a column is 1..64", options->column);
	if (!options->source)
		return officer_complain(EXIT_USAGE, "--source says where the numbers come from",
					NULL);
	officer_make_id(id);
	bool done = import_run(officer->place->settings, &officer->errand, officer->seal,
			       &(struct import_order){
				       .path = options->word,
				       .batch = id,
				       .scope = officer->scope,
				       .source = options->source,
				       .by = options->by,
				       .reason = options->reason,
				       .country = options->country,
				       .column = (unsigned)column,
				       .dry = options->dry,
				       .quiet = options->quiet,
			       });
	return done ? EXIT_DONE : EXIT_NO;
}

/* What a verb needs before it begins. */
enum needs {
	NEEDS_NUMBER = 1,
	NEEDS_WORD = 2,
	NEEDS_BY = 4,
	NEEDS_REASON = 8,
	NEEDS_REFERENCE = 16,
	NEEDS_PASSWORD = 32,
	NEEDS_SEAL = 64,
	MAY_HAVE_NUMBER = 128,
	NEEDS_SECOND = 256,
	MAY_HAVE_WORD = 512,
};

static const struct verb {
	const char *name;
	int (*act)(struct officer *officer);
	unsigned needs;
	const char *missing; /* what to say where the word is not there */
} verbs[] = {
	{"search", officer_search, MAY_HAVE_NUMBER | NEEDS_SEAL, NULL},
	{"add", add, NEEDS_NUMBER | NEEDS_BY | NEEDS_REASON | NEEDS_SEAL, "which NUMBER"},
	{"remove", remove_ask,
	 MAY_HAVE_NUMBER | NEEDS_BY | NEEDS_REASON | NEEDS_REFERENCE | NEEDS_PASSWORD, NULL},
	{"requests", requests, 0, NULL},
	{"approve", approve, NEEDS_WORD | NEEDS_BY | NEEDS_PASSWORD | NEEDS_SEAL, "which REQUEST"},
	{"refuse", refuse, NEEDS_WORD | NEEDS_BY | NEEDS_PASSWORD | NEEDS_SEAL, "which REQUEST"},
	{"import", import, NEEDS_WORD | NEEDS_BY | NEEDS_REASON | NEEDS_SEAL, "which FILE"},
	{"export", officer_export, 0, NULL},
	{"batches", officer_batches, 0, NULL},
	{"blocked", officer_blocked, MAY_HAVE_NUMBER, NULL},
	{"review", officer_review, MAY_HAVE_WORD, NULL},
	{"decide", officer_decide,
	 NEEDS_WORD | NEEDS_SECOND | NEEDS_BY | NEEDS_REASON | NEEDS_PASSWORD | NEEDS_SEAL,
	 "which REVIEW"},
};

/* What is removed may stand on the list though it is not configured any more. */
static bool read_scope(struct officer *officer, const struct verb *verb)
{
	const char *text = officer->options.scope ? officer->options.scope : "all";

	if (verb->act == remove_ask)
		return suppression_read_any(text, officer->scope);
	return suppression_read_scope(officer->place->settings, text, officer->scope);
}

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
	size_t i = 0;

	while (i < count && strcmp(text, words[i]) != 0)
		i++;
	return i < count;
}

/* Whether the words that it takes were said, and no others. */
static int check_words(const struct officer_options *options, const struct verb *verb)
{
	static const char *const decisions[] = {"release", "opt-out"};
	static const char *const sources[] = {"staff", "dnc", "legal"};
	unsigned words = NEEDS_NUMBER | NEEDS_WORD | MAY_HAVE_NUMBER | MAY_HAVE_WORD;

	if ((verb->needs & (NEEDS_NUMBER | NEEDS_WORD)) && !options->word)
		return officer_complain(EXIT_USAGE, verb->name, verb->missing);
	if (options->word && !(verb->needs & words))
		return officer_complain(EXIT_USAGE, "what is this", options->word);
	if (options->second && !(verb->needs & NEEDS_SECOND))
		return officer_complain(EXIT_USAGE, "what is this", options->second);
	if ((verb->needs & NEEDS_SECOND) &&
	    (!options->second || !is_one_of(options->second, decisions, 2)))
		return officer_complain(EXIT_USAGE, "a decision is release or opt-out",
					options->second);
	if (verb->act == add && options->source && !is_one_of(options->source, sources, 3))
		return officer_complain(EXIT_USAGE, "a source is staff, dnc or legal",
					options->source);
	return EXIT_DONE;
}

/* Whether all that the verb needs was said. */
static int check(struct officer *officer, const struct verb *verb)
{
	const struct officer_options *options = &officer->options;

	if (check_words(options, verb) != EXIT_DONE)
		return EXIT_USAGE;
	if ((verb->needs & NEEDS_BY) && (!options->by || !*options->by))
		return officer_complain(EXIT_USAGE, "--by says who does it", NULL);
	if ((verb->needs & NEEDS_REASON) && (!options->reason || !*options->reason))
		return officer_complain(EXIT_USAGE, "--reason says why", NULL);
	if ((verb->needs & NEEDS_REFERENCE) && (!options->reference || !*options->reference))
		return officer_complain(EXIT_USAGE, "--reference says which case it belongs to",
					NULL);
	if (verb->act == remove_ask && !options->word == !options->batch)
		return officer_complain(EXIT_USAGE, "a number or a batch, not both", NULL);
	if (!read_scope(officer, verb))
		return officer_complain(EXIT_USAGE,
					"a scope is all, programme:NAME, number:NUMBER or "
					"category:PROGRAMME:NAME, of the configuration; not",
					options->scope);
	if (options->country && !written_is_country(options->country))
		return officer_complain(EXIT_USAGE, "--country is 1 to 3 digits, without +",
					options->country);
	uint64_t since_ms;
	if (!written_moment(options->since, false, &since_ms))
		return officer_complain(
			EXIT_USAGE,
			"--since is a day such as 2026-11-25 or milliseconds since 1970, not",
			options->since);
	if (options->word && (verb->needs & (NEEDS_NUMBER | MAY_HAVE_NUMBER)))
		return find_number(officer, options->word);
	return EXIT_DONE;
}

static int act(struct officer *officer, const struct verb *verb)
{
	const struct officer_place *place = officer->place;
	char why[SEAL_ERROR_MAX];
	int code = EXIT_NO;

	if ((verb->needs & NEEDS_PASSWORD) &&
	    !place->confirm(place->redis, officer->options.by, officer->options.from_stdin))
		return EXIT_NO;
	if ((verb->needs & NEEDS_SEAL) &&
	    seal_create(&place->settings->ledger, false, &officer->seal, why) != 0)
		return officer_complain(EXIT_NO, why, NULL);
	if (errand_init(&officer->errand, place->redis, "suppression")) {
		bus_args_init(&officer->args);
		code = verb->act(officer);
		bus_args_finish(&officer->args);
		errand_finish(&officer->errand);
	}
	seal_destroy(&officer->seal);
	return code;
}

int officer_command(const struct officer_place *place, int argc, char **argv)
{
	struct officer officer = {.place = place};
	const struct verb *verb = NULL;

	for (size_t i = 0; argc > 0 && i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strcmp(argv[0], verbs[i].name) == 0)
			verb = &verbs[i];
	}
	if (!verb)
		return officer_complain(EXIT_USAGE,
					"search, add, remove, requests, approve, refuse, import, "
					"batches, blocked, review, decide or export, not",
					argc > 0 ? argv[0] : "nothing");
	int code = read_options(argc - 1, argv + 1, &officer.options);
	if (code == EXIT_DONE)
		code = check(&officer, verb);
	return code == EXIT_DONE ? act(&officer, verb) : code;
}
