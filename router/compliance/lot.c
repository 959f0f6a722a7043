#include "router/compliance/lot.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/memory.h"
#include "router/bus/key.h"
#include "router/compliance/suppression.h"

bool lot_add(struct lot *lot, struct seal *seal, const char *number)
{
	struct span span = {(const uint8_t *)number, strlen(number)};
	struct suppression_place place;
	char who[MERKLE_HEX];

	assert(lot->count < LOT_ROWS);
	if (!suppression_place(number, &place))
		return false;
	lot->length += (size_t)snprintf(lot->places + lot->length, LOT_PLACE_ROOM + 1,
					"%u %" PRIu64 "\n", place.bucket, place.field);
	memcpy(lot->whos + lot->count * (MERKLE_HEX - 1), seal_number(seal, span, who),
	       MERKLE_HEX - 1);
	lot->count++;
	return true;
}

void lot_call(const struct lot *lot, const struct lot_order *order, unsigned partition,
	      uint64_t now_ms, struct bus_args *args)
{
	uint8_t hash[MERKLE_HASH];
	char tag[KEY_MAX], list[MERKLE_HEX];

	merkle_hash((struct span){(const uint8_t *)lot->whos, lot->count * (MERKLE_HEX - 1)}, hash);
	bus_args_call(args, "bulk_add", key_tag(partition, tag));
	bus_args_field_text(args, "batch", order->batch);
	bus_args_field_text(args, "scope", order->scope);
	bus_args_field_text(args, "source", order->source);
	bus_args_field_text(args, "by", order->by);
	bus_args_field_text(args, "reason", order->reason);
	bus_args_field_integer(args, "now", (int64_t)now_ms);
	bus_args_field_text(args, "file", order->file);
	bus_args_field_text(args, "list", merkle_hex(hash, list));
	bus_args_field_text(args, "dry", order->dry ? "1" : "");
	bus_args_field(args, "rows", (struct span){(const uint8_t *)lot->places, lot->length});
}

const char *lot_outcome(char digit)
{
	return digit == '1' ? "added" : digit == '2' ? "also" : "repeated";
}

static bool is_new(const char *batch, const char *scope, char **batches)
{
	size_t had = strlen(*batches), size = strlen(batch) + strlen(scope) + sizeof("\n \n");
	char *all = memory_resize(*batches, had + size, 1), *line = all + had;

	snprintf(line, size, "\n%s %s\n", batch, scope);
	*batches = all;
	if (strstr(all, line) == line)
		return true;
	*line = '\0';
	return false;
}

bool lot_read(char *row, char **batches, struct lot_told *out_r)
{
	char *fields[6];
	size_t count = 0;

	for (char *at = row; at && count < 6; count++) {
		fields[count] = at;
		at = count < 5 ? strchr(at, '\t') : NULL;
		if (at)
			*at++ = '\0';
	}
	if (count < 6 || !is_new(fields[2], fields[0], batches))
		return false;
	*out_r =
		(struct lot_told){fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]};
	return true;
}
