#ifndef BINDERY_ROUTER_ROWS_H
#define BINDERY_ROUTER_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "router/bus/bus.h"
#include "router/directory/directory.h"
#include "router/door/desk.h"
#include "router/threading/numbers.h"

/* What the Redis Functions write down, in the words of the desk. */

/* NUL-terminated, cut where it does not fit. */
void row_copy(struct span value, char *out, size_t capacity);

/* A verdict's name as asyncapi.yaml spells it; empty for NONE. */
struct span row_keyword(struct span verdict);
/* The event `offer` of the floor. */
struct desk_offer row_offer(const struct bus_reply *event);
/* Whether the id is of what is asked beside a conversation, whose id it becomes. */
bool row_beside(struct span *id);
/* What an offer shows of its customer's words: the answer of `glance`, of which it borrows. The
 * beginnings are written to `beginnings`. */
struct row_glance {
	char text[DESK_GLANCE_MAX * 4 + 4], note[DESK_GLANCE_MAX * 4 + 4];
};
void row_put_glance(struct desk_offer *offer, const struct bus_reply *reply,
		    struct row_glance *beginnings);
/* The same of what is known here already. */
void row_put_text(struct desk_offer *offer, struct span text, unsigned texts,
		  struct row_glance *beginnings);
/* FCALL glance of an offer's conversation; false where its id is none. */
bool row_ask_glance(struct bus_args *args, struct span conversation);

/* After-call work as a queue has it. */
struct row_acw {
	enum row_acw_mode {
		ROW_ACW_MANDATORY, /* also of a queue that does not say */
		ROW_ACW_OPTIONAL,
		ROW_ACW_TIMEOUT,
		ROW_ACW_FORCED,
		ROW_ACW_REQUESTED,
	} mode;
	const char *name;    /* of the mode */
	uint64_t timeout_ms; /* 0: it ends when the agent says so */
	bool holds;	     /* the agent's slot */
};
/* Whether a leg that ends has it, as far as the queue leaves that to the agent. */
bool row_acw_begins(const struct row_acw *acw, enum desk_after after);
struct row_acw row_acw(const struct directory *directory, struct span queue);
/* Whether that is what somebody may say they do. */
bool row_is_presence(const struct directory *directory, struct span name);
/* How long nobody may write before a conversation of that queue is closed, ms; 0: for ever. */
int64_t row_inactivity_ms(const struct directory *directory, struct span queue);
/* Whether in that queue a customer's message takes up again what its agent has parked. */
bool row_wakes(const struct directory *directory, struct span queue);

#endif
