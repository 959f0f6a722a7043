#ifndef BINDERY_ROUTER_ROUTING_OFFERS_STEP_H
#define BINDERY_ROUTER_ROUTING_OFFERS_STEP_H

#include "router/routing/offers.h"

/*
 * What follows on the floor from an event of a conversation. A step is known by its source and the
 * event's id, so one that is asked for again changes nothing; one that comes too late (the
 * conversation has gone on to another leg, or has been accepted) changes nothing either and is OK.
 */

struct offers_place {
	const char *source;   /* the events' key of the step, and the event's id, by which a */
	struct span event_id; /* repeated step is known */
	struct span before;   /* the id of the source's last step, empty after a new beginning */
	struct span conversation, queue, ours, customer;
	struct span last_agent; /* asked first; may be empty */
	unsigned partition, leg;
	uint64_t enqueued_ms; /* in a move: 0 keeps it */
	uint64_t entered_ms;  /* this queue, from when its rings count; 0: when it was enqueued, and
				 in a move: now */
	int priority;	      /* -FLOOR_PRIORITY_MAX..FLOOR_PRIORITY_MAX */
	struct span skills;   /* that it asks for, with commas */
	bool keeps_skills;    /* a move with the skills that it has, */
	bool keeps_priority;  /* and with the priority */
	struct span target;   /* an agent at whom it rings at once, if they can take it; may be
				 empty */
	struct span preferred; /* `agent:score,…`, asked alone for preferred_wait_ms, the highest
				  score first; may be empty */
	uint64_t preferred_wait_ms;
	struct span how;  /* offers_connect(): outbound, resume */
	struct span why;  /* of a release or a move: transfer, reclaimed, inactivity… */
	struct span from; /* who asked for the move; may be empty */
};

/* After-call work of the leg that ends. */
struct offers_acw {
	enum { OFFERS_ACW_NONE, OFFERS_ACW_PENDING } mode;
	uint64_t until_ms; /* 0: until they say that it is done */
	bool holds;	   /* their slot */
	struct span agent; /* whose it is, should the conversation be another's by now, */
	struct span queue; /* and of which queue */
};

/* It begins to wait. */
void offers_enqueue(struct offers *offers, const struct offers_place *place, struct offers_ask ask);
/* It is closed: `leg` was its last. After-call work is that of whoever had it; `acw` may be NULL.
 */
void offers_release(struct offers *offers, const struct offers_place *place,
		    const struct offers_acw *acw, struct offers_ask ask);
/* It waits in `queue`, another one or again its own. `leg` is the one that begins,
 * one more than the agent's who had it; where nobody had it, the same as before. */
void offers_move(struct offers *offers, const struct offers_place *place,
		 const struct offers_acw *acw, struct offers_ask ask);
/* `agent` has it without an offer: a new one, or one that they had parked. */
void offers_connect(struct offers *offers, const struct offers_place *place, struct span agent,
		    struct offers_ask ask);
/* Its agent puts it aside until then (0: until they say so); it does not count in their load. */
void offers_park(struct offers *offers, const struct offers_place *place, struct span agent,
		 uint64_t until_ms, struct offers_ask ask);
/* After-call work of a leg that ended by an accepted consultation; in a release or a move it begins
 * there. */
void offers_acw_begin(struct offers *offers, const struct offers_place *place, struct span agent,
		      const struct offers_acw *acw, struct offers_ask ask);
void offers_acw_end(struct offers *offers, const struct offers_place *place, struct span agent,
		    struct offers_ask ask);

#endif
