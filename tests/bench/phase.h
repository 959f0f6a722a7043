#ifndef BINDERY_TESTS_BENCH_PHASE_H
#define BINDERY_TESTS_BENCH_PHASE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/bench/agents.h"
#include "tests/bench/order.h"
#include "tests/bench/smsc.h"
#include "tests/bench/tally.h"

/*
 * Carries out one order: decides in every turn of the loop what to send next, keeps the tally, and
 * knows when all has come back.
 */

struct phase {
	struct smsc *smsc;
	struct agents *agents;
	unsigned port; /* of the router's door */
	struct tally tally;
	struct order order;
	bool running;
	uint64_t begun_ns, moved_ns; /* moved: when a counter last changed */
	uint64_t movement;
	uint32_t refused;
	uint32_t turns[SMSC_LINKS_MAX]; /* MO: how often each link was used */
	uint32_t *ready, *held;		/* MT: conversations that may send; that wait for their
					   agent's rate. Rings of customers */
	uint32_t ready_first, ready_count, held_count;
	struct agents_figures before;
	uint32_t receipts_before;
};

/* At most `capacity` messages a phase and `customers` customers. The caller sets smsc and agents
 * (which may be NULL where there are none). */
void phase_init(struct phase *phase, uint32_t capacity, uint32_t customers);
void phase_finish(struct phase *phase);

/* False, told on stderr, where the order cannot be done. */
bool phase_begin(struct phase *phase, const struct order *order);
/* Sends what may be sent now. */
void phase_pump(struct phase *phase);
/* Gives those who had to wait for their rate another chance. A few times a second or more. */
void phase_tick(struct phase *phase);
/* Whether all is done, or nothing has happened for idle_s. */
bool phase_over(struct phase *phase);
/* One line of JSON on stdout. */
void phase_report(struct phase *phase);

/* For smsc_events and agents_events; `context` is the phase. */
void phase_answered(uint32_t tag, uint32_t status, void *context);
void phase_submitted(struct span text, struct span destination, void *context);
void phase_seen(uint32_t tag, void *context);
void phase_acked(uint32_t tag, bool accepted, void *context);
void phase_offered(uint32_t tag, void *context);

#endif
