#ifndef BINDERY_ROUTER_TALLIES_H
#define BINDERY_ROUTER_TALLIES_H

#include "config/metrics.h"
#include "router/bus/bus.h"
#include "router/compliance/follower.h"
#include "router/routing/offers.h"
#include "router/threading/threading.h"

/* What threading counts, as counters of /metrics: its own since it began, and those that all
 * routers have counted in Redis since the installation; and what is to be read by people. Before
 * each rendering. */
void tallies_count(const struct threading *threading, struct metrics *metrics);
/* What the floor, Redis and the ledger look like now, as gauges. */
void tallies_floor(const struct offers *offers, struct metrics *metrics);
void tallies_bus(const struct bus *bus, struct metrics *metrics);
void tallies_ledger(const struct follower *follower, struct metrics *metrics);

#endif
