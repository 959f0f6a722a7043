#include "gateway/verbs.h"

#include <errno.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/bus/bus.h"
#include "router/bus/key.h"
#include "smpp/pdu_json.h"
#include "smpp/segment.h"

#define STATUS_TIMEOUT_S 3.

int verbs_pdu(void)
{
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
			puts(count == -EMSGSIZE ? "{\"error\":\"too long\"}"
						: "{\"error\":\"not hex\"}");
			result = 1;
			continue;
		}
		if (pdu_json((struct span){octets, (size_t)count}, json, PDU_JSON_SIZE) < 0)
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
	int error =
		segment_plan((struct span){(const uint8_t *)text, strlen(text)}, &options, &plan);

	if (error != 0) {
		fprintf(stderr, "bindery-gateway: %s\n",
			error == -E2BIG	   ? "the text needs too many segments"
			: error == -EILSEQ ? "the text is not UTF-8"
					   : strerror(-error));
		return 1;
	}
	if (segment_describe(&plan, json, line, sizeof(line)) < 0)
		return 1;
	puts(line);
	return 0;
}

struct asking {
	struct ev_loop *loop;
	const struct settings *settings;
	struct bus *bus;
	struct bus_args arguments;
	ev_timer limit;
	size_t answered, silent;
	bool json;
};

/* `bound=2 state=up` as `"bound":2,"state":"up"`. The values are numbers and plain words. */
static void print_json(const char *carrier, char *status)
{
	char *rest = NULL;

	printf("{\"carrier\":\"%s\"", carrier);
	for (char *field = strtok_r(status, " ", &rest); field;
	     field = strtok_r(NULL, " ", &rest)) {
		char *value = strchr(field, '=');
		if (!value)
			continue;
		*value++ = '\0';
		bool number = *value && strspn(value, "0123456789") == strlen(value);
		printf(number ? ",\"%s\":%s" : ",\"%s\":\"%s\"", field, value);
	}
	puts("}");
}

static void on_status(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	const char *carrier = asking->settings->carriers[asking->answered].name;
	struct span value = bus_reply_span(reply);
	char *status;

	(void)bus;
	asking->answered++;
	if (bus_reply_type(reply) != BUS_STRING)
		asking->silent++;
	status = bus_reply_type(reply) == BUS_STRING ? memory_copy(value.at, value.length)
						     : memory_text("bound=0 state=silent");
	if (asking->json)
		print_json(carrier, status);
	else
		printf("carrier=%s %s\n", carrier, status);
	free(status);
	if (asking->answered == asking->settings->carriers_count)
		ev_break(asking->loop, EVBREAK_ALL);
}

static void on_ready(void *context)
{
	struct asking *asking = context;
	char key[KEY_MAX];

	if (asking->settings->carriers_count == 0)
		ev_break(asking->loop, EVBREAK_ALL);
	for (size_t i = 0; i < asking->settings->carriers_count; i++) {
		bus_args_text(&asking->arguments, "GET");
		bus_args_text(&asking->arguments,
			      key_gateway_status(asking->settings->carriers[i].name, key));
		bus_args_send(&asking->arguments, asking->bus, on_status, asking);
	}
}

static void on_lost(const char *why, void *context)
{
	struct asking *asking = context;

	fprintf(stderr, "bindery-gateway: Redis: %s\n", why);
	ev_break(asking->loop, EVBREAK_ALL);
}

static void on_limit(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)timer;
	(void)events;
	fprintf(stderr, "bindery-gateway: Redis did not answer\n");
	ev_break(loop, EVBREAK_ALL);
}

int verbs_status(const struct settings *settings, bool json)
{
	const struct settings_redis *redis = &settings->redis;
	struct asking asking = {.loop = ev_default_loop(0), .settings = settings, .json = json};
	const struct bus_events events = {.ready = on_ready, .lost = on_lost, .context = &asking};
	const struct bus_address address = {
		.socket = *redis->socket ? redis->socket : NULL,
		.host = *redis->host ? redis->host : NULL,
		.port = (int)redis->port,
		.password = *redis->password ? redis->password : NULL,
	};
	bool complete;

	bus_args_init(&asking.arguments);
	asking.bus = bus_create(asking.loop, &address, &events);
	ev_timer_init(&asking.limit, on_limit, STATUS_TIMEOUT_S, 0.);
	ev_timer_start(asking.loop, &asking.limit);
	ev_run(asking.loop, 0);
	complete = asking.answered == settings->carriers_count && bus_is_ready(asking.bus);
	asking.settings = settings;
	bus_destroy(&asking.bus);
	bus_args_finish(&asking.arguments);
	ev_loop_destroy(asking.loop);
	return complete && asking.silent == 0 ? 0 : 1;
}
