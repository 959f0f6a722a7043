#ifndef BINDERY_ROUTER_DAYBOOK_H
#define BINDERY_ROUTER_DAYBOOK_H

#include "router/bus/bus.h"
#include "router/supervise/today.h"

struct daybook;
struct ev_loop;
struct directory;
struct floor;

/*
 * Has the floor's events folded into the day's sums (functions/today.lua), once a second and a page
 * at a time, so that Redis is not held up; keeps a copy of the sums for whoever looks on. The sums
 * and the cursor are in Redis: a router that begins reads them and goes on. It reads the events
 * behind the cursor, too, until there are none; from then on it has those that it is told of
 * folded: what nearly all of them are, as sums of a second or less (lumps.h).
 */
struct daybook_links {
	struct ev_loop *loop;
	struct bus *bus;
	struct today *today; /* the copy; borrowed */
	/* The floor, whose figures are noted for each minute; NULL while nothing is known. */
	struct floor *(*floor)(void *context);
	void *context;
	unsigned partitions;		   /* whose events have the rest (digest.h) */
	const struct directory *directory; /* what a queue promises */
};

/* Copies the links. */
struct daybook *daybook_create(const struct daybook_links *links);
/* The bus goes first. */
void daybook_destroy(struct daybook **daybook);
/* One event of {acd}, as offers_events.happened tells them. */
void daybook_event(struct daybook *daybook, const struct bus_reply *event);
/* Somebody else has written events: those behind the cursor are read. */
void daybook_read(struct daybook *daybook);
/* The floor is this router's; and is not any more. */
void daybook_begin(struct daybook *daybook);
void daybook_end(struct daybook *daybook);

#endif
