#include "router/door/audit.h"

#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/bus/event.h"
#include "router/bus/key.h"
#include "router/door/body.h"
#include "router/door/conversation.h"
#include "router/door/shape.h"
#include "router/door/things.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX 500

static void write_text(struct writer *writer, const char *key, const struct bus_reply *event,
		       const char *field)
{
	struct span value = event_span(event, field);

	if (value.length)
		writer_string(writer, key, value);
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
		writer_text(writer, "property", line);
		writer_begin_array(writer, "oldValues");
		writer_text(writer, NULL, before);
		writer_end_array(writer);
		writer_begin_array(writer, "newValues");
		writer_text(writer, NULL, after);
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

static void on_audits(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct http_request *request = context;
	struct span before = bus_reply_span(bus_reply_at(reply, 0));
	const struct bus_reply *rows = bus_reply_at(reply, 1);
	struct writer writer;

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		things_refuse(request, DIRECTORY_UNAVAILABLE);
		return;
	}
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_begin_array(&writer, "entities");
	for (size_t i = 0; i < bus_reply_count(rows); i++)
		write_audit(&writer, bus_reply_at(rows, i));
	writer_end_array(&writer);
	writer_integer(&writer, "pageSize", bus_reply_count(rows));
	writer_bool(&writer, "more", before.length > 0);
	if (before.length)
		writer_string(&writer, "before", before);
	writer_end_object(&writer);
	body_answer(request, 200, &writer);
}

void audit_list(const struct api *api, struct http_request *request)
{
	static const char *const filters[] = {"who", "kind", "id"};
	const char *size = http_query(request, "pageSize"), *before = http_query(request, "before");
	long limit = size ? strtol(size, NULL, 10) : PAGE_DEFAULT;
	struct bus_args args;

	if (limit < 1 || limit > PAGE_MAX) {
		http_error(request, 400, "bad.request", "pageSize must be 1..500.", NULL);
		return;
	}
	if (before && !conversation_is_place(before)) {
		http_error(request, 400, "bad.request",
			   "before must be what an earlier page named so.", NULL);
		return;
	}
	bus_args_init(&args);
	bus_args_call(&args, "audits", KEY_ACD_TAG);
	bus_args_field_text(&args, "before", before);
	bus_args_field_integer(&args, "limit", limit);
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		bus_args_field_text(&args, filters[i], http_query(request, filters[i]));
	bus_args_send(&args, api->sessions->bus, on_audits, request);
	bus_args_finish(&args);
}
