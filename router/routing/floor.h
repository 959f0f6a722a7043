#ifndef BINDERY_ROUTER_ROUTING_FLOOR_H
#define BINDERY_ROUTER_ROUTING_FLOOR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The floor as Redis has it, mirrored: who is there, what waits, what rings. Pure: told of every
 * change, asked who gets what next. Redis decides; a mirror that is behind only makes an offer that
 * Redis refuses. No list of conversations is looked through: those of one queue that need the same
 * skills and have come to the same ring are a heap, and only the heads of these are compared.
 */

#define FLOOR_NAME_MAX 64 /* octets of an agent's, queue's or skill's name, a conversation's id */
#define FLOOR_SKILLS_MAX                                                                           \
	1024 /* different skills; a conversation that needs one more waits for ever */
#define FLOOR_RINGS_MAX 6
#define FLOOR_PREFERRED_MAX 32
#define FLOOR_LEVEL_MAX 5	/* proficiency in a skill, from 1 */
#define FLOOR_PRIORITY_MAX 1000 /* either way; a point is a minute of waiting */

struct floor;

struct floor *floor_create(void);
void floor_destroy(struct floor **floor);
/* Forgets agents, conversations, members and skills; what queues are stays. */
void floor_clear(struct floor *floor);

enum floor_evaluation {
	FLOOR_ALL,  /* every skill is needed; who is longest without an offer */
	FLOOR_BEST, /* the highest sum of proficiency in what is asked for; then as above */
	FLOOR_ANY,  /* skills are not looked at */
};

enum floor_last {
	FLOOR_LAST_ANY,	    /* the last agent comes first, a member or not */
	FLOOR_LAST_MEMBERS, /* where they are a member */
	FLOOR_LAST_OFF,
};

struct floor_ring {
	uint64_t timeout_ms; /* how long a conversation stays in it */
	const char
		*drops; /* skills that it does not need any more behind it, with commas; copied */
};

/* A conversation in ring n (from 0) may go to members of rings 1 to n + 1; from the last ring on it
 * stays where it is. */
struct floor_queue_facts {
	enum floor_evaluation evaluation;
	enum floor_last last;
	bool least_loaded;   /* who has least comes before who is longest without an offer */
	bool priority_first; /* a higher priority comes before any longer wait */
	bool members_only;   /* else everybody serves it for as long as it has no members */
	unsigned ring_count; /* up to FLOOR_RINGS_MAX */
	struct floor_ring rings[FLOOR_RINGS_MAX];
};

/* What a queue is from now on. One that was never told is all zero. */
void floor_queue(struct floor *floor, const char *name, const struct floor_queue_facts *facts);
/* The agent is a member in that ring (from 1), or with 0 none any more. */
void floor_member(struct floor *floor, const char *queue, const char *agent, unsigned ring);
/* The agent has the skill with that proficiency, or with 0 not any more. */
void floor_skill(struct floor *floor, const char *agent, const char *skill, unsigned level);

enum floor_routing {
	FLOOR_OFF_QUEUE,
	FLOOR_IDLE,
	FLOOR_INTERACTING,
	FLOOR_NOT_RESPONDING,
};

struct floor_agent_facts {
	bool takes; /* on queue and not not_responding: idle or interacting */
	unsigned load, capacity, connections;
	/* For who looks on only; after_call are legs whose after-call work is open. */
	unsigned after_call;
	enum floor_routing routing;
	uint64_t routing_since_ms;
	uint64_t since_ms; /* when it last got an offer, or came on queue */
};

/* What an agent is from now on. */
void floor_agent(struct floor *floor, const char *name, const struct floor_agent_facts *facts);

/* What an agent says they do; it changes nothing for who gets what. */
void floor_presence(struct floor *floor, const char *name, const char *presence, uint64_t since_ms);

struct floor_place {
	const char *queue;
	uint64_t enqueued_ms;
	const char *last_agent; /* asked first, "" for nobody */
	bool tried;		/* the last agent had their turn */
	int priority;		/* -FLOOR_PRIORITY_MAX..FLOOR_PRIORITY_MAX */
	const char *skills;	/* that are asked for, with commas; NULL for none */
	uint64_t entered_ms;	/* this queue, from when its rings count */
	const char *preferred;	/* `agent:score,…`, asked alone for now, the highest score first,
				   at most FLOOR_PREFERRED_MAX; NULL for none */
	uint64_t preferred_until_ms;
	const char *except; /* who is never asked; NULL for nobody */
};

/* The conversation waits. Known ones are moved. */
void floor_wait(struct floor *floor, const char *conversation, const struct floor_place *place);
/* It waits again after an offer, in its old place; `place` is for a floor that did not know it. */
void floor_wait_again(struct floor *floor, const char *conversation,
		      const struct floor_place *place);
/* Its last agent has had their turn; told before it rings, or is put back. */
void floor_tried(struct floor *floor, const char *conversation);
/* It rings with that epoch until then. */
void floor_ring(struct floor *floor, const char *conversation, unsigned epoch, uint64_t until_ms);
/* It is nobody's concern here any more: accepted, or closed. */
void floor_leave(struct floor *floor, const char *conversation);
/* Rings and preferences that are over by then. To be told before floor_next(), and a few times a
 * second. */
void floor_tick(struct floor *floor, uint64_t now_ms);

/* One that the agent has is about to be gone: they are chosen for as if it were, until floor_left()
 * says that it is, which floor_agent() tells, or that it stays. */
void floor_leaving(struct floor *floor, const char *agent);
void floor_left(struct floor *floor, const char *agent);

struct floor_choice {
	const char *conversation, *agent, *queue; /* borrowed until the next change */
	bool last_agent, preferred;
	unsigned ring;	   /* of the conversation, from 0 */
	const char *needs; /* skills that whoever gets it has to have, with commas */
	/* What was chosen just before it and is on its way, of those that the same agents could be
	 * given: where that one is refused, this one would overtake it. "" for nothing. */
	const char *behind;
};

/* Who gets what next. Of those that somebody can be given, the conversation that has waited longest
 * (by its queue's order) goes to its last agent where they can take it and have not had their turn,
 * else to one of those whom it prefers, else to whom the queue's evaluation prefers; an offer on
 * its way counts as the newest. The two are set aside until floor_agent(), floor_ring(),
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

/* Whether the floor has it so; for the safety sweep. Of connections only the first and the last are
 * told, so their number may lag. */
bool floor_has_agent(const struct floor *floor, const char *name,
		     const struct floor_agent_facts *facts);
/* A conversation that is being offered may be either. */
bool floor_has_waiting(struct floor *floor, const char *conversation,
		       const struct floor_place *place);
bool floor_has_ringing(const struct floor *floor, const char *conversation, unsigned epoch);
bool floor_has_member(const struct floor *floor, const char *queue, const char *agent,
		      unsigned ring);
bool floor_has_skill(struct floor *floor, const char *agent, const char *skill, unsigned level);
/* How many members a queue has, and skills an agent. */
unsigned floor_member_count(const struct floor *floor, const char *queue);
unsigned floor_skill_count(const struct floor *floor, const char *agent);

/* Whether an offer could be made to the agent now. */
bool floor_can_take(const struct floor *floor, const char *agent);
/* Where it waits or rings, or "". */
const char *floor_queue_of_conversation(const struct floor *floor, const char *conversation);

struct floor_figures {
	unsigned waiting, ringing, offering, agents_on_queue;
	uint64_t oldest_ms; /* enqueued_ms of what has waited longest, 0 for nothing */
};
struct floor_figures floor_figures(const struct floor *floor);

#endif
