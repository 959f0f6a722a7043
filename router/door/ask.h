#ifndef BINDERY_ROUTER_DOOR_ASK_H
#define BINDERY_ROUTER_DOOR_ASK_H

#include "router/door/desk.h"
#include "router/door/wire.h"

/*
 * What a connection asked of the desk or of the sessions and was not answered yet. An ask outlives
 * its connection: one that goes orphans its asks, and the answer then finds nobody.
 */

struct ask_list {
	void *owner; /* the connection */
	struct ask *first;
	size_t count;
};

struct ask {
	struct ask_list *list; /* NULL: orphaned */
	struct ask *next;
	unsigned type; /* of the protocol, as its owner knows it */
	size_t ref_length;
	char ref[WIRE_REF_MAX + 1];
	char agent[DESK_AGENT_MAX + 1]; /* lent to the desk until it answered */
};

/* On the heap, in the list. `ref` may be empty. */
struct ask *ask_create(struct ask_list *list, unsigned type, struct span ref, const char *agent);
/* Takes the ask out of its list and returns the owner, or NULL for an orphan. The ask itself is
 * freed by the caller, with free(), when it is done with the answer: that may hold what it lent. */
void *ask_end(struct ask *ask);
void ask_orphan(struct ask_list *list);
/* Gives a frame of any type but hello to the desk. `done` gets the ask. */
void ask_desk(struct ask *ask, struct desk *desk, const struct wire_frame *frame, desk_done *done);

#endif
