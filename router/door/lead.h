#ifndef BINDERY_ROUTER_DOOR_LEAD_H
#define BINDERY_ROUTER_DOOR_LEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/door/desk.h"
#include "smpp/span.h"

/*
 * What supervisors ask of the desk, and the API of users, beside what agents do (desk.h), and the
 * values that cross. Names and meanings are those of asyncapi.yaml, channel `floor`. router/lead.c
 * does it.
 */

enum lead_kind {
	LEAD_ASSIGN,   /* conversation, agent: it rings there, whatever it needs */
	LEAD_STATUS,   /* agent, on_queue */
	LEAD_PRESENCE, /* agent, presence */
	LEAD_CAPACITY, /* agent, limit: how many they may have, where they were ever here */
	LEAD_RETIRE,   /* agent: is no user any more */
	LEAD_SIGN_OUT, /* agent: sessions end, and they are off queue */
	LEAD_TRANSFER, /* conversation, queue or agent: taken from whoever has it */
	LEAD_CLOSE,    /* conversation: ended, whoever has it or wherever it waits */
	LEAD_READ,     /* conversation: its thread; that it is read along is an event */
	LEAD_THREAD,   /* conversation, before, limit: the same without the event */
	LEAD_QUEUE,    /* queue: what waits in it */
	LEAD_AGENT,    /* agent: what they have */
	LEAD_POINTS,   /* queue (`*`: the floor), hours: the last hours, by the minute */
};

/* Spans are borrowed for the time of the call. All but the last four are done once by `ref`. */
struct lead_order {
	enum lead_kind kind;
	const char *by;
	struct span ref;
	struct span conversation, agent, queue, presence, before;
	unsigned limit; /* 1..DESK_PAGE_MAX; of LEAD_CAPACITY 0..25 */
	unsigned hours; /* 1..LEAD_HOURS_MAX */
	bool on_queue;
};

#define LEAD_HOURS_MAX 24
#define LEAD_POINTS_MAX ((LEAD_HOURS_MAX + 1) * 60)

/* One minute; of a figure that nothing was noted of it is 0. */
enum lead_figure {
	LEAD_OFFERED,
	LEAD_ANSWERED,
	LEAD_ABANDONED,
	LEAD_IN_TIME,
	LEAD_WAITING,
	LEAD_ON_QUEUE,
	LEAD_FIGURES,
};
struct lead_point {
	uint64_t at_ms; /* the minute's beginning */
	unsigned values[LEAD_FIGURES];
};

#define LEAD_ROWS_MAX 100 /* of what waits; the total is told */

struct lead_row {
	struct span conversation, state, customer, ours, queue;
	struct span skills; /* with commas */
	struct span kind;   /* what made it wait: transfer, consult…; mostly empty */
	uint64_t since_ms, until_ms;
	int priority;
	unsigned ring, leg;
	bool preferring, no_agent;
};

struct lead_answer {
	enum desk_code code;
	const char *detail; /* a sentence for a person where code is not DESK_OK */
	struct span about;  /* LEAD_QUEUE, LEAD_AGENT, LEAD_THREAD, LEAD_READ: what was asked for */
	const struct lead_row *rows; /* LEAD_QUEUE, LEAD_AGENT; customers masked as in the log */
	size_t row_count;
	unsigned total;			  /* how many wait */
	const struct desk_answer *thread; /* LEAD_READ, LEAD_THREAD */
	const struct lead_point *points; /* LEAD_POINTS: minutes in which something was, in order */
	size_t point_count;
};

/* Borrowed for the time of the call. */
typedef void lead_done(const struct lead_answer *answer, void *context);
/* Answered exactly once, as every ask of the desk. */
typedef void lead_give(struct desk *desk, const struct lead_order *order, lead_done *done,
		       void *context);

#endif
