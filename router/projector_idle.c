/* Conversations in which nobody writes any more: their agent is warned, then they are closed. */
#include "router/projector_internal.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/rows.h"

#include <stdlib.h>

struct sweep {
	struct projector *projector;
	unsigned partition;
};

static struct sweep *sweep_create(struct projector *projector, unsigned partition)
{
	struct sweep *sweep = memory_array(1, sizeof(*sweep));

	*sweep = (struct sweep){projector, partition};
	return sweep;
}

static void call(struct sweep *sweep, const char *function)
{
	struct projector *projector = sweep->projector;
	struct bus_args *args = &projector->args;
	char key[KEY_MAX];

	bus_args_call(args, function, key_tag(sweep->partition, key));
	bus_args_field_text(args, "fence",
			    threading_fence(projector->links.threading, sweep->partition));
	bus_args_field_integer(args, "now", (int64_t)(ev_now(projector->links.loop) * 1000.));
}

/* Whether the answer can be used; an error is told. */
static bool answered(const struct bus_reply *reply)
{
	struct span word = bus_reply_span(bus_reply_at(reply, 0));

	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "idle_failed", "error=%s",
			  (const char *)bus_reply_span(reply).at);
	return word.length == 2;
}

static void on_closed(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct sweep *sweep = context;

	(void)bus;
	if (answered(reply) && sweep->projector->open)
		projector_event(sweep->projector, sweep->partition, bus_reply_at(reply, 1), NULL);
	free(sweep);
}

/* {conversation, leg, queue} */
static void close_idle(struct projector *projector, unsigned partition, const struct bus_reply *row)
{
	struct bus_args *args = &projector->args;
	struct sweep *sweep = sweep_create(projector, partition);
	struct row_acw acw =
		row_acw(projector->links.directory, bus_reply_span(bus_reply_at(row, 2)));
	int64_t now = (int64_t)(ev_now(projector->links.loop) * 1000.);

	call(sweep, "idle_close");
	bus_args_field(args, "conv", bus_reply_span(bus_reply_at(row, 0)));
	bus_args_field(args, "leg", bus_reply_span(bus_reply_at(row, 1)));
	bus_args_field_text(args, "mode", acw.name);
	bus_args_field_text(args, "pending", row_acw_begins(&acw, DESK_AFTER_UNSAID) ? "1" : "0");
	bus_args_field_integer(args, "acw_until",
			       acw.timeout_ms ? now + (int64_t)acw.timeout_ms : 0);
	bus_args_field_text(args, "acw_holds", acw.holds ? "1" : "0");
	bus_args_send(args, projector->links.bus, on_closed, sweep);
}

static void on_due(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct sweep *sweep = context;
	struct projector *projector = sweep->projector;

	(void)bus;
	if (answered(reply) && projector->open) {
		const struct bus_reply *events = bus_reply_at(reply, 1);
		const struct bus_reply *due = bus_reply_at(reply, 2);
		for (size_t i = 0; i < bus_reply_count(events); i++)
			projector_event(projector, sweep->partition, bus_reply_at(events, i), NULL);
		for (size_t i = 0; i < bus_reply_count(due); i++)
			close_idle(projector, sweep->partition, bus_reply_at(due, i));
	}
	free(sweep);
}

void projector_idle_sweep(struct projector *projector)
{
	for (unsigned i = 0; i < projector->links.partitions; i++) {
		struct sweep *sweep = sweep_create(projector, i);
		call(sweep, "idle_due");
		bus_args_send(&projector->args, projector->links.bus, on_due, sweep);
	}
}
