#include "gateway/tracer.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/memory.h"
#include "gateway/trace_line.h"
#include "gateway/verbs.h"
#include "router/bus/bus.h"
#include "router/bus/key.h"
#include "smpp/pcap.h"
#include "smpp/pdu_json.h"

#define ASK_S 2.	   /* how often the wish to see is renewed */
#define ASKED_FOR_MS 6000  /* and how long it lasts */
#define CONNECT_LIMIT_S 5. /* for Redis */
#define FLOWS_MAX 1024

struct tracer {
	struct ev_loop *loop;
	const struct settings_redis *redis;
	const struct settings_carrier *carrier;
	const struct tracer_options *options;
	struct bus *bus;
	struct bus_ear *ear;
	struct bus_args args;
	ev_timer ask, limit;
	ev_signal interrupt, terminate;
	FILE *capture;
	struct pcap_flow flows[FLOWS_MAX];
	uint8_t *packet, *octets;
	char *json;
	unsigned long seen;
	uint64_t dropped;
	bool subscribed, heard, silent, refused, failed;
	char tracing_key[KEY_MAX], status_key[KEY_MAX];
};

static void tracer_end(struct tracer *tracer, bool failed)
{
	tracer->failed = tracer->failed || failed;
	ev_break(tracer->loop, EVBREAK_ALL);
}

static void say(const char *what)
{
	fprintf(stderr, "bindery-gateway: trace: %s\n", what);
}

static void say_unwritten(const struct tracer *tracer)
{
	fprintf(stderr, "bindery-gateway: trace: cannot write %s: %s\n", tracer->options->pcap,
		strerror(errno));
}

static void capture_octets(struct tracer *tracer, const uint8_t *octets, size_t length)
{
	if (tracer->failed || fwrite(octets, 1, length, tracer->capture) == length)
		return;
	say_unwritten(tracer);
	tracer_end(tracer, true);
}

/* Of standard output the program's end tells (verb.h). */
static void flush(struct tracer *tracer)
{
	if (fflush(stdout) != 0)
		tracer_end(tracer, true);
	if (!tracer->capture || tracer->capture == stdout || tracer->failed ||
	    fflush(tracer->capture) == 0)
		return;
	say_unwritten(tracer);
	tracer_end(tracer, true);
}

static void capture(struct tracer *tracer, const struct trace_record *record)
{
	struct pcap_flow *flow = &tracer->flows[record->bind % FLOWS_MAX];
	struct span rest = record->pdu;

	while (rest.length) {
		size_t length =
			pcap_packet(flow, record->out, record->at_us, &rest, tracer->packet);
		capture_octets(tracer, tracer->packet, length);
	}
}

static void print_json(struct tracer *tracer, const struct trace_record *record)
{
	const struct tlv_namings namings = settings_tlv_names(tracer->carrier);

	if (pdu_json(record->pdu, &namings, tracer->json, PDU_JSON_SIZE) < 0)
		snprintf(tracer->json, PDU_JSON_SIZE, "{\"error\":\"too long\"}");
	printf("{\"at_ms\":%" PRIu64 ",\"carrier\":\"%s\",\"bind\":%u,\"direction\":\"%s\","
	       "\"pdu\":%s}\n",
	       record->at_us / 1000, tracer->carrier->name, record->bind,
	       record->out ? "out" : "in", tracer->json);
}

static void print_line(struct tracer *tracer, const struct trace_record *record)
{
	const struct trace_view view = {tracer->options->text, tracer->carrier->default_alphabet};
	time_t second = (time_t)(record->at_us / 1000000);
	char line[TRACE_LINE_MAX], at[16] = "";
	struct tm parts;

	if (localtime_r(&second, &parts))
		(void)strftime(at, sizeof(at), "%H:%M:%S", &parts);
	trace_line(record, &view, line, sizeof(line));
	printf("%s.%03u %s\n", at, (unsigned)(record->at_us / 1000 % 1000), line);
}

static void show(struct tracer *tracer, struct trace_record *record)
{
	const struct tracer_options *options = tracer->options;
	unsigned hide = TRACE_HIDE_PASSWORD | (options->text ? 0u : (unsigned)TRACE_HIDE_TEXT) |
			(options->numbers ? 0u : (unsigned)TRACE_HIDE_NUMBERS);

	if (record->pdu.length > PDU_SIZE_MAX * 2)
		return;
	memcpy(tracer->octets, record->pdu.at, record->pdu.length);
	record->pdu.at = tracer->octets;
	trace_hide(tracer->octets, record->pdu.length, hide);
	if (record->dropped > tracer->dropped)
		fprintf(stderr, "bindery-gateway: trace: %" PRIu64 " PDUs left out, too many\n",
			record->dropped - tracer->dropped);
	tracer->dropped = record->dropped;
	if (tracer->capture)
		capture(tracer, record);
	if (tracer->capture == stdout)
		;
	else if (options->json)
		print_json(tracer, record);
	else
		print_line(tracer, record);
	tracer->seen++;
}

static bool is_enough(const struct tracer *tracer)
{
	return tracer->options->count && tracer->seen >= tracer->options->count;
}

static void on_published(const char *channel, struct span payload, void *context)
{
	struct tracer *tracer = context;
	struct trace_record record;

	(void)channel;
	/* The first empty payload says that the subscription stands, another that it broke. */
	if (payload.length == 0) {
		if (tracer->subscribed)
			say("the subscription broke; PDUs may be missing here");
		tracer->subscribed = true;
		return;
	}
	/* The daemon's count since its start says nothing until the first record. */
	while (!is_enough(tracer) && trace_record_next(&payload, &record) == 0) {
		if (!tracer->heard)
			tracer->dropped = record.dropped;
		tracer->heard = true;
		show(tracer, &record);
	}
	flush(tracer);
	if (is_enough(tracer))
		tracer_end(tracer, false);
}

static void on_status(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct tracer *tracer = context;
	bool silent = bus_reply_type(reply) != BUS_STRING;

	(void)bus;
	if (silent && !tracer->silent)
		fprintf(stderr,
			"bindery-gateway: trace: no gateway speaks for carrier \"%s\"; waiting\n",
			tracer->carrier->name);
	tracer->silent = silent;
}

/* Without the wish no gateway shows anything. */
static void on_wished(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct tracer *tracer = context;
	bool refused = bus_reply_type(reply) == BUS_ERROR;
	char what[256];

	(void)bus;
	snprintf(what, sizeof(what), "%.*s; waiting", (int)bus_reply_span(reply).length,
		 (const char *)bus_reply_span(reply).at);
	if (refused && !tracer->refused)
		verbs_complain(tracer->redis, what);
	tracer->refused = refused;
}

static void ask(struct tracer *tracer)
{
	bus_args_text(&tracer->args, "SET");
	bus_args_text(&tracer->args, tracer->tracing_key);
	bus_args_text(&tracer->args, "1");
	bus_args_text(&tracer->args, "PX");
	bus_args_integer(&tracer->args, ASKED_FOR_MS);
	bus_args_send(&tracer->args, tracer->bus, on_wished, tracer);
	bus_args_text(&tracer->args, "GET");
	bus_args_text(&tracer->args, tracer->status_key);
	bus_args_send(&tracer->args, tracer->bus, on_status, tracer);
}

static void on_ask(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct tracer *tracer = timer->data;

	(void)loop;
	(void)events;
	if (bus_is_ready(tracer->bus))
		ask(tracer);
}

static void on_ready(void *context)
{
	struct tracer *tracer = context;

	ev_timer_stop(tracer->loop, &tracer->limit);
	ask(tracer);
}

static void on_lost(const char *why, void *context)
{
	const struct tracer *tracer = context;
	char what[256];

	snprintf(what, sizeof(what), "%s; waiting for it", why);
	verbs_complain(tracer->redis, what);
}

static void on_limit(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct tracer *tracer = timer->data;

	(void)loop;
	(void)events;
	verbs_complain(tracer->redis,
		       "no answer; see `redis` in the settings, and whether it runs");
	tracer_end(tracer, true);
}

static void on_signal(struct ev_loop *loop, ev_signal *signal, int events)
{
	(void)loop;
	(void)events;
	tracer_end(signal->data, false);
}

/* The file may hold numbers and texts, so it is for its owner only. */
static int open_capture(struct tracer *tracer)
{
	const char *path = tracer->options->pcap;
	uint8_t header[PCAP_FILE_HEADER];
	int fd;

	if (!path)
		return 0;
	if (strcmp(path, "-") == 0) {
		tracer->capture = stdout;
	} else {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		tracer->capture = fd < 0 ? NULL : fdopen(fd, "wb");
	}
	if (!tracer->capture) {
		fprintf(stderr, "bindery-gateway: trace: cannot open %s: %s\n", path,
			strerror(errno));
		return 1;
	}
	for (unsigned i = 0; i < FLOWS_MAX; i++)
		pcap_flow_init(&tracer->flows[i], i);
	pcap_file_header(header);
	capture_octets(tracer, header, sizeof(header));
	flush(tracer);
	return tracer->failed ? 1 : 0;
}

static int close_capture(struct tracer *tracer)
{
	if (!tracer->capture || tracer->capture == stdout)
		return 0;
	if (fclose(tracer->capture) == 0 || tracer->failed)
		return 0;
	say_unwritten(tracer);
	return 1;
}

static void watch(struct tracer *tracer)
{
	ev_timer_init(&tracer->ask, on_ask, ASK_S, ASK_S);
	ev_timer_init(&tracer->limit, on_limit, CONNECT_LIMIT_S, 0.);
	ev_signal_init(&tracer->interrupt, on_signal, SIGINT);
	ev_signal_init(&tracer->terminate, on_signal, SIGTERM);
	tracer->ask.data = tracer->limit.data = tracer;
	tracer->interrupt.data = tracer->terminate.data = tracer;
	ev_timer_start(tracer->loop, &tracer->ask);
	ev_timer_start(tracer->loop, &tracer->limit);
	ev_signal_start(tracer->loop, &tracer->interrupt);
	ev_signal_start(tracer->loop, &tracer->terminate);
}

static void follow(struct tracer *tracer)
{
	const struct settings_redis *redis = tracer->redis;
	const struct bus_events events = {.ready = on_ready, .lost = on_lost, .context = tracer};
	const struct bus_address address = {
		.socket = *redis->socket ? redis->socket : NULL,
		.host = *redis->host ? redis->host : NULL,
		.port = (int)redis->port,
		.password = *redis->password ? redis->password : NULL,
	};
	char channel[KEY_MAX];

	tracer->ear = bus_ear_create(tracer->loop, &address, on_published, tracer);
	bus_ear_subscribe(tracer->ear, key_trace_channel(tracer->carrier->name, channel));
	tracer->bus = bus_create(tracer->loop, &address, &events);
	watch(tracer);
	ev_run(tracer->loop, 0);
	bus_ear_destroy(&tracer->ear);
	bus_destroy(&tracer->bus);
}

int tracer_run(const struct settings *settings, const struct settings_carrier *carrier,
	       const struct tracer_options *options)
{
	struct tracer *tracer = memory_array(1, sizeof(*tracer));
	int result;

	tracer->loop = ev_default_loop(0);
	tracer->redis = &settings->redis;
	tracer->carrier = carrier;
	tracer->options = options;
	tracer->packet = memory_array(1, PCAP_PACKET_MAX);
	tracer->octets = memory_array(1, PDU_SIZE_MAX * 2);
	tracer->json = memory_array(1, PDU_JSON_SIZE);
	key_gateway_tracing(carrier->name, tracer->tracing_key);
	key_gateway_status(carrier->name, tracer->status_key);
	bus_args_init(&tracer->args);
	result = open_capture(tracer);
	if (result == 0)
		follow(tracer);
	result = close_capture(tracer) || result || tracer->failed;
	bus_args_finish(&tracer->args);
	ev_loop_destroy(tracer->loop);
	free(tracer->packet);
	free(tracer->octets);
	free(tracer->json);
	free(tracer);
	return result;
}
