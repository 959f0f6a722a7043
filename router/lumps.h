#ifndef BINDERY_ROUTER_LUMPS_H
#define BINDERY_ROUTER_LUMPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/bus/bus.h"

/*
 * Sums of the day's figures that Redis has not been told of yet: what of a few dozen answered and
 * released conversations is to be added to each agent and queue, in one minute.
 */

#define LUMPS_MAX 160 /* agents and queues */
#define LUMP_VALUES 9 /* of one, at most, in a call */

struct lumps;

struct lumps *lumps_create(void);
void lumps_destroy(struct lumps **lumps);

/* Whose it is and when: neither empty, times in ms since 1970. */
struct lump_of {
	struct span agent, queue;
	int64_t at_ms;
};

/* The agent has taken what waited so long, or their part of it is over. False, and nothing is
 * added, where there is no room or what is there is of another minute. */
bool lumps_answered(struct lumps *lumps, const struct lump_of *of, int64_t wait_ms, bool in_time);
bool lumps_talked(struct lumps *lumps, const struct lump_of *of, int64_t talk_ms);

/* Agents and queues of which there is something. */
size_t lumps_count(const struct lumps *lumps);
/* Adds them to a call of today_told, as LUMPS of functions/today.lua has them. */
void lumps_say(const struct lumps *lumps, struct bus_args *args);
void lumps_clear(struct lumps *lumps);

#endif
