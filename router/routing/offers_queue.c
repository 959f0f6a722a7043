/* What queues are: of the file from the start, and what is told of while the router runs. */
#include "router/routing/offers_internal.h"

#include "config/memory.h"

#include <stdlib.h>
#include <string.h>

#define TIMEOUT_DEFAULT_MS 30000

/* What is said of a queue of which nobody has told. */
static const struct offers_queue unknown_queue = {.alerting_timeout_ms = TIMEOUT_DEFAULT_MS};

static int compare(struct span name, const char *other)
{
	size_t length = strlen(other), shared = name.length < length ? name.length : length;
	int order = shared ? memcmp(name.at, other, shared) : 0;

	return order ? order : (name.length > length) - (name.length < length);
}

/* Where the name stands, or would. */
static size_t place_of(const struct offers *offers, struct span name, bool *there)
{
	size_t low = 0, high = offers->queue_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(name, offers->queues[middle]->name);
		if (order <= 0)
			high = middle;
		else
			low = middle + 1;
	}
	*there = low < offers->queue_count && compare(name, offers->queues[low]->name) == 0;
	return low;
}

static void queue_free(struct offers_queue *queue)
{
	for (unsigned i = 0; i < queue->facts.ring_count; i++)
		free((char *)queue->facts.rings[i].drops);
	free((char *)queue->name);
	free(queue);
}

static struct offers_queue *queue_copy(const struct offers_queue *queue)
{
	struct offers_queue *copy = memory_array(1, sizeof(*copy));

	*copy = *queue;
	copy->name = memory_text(queue->name);
	for (unsigned i = 0; i < copy->facts.ring_count; i++)
		copy->facts.rings[i].drops = memory_text(queue->facts.rings[i].drops);
	return copy;
}

const struct offers_queue *offers_queue_of(const struct offers *offers, struct span name)
{
	bool there;
	size_t at = place_of(offers, name, &there);

	return there ? offers->queues[at] : &unknown_queue;
}

const char *offers_queue_at(const struct offers *offers, size_t number)
{
	return number < offers->queue_count ? offers->queues[number]->name : NULL;
}

static void insert(struct offers *offers, size_t at, struct offers_queue *queue)
{
	if (offers->queue_count == offers->queue_capacity) {
		offers->queue_capacity = offers->queue_capacity * 2 + 16;
		offers->queues = memory_resize(offers->queues, offers->queue_capacity,
					       sizeof(struct offers_queue *));
	}
	memmove(offers->queues + at + 1, offers->queues + at,
		(offers->queue_count - at) * sizeof(struct offers_queue *));
	offers->queues[at] = queue;
	offers->queue_count++;
}

void offers_put_queue(struct offers *offers, const struct offers_queue *queue)
{
	bool there;
	size_t at = place_of(offers, span_text(queue->name), &there);
	struct offers_queue *copy = queue_copy(queue);

	if (there) {
		queue_free(offers->queues[at]);
		offers->queues[at] = copy;
	} else {
		insert(offers, at, copy);
	}
	if (offers->floor)
		floor_queue(offers->floor, copy->name, &copy->facts);
	if (offers->fresh)
		floor_queue(offers->fresh, copy->name, &copy->facts);
	offers->changed = true;
}

bool offers_drop_queue(struct offers *offers, const char *name)
{
	bool there;
	size_t at = place_of(offers, span_text(name), &there);

	if (!there)
		return false;
	queue_free(offers->queues[at]);
	offers->queue_count--;
	memmove(offers->queues + at, offers->queues + at + 1,
		(offers->queue_count - at) * sizeof(struct offers_queue *));
	offers_reread(offers);
	return true;
}

void offers_queues_finish(struct offers *offers)
{
	for (size_t i = 0; i < offers->queue_count; i++)
		queue_free(offers->queues[i]);
	free(offers->queues);
}
