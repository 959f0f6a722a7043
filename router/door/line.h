#ifndef BINDERY_ROUTER_DOOR_LINE_H
#define BINDERY_ROUTER_DOOR_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/door/ask.h"
#include "router/door/backlog.h"
#include "router/door/counters.h"
#include "router/door/session.h"
#include "smpp/span.h"

struct ev_loop;
struct line;
struct line_table;
struct lws;

/*
 * One WebSocket from the first frame to the close, whatever is spoken on it. NEW: only hello is
 * taken. CHECKING: its session is looked up. OPENING: who it is is known. OPEN: news flow, as its
 * kind decides. CLOSING: a close code is on its way.
 */

#define LINE_HELLO_S 10
#define LINE_PING_S 20
#define LINE_PINGS_MISSED_MAX 2
#define LINE_CHECK_S 60	 /* how often the session is looked at again */
#define LINE_RATE 50	 /* frames a second */
#define LINE_BURST 100	 /* frames */
#define LINE_ASKS_MAX 64 /* of one connection, not yet answered */
#define LINE_COOKIE_MAX 2048
#define LINE_REASON_MAX 32 /* octets of a close frame's reason with a NUL */

enum line_state { LINE_NEW, LINE_CHECKING, LINE_OPENING, LINE_OPEN, LINE_CLOSING };

enum line_close {
	LINE_GOING_AWAY = 1001,
	LINE_NOT_TEXT = 1003,
	LINE_POLICY = 1008,
	LINE_TOO_BIG = 1009,
	LINE_NOT_SIGNED_IN = 4401,
	LINE_NO_HELLO = 4408,
	LINE_TOO_SLOW = 4409,
};

/* What is spoken. Each is called with a line of this kind. */
struct line_kind {
	size_t size;	      /* of what begins with a struct line */
	unsigned roles;	      /* set of enum role, one of which the session must have */
	const char *stranger; /* why it is closed where it has none of them */
	size_t backlog_most;  /* octets that may wait to leave; 0: BACKLOG_MAX */
	/* A text frame that is whole and within its limits. */
	void (*frame)(struct line *line, struct span text);
	/* `session` is known and the state OPENING; the ack of hello is the kind's. */
	void (*opened)(struct line *line);
	/* All that was given to it has left. May be NULL, likewise below. */
	void (*written)(struct line *line);
	/* Once a second, while it is not closing. */
	void (*swept)(struct line *line);
	/* It closes, or is gone: nothing is wanted any more. Perhaps said twice. */
	void (*leaves)(struct line *line);
	void (*gone)(struct line *line);
};

struct line {
	struct line_table *table;
	struct line *next, **link;
	struct lws *wsi;
	enum line_state state;
	struct session session;
	char id[33];			/* unique among all */
	char token[WIRE_TOKEN_MAX + 1]; /* of the cookie, until hello */
	char ref[WIRE_REF_MAX + 1];	/* of hello */
	enum line_close code;
	char reason[LINE_REASON_MAX];
	uint8_t *input;
	size_t input_length;
	struct backlog backlog;
	struct ask_list asks;
	double begun, filled, pinged, checked, frames; /* seconds, and a bucket of frames */
	unsigned missed;
	bool ping;
	bool said; /* the close frame was handed to the library */
};

struct line_links {
	struct ev_loop *loop;
	const struct session_store *sessions;
	struct counters *counters;
	uint64_t *open; /* counts those that are open */
	void *context;	/* the kind's */
};

/* Copies `links`, borrows `kind`. */
struct line_table *line_create(const struct line_kind *kind, const struct line_links *links);
/* Every connection must be gone by then; asks that are open lose their connection only. */
void line_destroy(struct line_table **table);
const struct line_links *line_links(const struct line *line);
/* What libwebsockets tells about a connection of the subprotocol; `slot` is its user memory.
 * Returns what the library's callback is to return. */
int line_event(struct line_table *table, struct lws *wsi, int reason, struct line **slot,
	       struct span in);
/* Closes those of that session, or of that user, with 4401. */
void line_sign_out(struct line_table *table, const char *hash);
void line_sign_out_user(struct line_table *table, const char *name);
/* Looks at once whether that user's sessions still are, and closes those whose is not. */
void line_check_user(struct line_table *table, const char *name);
/* Closes all of them with 1001. */
void line_drain(struct line_table *table);
size_t line_count(const struct line_table *table);
/* The first, then by `next`. */
struct line *line_first(const struct line_table *table);

/* Looks up who said hello; an empty `token` is that of the cookie. Only in NEW. */
void line_hello(struct line *line, struct span ref, struct span token);
/* The only place that moves the state. */
void line_enter(struct line *line, enum line_state state, const char *cause);
void line_close(struct line *line, enum line_close code, const char *reason);
/* One frame, the parts joined. A line whose backlog is full is closed with 4409. */
void line_send(struct line *line, const struct span *parts, size_t count);
/* The same of a string, which it frees. */
void line_send_text(struct line *line, char *text);

#endif
