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

struct source {
	char *address;	/* owned */
	uint64_t print; /* of the address: a set of numbers is known by all of theirs */
	struct throttle throttle;
	/* Of the messages of this number that were taken and could go: how many segments of them
	 * were seen in the current pass, and how many of those were let go. */
	unsigned waiting, granted;
	uint64_t pass;
};

struct sources {
	struct source *list; /* sorted by address */
	size_t count;
};

/* Copies what it needs of `settings`; all buckets are full. */
void sources_init(struct sources *sources, const struct settings *settings, uint64_t now_ms);
/* The same anew from other settings, with what each bucket held. */
void sources_change(struct sources *sources, const struct settings *settings, uint64_t now_ms);
void sources_finish(struct sources *sources);

/* So much of what a number may send is kept here beyond what its bucket holds: with less, the
 * bucket would overflow while Redis is asked for more. */
#define SOURCE_STOCK_MS 100

/* Notes segments that were taken and could go, in a pass. Whether with them, and not before, enough
 * of the number is here: no more of it is to be taken. */
bool source_note(struct source *source, uint64_t pass, unsigned segments);

/* The number of that canonical address, or NULL where it is not ours. */
struct source *sources_find(const struct sources *sources, struct span address);

#endif
