#ifndef BINDERY_ROUTER_ROUTING_MIRROR_H
#define BINDERY_ROUTER_ROUTING_MIRROR_H

#include "router/bus/bus.h"
#include "router/routing/floor.h"

/* What Redis says of the floor, put into a floor: its events one by one, or all of it at once. */

/* One event of {acd}: what became of its conversation, and what its agent is after it. */
void mirror_event(struct floor *floor, const struct bus_reply *event);

/* The reply of the Redis Function `floor`, into a floor that is empty. What is neither waiting nor
 * alerting is left out: nobody could be given it. */
void mirror_load(struct floor *floor, const struct bus_reply *reply);

#endif
