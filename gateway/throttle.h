#ifndef BINDERY_GATEWAY_THROTTLE_H
#define BINDERY_GATEWAY_THROTTLE_H

#include <stdint.h>

/* A token bucket that counts segments. Pure: the time comes in, in ms of one monotonic clock. */
struct throttle {
	uint32_t rate;	      /* segments a second; 0 = no limit */
	uint32_t burst;	      /* segments that a full bucket holds */
	uint64_t thousandths; /* of a segment, in the bucket */
	uint64_t filled_ms;
};

/* A full bucket. A burst of 0 stands for a quarter of a second's worth, at least 1. */
void throttle_init(struct throttle *throttle, uint32_t rate, uint32_t burst, uint64_t now_ms);

/* Another rate and burst. What was taken out stays taken; a bucket without a rate was full. */
void throttle_change(struct throttle *throttle, uint32_t rate, uint32_t burst, uint64_t now_ms);

/* How many segments may go now; UINT32_MAX without a limit. */
uint32_t throttle_room(struct throttle *throttle, uint64_t now_ms);

/* Takes `count` segments out; the caller asked for room before. */
void throttle_take(struct throttle *throttle, uint32_t count);

/* When there will be room for one; `now_ms` when there is. */
uint64_t throttle_due_ms(struct throttle *throttle, uint64_t now_ms);
/* The same for `count` of them, no more than a full bucket holds. */
uint64_t throttle_until_ms(struct throttle *throttle, uint32_t count, uint64_t now_ms);

#endif
