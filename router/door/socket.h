#ifndef BINDERY_ROUTER_DOOR_SOCKET_H
#define BINDERY_ROUTER_DOOR_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/door/counters.h"
#include "router/door/desk.h"
#include "router/door/feed.h"
#include "router/door/session.h"
#include "smpp/span.h"

struct ev_loop;
struct lws;
struct socket;
struct socket_table;

/*
 * The agents' WebSockets (asyncapi.yaml): one state machine a connection, from the first frame to
 * the close. NEW: only hello is taken. CHECKING: its session is looked up. OPENING: the agent is
 * known and its ack is sent, the snapshot is awaited where one is needed. OPEN: events flow.
 * CLOSING: a close code is on its way.
 */

#define SOCKET_HELLO_S 10
#define SOCKET_PING_S 20
#define SOCKET_PINGS_MISSED_MAX 2
#define SOCKET_CHECK_S 60  /* how often the session is looked at again */
#define SOCKET_RATE 50	   /* frames a second */
#define SOCKET_BURST 100   /* frames */
#define SOCKET_ASKS_MAX 64 /* of one connection, not yet answered */
#define SOCKET_CATCH_UP_MAX                                                                        \
	((size_t)1024 * 1024) /* octets of backlog above which catching up waits */
#define SOCKET_COOKIE_MAX 2048

enum socket_close {
	SOCKET_GOING_AWAY = 1001,
	SOCKET_NOT_TEXT = 1003,
	SOCKET_POLICY = 1008,
	SOCKET_TOO_BIG = 1009,
	SOCKET_NOT_SIGNED_IN = 4401,
	SOCKET_NO_HELLO = 4408,
	SOCKET_TOO_SLOW = 4409,
};

struct socket_links {
	struct ev_loop *loop;
	struct desk *desk;
	struct feed_table *feeds;
	const struct session_store *sessions;
	struct counters *counters;
};

/* Copies `links`. */
struct socket_table *socket_create(const struct socket_links *links);
/* Every connection must be gone by then; asks that are open lose their connection only. */
void socket_destroy(struct socket_table **table);
/* What libwebsockets tells about a connection of the subprotocol; `slot` is its user memory.
 * Returns what the library's callback is to return. */
int socket_event(struct socket_table *table, struct lws *wsi, int reason, struct socket **slot,
		 struct span in);
/* Closes the sockets of that session with 4401. */
void socket_sign_out(struct socket_table *table, const char *hash);
/* Closes all of them with 1001. */
void socket_drain(struct socket_table *table);
size_t socket_count(const struct socket_table *table);

#endif
