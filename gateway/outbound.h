#ifndef BINDERY_GATEWAY_OUTBOUND_H
#define BINDERY_GATEWAY_OUTBOUND_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/log.h"
#include "config/metrics.h"
#include "config/settings.h"
#include "gateway/ask.h"
#include "gateway/bind.h"
#include "gateway/job.h"
#include "gateway/paced.h"
#include "gateway/result.h"
#include "gateway/share.h"
#include "gateway/source.h"
#include "gateway/throttle.h"

struct store;
struct lease;

struct outbound_counters {
	struct metric *taken, *submitted, *sent, *failed, *unknown, *resent, *given_up;
	struct metric *unsendable, *paused, *expired, *ended, *recovered;
};

/*
 * One carrier's way out: takes messages from Redis as slots come free, cuts them into segments,
 * writes them and tells what became of each.
 *
 * Promise 3 rules the order of things. mt_take and mt_check look at suppression, and what they let
 * pass is written before the event in which their reply came is over. A segment that cannot be (the
 * window or a bucket is full, the link pauses, a retry) waits, and goes through mt_check first.
 */
struct outbound_setup {
	struct turn *turn;
	const struct store *store;
	const struct lease *lease; /* what is not ours is left alone */
	const struct settings_carrier *carrier;
	const struct settings *const *settings; /* the whole, of which a reload may make another */
	const struct outbound_counters *counters;
	struct bind *const *binds; /* carrier->binds of them, made by now */
	/* The carriers of this gateway that have no bind now, as `|a|b|`, good until asked again.
	 */
	const char *(*unbound)(const void *gateway);
	const void *gateway;
};

struct lane; /* what is known of one partition */

struct outbound {
	struct outbound_setup setup; /* borrows */
	struct lane *lanes;	     /* one for each partition */
	struct jobs jobs;
	struct results results;
	struct asks asks;
	struct throttle throttle;
	struct throttle bind_throttles[SETTINGS_BINDS_MAX];
	struct sources sources;
	struct paced paced;
	struct log_pace complaints;	     /* of what Redis refused */
	uint64_t pass;			     /* counts pumps */
	unsigned spoken[SETTINGS_BINDS_MAX]; /* of their slots, for what this pass asks about */
	struct share share, turns;	     /* of what waits here; of what takes bring */
	bool last_was_paced;		     /* what a take brought last, by its number */
	unsigned ready[MESSAGE_CLASS_COUNT]; /* segments that waited for nothing but a slot */
	struct bus_args *arguments;
	struct job_scratch *scratch;
	struct turn_task pump;
	ev_timer timer;
	uint64_t again_ms;    /* when the timer is due, UINT64_MAX for not at all */
	uint64_t polled_ms;   /* when all partitions were last thought to have something */
	unsigned asked;	      /* messages that takes under way may bring */
	unsigned urgent;      /* of them, those that bring what is interactive alone */
	unsigned sifting;     /* takes under way that may go through much */
	unsigned cursor;      /* the partition whose turn it is */
	unsigned diverting;   /* partitions whose messages are being moved to other carriers */
	int64_t left_behind;  /* by the last such move: there is no other carrier for them */
	uint64_t stranded_ms; /* when to move them (again), 0 while there is a bind */
	bool stopping;	      /* takes nothing */
	bool ending;	      /* and keeps nothing that it could give back */
	bool halted;
};

void outbound_init(struct outbound *outbound, const struct outbound_setup *setup);
void outbound_finish(struct outbound *outbound);

/* Redis is there (again): asks what a gateway before us, or a lost reply, left in flight. */
void outbound_ready(struct outbound *outbound);
/* Another gateway has the carrier: what waits here is its business now. */
void outbound_yield(struct outbound *outbound);
/* The carrier is ours, and may have been another's: what is in flight may have been written. */
void outbound_begin(struct outbound *outbound);

/* Something waits in that partition, or nobody knows where: `partition` out of range. The highest
 * class that some of it may be. */
void outbound_wake(struct outbound *outbound, unsigned partition, enum message_class class);
/* There is a bind that takes submits, if not at this moment. */
bool outbound_sends(const struct outbound *outbound);
/* Slots may have come free: looks for work at the end of this turn. */
void outbound_stir(struct outbound *outbound);

void outbound_answered(struct outbound *outbound, struct bind *bind,
		       const struct bind_answer *answer);
void outbound_lost(struct outbound *outbound, struct bind *bind, uint64_t user, enum bind_lost why);

/* Takes nothing any more. What is in a window goes on, what was not sent goes back. */
void outbound_stop(struct outbound *outbound);
/* Takes again, or not; and then it may be about to unbind. */
enum outbound_hold {
	OUTBOUND_GOES,
	OUTBOUND_PAUSES,
	OUTBOUND_ENDS,
};
void outbound_hold(struct outbound *outbound, enum outbound_hold hold);
/* The carrier's settings are different now, where `setup.carrier` points. */
void outbound_change(struct outbound *outbound);
/* Asks Redis for nothing any more, whatever comes. */
void outbound_halt(struct outbound *outbound);
/* What Redis had in flight for the carrier is known here. */
bool outbound_is_recovered(const struct outbound *outbound);
/* Nothing under way, and every result written. */
bool outbound_is_idle(const struct outbound *outbound);

#endif
