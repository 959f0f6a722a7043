#ifndef BINDERY_TESTS_BENCH_TALLY_H
#define BINDERY_TESTS_BENCH_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What became of every message of a measurement: when it was sent, when each of its marks came,
 * and whether any came twice or out of its conversation's order. Sequences go on from one
 * measurement to the next, so that a straggler of an earlier one is known as such. Times are
 * nanoseconds of one clock.
 */

enum tally_mark {
	TALLY_ANSWERED, /* the peer took it: deliver_sm_resp, or the ack of a send */
	TALLY_SEEN,	/* it came out at the other end: agent's frame, or submit_sm */
	TALLY_MARKS,
};

struct tally_count {
	uint64_t *at; /* by index, 0 = not yet */
	uint32_t count, duplicates;
	uint64_t last; /* when the latest came */
};

struct tally {
	uint32_t capacity, conversations;
	uint32_t base, count; /* sequences base..base + count - 1 are of this measurement */
	uint64_t *sent;
	uint32_t *conversation;
	uint32_t *newest; /* by conversation: sequence seen last, plus 1 */
	struct tally_count marks[TALLY_MARKS];
	uint32_t strays, disordered;
};

/* Room for `capacity` messages a measurement and conversations 0..conversations - 1. */
void tally_init(struct tally *tally, uint32_t capacity, uint32_t conversations);
void tally_finish(struct tally *tally);

/* Forgets the measurement so far. */
void tally_begin(struct tally *tally);
bool tally_full(const struct tally *tally);
/* A message that counts as sent at `at`. The tally is not full. Returns its sequence. */
uint32_t tally_send(struct tally *tally, uint32_t conversation, uint64_t at);
/* True when the mark is new. */
bool tally_note(struct tally *tally, enum tally_mark mark, uint32_t sequence, uint64_t at);
/* The conversation of a sequence of this measurement; UINT32_MAX for any other. */
uint32_t tally_conversation(const struct tally *tally, uint32_t sequence);

struct tally_latency {
	uint32_t p50_us, p90_us, p99_us, max_us;
};

/* Of the messages that have the mark; all 0 where none has. */
struct tally_latency tally_latency(const struct tally *tally, enum tally_mark mark);

#endif
