#include "router/compliance/seen.h"

#include <stdlib.h>

#include "config/memory.h"

#define ROOM_LEAST 1024

static uint64_t slot_of(const struct seen *seen, uint64_t value)
{
	uint64_t at = value * 0x9E3779B97F4A7C15u % seen->room;

	while (seen->slots[at] && seen->slots[at] != value)
		at = (at + 1) % seen->room;
	return at;
}

static void grow(struct seen *seen)
{
	uint64_t *before = seen->slots;
	uint64_t had = seen->room;

	seen->room = had ? had * 2 : ROOM_LEAST;
	seen->slots = memory_array(seen->room, sizeof(*seen->slots));
	for (uint64_t i = 0; i < had; i++) {
		if (before[i])
			seen->slots[slot_of(seen, before[i])] = before[i];
	}
	free(before);
}

bool seen_add(struct seen *seen, const char *number)
{
	uint64_t value = strtoull(number + 1, NULL, 10);

	if (seen->count * 2 >= seen->room)
		grow(seen);
	uint64_t at = slot_of(seen, value);
	if (seen->slots[at])
		return true;
	seen->slots[at] = value;
	seen->count++;
	return false;
}

void seen_finish(struct seen *seen)
{
	free(seen->slots);
	*seen = (struct seen){0};
}
