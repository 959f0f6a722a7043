/* Agents and conversations as Redis has them; floor_queue.c has queues and skills, floor_match.c
 * who gets what. */
#include "router/routing/floor_internal.h"

#include "config/memory.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* An agent with an offer on its way has had one more lately than any without. */
#define CHOSEN_SCORE (UINT64_MAX / 2)

struct floor *floor_create(void)
{
	return memory_array(1, sizeof(struct floor));
}

static void free_agent(void *entry)
{
	struct agent *agent = entry;

	floor_forget_agent(agent);
	heap_finish(&agent->wanted);
	free(agent);
}

static void free_conversation(void *entry)
{
	floor_prefer_nobody(entry);
	free(entry);
}

/* Out of everything, before it is freed. */
static void empty_queues(struct floor *floor)
{
	while (floor->first_busy)
		floor_take_out(floor,
			       OWNER(heap_first(&floor->first_busy->age), conversation, age));
}

void floor_clear(struct floor *floor)
{
	empty_queues(floor);
	tdestroy(floor->agents, free_agent);
	tdestroy(floor->conversations, free_conversation);
	floor->agents = floor->conversations = NULL;
	heap_finish(&floor->able);
	heap_finish(&floor->ringing);
	heap_finish(&floor->ring_ends);
	heap_finish(&floor->preferred_ends);
	heap_finish(&floor->fresh_agents);
	heap_finish(&floor->fresh_conversations);
	floor->on_queue = 0;
	for (struct queue *queue = floor->first_queue; queue; queue = queue->next)
		queue->offered = NULL;
	floor->conversation_count = 0;
	floor->choices = 0;
}

void floor_destroy(struct floor **pointer)
{
	struct floor *floor = *pointer;

	if (!floor)
		return;
	*pointer = NULL;
	floor_clear(floor);
	for (struct queue *queue = floor->first_queue; queue; queue = queue->next) {
		heap_finish(&queue->able);
		heap_finish(&queue->age);
	}
	tdestroy(floor->queues, free);
	tdestroy(floor->skills, free);
	free(floor);
}

/* As Redis sees it, which knows of no offer that is on its way. */
static bool is_free(const struct agent *agent)
{
	return agent->facts.takes && agent->facts.connections > 0 &&
	       agent->facts.load < agent->facts.capacity;
}

unsigned floor_load(const struct agent *agent)
{
	unsigned load = agent->facts.load + agent->reserved;

	return load > agent->leaving ? load - agent->leaving : 0;
}

bool floor_is_able(const struct agent *agent)
{
	return agent->facts.takes && agent->facts.connections > 0 &&
	       floor_load(agent) < agent->facts.capacity;
}

static void place_node(struct heap *heap, struct heap_node *node, const struct agent *agent,
		       bool able)
{
	node->tie = agent->name;
	if (able)
		heap_put(heap, node,
			 agent->reserved ? CHOSEN_SCORE + agent->chosen : agent->facts.since_ms);
	else
		heap_remove(heap, node);
}

void floor_place_agent(struct floor *floor, struct agent *agent)
{
	bool able = floor_is_able(agent);

	place_node(&floor->able, &agent->node, agent, able);
	place_node(&floor->fresh_agents, &agent->fresh, agent, able);
	for (struct member *member = agent->members; member; member = member->next)
		place_node(&member->queue->able, &member->node, agent, able);
}

void floor_agent(struct floor *floor, const char *name, const struct floor_agent_facts *facts)
{
	struct agent *agent = named_entry(&floor->agents, name, sizeof(*agent));

	floor->on_queue -= agent->facts.takes;
	agent->facts = *facts;
	floor->on_queue += agent->facts.takes;
	floor_place_agent(floor, agent);
}

void floor_leaving(struct floor *floor, const char *name)
{
	struct agent *agent = named_find(&floor->agents, name);

	if (!agent)
		return;
	agent->leaving++;
	floor_place_agent(floor, agent);
}

void floor_left(struct floor *floor, const char *name)
{
	struct agent *agent = named_find(&floor->agents, name);

	if (!agent || agent->leaving == 0)
		return;
	agent->leaving--;
	floor_place_agent(floor, agent);
}

void floor_presence(struct floor *floor, const char *name, const char *presence, uint64_t since_ms)
{
	struct agent *agent = named_entry(&floor->agents, name, sizeof(*agent));

	named_copy(agent->presence, presence);
	agent->presence_since_ms = since_ms;
}

void floor_wait(struct floor *floor, const char *id, const struct floor_place *place)
{
	struct conversation *conversation = named_find(&floor->conversations, id);

	if (!conversation) {
		conversation = named_entry(&floor->conversations, id, sizeof(*conversation));
		floor->conversation_count++;
	}
	floor_take_out(floor, conversation);
	conversation->queue = floor_queue_of(floor, place->queue);
	named_copy(conversation->last_agent, place->last_agent);
	conversation->enqueued_ms = place->enqueued_ms;
	conversation->entered_ms = place->entered_ms;
	conversation->priority = place->priority;
	conversation->tried = place->tried;
	conversation->ring = 0;
	conversation->except =
		place->except && *place->except
			? named_entry(&floor->agents, place->except, sizeof(struct agent))
			: NULL;
	floor_prefer(floor, conversation, place->preferred);
	conversation->preferring = conversation->preference_count > 0;
	conversation->preferred_until_ms = place->preferred_until_ms;
	floor_read_skills(floor, place->skills, &conversation->skills);
	floor_put_waiting(floor, conversation);
}

void floor_wait_again(struct floor *floor, const char *id, const struct floor_place *place)
{
	struct conversation *conversation = named_find(&floor->conversations, id);

	if (conversation)
		floor_put_waiting(floor, conversation);
	else
		floor_wait(floor, id, place);
}

void floor_tried(struct floor *floor, const char *id)
{
	struct conversation *conversation = named_find(&floor->conversations, id);

	if (conversation)
		conversation->tried = true;
}

void floor_ring(struct floor *floor, const char *id, unsigned epoch, uint64_t until_ms)
{
	struct conversation *conversation = named_find(&floor->conversations, id);

	/* While the floor is read, what it is may be told behind what happened to it. */
	if (!conversation)
		return;
	conversation->epoch = epoch;
	conversation->ringing.tie = conversation->id;
	floor_take_out(floor, conversation);
	heap_put(&floor->ringing, &conversation->ringing, until_ms);
}

void floor_leave(struct floor *floor, const char *id)
{
	struct conversation *conversation = named_find(&floor->conversations, id);

	if (!conversation)
		return;
	floor_take_out(floor, conversation);
	heap_remove(&floor->ringing, &conversation->ringing);
	named_remove(&floor->conversations, conversation);
	free_conversation(conversation);
	floor->conversation_count--;
}

static void release(struct floor *floor, const char *name)
{
	struct agent *agent = named_find(&floor->agents, name);

	if (!agent)
		return;
	if (agent->reserved > 0)
		agent->reserved--;
	floor_place_agent(floor, agent);
}

void floor_made(struct floor *floor, const char *name)
{
	release(floor, name);
}

bool floor_undo(struct floor *floor, const char *id, const char *name)
{
	struct conversation *conversation = named_find(&floor->conversations, id);
	const struct agent *agent = named_find(&floor->agents, name);

	release(floor, name);
	if (!conversation || heap_has(&conversation->ringing))
		return false;
	floor_put_waiting(floor, conversation);
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

bool floor_can_take(const struct floor *floor, const char *name)
{
	const struct agent *agent = named_find(&floor->agents, name);

	return agent && floor_is_able(agent);
}

const char *floor_queue_of_conversation(const struct floor *floor, const char *id)
{
	const struct conversation *conversation = named_find(&floor->conversations, id);

	return conversation && conversation->queue ? conversation->queue->name : "";
}

struct floor_figures floor_figures(const struct floor *floor)
{
	uint64_t oldest_ms = 0;

	for (const struct queue *queue = floor->first_busy; queue; queue = queue->next_busy) {
		uint64_t at_ms = heap_first(&queue->age)->score;
		if (!oldest_ms || at_ms < oldest_ms)
			oldest_ms = at_ms;
	}
	return (struct floor_figures){
		.waiting = floor->waiting_count,
		.ringing = (unsigned)floor->ringing.count,
		.offering = floor->conversation_count - floor->waiting_count -
			    (unsigned)floor->ringing.count,
		.agents_on_queue = floor->on_queue,
		.oldest_ms = oldest_ms,
	};
}
