#ifndef BINDERY_ROUTER_DOOR_SOCKET_H
#define BINDERY_ROUTER_DOOR_SOCKET_H

#include "router/door/counters.h"
#include "router/door/desk.h"
#include "router/door/feed.h"
#include "router/door/line.h"
#include "router/door/session.h"

struct ev_loop;
struct socket_table;

/*
 * The agents' WebSockets (asyncapi.yaml), a kind of line. OPENING: the agent is known and its ack
 * is sent, the snapshot is awaited where one is needed. OPEN: events flow.
 */

#define SOCKET_CATCH_UP_MAX                                                                        \
	((size_t)1024 * 1024) /* octets of backlog above which catching up waits */

struct socket_links {
	struct ev_loop *loop;
	struct desk *desk;
	struct feed_table *feeds;
	const struct session_store *sessions;
	struct counters *counters;
};

/* Copies `links`. */
struct socket_table *socket_create(const struct socket_links *links);
/* As line_destroy(). */
void socket_destroy(struct socket_table **table);
/* Its connections. */
struct line_table *socket_lines(const struct socket_table *table);

#endif
