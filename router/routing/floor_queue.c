/* Queues, their members and buckets, skills. */
#include "router/routing/floor_internal.h"

#include "config/memory.h"
#include "config/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRIORITY_SHIFT 48 /* above any time in ms */
#define PRIORITY_MS 60000

/* Skills */

_Static_assert(FLOOR_SKILLS_MAX == SETTINGS_SKILLS_MAX, "what may be set up can be told apart");

int floor_skill_number(struct floor *floor, const char *name)
{
	struct skill *skill = named_find(&floor->skills, name);

	if (skill)
		return (int)skill->number;
	if (floor->skill_count == FLOOR_SKILLS_MAX)
		return -1;
	skill = named_entry(&floor->skills, name, sizeof(*skill));
	skill->number = floor->skill_count;
	floor->skill_list[floor->skill_count++] = skill;
	return (int)skill->number;
}

void floor_read_skills(struct floor *floor, const char *text, struct skill_set *set)
{
	char name[FLOOR_NAME_MAX + 1];

	memset(set, 0, sizeof(*set));
	while (text && *text) {
		size_t length = strcspn(text, ",");
		size_t kept = length < FLOOR_NAME_MAX ? length : FLOOR_NAME_MAX;
		memcpy(name, text, kept);
		name[kept] = '\0';
		int number = kept ? floor_skill_number(floor, name) : -1;
		if (number >= 0)
			set->bits[number / 64] |= UINT64_C(1) << (number % 64);
		else
			set->impossible |= kept > 0;
		text += length + (text[length] == ',');
	}
}

void floor_write_skills(const struct floor *floor, const struct skill_set *set, char *out,
			size_t capacity)
{
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; i < SKILL_WORDS; i++) {
		for (uint64_t bits = set->bits[i]; bits; bits &= bits - 1) {
			const char *name =
				floor->skill_list[i * 64 + (size_t)__builtin_ctzll(bits)]->name;
			if (length + strlen(name) + 2 > capacity)
				return;
			length += (size_t)snprintf(out + length, capacity - length, "%s%s",
						   length ? "," : "", name);
		}
	}
}

void floor_skill(struct floor *floor, const char *name, const char *skill, unsigned level)
{
	struct agent *agent = named_entry(&floor->agents, name, sizeof(*agent));
	int number = floor_skill_number(floor, skill);

	if (number < 0)
		return;
	uint64_t bit = UINT64_C(1) << (number % 64);
	agent->levels[number] = (uint8_t)(level > FLOOR_LEVEL_MAX ? FLOOR_LEVEL_MAX : level);
	if (level)
		agent->skills.bits[number / 64] |= bit;
	else
		agent->skills.bits[number / 64] &= ~bit;
	floor_place_agent(floor, agent);
}

/* Members */

struct member *floor_member_of(const struct agent *agent, const struct queue *queue)
{
	struct member *member = agent->members;

	while (member && member->queue != queue)
		member = member->next;
	return member;
}

static void drop_member(struct member *member)
{
	struct member **at = &member->agent->members;

	while (*at != member)
		at = &(*at)->next;
	*at = member->next;
	heap_remove(&member->queue->able, &member->node);
	member->queue->member_count--;
	free(member);
}

void floor_forget_agent(struct agent *agent)
{
	while (agent->members)
		drop_member(agent->members);
}

void floor_member(struct floor *floor, const char *queue_name, const char *name, unsigned ring)
{
	struct queue *queue = floor_queue_of(floor, queue_name);
	struct agent *agent = named_entry(&floor->agents, name, sizeof(*agent));
	struct member *member = floor_member_of(agent, queue);

	if (ring == 0) {
		if (member)
			drop_member(member);
		/* Without members everybody may serve it: who has nothing to do looks again. */
		for (size_t i = 1; queue->member_count == 0 && i <= floor->able.count; i++)
			floor_place_agent(floor, OWNER(floor->able.nodes[i], agent, node));
		return;
	}
	if (!member) {
		member = memory_array(1, sizeof(*member));
		*member = (struct member){.agent = agent, .queue = queue, .next = agent->members};
		agent->members = member;
		queue->member_count++;
	}
	member->ring = ring;
	floor_place_agent(floor, agent);
}

bool floor_is_open(const struct queue *queue)
{
	return queue->member_count == 0 && !queue->facts.members_only;
}

/* Buckets */

uint64_t floor_age_score(const struct conversation *conversation)
{
	int64_t score =
		(int64_t)conversation->enqueued_ms - (int64_t)PRIORITY_MS * conversation->priority;

	return score > 0 ? (uint64_t)score : 0;
}

uint64_t floor_order_score(const struct conversation *conversation)
{
	if (!conversation->queue->facts.priority_first)
		return floor_age_score(conversation);
	return (uint64_t)(FLOOR_PRIORITY_MAX - conversation->priority) << PRIORITY_SHIFT |
	       conversation->enqueued_ms;
}

static struct bucket *bucket_of(const struct conversation *conversation,
				const struct skill_set *skills)
{
	struct queue *queue = conversation->queue;
	struct bucket *bucket = queue->buckets;

	while (bucket &&
	       (bucket->ring != conversation->ring || bucket->except != conversation->except ||
		bucket->skills.impossible != skills->impossible ||
		memcmp(bucket->skills.bits, skills->bits, sizeof(skills->bits)) != 0))
		bucket = bucket->next;
	if (bucket)
		return bucket;
	bucket = memory_array(1, sizeof(*bucket));
	bucket->ring = conversation->ring;
	bucket->except = conversation->except;
	bucket->skills = *skills;
	bucket->next = queue->buckets;
	queue->buckets = bucket;
	return bucket;
}

static void drop_bucket(struct queue *queue, struct bucket *bucket)
{
	struct bucket **at = &queue->buckets;

	while (*at != bucket)
		at = &(*at)->next;
	*at = bucket->next;
	heap_finish(&bucket->waiting);
	free(bucket);
}

/* What it still needs, and when it needs less. */
static void needs(const struct conversation *conversation, struct skill_set *set, uint64_t *end_ms)
{
	const struct queue *queue = conversation->queue;

	*set = conversation->skills;
	*end_ms = conversation->entered_ms;
	for (unsigned ring = 0; ring < queue->facts.ring_count; ring++) {
		*end_ms += queue->facts.rings[ring].timeout_ms;
		if (ring >= conversation->ring)
			return;
		for (size_t i = 0; i < SKILL_WORDS; i++)
			set->bits[i] &= ~queue->drops[ring].bits[i];
	}
}

static void begin_busy(struct floor *floor, struct queue *queue)
{
	queue->next_busy = floor->first_busy;
	queue->busy = &floor->first_busy;
	if (queue->next_busy)
		queue->next_busy->busy = &queue->next_busy;
	floor->first_busy = queue;
}

static void end_busy(struct queue *queue)
{
	*queue->busy = queue->next_busy;
	if (queue->next_busy)
		queue->next_busy->busy = queue->busy;
}

void floor_put_waiting(struct floor *floor, struct conversation *conversation)
{
	struct queue *queue = conversation->queue;
	struct skill_set set;
	uint64_t end_ms;

	floor_take_out(floor, conversation);
	heap_remove(&floor->ringing, &conversation->ringing);
	needs(conversation, &set, &end_ms);
	conversation->waiting.tie = conversation->age.tie = conversation->fresh.tie =
		conversation->ring_end.tie = conversation->id;
	if (conversation->preferring) {
		floor_put_wanted(floor, conversation);
	} else {
		conversation->bucket = bucket_of(conversation, &set);
		heap_put(&conversation->bucket->waiting, &conversation->waiting,
			 floor_order_score(conversation));
	}
	if (!heap_first(&queue->age))
		begin_busy(floor, queue);
	heap_put(&queue->age, &conversation->age, conversation->enqueued_ms);
	floor->waiting_count++;
	heap_put(&floor->fresh_conversations, &conversation->fresh, floor_age_score(conversation));
	if (conversation->ring < queue->facts.ring_count)
		heap_put(&floor->ring_ends, &conversation->ring_end, end_ms);
}

void floor_set_aside(struct conversation *conversation)
{
	struct queue *queue = conversation->queue;

	conversation->next_offered = queue->offered;
	conversation->offered = &queue->offered;
	if (conversation->next_offered)
		conversation->next_offered->offered = &conversation->next_offered;
	queue->offered = conversation;
}

static void end_set_aside(struct conversation *conversation)
{
	if (!conversation->offered)
		return;
	*conversation->offered = conversation->next_offered;
	if (conversation->next_offered)
		conversation->next_offered->offered = conversation->offered;
	conversation->offered = NULL;
}

void floor_take_out(struct floor *floor, struct conversation *conversation)
{
	struct bucket *bucket = conversation->bucket;
	bool fresh = heap_has(&conversation->fresh);

	if (heap_has(&conversation->age)) {
		heap_remove(&conversation->queue->age, &conversation->age);
		floor->waiting_count--;
		if (!heap_first(&conversation->queue->age))
			end_busy(conversation->queue);
	}
	heap_remove(&floor->fresh_conversations, &conversation->fresh);
	heap_remove(&floor->ring_ends, &conversation->ring_end);
	floor_take_wanted(floor, conversation);
	end_set_aside(conversation);
	conversation->bucket = NULL;
	if (!bucket)
		return;
	heap_remove(&bucket->waiting, &conversation->waiting);
	struct heap_node *next = heap_first(&bucket->waiting);
	if (!next) {
		drop_bucket(conversation->queue, bucket);
	} else if (fresh) {
		/* Nobody had been looked for on behalf of either. */
		struct conversation *head = OWNER(next, conversation, waiting);
		heap_put(&floor->fresh_conversations, &head->fresh, floor_age_score(head));
	}
}

void floor_tick(struct floor *floor, uint64_t now_ms)
{
	struct heap_node *first;

	while ((first = heap_first(&floor->ring_ends)) && first->score <= now_ms) {
		struct conversation *conversation = OWNER(first, conversation, ring_end);
		conversation->ring++;
		floor_put_waiting(floor, conversation);
	}
	while ((first = heap_first(&floor->preferred_ends)) && first->score <= now_ms) {
		struct conversation *conversation = OWNER(first, conversation, preferred_end);
		conversation->preferring = false;
		floor_put_waiting(floor, conversation);
	}
}

/* Queues */

struct queue *floor_queue_of(struct floor *floor, const char *name)
{
	struct queue *queue = named_find(&floor->queues, name);

	if (queue)
		return queue;
	queue = named_entry(&floor->queues, name, sizeof(*queue));
	queue->next = floor->first_queue;
	floor->first_queue = queue;
	return queue;
}

/* What waits is put where it belongs by the new facts. */
static void place_again(struct floor *floor, struct queue *queue)
{
	size_t count = 0;

	for (struct bucket *bucket = queue->buckets; bucket; bucket = bucket->next)
		count += bucket->waiting.count;
	struct conversation **all = memory_array(count, sizeof(struct conversation *));
	count = 0;
	for (struct bucket *bucket = queue->buckets; bucket; bucket = bucket->next) {
		for (size_t i = 1; i <= bucket->waiting.count; i++)
			all[count++] = OWNER(bucket->waiting.nodes[i], conversation, waiting);
	}
	for (size_t i = 0; i < count; i++)
		floor_put_waiting(floor, all[i]);
	free(all);
}

void floor_queue(struct floor *floor, const char *name, const struct floor_queue_facts *facts)
{
	struct queue *queue = floor_queue_of(floor, name);

	queue->facts = *facts;
	if (queue->facts.ring_count > FLOOR_RINGS_MAX)
		queue->facts.ring_count = FLOOR_RINGS_MAX;
	for (unsigned i = 0; i < queue->facts.ring_count; i++) {
		floor_read_skills(floor, facts->rings[i].drops, &queue->drops[i]);
		queue->facts.rings[i].drops = NULL;
	}
	place_again(floor, queue);
}
