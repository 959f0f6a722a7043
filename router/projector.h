#ifndef BINDERY_ROUTER_PROJECTOR_H
#define BINDERY_ROUTER_PROJECTOR_H

#include "config/metrics.h"
#include "config/settings.h"
#include "router/bus/bus.h"
#include "router/routing/offers.h"
#include "router/threading/threading.h"

struct door;
struct ev_loop;
struct projector;

/*
 * From events to what follows from them in other partitions: a place in a queue, an agent for a
 * conversation, frames for a screen. Every such step may be done twice and counts once (by the
 * source's event id), so a cursor per source is enough: it stands behind the last event of which
 * all steps were answered, and a router that begins starts there.
 */

struct projector_links {
	struct ev_loop *loop;
	struct bus *bus;
	struct threading *threading;
	struct offers *offers;
	const struct numbers *numbers;
	const struct directory *directory;
	unsigned partitions;
	const struct settings_events *events; /* how long events are kept */
};

/* Copies the links. Never NULL. */
struct projector *projector_create(const struct projector_links *links);
void projector_destroy(struct projector **projector);
/* That door's sockets are handed frames as they are written. Borrows it. */
void projector_show(struct projector *projector, struct door *door);

/* Leases are held and the floor is open: takes up every source at its cursor. Until a source has
 * been caught up with, what is told of it live is left to the reading. */
void projector_open(struct projector *projector);
void projector_close(struct projector *projector);

/* One event as it was written. `partition` is PROJECTOR_FLOOR for {acd}. `message` as in
 * threading_events. */
#define PROJECTOR_FLOOR 0xFFFFFFFFu
void projector_event(struct projector *projector, unsigned partition, const struct bus_reply *event,
		     const struct threading_message *message);

/* The time of something that an agent has is over (offers_events.deadline). */
void projector_deadline(struct projector *projector, enum offers_deadline deadline,
			const struct offers_due *due);

/* In which queue an agent has it, as far as it is remembered (recall.h); NULL where not. */
const char *projector_queue_of(const struct projector *projector, struct span conversation);

/* How far back events go (history.h), and bindery_events_lost: how often a source was taken up
 * where events behind its cursor were gone; 0 in health. */
void projector_measure(const struct projector *projector, struct metrics *metrics);

/* Whether every source has been caught up with. */
bool projector_is_live(const struct projector *projector);

#endif
