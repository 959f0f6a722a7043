#ifndef BINDERY_ROUTER_DOOR_WATCH_H
#define BINDERY_ROUTER_DOOR_WATCH_H

#include <stdint.h>

#include "router/door/counters.h"
#include "router/door/lead.h"
#include "router/door/line.h"
#include "router/door/session.h"

struct directory;
struct ev_loop;
struct floor;
struct today;
struct watch_table;

/*
 * The supervisors' WebSockets (asyncapi.yaml, channel `floor`), a kind of line. OPENING: the ack of
 * hello and the snapshot are given to it. OPEN: once a second it is told what differs from what it
 * was told last. One that is slow is told later, and then everything at once.
 */

#define WATCH_BACKLOG_MAX ((size_t)256 * 1024) /* octets, above which telling waits */
/* Octets that may wait at all: twice a snapshot of 5,000 agents and 5,000 queues, each with a name
 * as long as one can be and with figures of the day. */
#define WATCH_BACKLOG_MOST ((size_t)32 * 1024 * 1024)

struct watch_links {
	struct ev_loop *loop;
	const struct session_store *sessions;
	struct directory *directory; /* for what queues promise; NULL: 80 % in 20 s */
	/* What there is to see, borrowed for the turn; NULL while nothing is known. */
	struct floor *(*floor)(void *context);
	/* Does what supervisors order of the desk; NULL: nothing can be ordered. */
	lead_give *lead;
	struct desk *desk;
	const struct today *today; /* the day's figures; NULL: none are shown */
	/* That user was signed out: sockets whose session has ended are to be closed. */
	void (*signed_out)(const char *name, void *context);
	void *context; /* of `floor` and `signed_out` */
	struct counters *counters;
};

/* Copies `links`. */
struct watch_table *watch_create(const struct watch_links *links);
/* As line_destroy(). The directory tells nothing any more. */
void watch_destroy(struct watch_table **table);
/* Its connections. */
struct line_table *watch_lines(const struct watch_table *table);

#endif
