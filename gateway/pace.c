#include "gateway/pace.h"

#define PACE_CONGESTION_STEADY 80 /* optimum load */
#define PACE_CONGESTION_NEAR 90	  /* nearing congestion */
#define PACE_CONGESTION_FULL 100  /* congested */

void pace_init(struct pace *pace, uint32_t capacity)
{
	*pace = (struct pace){.capacity = capacity, .limit = capacity};
}

void pace_refused(struct pace *pace, uint64_t now_ms, uint32_t random)
{
	uint64_t quiet_ms = PACE_QUIET_MIN_MS;

	if (now_ms < pace->quiet_until_ms)
		return;
	for (uint32_t i = 0; i < pace->refusals && quiet_ms < PACE_QUIET_MAX_MS; i++)
		quiet_ms *= 2;
	if (quiet_ms > PACE_QUIET_MAX_MS)
		quiet_ms = PACE_QUIET_MAX_MS;
	pace->refusals++;
	pace->accepted = 0;
	pace->limit = pace->limit / 2 ? pace->limit / 2 : 1;
	pace->quiet_until_ms = now_ms + quiet_ms - random % (quiet_ms / 4 + 1);
}

void pace_accepted(struct pace *pace)
{
	pace->refusals = 0;
	if (pace->limit == pace->capacity || pace->steady)
		return;
	if (++pace->accepted >= pace->limit) {
		pace->accepted = 0;
		pace->limit++;
	}
}

void pace_congestion(struct pace *pace, uint32_t state)
{
	pace->steady = state >= PACE_CONGESTION_STEADY;
	if (state < PACE_CONGESTION_NEAR) {
		pace->congested = 0;
		return;
	}
	/* The first acts at once; the others of the same window say the same again. */
	if (pace->congested++ % pace->limit != 0)
		return;
	pace->congested = 1;
	if (state >= PACE_CONGESTION_FULL)
		pace->limit /= 2;
	else
		pace->limit--;
	if (pace->limit == 0)
		pace->limit = 1;
}

void pace_uncongested(struct pace *pace)
{
	pace->steady = false;
}

void pace_resize(struct pace *pace, uint32_t capacity)
{
	if (pace->limit == pace->capacity || pace->limit > capacity)
		pace->limit = capacity;
	pace->capacity = capacity;
}

uint32_t pace_room(const struct pace *pace, uint32_t used, uint64_t now_ms)
{
	if (now_ms < pace->quiet_until_ms || used >= pace->limit)
		return 0;
	return pace->limit - used;
}
