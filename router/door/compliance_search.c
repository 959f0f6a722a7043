/* Who is suppressed: of one number everything, or what happened to anybody, the newest first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/door/compliance_internal.h"

#define HISTORY_MAX 200 /* records of one number */

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
	unsigned partition = key_partition(span_text(comply->number), comply_partitions(comply));
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
	bus_args_field_integer(&args, "from", -HISTORY_MAX);
	bus_args_field_integer(&args, "limit", HISTORY_MAX);
	comply_send(comply, &args, on_number, comply_keep(comply, sizeof(*comply)));
	bus_args_finish(&args);
}

struct searching {
	struct comply_paging paging;
	struct comply_wish wish;
};

static char *row_json(const struct comply *comply, const struct bus_reply *row, unsigned partition)
{
	struct writer writer;
	struct span entry = bus_reply_span(bus_reply_at(row, 0));
	struct span number = bus_reply_span(bus_reply_at(row, 8));
	struct span force = bus_reply_span(bus_reply_at(row, 9));
	char id[COMPLY_PATH_MAX];

	(void)comply;
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

bool comply_moment(const struct comply *comply, const char *name, bool end, uint64_t *ms)
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
static bool read_wish(const struct comply *comply, struct comply_wish *wish, uint64_t *until_ms)
{
	const char *scope = http_query(comply->request, "scope");
	const char *source = http_query(comply->request, "source");
	const char *what = http_query(comply->request, "what");

	*wish = (struct comply_wish){0};
	*until_ms = 0;
	snprintf(wish->source, sizeof(wish->source), "%s", source ? source : "");
	snprintf(wish->what, sizeof(wish->what), "%s", what ? what : "revoke");
	if (strcmp(wish->what, "any") == 0)
		wish->what[0] = '\0';
	for (char *at = wish->what; *at; at++) {
		if (*at == ',')
			*at = '|';
	}
	return (!scope || !*scope || comply_scope(comply, scope, wish->scope)) &&
	       comply_moment(comply, "since", false, &wish->since_ms) &&
	       comply_moment(comply, "until", true, until_ms);
}

static void add_wish(const void *context, struct bus_args *args)
{
	const struct comply_wish *wish = context;

	bus_args_field_integer(args, "since", (int64_t)wish->since_ms);
	bus_args_field_text(args, "what", wish->what);
	bus_args_field_text(args, "scope", wish->scope);
	bus_args_field_text(args, "source", wish->source);
}

bool comply_consent_source(const struct comply *comply, struct comply_wish *wish,
			   struct comply_source *source)
{
	*source = (struct comply_source){
		.function = "consent_page",
		.add = add_wish,
		.wish = wish,
		.json = row_json,
		.stops = true,
	};
	return read_wish(comply, wish, &source->until_ms);
}

static void search_all(struct comply *comply)
{
	struct searching *searching = comply_keep(comply, sizeof(*searching));
	struct comply_source source;

	if (comply_consent_source(comply, &searching->wish, &source))
		comply_page(&searching->paging, &source);
	else
		free(searching);
}

void comply_search(struct comply *comply)
{
	const char *number = http_query(comply->request, "number");

	if (number && *number)
		search_number(comply, number);
	else
		search_all(comply);
}
