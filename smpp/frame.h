#ifndef BINDERY_SMPP_FRAME_H
#define BINDERY_SMPP_FRAME_H

#include <stdint.h>

#include "smpp/span.h"

/*
 * Cuts the octets of one connection into PDUs by their command_length (SMPP 3.4 §3.2). Three
 * cursors over one buffer: what was handed out, what has come, what is allocated. The buffer grows
 * as octets come, never because a length announces them, and not above limit + FRAME_READ_SIZE.
 */

#define FRAME_READ_SIZE ((size_t)16 * 1024) /* octets of room that a read is offered */

struct frame {
	uint8_t *buffer; /* owned, NULL until the first read */
	size_t start, end, capacity;
	size_t limit; /* the largest command_length, octets */
};

enum frame_verdict {
	FRAME_MORE,	  /* no whole PDU yet */
	FRAME_READY,	  /* one PDU */
	FRAME_BAD_LENGTH, /* command_length below 16 or above the limit: answer generic_nack
			     ESME_RINVCMDLEN and close; it stays so, since the boundary is lost */
};

/* Where the stream stands after the last whole PDU, for the timers on a half-read one. */
enum frame_part {
	FRAME_BETWEEN,	 /* nothing pending */
	FRAME_IN_HEADER, /* 1..15 octets of a header */
	FRAME_IN_BODY,	 /* a header, and the body not whole */
};

/* `limit` is the largest command_length accepted, 16..1 MiB; 0 means PDU_SIZE_MAX. */
void frame_init(struct frame *frame, size_t limit);
void frame_finish(struct frame *frame);

/* Room to read into: `at` borrows at least one octet, up to `room`. Take all PDUs out before the
 * next call, which may move the buffer. Returns 0, -ENOMEM, or -ENOBUFS when the caller has left
 * too many PDUs in it. */
__attribute__((warn_unused_result)) int frame_reserve(struct frame *frame, uint8_t **at,
						      size_t *room);

/* Says that `count` octets, at most the room, were read. */
void frame_added(struct frame *frame, size_t count);

/* Takes the next whole PDU, header included. `pdu` borrows until the next frame_reserve(). After
 * FRAME_BAD_LENGTH, `pdu` holds the octets there are of the offending one, for its header. */
enum frame_verdict frame_next(struct frame *frame, struct span *pdu);

enum frame_part frame_part(const struct frame *frame);

#endif
