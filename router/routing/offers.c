#include "router/routing/offers_internal.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/event.h"
#include "router/bus/key.h"
#include "router/routing/floor.h"
#include "router/routing/mirror.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURN_S 0.1    /* how often overdue offers are looked for */
#define GRACE_S 1.0   /* how often agents without a connection are */
#define OPEN_MAX 1024 /* offers on their way at once */

uint64_t offers_now_ms(const struct offers *offers)
{
	return (uint64_t)(ev_now(offers->loop) * 1000.);
}

struct call *offers_call_create(struct offers *offers, struct offers_ask ask)
{
	struct call *call = memory_array(1, sizeof(*call));

	call->offers = offers;
	call->ask = ask;
	call->generation = offers->generation;
	return call;
}

void offers_call_end(struct call *call, enum offers_verdict verdict)
{
	if (call->ask.done)
		call->ask.done(verdict, call->ask.context);
	free(call);
}

static void put_tenure(struct offers *offers)
{
	bus_args_field_integer(&offers->args, "now", (int64_t)offers_now_ms(offers));
	bus_args_field_text(&offers->args, "fence", offers->fence);
}

void offers_call(struct offers *offers, const char *function)
{
	bus_args_call(&offers->args, function, KEY_ACD_TAG);
	put_tenure(offers);
}

void offers_call_placed(struct offers *offers, const char *function)
{
	bus_args_call_placed(&offers->args, function, KEY_ACD_TAG);
	put_tenure(offers);
}

static bool word_is(const struct bus_reply *reply, const char *word)
{
	return span_is(bus_reply_span(bus_reply_at(reply, 0)), word);
}

bool offers_is_fenced(const struct bus_reply *reply)
{
	return word_is(reply, "fenced");
}

static enum offers_verdict verdict_of(const struct bus_reply *reply)
{
	/* A gap: a step before this one was refused, and both will be asked for again. */
	if (word_is(reply, "gap") || offers_is_fenced(reply))
		return OFFERS_UNAVAILABLE;
	if (word_is(reply, "no"))
		return span_is(bus_reply_span(bus_reply_at(reply, 1)), "agent") ? OFFERS_BUSY
										: OFFERS_CONFLICT;
	return word_is(reply, "conflict") ? OFFERS_CONFLICT : OFFERS_OK;
}

static void happened(struct offers *offers, const struct bus_reply *told)
{
	void *kept;
	const struct bus_reply *event = event_unpack(told, &kept);

	if (!event)
		return;
	mirror_event(offers->floor, event);
	if (offers->fresh)
		mirror_event(offers->fresh, event);
	offers_seen(offers, bus_reply_span(bus_reply_at(event, 0)));
	offers->changed = true;
	/* Nothing of who left the floor is in what is read of it. */
	if (event_is(event, "why", "deleted"))
		offers_reread(offers);
	offers->events.happened(event, offers->events.context);
	free(kept);
}

void offers_seen(struct offers *offers, struct span id)
{
	snprintf(offers->seen, sizeof(offers->seen), "%.*s", (int)id.length, (const char *)id.at);
}

static void all_happened(struct offers *offers, const struct bus_reply *reply)
{
	for (size_t i = 1; i < bus_reply_count(reply); i++) {
		const struct bus_reply *event = bus_reply_at(reply, i);
		if (!word_is(event, "no")) /* of an offer that came along, see on_freed() */
			happened(offers, event);
	}
}

/* What Redis says to a call: events, or why not. */
static enum offers_verdict take_answer(struct offers *offers, const struct bus_reply *reply)
{
	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "floor_failed", "error=%s",
			  (const char *)bus_reply_span(reply).at);
	if (!reply || bus_reply_type(reply) == BUS_ERROR)
		return OFFERS_UNAVAILABLE;
	if (word_is(reply, "ok"))
		all_happened(offers, reply);
	return verdict_of(reply);
}

/* The answer to every call in which nothing is offered. */
void offers_on_answer(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct call *call = context;

	(void)bus;
	offers_call_end(call, take_answer(call->offers, reply));
}

void offers_call_send(struct offers *offers, struct offers_ask ask)
{
	bus_args_send(&offers->args, offers->bus, offers_on_answer,
		      offers_call_create(offers, ask));
}

/* Redis refused an offer. Answers come in order, so most often the mirror has just heard why. */
static void on_refused(struct offers *offers, const struct call *call,
		       const struct bus_reply *reply)
{
	bool behind = floor_undo(offers->floor, call->conversation, call->agent);

	offers->changed = true;
	struct span why = bus_reply_span(bus_reply_at(reply, 1));
	/* The one in front of it was refused, and said why; or the agent was not rid of anything.
	 */
	if (span_is(why, "behind") || span_is(why, "release"))
		return;
	offers->refused++;
	if (bus_reply_type(reply) == BUS_ERROR) {
		log_event(LOG_ERROR, "offer_failed", "error=%s",
			  (const char *)bus_reply_span(reply).at);
		behind = true;
	}
	if (behind)
		offers_doubt(offers);
}

static void on_made(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct call *call = context;
	struct offers *offers = call->offers;
	bool current = call->generation == offers->generation;

	(void)bus;
	if (current)
		offers->making--;
	if (reply && word_is(reply, "ok")) {
		offers->made++;
		if (current)
			floor_made(offers->floor, call->agent);
		all_happened(offers, reply);
	} else if (current && reply) {
		on_refused(offers, call, reply);
	}
	if (current)
		offers_read_on(offers);
	offers_call_end(call, OFFERS_OK);
}

/* Why the offer was not made that a call had with it, as its last element says; NULL: it was. */
static const struct bus_reply *refusal_of(const struct bus_reply *reply)
{
	size_t count = bus_reply_count(reply);
	const struct bus_reply *last = count ? bus_reply_at(reply, count - 1) : NULL;

	return word_is(last, "no") ? last : NULL;
}

/* The answer to a call that was to rid an agent of what they had, with what they were to be offered
 * then. */
static void on_freed(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct call *call = context;
	struct offers *offers = call->offers;
	bool current = call->generation == offers->generation;
	const struct bus_reply *refusal = refusal_of(reply);
	bool made = word_is(reply, "ok") && !refusal;

	(void)bus;
	if (current) {
		offers->making--;
		floor_left(offers->floor, call->agent);
		if (made)
			floor_made(offers->floor, call->agent);
	}
	offers->made += made;
	enum offers_verdict verdict = take_answer(offers, reply);
	if (current && refusal)
		on_refused(offers, call, refusal);
	else if (current && !made)
		offers->changed |= floor_undo(offers->floor, call->conversation, call->agent);
	if (current)
		offers_read_on(offers);
	offers_call_end(call, verdict);
}

void offers_call_alert(struct offers *offers, const struct offers_queue *queue)
{
	bus_args_field_integer(&offers->args, "until",
			       (int64_t)(offers_now_ms(offers) + queue->alerting_timeout_ms));
	bus_args_field_text(&offers->args, "auto", queue->auto_answer ? "1" : "");
}

static const char *how(const struct floor_choice *choice)
{
	return choice->last_agent  ? "last"
	       : choice->preferred ? "preferred"
	       : choice->ring > 0  ? "bullseye"
				   : "standard";
}

/* The rest of a call in which an offer is made, whose conversation is said already; sends it. */
static void send_choice(struct offers *offers, const struct floor_choice *choice, bus_done *done,
			struct offers_ask ask)
{
	struct call *call = offers_call_create(offers, ask);
	const struct offers_queue *queue = offers_queue_of(offers, span_text(choice->queue));

	snprintf(call->conversation, sizeof(call->conversation), "%s", choice->conversation);
	snprintf(call->agent, sizeof(call->agent), "%s", choice->agent);
	bus_args_field_text(&offers->args, "agent", choice->agent);
	offers_call_alert(offers, queue);
	bus_args_field_text(&offers->args, "how", how(choice));
	bus_args_field_text(&offers->args, "q", choice->queue);
	bus_args_field_integer(&offers->args, "ring", choice->ring);
	bus_args_field_text(&offers->args, "need", choice->needs);
	bus_args_field_text(&offers->args, "members_only", queue->facts.members_only ? "1" : "");
	bus_args_field_text(&offers->args, "behind", choice->behind);
	bus_args_field_text(&offers->args, "seen", offers->seen);
	offers->making++;
	bus_args_send(&offers->args, offers->bus, done, call);
}

static void make(struct offers *offers, const struct floor_choice *choice)
{
	offers_call_placed(offers, "offer_make");
	bus_args_field_text(&offers->args, "conv", choice->conversation);
	send_choice(offers, choice, on_made, (struct offers_ask){NULL, NULL});
}

bool offers_choose_for(struct offers *offers, struct span agent, struct floor_choice *choice_r)
{
	char name[FLOOR_NAME_MAX + 1];

	if (!offers->open || offers->reading || agent.length > FLOOR_NAME_MAX)
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)agent.length, (const char *)agent.at);
	floor_leaving(offers->floor, name);
	floor_tick(offers->floor, offers_now_ms(offers));
	while (offers->making < OPEN_MAX && floor_next(offers->floor, choice_r)) {
		if (strcmp(choice_r->agent, name) == 0)
			return true;
		make(offers, choice_r);
	}
	floor_left(offers->floor, name);
	return false;
}

void offers_call_send_with(struct offers *offers, const struct floor_choice *choice,
			   struct offers_ask ask)
{
	bus_args_field_text(&offers->args, "next", choice->conversation);
	send_choice(offers, choice, on_freed, ask);
}

static void on_prepare(struct ev_loop *loop, ev_prepare *prepare, int revents)
{
	struct offers *offers = prepare->data;
	struct floor_choice choice;

	(void)loop;
	(void)revents;
	if (!offers->open || offers->reading || !offers->changed)
		return;
	floor_tick(offers->floor, offers_now_ms(offers));
	while (offers->making < OPEN_MAX && floor_next(offers->floor, &choice))
		make(offers, &choice);
	offers->changed = offers->making >= OPEN_MAX;
}

static void on_turn(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct offers *offers = timer->data;
	const char *conversation;
	unsigned epoch;

	(void)loop;
	(void)revents;
	floor_tick(offers->floor, offers_now_ms(offers));
	offers->changed = true; /* a ring may be over */
	while (offers->open &&
	       floor_overdue(offers->floor, offers_now_ms(offers), &conversation, &epoch)) {
		offers_call(offers, "offer_end");
		bus_args_field_text(&offers->args, "conv", conversation);
		bus_args_field_text(&offers->args, "agent", "");
		bus_args_field_integer(&offers->args, "epoch", epoch);
		bus_args_field_text(&offers->args, "why", "timeout");
		offers_call_send(offers, (struct offers_ask){NULL, NULL});
	}
}

/* {acw | parked | reclaim, conversation, agent, partition, leg} */
static void tell_due(struct offers *offers, const struct bus_reply *row)
{
	struct span kind = bus_reply_span(bus_reply_at(row, 0));
	struct offers_due due = {
		.conversation = bus_reply_span(bus_reply_at(row, 1)),
		.agent = bus_reply_span(bus_reply_at(row, 2)),
		.partition = (unsigned)bus_reply_integer(bus_reply_at(row, 3)),
		.leg = (unsigned)bus_reply_integer(bus_reply_at(row, 4)),
	};

	offers->events.deadline(span_is(kind, "acw")	  ? OFFERS_ACW
				: span_is(kind, "parked") ? OFFERS_PARKED
							  : OFFERS_RECLAIM,
				&due, offers->events.context);
}

static void on_due(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct call *call = context;
	bool current = call->generation == call->offers->generation;

	(void)bus;
	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "floor_failed", "error=%s",
			  (const char *)bus_reply_span(reply).at);
	for (size_t i = 1; current && word_is(reply, "ok") && i < bus_reply_count(reply); i++)
		tell_due(call->offers, bus_reply_at(reply, i));
	offers_call_end(call, OFFERS_OK);
}

static void ask_due(struct offers *offers)
{
	if (!offers->events.deadline)
		return;
	offers_call(offers, "floor_due");
	if (offers->settings.reclaim_ms)
		bus_args_field_integer(&offers->args, "reclaim",
				       (int64_t)offers->settings.reclaim_ms);
	else
		bus_args_field_text(&offers->args, "reclaim", "");
	bus_args_send(&offers->args, offers->bus, on_due,
		      offers_call_create(offers, (struct offers_ask){NULL, NULL}));
}

static void on_grace(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct offers *offers = timer->data;

	(void)loop;
	(void)revents;
	if (!offers->open)
		return;
	offers_tell_departed(offers);
	offers_call(offers, "agent_gone");
	bus_args_field_integer(
		&offers->args, "before",
		(int64_t)(offers_now_ms(offers) - offers->settings.offline_grace_ms));
	offers_call_send(offers, (struct offers_ask){NULL, NULL});
	ask_due(offers);
}

static void on_swept(enum offers_verdict verdict, void *context)
{
	struct offers *offers = context;

	if (verdict == OFFERS_OK)
		offers->swept = true;
}

void offers_reread(struct offers *offers)
{
	/* What is being read now is read to its end, so that changes without end do not keep it
	 * from ever being the floor. */
	if (offers->fresh || ev_is_active(&offers->retry))
		offers->again = true;
	else if (offers->open)
		offers_load(offers);
}

void offers_forsake(struct offers *offers)
{
	offers->swept = false;
}

void offers_begin(struct offers *offers, const char *fence)
{
	snprintf(offers->fence, sizeof(offers->fence), "%s", fence);
	if (!offers->swept) {
		offers_call(offers, "agent_sweep");
		bus_args_field_text(&offers->args, "router", "");
		offers_call_send(offers, (struct offers_ask){on_swept, offers});
	}
	offers_tell_departed(offers);
	if (offers->open)
		offers_check(offers);
	else
		offers_load(offers);
}

void offers_end(struct offers *offers)
{
	offers->open = false;
	offers->making = 0;
	offers->generation++;
	offers_read_nothing(offers);
	floor_clear(offers->floor);
}

struct offers *offers_create(struct ev_loop *loop, struct bus *bus,
			     const struct offers_settings *settings,
			     const struct offers_events *events)
{
	struct offers *offers = memory_array(1, sizeof(*offers));

	offers->loop = loop;
	offers->bus = bus;
	offers->settings = *settings;
	offers->events = *events;
	for (size_t i = 0; i < settings->queue_count; i++)
		offers_put_queue(offers, &settings->queues[i]);
	offers->floor = offers_empty_floor(offers);
	bus_args_init(&offers->args);
	ev_timer_init(&offers->turn, on_turn, TURN_S, TURN_S);
	ev_timer_init(&offers->grace, on_grace, GRACE_S, GRACE_S);
	offers_read_init(offers);
	ev_prepare_init(&offers->prepare, on_prepare);
	offers->turn.data = offers;
	offers->grace.data = offers;
	offers->prepare.data = offers;
	ev_timer_start(loop, &offers->turn);
	ev_timer_start(loop, &offers->grace);
	ev_prepare_start(loop, &offers->prepare);
	return offers;
}

void offers_destroy(struct offers **pointer)
{
	struct offers *offers = *pointer;

	if (!offers)
		return;
	*pointer = NULL;
	ev_timer_stop(offers->loop, &offers->turn);
	ev_timer_stop(offers->loop, &offers->grace);
	offers_read_finish(offers);
	ev_prepare_stop(offers->loop, &offers->prepare);
	offers_forget_departed(offers);
	floor_destroy(&offers->floor);
	bus_args_finish(&offers->args);
	offers_queues_finish(offers);
	free(offers);
}

struct offers_figures offers_figures(const struct offers *offers)
{
	struct floor_figures floor = floor_figures(offers->floor);
	uint64_t now = offers_now_ms(offers);

	return (struct offers_figures){
		.waiting = floor.waiting,
		.alerting = floor.ringing,
		.agents_on_queue = floor.agents_on_queue,
		.longest_wait_ms =
			floor.oldest_ms && floor.oldest_ms < now ? now - floor.oldest_ms : 0,
		.offers_made = offers->made,
		.offers_refused = offers->refused,
		.sweeps = offers->sweeps,
		.sweep_found = offers->sweep_found,
	};
}
