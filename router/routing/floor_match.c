/* Who gets what. */
#include "router/routing/floor_internal.h"

#include <string.h>

static bool has_all(const struct agent *agent, const struct skill_set *wanted)
{
	for (size_t i = 0; i < SKILL_WORDS; i++) {
		if (wanted->bits[i] & ~agent->skills.bits[i])
			return false;
	}
	return !wanted->impossible;
}

bool floor_fits(const struct queue *queue, const struct bucket *bucket, const struct agent *agent,
		unsigned ring)
{
	return ring <= bucket->ring + 1 && agent != bucket->except &&
	       (queue->facts.evaluation != FLOOR_ALL || has_all(agent, &bucket->skills));
}

static unsigned proficiency(const struct agent *agent, const struct skill_set *wanted)
{
	unsigned sum = 0;

	for (size_t i = 0; i < SKILL_WORDS; i++) {
		for (uint64_t bits = wanted->bits[i]; bits; bits &= bits - 1)
			sum += agent->levels[i * 64 + (size_t)__builtin_ctzll(bits)];
	}
	return sum;
}

/* A search for whom a queue prefers among those in a heap. */
struct search {
	const struct queue *queue;
	const struct bucket *bucket;
	const struct heap *heap;
	bool members; /* the heap's nodes are members', else agents' */
	struct agent *best;
	const struct heap_node *node; /* the best one's */
	unsigned sum, load;
};

static struct agent *agent_at(const struct search *search, size_t i, unsigned *ring)
{
	struct heap_node *node = search->heap->nodes[i];

	*ring = 1;
	if (!search->members)
		return OWNER(node, agent, node);
	struct member *member = OWNER(node, member, node);
	*ring = member->ring;
	return member->agent;
}

/* The first in the heap's order who fits. What is under a node comes behind it, so it is passed
 * over where that is no better than who was found. */
static void search_first(struct search *search, size_t i)
{
	unsigned ring;

	if (i > search->heap->count ||
	    (search->best && !heap_is_before(search->heap->nodes[i], search->node)))
		return;
	struct agent *agent = agent_at(search, i, &ring);
	if (floor_fits(search->queue, search->bucket, agent, ring)) {
		search->best = agent;
		search->node = search->heap->nodes[i];
		return;
	}
	search_first(search, i * 2);
	search_first(search, i * 2 + 1);
}

static bool is_better(const struct search *search, const struct heap_node *node, unsigned sum,
		      unsigned load)
{
	if (!search->best)
		return true;
	if (search->queue->facts.evaluation == FLOOR_BEST && sum != search->sum)
		return sum > search->sum;
	if (search->queue->facts.least_loaded && load != search->load)
		return load < search->load;
	return heap_is_before(node, search->node);
}

static void search_all(struct search *search)
{
	for (size_t i = 1; i <= search->heap->count; i++) {
		unsigned ring;
		struct agent *agent = agent_at(search, i, &ring);
		const struct heap_node *node = search->heap->nodes[i];
		if (!floor_fits(search->queue, search->bucket, agent, ring))
			continue;
		unsigned sum = proficiency(agent, &search->bucket->skills);
		unsigned load = floor_load(agent);
		if (!is_better(search, node, sum, load))
			continue;
		search->best = agent;
		search->node = node;
		search->sum = sum;
		search->load = load;
	}
}

/* Whom the queue would give it, or those whom it prefers; NULL for nobody. */
static struct agent *wanted_by(struct floor *floor, const struct conversation *conversation)
{
	const struct queue *queue = conversation->queue;
	bool open = floor_is_open(queue);

	if (conversation->preferring)
		return floor_preferred(conversation);
	struct search search = {
		.queue = queue,
		.bucket = conversation->bucket,
		.heap = open ? &floor->able : &queue->able,
		.members = !open,
	};

	if (queue->facts.evaluation == FLOOR_BEST || queue->facts.least_loaded)
		search_all(&search);
	else
		search_first(&search, 1);
	return search.best;
}

static struct agent *last_agent(struct floor *floor, const struct conversation *conversation)
{
	const struct queue *queue = conversation->queue;

	if (!*conversation->last_agent || conversation->tried ||
	    queue->facts.last == FLOOR_LAST_OFF)
		return NULL;
	struct agent *agent = named_find(&floor->agents, conversation->last_agent);
	if (!agent || !floor_is_able(agent) || agent == conversation->except)
		return NULL;
	if (queue->facts.last == FLOOR_LAST_MEMBERS && !floor_is_open(queue) &&
	    !floor_member_of(agent, queue))
		return NULL;
	return agent;
}

/* Either may be NULL. */
static struct conversation *older(struct conversation *a, struct conversation *b)
{
	if (!a || !b)
		return a ? a : b;
	uint64_t one = floor_age_score(a), other = floor_age_score(b);
	if (one != other)
		return one < other ? a : b;
	return strcmp(a->id, b->id) < 0 ? a : b;
}

/* The oldest that waits for the agent among others whom it prefers. */
static struct conversation *oldest_wanting(const struct agent *agent)
{
	const struct heap_node *first = heap_first(&agent->wanted);

	return first ? OWNER(first, preference, node)->conversation : NULL;
}

/* The head among a queue's buckets that the agent can be given and that is older than `best`. */
static struct conversation *oldest_in(const struct queue *queue, const struct agent *agent,
				      unsigned ring, struct conversation *best)
{
	struct conversation *first = NULL;

	for (struct bucket *bucket = queue->buckets; bucket; bucket = bucket->next) {
		struct heap_node *head = heap_first(&bucket->waiting);
		if (!floor_fits(queue, bucket, agent, ring) ||
		    (first && !heap_is_before(head, &first->waiting)))
			continue;
		first = OWNER(head, conversation, waiting);
	}
	return older(first, best);
}

static struct conversation *oldest_for(const struct floor *floor, const struct agent *agent)
{
	struct conversation *best = oldest_wanting(agent);

	for (const struct member *member = agent->members; member; member = member->next)
		best = oldest_in(member->queue, agent, member->ring, best);
	for (const struct queue *queue = floor->first_busy; queue; queue = queue->next_busy) {
		if (floor_is_open(queue))
			best = oldest_in(queue, agent, 1, best);
	}
	return best;
}

/* Something for somebody who has just become free. */
static struct conversation *for_fresh_agent(struct floor *floor)
{
	struct heap_node *first;

	while ((first = heap_first(&floor->fresh_agents))) {
		struct agent *agent = OWNER(first, agent, fresh);
		struct conversation *conversation = oldest_for(floor, agent);
		if (conversation)
			return conversation;
		heap_remove(&floor->fresh_agents, first);
	}
	return NULL;
}

/* Something that has just come, and somebody for it. Behind others that the same agents could be
 * given there is nobody for it, as there was nobody for them. */
static struct conversation *fresh_one(struct floor *floor, struct agent **agent)
{
	struct heap_node *first;

	while ((first = heap_first(&floor->fresh_conversations))) {
		struct conversation *conversation = OWNER(first, conversation, fresh);
		bool head = conversation->preferring ||
			    heap_first(&conversation->bucket->waiting) == &conversation->waiting;
		*agent = last_agent(floor, conversation);
		if (!*agent && head)
			*agent = wanted_by(floor, conversation);
		if (*agent)
			return conversation;
		heap_remove(&floor->fresh_conversations, first);
	}
	return NULL;
}

/* What was chosen last of those that the same agents could be given, "" for nothing. */
static const char *chosen_before(const struct conversation *conversation)
{
	const struct conversation *other = conversation->queue->offered;

	while (other &&
	       (other->ring != conversation->ring || other->except != conversation->except ||
		other->skills.impossible != conversation->skills.impossible ||
		memcmp(other->skills.bits, conversation->skills.bits, sizeof(other->skills.bits)) !=
			0))
		other = other->next_offered;
	return other ? other->id : "";
}

bool floor_next(struct floor *floor, struct floor_choice *choice)
{
	struct conversation *conversation = for_fresh_agent(floor);
	struct agent *agent = NULL;
	bool last = false;

	if (conversation) {
		agent = last_agent(floor, conversation);
		if (!agent)
			agent = wanted_by(floor, conversation);
	} else {
		conversation = fresh_one(floor, &agent);
	}
	if (!conversation || !agent)
		return false;
	last = agent == last_agent(floor, conversation);
	floor->needs[0] = '\0';
	if (conversation->queue->facts.evaluation == FLOOR_ALL && conversation->bucket)
		floor_write_skills(floor, &conversation->bucket->skills, floor->needs,
				   sizeof(floor->needs));
	*choice = (struct floor_choice){
		.conversation = conversation->id,
		.agent = agent->name,
		.queue = conversation->queue->name,
		.last_agent = last,
		.preferred = conversation->preferring && !last,
		.ring = conversation->ring,
		.needs = floor->needs,
		.behind = last || conversation->preferring ? "" : chosen_before(conversation),
	};
	floor_take_out(floor, conversation);
	floor_set_aside(conversation);
	agent->reserved++;
	agent->chosen = ++floor->choices;
	floor_place_agent(floor, agent);
	return true;
}
