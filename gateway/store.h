#ifndef BINDERY_GATEWAY_STORE_H
#define BINDERY_GATEWAY_STORE_H

#include "router/bus/bus.h"
#include "router/bus/key.h"

/* Where in Redis things go: the connection, and the names of each partition made once. */
struct store {
	struct bus *bus; /* borrows */
	unsigned partitions;
	char (*in)[KEY_MAX];   /* {c3}:in */
	char (*back)[KEY_MAX]; /* {c3}:back */
	char (*tag)[KEY_MAX];  /* {c3} */
};

void store_init(struct store *store, struct bus *bus, unsigned partitions);
void store_finish(struct store *store);

/* An entry of a partition's streams: k, c and r, and g where a carrier is named, of whose results
 * some wait for the router. A message ("mo") goes into `in`; receipts and results, which come back
 * of what was sent, go into `back`. */
struct store_entry {
	const char *kind;
	struct span customer; /* canonical address; also what names the partition */
	struct span record;
	struct span carrier; /* of a result */
};

/* Appends it. Copies. */
void store_append(const struct store *store, unsigned partition, const struct store_entry *entry,
		  bus_done *done, void *context);

#endif
