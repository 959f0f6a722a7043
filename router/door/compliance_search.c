/*
 * Who is suppressed: of one number everything, or what happened to anybody, the newest first. The
 * latter is made from the ledgers of all partitions: each gives its newest rows older than the
 * cursor, here they are merged and the page is cut. A partition looks through a bounded number of
 * records in a call; where it stopped, nothing older may be shown yet, and the cursor goes there.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/door/compliance_internal.h"

#define HISTORY_MAX 500 /* records of one number */
#define PAGE_DEFAULT 25
#define PAGE_MAX 100
#define CURSOR_MAX 64

/* {scope, source, entry or batch, at, by}… */
static void put_rows(struct writer *writer, const struct bus_reply *rows, const char *reference,
		     unsigned partition)
{
	char id[COMPLY_PATH_MAX];

	for (size_t i = 0; i < bus_reply_count(rows); i++) {
		const struct bus_reply *row = bus_reply_at(rows, i);
		struct span entry = bus_reply_span(bus_reply_at(row, 2));
		writer_begin_object(writer, NULL);
		comply_put_scope(writer, "scope", bus_reply_span(bus_reply_at(row, 0)));
		comply_put_span(writer, "source", bus_reply_at(row, 1));
		snprintf(id, sizeof(id), "%u.%.*s", partition, (int)entry.length,
			 entry.length ? (const char *)entry.at : "");
		if (strcmp(reference, "batchId") == 0)
			writer_string(writer, reference, entry);
		else if (entry.length)
			writer_text(writer, reference, id);
		body_put_time(writer, "dateCreated",
			      (uint64_t)bus_reply_integer(bus_reply_at(row, 3)));
		comply_put_span(writer, "by", bus_reply_at(row, 4));
		writer_end_object(writer);
	}
}

/* {what, scope, source, by, approved, at, entry, note}…, the oldest first; told the newest first.
 */
static void put_history(struct writer *writer, const struct bus_reply *rows, unsigned partition)
{
	char id[COMPLY_PATH_MAX];

	for (size_t i = bus_reply_count(rows); i > 0; i--) {
		const struct bus_reply *row = bus_reply_at(rows, i - 1);
		struct span entry = bus_reply_span(bus_reply_at(row, 6));
		snprintf(id, sizeof(id), "%u.%.*s", partition, (int)entry.length,
			 entry.length ? (const char *)entry.at : "");
		writer_begin_object(writer, NULL);
		writer_text(writer, "id", id);
		comply_put_span(writer, "what", bus_reply_at(row, 0));
		comply_put_scope(writer, "scope", bus_reply_span(bus_reply_at(row, 1)));
		comply_put_span(writer, "source", bus_reply_at(row, 2));
		comply_put_span(writer, "by", bus_reply_at(row, 3));
		comply_put_span(writer, "approvedBy", bus_reply_at(row, 4));
		body_put_time(writer, "dateReceived",
			      (uint64_t)bus_reply_integer(bus_reply_at(row, 5)));
		body_put_time(writer, "dateEffective", comply_id_ms(entry));
		comply_put_span(writer, "note", bus_reply_at(row, 7));
		writer_end_object(writer);
	}
}

static void on_number(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct comply *comply = context;
	unsigned partition = key_partition(
		(struct span){(const uint8_t *)comply->number, strlen(comply->number)},
		comply_partitions(comply));
	struct writer writer;

	(void)bus;
	if (!comply_answered(comply, reply)) {
		free(comply);
		return;
	}
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_text(&writer, "number", comply->number);
	writer_bool(&writer, "suppressed",
		    bus_reply_count(bus_reply_at(reply, 0)) +
				    bus_reply_count(bus_reply_at(reply, 1)) >
			    0);
	writer_begin_array(&writer, "inForce");
	put_rows(&writer, bus_reply_at(reply, 0), "id", partition);
	put_rows(&writer, bus_reply_at(reply, 1), "batchId", partition);
	writer_end_array(&writer);
	writer_begin_array(&writer, "history");
	put_history(&writer, bus_reply_at(reply, 2), partition);
	writer_end_array(&writer);
	writer_integer(&writer, "historyTotal",
		       (uint64_t)bus_reply_integer(bus_reply_at(reply, 3)));
	writer_end_object(&writer);
	body_answer(comply->request, 200, &writer);
	free(comply);
}

static void search_number(struct comply *comply, const char *number)
{
	struct bus_args args;
	char who[MERKLE_HEX];

	if (!comply_number(comply, number, http_query(comply->request, "country")))
		return;
	struct span span = {(const uint8_t *)comply->number, strlen(comply->number)};
	bus_args_init(&args);
	bus_args_call(&args, "suppression_of", comply->tag);
	bus_args_field_text(&args, "customer", comply->number);
	bus_args_field_text(&args, "who", seal_number(comply_place(comply)->links.seal, span, who));
	bus_args_field_integer(&args, "limit", HISTORY_MAX);
	comply_send(comply, &args, on_number, comply_keep(comply, sizeof(*comply)));
	bus_args_finish(&args);
}

/* A place in the order of all records: by time, and of one moment by partition. */
struct place {
	uint64_t ms, sequence;
	unsigned partition;
};

/* What is looked for. */
struct wish {
	char scope[SUPPRESSION_SCOPE_MAX], source[64], what[96];
	uint64_t since_ms;
	size_t size;
	struct place before; /* ms 0: from the newest */
};

struct found {
	struct place place;
	char *json;
};

struct paging {
	struct comply comply;
	struct wish wish;
	unsigned waiting;
	bool failed;
	struct place horizon; /* nothing older may be shown; ms 0: all of it */
	struct found *found;
	size_t count, room;
};

static int newest_first(const void *left, const void *right)
{
	const struct place *a = &((const struct found *)left)->place;
	const struct place *b = &((const struct found *)right)->place;

	if (a->ms != b->ms)
		return a->ms < b->ms ? 1 : -1;
	if (a->sequence != b->sequence)
		return a->sequence < b->sequence ? 1 : -1;
	return a->partition < b->partition ? 1 : a->partition > b->partition ? -1 : 0;
}

static bool read_place(const char *text, struct place *place)
{
	int used = 0;

	return sscanf(text, "%" SCNu64 "-%" SCNu64 ".%u%n", &place->ms, &place->sequence,
		      &place->partition, &used) == 3 &&
	       !text[used];
}

static struct place place_of(struct span id, unsigned partition)
{
	struct place place = {.partition = partition};

	if (id.length)
		sscanf((const char *)id.at, "%" SCNu64 "-%" SCNu64, &place.ms, &place.sequence);
	return place;
}

static char *found_json(const struct bus_reply *row, unsigned partition)
{
	struct writer writer;
	struct span entry = bus_reply_span(bus_reply_at(row, 0));
	struct span number = bus_reply_span(bus_reply_at(row, 8));
	struct span force = bus_reply_span(bus_reply_at(row, 9));
	char id[COMPLY_PATH_MAX];

	snprintf(id, sizeof(id), "%u.%.*s", partition, (int)entry.length, (const char *)entry.at);
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_text(&writer, "id", id);
	comply_put_span(&writer, "what", bus_reply_at(row, 2));
	if (number.length)
		writer_string(&writer, "number", number);
	else
		writer_null(&writer, "number");
	comply_put_scope(&writer, "scope", bus_reply_span(bus_reply_at(row, 3)));
	comply_put_span(&writer, "source", bus_reply_at(row, 4));
	comply_put_span(&writer, "by", bus_reply_at(row, 5));
	comply_put_span(&writer, "approvedBy", bus_reply_at(row, 6));
	body_put_time(&writer, "dateReceived", (uint64_t)bus_reply_integer(bus_reply_at(row, 7)));
	body_put_time(&writer, "dateEffective", comply_id_ms(entry));
	if (force.length)
		writer_bool(&writer, "inForce", *force.at == '1');
	else
		writer_null(&writer, "inForce");
	comply_put_span(&writer, "batchId", bus_reply_at(row, 10));
	writer_integer(&writer, "rows", (uint64_t)bus_reply_integer(bus_reply_at(row, 11)));
	comply_put_span(&writer, "rule", bus_reply_at(row, 12));
	comply_put_span(&writer, "ours", bus_reply_at(row, 13));
	comply_put_span(&writer, "note", bus_reply_at(row, 14));
	writer_end_object(&writer);
	return writer_take(&writer);
}

static bool is_older(const struct place *a, const struct place *b)
{
	return newest_first(&(struct found){*a, NULL}, &(struct found){*b, NULL}) > 0;
}

static void put_page(struct paging *paging)
{
	struct writer writer;
	struct place cursor = paging->horizon;
	char next[CURSOR_MAX];
	size_t shown = 0;

	if (paging->count)
		qsort(paging->found, paging->count, sizeof(*paging->found), newest_first);
	while (shown < paging->count && shown < paging->wish.size &&
	       (!cursor.ms || !is_older(&paging->found[shown].place, &cursor)))
		shown++;
	if (shown == paging->wish.size && (shown < paging->count || cursor.ms))
		cursor = paging->found[shown - 1].place;
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_begin_array(&writer, "entities");
	for (size_t i = 0; i < shown; i++)
		writer_raw(&writer, NULL, paging->found[i].json);
	writer_end_array(&writer);
	writer_integer(&writer, "pageSize", paging->wish.size);
	snprintf(next, sizeof(next), "%" PRIu64 "-%" PRIu64 ".%u", cursor.ms, cursor.sequence,
		 cursor.partition);
	if (cursor.ms)
		writer_text(&writer, "nextCursor", next);
	else
		writer_null(&writer, "nextCursor");
	writer_end_object(&writer);
	body_answer(paging->comply.request, 200, &writer);
}

static void paging_end(struct paging *paging)
{
	if (paging->failed)
		body_unavailable(paging->comply.request);
	else
		put_page(paging);
	for (size_t i = 0; i < paging->count; i++)
		free(paging->found[i].json);
	free(paging->found);
	free(paging);
}

/* One partition's answer; `context` is its place in `paging.asked`. */
struct asked {
	struct paging *paging;
	unsigned partition;
};

static void on_page(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asked *asked = context;
	struct paging *paging = asked->paging;

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		paging->failed = true;
	} else {
		struct place stop = place_of(bus_reply_span(bus_reply_at(reply, 0)), 0);
		if (stop.ms && (!paging->horizon.ms || is_older(&paging->horizon, &stop)))
			paging->horizon = stop;
		for (size_t i = 1; i < bus_reply_count(reply); i++) {
			const struct bus_reply *row = bus_reply_at(reply, i);
			if (paging->count == paging->room) {
				paging->room = paging->room ? paging->room * 2 : 64;
				paging->found = memory_resize(paging->found, paging->room,
							      sizeof(*paging->found));
			}
			paging->found[paging->count++] = (struct found){
				place_of(bus_reply_span(bus_reply_at(row, 0)), asked->partition),
				found_json(row, asked->partition)};
		}
	}
	free(asked);
	if (--paging->waiting == 0)
		paging_end(paging);
}

static void ask_partition(struct paging *paging, unsigned partition, struct bus_args *args)
{
	const struct wish *wish = &paging->wish;
	struct asked *asked = memory_array(1, sizeof(*asked));
	char tag[KEY_MAX], before[CURSOR_MAX] = "", since[CURSOR_MAX];

	*asked = (struct asked){paging, partition};
	if (wish->before.ms)
		snprintf(before, sizeof(before), "%" PRIu64 "-%" PRIu64, wish->before.ms,
			 wish->before.sequence);
	snprintf(since, sizeof(since), "%" PRIu64, wish->since_ms);
	bus_args_call(args, "consent_page", key_tag(partition, tag));
	bus_args_field_text(args, "before", before);
	bus_args_field_text(args, "inclusive", partition < wish->before.partition ? "1" : "");
	bus_args_field_text(args, "since", since);
	bus_args_field_integer(args, "limit", (int64_t)wish->size);
	bus_args_field_text(args, "what", wish->what);
	bus_args_field_text(args, "scope", wish->scope);
	bus_args_field_text(args, "source", wish->source);
	comply_send(&paging->comply, args, on_page, asked);
}

/* A moment in the query: RFC 3339 as far as its seconds in UTC, a day, or milliseconds. `end`: a
 * day is meant whole. False once the request was answered. */
static bool read_moment(const struct comply *comply, const char *name, bool end, uint64_t *ms)
{
	const char *text = http_query(comply->request, name);
	char why[128];

	if (!text || !*text || written_moment(text, end, ms))
		return true;
	snprintf(why, sizeof(why),
		 "%s must be a day (2026-11-26), a moment in UTC (2026-11-26T09:30:00Z) or "
		 "milliseconds since 1970.",
		 name);
	body_refuse(comply->request, why);
	return false;
}

/* False once the request was answered. */
static bool read_wish(const struct comply *comply, struct wish *wish)
{
	const char *scope = http_query(comply->request, "scope");
	const char *source = http_query(comply->request, "source");
	const char *what = http_query(comply->request, "what");
	const char *cursor = http_query(comply->request, "cursor");
	uint64_t until_ms = 0;

	*wish = (struct wish){.size = PAGE_DEFAULT};
	snprintf(wish->source, sizeof(wish->source), "%s", source ? source : "");
	snprintf(wish->what, sizeof(wish->what), "%s", what ? what : "revoke");
	if (strcmp(wish->what, "any") == 0)
		wish->what[0] = '\0';
	for (char *at = wish->what; *at; at++) {
		if (*at == ',')
			*at = '|';
	}
	if ((scope && *scope && !comply_scope(comply, scope, wish->scope)) ||
	    !read_moment(comply, "since", false, &wish->since_ms) ||
	    !read_moment(comply, "until", true, &until_ms) ||
	    !body_query_number(comply->request, "pageSize", 1, PAGE_MAX, &wish->size))
		return false;
	if (until_ms)
		wish->before = (struct place){.ms = until_ms};
	if (cursor && *cursor && !read_place(cursor, &wish->before)) {
		body_refuse(comply->request, "cursor must be a nextCursor that was answered.");
		return false;
	}
	return true;
}

static void search_all(struct comply *comply)
{
	struct wish wish;
	struct bus_args args;

	if (!read_wish(comply, &wish))
		return;
	struct paging *paging = comply_keep(comply, sizeof(*paging));
	paging->wish = wish;
	/* All are asked before any answers: what is lost is answered in the next turn. */
	paging->waiting = comply_partitions(comply);
	bus_args_init(&args);
	for (unsigned i = 0; i < comply_partitions(comply); i++)
		ask_partition(paging, i, &args);
	bus_args_finish(&args);
}

void comply_search(struct comply *comply)
{
	const char *number = http_query(comply->request, "number");

	if (number && *number)
		search_number(comply, number);
	else
		search_all(comply);
}
