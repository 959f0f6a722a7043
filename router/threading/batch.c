#include "router/threading/batch.h"

#include "config/memory.h"
#include "router/threading/job.h"

#include <ev.h>
#include <stdlib.h>

/* The jobs whose steps are in one call, in its order. */
struct steps {
	struct slot *slot;
	size_t count;
	struct job *jobs[BATCH_STEPS_MAX];
	const struct batch_brief *briefs[BATCH_STEPS_MAX]; /* NULL: every field by its name */
};

struct slot {
	struct batch *batch;
	unsigned number;
	unsigned under_way;	/* calls */
	struct steps *waiting;	/* NULL when there are none */
	struct bus_args values; /* theirs, `width` each */
};

struct batch {
	struct threading *threading;
	struct batch_setup setup;
	struct slot *slots;
	struct bus_args call; /* being put together */
	ev_prepare prepare;   /* before the loop waits, what came in this turn is sent */
};

static void on_told(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct steps *steps = context;
	const struct batch_setup *setup = &steps->slot->batch->setup;
	bool each = bus_reply_type(reply) == BUS_ARRAY && bus_reply_count(reply) == steps->count;

	(void)bus;
	steps->slot->under_way--;
	if (steps->slot->waiting)
		ev_prepare_start(steps->slot->batch->threading->loop, &steps->slot->batch->prepare);
	for (size_t i = 0; i < steps->count; i++)
		setup->done(steps->jobs[i], each ? bus_reply_at(reply, i) : reply);
	free(steps);
}

/* Marks the fields that any of these steps has anything in, of those that are not brief; the others
 * are not sent. The first is always marked. → how many */
static size_t find_used(const struct slot *slot, bool used[BATCH_WIDTH_MAX])
{
	const struct steps *steps = slot->waiting;
	size_t width = slot->batch->setup.width, count = 1;

	used[0] = true;
	for (size_t i = 1; i < width; i++) {
		for (size_t step = 0; !used[i] && step < steps->count; step++)
			used[i] = !steps->briefs[step] &&
				  bus_args_at(&slot->values, step * width + i).length > 0;
		count += used[i];
	}
	return count;
}

static bool says(struct span value, const char *text)
{
	return value.length ? span_is(value, text) : !*text;
}

static const struct batch_brief *find_brief(const struct batch_setup *setup,
					    const struct span *values)
{
	for (size_t i = 0; i < setup->brief_count; i++) {
		const char *const *is = setup->briefs[i].is;
		size_t same = 0;
		while (same < setup->width && (!is[same] || says(values[same], is[same])))
			same++;
		if (same == setup->width)
			return &setup->briefs[i];
	}
	return NULL;
}

static void put_step(struct slot *slot, size_t step, const bool used[BATCH_WIDTH_MAX])
{
	const struct batch_brief *brief = slot->waiting->briefs[step];
	struct bus_args *call = &slot->batch->call;
	size_t width = slot->batch->setup.width;

	if (brief)
		bus_args_text(call, brief->name);
	for (size_t i = 0; i < width; i++) {
		if (brief ? !brief->is[i] : used[i])
			bus_args_span(call, bus_args_at(&slot->values, step * width + i));
	}
}

static void send(struct slot *slot)
{
	struct batch *batch = slot->batch;
	const struct batch_setup *setup = &batch->setup;
	struct steps *steps = slot->waiting;
	bool used[BATCH_WIDTH_MAX] = {false};
	char key[KEY_MAX];

	bus_args_call(&batch->call, setup->function, setup->tag(slot->number, key));
	if (setup->fenced)
		bus_args_text(&batch->call, inbox_fence(batch->threading->inbox, slot->number));
	bus_args_integer(&batch->call, (int64_t)find_used(slot, used));
	for (size_t i = 0; i < setup->width; i++) {
		if (used[i])
			bus_args_text(&batch->call, setup->names[i]);
	}
	for (size_t step = 0; step < steps->count; step++)
		put_step(slot, step, used);
	bus_args_clear(&slot->values);
	slot->waiting = NULL;
	slot->under_way++;
	bus_args_send(&batch->call, batch->threading->bus, on_told, steps);
}

static void on_prepare(struct ev_loop *loop, ev_prepare *prepare, int revents)
{
	struct batch *batch = prepare->data;

	(void)revents;
	ev_prepare_stop(loop, prepare);
	for (unsigned i = 0; i < batch->threading->settings.partitions; i++) {
		struct slot *slot = &batch->slots[i];
		if (slot->waiting && !slot->under_way)
			send(slot);
	}
}

struct batch *batch_create(struct threading *threading, const struct batch_setup *setup)
{
	struct batch *batch = memory_array(1, sizeof(*batch));

	batch->threading = threading;
	batch->setup = *setup;
	batch->slots = memory_array(threading->settings.partitions, sizeof(*batch->slots));
	for (unsigned i = 0; i < threading->settings.partitions; i++) {
		batch->slots[i].batch = batch;
		batch->slots[i].number = i;
		bus_args_init(&batch->slots[i].values);
	}
	bus_args_init(&batch->call);
	ev_prepare_init(&batch->prepare, on_prepare);
	batch->prepare.data = batch;
	return batch;
}

void batch_clear(struct batch *batch)
{
	for (unsigned i = 0; i < batch->threading->settings.partitions; i++) {
		struct slot *slot = &batch->slots[i];
		for (size_t j = 0; slot->waiting && j < slot->waiting->count; j++)
			job_finish(&slot->waiting->jobs[j]);
		free(slot->waiting);
		slot->waiting = NULL;
		bus_args_finish(&slot->values);
	}
}

void batch_destroy(struct batch **pointer)
{
	struct batch *batch = *pointer;

	if (!batch)
		return;
	*pointer = NULL;
	batch_clear(batch);
	ev_prepare_stop(batch->threading->loop, &batch->prepare);
	bus_args_finish(&batch->call);
	free(batch->slots);
	free(batch);
}

void batch_add(struct batch *batch, unsigned number, struct job *job, const struct span *values)
{
	struct slot *slot = &batch->slots[number];

	if (!slot->waiting) {
		slot->waiting = memory_array(1, sizeof(*slot->waiting));
		slot->waiting->slot = slot;
	}
	for (size_t i = 0; i < batch->setup.width; i++)
		bus_args_span(&slot->values, values[i]);
	slot->waiting->briefs[slot->waiting->count] = find_brief(&batch->setup, values);
	slot->waiting->jobs[slot->waiting->count++] = job;
	if (slot->waiting->count == BATCH_STEPS_MAX)
		send(slot);
	else
		ev_prepare_start(batch->threading->loop, &batch->prepare);
}
