/* What somebody who looks on sees of a floor. */
#include "router/routing/floor_view.h"

#include "config/memory.h"
#include "router/routing/floor_internal.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* Queues */

static void count_agent(struct floor_queue_view *seen, const struct agent *agent)
{
	seen->on_queue += agent->facts.takes;
	seen->idle += agent->facts.takes && agent->facts.load == 0;
	seen->agents[agent->facts.routing] += agent->facts.connections > 0;
}

struct count {
	struct floor_queue_view all; /* agents of every queue that everybody serves */
};

static void count_node(const void *node, VISIT visit, void *context)
{
	struct count *count = context;

	if (visit != postorder && visit != leaf)
		return;
	const struct agent *agent = *(const struct agent *const *)node;
	count_agent(&count->all, agent);
	for (const struct member *member = agent->members; member; member = member->next)
		count_agent(&member->queue->seen, agent);
}

static void begin_count(struct floor *floor)
{
	for (struct queue *queue = floor->first_queue; queue; queue = queue->next) {
		const struct heap_node *oldest = heap_first(&queue->age);
		queue->seen = (struct floor_queue_view){
			.name = queue->name,
			.waiting = (unsigned)queue->age.count,
			.members = queue->member_count,
			.oldest_ms = oldest ? oldest->score : 0,
		};
	}
	for (size_t i = 1; i <= floor->ringing.count; i++)
		OWNER(floor->ringing.nodes[i], conversation, ringing)->queue->seen.ringing++;
}

void floor_each_queue(struct floor *floor,
		      void (*told)(const struct floor_queue_view *queue, void *context),
		      void *context)
{
	struct count count = {0};

	begin_count(floor);
	twalk_r(floor->agents, count_node, &count);
	for (struct queue *queue = floor->first_queue; queue; queue = queue->next) {
		if (floor_is_open(queue)) {
			queue->seen.on_queue = count.all.on_queue;
			queue->seen.idle = count.all.idle;
			memcpy(queue->seen.agents, count.all.agents, sizeof(count.all.agents));
		}
		told(&queue->seen, context);
	}
}

bool floor_has_queue(const struct floor *floor, const char *name)
{
	return named_find(&floor->queues, name) != NULL;
}

/* Under a node that is not older there is none that is. */
static unsigned older(const struct heap *age, size_t at, uint64_t before_ms)
{
	if (at > age->count || age->nodes[at]->score >= before_ms)
		return 0;
	return 1 + older(age, 2 * at, before_ms) + older(age, 2 * at + 1, before_ms);
}

unsigned floor_waiting_before(const struct floor *floor, const char *name, uint64_t before_ms)
{
	const struct queue *queue = named_find(&floor->queues, name);

	return queue ? older(&queue->age, 1, before_ms) : 0;
}

/* Agents */

struct telling {
	void (*told)(const struct floor_agent_view *agent, void *context);
	void *context;
};

static void tell_agent(const void *node, VISIT visit, void *context)
{
	const struct telling *telling = context;

	if (visit != postorder && visit != leaf)
		return;
	const struct agent *agent = *(const struct agent *const *)node;
	struct floor_agent_view view = {agent->name, agent->presence, agent->presence_since_ms,
					agent->facts};
	telling->told(&view, telling->context);
}

void floor_each_agent(const struct floor *floor,
		      void (*told)(const struct floor_agent_view *agent, void *context),
		      void *context)
{
	struct telling telling = {told, context};

	twalk_r(floor->agents, tell_agent, &telling);
}

/* What waits. The heaps of the buckets are merged: what is under a node comes behind it. */

struct candidate {
	struct heap_node node; /* in the frontier */
	const struct conversation *conversation;
	const struct heap *heap; /* of its bucket, NULL for what only those preferred are asked */
	size_t at;		 /* in it */
};

struct merge {
	struct heap frontier;
	struct candidate *candidates;
	size_t count;
};

static void add(struct merge *merge, const struct conversation *conversation,
		const struct heap *heap, size_t at)
{
	struct candidate *candidate = &merge->candidates[merge->count++];

	*candidate = (struct candidate){.conversation = conversation, .heap = heap, .at = at};
	candidate->node.tie = conversation->id;
	heap_put(&merge->frontier, &candidate->node, floor_order_score(conversation));
}

static void add_node(struct merge *merge, const struct heap *heap, size_t at)
{
	if (at <= heap->count)
		add(merge, OWNER(heap->nodes[at], conversation, waiting), heap, at);
}

static void begin_merge(struct merge *merge, const struct floor *floor, const struct queue *queue,
			size_t wanted)
{
	size_t heads = floor->preferred_ends.count;

	for (const struct bucket *bucket = queue->buckets; bucket; bucket = bucket->next)
		heads++;
	heap_init(&merge->frontier);
	merge->count = 0;
	merge->candidates = memory_array(heads + 2 * wanted + 1, sizeof(struct candidate));
	for (const struct bucket *bucket = queue->buckets; bucket; bucket = bucket->next)
		add_node(merge, &bucket->waiting, 1);
	for (size_t i = 1; i <= floor->preferred_ends.count; i++) {
		const struct conversation *conversation =
			OWNER(floor->preferred_ends.nodes[i], conversation, preferred_end);
		if (conversation->queue == queue)
			add(merge, conversation, NULL, 0);
	}
}

static const struct conversation *next(struct merge *merge)
{
	struct heap_node *first = heap_first(&merge->frontier);

	if (!first)
		return NULL;
	const struct candidate *candidate = OWNER(first, candidate, node);
	heap_remove(&merge->frontier, first);
	if (candidate->heap) {
		add_node(merge, candidate->heap, candidate->at * 2);
		add_node(merge, candidate->heap, candidate->at * 2 + 1);
	}
	return candidate->conversation;
}

/* Which buckets of a queue somebody serves who is on queue. */
struct serving {
	struct queue *queue;
	bool open;
};

static void mark_served(const void *node, VISIT visit, void *context)
{
	const struct serving *serving = context;

	if (visit != postorder && visit != leaf)
		return;
	const struct agent *agent = *(const struct agent *const *)node;
	const struct member *member = floor_member_of(agent, serving->queue);
	if (!agent->facts.takes || !agent->facts.capacity || (!serving->open && !member))
		return;
	unsigned ring = serving->open ? 1 : member->ring;
	for (struct bucket *bucket = serving->queue->buckets; bucket; bucket = bucket->next)
		bucket->served = bucket->served || floor_fits(serving->queue, bucket, agent, ring);
}

static void find_served(const struct floor *floor, struct queue *queue)
{
	struct serving serving = {queue, floor_is_open(queue)};

	for (struct bucket *bucket = queue->buckets; bucket; bucket = bucket->next)
		bucket->served = false;
	twalk_r(floor->agents, mark_served, &serving);
}

static struct floor_waiting_view
view_of(const struct floor *floor, const struct conversation *conversation, char skills[NEEDS_MAX])
{
	const struct bucket *bucket = conversation->bucket;

	floor_write_skills(floor, bucket ? &bucket->skills : &conversation->skills, skills,
			   NEEDS_MAX);
	return (struct floor_waiting_view){
		.conversation = conversation->id,
		.skills = skills,
		.enqueued_ms = conversation->enqueued_ms,
		.priority = conversation->priority,
		.ring = conversation->ring,
		.preferring = conversation->preferring,
		.no_agent = bucket && !bucket->served,
	};
}

unsigned floor_list_waiting(struct floor *floor, const char *name, struct floor_page page,
			    void (*told)(const struct floor_waiting_view *waiting, void *context),
			    void *context)
{
	struct queue *queue = named_find(&floor->queues, name);
	const struct conversation *conversation;
	struct merge merge;
	char skills[NEEDS_MAX];
	size_t end = (size_t)page.skip + page.count;

	if (!queue)
		return 0;
	find_served(floor, queue);
	begin_merge(&merge, floor, queue, end);
	for (size_t i = 0; i < end && (conversation = next(&merge)); i++) {
		struct floor_waiting_view view = view_of(floor, conversation, skills);
		if (i >= page.skip)
			told(&view, context);
	}
	free(merge.candidates);
	heap_finish(&merge.frontier);
	return (unsigned)queue->age.count;
}
