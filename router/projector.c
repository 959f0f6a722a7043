#include "router/projector.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/event.h"
#include "router/bus/key.h"
#include "router/history.h"
#include "router/projector_internal.h"
#include "router/rows.h"

#include <ev.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CURSOR_S 0.25 /* how often cursors are written */
#define IDLE_TICKS 4  /* of CURSOR_S, between two looks for what nobody writes in */
#define PAGE 256      /* events read at once while catching up */

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

void projector_answered(bool done, void *context)
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
	glances_clear(source->projector->glances);
	source->floor_step[0] = '\0';
	source->generation++;
}

/* `read`: from its stream, where it may have been projected before; else it was told as it
 * happened. */
static void project(struct source *source, const struct bus_reply *event,
		    const struct threading_message *message, bool read)
{
	struct step *step = step_create(source, event_id(event));

	step->read = read;
	if (source->partition == PROJECTOR_FLOOR)
		projection_floor(step, event);
	else
		projection_conversation(step, event, message);
	projector_answered(true, step);
}

void projector_event(struct projector *projector, unsigned partition, const struct bus_reply *told,
		     const struct threading_message *message)
{
	struct source *source = source_of(projector, partition);
	void *kept = NULL;
	const struct bus_reply *event = source && source->live ? event_unpack(told, &kept) : NULL;

	if (event)
		project(source, event, message, false);
	free(kept);
}

/* Deadlines */

struct overdue {
	struct projector *projector;
	unsigned partition;
};

static void on_overdue(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct overdue *overdue = context;
	struct projector *projector = overdue->projector;
	struct span word = bus_reply_span(bus_reply_at(reply, 0));

	(void)bus;
	if (word.length == 2 && projector->open)
		projector_event(projector, overdue->partition, bus_reply_at(reply, 1), NULL);
	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "deadline_failed", "error=%s",
			  (const char *)bus_reply_span(reply).at);
	free(overdue);
}

void projector_deadline(struct projector *projector, enum offers_deadline deadline,
			const struct offers_due *due)
{
	static const char *const functions[] = {
		[OFFERS_ACW] = "leg_due",
		[OFFERS_PARKED] = "park_due",
		[OFFERS_RECLAIM] = "reclaim",
	};
	struct bus_args *args = &projector->args;
	char key[KEY_MAX];

	if (!projector->open)
		return;
	struct overdue *overdue = memory_array(1, sizeof(*overdue));
	*overdue = (struct overdue){projector, due->partition};
	bus_args_call(args, functions[deadline], key_tag(due->partition, key));
	bus_args_field_text(args, "fence",
			    threading_fence(projector->links.threading, due->partition));
	bus_args_field_integer(args, "now", (int64_t)(ev_now(projector->links.loop) * 1000.));
	bus_args_field(args, "conv", due->conversation);
	bus_args_field_integer(args, "leg", due->leg);
	bus_args_field(args, "agent", due->agent);
	bus_args_send(args, projector->links.bus, on_overdue, overdue);
}

/* Catching up: the events behind the cursor, page by page, with the texts that they are about. */
struct page {
	struct source *source;
	unsigned generation;
};

static void project_read(struct source *source, const struct bus_reply *row)
{
	void *kept;
	const struct bus_reply *event = event_unpack(bus_reply_at(row, 0), &kept);
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
	project(source, event, &message, true);
	free(kept);
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

static const char *tag_of(const struct source *source, char tag[KEY_MAX])
{
	if (source->partition != PROJECTOR_FLOOR)
		return key_tag(source->partition, tag);
	snprintf(tag, KEY_MAX, "%s", KEY_ACD_TAG);
	return tag;
}

static void catch_up(struct source *source)
{
	struct projector *projector = source->projector;
	struct page *page = memory_array(1, sizeof(*page));
	char tag[KEY_MAX];

	*page = (struct page){source, source->generation};
	bus_args_call(&projector->args, "events_after", tag_of(source, tag));
	bus_args_field_text(&projector->args, "id", source->read);
	bus_args_field_integer(&projector->args, "limit", PAGE);
	bus_args_send(&projector->args, projector->links.bus, on_page, page);
}

/* What should have followed from them did not, and nothing that is here says what it was. */
static void tell_lost(struct source *source, struct span oldest)
{
	source->projector->lost++;
	log_event(LOG_ERROR, "events_lost", "source=%s cursor=%s oldest=%.*s", source->events,
		  source->done, (int)oldest.length, (const char *)oldest.at);
}

static void begin_source(struct source *source);

static void on_cursor(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct page *page = context;
	struct source *source = page->source;
	bool stale = !source->projector->open || page->generation != source->generation;
	struct span cursor = bus_reply_span(bus_reply_at(reply, 0));

	(void)bus;
	free(page);
	if (stale)
		return;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		source->failed = true;
		return;
	}
	row_copy(cursor, source->done, sizeof(source->done));
	if (bus_reply_span(bus_reply_at(reply, 1)).length == 4) /* lost, not whole */
		tell_lost(source, bus_reply_span(bus_reply_at(reply, 2)));
	memcpy(source->written, source->done, sizeof(source->written));
	begin_source(source);
}

static void ask_cursor(struct source *source)
{
	struct projector *projector = source->projector;
	struct page *page = memory_array(1, sizeof(*page));
	char tag[KEY_MAX];

	*page = (struct page){source, source->generation};
	bus_args_call(&projector->args, "events_cursor", tag_of(source, tag));
	bus_args_send(&projector->args, projector->links.bus, on_cursor, page);
}

/* Whatever comes of it is answered, so that a source which could not begin begins again. */
static void begin_source(struct source *source)
{
	let_go(source);
	memcpy(source->read, source->done, sizeof(source->read));
	if (*source->done)
		catch_up(source);
	else
		ask_cursor(source);
}

void projector_open(struct projector *projector)
{
	projector->open = true;
	screens_forget(projector->screens);
	for (unsigned i = 0; i <= projector->links.partitions; i++) {
		struct source *source = &projector->sources[i];
		source->done[0] = source->written[0] = '\0';
		begin_source(source);
	}
}

void projector_close(struct projector *projector)
{
	projector->open = false;
	for (unsigned i = 0; i <= projector->links.partitions; i++)
		let_go(&projector->sources[i]);
}

void projector_measure(const struct projector *projector, struct metrics *metrics)
{
	history_measure(projector->history, metrics);
	metric_set(metrics_gauge(metrics, "bindery_events_lost",
				 "Beginnings at which events were gone that nothing had followed "
				 "from; 0 in health.",
				 ""),
		   projector->lost);
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
	if (projector->ticks++ % IDLE_TICKS == 0 && projector_is_live(projector))
		projector_idle_sweep(projector);
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
	projector->screens = screens_create(links->loop, links->bus, projector_answered);
	projector->recall = recall_create();
	projector->glances = glances_create();
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
	projector->history = history_create(&(struct history_links){
		links->loop, links->bus, links->partitions,
		(uint64_t)links->events->keep_h * 3600000, links->events->keep_most});
	bus_args_init(&projector->args);
	ev_timer_init(&projector->timer, on_timer, CURSOR_S, CURSOR_S);
	projector->timer.data = projector;
	ev_timer_start(links->loop, &projector->timer);
	return projector;
}

void projector_show(struct projector *projector, struct door *door)
{
	screens_show(projector->screens, door);
}

const char *projector_queue_of(const struct projector *projector, struct span conversation)
{
	return recall_queue(projector->recall, conversation);
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
	recall_destroy(&projector->recall);
	glances_destroy(&projector->glances);
	history_destroy(&projector->history);
	bus_args_finish(&projector->args);
	free(projector->sources);
	free(projector);
}
