#ifndef BINDERY_ROUTER_DESK_H
#define BINDERY_ROUTER_DESK_H

#include <ev.h>

#include "router/bus/bus.h"
#include "router/door/desk.h"
#include "router/projector.h"
#include "router/routing/offers.h"
#include "router/threading/numbers.h"
#include "router/threading/threading.h"

/*
 * What agents ask for, done (door/desk.h): checked here as far as it needs meaning, committed by a
 * Redis Function that checks the rest.
 */

struct desk_links {
	struct ev_loop *loop;
	struct bus *bus;
	struct offers *offers;
	struct projector *projector;
	const struct threading *threading; /* whose tenures what is asked for is of */
	const struct numbers *numbers;
	unsigned partitions;
	const struct settings *settings; /* for the routes */
	const struct directory *directory;
};

/* Copies the links. Never NULL. */
struct desk *desk_create(const struct desk_links *links);
void desk_destroy(struct desk **desk);

/* Redis is back: says anew which connections there are. */
void desk_begin(struct desk *desk);

/* For asking.c and the desk_*.c beside it. */
struct desk {
	struct desk_links links;
	struct bus_args args;
	struct desk_up *ups; /* connections that are up */
	ev_timer again;
};

void desk_refuse(struct desk_ask ask, enum desk_code code, const char *detail);
/* The conversation's partition, or the ask is refused and -1. */
int desk_partition(struct desk *desk, struct desk_ask ask, struct span conversation);
/* FCALL conv_view; and begun, to be sent with more. */
struct bus_args *desk_view_call(struct desk *desk, unsigned partition, struct span conversation);
void desk_view(struct desk *desk, unsigned partition, struct span conversation, bus_done *done,
	       void *context);
/* One row of the function `thread`; borrows from it. */
struct desk_message desk_read_row(const struct bus_reply *row);
#define DESK_NO_PRESENCE "There is no such presence, or it is not in use."
/* What people call it. Borrows both. */
struct span desk_queue_name(const struct desk *desk, struct span queue);
/* The partition is not this router's now: another has taken over, or it has just been away. */
#define DESK_FENCED "This router is not the one that works just now; try again in a moment."
#define DESK_UNREACHABLE "The database does not answer; try again in a moment."

#endif
