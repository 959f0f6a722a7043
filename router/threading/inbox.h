#ifndef BINDERY_ROUTER_THREADING_INBOX_H
#define BINDERY_ROUTER_THREADING_INBOX_H

#include "router/bus/bus.h"

struct ev_loop;
struct inbox;

/*
 * Holds the leases of all partitions and of the floor, and reads what the gateways wrote: messages
 * from the streams `in`, receipts and results from the streams `back`, each in its order. An entry
 * is in its stream until the function that applies it deletes it, so a tenure begins by reading
 * every stream from its first entry.
 */

#define INBOX_OWED_MAX 16384 /* entries given out and not returned; above it reading stops */

struct inbox_entry {
	unsigned partition;
	bool back; /* of the stream `back`, else of `in` */
	bool old;  /* it may have been there before this tenure, and been given out in another */
	struct span id, kind, customer, record; /* borrowed for the time of the call */
};

struct inbox_events {
	void (*opened)(void *context); /* the leases are held; entries follow */
	void (*entry)(const struct inbox_entry *entry, void *context);
	void (*closed)(
		void *context); /* everything given out is void, and is given out again later */
	void (*tick)(void *context);	/* about each second while open */
	void (*refused)(void *context); /* another router holds them: once until `opened` */
	void *context;
};

struct inbox_settings {
	const char *instance; /* the router's name: it gets its own leases back at once */
	unsigned partitions;
	const struct bus_address *redis;
};

/* Borrows `loop` and `bus`; reads over a connection of its own. Never NULL. */
struct inbox *inbox_create(struct ev_loop *loop, struct bus *bus,
			   const struct inbox_settings *settings,
			   const struct inbox_events *events);
void inbox_destroy(struct inbox **inbox);

/* The bus is ready, or lost. */
void inbox_begin(struct inbox *inbox);
void inbox_end(struct inbox *inbox);
/* Something went wrong that only a fresh start mends: closes, and opens again in a second. */
void inbox_restart(struct inbox *inbox);
/* An entry that is being given out is so many more than one. */
void inbox_owe(struct inbox *inbox, size_t more);
/* One that was given out is done with. */
void inbox_return(struct inbox *inbox);
/* Gives the leases back, so that another router need not wait for them to run out, and claims none
 * any more. */
void inbox_release(struct inbox *inbox);

bool inbox_is_open(const struct inbox *inbox);
/* Another router holds them; this one waits for them to run out. */
bool inbox_is_standby(const struct inbox *inbox);
/* The token that proves the tenure of a partition, or with INBOX_FLOOR of {acd}; "" while closed.
 */
#define INBOX_FLOOR 0xFFFFFFFFu
const char *inbox_fence(const struct inbox *inbox, unsigned partition);

#endif
