#ifndef BINDERY_ROUTER_DOOR_FEED_H
#define BINDERY_ROUTER_DOOR_FEED_H

#include <stdbool.h>

#include "router/bus/bus.h"
#include "router/door/counters.h"
#include "router/door/wire.h"

struct ev_loop;

/*
 * {a:<agent>}:events on its way to that agent's sockets. One feed per agent that has a socket here:
 * one subscription, one read of the stream outstanding, fanned out to the readers that are live. A
 * reader that joins catches up by reads of its own from its own id first, held back while it is
 * full, and is live once it reached the end. Wake-ups that come during a read cost one more read,
 * however many they are; a lost one costs FEED_POLL_S. What this router writes itself is handed
 * over as it is written (feed_written), and read only where that does not join what was handed over
 * before.
 */

#define FEED_PAGE 200 /* entries of one read */
#define FEED_POLL_S 5.0

struct feed;
struct feed_table;
struct feed_reader;

struct feed_calls {
	/* `json` is the text of an object without `id`. Must not join or leave. */
	void (*event)(struct feed_reader *reader, struct span id, struct span json);
	/* The stream does not reach back to where the reader was: it has left, and needs a
	 * snapshot. */
	void (*lost)(struct feed_reader *reader);
	/* Whether to hold back what is missing; feed_resume() asks for it again. */
	bool (*is_full)(const struct feed_reader *reader);
};

/* A member of what reads; zeroed, with `calls` set, it has not joined. */
struct feed_reader {
	const struct feed_calls *calls;
	struct feed *feed; /* NULL: not joined */
	struct feed_reader *next;
	struct feed_catch *catch; /* the read of its own that is outstanding */
	char cursor[WIRE_ID_MAX + 1];
	bool live, verify, held;
};

/* Borrows all. */
struct feed_table *feed_create(struct ev_loop *loop, const struct bus_address *address,
			       struct bus *bus, struct counters *counters);
/* Reads whatever may have been missed; for when the bus is ready again. */
void feed_poll(struct feed_table *table);
/* No more reads; what is outstanding may be answered until feed_destroy(). */
void feed_close(struct feed_table *table);
/* The bus has answered everything by then. */
void feed_destroy(struct feed_table **table);

/* From now on every entry behind `id` comes to `event`. With `verify` the id is what a client said
 * and is held against the stream first; without, it comes from a snapshot. */
void feed_join(struct feed_table *table, const char *agent, struct feed_reader *reader,
	       struct span id, bool verify);
/* Null-safe for one that has not joined. */
void feed_leave(struct feed_reader *reader);
struct feed_entry {
	struct span id, json; /* an empty id: it was there already */
};
/* These were written to an agent's stream, behind `before` (empty: not known what). */
void feed_written(struct feed_table *table, const char *agent, struct span before,
		  const struct feed_entry *entries, size_t count);
/* The reader is not full any more. */
void feed_resume(struct feed_reader *reader);

#endif
