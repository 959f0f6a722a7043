#include "router/routing/floor.h"

#include "config/memory.h"
#include "router/routing/heap.h"

#include <search.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* An agent with an offer on its way has had one more lately than any without. */
#define CHOSEN_SCORE (UINT64_MAX / 2)

struct agent {
	char name[FLOOR_NAME_MAX + 1]; /* first, so that a name finds it */
	struct floor_agent_facts facts;
	unsigned reserved; /* offers on their way that `load` does not count yet */
	uint64_t chosen;   /* the number of the newest of them */
	struct heap_node node;
};

struct conversation {
	char id[FLOOR_NAME_MAX + 1]; /* first, so that an id finds it */
	char queue[FLOOR_NAME_MAX + 1];
	char last_agent[FLOOR_NAME_MAX + 1];
	uint64_t enqueued_ms;
	unsigned epoch;
	bool tried;
	bool chosen_for_last; /* the choice under way was the last agent's turn */
	struct heap_node waiting, ringing;
};

struct floor {
	void *agents, *conversations; /* trees of search.h */
	struct heap able;	      /* agents who can take one more, by since_ms */
	struct heap waiting;	      /* conversations, by enqueued_ms */
	struct heap ringing;	      /* conversations, by the end of their offer */
	unsigned on_queue;
	uint64_t choices; /* counts them */
};

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void copy(char out[FLOOR_NAME_MAX + 1], const char *text)
{
	size_t length = strlen(text);

	if (length > FLOOR_NAME_MAX)
		length = FLOOR_NAME_MAX;
	memcpy(out, text, length);
	out[length] = '\0';
}

/* The entry of that name, made where it is not there and `size` is given. */
static void *entry(void **tree, const char *name, size_t size)
{
	char key[FLOOR_NAME_MAX + 1];

	copy(key, name);
	void **found = tfind(key, tree, compare);
	if (found || size == 0)
		return found ? *found : NULL;
	char *fresh = memory_array(1, size);
	copy(fresh, key);
	if (!tsearch(fresh, tree, compare))
		abort();
	return fresh;
}

struct floor *floor_create(void)
{
	return memory_array(1, sizeof(struct floor));
}

void floor_clear(struct floor *floor)
{
	tdestroy(floor->agents, free);
	tdestroy(floor->conversations, free);
	heap_finish(&floor->able);
	heap_finish(&floor->waiting);
	heap_finish(&floor->ringing);
	memset(floor, 0, sizeof(*floor));
}

void floor_destroy(struct floor **pointer)
{
	if (!*pointer)
		return;
	floor_clear(*pointer);
	free(*pointer);
	*pointer = NULL;
}

/* As Redis sees it, which knows of no offer that is on its way. */
static bool is_free(const struct agent *agent)
{
	return agent->facts.takes && agent->facts.connections > 0 &&
	       agent->facts.load < agent->facts.capacity;
}

static bool is_able(const struct agent *agent)
{
	return is_free(agent) && agent->facts.load + agent->reserved < agent->facts.capacity;
}

static void place_agent(struct floor *floor, struct agent *agent)
{
	uint64_t score = agent->reserved ? CHOSEN_SCORE + agent->chosen : agent->facts.since_ms;

	agent->node.tie = agent->name;
	if (is_able(agent))
		heap_put(&floor->able, &agent->node, score);
	else
		heap_remove(&floor->able, &agent->node);
}

void floor_agent(struct floor *floor, const char *name, const struct floor_agent_facts *facts)
{
	struct agent *agent = entry(&floor->agents, name, sizeof(*agent));

	floor->on_queue -= agent->facts.takes;
	agent->facts = *facts;
	floor->on_queue += agent->facts.takes;
	place_agent(floor, agent);
}

static void put_waiting(struct floor *floor, struct conversation *conversation)
{
	conversation->waiting.tie = conversation->id;
	heap_remove(&floor->ringing, &conversation->ringing);
	heap_put(&floor->waiting, &conversation->waiting, conversation->enqueued_ms);
}

void floor_wait(struct floor *floor, const char *id, const struct floor_place *place)
{
	struct conversation *conversation = entry(&floor->conversations, id, sizeof(*conversation));

	copy(conversation->queue, place->queue);
	copy(conversation->last_agent, place->last_agent);
	conversation->enqueued_ms = place->enqueued_ms;
	conversation->tried = place->tried;
	put_waiting(floor, conversation);
}

void floor_wait_again(struct floor *floor, const char *id, uint64_t enqueued_ms)
{
	struct conversation *conversation = entry(&floor->conversations, id, sizeof(*conversation));

	conversation->enqueued_ms = enqueued_ms;
	put_waiting(floor, conversation);
}

void floor_ring(struct floor *floor, const char *id, unsigned epoch, uint64_t until_ms)
{
	struct conversation *conversation = entry(&floor->conversations, id, sizeof(*conversation));

	conversation->epoch = epoch;
	conversation->ringing.tie = conversation->id;
	if (conversation->chosen_for_last)
		conversation->tried = true;
	conversation->chosen_for_last = false;
	heap_remove(&floor->waiting, &conversation->waiting);
	heap_put(&floor->ringing, &conversation->ringing, until_ms);
}

void floor_leave(struct floor *floor, const char *id)
{
	struct conversation *conversation = entry(&floor->conversations, id, 0);

	if (!conversation)
		return;
	heap_remove(&floor->waiting, &conversation->waiting);
	heap_remove(&floor->ringing, &conversation->ringing);
	tdelete(conversation, &floor->conversations, compare);
	free(conversation);
}

#define OWNER(node, type, member)                                                                  \
	((struct type *)(void *)((char *)(node)-offsetof(struct type, member)))

bool floor_next(struct floor *floor, struct floor_choice *choice)
{
	struct heap_node *oldest = heap_first(&floor->waiting);
	struct heap_node *longest = heap_first(&floor->able);

	if (!oldest || !longest)
		return false;
	struct conversation *conversation = OWNER(oldest, conversation, waiting);
	struct agent *agent = OWNER(longest, agent, node);
	bool last = false;
	if (*conversation->last_agent && !conversation->tried) {
		struct agent *before = entry(&floor->agents, conversation->last_agent, 0);
		if (before && is_able(before)) {
			agent = before;
			last = true;
		}
	}
	conversation->chosen_for_last = last;
	heap_remove(&floor->waiting, &conversation->waiting);
	agent->reserved++;
	agent->chosen = ++floor->choices;
	place_agent(floor, agent);
	*choice = (struct floor_choice){conversation->id, agent->name, conversation->queue, last};
	return true;
}

static void release(struct floor *floor, const char *name)
{
	struct agent *agent = entry(&floor->agents, name, 0);

	if (!agent)
		return;
	if (agent->reserved > 0)
		agent->reserved--;
	place_agent(floor, agent);
}

void floor_made(struct floor *floor, const char *name)
{
	release(floor, name);
}

bool floor_undo(struct floor *floor, const char *id, const char *name)
{
	struct conversation *conversation = entry(&floor->conversations, id, 0);
	const struct agent *agent = entry(&floor->agents, name, 0);

	release(floor, name);
	if (!conversation || heap_has(&conversation->ringing))
		return false;
	put_waiting(floor, conversation);
	return agent && is_free(agent);
}

bool floor_overdue(struct floor *floor, uint64_t now_ms, const char **id, unsigned *epoch)
{
	struct heap_node *first = heap_first(&floor->ringing);

	if (!first || first->score > now_ms)
		return false;
	struct conversation *conversation = OWNER(first, conversation, ringing);
	heap_put(&floor->ringing, first, now_ms + FLOOR_REMIND_MS);
	*id = conversation->id;
	*epoch = conversation->epoch;
	return true;
}

struct comparison {
	const struct floor *other;
	unsigned found, same; /* entries that differ or are missing there; those that are there */
};

static void compare_agent(const void *node, VISIT visit, void *context)
{
	struct comparison *comparison = context;

	if (visit != postorder && visit != leaf)
		return;
	const struct agent *agent = *(const struct agent *const *)node;
	void **found = tfind(agent->name, &comparison->other->agents, compare);
	const struct agent *other = found ? *found : NULL;
	if (!other) {
		comparison->found++;
		return;
	}
	comparison->same++;
	/* Of connections only the first and the last are told, so their number may lag. */
	if (agent->facts.takes != other->facts.takes || agent->facts.load != other->facts.load ||
	    agent->facts.capacity != other->facts.capacity ||
	    agent->facts.since_ms != other->facts.since_ms ||
	    (agent->facts.connections > 0) != (other->facts.connections > 0))
		comparison->found++;
}

static void compare_conversation(const void *node, VISIT visit, void *context)
{
	struct comparison *comparison = context;

	if (visit != postorder && visit != leaf)
		return;
	const struct conversation *conversation = *(const struct conversation *const *)node;
	void **found = tfind(conversation->id, &comparison->other->conversations, compare);
	const struct conversation *other = found ? *found : NULL;
	if (!other) {
		comparison->found++;
		return;
	}
	comparison->same++;
	bool rings = heap_has(&conversation->ringing);
	if (rings != heap_has(&other->ringing) || (rings && conversation->epoch != other->epoch) ||
	    conversation->enqueued_ms != other->enqueued_ms || conversation->tried != other->tried)
		comparison->found++;
}

static void count_entry(const void *node, VISIT visit, void *context)
{
	(void)node;
	if (visit == postorder || visit == leaf)
		(*(unsigned *)context)++;
}

unsigned floor_differences(const struct floor *floor, const struct floor *other)
{
	struct comparison comparison = {.other = other};
	unsigned there = 0;

	twalk_r(floor->agents, compare_agent, &comparison);
	twalk_r(floor->conversations, compare_conversation, &comparison);
	twalk_r(other->agents, count_entry, &there);
	twalk_r(other->conversations, count_entry, &there);
	return comparison.found + there - comparison.same;
}

struct floor_figures floor_figures(const struct floor *floor)
{
	struct heap_node *oldest = heap_first(&floor->waiting);

	return (struct floor_figures){
		.waiting = (unsigned)floor->waiting.count,
		.ringing = (unsigned)floor->ringing.count,
		.agents_on_queue = floor->on_queue,
		.oldest_ms = oldest ? oldest->score : 0,
	};
}
