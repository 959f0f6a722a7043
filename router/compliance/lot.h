#ifndef BINDERY_ROUTER_COMPLIANCE_LOT_H
#define BINDERY_ROUTER_COMPLIANCE_LOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/bus/bus.h"
#include "router/compliance/merkle.h"
#include "router/compliance/seal.h"
#include "router/compliance/written.h"

/* Numbers of a list on their way to the partition that they belong to: one call of bulk_add. */

#define LOT_ROWS 1000
#define LOT_PLACE_ROOM 24 /* octets of `bucket field` and a newline */

/* What is the same for all numbers of a list. Borrowed. */
struct lot_order {
	const char *batch, *scope, *source, *by, *reason;
	const char *file; /* the SHA-256 of the file that they stood in, in hexadecimal */
	bool dry;	  /* nothing is written */
};

struct lot {
	size_t count, length;
	char places[LOT_ROWS * LOT_PLACE_ROOM];
	char whos[LOT_ROWS * (MERKLE_HEX - 1)];
};

/* Adds a number as written_number() makes it; its place in the lot is `count` before. False where
 * no list can have it. A lot that is full must not be added to. */
bool lot_add(struct lot *lot, struct seal *seal, const char *number);
/* Begins and fills the call; its answer is a digit for each number, in their order. */
void lot_call(const struct lot *lot, const struct lot_order *order, unsigned partition,
	      uint64_t now_ms, struct bus_args *args);
/* What a digit of the answer says of its number: added, also, repeated. */
const char *lot_outcome(char digit);

/* A list as each partition that has numbers of it tells of it (bulk.lua). */
struct lot_told {
	const char *scope, *source, *batch, *at, *by, *reason;
};
/* Reads a row of `bulk`, which is cut into the parts of `out_r`. `batches` has those of the rows
 * before, is the caller's to free, and begins as "". False where the row is no list's (`bulk` has
 * codes too), or that list was told already. */
bool lot_read(char *row, char **batches, struct lot_told *out_r);

#endif
