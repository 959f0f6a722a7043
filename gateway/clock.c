#include "gateway/clock.h"

#include <sys/random.h>
#include <time.h>

static uint64_t clock_read(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t clock_ms(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

uint64_t clock_unix_ms(void)
{
	return clock_read(CLOCK_REALTIME);
}

uint64_t clock_unix_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint32_t clock_random(void)
{
	uint32_t value;

	if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != (ssize_t)sizeof(value))
		value = (uint32_t)clock_read(CLOCK_MONOTONIC) * 2654435761u;
	return value;
}
