#ifndef BINDERY_ROUTER_DOOR_RATE_H
#define BINDERY_ROUTER_DOOR_RATE_H

#include <stdint.h>

/*
 * How often each client of the API may ask: a bucket for each that fills with `per_s` a second and
 * holds twice that. Pure. Remembers RATE_CLIENTS_MAX of them; with more, one that has not asked for
 * long is forgotten, and begins with a full bucket.
 */

#define RATE_CLIENTS_MAX 4096
#define RATE_DEFAULT_PER_S 100

struct rate;

/* per_s from 1 on; 0: the default. Never NULL. */
struct rate *rate_create(unsigned per_s);
void rate_destroy(struct rate **rate);
/* A request of that client: 0 where it may go on, else how many milliseconds to wait for the next
 * one. `now_ms` does not go back. */
uint64_t rate_ask(struct rate *rate, const char *client, uint64_t now_ms);

#endif
