#ifndef BINDERY_ROUTER_ROUTING_OFFERS_H
#define BINDERY_ROUTER_ROUTING_OFFERS_H

#include <stdbool.h>
#include <stdint.h>

#include "router/bus/bus.h"
#include "router/routing/floor.h"
#include "smpp/span.h"

struct ev_loop;
struct offers;

/*
 * Brings waiting conversations to agents: keeps the mirror of the floor (floor.h), asks the Redis
 * Functions of offer.lua and agent.lua for every change, and hands each event they wrote to
 * `happened`, in their order. Everything given while Redis is away is refused to its caller; the
 * mirror is read anew when Redis is back.
 */

struct offers_queue {
	const char *name;
	uint64_t alerting_timeout_ms;
	bool auto_answer; /* an offer is accepted as it is made */
	struct floor_queue_facts facts;
};

struct offers_settings {
	const char *instance; /* of the router: `<instance>:` is put before its connections' names,
				 by which they are known after a crash */
	const struct offers_queue *queues; /* from the start, copied */
	size_t queue_count;
	uint64_t offline_grace_ms; /* without a connection for so long: off queue */
	uint64_t reclaim_ms;	   /* and for so long: OFFERS_RECLAIM is told; 0 never */
};

enum offers_deadline {
	OFFERS_ACW,	/* the time for after-call work is over */
	OFFERS_PARKED,	/* a parked conversation is to be taken up again */
	OFFERS_RECLAIM, /* an agent who has it, connected or parked, does not come back */
};

struct offers_due {
	struct span conversation, agent;
	unsigned partition, leg;
};

struct offers_events {
	/* One event of {acd}: {id, field, value…}, borrowed. */
	void (*happened)(const struct bus_reply *event, void *context);
	/* The mirror is read and matching has begun; said after every offers_begin(). */
	void (*opened)(void *context);
	/* A deadline has passed; told again every 5 s (OFFERS_RECLAIM: 30 s) until a step of
	 * offers_step.h takes it away. Borrowed. May be NULL. */
	void (*deadline)(enum offers_deadline deadline, const struct offers_due *due,
			 void *context);
	void *context;
};

/* Copies settings and events; borrows loop, bus and the strings within. Clock: ev_now() of `loop`.
 */
struct offers *offers_create(struct ev_loop *loop, struct bus *bus,
			     const struct offers_settings *settings,
			     const struct offers_events *events);
/* The bus goes first: its last answers still come here. */
void offers_destroy(struct offers **offers);

/* The floor is this router's, by that token of its lease: sweeps the connections of whoever had it
 * before (the first time, and after offers_forsake()), reads the floor, opens. offers_end() when
 * Redis or the lease is lost: nothing is offered until the next begin. */
void offers_begin(struct offers *offers, const char *fence);
/* Another router has the floor, with connections of its own. */
void offers_forsake(struct offers *offers);
void offers_end(struct offers *offers);

enum offers_verdict {
	OFFERS_OK,
	OFFERS_CONFLICT,    /* the offer, or the conversation, is no longer this agent's */
	OFFERS_BUSY,	    /* the agent who is meant cannot take it */
	OFFERS_UNAVAILABLE, /* Redis did not answer; it may have been done */
};
typedef void offers_done(enum offers_verdict verdict, void *context);

/* Where an answer goes: called exactly once. `done` may be NULL. */
struct offers_ask {
	offers_done *done;
	void *context;
};

/* What agents do. `agent` is NUL-terminated; capacity 0..25. */
void offers_accept(struct offers *offers, const char *agent, struct span conversation,
		   unsigned epoch, struct offers_ask ask);
void offers_decline(struct offers *offers, const char *agent, struct span conversation,
		    unsigned epoch, struct offers_ask ask);
void offers_status(struct offers *offers, const char *agent, bool on_queue, unsigned capacity,
		   struct offers_ask ask);
void offers_up(struct offers *offers, const char *agent, const char *connection, unsigned capacity,
	       struct offers_ask ask);
/* What they say they do, e.g. Meal; it brings no work and takes none away. */
void offers_presence(struct offers *offers, const char *agent, const char *presence,
		     struct offers_ask ask);
/* Never lost: where Redis is away, it is told of it after the next begin. offers_up() is the
 * caller's to say again after an offers_begin(). */
void offers_down(struct offers *offers, const char *agent, const char *connection);

/* Whether the agent is on queue, responding, connected and has room, as far as it is known here. */
bool offers_can_take(const struct offers *offers, const char *agent);

/* How many they may have from now on, where they were ever on the floor. */
void offers_capacity(struct offers *offers, const char *agent, unsigned capacity,
		     struct offers_ask ask);
/* They are no user any more: off queue at once, and gone from the floor once they have nothing. */
void offers_retire(struct offers *offers, const char *agent, struct offers_ask ask);

/* What somebody orders of an agent; done once by its ref. */
struct offers_order {
	const char *by, *agent;
	struct span ref;
};
/* What waits or rings elsewhere rings at the agent, whatever it needs. OFFERS_BUSY where they
 * cannot take it. */
void offers_assign(struct offers *offers, const struct offers_order *order,
		   struct span conversation, struct offers_ask ask);
/* OFFERS_BUSY of one who was never here, or is to be on queue without a connection. */
enum offers_standing { OFFERS_OFF_QUEUE, OFFERS_ON_QUEUE, OFFERS_SIGNED_OUT };
void offers_order_status(struct offers *offers, const struct offers_order *order,
			 enum offers_standing standing, struct offers_ask ask);
void offers_order_presence(struct offers *offers, const struct offers_order *order,
			   const char *presence, struct offers_ask ask);
/* Somebody is asked beside `agent`, who has the conversation: who serves `queue`, or `target` alone
 * where they can take it; with their no it is over. It rings under `<conversation>~c` and changes
 * hands when that is accepted, which is told as `accepted` of the conversation itself, with `from`
 * and a leg more. `ref` makes it once. */
struct offers_consult {
	struct span conversation, queue, target, ref;
	struct span skills;   /* that are asked for, with commas; `at` NULL: the conversation's */
	struct span priority; /* digits; empty: the conversation's */
};
#define OFFERS_BESIDE "~c" /* behind the conversation's id */
void offers_consult(struct offers *offers, const char *agent, const struct offers_consult *consult,
		    struct offers_ask ask);
/* Nobody is asked any more; `ref` likewise. */
void offers_consult_end(struct offers *offers, const char *agent, struct span conversation,
			struct span ref, struct offers_ask ask);

/* Somebody else has changed members or skills: they are read anew. */
void offers_reread(struct offers *offers);

/* A queue is so from now on; copies all of it. What waits in it is placed by the new facts. */
void offers_put_queue(struct offers *offers, const struct offers_queue *queue);
/* There is no such queue any more: the floor is read anew without it. What still waits in it goes
 * to whoever is there. False where there was none. */
bool offers_drop_queue(struct offers *offers, const char *name);
/* Name of the queue with that number, by name; NULL behind the last. */
const char *offers_queue_at(const struct offers *offers, size_t number);

/* For floor_view.h; borrowed until the next turn of the loop. */
struct floor *offers_floor(const struct offers *offers);

/* For /metrics and status. */
struct offers_figures {
	unsigned waiting, alerting, agents_on_queue;
	uint64_t longest_wait_ms, offers_made, offers_refused, sweeps, sweep_found;
};
struct offers_figures offers_figures(const struct offers *offers);

#endif
