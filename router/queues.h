#ifndef BINDERY_ROUTER_QUEUES_H
#define BINDERY_ROUTER_QUEUES_H

#include "config/settings.h"
#include "router/routing/offers.h"

/* The queues of the configuration as the floor has them, in its order; borrows its names. */
struct offers_queue *queues_create(const struct settings *settings);
/* Frees, nulls. */
void queues_destroy(struct offers_queue **queues, size_t count);

#endif
