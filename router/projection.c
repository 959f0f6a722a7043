/* What follows from each event: frames for a screen, steps on the floor, a conversation connected.
 */
#include "router/projector_internal.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/event.h"
#include "router/door/wire.h"
#include "router/routing/offers_step.h"
#include "router/rows.h"

#include <stdlib.h>
#include <string.h>

struct screens_frame projection_frame(struct step *step, struct span agent)
{
	return (struct screens_frame){
		.agent = agent,
		.source = span_text(step->source->events),
		.id = span_text(step->id),
		.read = step->read,
	};
}

void projection_tell(struct step *step, struct span agent, enum screens_haste haste, char *frame)
{
	struct screens_frame out = projection_frame(step, agent);

	out.haste = haste;
	out.frame = frame;
	step->open++;
	screens_push(step->source->projector->screens, &out, step);
}

void projection_push(struct step *step, struct span agent, char *frame)
{
	projection_tell(step, agent, SCREENS_NOW, frame);
}

static void on_offers_done(enum offers_verdict verdict, void *context)
{
	projector_answered(verdict != OFFERS_UNAVAILABLE, context);
}

struct offers_ask projection_asked(struct step *step)
{
	step->open++;
	memcpy(step->source->floor_step, step->id, sizeof(step->id));
	return (struct offers_ask){on_offers_done, step};
}

/* With what it asks for by the number that it came to. */
struct offers_place projection_place(struct step *step, const struct bus_reply *event)
{
	const struct number *number =
		numbers_find(step->source->projector->links.numbers, event_span(event, "ours"));
	const char *needs = number ? number->skills : "";

	memcpy(step->before, step->source->floor_step, sizeof(step->before));

	return (struct offers_place){
		.source = step->source->events,
		.event_id = {(const uint8_t *)step->id, strlen(step->id)},
		.before = {(const uint8_t *)step->before, strlen(step->before)},
		.conversation = event_span(event, "c"),
		.queue = event_span(event, "q"),
		.ours = event_span(event, "ours"),
		.customer = event_span(event, "customer"),
		.last_agent = event_span(event, "last"),
		.partition = step->source->partition,
		.leg = (unsigned)event_integer(event, "leg"),
		.enqueued_ms = (uint64_t)event_integer(event, "at"),
		.priority = number ? (int)number->number->priority : 0,
		.skills = {(const uint8_t *)needs, strlen(needs)},
	};
}

/* The agent to whom the conversation belongs; empty where it is nobody's. */
static struct span connected_agent(const struct bus_reply *event)
{
	return event_is(event, "s", "connected") || event_is(event, "s", "parked")
		       ? event_span(event, "a")
		       : (struct span){NULL, 0};
}

static uint64_t ms_of(struct span id)
{
	return id.length ? strtoull((const char *)id.at, NULL, 10) : 0;
}

static void push_inbound(struct step *step, const struct bus_reply *event,
			 const struct threading_message *message)
{
	struct span agent = connected_agent(event);
	struct span at = event_span(event, "m");

	if (agent.length == 0 || !message)
		return;
	struct desk_message out = {
		.id = at,
		.at = at,
		.text = message->text,
		.keyword = row_keyword(event_span(event, "k")),
		.parameters = event_span(event, "tlvs"),
		.at_ms = ms_of(at),
		.segments = message->segments,
		.partial = message->partial,
	};
	projection_push(step, agent, wire_event_message(event_span(event, "c"), &out));
}

static void push_outbound(struct step *step, const struct bus_reply *event, struct span text,
			  unsigned segments)
{
	struct span agent = connected_agent(event);
	struct span at = event_span(event, "p");
	bool automatic = event_is(event, "e", "consent");
	struct desk_message out = {
		.id = event_span(event, "m"),
		.at = at,
		.text = text,
		.author = automatic ? (struct span){NULL, 0}
				    : event_span(event, event_is(event, "by", "") ? "a" : "author"),
		.state = {(const uint8_t *)"queued", 6},
		.schedule_ms = (uint64_t)event_integer(event, "due"),
		.of = event_span(event, "of"),
		.at_ms = ms_of(at),
		.segments = segments,
		.outbound = true,
		.automatic = automatic,
	};

	if (agent.length)
		projection_push(step, agent, wire_event_message(event_span(event, "c"), &out));
}

static void project_mo(struct step *step, const struct bus_reply *event,
		       const struct threading_message *message)
{
	struct projector *projector = step->source->projector;

	push_inbound(step, event, message);
	if (!event_is(event, "s", "queued") || event_is(event, "how", "open"))
		return;
	struct offers_place place = projection_place(step, event);
	const struct number *number =
		numbers_find(projector->links.numbers, event_span(event, "ours"));
	if (!event_is(event, "how", "again"))
		place.last_agent.length = 0;
	if (number) {
		place.preferred = (struct span){(const uint8_t *)number->preferred,
						strlen(number->preferred)};
		place.preferred_wait_ms = number->preferred_wait_ms;
	}
	offers_enqueue(projector->links.offers, &place, projection_asked(step));
}

static void project_consent(struct step *step, const struct bus_reply *event,
			    const struct threading_message *message)
{
	struct span agent = connected_agent(event);

	if (agent.length && event_is(event, "changed", "1"))
		projection_push(
			step, agent,
			wire_event_opt(event_span(event, "c"), event_is(event, "out", "1")));
	if (message && event_span(event, "p").length)
		push_outbound(step, event, message->answer, message->answer_segments);
}

static void project_connected(struct step *step, const struct bus_reply *event)
{
	struct projector *projector = step->source->projector;
	struct desk_conversation out = {
		.id = event_span(event, "c"),
		.customer = event_span(event, "customer"),
		.ours = event_span(event, "ours"),
		.queue = event_span(event, "q"),
		.queue_name = directory_name(projector->links.directory, DIRECTORY_QUEUE,
					     event_span(event, "q")),
		.state = {(const uint8_t *)"connected", 9},
		.created_ms = (uint64_t)event_integer(event, "created"),
		.leg = (unsigned)event_integer(event, "leg"),
		.opted_out = event_is(event, "out", "1"),
		.wrapup_codes =
			numbers_wrapup_codes(projector->links.numbers, event_span(event, "q")),
	};

	recall_put(projector->recall, out.id, out.queue);
	projection_push(step, event_span(event, "a"), wire_event_connected(&out));
	if (event_is(event, "how", "outbound")) {
		struct offers_place place = projection_place(step, event);
		place.how = event_span(event, "how");
		offers_connect(projector->links.offers, &place, event_span(event, "a"),
			       projection_asked(step));
	}
}

/* The leg that ends with this event has after-call work, which the agent is told of; else it is
 * over, as `closed` says. */
static void end_leg(struct step *step, const struct bus_reply *event,
		    const struct desk_closed *closed)
{
	struct desk_after_call after = {
		.conversation = {.id = closed->conversation},
		.leg = closed->leg,
		.mode = event_span(event, "acw_mode"),
		.until_ms = (uint64_t)event_integer(event, "acw_until"),
	};
	bool pending = event_is(event, "acw", "pending");

	projection_tell(step, event_span(event, "a"), SCREENS_SOON,
			pending ? wire_event_disconnected(&after) : wire_event_closed(closed));
}

static struct desk_closed closed_of(const struct bus_reply *event)
{
	return (struct desk_closed){
		.conversation = event_span(event, "c"),
		.wrapup = event_span(event, "wrapup"),
		.reason = event_span(event, "why"),
		.leg = (unsigned)event_integer(event, "leg"),
	};
}

struct offers_acw projection_acw(const struct bus_reply *event)
{
	struct span left = event_span(event, "from_q"); /* where it goes to another */

	return (struct offers_acw){
		.mode = event_is(event, "acw", "pending") ? OFFERS_ACW_PENDING : OFFERS_ACW_NONE,
		.until_ms = (uint64_t)event_integer(event, "acw_until"),
		.holds = event_is(event, "acw_holds", "1"),
		.agent = event_span(event, "a"),
		.queue = left.length ? left : event_span(event, "q"),
	};
}

void projection_leg_ended(struct step *step, const struct bus_reply *event)
{
	struct desk_closed closed = closed_of(event);

	end_leg(step, event, &closed);
}

static void project_closed(struct step *step, const struct bus_reply *event)
{
	struct offers_place place = projection_place(step, event);
	struct offers_acw acw = projection_acw(event);

	/* What only waited was nobody's. */
	if (event_span(event, "a").length)
		projection_leg_ended(step, event);
	place.why = event_span(event, "why");
	offers_release(step->source->projector->links.offers, &place, &acw, projection_asked(step));
}

static void push_note(struct step *step, const struct bus_reply *event, struct span text)
{
	struct span at = event_span(event, "p");
	struct desk_message out = {
		.id = at,
		.at = at,
		.text = text,
		.author = event_span(event, "a"),
		.at_ms = ms_of(at),
		.note = true,
	};

	projection_push(step, event_span(event, "a"),
			wire_event_message(event_span(event, "c"), &out));
}

/* What it asks for is as it was, unless who gave it away said otherwise: skills behind a `=`. */
static void put_needs(const struct bus_reply *event, struct offers_place *place)
{
	struct span skills = event_span(event, "skills");

	place->keeps_skills = skills.length == 0;
	if (skills.length)
		place->skills = (struct span){skills.at + 1, skills.length - 1};
	place->keeps_priority = event_span(event, "prio").length == 0;
	if (!place->keeps_priority)
		place->priority = (int)event_integer(event, "prio");
}

/* Its leg is over for who had it, and the next one waits, or rings at who is meant. */
static void project_transferred(struct step *step, const struct bus_reply *event)
{
	struct offers_place place = projection_place(step, event);
	struct span agent = event_span(event, "a"), by = event_span(event, "by");
	struct desk_closed closed = {
		.conversation = place.conversation,
		.reason = {(const uint8_t *)"transfer", 8},
		.leg = place.leg - 1,
	};

	put_needs(event, &place);
	place.last_agent.length = 0;
	place.target = event_span(event, "target");
	place.why = closed.reason;
	place.from = by.length ? by : agent;
	struct offers_acw acw = projection_acw(event);
	/* What nobody had keeps its place in time. */
	if (agent.length)
		end_leg(step, event, &closed);
	else
		place.enqueued_ms = 0;
	offers_move(step->source->projector->links.offers, &place, &acw, projection_asked(step));
}

static void project_parked(struct step *step, const struct bus_reply *event)
{
	struct offers_place place = projection_place(step, event);
	struct span agent = event_span(event, "a");
	uint64_t until = (uint64_t)event_integer(event, "until");

	projection_push(step, agent, wire_event_parked(place.conversation, place.leg, until));
	offers_park(step->source->projector->links.offers, &place, agent, until,
		    projection_asked(step));
}

/* Nobody writes: it is going to be closed. */
static void project_inactive(struct step *step, const struct bus_reply *event)
{
	projection_push(step, event_span(event, "a"),
			wire_event_inactive(event_span(event, "c"),
					    (unsigned)event_integer(event, "leg"),
					    (uint64_t)event_integer(event, "until")));
}

static void project_resumed(struct step *step, const struct bus_reply *event)
{
	struct offers_place place = projection_place(step, event);
	struct span agent = event_span(event, "a");

	projection_push(
		step, agent,
		wire_event_resumed(place.conversation, place.leg, event_span(event, "why")));
	place.how = (struct span){(const uint8_t *)"resume", 6};
	offers_connect(step->source->projector->links.offers, &place, agent,
		       projection_asked(step));
}

/* Its agent does not come back: it waits as before, with the time and the priority that it had. */
static void project_reclaimed(struct step *step, const struct bus_reply *event)
{
	struct offers_place place = projection_place(step, event);
	struct desk_closed closed = {
		.conversation = place.conversation,
		.reason = {(const uint8_t *)"reclaimed", 9},
		.leg = place.leg - 1,
	};

	place.keeps_skills = place.keeps_priority = true;
	place.enqueued_ms = 0;
	place.last_agent.length = 0;
	place.why = closed.reason;
	projection_push(step, event_span(event, "a"), wire_event_closed(&closed));
	offers_move(step->source->projector->links.offers, &place, NULL, projection_asked(step));
}

static void project_wrapup(struct step *step, const struct bus_reply *event)
{
	struct offers_place place = projection_place(step, event);

	if (!event_is(event, "over", "1"))
		return;
	struct desk_closed closed = closed_of(event);
	projection_tell(step, event_span(event, "a"), SCREENS_SOON, wire_event_closed(&closed));
	place.why = closed.reason;
	offers_acw_end(step->source->projector->links.offers, &place, event_span(event, "a"),
		       projection_asked(step));
}

static void push_state(struct step *step, const struct bus_reply *event, struct span agent)
{
	projection_push(step, agent,
			wire_event_message_state(event_span(event, "c"), event_span(event, "m"),
						 event_span(event, "st"),
						 event_span(event, "why")));
}

/* Who has the conversation, and who wraps up a leg of it. */
static void project_state(struct step *step, const struct bus_reply *event)
{
	struct span agent = connected_agent(event);
	struct span others = event_span(event, "w"), name;

	if (agent.length)
		push_state(step, event, agent);
	while (others.length) {
		const uint8_t *tab = memchr(others.at, '\t', others.length);
		name = (struct span){others.at, tab ? (size_t)(tab - others.at) : others.length};
		others.at += name.length + (tab != NULL);
		others.length -= name.length + (tab != NULL);
		push_state(step, event, name);
	}
}

void projection_conversation(struct step *step, const struct bus_reply *event,
			     const struct threading_message *message)
{
	/* While a source is read anew, the floor may be told of an offer between two of its texts.
	 */
	glances_event(step->source->projector->glances, event, step->read ? NULL : message);
	if (event_is(event, "e", "mo"))
		project_mo(step, event, message);
	else if (event_is(event, "e", "amended"))
		push_inbound(step, event, message);
	else if (event_is(event, "e", "consent"))
		project_consent(step, event, message);
	else if (event_is(event, "e", "mt") && message)
		push_outbound(step, event, message->text, message->segments);
	else if (event_is(event, "e", "state"))
		project_state(step, event);
	else if (event_is(event, "e", "connected"))
		project_connected(step, event);
	else if (event_is(event, "e", "customer"))
		projection_push(step, event_span(event, "a"),
				wire_event_customer(event_span(event, "c")));
	else if (event_is(event, "e", "note") && message)
		push_note(step, event, message->text);
	else if (event_is(event, "e", "transferred"))
		project_transferred(step, event);
	else if (event_is(event, "e", "parked"))
		project_parked(step, event);
	else if (event_is(event, "e", "inactive"))
		project_inactive(step, event);
	else if (event_is(event, "e", "resumed"))
		project_resumed(step, event);
	else if (event_is(event, "e", "reclaimed"))
		project_reclaimed(step, event);
	else if (event_is(event, "e", "closed"))
		project_closed(step, event);
	else if (event_is(event, "e", "wrapup"))
		project_wrapup(step, event);
	else if (event_is(event, "e", "handed_over"))
		projection_handed_over(step, event);
}

struct connecting {
	struct projector *projector;
	struct step *step;
	unsigned partition;
};

static void on_connected(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct connecting *connecting = context;
	struct projector *projector = connecting->projector;
	struct span word = bus_reply_span(bus_reply_at(reply, 0));
	bool ok = word.length == 2;
	bool done = word.length == 4 && memcmp(word.at, "done", 4) == 0;

	(void)bus;
	for (size_t i = 1; ok && projector->open && i < bus_reply_count(reply); i++)
		projector_event(projector, connecting->partition, bus_reply_at(reply, i), NULL);
	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "connect_failed", "error=%s",
			  (const char *)bus_reply_span(reply).at);
	projector_answered(ok || done, connecting->step);
	free(connecting);
}

static void connect_conversation(struct step *step, const struct bus_reply *event)
{
	struct projector *projector = step->source->projector;
	unsigned partition = (unsigned)event_integer(event, "part");
	const struct number *number =
		numbers_find(projector->links.numbers, event_span(event, "ours"));
	struct connecting *connecting = memory_array(1, sizeof(*connecting));
	struct bus_args *args = &projector->args;
	char key[KEY_MAX];

	*connecting = (struct connecting){projector, step, partition};
	step->open++;
	bool consult = event_span(event, "consult").length != 0;
	if (consult)
		bus_args_call(args, "hand_over", key_tag(partition, key));
	else
		bus_args_call_placed(args, "connect", key_tag(partition, key));
	bus_args_field_text(args, "fence", threading_fence(projector->links.threading, partition));
	bus_args_field_integer(args, "now", event_integer(event, "at"));
	bus_args_field(args, "conv", event_span(event, "c"));
	bus_args_field(args, "leg", event_span(event, "leg"));
	bus_args_field(args, "agent", event_span(event, "a"));
	bus_args_field_text(args, "scopes", number ? number->scopes : "all");
	bus_args_field_integer(
		args, "idle",
		row_inactivity_ms(projector->links.directory, event_span(event, "q")));
	if (consult)
		projection_hand_over(step, event, args);
	bus_args_send(args, projector->links.bus, on_connected, connecting);
}

void projection_floor(struct step *step, const struct bus_reply *event)
{
	struct span agent = event_span(event, "a");
	struct span asked = event_span(event, "consult");

	projection_consult(step, event);
	if (agent.length == 0)
		return;
	if (event_is(event, "e", "offer")) {
		projection_offer(step, event);
	} else if (event_is(event, "e", "accepted") || event_is(event, "e", "unoffered")) {
		char why[16];
		bool accepted = event_is(event, "e", "accepted");
		row_copy(accepted ? (struct span){(const uint8_t *)"accepted", 8}
				  : event_span(event, "why"),
			 why, sizeof(why));
		projection_tell(
			step, agent, accepted ? SCREENS_SOON : SCREENS_NOW,
			wire_event_offer_ended(asked.length ? asked : event_span(event, "c"),
					       (unsigned)event_integer(event, "epoch"), why));
		if (accepted)
			connect_conversation(step, event);
	}
	struct desk_agent facts = {
		.name = agent,
		.routing = event_span(event, "ar"),
		.capacity = (unsigned)event_integer(event, "ac"),
		.load = (unsigned)event_integer(event, "al"),
	};
	/* Presence is said once; how they stand is said again behind it, should that wait to be
	 * said. */
	if (event_is(event, "why", "presence")) {
		struct desk_agent present = facts;
		present.presence = event_span(event, "presence");
		projection_push(step, agent, wire_event_agent(&present));
	}
	projection_tell(step, agent, SCREENS_STANDING, wire_event_agent(&facts));
}
