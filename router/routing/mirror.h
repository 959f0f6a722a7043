#ifndef BINDERY_ROUTER_ROUTING_MIRROR_H
#define BINDERY_ROUTER_ROUTING_MIRROR_H

#include "router/bus/bus.h"
#include "router/routing/floor.h"

/* What Redis says of the floor, put into a floor: its events one by one, or all of it, page by
 * page.
 */

/* One event of {acd}: what became of its conversation, and what its agent is after it. */
void mirror_event(struct floor *floor, const struct bus_reply *event);

/* What the Redis Function `floor_read` reads, in this order: members count before what waits. */
enum mirror_list { MIRROR_QUEUES, MIRROR_AGENTS, MIRROR_WAITING, MIRROR_ALERTING };
#define MIRROR_LISTS 4
const char *mirror_list_name(enum mirror_list list);

/* Whether no page of its list comes behind it. */
bool mirror_is_last(const struct bus_reply *page);
/* Takes up one page of a list. Events that are told between the pages are to be put in as well. */
void mirror_load(struct floor *floor, enum mirror_list list, const struct bus_reply *page);
/* How much in it is not so in the floor, which was told every event before the page was read. */
unsigned mirror_check(struct floor *floor, enum mirror_list list, const struct bus_reply *page);

#endif
