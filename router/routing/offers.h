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
	const char *name; /* borrowed for the life of the offers, as what facts point to */
	uint64_t alerting_timeout_ms;
	struct floor_queue_facts facts;
};

struct offers_settings {
	const char *instance; /* of the router: `<instance>:` is put before its connections' names,
				 by which they are known after a crash */
	const struct offers_queue *queues;
	size_t queue_count;
	uint64_t offline_grace_ms; /* without a connection for so long: off queue */
};

struct offers_events {
	/* One event of {acd}: {id, field, value…}, borrowed. */
	void (*happened)(const struct bus_reply *event, void *context);
	/* The mirror is read and matching has begun; said after every offers_begin(). */
	void (*opened)(void *context);
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
	OFFERS_CONFLICT,    /* the offer is no longer this agent's */
	OFFERS_UNAVAILABLE, /* Redis did not answer; it may have been done */
};
typedef void offers_done(enum offers_verdict verdict, void *context);

/* Where an answer goes: called exactly once. `done` may be NULL. */
struct offers_ask {
	offers_done *done;
	void *context;
};

struct offers_place {
	const char *source;   /* the events' key of the step, and the event's id, by which a */
	struct span event_id; /* repeated step is known */
	struct span before;   /* the id of the source's last step, empty after a new beginning */
	struct span conversation, queue, ours, customer;
	struct span last_agent; /* asked first; may be empty */
	unsigned partition, leg;
	uint64_t enqueued_ms;
	int priority;	    /* -FLOOR_PRIORITY_MAX..FLOOR_PRIORITY_MAX */
	struct span skills; /* that it asks for, with commas */
};

void offers_enqueue(struct offers *offers, const struct offers_place *place, struct offers_ask ask);
void offers_release(struct offers *offers, const struct offers_place *place, struct offers_ask ask);

/* What agents do. `agent` is NUL-terminated; capacity 0..25. */
void offers_accept(struct offers *offers, const char *agent, struct span conversation,
		   unsigned epoch, struct offers_ask ask);
void offers_decline(struct offers *offers, const char *agent, struct span conversation,
		    unsigned epoch, struct offers_ask ask);
void offers_status(struct offers *offers, const char *agent, bool on_queue, unsigned capacity,
		   struct offers_ask ask);
void offers_up(struct offers *offers, const char *agent, const char *connection, unsigned capacity,
	       struct offers_ask ask);
/* Never lost: where Redis is away, it is told of it after the next begin. offers_up() is the
 * caller's to say again after an offers_begin(). */
void offers_down(struct offers *offers, const char *agent, const char *connection);

/* Somebody else has changed members or skills: they are read anew. */
void offers_reread(struct offers *offers);

/* For /metrics and status. */
struct offers_figures {
	unsigned waiting, alerting, agents_on_queue;
	uint64_t longest_wait_ms, offers_made, offers_refused, sweep_found;
};
struct offers_figures offers_figures(const struct offers *offers);

#endif
