/* What did not come in time: a message whose receipt is overdue becomes unknown, a receipt that no
 * answer has named is an orphan, a text that nobody has read is told of. */
#include "config/log.h"
#include "config/memory.h"
#include "router/bus/event.h"
#include "router/bus/key.h"
#include "router/threading/job.h"

#include <ev.h>
#include <stdlib.h>

#define SWEEP_COUNT 256		  /* messages of a partition taken up at a time */
#define ASKED_MS (30 * 1000ll)	  /* for the carrier to say what became of a message */
#define ORPHAN_MS (600 * 1000ull) /* by then the answer that names a receipt's id has come */

struct sweep {
	struct threading *threading;
	unsigned partition, generation;
};

static struct sweep *sweep_create(struct threading *threading, unsigned partition)
{
	struct sweep *sweep = memory_array(1, sizeof(*sweep));

	*sweep = (struct sweep){threading, partition, threading->generation};
	return sweep;
}

static void on_given_up(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct sweep *sweep = context;
	struct threading *threading = sweep->threading;
	const struct bus_reply *event = bus_reply_at(reply, 1);

	(void)bus;
	if (sweep->generation == threading->generation && bus_reply_type(event) == BUS_ARRAY)
		threading->events.happened(sweep->partition, event, NULL,
					   threading->events.context);
	free(sweep);
}

static void give_up(const struct sweep *sweep, struct span id, int64_t now_ms)
{
	struct threading *threading = sweep->threading;
	struct bus_args *args = &threading->args;
	char key[KEY_MAX];

	bus_args_call(args, "result_overdue", key_tag(sweep->partition, key));
	bus_args_field_text(args, "fence", inbox_fence(threading->inbox, sweep->partition));
	bus_args_field_integer(args, "now", now_ms);
	bus_args_field_integer(args, "again", now_ms + ASKED_MS);
	bus_args_field(args, "id", id);
	bus_args_field_text(args, "query", threading->queried);
	bus_args_send(args, threading->bus, on_given_up, sweep_create(threading, sweep->partition));
}

static void on_overdue(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct sweep *sweep = context;
	struct threading *threading = sweep->threading;
	int64_t now_ms = (int64_t)(ev_now(threading->loop) * 1000.);

	(void)bus;
	for (size_t i = 0; i < bus_reply_count(reply); i++) {
		if (sweep->generation != threading->generation)
			break;
		give_up(sweep, bus_reply_span(bus_reply_at(reply, i)), now_ms);
	}
	free(sweep);
}

/* {event…} */
static void on_reviews(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct sweep *sweep = context;

	(void)bus;
	for (size_t i = 0; i < bus_reply_count(reply); i++) {
		const struct bus_reply *event = bus_reply_at(reply, i);
		struct span why = event_span(event, "why"), id = event_span(event, "id");
		log_event(LOG_WARN, "review_waits", "review=%u.%.*s why=%.*s", sweep->partition,
			  (int)id.length, (const char *)id.at, (int)why.length,
			  (const char *)why.at);
	}
	free(sweep);
}

/* Messages whose time or hours are over: {event…} */
static void on_later(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct sweep *sweep = context;
	struct threading *threading = sweep->threading;
	struct span carrier = event_span(bus_reply_at(reply, 0), "carrier");

	(void)bus;
	if (bus_reply_count(reply))
		log_event(LOG_WARN, "expired", "partition=%u messages=%zu first_carrier=%.*s",
			  sweep->partition, bus_reply_count(reply), (int)carrier.length,
			  (const char *)carrier.at);
	for (size_t i = 0; i < bus_reply_count(reply); i++) {
		if (sweep->generation == threading->generation)
			threading->events.happened(sweep->partition, bus_reply_at(reply, i), NULL,
						   threading->events.context);
	}
	free(sweep);
}

void overdue_sweep(struct threading *threading, uint64_t now_ms)
{
	struct bus_args *args = &threading->args;
	char key[KEY_MAX];

	for (unsigned i = 0; i < threading->settings.partitions; i++) {
		bus_args_text(args, "ZRANGEBYSCORE");
		bus_args_text(args, key_overdue(i, key));
		bus_args_text(args, "-inf");
		bus_args_integer(args, (int64_t)now_ms);
		bus_args_text(args, "LIMIT");
		bus_args_text(args, "0");
		bus_args_integer(args, SWEEP_COUNT);
		bus_args_send(args, threading->bus, on_overdue, sweep_create(threading, i));
		bus_args_call(args, "receipt_orphans", key_receipts(i, key));
		bus_args_field_integer(args, "before", (int64_t)(now_ms - ORPHAN_MS));
		bus_args_field_integer(args, "expired", (int64_t)now_ms - RECEIPT_TTL_MS);
		bus_args_send(args, threading->bus, NULL, NULL);
		bus_args_call(args, "reviews_due", key_tag(i, key));
		bus_args_field_text(args, "fence", inbox_fence(threading->inbox, i));
		bus_args_field_integer(args, "now", (int64_t)now_ms);
		bus_args_send(args, threading->bus, on_reviews, sweep_create(threading, i));
		bus_args_call(args, "later_due", key_tag(i, key));
		bus_args_field_text(args, "fence", inbox_fence(threading->inbox, i));
		bus_args_field_integer(args, "now", (int64_t)now_ms);
		bus_args_send(args, threading->bus, on_later, sweep_create(threading, i));
	}
}
