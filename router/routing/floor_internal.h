#ifndef BINDERY_ROUTER_ROUTING_FLOOR_INTERNAL_H
#define BINDERY_ROUTER_ROUTING_FLOOR_INTERNAL_H

#include "router/routing/floor.h"
#include "router/routing/floor_view.h"
#include "router/routing/heap.h"
#include "router/routing/named.h"

#include <stddef.h>

/* What floor.c, floor_queue.c and floor_match.c share. */

#define NEEDS_MAX 8192 /* octets; a conversation asks for no more than fit */
#define SKILL_WORDS (FLOOR_SKILLS_MAX / 64)

struct skill_set {
	uint64_t bits[SKILL_WORDS];
	bool impossible; /* asks for a skill beyond those that are told apart */
};

struct skill {
	char name[FLOOR_NAME_MAX + 1]; /* first, so that a name finds it */
	unsigned number;
};

struct agent {
	char name[FLOOR_NAME_MAX + 1]; /* first, so that a name finds it */
	struct floor_agent_facts facts;
	unsigned reserved;	/* offers on their way that `load` does not count yet */
	uint64_t chosen;	/* the number of the newest of them */
	unsigned leaving;	/* of what they have, what is about to be gone */
	struct heap_node node;	/* in floor.able */
	struct heap_node fresh; /* in floor.fresh_agents */
	struct member *members; /* of queues */
	struct heap wanted;	/* preferences of conversations that wait, by age */
	struct skill_set skills;
	uint8_t levels[FLOOR_SKILLS_MAX];
	char presence[FLOOR_NAME_MAX + 1];
	uint64_t presence_since_ms;
};

/* An agent in a queue. */
struct member {
	struct agent *agent;
	struct queue *queue;
	struct member *next; /* of the agent */
	unsigned ring;
	struct heap_node node; /* in queue.able */
};

/* Conversations of a queue that the same agents can be given. */
struct bucket {
	struct bucket *next;
	unsigned ring;
	const struct agent *except;
	bool served; /* while floor_list_waiting() looks */
	struct skill_set skills;
	struct heap waiting; /* by the queue's order */
};

struct queue {
	char name[FLOOR_NAME_MAX + 1]; /* first, so that a name finds it */
	struct floor_queue_facts facts;
	struct skill_set drops[FLOOR_RINGS_MAX];
	struct bucket *buckets;	      /* none is empty */
	struct heap age;	      /* all that wait, by enqueued_ms */
	struct floor_queue_view seen; /* while floor_each_queue() counts */
	struct heap able;	      /* its members who can take one more */
	unsigned member_count;
	struct conversation *offered; /* that were chosen and not settled yet, the newest first */
	struct queue *next;	      /* of all queues */
	struct queue *next_busy,
		**busy; /* of those where something waits: behind it, and what points here */
};

/* One of the agents whom a conversation prefers. */
struct preference {
	struct agent *agent;
	struct conversation *conversation;
	unsigned score;
	struct heap_node node; /* in agent.wanted */
};

struct conversation {
	char id[FLOOR_NAME_MAX + 1]; /* first, so that an id finds it */
	char last_agent[FLOOR_NAME_MAX + 1];
	struct queue *queue;
	struct bucket *bucket; /* while it waits, but for those whom it prefers */
	struct preference *preferences;
	size_t preference_count;
	const struct agent *except;
	bool preferring; /* no others are asked yet */
	uint64_t preferred_until_ms;
	struct skill_set skills;
	uint64_t enqueued_ms, entered_ms;
	int priority;
	unsigned epoch, ring;
	bool tried;
	struct conversation *next_offered,
		**offered;	   /* in queue.offered: the one before it, and what points here */
	struct heap_node waiting;  /* in bucket.waiting */
	struct heap_node age;	   /* in floor.waiting */
	struct heap_node fresh;	   /* in floor.fresh_conversations */
	struct heap_node ring_end; /* in floor.ring_ends */
	struct heap_node ringing;  /* in floor.ringing */
	struct heap_node preferred_end; /* in floor.preferred_ends */
};

struct floor {
	void *agents, *conversations, *queues, *skills; /* trees of search.h */
	struct queue *first_queue, *first_busy;
	struct skill *skill_list[FLOOR_SKILLS_MAX]; /* by number */
	unsigned skill_count;
	char needs[NEEDS_MAX]; /* of the last choice */
	struct heap able;      /* agents who can take one more, by since_ms */
	struct heap ringing;   /* conversations, by the end of their offer */
	struct heap ring_ends; /* conversations that wait, by when they leave their ring */
	struct heap
		preferred_ends; /* conversations that prefer somebody, by when they do no more */
	/* What has changed so that there may be a choice: agents as in `able`, conversations by
	 * age. What is in neither has been looked at, and there was nobody and nothing for it. */
	struct heap fresh_agents, fresh_conversations;
	unsigned on_queue, conversation_count, waiting_count;
	uint64_t choices; /* counts them */
};

#define OWNER(node, type, member)                                                                  \
	((struct type *)(void *)((char *)(node)-offsetof(struct type, member)))

/* The skill's number, -1 beyond those that are told apart. */
int floor_skill_number(struct floor *floor, const char *name);
struct queue *floor_queue_of(struct floor *floor, const char *name);
/* Everybody serves it. */
bool floor_is_open(const struct queue *queue);
bool floor_is_able(const struct agent *agent);
/* With what is on its way to them, without what is about to be gone. */
unsigned floor_load(const struct agent *agent);
/* Into the heaps, or out of them, as it is now able; and fresh where it is. */
void floor_place_agent(struct floor *floor, struct agent *agent);
/* Waits, with what it is, in the ring that it is in; fresh. */
void floor_put_waiting(struct floor *floor, struct conversation *conversation);
/* Chosen, and on its way to somebody until it is put or taken anywhere. */
void floor_set_aside(struct conversation *conversation);
/* Waits no more, and is on its way to nobody. */
void floor_take_out(struct floor *floor, struct conversation *conversation);
/* `a,b` as a set. */
void floor_read_skills(struct floor *floor, const char *text, struct skill_set *set);
/* The reverse, as far as it fits. */
void floor_write_skills(const struct floor *floor, const struct skill_set *set, char *out,
			size_t capacity);
/* Its member record of that queue, or NULL. */
struct member *floor_member_of(const struct agent *agent, const struct queue *queue);
/* What a queue of the default kind orders by: older and higher first. */
uint64_t floor_age_score(const struct conversation *conversation);
/* What its queue orders by. */
uint64_t floor_order_score(const struct conversation *conversation);
/* May the agent be given what is in that bucket? `ring` is the agent's in its queue. */
bool floor_fits(const struct queue *queue, const struct bucket *bucket, const struct agent *agent,
		unsigned ring);
/* Reads `a:1,b:2`, but for who is never asked; and forgets it. */
void floor_prefer(struct floor *floor, struct conversation *conversation, const char *text);
void floor_prefer_nobody(struct conversation *conversation);
/* Asks those whom it prefers, and does not. */
void floor_put_wanted(struct floor *floor, struct conversation *conversation);
void floor_take_wanted(struct floor *floor, struct conversation *conversation);
/* The one with the highest score who can take it, or NULL. */
struct agent *floor_preferred(const struct conversation *conversation);
/* Drops members and levels of an agent that goes. */
void floor_forget_agent(struct agent *agent);

#endif
