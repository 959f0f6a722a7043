#include "router/door/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/bus/event.h"
#include "router/bus/key.h"
#include "router/directory/customer.h"
#include "router/door/body.h"
#include "router/door/conversation.h"
#include "router/door/customers.h"
#include "router/door/shape.h"
#include "router/door/things.h"
#include "router/door/wire.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX 500

static void write_text(struct writer *writer, const char *key, const struct bus_reply *event,
		       const char *field)
{
	struct span value = event_span(event, field);

	if (value.length)
		writer_string(writer, key, value);
}

/* A value's own lines and tabs, as they were (audit_line() of base.lua); in its place. */
static const char *unescape(char *text)
{
	char *out = text;

	for (const char *at = text; *at; at++) {
		bool escaped = *at == '\\' && at[1];
		at += escaped;
		if (escaped && *at == 'n')
			*out++ = '\n';
		else if (escaped && *at == 't')
			*out++ = '\t';
		else
			*out++ = *at;
	}
	*out = '\0';
	return text;
}

/* `field<tab>before<tab>after`, a line each. */
static void write_changes(struct writer *writer, struct span what)
{
	char *text = memory_copy(what.at, what.length), *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *before = strchr(line, '\t');
		char *after = before ? strchr(before + 1, '\t') : NULL;
		if (!after)
			continue;
		*before++ = *after++ = '\0';
		writer_begin_object(writer, NULL);
		writer_text(writer, "property", unescape(line));
		writer_begin_array(writer, "oldValues");
		writer_text(writer, NULL, unescape(before));
		writer_end_array(writer);
		writer_begin_array(writer, "newValues");
		writer_text(writer, NULL, unescape(after));
		writer_end_array(writer);
		writer_end_object(writer);
	}
	free(text);
}

/* Of a member: the queue, else the skill, of whom, from and to which ring or proficiency. */
static void write_step(struct writer *writer, const struct bus_reply *event)
{
	bool member = event_is(event, "e", "member");

	writer_begin_object(writer, NULL);
	writer_text(writer, "property", member ? "ring" : "proficiency");
	write_text(writer, member ? "queueId" : "skillId", event, member ? "q" : "skill");
	writer_begin_array(writer, "oldValues");
	writer_string(writer, NULL, event_span(event, "before"));
	writer_end_array(writer);
	writer_begin_array(writer, "newValues");
	writer_string(writer, NULL, event_span(event, member ? "ring" : "level"));
	writer_end_array(writer);
	writer_end_object(writer);
}

static void write_audit(struct writer *writer, const struct bus_reply *event)
{
	bool entity = event_is(event, "e", "audit");

	writer_begin_object(writer, NULL);
	writer_string(writer, "id", bus_reply_span(bus_reply_at(event, 0)));
	shape_write_time(writer, "eventDate", (uint64_t)event_integer(event, "at"));
	writer_begin_object(writer, "user");
	writer_string(writer, "id", event_span(event, entity ? "who" : "by"));
	writer_end_object(writer);
	writer_string(writer, "action",
		      entity ? event_span(event, "action")
			     : (struct span){(const uint8_t *)"update", 6});
	writer_string(writer, "entityType", event_span(event, entity ? "kind" : "e"));
	writer_begin_object(writer, "entity");
	writer_string(writer, "id", event_span(event, entity ? "id" : "who"));
	writer_end_object(writer);
	writer_begin_array(writer, "propertyChanges");
	if (entity)
		write_changes(writer, event_span(event, "what"));
	else
		write_step(writer, event);
	writer_end_array(writer);
	writer_end_object(writer);
}

/* One of a page, with the id that it has in its stream. */
struct audited {
	char *id, *json;
};

/* Who changed customers is told by their partitions, all else by the floor: the newest of all of
 * them are merged. */
struct auditing {
	struct http_request *request;
	struct audited *rows;
	size_t count, capacity, limit;
	char horizon[WIRE_ID_MAX + 1]; /* nothing older may be shown yet; "" */
	unsigned waiting;
	bool failed;
};

static int newest_first(const void *left, const void *right)
{
	return wire_id_compare(span_text(((const struct audited *)right)->id),
			       span_text(((const struct audited *)left)->id));
}

static bool is_older(const char *id, const char *than)
{
	return wire_id_compare(span_text(id), span_text(than)) < 0;
}

/* How many are shown. Those of the same id as the last one are too, since the next page goes on
 * behind it. */
static size_t cut(struct auditing *auditing)
{
	size_t shown = 0;

	if (auditing->count)
		qsort(auditing->rows, auditing->count, sizeof(*auditing->rows), newest_first);
	while (shown < auditing->count) {
		const char *id = auditing->rows[shown].id;
		if (auditing->horizon[0] && is_older(id, auditing->horizon))
			break;
		if (shown >= auditing->limit && is_older(id, auditing->rows[shown - 1].id))
			break;
		shown++;
	}
	return shown;
}

static void answer(struct auditing *auditing)
{
	struct writer writer;
	size_t shown = cut(auditing);
	bool more = shown < auditing->count || auditing->horizon[0];
	const char *last = shown == 0 ? auditing->horizon : auditing->rows[shown - 1].id;

	/* All up to the horizon is shown: what was looked at in vain need not be looked at again.
	 */
	if (more && shown == auditing->count)
		last = auditing->horizon;
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_begin_array(&writer, "entities");
	for (size_t i = 0; i < shown; i++)
		writer_raw(&writer, NULL, auditing->rows[i].json);
	writer_end_array(&writer);
	writer_integer(&writer, "pageSize", shown);
	writer_bool(&writer, "more", more);
	if (more)
		writer_text(&writer, "before", last);
	writer_end_object(&writer);
	body_answer(auditing->request, 200, &writer);
}

static void auditing_end(struct auditing *auditing)
{
	if (auditing->failed)
		things_refuse(auditing->request, DIRECTORY_UNAVAILABLE);
	else
		answer(auditing);
	for (size_t i = 0; i < auditing->count; i++) {
		free(auditing->rows[i].id);
		free(auditing->rows[i].json);
	}
	free(auditing->rows);
	free(auditing);
}

static void take(struct auditing *auditing, const struct bus_reply *event)
{
	struct span id = bus_reply_span(bus_reply_at(event, 0));
	struct writer writer;

	if (auditing->count == auditing->capacity) {
		auditing->capacity = auditing->capacity ? auditing->capacity * 2 : PAGE_DEFAULT;
		auditing->rows =
			memory_resize(auditing->rows, auditing->capacity, sizeof(*auditing->rows));
	}
	writer_init(&writer);
	write_audit(&writer, event);
	auditing->rows[auditing->count++] =
		(struct audited){memory_copy(id.at, id.length), writer_take(&writer)};
}

static void on_audits(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct auditing *auditing = context;
	struct span before = bus_reply_span(bus_reply_at(reply, 0));
	const struct bus_reply *rows = bus_reply_at(reply, 1);

	(void)bus;
	auditing->failed |= bus_reply_type(reply) != BUS_ARRAY;
	for (size_t i = 0; i < bus_reply_count(rows); i++)
		take(auditing, bus_reply_at(rows, i));
	if (before.length && before.length <= WIRE_ID_MAX &&
	    (!auditing->horizon[0] || is_older(auditing->horizon, (const char *)before.at)))
		snprintf(auditing->horizon, sizeof(auditing->horizon), "%.*s", (int)before.length,
			 (const char *)before.at);
	if (--auditing->waiting == 0)
		auditing_end(auditing);
}

static void ask(const struct api *api, struct auditing *auditing, const char *tag)
{
	static const char *const filters[] = {"who", "kind", "id"};
	struct http_request *request = auditing->request;
	struct bus_args args;

	auditing->waiting++;
	bus_args_init(&args);
	bus_args_call(&args, "audits", tag);
	bus_args_field_text(&args, "before", http_query(request, "before"));
	bus_args_field_integer(&args, "limit", (int64_t)auditing->limit);
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		bus_args_field_text(&args, filters[i], http_query(request, filters[i]));
	bus_args_send(&args, api->sessions->bus, on_audits, auditing);
	bus_args_finish(&args);
}

/* Of whom or what it may be: the floor's, one partition's, all of them. */
static void ask_all(const struct api *api, struct auditing *auditing)
{
	const char *kind = http_query(auditing->request, "kind");
	const char *id = http_query(auditing->request, "id");
	bool any = !kind || !*kind, customers = any || strcmp(kind, "customer") == 0;
	unsigned partitions = customers_partitions(api), first = 0, behind = partitions;
	char tag[KEY_MAX];

	auditing->waiting = 1;
	if (any || !customers)
		ask(api, auditing, KEY_ACD_TAG);
	if (id && *id)
		behind = customer_partition(span_text(id), partitions, &first) ? first + 1 : 0;
	for (unsigned i = first; customers && i < behind; i++)
		ask(api, auditing, key_tag(i, tag));
	if (--auditing->waiting == 0)
		auditing_end(auditing);
}

void audit_list(const struct api *api, struct http_request *request)
{
	const char *before = http_query(request, "before");
	size_t limit = PAGE_DEFAULT;

	if (!body_query_number(request, "pageSize", 1, PAGE_MAX, &limit))
		return;
	if (before && !conversation_is_place(before)) {
		http_error(request, 400, "bad.request",
			   "before must be what an earlier page named so.", NULL);
		return;
	}
	struct auditing *auditing = memory_array(1, sizeof(*auditing));
	auditing->request = request;
	auditing->limit = limit;
	ask_all(api, auditing);
}
