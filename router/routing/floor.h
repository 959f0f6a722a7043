#ifndef BINDERY_ROUTER_ROUTING_FLOOR_H
#define BINDERY_ROUTER_ROUTING_FLOOR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The floor as Redis has it, mirrored: who is there, what waits, what rings. Pure: told of every
 * change, asked who gets what next. Redis decides; a mirror that is behind only makes an offer that
 * Redis refuses. Nothing here scans a list: every answer and change is O(log n).
 */

#define FLOOR_NAME_MAX 64 /* octets of an agent's name, a conversation's id or a queue's name */

struct floor;

struct floor *floor_create(void);
void floor_destroy(struct floor **floor);
/* Forgets everything. */
void floor_clear(struct floor *floor);

struct floor_agent_facts {
	bool takes; /* on queue and not not_responding: idle or interacting */
	unsigned load, capacity, connections;
	uint64_t since_ms; /* when it last got an offer, or came on queue */
};

/* What an agent is from now on. */
void floor_agent(struct floor *floor, const char *name, const struct floor_agent_facts *facts);

struct floor_place {
	const char *queue;
	uint64_t enqueued_ms;
	const char *last_agent; /* asked first, "" for nobody */
	bool tried;		/* the last agent had their turn */
};

/* The conversation waits. Known ones are moved. */
void floor_wait(struct floor *floor, const char *conversation, const struct floor_place *place);
/* It waits again after an offer, in its old place; `last agent` has had their turn. */
void floor_wait_again(struct floor *floor, const char *conversation, uint64_t enqueued_ms);
/* It rings with that epoch until then. */
void floor_ring(struct floor *floor, const char *conversation, unsigned epoch, uint64_t until_ms);
/* It is nobody's concern here any more: accepted, or closed. */
void floor_leave(struct floor *floor, const char *conversation);

struct floor_choice {
	const char *conversation, *agent, *queue; /* borrowed until the next change */
	bool last_agent;
};

/* Who gets what next: the conversation that has waited longest goes to its last agent where they
 * can take it and have not had their turn, else to the agent without an offer for longest, where an
 * offer on its way counts as the newest. The two are set aside until floor_agent(), floor_ring(),
 * floor_wait() or floor_undo() says what became of it. false where nothing waits or nobody can
 * take. */
bool floor_next(struct floor *floor, struct floor_choice *choice);
/* The offer was made; the agent's new load is told by floor_agent(). */
void floor_made(struct floor *floor, const char *agent);
/* The offer was not made: both are as before. false where what was told in the meantime explains
 * why; true where the mirror would choose the same again, so that it is behind Redis. */
bool floor_undo(struct floor *floor, const char *conversation, const char *agent);

/* A conversation that rings for too long: its id and epoch. Told again where nothing comes of it.
 */
#define FLOOR_REMIND_MS 5000
bool floor_overdue(struct floor *floor, uint64_t now_ms, const char **conversation,
		   unsigned *epoch);

/* How many agents and conversations are not in both, or not the same in both. Looks at all of them.
 * No choice may be under way. */
unsigned floor_differences(const struct floor *floor, const struct floor *other);

struct floor_figures {
	unsigned waiting, ringing, agents_on_queue;
	uint64_t oldest_ms; /* enqueued_ms of what has waited longest, 0 for nothing */
};
struct floor_figures floor_figures(const struct floor *floor);

#endif
