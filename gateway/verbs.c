#include "gateway/verbs.h"

#include <errno.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "gateway/clock.h"
#include "gateway/standing.h"
#include "router/bus/bus.h"
#include "router/bus/key.h"
#include "smpp/pdu_json.h"
#include "smpp/segment.h"

#define ANSWER_LIMIT_S 3.

int verbs_pdu(const struct settings_carrier *carrier)
{
	const struct tlv_namings namings = settings_tlv_names(carrier);
	uint8_t *octets = memory_array(1, PDU_SIZE_MAX);
	char *json = memory_array(1, PDU_JSON_SIZE);
	char *line = NULL;
	size_t capacity = 0;
	ssize_t length;
	int result = 0;

	while ((length = getline(&line, &capacity, stdin)) >= 0) {
		while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
			length--;
		if (length == 0)
			continue;
		int count = pdu_json_unhex((struct span){(uint8_t *)line, (size_t)length}, octets,
					   PDU_SIZE_MAX);
		if (count < 0) {
			puts(count == -EMSGSIZE
				     ? "{\"error\":\"too long\"}"
				     : "{\"error\":\"not hex: two digits an octet, blanks or "
				       "colons between\"}");
			result = 1;
			continue;
		}
		if (pdu_json((struct span){octets, (size_t)count}, &namings, json, PDU_JSON_SIZE) <
		    0)
			snprintf(json, PDU_JSON_SIZE, "{\"error\":\"too long\"}");
		if (strncmp(json, "{\"error\"", 8) == 0)
			result = 1;
		puts(json);
	}
	free(line);
	free(json);
	free(octets);
	return result;
}

int verbs_text(const char *text, const struct settings_carrier *carrier, bool json)
{
	const struct segment_options defaults = {.default_alphabet = CODING_GSM7,
						 .concatenation = SEGMENT_UDH8};
	struct segment_options options = carrier ? settings_segments(carrier) : defaults;
	struct segment_plan plan;
	char line[1024];
	int error = segment_plan(span_text(text), &options, &plan);

	if (error != 0) {
		if (error == -E2BIG)
			fprintf(stderr, "bindery-gateway: text: needs more than %u segments\n",
				options.segments_max ? options.segments_max : SEGMENT_SEGMENTS_MAX);
		else
			fprintf(stderr, "bindery-gateway: text: %s\n",
				error == -EILSEQ ? "is not UTF-8" : strerror(-error));
		return 1;
	}
	if (segment_describe(&plan, json, line, sizeof(line)) < 0)
		return 1;
	puts(line);
	return 0;
}

/* A verb that asks Redis and ends. */
struct asking {
	struct ev_loop *loop;
	const struct settings *settings;
	struct bus *bus;
	struct bus_args arguments;
	ev_timer limit;
	void (*begin)(struct asking *asking);
	bool json, complete;
	/* status */
	char *said; /* of the carrier whose answers come */
	char *binds;
	size_t answered, silent; /* or does nothing */
	/* pause, drain, resume */
	const char *carrier, *command;
};

static void asking_end(struct asking *asking, bool complete)
{
	asking->complete = complete;
	ev_break(asking->loop, EVBREAK_ALL);
}

static void on_ready(void *context)
{
	struct asking *asking = context;

	asking->begin(asking);
}

void verbs_complain(const struct settings_redis *redis, const char *what)
{
	if (*redis->socket)
		fprintf(stderr, "bindery-gateway: Redis on %s: %s\n", redis->socket, what);
	else
		fprintf(stderr, "bindery-gateway: Redis on %s port %u: %s\n", redis->host,
			redis->port, what);
}

static void on_lost(const char *why, void *context)
{
	struct asking *asking = context;

	verbs_complain(&asking->settings->redis, why);
	asking_end(asking, false);
}

static void on_limit(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct asking *asking = timer->data;

	(void)loop;
	(void)events;
	verbs_complain(&asking->settings->redis, "no answer");
	asking_end(asking, false);
}

/* Returns whether the verb was done. */
static bool ask(struct asking *asking)
{
	const struct settings_redis *redis = &asking->settings->redis;
	const struct bus_events events = {.ready = on_ready, .lost = on_lost, .context = asking};
	const struct bus_address address = {
		.socket = *redis->socket ? redis->socket : NULL,
		.host = *redis->host ? redis->host : NULL,
		.port = (int)redis->port,
		.password = *redis->password ? redis->password : NULL,
	};

	asking->loop = ev_default_loop(0);
	bus_args_init(&asking->arguments);
	asking->bus = bus_create(asking->loop, &address, &events);
	ev_timer_init(&asking->limit, on_limit, ANSWER_LIMIT_S, 0.);
	asking->limit.data = asking;
	ev_timer_start(asking->loop, &asking->limit);
	ev_run(asking->loop, 0);
	bus_destroy(&asking->bus);
	bus_args_finish(&asking->arguments);
	ev_loop_destroy(asking->loop);
	return asking->complete;
}

static char *keep(const struct bus_reply *reply)
{
	struct span value = bus_reply_span(reply);

	return bus_reply_type(reply) == BUS_STRING ? memory_copy(value.at, value.length) : NULL;
}

static void on_status(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;

	(void)bus;
	asking->said = keep(reply);
}

static void on_binds(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;

	(void)bus;
	asking->binds = keep(reply);
}

/* The last answer about one carrier: it is shown. */
static void on_hold(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	const struct standing standing = {
		.carrier = asking->settings->carriers[asking->answered].name,
		.status = span_text(asking->said),
		.binds = span_text(asking->binds),
		.hold = bus_reply_type(reply) == BUS_STRING ? bus_reply_span(reply)
							    : (struct span){NULL, 0},
	};

	(void)bus;
	if (!reply) /* the connection went; on_lost() says so */
		return;
	if (!asking->said || standing_is_unserved(standing.status))
		asking->silent++;
	if (asking->json)
		standing_json(&standing, stdout);
	else
		standing_print(&standing, clock_unix_ms(), stdout);
	free(asking->said);
	free(asking->binds);
	asking->said = asking->binds = NULL;
	if (++asking->answered == asking->settings->carriers_count)
		asking_end(asking, true);
}

static void get(struct asking *asking, const char *key, bus_done *done)
{
	bus_args_text(&asking->arguments, "GET");
	bus_args_text(&asking->arguments, key);
	bus_args_send(&asking->arguments, asking->bus, done, asking);
}

static void begin_status(struct asking *asking)
{
	char key[KEY_MAX];

	if (asking->settings->carriers_count == 0)
		asking_end(asking, true);
	for (size_t i = 0; i < asking->settings->carriers_count; i++) {
		const char *carrier = asking->settings->carriers[i].name;
		get(asking, key_gateway_status(carrier, key), on_status);
		get(asking, key_gateway_binds(carrier, key), on_binds);
		get(asking, key_gateway_hold(carrier, key), on_hold);
	}
}

int verbs_status(const struct settings *settings, bool json)
{
	struct asking asking = {.settings = settings, .begin = begin_status, .json = json};
	bool complete = ask(&asking);

	free(asking.said);
	free(asking.binds);
	return complete && asking.silent == 0 ? 0 : 1;
}

static void on_commanded(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;

	(void)bus;
	if (!reply)
		return;
	if (bus_reply_type(reply) == BUS_ERROR)
		verbs_complain(&asking->settings->redis, (const char *)bus_reply_span(reply).at);
	else
		printf("carrier=%s command=%s\n", asking->carrier, asking->command);
	asking_end(asking, bus_reply_type(reply) == BUS_ARRAY);
}

static void begin_command(struct asking *asking)
{
	const char *user = getenv("SUDO_USER") ? getenv("SUDO_USER") : getenv("USER");
	char by[96];

	snprintf(by, sizeof(by), "shell:%.80s", user ? user : "?");
	bus_args_call(&asking->arguments, "carrier_command", KEY_GATEWAY_TAG);
	bus_args_field_text(&asking->arguments, "carrier", asking->carrier);
	bus_args_field_text(&asking->arguments, "command", asking->command);
	bus_args_field_text(&asking->arguments, "by", by);
	bus_args_field_integer(&asking->arguments, "now", (int64_t)clock_unix_ms());
	bus_args_send(&asking->arguments, asking->bus, on_commanded, asking);
}

int verbs_command(const struct settings *settings, const char *carrier, const char *command)
{
	struct asking asking = {.settings = settings,
				.begin = begin_command,
				.carrier = carrier,
				.command = command};

	return ask(&asking) ? 0 : 1;
}
