#ifndef BINDERY_ROUTER_DOOR_BACKLOG_H
#define BINDERY_ROUTER_DOOR_BACKLOG_H

#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * What waits to be written to one WebSocket, as unmasked text frames (RFC 6455 §5.2) one behind the
 * other. They are framed here and not by libwebsockets so that many small ones leave in one write.
 * A write takes whole frames only: the library puts its own pongs between writes.
 */

#define BACKLOG_MAX ((size_t)4 * 1024 * 1024) /* octets, where a line's kind says nothing else */

struct backlog {
	uint8_t *bytes;
	size_t start, end, capacity;
};

void backlog_init(struct backlog *backlog);
void backlog_finish(struct backlog *backlog);
size_t backlog_length(const struct backlog *backlog);
/* Adds one frame, the `parts` joined. -ENOBUFS, and nothing is added, beyond `most` octets. */
int backlog_add(struct backlog *backlog, const struct span *parts, size_t count, size_t most)
	__attribute__((warn_unused_result));
/* The first whole frames, `most` octets at most but at least one frame; empty when there is none.
 * Borrows until the next call. */
struct span backlog_first(const struct backlog *backlog, size_t most);
/* Takes away what was written; `length` is that of backlog_first(). */
void backlog_drop(struct backlog *backlog, size_t length);

#endif
