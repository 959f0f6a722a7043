#ifndef BINDERY_TESTS_BENCH_AGENTS_H
#define BINDERY_TESTS_BENCH_AGENTS_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The agents' side: one WebSocket an agent (router/door/asyncapi.yaml), all of them on queue, every
 * offer accepted at once. Reads only as much of a frame as the measurement needs, and masks with
 * zeroes, so that it costs little beside what is measured.
 */

#define AGENTS_MAX 16384
#define AGENTS_LOAD_MAX 25 /* conversations of one agent */

/* What a connection may say: router/door/socket.h, with something left for accepts and pongs. */
#define AGENTS_RATE 45.
#define AGENTS_BURST 80.

struct agents;

struct agents_events {
	/* A text of kind `i` with this tag has come to an agent. */
	void (*seen)(uint32_t tag, void *context);
	/* A send with this tag was accepted, or refused. */
	void (*acked)(uint32_t tag, bool accepted, void *context);
	/* An agent who was freed with this tag has got an offer. */
	void (*offered)(uint32_t tag, void *context);
	void *context;
};

struct agents_figures {
	unsigned ready;	      /* agents that are on queue */
	unsigned connections; /* that are open */
	unsigned lost;	      /* connections that ended */
	uint32_t conversations;
	uint32_t offers, delivered, failed, unknown;
	uint32_t errors; /* error frames other than for a send */
};

/* `cookies` is a file with the session cookie's value of one agent a line. Customers are
 * 0..customers - 1. NULL, told on stderr, where the file cannot be read. */
struct agents *agents_create(struct ev_loop *loop, const char *cookies, uint32_t customers,
			     const struct agents_events *events);
void agents_destroy(struct agents **agents);

/* Connects every agent to that port of 127.0.0.1 and goes on queue. */
void agents_start(struct agents *agents, unsigned port);
unsigned agents_count(const struct agents *agents);
struct agents_figures agents_figures(const struct agents *agents);
/* The customer of connected conversation number `index` below figures.conversations. They come in
 * the order of being connected. */
uint32_t agents_customer(const struct agents *agents, uint32_t index);
/* Sends `o <tag> <padding>` in that customer's conversation, which is connected. False when its
 * agent has to wait because of AGENTS_RATE. */
bool agents_send(struct agents *agents, uint32_t customer, uint32_t tag);
/* Closes the oldest conversation of the agent whose turn it is, who then waits for an offer; the
 * ack comes as that of a send. Its customer, or UINT32_MAX where everybody waits for one or has
 * none. */
uint32_t agents_free(struct agents *agents, uint32_t tag);
/* At the end of a turn. */
void agents_flush(struct agents *agents);

#endif
