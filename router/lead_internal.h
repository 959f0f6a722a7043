#ifndef BINDERY_ROUTER_LEAD_INTERNAL_H
#define BINDERY_ROUTER_LEAD_INTERNAL_H

#include "router/lead.h"
#include "router/routing/floor.h"

/* What lead.c and lead_take.c share. */

#define LEAD_NOT_NOW                                                                               \
	"This agent cannot take it now: they are not on queue, do not respond, or have no room."

struct waiting;

/* An order on its way, with copies of what it borrows. */
struct leading {
	struct desk *desk;
	enum lead_kind kind;
	lead_done *done;
	void *context;
	unsigned partition;
	char by[DESK_AGENT_MAX + 1], agent[DESK_AGENT_MAX + 1];
	char queue[DESK_AGENT_MAX + 1], presence[DESK_AGENT_MAX + 1];
	char conversation[FLOOR_NAME_MAX + 1];
	char ref[65], before[48];
	unsigned limit, hours;
	bool on_queue;
	struct waiting *waiting; /* of LEAD_QUEUE */
	size_t waiting_count;
	unsigned total;
	unsigned looks; /* of lead_take() */
};

/* The order's answer; frees it. */
void lead_end(struct leading *leading, enum desk_code code, const char *detail);
/* Whether an answer of Redis can be used; where not, the order has ended. */
bool lead_answered(struct leading *leading, const struct bus_reply *reply);
/* Whether its first word is that one. */
bool lead_said(const struct bus_reply *reply, const char *word);
uint64_t lead_now_ms(const struct desk *desk);
/* Begins a call about the order's conversation: fence, now, conv, by, ref. */
struct bus_args *lead_call(struct leading *leading, const char *function);

/* LEAD_TRANSFER, LEAD_CLOSE: the conversation is taken from whoever has it, who gets the after-call
 * work that its queue has for that. */
void lead_take(struct leading *leading);

#endif
