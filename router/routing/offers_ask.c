/* What is asked of the floor: places, and what agents do. */
#include "router/routing/offers_internal.h"

static void place(struct offers *offers, const struct offers_place *place)
{
	bus_args_field_text(&offers->args, "source", place->source);
	bus_args_field(&offers->args, "id", place->event_id);
	bus_args_field(&offers->args, "prev", place->before);
	bus_args_field(&offers->args, "conv", place->conversation);
	bus_args_field_integer(&offers->args, "leg", place->leg);
}

void offers_enqueue(struct offers *offers, const struct offers_place *where, struct offers_ask ask)
{
	offers_call(offers, "conv_enqueue");
	place(offers, where);
	bus_args_field_integer(&offers->args, "part", where->partition);
	bus_args_field(&offers->args, "queue", where->queue);
	bus_args_field_integer(&offers->args, "at", (int64_t)where->enqueued_ms);
	bus_args_field(&offers->args, "ours", where->ours);
	bus_args_field(&offers->args, "customer", where->customer);
	bus_args_field(&offers->args, "last", where->last_agent);
	bus_args_field_integer(&offers->args, "prio", where->priority);
	bus_args_field(&offers->args, "skills", where->skills);
	offers_call_send(offers, ask);
}

void offers_release(struct offers *offers, const struct offers_place *where, struct offers_ask ask)
{
	offers_call(offers, "conv_release");
	place(offers, where);
	offers_call_send(offers, ask);
}

void offers_accept(struct offers *offers, const char *agent, struct span conversation,
		   unsigned epoch, struct offers_ask ask)
{
	offers_call(offers, "offer_accept");
	bus_args_field(&offers->args, "conv", conversation);
	bus_args_field_text(&offers->args, "agent", agent);
	bus_args_field_integer(&offers->args, "epoch", epoch);
	offers_call_send(offers, ask);
}

void offers_decline(struct offers *offers, const char *agent, struct span conversation,
		    unsigned epoch, struct offers_ask ask)
{
	offers_call(offers, "offer_end");
	bus_args_field(&offers->args, "conv", conversation);
	bus_args_field_text(&offers->args, "agent", agent);
	bus_args_field_integer(&offers->args, "epoch", epoch);
	bus_args_field_text(&offers->args, "why", "declined");
	offers_call_send(offers, ask);
}

void offers_status(struct offers *offers, const char *agent, bool on_queue, unsigned capacity,
		   struct offers_ask ask)
{
	offers_call(offers, "agent_status");
	bus_args_field_text(&offers->args, "agent", agent);
	bus_args_field_text(&offers->args, "on", on_queue ? "1" : "0");
	bus_args_field_integer(&offers->args, "cap", capacity);
	offers_call_send(offers, ask);
}
