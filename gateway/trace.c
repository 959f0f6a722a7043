#include "gateway/trace.h"

#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "gateway/clock.h"
#include "gateway/store.h"
#include "gateway/trace_record.h"
#include "gateway/turn.h"

#define TRACE_PDU_MAX ((size_t)70000)

struct trace {
	struct turn *turn;
	const struct store *store;
	char *carrier; /* a copy: a reload changes the settings */
	struct turn_task flush;
	struct bus_args args;
	bool on, asking;
	uint8_t *kept; /* records until the end of the turn; NULL while off */
	size_t length;
	uint64_t second_ms; /* when the current second of TRACE_RATE_MAX began */
	unsigned in_second;
	uint64_t shown, dropped;
	char channel[KEY_MAX], tracing_key[KEY_MAX];
};

static void trace_switch(struct trace *trace, bool on)
{
	if (trace->on == on)
		return;
	trace->on = on;
	log_event(LOG_INFO, on ? "trace_begins" : "trace_ends", "carrier=%s shown=%llu",
		  trace->carrier, (unsigned long long)trace->shown);
	if (on) {
		trace->kept = memory_array(1, TRACE_BATCH_MAX);
		return;
	}
	turn_forget(trace->turn, &trace->flush);
	free(trace->kept);
	trace->kept = NULL;
	trace->length = 0;
}

static void trace_flush(void *context)
{
	struct trace *trace = context;

	if (trace->length == 0 || !bus_is_ready(trace->store->bus))
		return;
	bus_args_text(&trace->args, "PUBLISH");
	bus_args_text(&trace->args, trace->channel);
	bus_args_span(&trace->args, (struct span){trace->kept, trace->length});
	bus_args_send(&trace->args, trace->store->bus, NULL, NULL);
	trace->length = 0;
}

struct trace *trace_create(struct turn *turn, const struct store *store, const char *carrier)
{
	struct trace *trace = memory_array(1, sizeof(*trace));

	trace->turn = turn;
	trace->store = store;
	trace->carrier = memory_text(carrier);
	trace->flush = (struct turn_task){.run = trace_flush, .context = trace};
	bus_args_init(&trace->args);
	key_trace_channel(carrier, trace->channel);
	key_gateway_tracing(carrier, trace->tracing_key);
	return trace;
}

void trace_destroy(struct trace **trace)
{
	if (!*trace)
		return;
	turn_forget((*trace)->turn, &(*trace)->flush);
	bus_args_finish(&(*trace)->args);
	free((*trace)->kept);
	free((*trace)->carrier);
	free(*trace);
	*trace = NULL;
}

/* Whether there is room for one more now. Counts it. */
static bool trace_admits(struct trace *trace, size_t size)
{
	uint64_t now_ms = clock_ms();

	if (now_ms - trace->second_ms >= 1000) {
		trace->second_ms = now_ms;
		trace->in_second = 0;
	}
	return trace->in_second++ < TRACE_RATE_MAX && trace->length + size <= TRACE_BATCH_MAX &&
	       bus_pending(trace->store->bus) < TRACE_PENDING_MAX;
}

void trace_pdu(struct trace *trace, unsigned bind, bool out, struct span octets)
{
	struct trace_record record = {
		.out = out, .bind = (uint16_t)bind, .at_us = clock_unix_us(), .pdu = octets};
	uint8_t *to;

	if (!trace->on)
		return;
	if (octets.length > TRACE_PDU_MAX ||
	    !trace_admits(trace, TRACE_RECORD_HEADER + octets.length)) {
		trace->dropped++;
		return;
	}
	record.dropped = trace->dropped;
	to = trace->kept + trace->length;
	trace_record_put(&record, to);
	memcpy(to + TRACE_RECORD_HEADER, octets.at, octets.length);
	trace_hide(to + TRACE_RECORD_HEADER, octets.length, TRACE_HIDE_PASSWORD);
	trace->length += TRACE_RECORD_HEADER + octets.length;
	trace->shown++;
	turn_defer(trace->turn, &trace->flush);
}

static void on_asked(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct trace *trace = context;

	(void)bus;
	trace->asking = false;
	trace_switch(trace, bus_reply_type(reply) == BUS_STRING);
}

void trace_tick(struct trace *trace)
{
	if (trace->asking)
		return;
	if (!bus_is_ready(trace->store->bus)) {
		trace_switch(trace, false);
		return;
	}
	trace->asking = true;
	bus_args_text(&trace->args, "GET");
	bus_args_text(&trace->args, trace->tracing_key);
	bus_args_send(&trace->args, trace->store->bus, on_asked, trace);
}

bool trace_is_on(const struct trace *trace)
{
	return trace->on;
}

uint64_t trace_shown(const struct trace *trace)
{
	return trace->shown;
}

uint64_t trace_dropped(const struct trace *trace)
{
	return trace->dropped;
}
