#ifndef BINDERY_ROUTER_DOOR_ORDER_H
#define BINDERY_ROUTER_DOOR_ORDER_H

#include "router/door/lead.h"
#include "router/door/wire.h"

struct json_t;

/*
 * The frames of the supervisors' WebSocket (asyncapi.yaml, channel `floor`) as values: the only
 * reader of a supervisor's JSON, bounded as wire.h is.
 */

enum order_type {
	ORDER_HELLO,
	ORDER_LOOK,
	ORDER_READ,
	ORDER_THREAD,
	ORDER_POINTS,
	ORDER_ASSIGN,
	ORDER_TRANSFER,
	ORDER_CLOSE,
	ORDER_STATUS,
	ORDER_PRESENCE,
	ORDER_SIGN_OUT,
	ORDER_PING,
};

/* Spans borrow from `root` until order_finish(); what was left out is empty. */
struct order {
	enum order_type type;
	struct span ref, token;
	struct span conversation, agent, queue, presence, before;
	unsigned limit, hours;
	bool on_queue;
	struct json_t *root;
};

/* 0 and `order` (to be finished), or -EINVAL and `fault`. */
int order_init(struct span text, struct order *order, struct wire_fault *fault)
	__attribute__((warn_unused_result));
void order_finish(struct order *order);

#endif
