#include "smpp/frame.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "smpp/pdu.h"

#define FRAME_LIMIT_MAX ((size_t)1024 * 1024)

/* The first buffer: most connections never need more between two reads. */
#define FRAME_FIRST_SIZE ((size_t)4 * 1024)

void frame_init(struct frame *frame, size_t limit)
{
	memset(frame, 0, sizeof(*frame));
	if (limit == 0)
		limit = PDU_SIZE_MAX;
	if (limit < PDU_HEADER_SIZE)
		limit = PDU_HEADER_SIZE;
	frame->limit = limit < FRAME_LIMIT_MAX ? limit : FRAME_LIMIT_MAX;
}

void frame_finish(struct frame *frame)
{
	free(frame->buffer);
	memset(frame, 0, sizeof(*frame));
}

int frame_reserve(struct frame *frame, uint8_t **at, size_t *room)
{
	size_t pending = frame->end - frame->start;
	size_t max = frame->limit + FRAME_READ_SIZE;

	if (frame->start > 0) {
		if (pending > 0)
			memmove(frame->buffer, frame->buffer + frame->start, pending);
		frame->start = 0;
		frame->end = pending;
	}
	if (pending >= max)
		return -ENOBUFS;
	/* A full buffer is doubled, so that a long PDU costs few copies and a short one little
	 * memory; a nearly full one is doubled too, lest reads become tiny. */
	if (frame->capacity - frame->end < frame->capacity / 4 + 1 && frame->capacity < max) {
		size_t capacity = frame->capacity ? frame->capacity * 2 : FRAME_FIRST_SIZE;
		if (capacity > max)
			capacity = max;
		uint8_t *buffer = realloc(frame->buffer, capacity);
		if (!buffer)
			return -ENOMEM;
		frame->buffer = buffer;
		frame->capacity = capacity;
	}
	*at = frame->buffer + frame->end;
	*room = frame->capacity - frame->end;
	return 0;
}

void frame_added(struct frame *frame, size_t count)
{
	assert(count <= frame->capacity - frame->end);
	frame->end += count;
}

enum frame_verdict frame_next(struct frame *frame, struct span *pdu)
{
	size_t pending = frame->end - frame->start;

	if (pending < 4)
		return FRAME_MORE;
	const uint8_t *at = frame->buffer + frame->start;
	uint32_t length = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
			  (uint32_t)at[3];
	if (length < PDU_HEADER_SIZE || length > frame->limit) {
		*pdu = (struct span){at, pending};
		return FRAME_BAD_LENGTH;
	}
	if (pending < length)
		return FRAME_MORE;
	*pdu = (struct span){at, length};
	frame->start += length;
	return FRAME_READY;
}

enum frame_part frame_part(const struct frame *frame)
{
	size_t pending = frame->end - frame->start;

	if (pending == 0)
		return FRAME_BETWEEN;
	return pending < PDU_HEADER_SIZE ? FRAME_IN_HEADER : FRAME_IN_BODY;
}
