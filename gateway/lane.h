#ifndef BINDERY_GATEWAY_LANE_H
#define BINDERY_GATEWAY_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/message.h"

struct outbound;

/* One partition as a carrier's way out sees it, and which are asked for messages next. */

enum recovery {
	RECOVERY_FIRST, /* we have just begun: what is in flight may have been written */
	RECOVERY_AGAIN, /* a reply of mt_take may have been lost: nothing unknown was written */
	RECOVERY_DONE,
};

enum take_kind {
	TAKE_ANY,
	TAKE_URGENT,
	TAKE_PACED, /* what was promised of numbers with a pace of their own, alone */
};
#define TAKE_KINDS 3

struct lane {
	struct outbound *outbound;
	unsigned partition;
	/* Something may wait here; and that is what the takes are, too: for what is interactive
	 * alone, or for anything. */
	bool wanted[TAKE_KINDS];
	/* The highest class of which something is known to wait here; and at the last take. */
	enum message_class hope, hoped;
	bool busy; /* a take or a recovery is under way */
	enum take_kind kind;
	bool asks_all;	     /* the next take is to tell of every number with a pace of its own */
	bool sifts;	     /* the last one had room left when it had gone through enough */
	bool brought_urgent; /* so did the last one that left something there */
	unsigned asked;
	enum recovery recovery;
	uint64_t not_before_ms;
	unsigned held_ms; /* how long the next answer of "held back" makes it wait */
};

/* Asks those that may have something, for `room` messages in all. What is interactive goes first,
 * whoever sends it, but of every SHARE_SLOTS one is kept for what is below it; numbers with a pace
 * of their own have half of each where others may have something, too. */
void lanes_pump(struct outbound *outbound, unsigned room, uint64_t now_ms);

/* Asks one for up to `max` messages; 0 stands for those that are promised to it. In outbound.c. */
void outbound_ask_take(struct lane *lane, enum take_kind kind, unsigned max, uint64_t now_ms);
/* Asks what is in flight there. In outbound.c. */
void outbound_ask_recover(struct lane *lane);

#endif
