#ifndef BINDERY_ROUTER_COMPLIANCE_SEEN_H
#define BINDERY_ROUTER_COMPLIANCE_SEEN_H

#include <stdbool.h>
#include <stdint.h>

/* The numbers that a file has had so far, or a piece of one. Zeroed, it is empty. */
struct seen {
	uint64_t *slots; /* by open addressing; 0 is free */
	uint64_t room, count;
};

/* Adds a number as written_number() makes it. Returns whether it was there already. */
bool seen_add(struct seen *seen, const char *number);
void seen_finish(struct seen *seen);

#endif
