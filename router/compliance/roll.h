#ifndef BINDERY_ROUTER_COMPLIANCE_ROLL_H
#define BINDERY_ROUTER_COMPLIANCE_ROLL_H

#include <stdbool.h>
#include <stddef.h>

#include "router/bus/bus.h"

/*
 * The suppression list being read, by whoever has a Redis to ask: the command line waits for each
 * answer, HTTP has them come. roll_ask() says what to ask next, its answer is given to roll_take(),
 * until there is nothing to ask any more. What one person has put there are keys of their own,
 * found by SCAN; behind them come lists, some buckets at a time. So however long the list is, what
 * is held of it is a page. What is there from the first question to the last is told; where Redis
 * moved its keys meanwhile, a number of the first kind may be told twice.
 */

#define ROLL_NUMBERS 200 /* with entries of one person, asked for at once */
#define ROLL_CURSOR_MAX 24

/* One entry of the list; spans live for the time of the call. */
struct roll_entry {
	struct span number, scope, source, at, by;
	struct span reference; /* of a list its batch, else the ledger's entry */
	bool listed;
};
typedef void roll_put(const struct roll_entry *entry, void *context);

struct roll {
	unsigned partitions;
	char cursor[ROLL_CURSOR_MAX]; /* of SCAN; "" where it has come to its end */
	char **keys;		      /* of a page of it; NULL where it was asked for */
	size_t keys_count;
	size_t keys_left;
	unsigned partition, bucket; /* of lists, what comes next */
	enum roll_asked { ROLL_KEYS, ROLL_PERSONS, ROLL_LISTS } asked;
};

void roll_init(struct roll *roll, unsigned partitions);
void roll_finish(struct roll *roll);
/* Adds a call to `args`. False at the end. */
bool roll_ask(struct roll *roll, struct bus_args *args);
/* False where it is no answer to what was asked. */
bool roll_take(struct roll *roll, const struct bus_reply *reply, roll_put *put, void *context);

#endif
