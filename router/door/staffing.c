#include "router/door/staffing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/memory.h"
#include "router/bus/key.h"
#include "router/directory/directory.h"
#include "router/door/body.h"
#include "router/door/form.h"
#include "router/door/things.h"

#define RING_MAX 6
#define LEVEL_MAX 5
#define NAME_TEXT_MAX (DIRECTORY_ID_MAX + 3)
#define ETAG_MAX 64

/* A request on its way. */
struct staffing {
	const struct api *api;
	struct http_request *request;
	const struct route *route;
	struct things_page page;
	char owner[DIRECTORY_ID_MAX + 1]; /* the queue of members, the user of skills and queues */
	char one[DIRECTORY_ID_MAX + 1];	  /* the only skill to be answered, "" for a list */
	enum directory_kind kind;	  /* of those that are listed */
	bool quiet;			  /* a change is answered with nothing */
	char etag[ETAG_MAX];		  /* a line of the answer, or "" */
};

/* One row of a list. */
struct entry {
	char *id;
	const char *name, *email; /* of the directory */
	int64_t number;		  /* ring, or proficiency */
};

static struct staffing *staffing_create(const struct api *api, struct http_request *request,
					const struct route *route,
					const struct directory_entity *owner)
{
	struct staffing *staffing = memory_array(1, sizeof(*staffing));

	staffing->api = api;
	staffing->request = request;
	staffing->route = route;
	staffing->page = (struct things_page){.size = THINGS_PAGE_MAX, .number = 1, .part = ""};
	snprintf(staffing->owner, sizeof(staffing->owner), "%s", owner->id);
	return staffing;
}

static void unavailable(struct staffing *staffing)
{
	things_refuse(staffing->request, DIRECTORY_UNAVAILABLE);
	free(staffing);
}

/* Members and skills have no version: whoever sends the ETag of what they have read in If-Match is
 * refused where it is not so any more. */
static void put_etag(struct staffing *staffing, const struct bus_reply *mark)
{
	struct span text = bus_reply_span(mark);

	snprintf(staffing->etag, sizeof(staffing->etag), "ETag: \"%.*s\"\r\n",
		 (int)(text.length < 40 ? text.length : 40), (const char *)text.at);
}

/* Lists */

static int by_name(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = strcasecmp(a->name, b->name);

	return order ? order : strcmp(a->id, b->id);
}

static struct entry *read_entries(const struct staffing *staffing, const struct bus_reply *reply,
				  size_t *count)
{
	size_t all = bus_reply_count(reply) / 2;
	struct entry *entries = memory_array(all + 1, sizeof(*entries));

	*count = 0;
	for (size_t i = 0; i < all; i++) {
		struct span id = bus_reply_span(bus_reply_at(reply, 2 * i));
		const struct directory_entity *entity =
			directory_find(staffing->api->links->directory, staffing->kind, id);
		struct entry *entry = &entries[*count];
		entry->id = memory_copy(id.at, id.length);
		entry->name = entity ? directory_text(entity, "name") : entry->id;
		entry->email = entity ? directory_text(entity, "email") : "";
		entry->number = bus_reply_integer(bus_reply_at(reply, 2 * i + 1));
		if (things_has_part(entry->name, staffing->page.part))
			(*count)++;
		else
			free(entry->id);
	}
	qsort(entries, *count, sizeof(*entries), by_name);
	return entries;
}

static void write_entry(const struct staffing *staffing, const struct entry *entry,
			struct writer *writer)
{
	writer_begin_object(writer, NULL);
	writer_text(writer, "id", entry->id);
	writer_text(writer, "name", entry->name);
	if (staffing->kind == DIRECTORY_SKILL) {
		writer_signed(writer, "proficiency", entry->number);
		writer_text(writer, "state", "active");
	} else {
		writer_signed(writer, "ringNumber", entry->number);
		writer_bool(writer, "joined", true);
	}
	if (staffing->kind == DIRECTORY_USER) {
		writer_text(writer, "memberBy", "user");
		writer_begin_object(writer, "user");
		writer_text(writer, "id", entry->id);
		writer_text(writer, "name", entry->name);
		writer_text(writer, "username", entry->id);
		if (*entry->email)
			writer_text(writer, "email", entry->email);
		writer_end_object(writer);
	}
	writer_end_object(writer);
}

static void write_list(const struct staffing *staffing, const struct entry *entries, size_t count,
		       struct writer *writer)
{
	const struct things_rows rows = things_rows(&staffing->page, count);

	writer_begin_object(writer, NULL);
	writer_begin_array(writer, "entities");
	for (size_t i = rows.first; i < rows.end; i++)
		write_entry(staffing, &entries[things_row(&rows, i)], writer);
	writer_end_array(writer);
	things_write_page(writer, &staffing->page, count);
	writer_end_object(writer);
}

static void on_listed(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct staffing *staffing = context;
	struct writer writer;
	size_t count, shown = 0;

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		unavailable(staffing);
		return;
	}
	bool marked = staffing->kind != DIRECTORY_QUEUE;
	if (marked)
		put_etag(staffing, bus_reply_at(reply, 0));
	struct entry *entries =
		read_entries(staffing, marked ? bus_reply_at(reply, 1) : reply, &count);
	while (shown < count && strcmp(entries[shown].id, staffing->one) != 0)
		shown++;
	writer_init(&writer);
	if (!staffing->one[0])
		write_list(staffing, entries, count, &writer);
	else if (shown < count)
		write_entry(staffing, &entries[shown], &writer);
	struct http_answer answer = {.status = 200,
				     .type = "application/json",
				     .body = {(const uint8_t *)writer.bytes, writer.length},
				     .headers = staffing->etag};
	if (writer.length)
		http_answer(staffing->request, &answer);
	else
		things_refuse(staffing->request, DIRECTORY_MISSING);
	writer_finish(&writer);
	for (size_t i = 0; i < count; i++)
		free(entries[i].id);
	free(entries);
	free(staffing);
}

static void send_list(struct staffing *staffing)
{
	bool members = staffing->kind == DIRECTORY_USER;
	struct bus_args args;

	bus_args_init(&args);
	bus_args_call(&args, staffing->kind == DIRECTORY_QUEUE ? "queues_of" : "staff_read",
		      KEY_ACD_TAG);
	bus_args_field_text(&args, members ? "q" : "a", staffing->owner);
	bus_args_send(&args, staffing->api->sessions->bus, on_listed, staffing);
	bus_args_finish(&args);
}

/* Changes */

static void on_changed(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct staffing *staffing = context;
	struct span word = bus_reply_span(bus_reply_at(reply, 0));
	struct span which = bus_reply_span(bus_reply_at(reply, 1));
	char text[DIRECTORY_ID_MAX + 64];

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		unavailable(staffing);
		return;
	}
	if (word.length == 2 && !staffing->quiet) {
		send_list(staffing);
		return;
	}
	if (word.length == 2) {
		put_etag(staffing, bus_reply_at(reply, 1));
		struct http_answer nothing = {.status = 204, .headers = staffing->etag};
		http_answer(staffing->request, &nothing);
	} else if (span_is(word, "changed")) {
		http_error(staffing->request, 412, "changed.since",
			   staffing->kind == DIRECTORY_SKILL
				   ? "Somebody else has changed the skills of this user since "
				     "they were read; nothing was changed."
				   : "Somebody else has changed the members of this queue since "
				     "they were read; nothing was changed.",
			   NULL);
	} else if (which.length) {
		snprintf(text, sizeof(text), "There is no %s \"%.*s\"; nothing was changed.",
			 staffing->kind == DIRECTORY_SKILL ? "skill" : "user", (int)which.length,
			 (const char *)which.at);
		http_error(staffing->request, 404, "not.found", text, NULL);
	} else {
		things_refuse(staffing->request, DIRECTORY_MISSING);
	}
	free(staffing);
}

/* What is wrong with the body, being put into a call. */
struct call {
	struct bus_args args;
	const char *wrong;
};

static void begin_call(struct call *call, const struct staffing *staffing, const char *who)
{
	bool members = staffing->kind == DIRECTORY_USER;

	*call = (struct call){0};
	bus_args_init(&call->args);
	bus_args_call(&call->args, members ? "members_put" : "skills_put", KEY_ACD_TAG);
	bus_args_field_integer(&call->args, "now", (int64_t)session_now_ms());
	bus_args_field_text(&call->args, "by", who);
	bus_args_field_text(&call->args, members ? "q" : "a", staffing->owner);
	bus_args_field_text(&call->args, "match", staffing->request->match);
	bus_args_field_text(&call->args, "whole",
			    staffing->route->id == ROUTE_USER_SKILLS_REPLACE ? "1" : "");
}

static void end_call(struct call *call, struct staffing *staffing)
{
	if (call->wrong) {
		http_error(staffing->request, 400, "bad.request", call->wrong, NULL);
		free(staffing);
	} else {
		bus_args_send(&call->args, staffing->api->sessions->bus, on_changed, staffing);
	}
	bus_args_finish(&call->args);
}

static void put_number(struct call *call, const char *prefix, const char *id, int64_t number)
{
	char name[NAME_TEXT_MAX];

	if (strlen(id) > DIRECTORY_ID_MAX)
		call->wrong = "An id has at most 128 octets.";
	snprintf(name, sizeof(name), "%s%.*s", prefix, DIRECTORY_ID_MAX, id);
	bus_args_field_integer(&call->args, name, number);
}

/* A whole number 1..most, `otherwise` where it is not said, 0 where it is none. */
static int64_t read_number(const json_t *item, const char *name, int64_t most, int64_t otherwise)
{
	const json_t *value = form_at(item, name);
	double number = json_number_value(value);

	if (!value)
		return otherwise;
	return number >= 1 && number <= (double)most && number == (double)(int64_t)number
		       ? (int64_t)number
		       : 0;
}

static void put_member(struct call *call, const json_t *item, bool removes)
{
	const json_t *id = form_at(item, "id");
	int64_t ring = removes ? 0 : read_number(item, "ringNumber", RING_MAX, 1);

	if (!json_is_string(id) || !json_string_length(id))
		call->wrong = "Each member must be an object with an id.";
	else if (!removes && !ring)
		call->wrong = "ringNumber must be 1..6.";
	else
		put_number(call, "m:", json_string_value(id), ring);
}

static void put_skill(struct call *call, const char *skill, const json_t *item)
{
	const json_t *id = form_at(item, "id");
	int64_t level = read_number(item, "proficiency", LEVEL_MAX, 0);

	if (!skill && json_is_string(id) && json_string_length(id))
		skill = json_string_value(id);
	if (!skill)
		call->wrong = "Each skill must be an object with an id.";
	else if (!level)
		call->wrong = "proficiency must be a whole number, 1..5.";
	else
		put_number(call, "s:", skill, level);
}

static void put_many(struct call *call, const struct staffing *staffing, const json_t *root)
{
	const char *removes = http_query(staffing->request, "delete");

	if (json_array_size(root) > STAFFING_MANY_MAX)
		call->wrong = "At most 1000 in one request.";
	for (size_t i = 0; i < json_array_size(root) && !call->wrong; i++) {
		if (staffing->kind == DIRECTORY_USER)
			put_member(call, json_array_get(root, i),
				   removes && strcmp(removes, "true") == 0);
		else
			put_skill(call, NULL, json_array_get(root, i));
	}
}

/* The second name of the path; "" where it is longer than any id. */
static const char *second_of(const struct staffing *staffing, char out[DIRECTORY_ID_MAX + 1])
{
	struct span id = route_parameter(staffing->route, staffing->request->path, 1);

	snprintf(out, DIRECTORY_ID_MAX + 1, "%.*s",
		 id.length <= DIRECTORY_ID_MAX ? (int)id.length : 0, (const char *)id.at);
	return out;
}

static void change_many(struct staffing *staffing, const char *who)
{
	json_t *root = body_read_array(staffing->request);
	struct call call;

	if (!root) {
		free(staffing);
		return;
	}
	begin_call(&call, staffing, who);
	put_many(&call, staffing, root);
	json_decref(root);
	end_call(&call, staffing);
}

static void change_one(struct staffing *staffing, const char *who)
{
	json_t *root = body_read(staffing->request);
	bool named = staffing->route->id != ROUTE_USER_SKILL_ADD;
	struct call call;

	if (!root) {
		free(staffing);
		return;
	}
	begin_call(&call, staffing, who);
	if (named)
		second_of(staffing, staffing->one);
	else if (json_is_string(form_at(root, "id")))
		snprintf(staffing->one, sizeof(staffing->one), "%s",
			 json_string_value(form_at(root, "id")));
	if (staffing->kind == DIRECTORY_SKILL)
		put_skill(&call, named ? staffing->one : NULL, root);
	else if (!read_number(root, "ringNumber", RING_MAX, 1))
		call.wrong = "ringNumber must be 1..6.";
	else
		put_number(&call, "m:", staffing->one,
			   read_number(root, "ringNumber", RING_MAX, 1));
	json_decref(root);
	end_call(&call, staffing);
}

static void remove_one(struct staffing *staffing, const char *who)
{
	struct call call;
	char id[DIRECTORY_ID_MAX + 1];

	begin_call(&call, staffing, who);
	put_number(&call, staffing->kind == DIRECTORY_USER ? "m:" : "s:", second_of(staffing, id),
		   0);
	staffing->quiet = true;
	end_call(&call, staffing);
}

static void read_list(struct staffing *staffing)
{
	if (things_read_page(staffing->request, &staffing->page))
		send_list(staffing);
	else
		free(staffing);
}

void staffing_handle(const struct api *api, struct http_request *request, const struct route *route,
		     const char *who)
{
	const struct directory_entity *owner = things_find(api, request, route);

	if (!owner)
		return;
	struct staffing *staffing = staffing_create(api, request, route, owner);
	staffing->kind = route->kind == DIRECTORY_QUEUE	  ? DIRECTORY_USER
			 : route->id == ROUTE_USER_QUEUES ? DIRECTORY_QUEUE
							  : DIRECTORY_SKILL;
	staffing->quiet = staffing->kind == DIRECTORY_USER;
	switch (route->id) {
	case ROUTE_MEMBERS_PUT:
	case ROUTE_USER_SKILLS_ADD:
	case ROUTE_USER_SKILLS_REPLACE:
		change_many(staffing, who);
		break;
	case ROUTE_MEMBER_PUT:
	case ROUTE_USER_SKILL_ADD:
	case ROUTE_USER_SKILL_PUT:
		change_one(staffing, who);
		break;
	case ROUTE_MEMBER_REMOVE:
	case ROUTE_USER_SKILL_REMOVE:
		remove_one(staffing, who);
		break;
	default:
		read_list(staffing);
		break;
	}
}
