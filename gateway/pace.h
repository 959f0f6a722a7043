#ifndef BINDERY_GATEWAY_PACE_H
#define BINDERY_GATEWAY_PACE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a bind does when the carrier says that it is too fast: it is quiet for a while that doubles
 * with each refusal, then goes on with half its window and gets one more slot for each window's
 * worth of answers that were accepted. Pure; times in ms of one monotonic clock.
 */
struct pace {
	uint32_t capacity;  /* the window that was configured */
	uint32_t limit;	    /* how much of it may be used now, 1..capacity */
	uint32_t accepted;  /* since the limit was last raised */
	uint32_t refusals;  /* in a row */
	uint32_t congested; /* answers since the limit was last lowered for congestion */
	bool steady;	    /* the carrier is as busy as it likes to be: no more than now */
	uint64_t quiet_until_ms;
};

#define PACE_QUIET_MIN_MS 250
#define PACE_QUIET_MAX_MS 30000

void pace_init(struct pace *pace, uint32_t capacity);
/* The carrier refused for its own load's sake. Refusals of requests that were in flight together
 * are one. `random` is any value. */
void pace_refused(struct pace *pace, uint64_t now_ms, uint32_t random);
void pace_accepted(struct pace *pace);
/* What an answer's congestion_state said, SMPP 5.0 §4.8.4.18: from 80 the limit does not grow, from
 * 90 it shrinks by one for each window's worth of such answers, at 100 it halves as often. */
void pace_congestion(struct pace *pace, uint32_t state);
/* An answer said nothing of it, as answers of many carriers do once they are at ease: what was said
 * before holds the limit down no longer. */
void pace_uncongested(struct pace *pace);
/* The window was configured anew. */
void pace_resize(struct pace *pace, uint32_t capacity);
/* How many more requests may go while `used` are in flight. */
uint32_t pace_room(const struct pace *pace, uint32_t used, uint64_t now_ms);

#endif
