#include "router/screens.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"
#include "router/door/desk.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096
#define BATCH_FRAMES 256 /* a batch that has so many takes no further event */
#define SOURCE_MAX 32
#define ID_MAX 44

struct batch {
	struct batch *next; /* behind it in its line, or of the spare ones */
	struct bus_args args;
	char last_id[ID_MAX];
	size_t count, capacity;
	void **contexts;
};

/* What goes to one agent from one source. */
struct line {
	struct screens *screens;
	struct line *next; /* of its bucket */
	struct line *next_ready;
	char agent[DESK_AGENT_MAX + 1];
	char source[SOURCE_MAX];
	bool ready; /* in the list of those to be sent this turn */
	struct batch *sent;
	struct batch *first, **end; /* gathered behind it */
};

struct screens {
	struct ev_loop *loop;
	struct bus *bus;
	screens_done *done;
	ev_prepare prepare;
	struct line *buckets[BUCKETS];
	struct line *ready;
	struct batch *spare;
};

static void batch_answer(struct screens *screens, struct batch *batch, bool written)
{
	for (size_t i = 0; i < batch->count; i++)
		screens->done(written, batch->contexts[i]);
	batch->count = 0;
	batch->next = screens->spare;
	screens->spare = batch;
}

static void batch_free(struct batch *batch)
{
	bus_args_finish(&batch->args);
	free(batch->contexts);
	free(batch);
}

static void line_fail(struct line *line)
{
	while (line->first) {
		struct batch *batch = line->first;
		line->first = batch->next;
		batch->args.count = 0;
		batch->args.length = 0;
		batch_answer(line->screens, batch, false);
	}
	line->end = &line->first;
}

static unsigned bucket_of(struct span agent, struct span source)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < agent.length; i++)
		hash = (hash ^ agent.at[i]) * 16777619u;
	for (size_t i = 0; i < source.length; i++)
		hash = (hash ^ source.at[i]) * 16777619u;
	return hash % BUCKETS;
}

static void line_free(struct line *line)
{
	struct line **at =
		&line->screens->buckets[bucket_of(span_text(line->agent), span_text(line->source))];

	while (*at != line)
		at = &(*at)->next;
	*at = line->next;
	free(line);
}

static void on_pushed(struct bus *bus, const struct bus_reply *reply, void *context);

static void line_send(struct line *line)
{
	line->sent = line->first;
	line->first = line->sent->next;
	if (!line->first)
		line->end = &line->first;
	bus_args_send(&line->sent->args, line->screens->bus, on_pushed, line);
}

static void on_pushed(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct line *line = context;
	struct batch *batch = line->sent;
	bool written = bus_reply_type(reply) == BUS_INTEGER;

	(void)bus;
	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "push_failed", "agent=%s error=%s", line->agent,
			  (const char *)bus_reply_span(reply).at);
	line->sent = NULL;
	batch_answer(line->screens, batch, written);
	if (!written)
		line_fail(line);
	if (line->first)
		line_send(line);
	else if (!line->ready)
		line_free(line);
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
		if (line->first && !line->sent)
			line_send(line);
		else if (!line->first && !line->sent)
			line_free(line);
	}
}

struct screens *screens_create(struct ev_loop *loop, struct bus *bus, screens_done *done)
{
	struct screens *screens = memory_array(1, sizeof(*screens));

	screens->loop = loop;
	screens->bus = bus;
	screens->done = done;
	ev_prepare_init(&screens->prepare, on_prepare);
	screens->prepare.data = screens;
	ev_prepare_start(loop, &screens->prepare);
	return screens;
}

void screens_destroy(struct screens **pointer)
{
	struct screens *screens = *pointer;

	if (!screens)
		return;
	*pointer = NULL;
	ev_prepare_stop(screens->loop, &screens->prepare);
	for (unsigned i = 0; i < BUCKETS; i++) {
		for (struct line *line = screens->buckets[i], *next; line; line = next) {
			next = line->next;
			line_fail(line);
			free(line);
		}
	}
	while (screens->spare) {
		struct batch *batch = screens->spare;
		screens->spare = batch->next;
		batch_free(batch);
	}
	free(screens);
}

static bool same(const char *text, struct span span)
{
	return strlen(text) == span.length && memcmp(text, span.at, span.length) == 0;
}

static void copy(char *out, struct span span)
{
	memcpy(out, span.at, span.length);
	out[span.length] = '\0';
}

static struct line *line_for(struct screens *screens, const struct screens_frame *frame)
{
	struct line **bucket = &screens->buckets[bucket_of(frame->agent, frame->source)];
	struct line *line = *bucket;

	while (line && !(same(line->agent, frame->agent) && same(line->source, frame->source)))
		line = line->next;
	if (line)
		return line;
	line = memory_array(1, sizeof(*line));
	line->screens = screens;
	line->end = &line->first;
	copy(line->agent, frame->agent);
	copy(line->source, frame->source);
	line->next = *bucket;
	*bucket = line;
	return line;
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
	bus_args_call(&batch->args, "push", key_agent_tag(line->agent, key));
	bus_args_text(&batch->args, line->source);
	return batch;
}

/* The batch for a frame: an event is never parted, for its second half would be taken as known. */
static struct batch *batch_for(struct line *line, struct span id)
{
	struct batch *last = NULL;

	for (struct batch *batch = line->first; batch; batch = batch->next)
		last = batch;
	if (last && (last->count < BATCH_FRAMES || same(last->last_id, id)))
		return last;
	struct batch *batch = batch_create(line);
	*line->end = batch;
	line->end = &batch->next;
	return batch;
}

void screens_push(struct screens *screens, const struct screens_frame *frame, void *context)
{
	if (frame->agent.length > DESK_AGENT_MAX || frame->source.length >= SOURCE_MAX ||
	    frame->id.length >= ID_MAX) {
		free(frame->frame);
		screens->done(true, context); /* nobody has such a name */
		return;
	}
	struct line *line = line_for(screens, frame);
	struct batch *batch = batch_for(line, frame->id);
	if (batch->count == batch->capacity) {
		batch->capacity = batch->capacity ? batch->capacity * 2 : 16;
		batch->contexts = memory_resize(batch->contexts, batch->capacity, sizeof(void *));
	}
	bus_args_span(&batch->args, frame->id);
	bus_args_text(&batch->args, frame->frame);
	free(frame->frame);
	copy(batch->last_id, frame->id);
	batch->contexts[batch->count++] = context;
	if (!line->ready && !line->sent) {
		line->ready = true;
		line->next_ready = screens->ready;
		screens->ready = line;
	}
}
