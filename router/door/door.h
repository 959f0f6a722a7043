#ifndef BINDERY_ROUTER_DOOR_DOOR_H
#define BINDERY_ROUTER_DOOR_DOOR_H

#include <stdbool.h>
#include <stddef.h>

#include "router/bus/bus.h"
#include "router/door/desk.h"
#include "router/door/lead.h"

struct compliance;
struct directory;
struct ev_loop;
struct door;
struct floor;
struct metric;
struct today;

/*
 * HTTP/1.1 and WebSocket on one listener: the console's files, the API of openapi.yaml, the agents'
 * and the supervisors' sockets of asyncapi.yaml, /healthz, /readyz and /metrics. This room is the
 * only user of libwebsockets and jansson. It has a connection to Redis of its own, so that a flood
 * at the door does not stand in the way of the router's work.
 */

#define DOOR_CONNECTIONS_DEFAULT 12000 /* 5,000 agents with two windows each, and room */

/* All strings are borrowed for the life of the door; NULL counts as "". */
struct door_settings {
	const char *listen;		       /* address, e.g. 127.0.0.1; "" for all of them */
	unsigned port;			       /* 0 takes a free one, see door_port() */
	const char *console;		       /* folder of the console's files; "" serves none */
	const char *docs;		       /* folder of asyncapi.yaml and openapi.yaml */
	const char *certificate, *private_key; /* PEM files; TLS where both are given */
	bool secure_cookies;
	const char *const *origins; /* allowed in Origin; none: the same host as in Host */
	size_t origins_count;
	unsigned session_idle_s, session_max_s;
	unsigned client_requests_per_s; /* of each client of the API; 0: RATE_DEFAULT_PER_S */
	unsigned connections_max;	/* 0: DOOR_CONNECTIONS_DEFAULT */
	const char *const *carriers;	/* their names, for operators */
	size_t carriers_count;
	unsigned partitions; /* of what customers have; 0 counts as 1 */
};

struct door_links {
	struct ev_loop *loop;
	struct bus_address redis;
	struct desk *desk;
	lead_give *lead;	   /* what supervisors order; NULL: they only see */
	const struct today *today; /* the day's figures; NULL: none are shown */
	struct directory *directory;
	struct compliance *compliance; /* NULL: nothing of it is to be had */
	/* Whether the router does its work; where not, one sentence into `why`. */
	bool (*ready)(char *why, size_t capacity, void *context);
	/* Whether another router works and this one waits: the door then only says so. May be NULL.
	 */
	bool (*standby)(void *context);
	/* What supervisors see, borrowed for the loop's turn; NULL while nothing is known. May be
	 * NULL itself. */
	struct floor *(*floor)(void *context);
	/* The text of /metrics without the door's own, malloc'd, NULL for none. */
	char *(*metrics)(void *context);
	struct metric *accepts_failed; /* as listener_create() has it; may be NULL */
	void *context;
};

/* Listens. Copies `links`, borrows `settings`. -EADDRINUSE, -EADDRNOTAVAIL, -EACCES where the
 * address cannot be had, -EINVAL where the certificate cannot be read (logged). */
int door_create(const struct door_settings *settings, const struct door_links *links,
		struct door **door) __attribute__((warn_unused_result));
/* Closes everything at once; every ask that is open is forgotten when the desk answers it, so the
 * door must be destroyed before the desk answers for the last time, and the desk outlives the
 * loop's turn. Null-safe, nulls. */
void door_destroy(struct door **door);
/* Frames that were just written to an agent's stream (feed.h). */
struct feed_entry;
void door_written(struct door *door, const char *agent, struct span before,
		  const struct feed_entry *entries, size_t count);
/* No new connections; all sockets are closed with 1001 once their backlog is sent. */
void door_drain(struct door *door);
/* Another router works: all sockets are closed with 1001, so that they go there. */
void door_rest(struct door *door);
/* Sockets of agents and supervisors that are still open. */
size_t door_people(const struct door *door);
/* The port that it listens on, 0 once it drains. */
unsigned door_port(const struct door *door);

#endif
