#include "router/door/backlog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"

#define HEADER_MAX 10
#define TEXT_FRAME 0x81			/* FIN, opcode 1 */
#define KEPT_OCTETS ((size_t)64 * 1024) /* what an empty backlog keeps allocated at most */

void backlog_init(struct backlog *backlog)
{
	*backlog = (struct backlog){0};
}

void backlog_finish(struct backlog *backlog)
{
	free(backlog->bytes);
	*backlog = (struct backlog){0};
}

size_t backlog_length(const struct backlog *backlog)
{
	return backlog->end - backlog->start;
}

static uint8_t *reserve(struct backlog *backlog, size_t more)
{
	size_t length = backlog_length(backlog);

	if (backlog->end + more <= backlog->capacity)
		return backlog->bytes + backlog->end;
	if (backlog->start) {
		memmove(backlog->bytes, backlog->bytes + backlog->start, length);
		backlog->start = 0;
		backlog->end = length;
	}
	if (length + more > backlog->capacity) {
		size_t capacity = backlog->capacity ? backlog->capacity : 1024;
		while (capacity < length + more)
			capacity *= 2;
		backlog->bytes = memory_resize(backlog->bytes, capacity, 1);
		backlog->capacity = capacity;
	}
	return backlog->bytes + backlog->end;
}

static size_t put_header(uint8_t *out, size_t length)
{
	out[0] = TEXT_FRAME;
	if (length < 126) {
		out[1] = (uint8_t)length;
		return 2;
	}
	unsigned octets = length < 65536 ? 2 : 8;
	out[1] = octets == 2 ? 126 : 127;
	for (unsigned i = 0; i < octets; i++)
		out[2 + i] = (uint8_t)((uint64_t)length >> (8 * (octets - 1 - i)));
	return 2 + octets;
}

int backlog_add(struct backlog *backlog, const struct span *parts, size_t count, size_t most)
{
	size_t length = 0;

	for (size_t i = 0; i < count; i++)
		length += parts[i].length;
	if (backlog_length(backlog) + length + HEADER_MAX > most)
		return -ENOBUFS;
	uint8_t *out = reserve(backlog, length + HEADER_MAX);
	out += put_header(out, length);
	for (size_t i = 0; i < count; i++) {
		if (parts[i].length)
			memcpy(out, parts[i].at, parts[i].length);
		out += parts[i].length;
	}
	backlog->end = (size_t)(out - backlog->bytes);
	return 0;
}

/* Octets of the frame at `at`, with its header. */
static size_t frame_length(const uint8_t *at)
{
	uint64_t length = at[1];
	unsigned octets = 0;

	if (length >= 126) {
		octets = length == 126 ? 2 : 8;
		length = 0;
		for (unsigned i = 0; i < octets; i++)
			length = length << 8 | at[2 + i];
	}
	return 2 + octets + (size_t)length;
}

struct span backlog_first(const struct backlog *backlog, size_t most)
{
	size_t taken = 0;

	while (backlog->start + taken < backlog->end) {
		size_t next = frame_length(backlog->bytes + backlog->start + taken);
		if (taken && taken + next > most)
			break;
		taken += next;
	}
	return (struct span){taken ? backlog->bytes + backlog->start : NULL, taken};
}

void backlog_drop(struct backlog *backlog, size_t length)
{
	backlog->start += length;
	if (backlog->start < backlog->end)
		return;
	backlog->start = backlog->end = 0;
	if (backlog->capacity > KEPT_OCTETS)
		backlog_finish(backlog);
}
