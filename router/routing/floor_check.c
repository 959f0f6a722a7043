/* What the floor is asked by the safety sweep: is it so? */
#include "router/routing/floor_internal.h"

#include <string.h>

bool floor_has_agent(const struct floor *floor, const char *name,
		     const struct floor_agent_facts *facts)
{
	const struct agent *agent = named_find(&floor->agents, name);

	return agent && agent->facts.takes == facts->takes && agent->facts.load == facts->load &&
	       agent->facts.capacity == facts->capacity &&
	       agent->facts.since_ms == facts->since_ms &&
	       (agent->facts.connections > 0) == (facts->connections > 0);
}

static bool is_being_offered(const struct conversation *conversation)
{
	return !heap_has(&conversation->age) && !heap_has(&conversation->ringing);
}

bool floor_has_waiting(struct floor *floor, const char *id, const struct floor_place *place)
{
	const struct conversation *conversation = named_find(&floor->conversations, id);
	struct skill_set skills;

	if (!conversation || heap_has(&conversation->ringing))
		return false;
	if (is_being_offered(conversation))
		return true;
	floor_read_skills(floor, place->skills, &skills);
	return strcmp(conversation->queue->name, place->queue) == 0 &&
	       conversation->enqueued_ms == place->enqueued_ms &&
	       conversation->entered_ms == place->entered_ms &&
	       conversation->priority == place->priority && conversation->tried == place->tried &&
	       memcmp(conversation->skills.bits, skills.bits, sizeof(skills.bits)) == 0;
}

bool floor_has_ringing(const struct floor *floor, const char *id, unsigned epoch)
{
	const struct conversation *conversation = named_find(&floor->conversations, id);

	return conversation && (is_being_offered(conversation) ||
				(heap_has(&conversation->ringing) && conversation->epoch == epoch));
}

bool floor_has_member(const struct floor *floor, const char *queue, const char *name, unsigned ring)
{
	const struct agent *agent = named_find(&floor->agents, name);
	const struct queue *of = named_find(&floor->queues, queue);
	const struct member *member = agent && of ? floor_member_of(agent, of) : NULL;

	return member && member->ring == ring;
}

bool floor_has_skill(struct floor *floor, const char *name, const char *skill, unsigned level)
{
	const struct agent *agent = named_find(&floor->agents, name);
	int number = floor_skill_number(floor, skill);

	return agent && (number < 0 || agent->levels[number] == level);
}

unsigned floor_member_count(const struct floor *floor, const char *name)
{
	const struct queue *queue = named_find(&floor->queues, name);

	return queue ? queue->member_count : 0;
}

unsigned floor_skill_count(const struct floor *floor, const char *name)
{
	const struct agent *agent = named_find(&floor->agents, name);
	unsigned count = 0;

	for (size_t i = 0; agent && i < SKILL_WORDS; i++)
		count += (unsigned)__builtin_popcountll(agent->skills.bits[i]);
	return count;
}
