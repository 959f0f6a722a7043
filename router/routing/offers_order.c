/* What a supervisor orders of agents, and what follows for them where a user is changed. */
#include "router/routing/offers_internal.h"

#include <stdio.h>
#include <string.h>

static void call(struct offers *offers, const char *function, const struct offers_order *order)
{
	offers_call(offers, function);
	bus_args_field_text(&offers->args, "agent", order->agent);
	bus_args_field_text(&offers->args, "by", order->by);
	bus_args_field(&offers->args, "ref", order->ref);
}

void offers_assign(struct offers *offers, const struct offers_order *order,
		   struct span conversation, struct offers_ask ask)
{
	char id[FLOOR_NAME_MAX + 1];

	snprintf(id, sizeof(id), "%.*s", (int)conversation.length, (const char *)conversation.at);
	const char *queue = floor_queue_of_conversation(offers->floor, id);
	call(offers, "conv_manual", order);
	bus_args_field(&offers->args, "conv", conversation);
	offers_call_alert(offers, offers_queue_of(offers, (struct span){(const uint8_t *)queue,
									strlen(queue)}));
	offers_call_send(offers, ask);
}

void offers_order_status(struct offers *offers, const struct offers_order *order,
			 enum offers_standing standing, struct offers_ask ask)
{
	call(offers, "agent_status", order);
	bus_args_field_text(&offers->args, "on", standing == OFFERS_ON_QUEUE ? "1" : "0");
	if (standing == OFFERS_SIGNED_OUT)
		bus_args_field_text(&offers->args, "why", "signed_out");
	offers_call_send(offers, ask);
}

void offers_order_presence(struct offers *offers, const struct offers_order *order,
			   const char *presence, struct offers_ask ask)
{
	call(offers, "agent_presence", order);
	bus_args_field_text(&offers->args, "presence", presence);
	offers_call_send(offers, ask);
}

void offers_capacity(struct offers *offers, const char *agent, unsigned capacity,
		     struct offers_ask ask)
{
	offers_call(offers, "agent_capacity");
	bus_args_field_text(&offers->args, "agent", agent);
	bus_args_field_integer(&offers->args, "cap", capacity);
	offers_call_send(offers, ask);
}

void offers_retire(struct offers *offers, const char *agent, struct offers_ask ask)
{
	offers_call(offers, "agent_retire");
	bus_args_field_text(&offers->args, "agent", agent);
	offers_call_send(offers, ask);
}
