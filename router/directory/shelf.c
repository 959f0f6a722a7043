#include "router/directory/shelf.h"

#include <stdlib.h>
#include <string.h>

#include "config/memory.h"

#define SLOTS_LEAST 64

static size_t hash(struct span id)
{
	uint64_t value = 0xcbf29ce484222325u;

	for (size_t i = 0; i < id.length; i++)
		value = (value ^ id.at[i]) * 0x100000001b3u;
	return (size_t)(value ^ (value >> 32));
}

static struct span id_of(const struct directory_entity *entity)
{
	return span_text(entity->id);
}

static bool is(const struct directory_entity *entity, struct span id)
{
	struct span own = id_of(entity);

	return own.length == id.length && memcmp(own.at, id.at, id.length) == 0;
}

/* The slot of that id, or the empty one where it belongs. There are always empty ones. */
static size_t slot_of(const struct shelf *shelf, struct span id)
{
	size_t mask = shelf->slots_count - 1;
	size_t slot = hash(id) & mask;

	while (shelf->slots[slot] && !is(shelf->entities[shelf->slots[slot] - 1], id))
		slot = (slot + 1) & mask;
	return slot;
}

static void index_all(struct shelf *shelf)
{
	memset(shelf->slots, 0, shelf->slots_count * sizeof(*shelf->slots));
	for (size_t i = 0; i < shelf->count; i++)
		shelf->slots[slot_of(shelf, id_of(shelf->entities[i]))] = i + 1;
}

static void grow(struct shelf *shelf)
{
	if (shelf->count == shelf->capacity) {
		shelf->capacity = shelf->capacity ? shelf->capacity * 2 : SLOTS_LEAST / 2;
		shelf->entities = memory_resize(shelf->entities, shelf->capacity,
						sizeof(struct directory_entity *));
	}
	if (shelf->slots_count >= shelf->capacity * 2)
		return;
	free(shelf->slots);
	shelf->slots_count = shelf->capacity * 2;
	shelf->slots = memory_array(shelf->slots_count, sizeof(*shelf->slots));
	index_all(shelf);
}

void shelf_finish(struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->count; i++)
		directory_entity_destroy(&shelf->entities[i]);
	free(shelf->entities);
	free(shelf->slots);
	*shelf = (struct shelf){0};
}

void shelf_put(struct shelf *shelf, struct directory_entity *entity)
{
	grow(shelf);
	size_t slot = slot_of(shelf, id_of(entity));
	if (shelf->slots[slot]) {
		size_t at = shelf->slots[slot] - 1;
		directory_entity_destroy(&shelf->entities[at]);
		shelf->entities[at] = entity;
		return;
	}
	shelf->entities[shelf->count++] = entity;
	shelf->slots[slot] = shelf->count;
}

/* What stands behind the slot in one row may belong into it; it is put in again. */
static void close_gap(struct shelf *shelf, size_t slot)
{
	size_t mask = shelf->slots_count - 1;

	shelf->slots[slot] = 0;
	for (size_t i = (slot + 1) & mask; shelf->slots[i]; i = (i + 1) & mask) {
		size_t number = shelf->slots[i];
		shelf->slots[i] = 0;
		shelf->slots[slot_of(shelf, id_of(shelf->entities[number - 1]))] = number;
	}
}

bool shelf_drop(struct shelf *shelf, struct span id)
{
	size_t slot = shelf->count ? slot_of(shelf, id) : 0;

	if (!shelf->count || !shelf->slots[slot])
		return false;
	size_t at = shelf->slots[slot] - 1;
	close_gap(shelf, slot);
	directory_entity_destroy(&shelf->entities[at]);
	shelf->count--;
	if (at == shelf->count)
		return true;
	/* The last one takes its place. */
	struct span last = id_of(shelf->entities[shelf->count]);
	size_t moved = slot_of(shelf, last);
	shelf->entities[at] = shelf->entities[shelf->count];
	shelf->slots[moved] = at + 1;
	return true;
}

const struct directory_entity *shelf_find(const struct shelf *shelf, struct span id)
{
	if (!shelf->count)
		return NULL;
	size_t slot = slot_of(shelf, id);
	return shelf->slots[slot] ? shelf->entities[shelf->slots[slot] - 1] : NULL;
}
