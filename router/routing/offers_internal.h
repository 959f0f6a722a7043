#ifndef BINDERY_ROUTER_ROUTING_OFFERS_INTERNAL_H
#define BINDERY_ROUTER_ROUTING_OFFERS_INTERNAL_H

#include "router/routing/floor.h"
#include "router/routing/mirror.h"
#include "router/routing/offers.h"

#include <ev.h>

/* What offers.c and offers_ask.c share. */

#define OFFERS_CONNECTION_MAX 160
#define OFFERS_FENCE_MAX 128
#define OFFERS_EVENT_MAX 48 /* octets of a stream's id, and a NUL */

struct offers {
	struct ev_loop *loop;
	struct bus *bus;
	struct offers_settings settings;
	struct offers_queue **queues; /* by name; owned, with what they point to */
	size_t queue_count, queue_capacity;
	struct offers_events events;
	struct floor *floor;
	char fence[OFFERS_FENCE_MAX]; /* of the lease of {acd}; "" before the first: refused */
	char seen[OFFERS_EVENT_MAX];  /* the id of the newest event that the mirror has */
	struct bus_args args;
	bool open;     /* the mirror is read */
	bool reading;  /* the floor is being read, or is to be; nothing is matched meanwhile */
	bool checking; /* the mirror is being held against Redis */
	bool doubted;  /* the reading is to be a check, because of a refusal */
	bool again;    /* others have changed what was read: it is to be read once more */
	bool swept;    /* the former self's connections are gone */
	struct floor *fresh; /* while the floor is being read */
	unsigned found;	     /* by the check under way */
	unsigned generation, round;
	unsigned making; /* offers on their way */
	uint64_t made, refused, sweeps, sweep_found;
	struct call *departed; /* connections that are gone, of which Redis has not been told */
	unsigned departed_count;
	ev_timer turn, grace, sweep, retry;
	ev_prepare prepare; /* matches once for all that happened in a turn of the loop */
	bool changed;
};

/* One call on its way. */
struct call {
	struct offers *offers;
	struct offers_ask ask;
	unsigned generation, round;
	enum mirror_list list; /* of which a page is read */
	char conversation[FLOOR_NAME_MAX + 1], agent[FLOOR_NAME_MAX + 1]; /* what is offered, to
									     whom */
	char connection[OFFERS_CONNECTION_MAX];
	struct call *next; /* of the departed */
};

uint64_t offers_now_ms(const struct offers *offers);
/* What is said of a queue that nobody has told of, too. */
const struct offers_queue *offers_queue_of(const struct offers *offers, struct span name);
void offers_queues_finish(struct offers *offers);
/* Adds until when it rings, and whether it is accepted at once. */
void offers_call_alert(struct offers *offers, const struct offers_queue *queue);
/* A call with its ask, for offers_on_answer(): what Redis did is taken up, then `ask` answered. */
struct call *offers_call_create(struct offers *offers, struct offers_ask ask);
void offers_on_answer(struct bus *bus, const struct bus_reply *reply, void *context);
void offers_call_end(struct call *call, enum offers_verdict verdict);
/* A floor that knows what its queues are. */
struct floor *offers_empty_floor(const struct offers *offers);
/* Reads the floor anew, once no offer is on its way; makes sure that the mirror is so, while
 * matching goes on; the same without matching, because it seems not to be; or none of these. */
void offers_load(struct offers *offers);
void offers_check(struct offers *offers);
void offers_doubt(struct offers *offers);
void offers_read_nothing(struct offers *offers);
/* The last offer on its way was answered. */
void offers_read_on(struct offers *offers);
void offers_read_init(struct offers *offers);
void offers_read_finish(struct offers *offers);
/* Says again which connections are gone; and forgets them. */
void offers_tell_departed(struct offers *offers);
void offers_forget_departed(struct offers *offers);
/* The mirror is as the floor was when that event was its newest. */
void offers_seen(struct offers *offers, struct span id);
/* Whether a call was refused because the floor is not this router's (any more). */
bool offers_is_fenced(const struct bus_reply *reply);
/* Begins a call of {acd} with the time and the fence; named arguments follow, or all of them in
 * their order. */
void offers_call(struct offers *offers, const char *function);
void offers_call_placed(struct offers *offers, const char *function);
/* What the agent is to be offered once they are rid of one that they have, by the call that is sent
 * next: offers_call_send_with() puts the offer into it. False where there is nothing for them.
 * Whatever else there is to offer may be sent meanwhile. */
bool offers_choose_for(struct offers *offers, struct span agent, struct floor_choice *choice_r);
void offers_call_send_with(struct offers *offers, const struct floor_choice *choice,
			   struct offers_ask ask);
/* Sends it; what the floor says of it is taken up before `ask` is answered. */
void offers_call_send(struct offers *offers, struct offers_ask ask);

#endif
