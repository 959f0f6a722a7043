#ifndef BINDERY_ROUTER_DIGEST_H
#define BINDERY_ROUTER_DIGEST_H

#include "router/bus/bus.h"
#include "router/supervise/today.h"

struct digest;
struct ev_loop;

/*
 * Has what the partitions' events and ledgers tell folded into sums (functions/digest.lua), once a
 * second and a page of each partition at a time, so that Redis is not held up: of consent, which
 * reports are made of, and how long customers waited for answers, which are added to the day's
 * figures. Sums and cursors are in Redis and are written together: where two routers did so at
 * once, nothing would be counted twice.
 */

struct digest_links {
	struct ev_loop *loop;
	struct bus *bus;
	struct today *today; /* borrowed */
	unsigned partitions;
};

/* Copies the links. */
struct digest *digest_create(const struct digest_links *links);
/* The bus goes first. */
void digest_destroy(struct digest **digest);
/* The floor is this router's; and is not any more. */
void digest_begin(struct digest *digest);
void digest_end(struct digest *digest);

#endif
