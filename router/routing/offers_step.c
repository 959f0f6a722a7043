/* Steps of the floor that events of conversations ask for. */
#include "router/routing/offers_step.h"

#include "router/routing/offers_internal.h"

static void field(struct offers *offers, const char *name, struct span value)
{
	if (value.length || offers->args.placed)
		bus_args_field(&offers->args, name, value);
}

/* Behind offers_call(). */
static void put_step(struct offers *offers, const struct offers_place *place)
{
	bus_args_field_text(&offers->args, "source", place->source);
	bus_args_field(&offers->args, "id", place->event_id);
	bus_args_field(&offers->args, "prev", place->before);
	bus_args_field(&offers->args, "conv", place->conversation);
	bus_args_field_integer(&offers->args, "leg", place->leg);
	bus_args_field_integer(&offers->args, "part", place->partition);
	field(offers, "why", place->why);
	field(offers, "from", place->from);
}

static void step(struct offers *offers, const char *function, const struct offers_place *place)
{
	offers_call(offers, function);
	put_step(offers, place);
}

/* What is asked for, and whom it is for, where it waits from now on. */
static void needs(struct offers *offers, const struct offers_place *place)
{
	uint64_t now = offers_now_ms(offers);

	bus_args_field(&offers->args, "last", place->last_agent);
	if (!place->keeps_priority)
		bus_args_field_integer(&offers->args, "prio", place->priority);
	if (!place->keeps_skills)
		bus_args_field(&offers->args, "skills", place->skills);
	if (place->entered_ms)
		bus_args_field_integer(&offers->args, "entered", (int64_t)place->entered_ms);
	if (place->preferred.length && place->preferred_wait_ms) {
		bus_args_field(&offers->args, "pref", place->preferred);
		bus_args_field_integer(&offers->args, "pref_until",
				       (int64_t)(now + place->preferred_wait_ms));
	}
	if (place->target.length) {
		bus_args_field(&offers->args, "target", place->target);
		offers_call_alert(offers, offers_queue_of(offers, place->queue));
	}
}

static void pending(struct offers *offers, const struct offers_acw *acw)
{
	static const struct offers_acw none;
	bool begins = acw && acw->mode == OFFERS_ACW_PENDING;

	if (!begins && !offers->args.placed)
		return;
	if (!begins)
		acw = &none;
	bus_args_field_text(&offers->args, "acw", begins ? "pending" : "");
	bus_args_field(&offers->args, "had", acw->agent);
	bus_args_field(&offers->args, "had_q", acw->queue);
	bus_args_field_integer(&offers->args, "acw_until", (int64_t)acw->until_ms);
	bus_args_field_text(&offers->args, "acw_holds", acw->holds ? "1" : "0");
}

static void identity(struct offers *offers, const struct offers_place *place)
{
	bus_args_field(&offers->args, "queue", place->queue);
	bus_args_field_integer(&offers->args, "at", (int64_t)place->enqueued_ms);
	bus_args_field(&offers->args, "ours", place->ours);
	bus_args_field(&offers->args, "customer", place->customer);
}

void offers_enqueue(struct offers *offers, const struct offers_place *place, struct offers_ask ask)
{
	step(offers, "conv_enqueue", place);
	identity(offers, place);
	needs(offers, place);
	offers_call_send(offers, ask);
}

void offers_release(struct offers *offers, const struct offers_place *place,
		    const struct offers_acw *acw, struct offers_ask ask)
{
	struct floor_choice choice;
	/* With after-call work they are not free, or not for long. */
	bool frees = acw && acw->mode == OFFERS_ACW_NONE && acw->agent.length;
	bool next = frees && offers_choose_for(offers, acw->agent, &choice);

	offers_call_placed(offers, "conv_release");
	put_step(offers, place);
	pending(offers, acw);
	if (next)
		offers_call_send_with(offers, &choice, ask);
	else
		offers_call_send(offers, ask);
}

void offers_move(struct offers *offers, const struct offers_place *place,
		 const struct offers_acw *acw, struct offers_ask ask)
{
	step(offers, "conv_move", place);
	bus_args_field(&offers->args, "queue", place->queue);
	if (place->enqueued_ms)
		bus_args_field_integer(&offers->args, "at", (int64_t)place->enqueued_ms);
	needs(offers, place);
	pending(offers, acw);
	offers_call_send(offers, ask);
}

void offers_connect(struct offers *offers, const struct offers_place *place, struct span agent,
		    struct offers_ask ask)
{
	step(offers, "conv_assign", place);
	identity(offers, place);
	bus_args_field(&offers->args, "agent", agent);
	bus_args_field(&offers->args, "how", place->how);
	offers_call_send(offers, ask);
}

void offers_park(struct offers *offers, const struct offers_place *place, struct span agent,
		 uint64_t until_ms, struct offers_ask ask)
{
	step(offers, "conv_park", place);
	bus_args_field(&offers->args, "agent", agent);
	bus_args_field_integer(&offers->args, "until", (int64_t)until_ms);
	offers_call_send(offers, ask);
}

void offers_acw_begin(struct offers *offers, const struct offers_place *place, struct span agent,
		      const struct offers_acw *acw, struct offers_ask ask)
{
	step(offers, "acw_begin", place);
	bus_args_field(&offers->args, "agent", agent);
	pending(offers, acw);
	offers_call_send(offers, ask);
}

void offers_acw_end(struct offers *offers, const struct offers_place *place, struct span agent,
		    struct offers_ask ask)
{
	step(offers, "acw_end", place);
	bus_args_field(&offers->args, "agent", agent);
	offers_call_send(offers, ask);
}
