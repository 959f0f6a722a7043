#ifndef BINDERY_ROUTER_ROUTING_FLOOR_VIEW_H
#define BINDERY_ROUTER_ROUTING_FLOOR_VIEW_H

#include "router/routing/floor.h"

/* What somebody who looks on sees of a floor. Everything told is borrowed for the time of the call;
 * the floor is not changed meanwhile. */

struct floor_queue_view {
	const char *name;
	unsigned waiting, ringing;
	unsigned on_queue, idle; /* agents who serve it: of them on queue, of these with nothing */
	unsigned members;	 /* 0 where everybody serves it */
	unsigned agents[FLOOR_NOT_RESPONDING + 1]; /* who serve it and are connected, by routing */
	uint64_t oldest_ms; /* enqueued_ms of what has waited longest, 0 for nothing */
};

/* Every queue that is known, in no order. */
void floor_each_queue(struct floor *floor,
		      void (*told)(const struct floor_queue_view *queue, void *context),
		      void *context);

/* How many wait in it that began to before then; costs what it returns. */
unsigned floor_waiting_before(const struct floor *floor, const char *queue, uint64_t before_ms);

/* Whether there is a queue of that name. */
bool floor_has_queue(const struct floor *floor, const char *name);

struct floor_agent_view {
	const char *name, *presence;
	uint64_t presence_since_ms;
	struct floor_agent_facts facts;
};

/* Every agent that was ever here, by name. */
void floor_each_agent(const struct floor *floor,
		      void (*told)(const struct floor_agent_view *agent, void *context),
		      void *context);

struct floor_waiting_view {
	const char *conversation;
	const char *skills; /* that it still needs, with commas */
	uint64_t enqueued_ms;
	int priority;
	unsigned ring;	 /* from 0 */
	bool preferring; /* only those whom it prefers are asked */
	bool no_agent;	 /* nobody who is on queue could be given it, busy or not */
};

struct floor_page {
	unsigned skip, count;
};

/* What waits in a queue, in its order: a page of it. Returns how many wait. What comes before the
 * end of the page costs the logarithm of it, what waits behind it nothing. */
unsigned floor_list_waiting(struct floor *floor, const char *queue, struct floor_page page,
			    void (*told)(const struct floor_waiting_view *waiting, void *context),
			    void *context);

#endif
