#ifndef BINDERY_ROUTER_THREADING_THREADING_H
#define BINDERY_ROUTER_THREADING_THREADING_H

#include <stdbool.h>
#include <stdint.h>

#include "router/bus/bus.h"
#include "router/threading/numbers.h"
#include "smpp/span.h"

struct ev_loop;
struct threading;

/*
 * From what the gateways heard to conversations: reads every inbound entry in its order, decides in
 * C (decode, join, verdict) and has one Redis Function apply and acknowledge it. What was written
 * comes back as events, which are handed to `happened` in the order of their partition.
 */

/* The message that an event is about, where the caller has it at hand anyway. */
struct threading_message {
	struct span text;
	unsigned segments;
	bool partial;
	struct span answer; /* the automatic answer to a keyword; may be empty */
	unsigned answer_segments;
};

struct threading_events {
	/* Leases are held. Events older than this may be unseen; entries follow. */
	void (*opened)(void *context);
	void (*closed)(void *context);
	/* Another router holds the leases: this one stands by. Once until the next `opened`. */
	void (*refused)(void *context);
	/* One event of {c<partition>}: {id, field, value…}. `message` is NULL unless the event is
	 * `mo`, `consent` or `amended`. Both borrowed for the time of the call. */
	void (*happened)(unsigned partition, const struct bus_reply *event,
			 const struct threading_message *message, void *context);
	void *context;
};

struct threading_settings {
	const char *instance;
	unsigned partitions;
	uint64_t parts_timeout_ms, duplicate_window_ms;
	const struct bus_address *redis;
	const struct settings *settings;
	struct numbers *numbers;
	struct seal *seal;		 /* of what is written to the ledger */
	const struct keywords *keywords; /* as they are in force */
};

/* Borrows everything that `settings` points to. */
struct threading *threading_create(struct ev_loop *loop, struct bus *bus,
				   const struct threading_settings *settings,
				   const struct threading_events *events);
void threading_destroy(struct threading **threading);

/* The bus is ready, or lost; release gives the leases back before the process ends, and nothing
 * begins after it. */
void threading_begin(struct threading *threading);
void threading_end(struct threading *threading);
void threading_release(struct threading *threading);

/* The settings' carriers are others now. */
void threading_reload(struct threading *threading);

bool threading_is_open(const struct threading *threading);
/* Another router works; this one takes over when it has gone. */
bool threading_is_standby(const struct threading *threading);
/* For the functions that want it; "" while closed. With THREADING_FLOOR that of {acd}. */
#define THREADING_FLOOR 0xFFFFFFFFu
const char *threading_fence(const struct threading *threading, unsigned partition);

enum threading_counter {
	THREADING_MO,	    /* applied */
	THREADING_REPEATED, /* known to be a repetition */
	THREADING_PARTS,    /* parts kept for the rest of their message */
	THREADING_PARTIAL,  /* messages shown without some of their parts */
	THREADING_RECEIPTS,
	THREADING_RESULTS,
	THREADING_ASIDE,  /* put aside: could not be read, or not for us */
	THREADING_FAILED, /* refused by Redis and tried again */
};
#define THREADING_COUNTERS 8

/* What the Redis Functions have counted since the installation, over all partitions, as it was
 * about a second ago. */
enum threading_tally {
	THREADING_RECEIPT_EARLY,	/* before the answer that names their id */
	THREADING_RECEIPT_LATE,		/* after the message was given up */
	THREADING_RECEIPT_REPEATED,	/* the same state again */
	THREADING_RECEIPT_REGRESSED,	/* another state after a final one; ignored */
	THREADING_RECEIPT_INTERMEDIATE, /* not final */
	THREADING_RECEIPT_ORPHAN,	/* of nothing that was sent */
	THREADING_RECEIPT_CROWDED,	/* let go unmatched: more of them than are kept */
	THREADING_RECEIPT_OVERDUE,	/* messages without one in time */
	THREADING_REROUTED,		/* messages that another carrier got */
	THREADING_DIVERTED,		/* messages that were moved from a carrier without a bind */
	THREADING_EXPIRED,		/* messages whose time was up while they waited for one */
	THREADING_PARAMETERS_LEFT_OUT,	/* of a carrier's own: too long, or too many */
	/* What there is now: texts that a person has to read, those of them that should have been
	 * read, and those that are escalated. */
	THREADING_REVIEW_OPEN,
	THREADING_REVIEW_DUE,
	THREADING_REVIEW_ESCALATED,
};
#define THREADING_TALLIES 15
#define THREADING_SUMS THREADING_REVIEW_OPEN /* before it are sums, which only grow */

/* The field of the partitions' `count` in which it is kept. */
const char *threading_tally_name(enum threading_tally tally);
uint64_t threading_tally(const struct threading *threading, enum threading_tally tally);

uint64_t threading_count(const struct threading *threading, enum threading_counter counter);

/* How many scopes there are on lists that the settings do not know, or that no more cover the
 * number to which a customer wrote; each was said in the log. */
size_t threading_scopes_unknown(const struct threading *threading);

#endif
