/* Conversations that a supervisor takes: given to somebody else, or closed. */
#include "router/lead_internal.h"

#include "router/routing/floor_view.h"
#include "router/rows.h"

#define LOOKS_MAX 4 /* of a conversation that changes hands just then */

static void on_taken(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct leading *leading = context;

	(void)bus;
	if (!lead_answered(leading, reply))
		return;
	if (lead_said(reply, "changed") && leading->looks < LOOKS_MAX) {
		lead_take(leading);
	} else if (lead_said(reply, "changed")) {
		lead_end(leading, DESK_CONFLICT,
			 "This conversation has just changed hands. Look again.");
	} else if (lead_said(reply, "no")) {
		lead_end(leading, DESK_CONFLICT, "This conversation is over.");
	} else {
		if (lead_said(reply, "ok"))
			projector_event(leading->desk->links.projector, leading->partition,
					bus_reply_at(reply, 1), NULL);
		lead_end(leading, DESK_OK, "");
	}
}

/* {'ok', leg, queue, agent}: what is taken, so that the agent has after-call work as its queue has
 * it. */
static void commit(struct leading *leading, const struct bus_reply *seen)
{
	struct desk *desk = leading->desk;
	struct span queue = bus_reply_span(bus_reply_at(seen, 2));
	struct span agent = bus_reply_span(bus_reply_at(seen, 3));
	struct row_acw acw = row_acw(desk->links.directory, queue);
	bool pending = agent.length && row_acw_begins(&acw, DESK_AFTER_UNSAID);
	bool close = leading->kind == LEAD_CLOSE;
	struct bus_args *args = lead_call(leading, close ? "lead_close" : "lead_transfer");

	bus_args_field(args, "leg", bus_reply_span(bus_reply_at(seen, 1)));
	bus_args_field(args, "agent", agent);
	if (!close) {
		bus_args_field_text(args, "queue", leading->queue);
		bus_args_field_text(args, "target", leading->agent);
	}
	bus_args_field_text(args, "mode", acw.name);
	bus_args_field_text(args, "pending", pending ? "1" : "0");
	bus_args_field_integer(args, "acw_until",
			       acw.timeout_ms ? (int64_t)(lead_now_ms(desk) + acw.timeout_ms) : 0);
	bus_args_field_text(args, "acw_holds", acw.holds ? "1" : "0");
	bus_args_send(args, desk->links.bus, on_taken, leading);
}

/* Whether it may go where it is meant to; where not, the order has ended. Not asked of an order
 * that is repeated: what it did may be why there is no room any more. */
static bool may_go(struct leading *leading)
{
	struct offers *offers = leading->desk->links.offers;

	if (leading->kind == LEAD_CLOSE)
		return true;
	if (*leading->queue && !floor_has_queue(offers_floor(offers), leading->queue)) {
		lead_end(leading, DESK_NO_TARGET, "There is no such queue.");
		return false;
	}
	if (*leading->agent && !offers_can_take(offers, leading->agent)) {
		lead_end(leading, DESK_AGENT_BUSY, LEAD_NOT_NOW);
		return false;
	}
	return true;
}

static void on_looked(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct leading *leading = context;

	(void)bus;
	if (!lead_answered(leading, reply))
		return;
	if (lead_said(reply, "again"))
		lead_end(leading, DESK_OK, "");
	else if (!lead_said(reply, "ok"))
		lead_end(leading, DESK_CONFLICT, "This conversation is over.");
	else if (may_go(leading))
		commit(leading, reply);
}

void lead_take(struct leading *leading)
{
	bool close = leading->kind == LEAD_CLOSE;

	leading->looks++;
	struct bus_args *args = lead_call(leading, "lead_look");
	bus_args_field_text(args, "order", close ? "lead_close" : "lead_transfer");
	bus_args_send(args, leading->desk->links.bus, on_looked, leading);
}
