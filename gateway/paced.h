#ifndef BINDERY_GATEWAY_PACED_H
#define BINDERY_GATEWAY_PACED_H

#include <stdbool.h>
#include <stdint.h>

#include "router/bus/bus.h"

struct outbound;
struct source;

/*
 * Our numbers with a pace of their own. What waits of them is in queues of their own in Redis
 * (router/bus/functions/take.lua), of which a take brings only so much as it is told to: what the
 * number's bucket lets go when it is asked. So nothing of them stands in the way of other numbers,
 * there or here.
 */

#define PACED_NAMED_MAX 16 /* numbers that one take is told of */

struct paced_lane; /* what is known of one partition */

enum paced_class {
	PACED_URGENT, /* numbers of which something interactive waits */
	PACED_OTHERS,
};

struct paced {
	struct paced_lane *lanes; /* one for each partition */
	struct source **list;	  /* the numbers */
	unsigned count;
	unsigned cursors[2]; /* whose turn it is, by enum paced_class */
};

void paced_init(struct outbound *outbound);
void paced_finish(struct outbound *outbound);
/* The sources are others, by which nothing is promised yet. */
void paced_change(struct outbound *outbound);
/* What Redis was told is to be told again. */
void paced_forget(struct outbound *outbound);
/* Tells Redis which numbers those are, where it does not know yet; what it answers is what waits of
 * them. Before anything is taken. */
void paced_tell(struct outbound *outbound, uint64_t now_ms);

/* Something there may be free to go now. */
void paced_stir(struct outbound *outbound, unsigned partition);

/* Whether something of such numbers is free to go, as soon as its pace lets it. */
bool paced_waits(const struct outbound *outbound);
/* Promises what may go now of numbers of that class to the partitions that `outbound_is_free`,
 * `room` messages at most; the numbers take turns. Returns how many that were. */
unsigned paced_plan(struct outbound *outbound, unsigned room, enum paced_class class,
		    uint64_t now_ms);
/* The same to one that is about to be asked for up to `room` of anything, where nothing is known to
 * wait of such numbers: it may be new. With what is promised already that may be more than `room`,
 * and a message of several segments is offered where the bucket has one: mt_take brings no more
 * than it is asked for, segments go as the bucket lets them, and what was not used is promised
 * again once the take is back. */
void paced_offer(struct outbound *outbound, unsigned partition, unsigned room, uint64_t now_ms);
/* How many messages are promised to a partition; put into mt_take's arguments; no longer so. */
unsigned paced_promised(const struct outbound *outbound, unsigned partition);
void paced_put(struct outbound *outbound, unsigned partition, struct bus_args *arguments);
void paced_return(struct outbound *outbound, unsigned partition);

/* Whether an element of mt_take's answer says what waits of a number, and then hears it. */
bool paced_hears(struct outbound *outbound, unsigned partition, const struct bus_reply *element);

#endif
