#ifndef BINDERY_ROUTER_THREADING_BATCH_H
#define BINDERY_ROUTER_THREADING_BATCH_H

#include "router/bus/bus.h"
#include "router/bus/key.h"

struct job;
struct threading;

/*
 * Steps of a Redis Function that takes many of them in one call, gathered by the tag that they go
 * to. One call a tag is under way at a time; what comes meanwhile goes with the next, in its order,
 * so a call is as large as the load makes it and a lone step waits for nothing. A field that is
 * empty in all steps of a call is not sent.
 */

#define BATCH_STEPS_MAX 128 /* of one call */
#define BATCH_WIDTH_MAX 32  /* fields of a step */

/* Steps that nearly all are, sent as `name` and the fields of which `is` has NULL, in their order
 * and without names; the others are what it says. */
struct batch_brief {
	const char *name;
	const char *const *is; /* as many as a step has fields; borrowed for ever */
};

struct batch_setup {
	const char *function;
	const char *const *names; /* of a step's fields; borrowed for ever */
	size_t width;		  /* how many, 1..BATCH_WIDTH_MAX */
	const struct batch_brief *briefs;
	size_t brief_count;
	bool fenced; /* the call names the tenure first */
	char *(*tag)(unsigned slot, char out[KEY_MAX]);
	/* What the function said of this job's step, or the error of the whole call, or NULL where
	 * its outcome is unknown. */
	void (*done)(struct job *job, const struct bus_reply *told);
};

struct batch;

/* Slots are as many as there are partitions. Borrows `threading`, which has its bus already. */
struct batch *batch_create(struct threading *threading, const struct batch_setup *setup);
/* After the bus, which answers what is under way. */
void batch_destroy(struct batch **batch);
/* The tenure is over: frees the jobs whose steps were not sent. */
void batch_clear(struct batch *batch);
/* Adds a step of `job` with `width` values, copied, at the end of those for `slot`. */
void batch_add(struct batch *batch, unsigned slot, struct job *job, const struct span *values);

#endif
