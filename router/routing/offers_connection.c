/* Agents' connections: one of which Redis could not be told that it is gone is told again. */
#include "router/routing/offers_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define DEPARTED_MAX 65536

/* As agent_sweep knows it: with the router whose connection it is. */
static char *connection_name(const struct offers *offers, const char *connection,
			     char out[OFFERS_CONNECTION_MAX])
{
	snprintf(out, OFFERS_CONNECTION_MAX, "%s:%s", offers->settings.instance, connection);
	return out;
}

void offers_up(struct offers *offers, const char *agent, const char *connection, unsigned capacity,
	       struct offers_ask ask)
{
	char name[OFFERS_CONNECTION_MAX];

	offers_call(offers, "agent_up");
	bus_args_field_text(&offers->args, "agent", agent);
	bus_args_field_text(&offers->args, "conn", connection_name(offers, connection, name));
	bus_args_field_integer(&offers->args, "cap", capacity);
	offers_call_send(offers, ask);
}

/* A connection of which Redis could not be told that it is gone would count for ever, so it is
 * told again. Where there are too many of them, the sweep of a former self's does it for all. */
static void on_down(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct call *call = context;
	struct offers *offers = call->offers;

	if (reply && bus_reply_type(reply) != BUS_ERROR && !offers_is_fenced(reply)) {
		offers_on_answer(bus, reply, call);
		return;
	}
	if (offers->departed_count >= DEPARTED_MAX) {
		offers->swept = false;
		free(call);
		return;
	}
	call->next = offers->departed;
	offers->departed = call;
	offers->departed_count++;
}

static void send_down(struct offers *offers, struct call *call)
{
	offers_call(offers, "agent_down");
	bus_args_field_text(&offers->args, "agent", call->agent);
	bus_args_field_text(&offers->args, "conn", call->connection);
	bus_args_send(&offers->args, offers->bus, on_down, call);
}

void offers_tell_departed(struct offers *offers)
{
	struct call *call = offers->departed;

	offers->departed = NULL;
	offers->departed_count = 0;
	while (call) {
		struct call *next = call->next;
		send_down(offers, call);
		call = next;
	}
}

void offers_down(struct offers *offers, const char *agent, const char *connection)
{
	struct call *call = offers_call_create(offers, (struct offers_ask){NULL, NULL});

	snprintf(call->agent, sizeof(call->agent), "%s", agent);
	connection_name(offers, connection, call->connection);
	send_down(offers, call);
}

void offers_forget_departed(struct offers *offers)
{
	while (offers->departed) {
		struct call *next = offers->departed->next;
		free(offers->departed);
		offers->departed = next;
	}
}
