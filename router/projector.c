#include "router/projector.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/event.h"
#include "router/bus/key.h"
#include "router/door/wire.h"
#include "router/routing/offers_step.h"
#include "router/rows.h"
#include "router/screens.h"

#include <ev.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CURSOR_S 0.25 /* how often cursors are written */
#define PAGE 256      /* events read at once while catching up */
#define ID_MAX 44

struct source;

/* One event whose steps are on their way. */
struct step {
	struct source *source; /* NULL once the source has let go of it */
	struct step *next;
	unsigned open; /* steps not answered */
	char id[ID_MAX];
};

struct source {
	struct projector *projector;
	unsigned partition; /* or PROJECTOR_FLOOR */
	char events[KEY_MAX], cursor[KEY_MAX];
	bool live;   /* caught up with */
	bool failed; /* a step was refused: to be taken up again at the cursor */
	struct step *first, **end;
	char done[ID_MAX], written[ID_MAX]; /* the cursor, here and in Redis */
	char floor_step[ID_MAX]; /* the last one asked of the floor; "" after a new beginning */
	char read[ID_MAX];	 /* the newest event read while catching up */
	unsigned generation;	 /* counts catch-ups */
};

struct projector {
	struct projector_links links;
	struct screens *screens;
	struct source *sources; /* the partitions, then the floor */
	struct bus_args args;
	ev_timer timer;
	bool open;
};

static struct source *source_of(struct projector *projector, unsigned partition)
{
	if (partition == PROJECTOR_FLOOR)
		return &projector->sources[projector->links.partitions];
	return partition < projector->links.partitions ? &projector->sources[partition] : NULL;
}

static void catch_up(struct source *source);

static struct step *step_create(struct source *source, struct span id)
{
	struct step *step = memory_array(1, sizeof(*step));

	step->source = source;
	step->open = 1; /* held by project() until it has given all of them */
	if (id.length < sizeof(step->id))
		memcpy(step->id, id.at, id.length);
	*source->end = step;
	source->end = &step->next;
	return step;
}

static void step_answered(bool done, void *context)
{
	struct step *step = context;
	struct source *source = step->source;

	step->open--;
	if (!source) {
		if (step->open == 0)
			free(step);
		return;
	}
	if (!done) {
		/* Nothing more of this source until it has been taken up again at the cursor. */
		source->failed = true;
		source->live = false;
	}
	while (!source->failed && source->first && source->first->open == 0) {
		struct step *first = source->first;
		source->first = first->next;
		if (!source->first)
			source->end = &source->first;
		memcpy(source->done, first->id, sizeof(source->done));
		free(first);
	}
}

/* What is under way is let go of: whatever becomes of it, it is done again from the cursor. */
static void let_go(struct source *source)
{
	while (source->first) {
		struct step *step = source->first;
		source->first = step->next;
		step->source = NULL;
		if (step->open == 0)
			free(step);
	}
	source->end = &source->first;
	source->live = false;
	source->failed = false;
	source->floor_step[0] = '\0';
	source->generation++;
}

static void push(struct step *step, struct span agent, char *frame)
{
	struct source *source = step->source;
	struct screens_frame out = {
		.agent = agent,
		.source = {(const uint8_t *)source->events, strlen(source->events)},
		.id = {(const uint8_t *)step->id, strlen(step->id)},
		.frame = frame,
	};

	step->open++;
	screens_push(source->projector->screens, &out, step);
}

static void on_offers_done(enum offers_verdict verdict, void *context)
{
	step_answered(verdict != OFFERS_UNAVAILABLE, context);
}

/* With what it asks for by the number that it came to. */
static struct offers_place place_of(struct step *step, const struct bus_reply *event)
{
	const struct number *number =
		numbers_find(step->source->projector->links.numbers, event_span(event, "ours"));
	const char *needs = number ? number->skills : "";

	return (struct offers_place){
		.source = step->source->events,
		.event_id = {(const uint8_t *)step->id, strlen(step->id)},
		.before = {(const uint8_t *)step->source->floor_step,
			   strlen(step->source->floor_step)},
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
	return event_is(event, "s", "connected") ? event_span(event, "a") : (struct span){NULL, 0};
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
		.at_ms = ms_of(at),
		.segments = message->segments,
		.partial = message->partial,
	};
	push(step, agent, wire_event_message(event_span(event, "c"), &out));
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
		.author = automatic ? (struct span){NULL, 0} : event_span(event, "a"),
		.state = {(const uint8_t *)"queued", 6},
		.at_ms = ms_of(at),
		.segments = segments,
		.outbound = true,
		.automatic = automatic,
	};

	if (agent.length)
		push(step, agent, wire_event_message(event_span(event, "c"), &out));
}

static void project_mo(struct step *step, const struct bus_reply *event,
		       const struct threading_message *message)
{
	struct projector *projector = step->source->projector;

	push_inbound(step, event, message);
	if (!event_is(event, "s", "queued") || event_is(event, "how", "open"))
		return;
	struct offers_place place = place_of(step, event);
	if (!event_is(event, "how", "again"))
		place.last_agent.length = 0;
	step->open++;
	offers_enqueue(projector->links.offers, &place, (struct offers_ask){on_offers_done, step});
	memcpy(step->source->floor_step, step->id, sizeof(step->id));
}

static void project_consent(struct step *step, const struct bus_reply *event,
			    const struct threading_message *message)
{
	struct span agent = connected_agent(event);

	if (agent.length && event_is(event, "changed", "1"))
		push(step, agent,
		     wire_event_opt(event_span(event, "c"), event_is(event, "out", "1")));
	if (message && event_span(event, "p").length)
		push_outbound(step, event, message->answer, message->answer_segments);
}

static void project_connected(struct step *step, const struct bus_reply *event)
{
	struct projector *projector = step->source->projector;
	const struct number *number =
		numbers_find(projector->links.numbers, event_span(event, "ours"));
	struct desk_conversation out = {
		.id = event_span(event, "c"),
		.customer = event_span(event, "customer"),
		.ours = event_span(event, "ours"),
		.queue = event_span(event, "q"),
		.state = {(const uint8_t *)"connected", 9},
		.created_ms = (uint64_t)event_integer(event, "created"),
		.leg = (unsigned)event_integer(event, "leg"),
		.opted_out = event_is(event, "out", "1"),
		.wrapup_codes = row_wrapup_codes(number),
	};

	push(step, event_span(event, "a"), wire_event_connected(&out));
}

static void project_closed(struct step *step, const struct bus_reply *event)
{
	struct offers_place place = place_of(step, event);

	push(step, event_span(event, "a"),
	     wire_event_closed(event_span(event, "c"), event_span(event, "wrapup")));
	step->open++;
	offers_release(step->source->projector->links.offers, &place, NULL,
		       (struct offers_ask){on_offers_done, step});
	memcpy(step->source->floor_step, step->id, sizeof(step->id));
}

static void project_state(struct step *step, const struct bus_reply *event)
{
	struct span agent = connected_agent(event);

	if (agent.length)
		push(step, agent,
		     wire_event_message_state(event_span(event, "c"), event_span(event, "m"),
					      event_span(event, "st"), event_span(event, "why")));
}

static void project_conversation(struct step *step, const struct bus_reply *event,
				 const struct threading_message *message)
{
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
	else if (event_is(event, "e", "closed"))
		project_closed(step, event);
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
	if (ok && projector->open)
		projector_event(projector, connecting->partition, bus_reply_at(reply, 1), NULL);
	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "connect_failed", "error=%s",
			  (const char *)bus_reply_span(reply).at);
	step_answered(ok || done, connecting->step);
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
	bus_args_call(args, "connect", key_tag(partition, key));
	bus_args_field_text(args, "fence", threading_fence(projector->links.threading, partition));
	bus_args_field_integer(args, "now", event_integer(event, "at"));
	bus_args_field(args, "conv", event_span(event, "c"));
	bus_args_field(args, "leg", event_span(event, "leg"));
	bus_args_field(args, "agent", event_span(event, "a"));
	bus_args_field_text(args, "scopes", number ? number->scopes : "all");
	bus_args_send(args, projector->links.bus, on_connected, connecting);
}

static void project_floor(struct step *step, const struct bus_reply *event)
{
	struct span agent = event_span(event, "a");

	if (agent.length == 0)
		return;
	if (event_is(event, "e", "offer")) {
		struct desk_offer offer = row_offer(event);
		push(step, agent, wire_event_offer(&offer));
	} else if (event_is(event, "e", "accepted") || event_is(event, "e", "unoffered")) {
		char why[16];
		bool accepted = event_is(event, "e", "accepted");
		row_copy(accepted ? (struct span){(const uint8_t *)"accepted", 8}
				  : event_span(event, "why"),
			 why, sizeof(why));
		push(step, agent,
		     wire_event_offer_ended(event_span(event, "c"),
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
	push(step, agent, wire_event_agent(&facts));
}

static void project(struct source *source, const struct bus_reply *event,
		    const struct threading_message *message)
{
	struct step *step = step_create(source, event_id(event));

	if (source->partition == PROJECTOR_FLOOR)
		project_floor(step, event);
	else
		project_conversation(step, event, message);
	step_answered(true, step);
}

void projector_event(struct projector *projector, unsigned partition, const struct bus_reply *event,
		     const struct threading_message *message)
{
	struct source *source = source_of(projector, partition);

	if (source && source->live)
		project(source, event, message);
}

/* Catching up: the events behind the cursor, page by page, with the texts that they are about. */
struct page {
	struct source *source;
	unsigned generation;
};

static void project_read(struct source *source, const struct bus_reply *row)
{
	const struct bus_reply *event = bus_reply_at(row, 0);
	struct span text = bus_reply_span(bus_reply_at(row, 1));
	unsigned segments = (unsigned)bus_reply_integer(bus_reply_at(row, 2));
	struct threading_message message = {
		.text = text,
		.segments = segments,
		.partial = bus_reply_integer(bus_reply_at(row, 3)) == 1,
		.answer = text,
		.answer_segments = segments,
	};

	row_copy(event_id(event), source->read, sizeof(source->read));
	project(source, event, &message);
}

static void on_page(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct page *page = context;
	struct source *source = page->source;
	bool stale = !source->projector->open || page->generation != source->generation;

	(void)bus;
	free(page);
	if (stale || source->failed)
		return;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		source->failed = true;
		return;
	}
	for (size_t i = 0; i < bus_reply_count(reply); i++)
		project_read(source, bus_reply_at(reply, i));
	if (source->failed)
		return;
	if (bus_reply_count(reply) == 0)
		source->live = true;
	else
		catch_up(source);
}

static void catch_up(struct source *source)
{
	struct projector *projector = source->projector;
	struct page *page = memory_array(1, sizeof(*page));
	char tag[KEY_MAX];

	*page = (struct page){source, source->generation};
	if (source->partition == PROJECTOR_FLOOR)
		snprintf(tag, sizeof(tag), "%s", KEY_ACD_TAG);
	else
		key_tag(source->partition, tag);
	bus_args_call(&projector->args, "events_after", tag);
	bus_args_field_text(&projector->args, "id", source->read);
	bus_args_field_integer(&projector->args, "limit", PAGE);
	bus_args_send(&projector->args, projector->links.bus, on_page, page);
}

static void begin_source(struct source *source)
{
	struct projector *projector = source->projector;

	let_go(source);
	memcpy(source->read, source->done, sizeof(source->read));
	if (projector->open && bus_is_ready(projector->links.bus))
		catch_up(source);
}

static void on_cursor(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct page *page = context;
	struct source *source = page->source;
	bool stale = !source->projector->open || page->generation != source->generation;
	struct span cursor = bus_reply_span(reply);

	(void)bus;
	free(page);
	if (stale)
		return;
	if (!reply || bus_reply_type(reply) == BUS_ERROR) {
		source->failed = true;
		return;
	}
	row_copy(cursor.length ? cursor : (struct span){(const uint8_t *)"0-0", 3}, source->done,
		 sizeof(source->done));
	memcpy(source->written, source->done, sizeof(source->written));
	begin_source(source);
}

void projector_open(struct projector *projector)
{
	projector->open = true;
	for (unsigned i = 0; i <= projector->links.partitions; i++) {
		struct source *source = &projector->sources[i];
		struct page *page = memory_array(1, sizeof(*page));
		let_go(source);
		*page = (struct page){source, source->generation};
		bus_args_text(&projector->args, "GET");
		bus_args_text(&projector->args, source->cursor);
		bus_args_send(&projector->args, projector->links.bus, on_cursor, page);
	}
}

void projector_close(struct projector *projector)
{
	projector->open = false;
	for (unsigned i = 0; i <= projector->links.partitions; i++)
		let_go(&projector->sources[i]);
}

bool projector_is_live(const struct projector *projector)
{
	for (unsigned i = 0; i <= projector->links.partitions; i++) {
		if (!projector->sources[i].live)
			return false;
	}
	return projector->open;
}

static void write_cursor(struct source *source)
{
	struct bus_args *args = &source->projector->args;

	if (strcmp(source->done, source->written) == 0)
		return;
	memcpy(source->written, source->done, sizeof(source->written));
	bus_args_text(args, "SET");
	bus_args_text(args, source->cursor);
	bus_args_text(args, source->done);
	bus_args_send(args, source->projector->links.bus, NULL, NULL);
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct projector *projector = timer->data;

	(void)loop;
	(void)revents;
	if (!projector->open)
		return;
	for (unsigned i = 0; i <= projector->links.partitions; i++) {
		struct source *source = &projector->sources[i];
		write_cursor(source);
		if (source->failed) {
			log_event(LOG_WARN, "projection_repeated", "source=%s after=%s",
				  source->events, source->done);
			begin_source(source);
		}
	}
}

struct projector *projector_create(const struct projector_links *links)
{
	struct projector *projector = memory_array(1, sizeof(*projector));

	projector->links = *links;
	projector->screens = screens_create(links->loop, links->bus, step_answered);
	projector->sources = memory_array(links->partitions + 1, sizeof(*projector->sources));
	for (unsigned i = 0; i <= links->partitions; i++) {
		struct source *source = &projector->sources[i];
		source->projector = projector;
		source->end = &source->first;
		source->partition = i < links->partitions ? i : PROJECTOR_FLOOR;
		if (i < links->partitions) {
			key_events(i, source->events);
			key_cursor(i, source->cursor);
		} else {
			snprintf(source->events, KEY_MAX, "%s:events", KEY_ACD_TAG);
			snprintf(source->cursor, KEY_MAX, "%s:cursor", KEY_ACD_TAG);
		}
	}
	bus_args_init(&projector->args);
	ev_timer_init(&projector->timer, on_timer, CURSOR_S, CURSOR_S);
	projector->timer.data = projector;
	ev_timer_start(links->loop, &projector->timer);
	return projector;
}

void projector_destroy(struct projector **pointer)
{
	struct projector *projector = *pointer;

	if (!projector)
		return;
	*pointer = NULL;
	ev_timer_stop(projector->links.loop, &projector->timer);
	projector_close(projector);
	screens_destroy(&projector->screens);
	bus_args_finish(&projector->args);
	free(projector->sources);
	free(projector);
}
