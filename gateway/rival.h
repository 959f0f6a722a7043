#ifndef BINDERY_GATEWAY_RIVAL_H
#define BINDERY_GATEWAY_RIVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * Whether another gateway works the same carrier, whatever its instance is called: it writes its
 * status where we write ours, so now and then what we replace is not what we wrote before. One that
 * has just ended is seen so once. Pure; times in ms of one monotonic clock.
 */

#define RIVAL_STATUS_MAX 576
#define RIVAL_SEEN_MIN 3      /* as often as that ... */
#define RIVAL_WITHIN_MS 10000 /* ... in so long, and it is there */

struct rival {
	char last[RIVAL_STATUS_MAX];	 /* that we wrote */
	char expected[RIVAL_STATUS_MAX]; /* before the one of which was asked what it replaced */
	bool asked;
	unsigned seen;
	uint64_t first_ms, last_ms; /* of those sights */
};

/* A status is about to be written. Whether Redis is to be asked what it replaces. */
bool rival_wrote(struct rival *rival, const char *status);
/* What it replaced; empty where nothing stood there, or nobody can tell. Whether that was not ours.
 */
bool rival_heard(struct rival *rival, struct span replaced, uint64_t now_ms);
bool rival_is_there(const struct rival *rival, uint64_t now_ms);

#endif
