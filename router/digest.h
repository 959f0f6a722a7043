#ifndef BINDERY_ROUTER_DIGEST_H
#define BINDERY_ROUTER_DIGEST_H

#include "router/bus/bus.h"

struct digest;
struct ev_loop;

/*
 * Has what happened to consent folded into the sums that reports are made of
 * (functions/digest.lua), once a second and a page of each partition at a time, so that Redis is
 * not held up. Sums and cursors are in Redis and are written together: any number of routers may do
 * so at once.
 */

/* Borrows both. */
struct digest *digest_create(struct ev_loop *loop, struct bus *bus, unsigned partitions);
/* The bus goes first. */
void digest_destroy(struct digest **digest);

#endif
