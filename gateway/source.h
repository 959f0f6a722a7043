#ifndef BINDERY_GATEWAY_SOURCE_H
#define BINDERY_GATEWAY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"
#include "gateway/throttle.h"
#include "smpp/span.h"

/* Our own numbers as one carrier sees them: how fast each may send, and which destinations would
 * come back to us. Pure; times in ms of one monotonic clock. */

/* What of a number waits in one partition, in queues of its own (router/bus/functions/take.lua). */
struct source_backlog {
	uint32_t left;
	bool stuck;  /* nothing of it was free to go, when it was last looked at */
	bool urgent; /* some of it is interactive */
};

struct source {
	char *address; /* owned */
	struct throttle throttle;
	/* Of the messages of this number that were taken and could go: how many segments of them
	 * were seen in the current pass, and how many of those were let go. */
	unsigned waiting, granted;
	uint64_t pass;
	/* Segments that takes under way may bring, and how many its latest message had (1: none
	 * came yet). */
	unsigned promised, submits;
	struct source_backlog *backlogs; /* owned, by partition; NULL while nothing was heard */
	uint64_t free_to_go;		 /* messages in those that are not stuck */
	unsigned urgent;		 /* partitions of those with something interactive */
	unsigned cursor;		 /* the partition whose turn it is */
	unsigned jumped;		 /* turns that went to something interactive since */
};

struct sources {
	struct source *list; /* sorted by address */
	size_t count;
};

/* Copies what it needs of `settings`; all buckets are full. */
void sources_init(struct sources *sources, const struct settings *settings, uint64_t now_ms);
/* The same anew from other settings, with what each bucket held and what waits of each. Nothing is
 * promised any more. */
void sources_change(struct sources *sources, const struct settings *settings, uint64_t now_ms);
void sources_finish(struct sources *sources);

/* Notes segments that were taken and could go, in a pass. */
void source_note(struct source *source, uint64_t pass, unsigned segments);

/* Another look at what waits of it in one of `partitions`. */
void source_learn(struct source *source, unsigned partitions, unsigned partition,
		  struct source_backlog backlog);
/* What was stuck in that partition may be free to go now. */
void source_stir(struct source *source, unsigned partition);
/* How many messages may be taken of it now, as many as its bucket lets go beside those that are
 * here or on their way; 0 where they are too few for a take, and `due_ms` is when they will not be.
 */
unsigned source_allowance(struct source *source, uint64_t pass, uint64_t now_ms, uint64_t *due_ms);
struct source_fits {
	bool (*ask)(const void *context, unsigned partition);
	const void *context;
};
/* The partition from which to take next, of those that `fits` agrees to; -1 for none. What is
 * interactive goes first, but not always. */
int source_next(struct source *source, unsigned partitions, const struct source_fits *fits);

/* The number of that canonical address, or NULL where it is not ours. */
struct source *sources_find(const struct sources *sources, struct span address);

#endif
