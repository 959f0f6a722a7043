/* What agents and supervisors ask of the floor. */
#include "router/routing/offers_internal.h"

#include <stdio.h>
#include <string.h>

void offers_accept(struct offers *offers, const char *agent, struct span conversation,
		   unsigned epoch, struct offers_ask ask)
{
	offers_call_placed(offers, "offer_accept");
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

void offers_presence(struct offers *offers, const char *agent, const char *presence,
		     struct offers_ask ask)
{
	offers_call(offers, "agent_presence");
	bus_args_field_text(&offers->args, "agent", agent);
	bus_args_field_text(&offers->args, "presence", presence);
	offers_call_send(offers, ask);
}

bool offers_can_take(const struct offers *offers, const char *agent)
{
	return offers->open && floor_can_take(offers->floor, agent);
}

struct floor *offers_floor(const struct offers *offers)
{
	return offers->floor;
}

void offers_consult(struct offers *offers, const char *agent, const struct offers_consult *consult,
		    struct offers_ask ask)
{
	offers_call(offers, "consult_begin");
	bus_args_field(&offers->args, "conv", consult->conversation);
	bus_args_field_text(&offers->args, "agent", agent);
	bus_args_field(&offers->args, "ref", consult->ref);
	bus_args_field(&offers->args, "queue", consult->queue);
	bus_args_field(&offers->args, "target", consult->target);
	if (consult->skills.at)
		bus_args_field(&offers->args, "skills", consult->skills);
	if (consult->priority.length)
		bus_args_field(&offers->args, "prio", consult->priority);
	offers_call_alert(offers, offers_queue_of(offers, consult->queue));
	offers_call_send(offers, ask);
}

void offers_consult_end(struct offers *offers, const char *agent, struct span conversation,
			struct span ref, struct offers_ask ask)
{
	offers_call(offers, "consult_end");
	bus_args_field(&offers->args, "conv", conversation);
	bus_args_field_text(&offers->args, "agent", agent);
	bus_args_field(&offers->args, "ref", ref);
	bus_args_field_text(&offers->args, "why", "cancelled");
	offers_call_send(offers, ask);
}
