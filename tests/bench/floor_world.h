#ifndef BINDERY_TESTS_BENCH_FLOOR_WORLD_H
#define BINDERY_TESTS_BENCH_FLOOR_WORLD_H

/* A floor over a real Redis on which every agent has all that they can take and one queue is long.
 */

struct floor_world_size {
	const char *socket;
	unsigned agents, queues, waiting, open, sets, assignments;
	double rate;
};

struct floor_world {
	unsigned agents;
	struct floor_bench *bench;
};

/* Makes it, and prints what an open and a waiting conversation take of Redis. */
struct floor_world *floor_world_create(const struct floor_world_size *size);
/* Makes sure that the floor is what Redis has, prints what was found, and ends it. */
void floor_world_finish(struct floor_world *world);

/* Told when Redis has made an agent's offer; they accept it, and another comes to wait. */
void floor_world_on_offer(struct floor_world *world, void (*offer)(unsigned agent, void *context),
			  void *context);
/* One of the agent's conversations is over. */
void floor_world_free(struct floor_world *world, unsigned agent);
/* One turn of the loop, of a millisecond at most. */
void floor_world_turn(struct floor_world *world);

#endif
