#ifndef BINDERY_GATEWAY_STORE_H
#define BINDERY_GATEWAY_STORE_H

#include "gateway/turn.h"
#include "router/bus/bus.h"
#include "router/bus/key.h"

struct store_gather;

/* Where in Redis things go: the connection, and the names of each partition made once. */
struct store {
	struct bus *bus; /* borrows */
	unsigned partitions;
	char (*in)[KEY_MAX];	      /* {c3}:in */
	char (*back)[KEY_MAX];	      /* {c3}:back */
	char (*tag)[KEY_MAX];	      /* {c3} */
	struct store_gather *gathers; /* what goes into `back`, of each partition; own */
};

/* Borrows `bus` and `turn`. */
void store_init(struct store *store, struct bus *bus, struct turn *turn, unsigned partitions);
/* After the bus, which answers what is on its way. */
void store_finish(struct store *store);

/* A message goes into `in`; receipts and results, which come back of what was sent, go into
 * `back`. */
enum store_kind { STORE_MESSAGE, STORE_RECEIPT, STORE_RESULT };

/* An entry of a partition's streams: its fields are k (the kind: mo, dr, rs), c and r, and g where
 * a carrier is named, of whose results some wait for the router. */
struct store_entry {
	enum store_kind kind;
	bool alone;	      /* what it tells would be told twice if it were applied twice */
	struct span customer; /* canonical address; also what names the partition */
	struct span record;
	struct span carrier; /* of a result */
};

/*
 * Appends it. Copies. What goes into `back` while an entry of that partition is on its way there is
 * gathered, and goes behind it as one entry: k many, r a bundle (smpp/bundle.h), g the carriers of
 * its results, `|a|b|`. The router may apply what is in a bundle more than once, so what is `alone`
 * has an entry of its own. `done`, which may be NULL, gets the answer to the entry that it is in.
 */
void store_append(const struct store *store, unsigned partition, const struct store_entry *entry,
		  bus_done *done, void *context);
/* Sends what is gathered of a partition, before a command that has to find it there. */
void store_flush(const struct store *store, unsigned partition);
void store_flush_all(const struct store *store);

#endif
