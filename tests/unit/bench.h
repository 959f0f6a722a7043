#ifndef BINDERY_TESTS_UNIT_BENCH_H
#define BINDERY_TESTS_UNIT_BENCH_H

#include <ev.h>
#include <sys/types.h>

#include "router/bus/bus.h"

/* A Redis of one test's own, a loop, a bus to it, and what was said. Whatever does not go as it
 * should fails the test. */
struct bench {
	struct ev_loop *loop;
	char folder[64], socket[96];
	pid_t redis; /* 0 while none runs */
	struct bus *bus;
	struct bus_address address;
	unsigned ready, lost, answered, unknown; /* how often; unknown are answers of NULL */
	unsigned woken;
	char why[128], last[256], channel[64];
};

/* A folder and a loop; no Redis and no bus yet. */
void bench_set_up(struct bench *bench);
void bench_tear_down(struct bench *bench);
/* Starts a Redis, with address.password where there is one, and waits until it listens. */
void bench_start_redis(struct bench *bench);
void bench_kill_redis(struct bench *bench);
/* Makes the bus, with the bench_on_…() as its events. */
void bench_begin(struct bench *bench);
/* All of the above, until the bus is ready. */
void bench_begin_ready(struct bench *bench);
/* Turns the loop until the counter has come to `wanted`. */
void bench_turn_until(struct bench *bench, const unsigned *counter, unsigned wanted);
/* Turns long enough for whatever is left of a bus to be done. */
void bench_settle(struct bench *bench);
/* Sends the words of a command; bench_ask() with bench_on_answer(). */
void bench_say(struct bench *bench, const char *command, bus_done *done, void *context);
void bench_ask(struct bench *bench, const char *command);

/* Callbacks that count, and keep what was said last; the context is the bench. */
void bench_on_ready(void *context);
void bench_on_lost(const char *why, void *context);
void bench_on_answer(struct bus *bus, const struct bus_reply *reply, void *context);

#endif
