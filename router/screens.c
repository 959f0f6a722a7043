#include "router/screens.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"
#include "router/door/desk.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024
#define BATCH_MAX 256 /* frames in one call */
#define SOURCE_MAX 32

struct batch {
	struct screens *screens;
	struct batch *next; /* of its bucket */
	char agent[DESK_AGENT_MAX + 1];
	char source[SOURCE_MAX];
	struct bus_args args;
	size_t count;
	void *contexts[BATCH_MAX];
};

struct screens {
	struct ev_loop *loop;
	struct bus *bus;
	screens_done *done;
	ev_prepare prepare;
	struct batch *buckets[BUCKETS];
	unsigned used[BUCKETS]; /* buckets that hold something */
	unsigned used_count;
	struct batch *spare;
};

static void on_pushed(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct batch *batch = context;
	struct screens *screens = batch->screens;
	bool written = bus_reply_type(reply) == BUS_INTEGER;

	(void)bus;
	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "push_failed", "agent=%s error=%s", batch->agent,
			  (const char *)bus_reply_span(reply).at);
	for (size_t i = 0; i < batch->count; i++)
		screens->done(written, batch->contexts[i]);
	batch->count = 0;
	batch->next = screens->spare;
	screens->spare = batch;
}

static void send_batch(struct batch *batch)
{
	bus_args_send(&batch->args, batch->screens->bus, on_pushed, batch);
}

static void flush(struct screens *screens)
{
	for (unsigned i = 0; i < screens->used_count; i++) {
		struct batch *batch = screens->buckets[screens->used[i]];
		screens->buckets[screens->used[i]] = NULL;
		while (batch) {
			struct batch *next = batch->next;
			send_batch(batch);
			batch = next;
		}
	}
	screens->used_count = 0;
}

static void on_prepare(struct ev_loop *loop, ev_prepare *prepare, int revents)
{
	(void)loop;
	(void)revents;
	flush(prepare->data);
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

static void batch_free(struct batch *batch)
{
	bus_args_finish(&batch->args);
	free(batch);
}

void screens_destroy(struct screens **pointer)
{
	struct screens *screens = *pointer;

	if (!screens)
		return;
	*pointer = NULL;
	ev_prepare_stop(screens->loop, &screens->prepare);
	for (unsigned i = 0; i < BUCKETS; i++) {
		while (screens->buckets[i]) {
			struct batch *batch = screens->buckets[i];
			screens->buckets[i] = batch->next;
			for (size_t j = 0; j < batch->count; j++)
				screens->done(false, batch->contexts[j]);
			batch_free(batch);
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

static unsigned bucket_of(const struct screens_frame *frame)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < frame->agent.length; i++)
		hash = (hash ^ frame->agent.at[i]) * 16777619u;
	for (size_t i = 0; i < frame->source.length; i++)
		hash = (hash ^ frame->source.at[i]) * 16777619u;
	return hash % BUCKETS;
}

static struct batch *batch_create(struct screens *screens, const struct screens_frame *frame)
{
	struct batch *batch = screens->spare;
	char key[KEY_MAX];

	if (batch) {
		screens->spare = batch->next;
	} else {
		batch = memory_array(1, sizeof(*batch));
		batch->screens = screens;
		bus_args_init(&batch->args);
	}
	copy(batch->agent, frame->agent);
	copy(batch->source, frame->source);
	bus_args_call(&batch->args, "push", key_agent_tag(batch->agent, key));
	bus_args_span(&batch->args, frame->source);
	return batch;
}

static struct batch *batch_for(struct screens *screens, const struct screens_frame *frame)
{
	unsigned bucket = bucket_of(frame);
	struct batch *batch = screens->buckets[bucket];

	while (batch && !(same(batch->agent, frame->agent) && same(batch->source, frame->source)))
		batch = batch->next;
	if (batch)
		return batch;
	if (!screens->buckets[bucket])
		screens->used[screens->used_count++] = bucket;
	batch = batch_create(screens, frame);
	batch->next = screens->buckets[bucket];
	screens->buckets[bucket] = batch;
	return batch;
}

void screens_push(struct screens *screens, const struct screens_frame *frame, void *context)
{
	if (frame->agent.length > DESK_AGENT_MAX || frame->source.length >= SOURCE_MAX) {
		free(frame->frame);
		screens->done(true, context); /* nobody has such a name */
		return;
	}
	struct batch *batch = batch_for(screens, frame);
	bus_args_span(&batch->args, frame->id);
	bus_args_text(&batch->args, frame->frame);
	free(frame->frame);
	batch->contexts[batch->count++] = context;
	if (batch->count == BATCH_MAX)
		flush(screens);
}
