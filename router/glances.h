#ifndef BINDERY_ROUTER_GLANCES_H
#define BINDERY_ROUTER_GLANCES_H

#include "router/bus/bus.h"
#include "router/threading/threading.h"

struct glances;

/*
 * What an offer shows of its customer's words, of conversations that have begun here and in which
 * nobody but the customer has said anything yet: those need not be read when they are offered. The
 * newest are kept, by a hash; of any other nothing is known, and it is read.
 */

#define GLANCES_MAX 131072u

struct glance {
	unsigned texts;	  /* of the customer, none of them answered */
	struct span text; /* how the first begins: more than an offer shows, where there is more */
};

struct glances *glances_create(void);
void glances_destroy(struct glances **glances);
/* An event of a conversation, in their order. Copies what it keeps; `message` as of
 * threading_events, or NULL: then nothing is known of that conversation. */
void glances_event(struct glances *glances, const struct bus_reply *event,
		   const struct threading_message *message);
/* False where it is not known. Borrowed until the next event. */
bool glances_of(const struct glances *glances, struct span conversation, struct glance *out);
/* Events may be told twice from now on. */
void glances_clear(struct glances *glances);

#endif
