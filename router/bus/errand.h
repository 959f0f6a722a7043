#ifndef BINDERY_ROUTER_BUS_ERRAND_H
#define BINDERY_ROUTER_BUS_ERRAND_H

#include <ev.h>

#include "router/bus/bus.h"

#define ERRAND_WHY_MAX 384

/* What a verb of the command line asks of Redis: one command at a time, waited for. What goes wrong
 * is told on stderr as `bindery-router: <verb>: …`. */
struct errand {
	struct ev_loop *loop;
	struct bus *bus;
	ev_timer limit;
	const char *verb; /* borrowed */
	bool timed_out;
	bus_done *read; /* of errand_read(), NULL otherwise */
	void *read_context;
	/* What the last answer was: an integer, or the strings of an array. A string is one of one.
	 */
	enum bus_reply_type type;
	int64_t integer;
	char **strings;
	size_t count;
	char *error;
	char why[ERRAND_WHY_MAX]; /* Redis could not be reached, or was lost */
};

/* Connects. False where Redis cannot be reached within some seconds; nothing is to be finished
 * then. */
bool errand_init(struct errand *errand, const struct bus_address *redis, const char *verb);
void errand_finish(struct errand *errand);
/* Sends `args` and waits. False where there is no good answer; what it was stands until the next.
 */
bool errand_ask(struct errand *errand, struct bus_args *args);
/* The same for an answer that is more than strings: `read` gets it as it is, for the time of the
 * call.
 */
bool errand_read(struct errand *errand, struct bus_args *args, bus_done *read, void *context);
/* Whether the last answer's first string is that. */
bool errand_said(const struct errand *errand, const char *word);

#endif
