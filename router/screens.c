#include "router/screens_internal.h"

#include "config/memory.h"
#include "router/bus/key.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_FRAMES 256 /* a batch that has so many takes no further event */

struct screens_hold {
	struct line *line;
	struct batch *batch; /* NULL once it was answered as not written */
	char source[SCREENS_SOURCE_MAX], id[SCREENS_ID_MAX];
	void *context;
};

static void copy(char *out, struct span span)
{
	memcpy(out, span.at, span.length);
	out[span.length] = '\0';
}

/* Batches */

static void batch_answer(struct screens *screens, struct batch *batch, bool written)
{
	for (size_t i = 0; i < batch->count; i++)
		screens->done(written, batch->contexts[i]);
	batch->count = 0;
	batch->next = screens->spare;
	screens->spare = batch;
}

/* What it was waited for is answered as not written, whatever it comes to. */
static void batch_lose_hold(struct screens *screens, struct batch *batch)
{
	struct screens_hold *hold = batch->hold;

	if (!hold)
		return;
	batch->hold = NULL;
	hold->batch = NULL;
	screens->done(false, hold->context);
}

static void batch_free(struct batch *batch)
{
	bus_args_finish(&batch->args);
	free(batch->contexts);
	free(batch);
}

static struct batch *batch_create(struct line *line)
{
	struct screens *screens = line->screens;
	struct batch *batch = screens->spare;
	char key[KEY_MAX];

	if (batch) {
		screens->spare = batch->next;
	} else {
		batch = memory_array(1, sizeof(*batch));
		bus_args_init(&batch->args);
	}
	batch->next = NULL;
	batch->read = false;
	bus_args_call(&batch->args, "push", key_agent_tag(line->agent, key));
	return batch;
}

static void batch_add(struct batch *batch, struct span source, struct span id, const char *frame,
		      void *context)
{
	if (batch->count == batch->capacity) {
		batch->capacity = batch->capacity ? batch->capacity * 2 : 16;
		batch->contexts = memory_resize(batch->contexts, batch->capacity, sizeof(void *));
	}
	bus_args_span(&batch->args, source);
	bus_args_span(&batch->args, id);
	bus_args_text(&batch->args, frame);
	copy(batch->last_source, source);
	copy(batch->last_id, id);
	batch->contexts[batch->count++] = context;
}

/* How the agent stands goes behind what the newest batch has; ids of a source stay in their order.
 */
static void settle_standing(struct line *line)
{
	struct standing *standing = &line->standing;

	if (!standing->frame)
		return;
	if (!line->last)
		line->first = line->last = batch_create(line);
	line->last->read = line->last->read || standing->read;
	batch_add(line->last, span_text(standing->source), span_text(standing->id), standing->frame,
		  standing->context);
	free(line->said);
	line->said = standing->frame;
	standing->frame = NULL;
}

/* The batch for a frame: an event is never parted, for its second half would be taken as known. */
static struct batch *find_batch(struct line *line, const struct screens_frame *frame)
{
	struct batch *last = line->last;

	if (last &&
	    ((last->count < BATCH_FRAMES && !last->hold) ||
	     (span_is(frame->id, last->last_id) && span_is(frame->source, last->last_source))))
		return last;
	if (last)
		settle_standing(line);
	struct batch *batch = batch_create(line);
	if (line->last)
		line->last->next = batch;
	else
		line->first = batch;
	line->last = batch;
	return batch;
}

static struct batch *batch_for(struct line *line, const struct screens_frame *frame)
{
	struct batch *batch = find_batch(line, frame);

	batch->read = batch->read || frame->read;
	return batch;
}

/* Lines */

static unsigned bucket_of(struct span agent)
{
	return (unsigned)(span_hash(agent) % SCREENS_BUCKETS);
}

static bool line_is_empty(const struct line *line)
{
	return !line->first && !line->standing.frame;
}

static bool may_send(const struct line *line)
{
	return !line_is_empty(line) && !line->sent && !(line->first && line->first->hold);
}

static void line_fail(struct line *line)
{
	struct standing *standing = &line->standing;

	while (line->first) {
		struct batch *batch = line->first;
		line->first = batch->next;
		batch->args.count = 0;
		batch->args.length = 0;
		batch_lose_hold(line->screens, batch);
		batch_answer(line->screens, batch, false);
	}
	line->last = NULL;
	line->hasty = false;
	if (standing->frame)
		line->screens->done(false, standing->context);
	free(standing->frame);
	standing->frame = NULL;
	free(line->said);
	line->said = NULL;
	line->newest[0] = '\0';
}

static void line_free(struct line *line)
{
	free(line->said);
	free(line);
}

static void hold(struct line *line);

static void line_send(struct line *line)
{
	if (line->first == line->last)
		settle_standing(line);
	line->sent = line->first;
	line->first = line->sent->next;
	if (!line->first) {
		line->last = NULL;
		line->hasty = false;
	}
	screens_write(line);
}

void screens_wrote(struct line *line, bool written)
{
	struct batch *batch = line->sent;

	bus_args_clear(&batch->args);
	line->sent = NULL;
	batch_answer(line->screens, batch, written);
	if (!written)
		line_fail(line);
	if (line->hasty && may_send(line))
		line_send(line);
	else if (!line_is_empty(line))
		hold(line);
}

static void on_prepare(struct ev_loop *loop, ev_prepare *prepare, int revents)
{
	struct screens *screens = prepare->data;

	(void)loop;
	(void)revents;
	while (screens->ready) {
		struct line *line = screens->ready;
		screens->ready = line->next_ready;
		line->ready = false;
		if (may_send(line))
			line_send(line);
	}
}

static void make_ready(struct line *line)
{
	if (line->ready || line->sent)
		return;
	line->ready = true;
	line->next_ready = line->screens->ready;
	line->screens->ready = line;
}

static void on_hold(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct screens *screens = timer->data;

	(void)revents;
	while (screens->held && screens->held->due <= ev_now(loop)) {
		struct line *line = screens->held;
		screens->held = line->next_held;
		line->held = false;
		if (!line_is_empty(line))
			make_ready(line);
	}
	if (!screens->held)
		return;
	ev_timer_set(timer, screens->held->due - ev_now(loop), 0.);
	ev_timer_start(loop, timer);
}

static void hold(struct line *line)
{
	struct screens *screens = line->screens;

	if (line->held || line->ready || line->sent)
		return;
	line->held = true;
	line->due = ev_now(screens->loop) + SCREENS_HELD_S;
	line->next_held = NULL;
	if (screens->held)
		screens->held_last->next_held = line;
	else
		screens->held = line;
	screens->held_last = line;
	if (ev_is_active(&screens->hold))
		return;
	ev_timer_set(&screens->hold, SCREENS_HELD_S, 0.);
	ev_timer_start(screens->loop, &screens->hold);
}

struct screens *screens_create(struct ev_loop *loop, struct bus *bus, screens_done *done)
{
	struct screens *screens = memory_array(1, sizeof(*screens));

	screens->loop = loop;
	screens->bus = bus;
	screens->done = done;
	bus_args_init(&screens->args);
	ev_prepare_init(&screens->prepare, on_prepare);
	screens->prepare.data = screens;
	ev_prepare_start(loop, &screens->prepare);
	ev_timer_init(&screens->hold, on_hold, SCREENS_HELD_S, 0.);
	screens->hold.data = screens;
	return screens;
}

void screens_destroy(struct screens **pointer)
{
	struct screens *screens = *pointer;

	if (!screens)
		return;
	*pointer = NULL;
	ev_prepare_stop(screens->loop, &screens->prepare);
	ev_timer_stop(screens->loop, &screens->hold);
	for (unsigned i = 0; i < SCREENS_BUCKETS; i++) {
		for (struct line *line = screens->buckets[i], *next; line; line = next) {
			next = line->next;
			line_fail(line);
			line_free(line);
		}
	}
	while (screens->spare) {
		struct batch *batch = screens->spare;
		screens->spare = batch->next;
		batch_free(batch);
	}
	bus_args_finish(&screens->args);
	free(screens);
}

void screens_show(struct screens *screens, struct door *door)
{
	screens->door = door;
}

/* Lines stay, one for each agent who ever had a frame. */
static struct line *line_for(struct screens *screens, const struct screens_frame *frame)
{
	struct line **bucket = &screens->buckets[bucket_of(frame->agent)];
	struct line *line = *bucket;

	while (line && !span_is(frame->agent, line->agent))
		line = line->next;
	if (line)
		return line;
	line = memory_array(1, sizeof(*line));
	line->screens = screens;
	copy(line->agent, frame->agent);
	line->next = *bucket;
	*bucket = line;
	return line;
}

static void stand(struct line *line, const struct screens_frame *frame, void *context)
{
	struct standing *standing = &line->standing;

	if (standing->frame) {
		line->screens->done(true, standing->context);
		free(standing->frame);
		standing->frame = NULL;
	} else if (line->said && strcmp(line->said, frame->frame) == 0) {
		line->screens->done(true, context);
		free(frame->frame);
		return;
	}
	copy(standing->source, frame->source);
	copy(standing->id, frame->id);
	standing->read = frame->read;
	standing->frame = frame->frame;
	standing->context = context;
	hold(line);
}

static bool is_nobody(const struct screens_frame *frame)
{
	return frame->agent.length > DESK_AGENT_MAX || frame->source.length >= SCREENS_SOURCE_MAX ||
	       frame->id.length >= SCREENS_ID_MAX;
}

struct screens_hold *screens_hold(struct screens *screens, const struct screens_frame *frame,
				  void *context)
{
	struct screens_hold *held = memory_array(1, sizeof(*held));

	if (is_nobody(frame)) {
		screens->done(true, context);
		return held;
	}
	held->line = line_for(screens, frame);
	held->batch = batch_for(held->line, frame);
	held->context = context;
	assert(!held->batch->hold);
	held->batch->hold = held;
	copy(held->source, frame->source);
	copy(held->id, frame->id);
	copy(held->batch->last_source, frame->source);
	copy(held->batch->last_id, frame->id);
	return held;
}

void screens_fill(struct screens_hold **pointer, char *frame)
{
	struct screens_hold *held = *pointer;
	struct batch *batch = held->batch;

	*pointer = NULL;
	if (batch && frame) {
		/* Whatever else is of that event has come by now. */
		batch->hold = NULL;
		batch_add(batch, span_text(held->source), span_text(held->id), frame,
			  held->context);
		held->line->hasty = true;
		make_ready(held->line);
	} else if (batch) {
		line_fail(held->line);
	}
	free(frame);
	free(held);
}

void screens_push(struct screens *screens, const struct screens_frame *frame, void *context)
{
	if (is_nobody(frame)) {
		free(frame->frame);
		screens->done(true, context); /* nobody has such a name */
		return;
	}
	struct line *line = line_for(screens, frame);
	if (frame->haste == SCREENS_STANDING) {
		stand(line, frame, context);
		return;
	}
	batch_add(batch_for(line, frame), frame->source, frame->id, frame->frame, context);
	free(frame->frame);
	if (frame->haste == SCREENS_NOW) {
		line->hasty = true;
		make_ready(line);
	} else {
		hold(line);
	}
}

void screens_forget(struct screens *screens)
{
	for (unsigned i = 0; i < SCREENS_BUCKETS; i++) {
		for (struct line *line = screens->buckets[i]; line; line = line->next) {
			line_fail(line);
			line->shared = false;
		}
	}
}
