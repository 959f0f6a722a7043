#ifndef BINDERY_TESTS_BENCH_BUFFER_H
#define BINDERY_TESTS_BENCH_BUFFER_H

#include <ev.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * A socket's outgoing octets: gathered during a turn of the loop, written at its end in one go.
 * Watches the socket for writing only while it is full.
 */
struct buffer {
	uint8_t *bytes;
	size_t start, end, capacity;
	struct ev_loop *loop;
	ev_io writable;
	int error; /* an errno once a write has failed */
};

void buffer_init(struct buffer *buffer, struct ev_loop *loop, int fd);
void buffer_finish(struct buffer *buffer);
/* `length` octets to be filled in at once, before any other call. */
uint8_t *buffer_reserve(struct buffer *buffer, size_t length);
void buffer_add(struct buffer *buffer, struct span bytes);
/* Writes what there is; the rest is written when the socket takes it. */
void buffer_flush(struct buffer *buffer);

#endif
