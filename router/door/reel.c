#include "router/door/reel.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_id(char out[WIRE_ID_MAX + 1], uint64_t ms, uint64_t number)
{
	snprintf(out, WIRE_ID_MAX + 1, "%" PRIu64 "-%" PRIu64, ms, number);
}

/* Of what wire_is_id() holds for. */
static void read_id(const char *id, uint64_t *ms, uint64_t *number)
{
	char *hyphen;

	*ms = strtoull(id, &hyphen, 10);
	*number = strtoull(hyphen + 1, NULL, 10);
}

bool reel_next(const char *newest, char out[WIRE_ID_MAX + 1])
{
	uint64_t ms, number;

	if (!wire_is_id(span_text(newest)))
		return false;
	read_id(newest, &ms, &number);
	if (number > UINT64_MAX - REEL_STRIDE)
		return false;
	put_id(out, ms, (number / REEL_STRIDE + 1) * REEL_STRIDE);
	return true;
}

void reel_frame(struct span entry, size_t i, size_t count, char out[WIRE_ID_MAX + 1])
{
	size_t length = entry.length < WIRE_ID_MAX ? entry.length : WIRE_ID_MAX;
	uint64_t ms, number;

	if (length)
		memcpy(out, entry.at, length);
	out[length] = '\0';
	if (i + 1 >= count || !wire_is_id(entry))
		return;
	read_id(out, &ms, &number);
	if (number >= count)
		put_id(out, ms, number - count + 1 + i);
}
