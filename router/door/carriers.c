#include "router/door/carriers.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"
#include "router/door/body.h"
#include "router/door/things.h"
#include "router/door/writer.h"

#define NAME_MAX_OCTETS 128
#define FIELD_MAX 48
#define HOUR_MS 3600000u
#define KEYS_EACH 3 /* of a carrier: status, binds, hold */

struct wait {
	struct http_request *request;
	const struct api *api;
	char command[8], name[NAME_MAX_OCTETS + 1];
	struct things_page page; /* of a list */
};

static struct wait *wait_create(const struct api *api, struct http_request *request)
{
	struct wait *wait = memory_array(1, sizeof(*wait));

	wait->api = api;
	wait->request = request;
	return wait;
}

static const char *find(const struct api *api, struct http_request *request,
			const struct route *route)
{
	struct span asked = route_parameter(route, request->path, 0);

	for (size_t i = 0; i < api->settings->carriers_count; i++) {
		const char *name = api->settings->carriers[i];
		if (strlen(name) == asked.length && memcmp(name, asked.at, asked.length) == 0)
			return name;
	}
	http_error(request, 404, "not.found", "There is no such carrier.", NULL);
	return NULL;
}

/* Takes what stands before `separator` off `rest`. */
static bool take(struct span *rest, char separator, struct span *first)
{
	const uint8_t *end;

	if (rest->length == 0)
		return false;
	end = memchr(rest->at, separator, rest->length);
	*first = (struct span){rest->at, end ? (size_t)(end - rest->at) : rest->length};
	rest->at += first->length + (end ? 1 : 0);
	rest->length -= first->length + (end ? 1 : 0);
	return true;
}

static bool is_number(struct span value)
{
	for (size_t i = 0; i < value.length; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return false;
	}
	return value.length > 0 && value.length < 16;
}

/* The writer writes keys as they are, so only those of words and `_` get there. */
static bool is_word(struct span name)
{
	for (size_t i = 0; i < name.length; i++) {
		bool letter = name.at[i] >= 'a' && name.at[i] <= 'z';
		bool digit = name.at[i] >= '0' && name.at[i] <= '9';
		if (!letter && !digit && name.at[i] != '_')
			return false;
	}
	return name.length > 0 && name.length < FIELD_MAX;
}

static void put_field(struct writer *writer, struct span name, struct span value)
{
	char key[FIELD_MAX], number[16];

	if (!is_word(name))
		return;
	snprintf(key, sizeof(key), "%.*s", (int)name.length, (const char *)name.at);
	if (is_number(value)) {
		snprintf(number, sizeof(number), "%.*s", (int)value.length, (const char *)value.at);
		writer_integer(writer, key, strtoull(number, NULL, 10));
	} else {
		writer_string(writer, key, value);
	}
}

/* `bound=2 state=up` as members. */
static void put_line(struct writer *writer, struct span line)
{
	struct span field, name;

	while (take(&line, ' ', &field)) {
		if (memchr(field.at, '=', field.length) && take(&field, '=', &name))
			put_field(writer, name, field);
	}
}

static void put_carrier(struct writer *writer, const char *name, const struct bus_reply *reply,
			size_t first)
{
	struct span status = bus_reply_span(bus_reply_at(reply, first));
	struct span binds = bus_reply_span(bus_reply_at(reply, first + 1));
	struct span hold = bus_reply_span(bus_reply_at(reply, first + 2));
	struct span line;

	writer_begin_object(writer, NULL);
	writer_text(writer, "name", name);
	writer_string(writer, "hold", hold);
	writer_begin_object(writer, "status");
	if (status.length)
		put_line(writer, status);
	else
		writer_text(writer, "state", "silent");
	writer_end_object(writer);
	writer_begin_array(writer, "binds");
	while (take(&binds, '\n', &line)) {
		writer_begin_object(writer, NULL);
		put_line(writer, line);
		writer_end_object(writer);
	}
	writer_end_array(writer);
	writer_end_object(writer);
}

/* In the order of the configuration, or the other way round. */
static const char *carrier_at(const struct door_settings *settings, const struct things_rows *rows,
			      size_t number)
{
	return settings->carriers[things_row(rows, number)];
}

/* `reply` has KEYS_EACH of each carrier of the page. */
static void answer_list(struct http_request *request, const struct door_settings *settings,
			const struct things_page *page, const struct bus_reply *reply)
{
	const struct things_rows rows = things_rows(page, settings->carriers_count);
	struct writer writer;

	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_begin_array(&writer, "entities");
	for (size_t i = rows.first; i < rows.end; i++)
		put_carrier(&writer, carrier_at(settings, &rows, i), reply,
			    (i - rows.first) * KEYS_EACH);
	writer_end_array(&writer);
	things_write_page(&writer, page, settings->carriers_count);
	writer_integer(&writer, "now_ms", session_now_ms());
	writer_end_object(&writer);
	body_answer(request, 200, &writer);
}

static void on_list(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct wait *wait = context;
	const struct door_settings *settings = wait->api->settings;

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		body_unavailable(wait->request);
		free(wait);
		return;
	}
	answer_list(wait->request, settings, &wait->page, reply);
	free(wait);
}

void carriers_list(const struct api *api, struct http_request *request)
{
	const struct door_settings *settings = api->settings;
	struct things_page page;
	struct bus_args args;
	char key[KEY_MAX];

	if (!things_read_page(request, &page))
		return;
	const struct things_rows rows = things_rows(&page, settings->carriers_count);
	if (rows.first == rows.end) {
		answer_list(request, settings, &page, NULL);
		return;
	}
	struct wait *wait = wait_create(api, request);
	wait->page = page;
	bus_args_init(&args);
	bus_args_text(&args, "MGET");
	for (size_t i = rows.first; i < rows.end; i++) {
		const char *name = carrier_at(settings, &rows, i);
		bus_args_text(&args, key_gateway_status(name, key));
		bus_args_text(&args, key_gateway_binds(name, key));
		bus_args_text(&args, key_gateway_hold(name, key));
	}
	bus_args_send(&args, api->sessions->bus, on_list, wait);
	bus_args_finish(&args);
}

static void put_sample(struct writer *writer, const struct bus_reply *row)
{
	const struct bus_reply *fields = bus_reply_at(row, 1);
	struct span id = bus_reply_span(bus_reply_at(row, 0));

	writer_begin_object(writer, NULL);
	writer_integer(writer, "at_ms", id.length ? strtoull((const char *)id.at, NULL, 10) : 0);
	for (size_t i = 0; i + 1 < bus_reply_count(fields); i += 2)
		put_field(writer, bus_reply_span(bus_reply_at(fields, i)),
			  bus_reply_span(bus_reply_at(fields, i + 1)));
	writer_end_object(writer);
}

/* The newest come first from Redis, the oldest here. */
static void on_samples(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct wait *wait = context;
	struct writer writer;

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		body_unavailable(wait->request);
		free(wait);
		return;
	}
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_begin_array(&writer, "entities");
	for (size_t i = bus_reply_count(reply); i > 0; i--)
		put_sample(&writer, bus_reply_at(reply, i - 1));
	writer_end_array(&writer);
	writer_integer(&writer, "total", bus_reply_count(reply));
	writer_integer(&writer, "now_ms", session_now_ms());
	writer_end_object(&writer);
	body_answer(wait->request, 200, &writer);
	free(wait);
}

void carriers_samples(const struct api *api, struct http_request *request,
		      const struct route *route)
{
	const char *name = find(api, request, route);
	struct bus_args args;
	char key[KEY_MAX];

	if (!name)
		return;
	bus_args_init(&args);
	bus_args_text(&args, "XREVRANGE");
	bus_args_text(&args, key_gateway_samples(name, key));
	bus_args_text(&args, "+");
	bus_args_integer(&args, (int64_t)(session_now_ms() - HOUR_MS));
	bus_args_text(&args, "COUNT");
	bus_args_integer(&args, CARRIERS_SAMPLES_MAX);
	bus_args_send(&args, api->sessions->bus, on_samples, wait_create(api, request));
	bus_args_finish(&args);
}

static void on_commanded(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct wait *wait = context;
	struct writer writer;

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		if (bus_reply_type(reply) == BUS_ERROR)
			log_event(LOG_ERROR, "command_failed", "carrier=%s error=%s", wait->name,
				  (const char *)bus_reply_span(reply).at);
		body_unavailable(wait->request);
		free(wait);
		return;
	}
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_text(&writer, "name", wait->name);
	writer_text(&writer, "command", wait->command);
	writer_end_object(&writer);
	body_answer(wait->request, 202, &writer);
	free(wait);
}

/* The command in the body, one of three; NULL once the request was answered. */
static const char *read_command(struct http_request *request)
{
	static const char *const commands[] = {"pause", "drain", "resume"};
	json_t *root = body_read(request);
	const char *asked = json_string_value(json_object_get(root, "command"));
	const char *command = NULL;

	for (size_t i = 0; asked && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(asked, commands[i]) == 0)
			command = commands[i];
	}
	if (root && !command)
		http_error(request, 400, "bad.request",
			   "The body must have command: pause, drain or resume.", NULL);
	json_decref(root);
	return command;
}

void carriers_command(const struct api *api, struct http_request *request,
		      const struct route *route, const char *who)
{
	const char *name = find(api, request, route);
	const char *command = name ? read_command(request) : NULL;
	struct bus_args args;
	struct wait *wait;

	if (!command)
		return;
	wait = wait_create(api, request);
	snprintf(wait->command, sizeof(wait->command), "%s", command);
	snprintf(wait->name, sizeof(wait->name), "%s", name);
	bus_args_init(&args);
	bus_args_call(&args, "carrier_command", KEY_GATEWAY_TAG);
	bus_args_field_text(&args, "carrier", name);
	bus_args_field_text(&args, "command", command);
	bus_args_field_text(&args, "by", who);
	bus_args_field_integer(&args, "now", (int64_t)session_now_ms());
	bus_args_send(&args, api->sessions->bus, on_commanded, wait);
	bus_args_finish(&args);
}
