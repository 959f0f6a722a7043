#ifndef BINDERY_TESTS_BENCH_ORDER_H
#define BINDERY_TESTS_BENCH_ORDER_H

#include <stdint.h>

/*
 * One line of the standard input: a word and `key=value` pairs, numbers only, such as
 * `mo count=100000 window=100 backlog=2000 customers=1000 seen=1`.
 */

enum order_kind {
	ORDER_LINKS,  /* wait until `links` are bound */
	ORDER_AGENTS, /* connect all agents, wait until they are on queue */
	ORDER_OPEN, /* a first text from customers first..first + count - 1; wait until `connected`
		       conversations have an agent */
	ORDER_MO,   /* `count` texts in turn from `customers` customers beginning with `first` */
	ORDER_MT,   /* `count` sends of the agents in turn in `customers` conversations */
	ORDER_TAKE, /* `count` submit_sm from elsewhere, one to each of so many customers */
	ORDER_FREE, /* `count` conversations are closed by agents in turn, each of whom then waits
		       for an offer */
};

struct order {
	enum order_kind kind;
	uint32_t links;
	uint32_t first, count, customers, connected;
	uint32_t window;   /* deliver_sm in flight on a link, 1..SMSC_WINDOW_MAX */
	uint32_t backlog;  /* MO delivered and not yet seen, at most; 0 = no limit */
	uint32_t rate;	   /* messages a second, whatever comes back; 0 = as fast as it goes */
	uint32_t depth;	   /* MT: sends of one conversation not yet seen */
	uint32_t seen;	   /* MO: 1 = wait for the agents' frames */
	uint32_t receipts; /* MT: 1 = send them, and wait until all are delivered; TAKE: until all
			      are answered */
	uint32_t idle_s;   /* gives up after so long without anything happening */
};

/* 0, or -EINVAL with what is wrong told on stderr. */
__attribute__((warn_unused_result)) int order_parse(char *line, struct order *order);
const char *order_name(enum order_kind kind);

#endif
