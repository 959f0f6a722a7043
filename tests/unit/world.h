#ifndef BINDERY_TESTS_UNIT_WORLD_H
#define BINDERY_TESTS_UNIT_WORLD_H

#include "router/routing/offers_step.h"
#include "tests/unit/bench.h"

#define WORLD_PATIENCE 2000 /* turns of the loop of at most 10 ms */
#define WORLD_FENCE "r1:1"  /* of the lease of the floor that the router holds */

/* A router's floor over a real Redis, and what it said. */
struct world {
	struct bench bench;
	struct offers *offers;
	unsigned ready, lost, opened, answers;
	enum offers_verdict verdict;
	unsigned offered, offered_ann, timed_out, downs, waiting;
	unsigned accepted, moved, due[3], due_leg;
	char agent[32]; /* of the newest offer */
	unsigned epoch;
};

/* Fixtures: a Redis, a bus and a router of the queues support, hasty and direct. */
int world_set_up(void **state);
int world_tear_down(void **state);
/* As when the process is killed: nothing more is told to Redis. */
void world_crash(struct world *world);
void world_begin_bus(struct world *world);
void world_begin_router(struct world *world);
/* Makes the router, which has not begun to read. */
void world_make_router(struct world *world);

/* Turns the loop once. */
void world_turn(struct world *world);
/* Turns the loop until the counter has come to `wanted`. */
void world_turn_until(struct world *world, const unsigned *counter, unsigned wanted);
/* A command of somebody else's, until it is answered. */
void world_redis(struct world *world, const char *command);
/* Whose answer is counted in `answers`, with its verdict. */
struct offers_ask world_ask(struct world *world);

void world_say_on_queue(struct world *world, const char *agent);
/* A conversation begins to wait, by the event of that id. */
void world_place(struct world *world, const char *id, const char *queue, const char *event);
/* Holds the mirror against Redis; the second also expects that it is so. */
void world_read_again(struct world *world);
void world_reading_finds_nothing(struct world *world);

#endif
