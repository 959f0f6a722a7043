#include "gateway/throttle.h"

void throttle_init(struct throttle *throttle, uint32_t rate, uint32_t burst, uint64_t now_ms)
{
	if (burst == 0)
		burst = rate / 4 ? rate / 4 : 1;
	*throttle = (struct throttle){rate, burst, (uint64_t)burst * 1000, now_ms};
}

/* A rate of n segments a second is n thousandths of a segment each ms. */
static void throttle_fill(struct throttle *throttle, uint64_t now_ms)
{
	/* The fraction above a full bucket stays, or a clock in whole ms would lose a little of the
	 * rate with each segment. */
	uint64_t full = (uint64_t)throttle->burst * 1000 + 999;
	uint64_t passed_ms = now_ms > throttle->filled_ms ? now_ms - throttle->filled_ms : 0;

	if (passed_ms >= full / throttle->rate + 1)
		throttle->thousandths = full;
	else
		throttle->thousandths += passed_ms * throttle->rate;
	if (throttle->thousandths > full)
		throttle->thousandths = full;
	throttle->filled_ms = now_ms > throttle->filled_ms ? now_ms : throttle->filled_ms;
}

uint32_t throttle_room(struct throttle *throttle, uint64_t now_ms)
{
	if (throttle->rate == 0)
		return UINT32_MAX;
	throttle_fill(throttle, now_ms);
	return (uint32_t)(throttle->thousandths / 1000);
}

void throttle_change(struct throttle *throttle, uint32_t rate, uint32_t burst, uint64_t now_ms)
{
	struct throttle old = *throttle;

	throttle_init(throttle, rate, burst, now_ms);
	if (old.rate == 0)
		return;
	throttle_fill(&old, now_ms);
	if (old.thousandths < throttle->thousandths)
		throttle->thousandths = old.thousandths;
}

void throttle_take(struct throttle *throttle, uint32_t count)
{
	uint64_t taken = (uint64_t)count * 1000;

	if (throttle->rate != 0)
		throttle->thousandths -=
			taken < throttle->thousandths ? taken : throttle->thousandths;
}

uint64_t throttle_until_ms(struct throttle *throttle, uint32_t count, uint64_t now_ms)
{
	uint64_t lacking;

	if (throttle_room(throttle, now_ms) >= count)
		return now_ms;
	lacking = (uint64_t)count * 1000 - throttle->thousandths;
	return now_ms + (lacking + throttle->rate - 1) / throttle->rate;
}

uint64_t throttle_due_ms(struct throttle *throttle, uint64_t now_ms)
{
	return throttle_until_ms(throttle, 1, now_ms);
}
