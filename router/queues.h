#ifndef BINDERY_ROUTER_QUEUES_H
#define BINDERY_ROUTER_QUEUES_H

#include "config/settings.h"
#include "router/directory/directory.h"
#include "router/routing/offers.h"
#include "router/threading/numbers.h"

/* The queues of the configuration as the floor has them, in its order; borrows its names. */
struct offers_queue *queues_create(const struct settings *settings);
/* Frees, nulls. */
void queues_destroy(struct offers_queue **queues, size_t count);

/* Which number leads to which queue is followed, too: to one that is gone, or that the file does
 * not know yet, none does.
 *
 * Those that the API made, changed or deleted, as soon as the directory has it: the floor and the
 * wrap-up codes know of them from then on. What the file says of a queue of the file stays. */
struct queues_links {
	const struct settings *settings;
	struct directory *directory;
	struct offers *offers;
	struct numbers *numbers;
};
/* Borrows `links` for as long as the directory lives. */
void queues_follow(struct queues_links *links);

#endif
