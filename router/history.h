#ifndef BINDERY_ROUTER_HISTORY_H
#define BINDERY_ROUTER_HISTORY_H

#include <stdint.h>

#include "config/metrics.h"
#include "router/bus/bus.h"

struct ev_loop;
struct history;

/*
 * How far back events go (EVENTS.md): every few seconds what is older than `keep_ms`, and what is
 * more than `most` in one stream, is cut away, but nothing that the projector has not been through,
 * nor the sums (digest.h, daybook.h). Any number of routers may do so at once.
 */

struct history_links {
	struct ev_loop *loop;
	struct bus *bus;
	unsigned partitions;
	uint64_t keep_ms;
	unsigned most; /* events of one stream */
};

/* Copies the links. Never NULL. */
struct history *history_create(const struct history_links *links);
void history_destroy(struct history **history);

/* How old each stream's oldest event is and how many there are, as they were a few seconds ago. */
void history_measure(const struct history *history, struct metrics *metrics);

#endif
