#ifndef BINDERY_GATEWAY_REROUTE_H
#define BINDERY_GATEWAY_REROUTE_H

#include <stdbool.h>
#include <stdint.h>

struct job;
struct outbound;

/*
 * Gives messages to the next carrier of their route: one that this carrier refuses, and all that
 * wait where it has had no bind for `reroute_after_s`. Only a message of which no part may have
 * been sent goes elsewhere. Where it goes is known to Redis alone (mt_reroute, mt_divert).
 */

/* What became of parts that this carrier refused, once none of the others is in a window: asks for
 * another carrier, or fails them when a part was accepted. */
void reroute_refused(struct outbound *outbound, struct job *job);

/* To be called with each pass: notes whether there is a bind, and moves what waits for one too
 * long to the next of its route that this gateway does not know to have none. Returns when to be
 * called again, UINT64_MAX for any time. */
uint64_t reroute_stranded(struct outbound *outbound, uint64_t now_ms);

/* The gateway stops, or the carrier is held: gives back what has not been sent, so that it waits in
 * Redis, where it keeps its place, and is not found in flight with an outcome that nobody knows.
 * What is to be tried again later keeps that time, and so waits for it here, unless it is `all`. */
void reroute_back(struct outbound *outbound, bool all, uint64_t now_ms);

/* The carrier is gone from the settings and its binds are stopped: nobody will send again what may
 * have been sent, so that is told, and what waits goes to the next carrier of its route. How much
 * has none is in `left_behind` once nothing is under way. */
void reroute_leave(struct outbound *outbound);

#endif
