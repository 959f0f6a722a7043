#include "smpp/window.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * One pool of slots, twice the capacity: as many in flight as late. Each slot stands in one of
 * three lists (free, flight, late; order of sending) and, unless free, in a chained hash by its
 * sequence. Links are indices, NONE ends a list.
 */

#define NONE UINT16_MAX

enum list_name { LIST_FREE, LIST_FLIGHT, LIST_LATE, LIST_COUNT };

struct slot {
	struct window_slot value;
	uint16_t next, previous; /* of its list */
	uint16_t chain;		 /* of its hash bucket */
	uint8_t list;
};

struct list {
	uint16_t first, last;
	unsigned count;
};

struct window {
	unsigned capacity;
	uint32_t next_sequence;
	uint32_t bucket_mask;
	uint16_t *buckets;
	struct slot *slots;
	struct list lists[LIST_COUNT];
	struct window_counters counters;
};

static void list_append(struct window *window, enum list_name name, uint16_t index)
{
	struct list *list = &window->lists[name];
	struct slot *slot = &window->slots[index];

	slot->list = (uint8_t)name;
	slot->next = NONE;
	slot->previous = list->last;
	if (list->last == NONE)
		list->first = index;
	else
		window->slots[list->last].next = index;
	list->last = index;
	list->count++;
}

static void list_remove(struct window *window, uint16_t index)
{
	struct slot *slot = &window->slots[index];
	struct list *list = &window->lists[slot->list];

	if (slot->previous == NONE)
		list->first = slot->next;
	else
		window->slots[slot->previous].next = slot->next;
	if (slot->next == NONE)
		list->last = slot->previous;
	else
		window->slots[slot->next].previous = slot->previous;
	list->count--;
}

static uint16_t *bucket_of(const struct window *window, uint32_t sequence)
{
	return &window->buckets[sequence & window->bucket_mask];
}

static uint16_t hash_find(const struct window *window, uint32_t sequence)
{
	uint16_t index = *bucket_of(window, sequence);

	while (index != NONE && window->slots[index].value.sequence != sequence)
		index = window->slots[index].chain;
	return index;
}

static void hash_remove(struct window *window, uint16_t index)
{
	uint16_t *link = bucket_of(window, window->slots[index].value.sequence);

	while (*link != index) {
		assert(*link != NONE);
		link = &window->slots[*link].chain;
	}
	*link = window->slots[index].chain;
}

static void slot_free(struct window *window, uint16_t index)
{
	hash_remove(window, index);
	list_remove(window, index);
	list_append(window, LIST_FREE, index);
}

static uint32_t sequence_after(uint32_t sequence)
{
	return sequence >= WINDOW_SEQUENCE_MAX ? 1 : sequence + 1;
}

struct window *window_create(unsigned capacity, uint32_t first_sequence)
{
	if (capacity < 1)
		capacity = 1;
	if (capacity > WINDOW_CAPACITY_MAX)
		capacity = WINDOW_CAPACITY_MAX;
	unsigned slots = capacity * 2;
	uint32_t buckets = 4;
	while (buckets < slots)
		buckets *= 2;

	struct window *window = calloc(1, sizeof(*window));
	if (!window)
		return NULL;
	window->slots = calloc(slots, sizeof(*window->slots));
	window->buckets = malloc(buckets * sizeof(*window->buckets));
	if (!window->slots || !window->buckets) {
		window_destroy(&window);
		return NULL;
	}
	window->capacity = capacity;
	window->bucket_mask = buckets - 1;
	window->next_sequence = first_sequence;
	if (first_sequence < 1 || first_sequence > WINDOW_SEQUENCE_MAX)
		window->next_sequence = 1;
	memset(window->buckets, 0xFF, buckets * sizeof(*window->buckets));
	for (unsigned i = 0; i < LIST_COUNT; i++)
		window->lists[i] = (struct list){NONE, NONE, 0};
	for (unsigned i = 0; i < slots; i++)
		list_append(window, LIST_FREE, (uint16_t)i);
	return window;
}

void window_destroy(struct window **window)
{
	if (!*window)
		return;
	free((*window)->slots);
	free((*window)->buckets);
	free(*window);
	*window = NULL;
}

static void slot_copy(struct window *window, enum list_name name, const struct window_slot *value)
{
	uint16_t index = window->lists[LIST_FREE].first;
	uint16_t *bucket = bucket_of(window, value->sequence);

	window->slots[index].value = *value;
	list_remove(window, index);
	list_append(window, name, index);
	window->slots[index].chain = *bucket;
	*bucket = index;
}

int window_grow(struct window **window, unsigned capacity)
{
	struct window *old = *window, *grown;

	if (capacity <= old->capacity)
		return 0;
	grown = window_create(capacity, old->next_sequence);
	if (!grown)
		return -ENOMEM;
	grown->counters = old->counters;
	for (unsigned name = LIST_FLIGHT; name < LIST_COUNT; name++) {
		for (uint16_t i = old->lists[name].first; i != NONE; i = old->slots[i].next)
			slot_copy(grown, (enum list_name)name, &old->slots[i].value);
	}
	window_destroy(window);
	*window = grown;
	return 0;
}

uint32_t window_sequence(struct window *window)
{
	uint32_t sequence = window->next_sequence;

	/* At most 2 * capacity numbers are taken, so this ends soon. */
	while (hash_find(window, sequence) != NONE)
		sequence = sequence_after(sequence);
	window->next_sequence = sequence_after(sequence);
	return sequence;
}

int window_open(struct window *window, uint64_t user, uint64_t now_ms, uint32_t *sequence)
{
	if (window->lists[LIST_FLIGHT].count >= window->capacity)
		return -EAGAIN;
	uint16_t index = window->lists[LIST_FREE].first;
	assert(index != NONE);
	struct slot *slot = &window->slots[index];

	slot->value.sequence = window_sequence(window);
	slot->value.user = user;
	slot->value.sent_ms = now_ms;
	list_remove(window, index);
	list_append(window, LIST_FLIGHT, index);
	uint16_t *bucket = bucket_of(window, slot->value.sequence);
	slot->chain = *bucket;
	*bucket = index;
	window->counters.opened++;
	*sequence = slot->value.sequence;
	return 0;
}

bool window_peek(const struct window *window, uint32_t sequence, uint64_t *user)
{
	uint16_t index = hash_find(window, sequence);

	if (index == NONE)
		return false;
	*user = window->slots[index].value.user;
	return true;
}

enum window_match window_match(struct window *window, uint32_t sequence, struct window_slot *slot)
{
	uint16_t index = hash_find(window, sequence);

	if (index == NONE) {
		window->counters.unknown++;
		return WINDOW_UNKNOWN;
	}
	bool late = window->slots[index].list == LIST_LATE;
	*slot = window->slots[index].value;
	slot_free(window, index);
	if (late) {
		window->counters.late++;
		return WINDOW_LATE;
	}
	window->counters.matched++;
	return WINDOW_MATCHED;
}

bool window_expire(struct window *window, uint64_t now_ms, uint64_t timeout_ms,
		   struct window_slot *slot)
{
	uint16_t index = window->lists[LIST_FLIGHT].first;

	if (index == NONE || now_ms < timeout_ms)
		return false;
	if (window->slots[index].value.sent_ms > now_ms - timeout_ms)
		return false;
	*slot = window->slots[index].value;
	if (window->lists[LIST_LATE].count >= window->capacity)
		slot_free(window, window->lists[LIST_LATE].first);
	list_remove(window, index);
	list_append(window, LIST_LATE, index);
	window->counters.expired++;
	return true;
}

bool window_drain(struct window *window, struct window_slot *slot)
{
	uint16_t index = window->lists[LIST_FLIGHT].first;

	if (index == NONE)
		return false;
	*slot = window->slots[index].value;
	slot_free(window, index);
	return true;
}

void window_forget_late(struct window *window)
{
	while (window->lists[LIST_LATE].first != NONE)
		slot_free(window, window->lists[LIST_LATE].first);
}

unsigned window_used(const struct window *window)
{
	return window->lists[LIST_FLIGHT].count;
}

unsigned window_room(const struct window *window)
{
	return window->capacity - window->lists[LIST_FLIGHT].count;
}

bool window_oldest(const struct window *window, uint64_t *sent_ms)
{
	uint16_t index = window->lists[LIST_FLIGHT].first;

	if (index == NONE)
		return false;
	*sent_ms = window->slots[index].value.sent_ms;
	return true;
}

struct window_counters window_counters(const struct window *window)
{
	return window->counters;
}
