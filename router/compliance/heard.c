#include "router/compliance/heard.h"

#include <string.h>

#include "config/memory.h"

#define LENGTH_OCTETS 4

uint8_t *heard_join(const struct span *records, size_t count, size_t *length)
{
	size_t total = 1, at = 1;

	*length = records[0].length;
	if (count == 1)
		return memory_copy(records[0].at, records[0].length);
	for (size_t i = 0; i < count; i++)
		total += LENGTH_OCTETS + records[i].length;
	uint8_t *out = memory_array(total, 1);
	out[0] = HEARD_PARTS;
	for (size_t i = 0; i < count; i++) {
		for (int shift = 24; shift >= 0; shift -= 8)
			out[at++] = (uint8_t)(records[i].length >> shift);
		memcpy(out + at, records[i].at, records[i].length);
		at += records[i].length;
	}
	*length = total;
	return out;
}

bool heard_next(struct span evidence, size_t *at, struct span *record)
{
	size_t length = 0;

	if (evidence.length == 0 || *at >= evidence.length)
		return false;
	if (evidence.at[0] != HEARD_PARTS) {
		*record = evidence;
		*at = evidence.length;
		return true;
	}
	size_t from = *at ? *at : 1;
	if (evidence.length - from < LENGTH_OCTETS)
		return false;
	for (size_t i = 0; i < LENGTH_OCTETS; i++)
		length = length << 8 | evidence.at[from + i];
	from += LENGTH_OCTETS;
	if (length == 0 || length > evidence.length - from)
		return false;
	*record = (struct span){evidence.at + from, length};
	*at = from + length;
	return true;
}
