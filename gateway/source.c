#include "gateway/source.h"

#include <stdlib.h>
#include <string.h>

#include "config/memory.h"

#define SOURCE_JUMPS 8 /* one of so many turns goes by the order of partitions */

static int source_order(const void *a, const void *b)
{
	const struct source *one = a, *other = b;

	return strcmp(one->address, other->address);
}

void sources_init(struct sources *sources, const struct settings *settings, uint64_t now_ms)
{
	sources->count = settings->numbers_count;
	sources->list = memory_array(sources->count, sizeof(*sources->list));
	for (size_t i = 0; i < sources->count; i++) {
		const struct settings_number *number = &settings->numbers[i];
		sources->list[i].address = memory_text(number->address);
		sources->list[i].submits = 1;
		throttle_init(&sources->list[i].throttle, number->throughput,
			      number->throughput_burst, now_ms);
	}
	qsort(sources->list, sources->count, sizeof(*sources->list), source_order);
}

static void keep_backlogs(struct source *source, struct source *before)
{
	source->backlogs = before->backlogs;
	source->free_to_go = before->free_to_go;
	source->urgent = before->urgent;
	source->submits = before->submits;
	before->backlogs = NULL;
}

void sources_change(struct sources *sources, const struct settings *settings, uint64_t now_ms)
{
	struct sources old = *sources;

	sources_init(sources, settings, now_ms);
	for (size_t i = 0; i < sources->count; i++) {
		struct throttle *throttle = &sources->list[i].throttle;
		const struct throttle wanted = *throttle;
		struct source *before = sources_find(&old, span_text(sources->list[i].address));
		if (!before)
			continue;
		*throttle = before->throttle;
		throttle_change(throttle, wanted.rate, wanted.burst, now_ms);
		keep_backlogs(&sources->list[i], before);
	}
	sources_finish(&old);
}

void sources_finish(struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		free(sources->list[i].address);
		free(sources->list[i].backlogs);
	}
	free(sources->list);
	*sources = (struct sources){NULL, 0};
}

/* Below 0, 0 or above it, as strcmp() has it. */
static int compare(struct span address, const char *with)
{
	size_t length = strlen(with);
	size_t shared = address.length < length ? address.length : length;
	int order = shared ? memcmp(address.at, with, shared) : 0;

	if (order)
		return order;
	return address.length == length ? 0 : address.length < length ? -1 : 1;
}

struct source *sources_find(const struct sources *sources, struct span address)
{
	size_t low = 0, high = sources->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(address, sources->list[middle].address);
		if (order == 0)
			return &sources->list[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static void begin_pass(struct source *source, uint64_t pass)
{
	if (source->pass == pass)
		return;
	source->pass = pass;
	source->waiting = source->granted = 0;
}

void source_note(struct source *source, uint64_t pass, unsigned segments)
{
	begin_pass(source, pass);
	source->waiting += segments;
}

/* Adds what waits there to the sums, or takes it out of them. */
static void count(struct source *source, const struct source_backlog *backlog, bool in)
{
	if (backlog->stuck)
		return;
	source->free_to_go += in ? backlog->left : -(uint64_t)backlog->left;
	source->urgent += in ? backlog->urgent : -(unsigned)backlog->urgent;
}

void source_learn(struct source *source, unsigned partitions, unsigned partition,
		  struct source_backlog backlog)
{
	if (!source->backlogs)
		source->backlogs = memory_array(partitions, sizeof(*source->backlogs));
	count(source, &source->backlogs[partition], false);
	source->backlogs[partition] = backlog;
	count(source, &backlog, true);
}

void source_stir(struct source *source, unsigned partition)
{
	struct source_backlog *backlog = source->backlogs ? &source->backlogs[partition] : NULL;

	if (!backlog || !backlog->stuck)
		return;
	backlog->stuck = false;
	count(source, backlog, true);
}

/* So many segments make a take worth while: what comes in a hundredth of a second, but well before
 * the bucket is full. */
static uint64_t batch_of(const struct source *source)
{
	uint64_t batch = source->throttle.rate / 100;
	uint64_t most = source->throttle.burst / 4;
	uint64_t left = source->free_to_go * source->submits;

	batch = batch < most ? batch : most;
	batch = batch < left ? batch : left;
	return batch ? batch : 1;
}

unsigned source_allowance(struct source *source, uint64_t pass, uint64_t now_ms, uint64_t *due_ms)
{
	uint32_t room = throttle_room(&source->throttle, now_ms);
	uint64_t used, wanted;

	begin_pass(source, pass);
	used = (uint64_t)source->waiting + source->promised;
	wanted = used + batch_of(source);
	*due_ms = UINT64_MAX;
	if (room >= wanted)
		return room - (unsigned)used < source->submits
			       ? 1
			       : (room - (unsigned)used) / source->submits;
	if (wanted <= source->throttle.burst)
		*due_ms = throttle_until_ms(&source->throttle, (uint32_t)wanted, now_ms);
	return 0;
}

/* The first behind the cursor that fits, of those with something interactive, or of the others. */
static int find_next(const struct source *source, unsigned partitions, bool urgent,
		     const struct source_fits *fits)
{
	for (unsigned i = 0; i < partitions; i++) {
		unsigned partition = (source->cursor + i) % partitions;
		const struct source_backlog *backlog = &source->backlogs[partition];
		if (backlog->left > 0 && !backlog->stuck && backlog->urgent == urgent &&
		    fits->ask(fits->context, partition))
			return (int)partition;
	}
	return -1;
}

int source_next(struct source *source, unsigned partitions, const struct source_fits *fits)
{
	bool urgent = source->urgent > 0 && source->jumped + 1 < SOURCE_JUMPS;
	int partition;

	if (!source->backlogs)
		return -1;
	partition = find_next(source, partitions, urgent, fits);
	if (partition < 0) {
		urgent = !urgent;
		partition = find_next(source, partitions, urgent, fits);
	}
	if (partition < 0)
		return -1;
	source->jumped = urgent ? source->jumped + 1 : 0;
	source->cursor = ((unsigned)partition + 1) % partitions;
	return partition;
}
