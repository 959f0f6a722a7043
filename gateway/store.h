#ifndef BINDERY_GATEWAY_STORE_H
#define BINDERY_GATEWAY_STORE_H

#include "router/bus/bus.h"
#include "router/bus/key.h"

/* Where in Redis things go: the connection, and the names of each partition made once. */
struct store {
	struct bus *bus; /* borrows */
	unsigned partitions;
	char (*in)[KEY_MAX];  /* {c3}:in */
	char (*tag)[KEY_MAX]; /* {c3} */
};

void store_init(struct store *store, struct bus *bus, unsigned partitions);
void store_finish(struct store *store);

/* Appends {k: kind, c: fields[0], r: fields[1]} to a partition's inbound stream: the customer's
 * canonical address and the record. Copies. */
void store_append(const struct store *store, unsigned partition, const char *kind,
		  const struct span fields[2], bus_done *done, void *context);

#endif
