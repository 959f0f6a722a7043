#ifndef BINDERY_SMPP_WINDOW_H
#define BINDERY_SMPP_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * The requests of one bind that wait for an answer, SMPP 3.4 §2.4 and §5.1.4. Sequence numbers run
 * 1..WINDOW_SEQUENCE_MAX, wrap to 1 and skip those in use. Matching, opening and expiring cost
 * O(1). A request whose answer did not come in time leaves the window but is remembered, `capacity`
 * of them at most, so that a late answer still finds what it was for.
 */

#define WINDOW_CAPACITY_MAX 1000
#define WINDOW_SEQUENCE_MAX 0x7FFFFFFFu

struct window;

/* A request in flight. `user` is the caller's, opaque. */
struct window_slot {
	uint32_t sequence;
	uint64_t user;
	uint64_t sent_ms;
};

enum window_match {
	WINDOW_UNKNOWN, /* no such request */
	WINDOW_MATCHED, /* it was in flight, and is no longer */
	WINDOW_LATE,	/* it had expired; its outcome was already called unknown */
};

struct window_counters {
	uint64_t opened, matched, late, unknown, expired;
};

/* `capacity` is 1..WINDOW_CAPACITY_MAX; `first_sequence` 1..WINDOW_SEQUENCE_MAX, clamped. Returns
 * NULL only when memory is out. */
struct window *window_create(unsigned capacity, uint32_t first_sequence);
void window_destroy(struct window **window);

/* More capacity, up to WINDOW_CAPACITY_MAX, with all that is in it. Less is left as it is. */
__attribute__((warn_unused_result)) int window_grow(struct window **window, unsigned capacity);

/* Opens a slot. Returns 0, or -EAGAIN when the window is full. `now_ms` never runs backwards. */
__attribute__((warn_unused_result)) int window_open(struct window *window, uint64_t user,
						    uint64_t now_ms, uint32_t *sequence);

/* A free sequence number for a request that takes no slot: bind, enquire_link, unbind. */
uint32_t window_sequence(struct window *window);

/* What a request in flight, or late, was opened with; false where there is none. */
bool window_peek(const struct window *window, uint32_t sequence, uint64_t *user);

/* Matches a response. `slot` is written unless WINDOW_UNKNOWN; the slot is free afterwards. */
enum window_match window_match(struct window *window, uint32_t sequence, struct window_slot *slot);

/* Takes the oldest request sent at or before now_ms - timeout_ms; it becomes late. False when there
 * is none. Call until false. */
bool window_expire(struct window *window, uint64_t now_ms, uint64_t timeout_ms,
		   struct window_slot *slot);

/* Takes the oldest request, whatever its age, without remembering it: the link is gone. False when
 * the window is empty. */
bool window_drain(struct window *window, struct window_slot *slot);

/* Forgets what expired: sequence numbers of a new session say nothing of the old one. */
void window_forget_late(struct window *window);

unsigned window_used(const struct window *window);
unsigned window_room(const struct window *window);

/* When the oldest was sent; false when the window is empty. */
bool window_oldest(const struct window *window, uint64_t *sent_ms);

struct window_counters window_counters(const struct window *window);

#endif
