#ifndef BINDERY_GATEWAY_ASK_H
#define BINDERY_GATEWAY_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/bind.h"

struct outbound;

/*
 * Questions to the carrier about what it has accepted: query_sm where a receipt is overdue
 * (SMPP 3.4 §4.8), cancel_sm where the customer has opted out (§4.9). The router asks through a
 * stream; what the carrier answers goes back as a receipt. A question whose answer does not come is
 * not repeated.
 */

#define ASKS_MAX 64 /* under way at once */

struct asking {
	bool used, cancel;
	uint32_t turn; /* counts the questions that had this place, so that a late answer to an
			* earlier one is not taken for this one's */
	unsigned partition;
	char id[66], ours[25], customer[25]; /* as the carrier and the router know them */
};

struct asks {
	struct outbound *outbound;
	struct asking list[ASKS_MAX];
	unsigned taking; /* partitions that were asked for questions */
};

void asks_init(struct asks *asks, struct outbound *outbound);
/* Asks each partition for questions, where the carrier may be asked any. */
void asks_take(struct asks *asks);
/* Whether the request was a question; if so it is dealt with. */
bool asks_answered(struct asks *asks, struct bind *bind, const struct bind_answer *answer);
bool asks_lost(struct asks *asks, uint64_t user);

#endif
