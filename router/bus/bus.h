#ifndef BINDERY_ROUTER_BUS_BUS_H
#define BINDERY_ROUTER_BUS_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

struct ev_loop;
struct bus;

/*
 * One connection to Redis, everything on it pipelined and answered in order. Commands given in one
 * turn of the loop leave in one write. The connection is made again by itself (50 ms doubling to
 * 2 s); on every connect the Redis Functions are loaded unless newer ones are there (functions.h),
 * and `ready` is told only after that. They are looked at again each second, and at once where one
 * was not found: older ones that came in their place are replaced. Newer ones that do not serve
 * this program are an outage, until it is upgraded or they are gone.
 *
 * A command whose answer is lost with the connection is answered with NULL: whether it was done is
 * then unknown, and the caller decides. Commands given while not ready are answered with NULL in
 * the next turn, never queued.
 */

/* A reply, borrowed for the time of the callback. */
struct bus_reply;

enum bus_reply_type {
	BUS_NIL,
	BUS_STRING, /* also simple strings ("OK") */
	BUS_INTEGER,
	BUS_ARRAY,
	BUS_ERROR, /* bus_reply_span() is Redis's text */
};

enum bus_reply_type bus_reply_type(const struct bus_reply *reply);
/* The bytes of a STRING or ERROR, an empty span for everything else. NUL-terminated behind it. */
struct span bus_reply_span(const struct bus_reply *reply);
/* The INTEGER, or a STRING's decimal value, or 0. */
int64_t bus_reply_integer(const struct bus_reply *reply);
/* Number of elements of an ARRAY, 0 for everything else. */
size_t bus_reply_count(const struct bus_reply *reply);
/* Element i of an ARRAY, NULL outside of it. All bus_reply_* accept NULL as BUS_NIL. */
const struct bus_reply *bus_reply_at(const struct bus_reply *reply, size_t i);
/* The value behind `name` in a flat array of name, value, name, value…, or NULL. */
const struct bus_reply *bus_reply_field(const struct bus_reply *reply, const char *name);

/* `reply` is NULL when the outcome is unknown (see above). */
typedef void bus_done(struct bus *bus, const struct bus_reply *reply, void *context);

struct bus_events {
	void (*ready)(void *context); /* connected, functions loaded */
	void (*lost)(const char *why,
		     void *context); /* was ready; every pending call was answered */
	void *context;
};

struct bus_address {
	const char *socket; /* unix socket's path, or NULL */
	const char *host;   /* where there is no socket */
	int port;
	const char *password; /* NULL without AUTH */
};

/* What was found where our functions should be, and what became of it. */
struct bus_functions {
	enum bus_functions_change {
		BUS_FUNCTIONS_LOADED,	/* ours are there now, as we connected */
		BUS_FUNCTIONS_RELOADED, /* ours are there again: somebody had put others there */
		BUS_FUNCTIONS_REFUSED,	/* Redis does not take ours in their place */
		BUS_FUNCTIONS_NEWER,	/* newer ones stay, which serve this program */
		BUS_FUNCTIONS_LACKING,	/* newer ones stay, but lack one that was called */
		BUS_FUNCTIONS_UNSERVED, /* newer ones stay, which do not: nothing is asked of them
					 */
	} change;
	const char *ours; /* our version */
	const char
		*found; /* that of those that were there; "" for none, or where they do not say */
	const char *serves; /* the oldest version that those served, likewise */
	const char *note;   /* a sentence: what to do; of REFUSED what Redis says */
};
typedef void bus_functions_told(const struct bus_functions *functions, void *context);

/* Starts connecting in the next turn of the loop. Copies `address` and `events`; borrows `loop`.
 * Never NULL (out of memory exits). */
struct bus *bus_create(struct ev_loop *loop, const struct bus_address *address,
		       const struct bus_events *events);
/* Answers what is pending with NULL, closes, frees, nulls. May be called from a callback. */
void bus_destroy(struct bus **bus);

/* Has `told` called with each change, and the events' context. */
void bus_on_functions(struct bus *bus, bus_functions_told *told);
/* Connected, but by functions that do not serve this program: commands are sent, but for calls of
 * functions, which are refused. bus_is_ready() is false. */
bool bus_is_unserved(const struct bus *bus);

/* Connected, loaded, and answering: a Redis that owes an answer for BUS_STALL_S is not ready,
 * though what was asked of it may still be answered. */
#define BUS_STALL_S 5.0
bool bus_is_ready(const struct bus *bus);
/* Which run of Redis the connection is to: its run id, new with every start of it. "" while not
 * ready. */
const char *bus_run(const struct bus *bus);
/* Commands sent and not answered. Callers that produce without end hold back above BUS_PENDING_MAX.
 */
size_t bus_pending(const struct bus *bus);
#define BUS_PENDING_MAX 65536

#define BUS_ARGUMENTS_MAX 4096

/* Sends one command of `count` arguments (1..BUS_ARGUMENTS_MAX), copied. `done` may be NULL. */
void bus_send(struct bus *bus, const struct span *arguments, size_t count, bus_done *done,
	      void *context);

/*
 * An argument list being put together: bus_args_init(), adds, bus_args_send(). Holds copies, so
 * what was added may go away. One that was sent is empty again and can be used anew; what it had
 * can be read by bus_args_at() until something is added. Finish it at the end.
 */
struct bus_args {
	struct span *spans; /* for bus_args_send() */
	size_t *offsets;    /* into `bytes` while it grows */
	size_t count, capacity;
	uint8_t *bytes;
	size_t length, bytes_capacity;
	bool placed; /* names are left out, until it is sent */
};

void bus_args_init(struct bus_args *args);
void bus_args_finish(struct bus_args *args);
void bus_args_span(struct bus_args *args, struct span value);
void bus_args_text(struct bus_args *args, const char *value); /* NULL counts as "" */
void bus_args_integer(struct bus_args *args, int64_t value);
/* Field and value, for the functions that take named arguments. */
void bus_args_field(struct bus_args *args, const char *name, struct span value);
void bus_args_field_text(struct bus_args *args, const char *name, const char *value);
void bus_args_field_integer(struct bus_args *args, const char *name, int64_t value);
/* Begins FCALL `function` with one key; named arguments follow. */
void bus_args_call(struct bus_args *args, const char *function, const char *key);
/* The same of a function that knows its arguments by their order: names are left out, so all of
 * them have to be given, in that order. */
void bus_args_call_placed(struct bus_args *args, const char *function, const char *key);
void bus_args_send(struct bus_args *args, struct bus *bus, bus_done *done, void *context);
/* The one that was added as the `i`th, from 0, borrowed until another is. */
struct span bus_args_at(const struct bus_args *args, size_t i);
/* Empties it without sending. */
void bus_args_clear(struct bus_args *args);

/* Subscriptions live on a connection of their own. After a break they are made again and `woken` is
 * called once for each with an empty payload, because something may have been missed. */
struct bus_ear;
typedef void bus_woken(const char *channel, struct span payload, void *context);
struct bus_ear *bus_ear_create(struct ev_loop *loop, const struct bus_address *address,
			       bus_woken *woken, void *context);
void bus_ear_destroy(struct bus_ear **ear);
void bus_ear_subscribe(struct bus_ear *ear, const char *channel);
void bus_ear_unsubscribe(struct bus_ear *ear, const char *channel);

#endif
