#ifndef BINDERY_GATEWAY_BACKLOG_H
#define BINDERY_GATEWAY_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>

struct settings_carrier;
struct store;

/* How many messages wait in Redis for one carrier, over all partitions and classes; counted every
 * few seconds, for people. Borrows what it is told of. */
struct backlog {
	const struct store *store;
	const struct settings_carrier *carrier;
	uint64_t due_ms;
	unsigned missing; /* answers of the count under way */
	bool failed;	  /* one of them was none */
	int64_t counted;  /* by it so far */
	int64_t waiting;  /* by the last one that was whole */
};

/* Counts anew where it is time to. Redis's answers name `backlog`, which has to outlive them. */
void backlog_look(struct backlog *backlog, uint64_t now_ms);

#endif
