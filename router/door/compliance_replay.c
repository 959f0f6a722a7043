/*
 * Which of the texts that came would other rules have read differently? A piece of them a request:
 * whoever asks goes on with the cursor, shows how far it is, and stops when they like; nothing is
 * kept here. A text is read in every context; what is told is the one in which it is read as it was
 * then, where that differs, else the first that does.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/door/compliance_internal.h"
#include "router/door/role.h"

#define EVENTS_AT_ONCE 1000
#define EVENTS_A_PIECE 4000
#define CALLS_A_PIECE 32
#define SHOWN_MAX 200 /* differences of a piece */
#define CURSOR_MAX 64
#define READERS_MAX 16 /* that are kept from text to text */

/* Who reads what came to a number of ours, or to all of a programme that have nothing of their
 * own. */
struct readers {
	char number[WRITTEN_MAX]; /* "" for the latter */
	const struct settings_programme *programme;
	const struct keywords_reader *now, *next;
	struct own *own;
};

struct replaying {
	struct comply comply;
	struct comply_owner owner;
	struct ruleset *set;
	unsigned long version;
	uint64_t from_ms, until_ms;
	/* Where the next call begins: behind this id, or at from_ms where it is "". */
	unsigned partition;
	char after[CURSOR_MAX];
	unsigned calls;
	uint64_t events, texts, differences, oldest_ms;
	struct readers readers[READERS_MAX];
	size_t readers_count;
	struct writer rows;
};

static void readers_end(struct replaying *replaying)
{
	for (size_t i = 0; i < replaying->readers_count; i++)
		keywords_trial_destroy(&replaying->readers[i].own);
	replaying->readers_count = 0;
}

static void replaying_end(struct replaying *replaying)
{
	readers_end(replaying);
	ruleset_destroy(&replaying->set);
	writer_finish(&replaying->rows);
	free(replaying);
}

static const struct readers *readers_make(struct replaying *replaying, const char *number,
					  const struct settings_programme *programme)
{
	const struct keywords *keywords = comply_place(&replaying->comply)->links.keywords;
	struct rules_fault fault;

	for (size_t i = 0; i < replaying->readers_count; i++) {
		struct readers *one = &replaying->readers[i];
		if (one->programme == programme && strcmp(one->number, number) == 0)
			return one;
	}
	if (replaying->readers_count == READERS_MAX)
		readers_end(replaying);
	struct readers *fresh = &replaying->readers[replaying->readers_count];
	*fresh = (struct readers){.programme = programme};
	if (keywords_try(keywords,
			 &(struct keywords_trial){.number = number,
						  .programme = programme,
						  .owner = replaying->owner.scope,
						  .language = "",
						  .set = replaying->set,
						  .version = (unsigned)replaying->version},
			 &fresh->own, &fault) != 0)
		return NULL;
	snprintf(fresh->number, sizeof(fresh->number), "%s", number);
	fresh->now = keywords_of(keywords, number, programme);
	fresh->next = keywords_trial_reader(fresh->own);
	replaying->readers_count++;
	return fresh;
}

/* NULL for a number that the set has nothing to do with. */
static const struct readers *readers_of(struct replaying *replaying, struct span ours)
{
	const struct settings *settings = comply_settings(&replaying->comply);
	const struct comply_owner *owner = &replaying->owner;
	char scope[SUPPRESSION_SCOPE_MAX];

	snprintf(scope, sizeof(scope), "n:%.*s", ours.length < WRITTEN_MAX ? (int)ours.length : 0,
		 ours.length ? (const char *)ours.at : "");
	const struct settings_number *number = settings_number(settings, scope + 2);
	if (!number)
		return NULL;
	const struct settings_programme *programme =
		settings_programme(settings, number->programme);
	if (*owner->number ? strcmp(owner->number, number->address) != 0
			   : owner->programme != programme)
		return NULL;
	bool alone = *owner->number ||
		     keywords_version(comply_place(&replaying->comply)->links.keywords, scope) != 0;
	return readers_make(replaying, alone ? number->address : "", programme);
}

static void put_answer(struct writer *writer, const char *key, const struct verdict_answer *answer,
		       const struct keywords_reader *reader)
{
	writer_begin_object(writer, key);
	writer_text(writer, "verdict", verdict_name(answer->verdict));
	writer_integer(writer, "rule", answer->rule);
	writer_text(writer, "language", answer->language);
	writer_text(writer, "pattern", answer->pattern);
	writer_text(writer, "ruleSet", reader->version);
	writer_end_object(writer);
}

static void put_context(struct writer *writer, unsigned context)
{
	writer_begin_array(writer, "context");
	for (unsigned i = 0; i < VERDICT_CONTEXT_KINDS; i++) {
		if (context & 1u << i)
			writer_text(writer, NULL, verdict_context_name(i));
	}
	writer_end_array(writer);
}

static struct span column(const struct bus_reply *row, size_t i)
{
	return bus_reply_span(bus_reply_at(row, i));
}

static bool named_so(enum verdict verdict, struct span name)
{
	const char *word = verdict_name(verdict);

	return span_is(name, word);
}

/* Whoever has not the role of compliance sees neither the number nor what was written. */
static void put_difference(struct replaying *replaying, const struct bus_reply *row,
			   const struct readers *readers, unsigned context,
			   const struct verdict_answer both[2])
{
	struct writer *writer = &replaying->rows;
	struct span customer = column(row, 2);
	bool whole = (replaying->comply.roles & ROLE_COMPLIANCE) != 0;
	char masked[WRITTEN_MAX];
	size_t shown = customer.length > 4 ? 4 : customer.length;

	snprintf(masked, sizeof(masked), "…%.*s", (int)shown,
		 customer.length ? (const char *)customer.at + customer.length - shown : "");
	writer_begin_object(writer, NULL);
	body_put_time(writer, "date", (uint64_t)bus_reply_integer(bus_reply_at(row, 0)));
	writer_string(writer, "ours", column(row, 1));
	if (whole)
		writer_string(writer, "number", customer);
	else
		writer_text(writer, "number", masked);
	writer_string(writer, "conversation", column(row, 3));
	writer_string(writer, "was", column(row, 5));
	if (whole)
		writer_string(writer, "text", column(row, 6));
	else
		writer_null(writer, "text");
	put_context(writer, context);
	put_answer(writer, "active", &both[0], readers->now);
	put_answer(writer, "draft", &both[1], readers->next);
	writer_end_object(writer);
}

static void read_again(struct replaying *replaying, const struct bus_reply *row)
{
	struct verdict_answer now[VERDICT_CONTEXTS], next[VERDICT_CONTEXTS];
	const struct readers *readers = readers_of(replaying, column(row, 1));
	unsigned found = VERDICT_CONTEXTS;

	if (!readers)
		return;
	replaying->texts++;
	verdict_read_all(readers->now->reader, column(row, 6), now);
	verdict_read_all(readers->next->reader, column(row, 6), next);
	for (unsigned i = VERDICT_CONTEXTS; i-- > 0;) {
		bool differs =
			now[i].verdict != next[i].verdict || now[i].category != next[i].category;
		bool as_it_was = named_so(now[i].verdict, column(row, 5));
		bool better = found < VERDICT_CONTEXTS &&
			      named_so(now[found].verdict, column(row, 5)) && !as_it_was;
		if (differs && !better)
			found = i;
	}
	if (found == VERDICT_CONTEXTS)
		return;
	replaying->differences++;
	if (replaying->differences <= SHOWN_MAX)
		put_difference(replaying, row, readers, found,
			       (struct verdict_answer[]){now[found], next[found]});
}

static uint64_t progress_of(const struct replaying *replaying)
{
	uint64_t partitions = comply_partitions(&replaying->comply);
	uint64_t span = replaying->until_ms - replaying->from_ms;
	uint64_t at = *replaying->after ? strtoull(replaying->after, NULL, 10) : replaying->from_ms;
	uint64_t in = at > replaying->from_ms && span ? 100 * (at - replaying->from_ms) / span : 0;

	return (UINT64_C(100) * replaying->partition + (in > 100 ? 100 : in)) / partitions;
}

static void answer(struct replaying *replaying)
{
	const struct comply *comply = &replaying->comply;
	bool more = replaying->partition < comply_partitions(comply);
	struct writer writer;
	char cursor[CURSOR_MAX + 16];
	char *rows;

	writer_end_array(&replaying->rows);
	rows = writer_take(&replaying->rows);
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_raw(&writer, "entities", rows);
	writer_integer(&writer, "events", replaying->events);
	writer_integer(&writer, "texts", replaying->texts);
	writer_integer(&writer, "differences", replaying->differences);
	body_put_time(&writer, "dateOldest", replaying->oldest_ms);
	writer_integer(&writer, "progress", more ? progress_of(replaying) : 100);
	snprintf(cursor, sizeof(cursor), "%u.%s", replaying->partition, replaying->after);
	if (more)
		writer_text(&writer, "nextCursor", cursor);
	else
		writer_null(&writer, "nextCursor");
	writer_end_object(&writer);
	body_answer(comply->request, 200, &writer);
	free(rows);
	replaying_end(replaying);
}

static void ask(struct replaying *replaying);

static void on_page(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct replaying *replaying = context;

	(void)bus;
	if (!comply_answered(&replaying->comply, reply)) {
		replaying_end(replaying);
		return;
	}
	struct span last = column(reply, 1), oldest = column(reply, 2);
	for (size_t i = 3; i < bus_reply_count(reply); i++)
		read_again(replaying, bus_reply_at(reply, i));
	readers_end(replaying); /* before anybody else puts rules in force */
	replaying->events += (uint64_t)bus_reply_integer(bus_reply_at(reply, 0));
	uint64_t oldest_ms = oldest.length ? strtoull((const char *)oldest.at, NULL, 10) : 0;
	if (oldest_ms && (!replaying->oldest_ms || oldest_ms < replaying->oldest_ms))
		replaying->oldest_ms = oldest_ms;
	snprintf(replaying->after, sizeof(replaying->after), "%.*s", (int)last.length,
		 last.length ? (const char *)last.at : "");
	if (last.length == 0)
		replaying->partition++;
	bool done = replaying->partition >= comply_partitions(&replaying->comply) ||
		    ++replaying->calls >= CALLS_A_PIECE || replaying->events >= EVENTS_A_PIECE ||
		    replaying->differences >= SHOWN_MAX / 2;
	if (done)
		answer(replaying);
	else
		ask(replaying);
}

static void ask(struct replaying *replaying)
{
	char tag[KEY_MAX], from[CURSOR_MAX + 1], until[CURSOR_MAX];
	struct bus_args args;

	if (*replaying->after)
		snprintf(from, sizeof(from), "(%s", replaying->after);
	else
		snprintf(from, sizeof(from), "%" PRIu64, replaying->from_ms);
	snprintf(until, sizeof(until), "%" PRIu64, replaying->until_ms - 1);
	bus_args_init(&args);
	bus_args_call(&args, "replay_page", key_tag(replaying->partition, tag));
	bus_args_field_text(&args, "from", from);
	bus_args_field_text(&args, "until", until);
	bus_args_field_integer(&args, "limit",
			       replaying->differences ? EVENTS_AT_ONCE / 10 : EVENTS_AT_ONCE);
	comply_send(&replaying->comply, &args, on_page, replaying);
	bus_args_finish(&args);
}

static void on_version(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct replaying *replaying = context;

	(void)bus;
	if (comply_answered(&replaying->comply, reply))
		comply_answer_set(&replaying->comply, reply, &replaying->set);
	if (replaying->set)
		ask(replaying);
	else
		replaying_end(replaying);
}

/* `3.1732-0`: partition and the event behind which it goes on. */
static bool read_cursor(struct replaying *replaying, const char *text)
{
	char *end;
	unsigned long partition = strtoul(text, &end, 10);
	size_t length = *end == '.' ? strspn(end + 1, "0123456789-") : 0;

	if (!*text)
		return true;
	if (*end != '.' || end[1 + length] || partition >= comply_partitions(&replaying->comply))
		return false;
	replaying->partition = (unsigned)partition;
	snprintf(replaying->after, sizeof(replaying->after), "%s", end + 1);
	return true;
}

static bool read_all(struct replaying *replaying, const json_t *root)
{
	const struct comply *comply = &replaying->comply;
	char from[40], until[40], cursor[CURSOR_MAX], rule_set[SUPPRESSION_SCOPE_MAX];

	if (!body_text(root, "ruleSet", rule_set, sizeof(rule_set) - 1) ||
	    !comply_owner(comply, rule_set, &replaying->owner)) {
		body_refuse(comply->request,
			    "ruleSet must be programme:NAME or number:NUMBER of those that are "
			    "configured.");
		return false;
	}
	if (!body_text(root, "from", from, sizeof(from) - 1) ||
	    !body_text(root, "until", until, sizeof(until) - 1) || !*from || !*until ||
	    !written_moment(from, false, &replaying->from_ms) ||
	    !written_moment(until, true, &replaying->until_ms) ||
	    replaying->from_ms >= replaying->until_ms) {
		body_refuse(comply->request, "from and until must be days or moments in UTC, "
					     "from before until.");
		return false;
	}
	if (!body_text(root, "cursor", cursor, sizeof(cursor) - 1) ||
	    !read_cursor(replaying, cursor)) {
		body_refuse(comply->request, "cursor must be nextCursor of the piece before.");
		return false;
	}
	return comply_read_version(comply, root, &replaying->version);
}

void comply_replay(struct comply *comply)
{
	json_t *root = body_read(comply->request);
	char version[24];

	if (!root)
		return;
	struct replaying *replaying = comply_keep(comply, sizeof(*replaying));
	writer_init(&replaying->rows);
	writer_begin_array(&replaying->rows, NULL);
	const json_t *given = json_object_get(root, "set");
	if (!read_all(replaying, root)) {
		replaying_end(replaying);
	} else if (given) {
		replaying->set = comply_read_set(comply, given, &replaying->owner);
		if (replaying->set)
			ask(replaying);
		else
			replaying_end(replaying);
	} else if (replaying->version) {
		snprintf(version, sizeof(version), "%lu", replaying->version);
		comply_ask_version(comply, &replaying->owner, version, on_version, replaying);
	} else {
		body_refuse(comply->request, "version or set must say by which rules to read.");
		replaying_end(replaying);
	}
	json_decref(root);
}
