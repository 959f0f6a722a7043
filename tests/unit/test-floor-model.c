/* Random changes of everything that a floor knows, beside a floor that looks at everything: each
 * choice is one that it would make, and nobody who could be given something is left without it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/routing/floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGENTS 12
#define PREFERRED_SIZE ((size_t)AGENTS * 8) /* octets of the text of whom it prefers */
#define CONVERSATIONS 30
#define QUEUES 4
#define SKILLS 4
#define ROUNDS 40000

struct model {
	struct floor_agent_facts agents[AGENTS];
	unsigned ring[QUEUES][AGENTS], level[AGENTS][SKILLS], reserved[AGENTS];
	struct {
		bool waiting, under_way;
		int queue, priority, agent;
		unsigned skills;    /* a bit each */
		unsigned preferred; /* a bit each, the higher the number the better */
		int last, except;   /* agents, -1 for none */
		uint64_t at, preferred_until;
	} conversations[CONVERSATIONS];
	uint64_t now;
};

static const struct floor_queue_facts kinds[QUEUES] = {
	{.evaluation = FLOOR_ALL},
	{.evaluation = FLOOR_BEST, .priority_first = true},
	{.evaluation = FLOOR_ALL,
	 .members_only = true,
	 .ring_count = 2,
	 .rings = {{.timeout_ms = 500, .drops = "s0"}, {.timeout_ms = 500, .drops = "s1"}}},
	{.evaluation = FLOOR_ANY, .least_loaded = true},
};

static char *name(char out[16], char kind, int number)
{
	snprintf(out, 16, "%c%d", kind, number);
	return out;
}

/* The reverse. */
static int number(const char *text)
{
	return (int)strtol(text + 1, NULL, 10);
}

static bool able(const struct model *model, int agent)
{
	const struct floor_agent_facts *facts = &model->agents[agent];

	return facts->takes && facts->connections &&
	       facts->load + model->reserved[agent] < facts->capacity;
}

static unsigned ring_of(const struct model *model, int conversation)
{
	const struct floor_queue_facts *kind = &kinds[model->conversations[conversation].queue];
	uint64_t end = model->conversations[conversation].at;
	unsigned ring = 0;

	while (ring < kind->ring_count && (end += kind->rings[ring].timeout_ms) <= model->now)
		ring++;
	return ring;
}

/* What is still needed; ring n drops skill n. */
static unsigned needs_of(const struct model *model, int conversation)
{
	return model->conversations[conversation].skills &
	       ~((1u << ring_of(model, conversation)) - 1);
}

static bool has_members(const struct model *model, int queue)
{
	for (int i = 0; i < AGENTS; i++) {
		if (model->ring[queue][i])
			return true;
	}
	return false;
}

static bool prefers(const struct model *model, int conversation)
{
	return model->conversations[conversation].preferred &&
	       model->now < model->conversations[conversation].preferred_until;
}

static bool is_last(const struct model *model, int conversation, int agent)
{
	return model->conversations[conversation].last == agent &&
	       model->conversations[conversation].except != agent;
}

static bool eligible(const struct model *model, int conversation, int agent)
{
	int queue = model->conversations[conversation].queue;

	if (model->conversations[conversation].except == agent)
		return false;
	if (prefers(model, conversation))
		return model->conversations[conversation].preferred >> agent & 1;
	unsigned ring = model->ring[queue][agent], needs = needs_of(model, conversation);

	if (has_members(model, queue) || kinds[queue].members_only) {
		if (ring == 0 || ring > ring_of(model, conversation) + 1)
			return false;
	}
	for (int i = 0; kinds[queue].evaluation == FLOOR_ALL && i < SKILLS; i++) {
		if ((needs >> i & 1) && model->level[agent][i] == 0)
			return false;
	}
	return true;
}

static bool comes_first(const struct model *model, int a, int b)
{
	bool priority = kinds[model->conversations[a].queue].priority_first;
	int64_t one = (int64_t)model->conversations[a].at,
		other = (int64_t)model->conversations[b].at;

	if (priority && model->conversations[a].priority != model->conversations[b].priority)
		return model->conversations[a].priority > model->conversations[b].priority;
	one -= priority ? 0 : 60000LL * model->conversations[a].priority;
	other -= priority ? 0 : 60000LL * model->conversations[b].priority;
	return one < other;
}

/* Nobody behind another of the same queue, skills and ring. */
static void check_order(const struct model *model, int conversation)
{
	int queue = model->conversations[conversation].queue;

	for (int i = 0; i < CONVERSATIONS; i++) {
		if (model->conversations[i].waiting && model->conversations[i].queue == queue &&
		    !prefers(model, i) &&
		    model->conversations[i].except == model->conversations[conversation].except &&
		    ring_of(model, i) == ring_of(model, conversation) &&
		    needs_of(model, i) == needs_of(model, conversation))
			assert_false(comes_first(model, i, conversation));
	}
}

/* Nobody whom the queue, or the conversation, would not prefer. */
static void check_choice(const struct model *model, const struct floor_choice *choice)
{
	int conversation = number(choice->conversation), agent = number(choice->agent);
	int queue = model->conversations[conversation].queue;
	int last = model->conversations[conversation].last;

	assert_true(model->conversations[conversation].waiting);
	assert_true(able(model, agent));
	assert_true(is_last(model, conversation, agent) || eligible(model, conversation, agent));
	assert_int_equal(choice->last_agent, is_last(model, conversation, agent));
	if (choice->last_agent)
		return;
	if (last >= 0 && is_last(model, conversation, last))
		assert_false(able(model, last));
	assert_int_equal(choice->preferred, prefers(model, conversation));
	for (int i = agent + 1; choice->preferred && i < AGENTS; i++)
		assert_false(able(model, i) && eligible(model, conversation, i));
	if (choice->preferred)
		return;
	check_order(model, conversation);
	for (int i = 0; i < AGENTS; i++) {
		unsigned mine = 0, theirs = 0, needs = needs_of(model, conversation);
		if (!able(model, i) || !eligible(model, conversation, i))
			continue;
		for (int s = 0; s < SKILLS; s++) {
			mine += (needs >> s & 1) * model->level[agent][s];
			theirs += (needs >> s & 1) * model->level[i][s];
		}
		if (kinds[queue].evaluation == FLOOR_BEST)
			assert_true(mine >= theirs);
		else if (kinds[queue].least_loaded)
			assert_true(model->agents[agent].load + model->reserved[agent] <=
				    model->agents[i].load + model->reserved[i]);
		else if (!model->reserved[agent] && !model->reserved[i])
			assert_true(model->agents[agent].since_ms <= model->agents[i].since_ms);
		else
			assert_true(!model->reserved[agent] || model->reserved[i]);
	}
}

/* All that can be given is given, and then nothing is left that somebody could be given. The last
 * agent is asked when it comes; who is not able then is asked as others are. */
static void match(struct floor *floor, struct model *model)
{
	struct floor_choice choice;

	while (floor_next(floor, &choice)) {
		int conversation = number(choice.conversation), agent = number(choice.agent);
		check_choice(model, &choice);
		model->conversations[conversation].waiting = false;
		model->conversations[conversation].under_way = true;
		model->conversations[conversation].agent = agent;
		model->reserved[agent]++;
	}
	for (int i = 0; i < CONVERSATIONS; i++) {
		for (int j = 0; model->conversations[i].waiting && j < AGENTS; j++)
			assert_false(able(model, j) && eligible(model, i, j));
	}
}

static void change_agent(struct floor *floor, struct model *model)
{
	int agent = rand() % AGENTS;
	char text[16];

	model->agents[agent] = (struct floor_agent_facts){
		.takes = rand() % 4 != 0,
		.load = (unsigned)(rand() % 4),
		.capacity = (unsigned)(rand() % 4),
		.connections = rand() % 5 != 0,
		.since_ms = (uint64_t)rand() % 1000,
	};
	floor_agent(floor, name(text, 'a', agent), &model->agents[agent]);
}

static void change_staff(struct floor *floor, struct model *model)
{
	int agent = rand() % AGENTS, queue = rand() % QUEUES, skill = rand() % SKILLS;
	char who[16], what[16];

	name(who, 'a', agent);
	if (rand() % 2) {
		model->ring[queue][agent] = (unsigned)(rand() % 4);
		floor_member(floor, name(what, 'q', queue), who, model->ring[queue][agent]);
	} else {
		model->level[agent][skill] = (unsigned)(rand() % 6);
		floor_skill(floor, who, name(what, 's', skill), model->level[agent][skill]);
	}
}

/* Whom it prefers, who had it last, and who is never asked. */
static void draw_agents(struct model *model, int conversation, char preferred[PREFERRED_SIZE])
{
	size_t length = 0;

	model->conversations[conversation].last = rand() % 4 ? -1 : rand() % AGENTS;
	model->conversations[conversation].except = rand() % 6 ? -1 : rand() % AGENTS;
	model->conversations[conversation].preferred =
		rand() % 4 ? 0 : (unsigned)(rand() % (1 << AGENTS));
	model->conversations[conversation].preferred_until = model->now + (uint64_t)(rand() % 2000);
	for (int i = 0; i < AGENTS; i++) {
		if (model->conversations[conversation].preferred >> i & 1)
			length += (size_t)snprintf(preferred + length, PREFERRED_SIZE - length,
						   "%sa%d:%d", length ? "," : "", i, i);
	}
}

static void change_conversation(struct floor *floor, struct model *model)
{
	int conversation = rand() % CONVERSATIONS;
	char id[16], queue[16], skills[32] = "", one[16], last[16] = "", except[16] = "";
	char preferred[PREFERRED_SIZE] = "";

	name(id, 'c', conversation);
	if (model->conversations[conversation].under_way)
		return;
	if (model->conversations[conversation].waiting) {
		model->conversations[conversation].waiting = false;
		floor_leave(floor, id);
		return;
	}
	model->conversations[conversation].waiting = true;
	model->conversations[conversation].queue = rand() % QUEUES;
	model->conversations[conversation].priority = rand() % 3 - 1;
	model->conversations[conversation].skills = (unsigned)(rand() % (1 << SKILLS));
	/* No two alike, so that there is one order. */
	model->conversations[conversation].at =
		model->now - (uint64_t)(rand() % 1500) * CONVERSATIONS + (uint64_t)conversation;
	for (int i = 0; i < SKILLS; i++) {
		size_t length = strlen(skills);
		if (model->conversations[conversation].skills >> i & 1)
			snprintf(skills + length, sizeof(skills) - length, "%s%s",
				 length ? "," : "", name(one, 's', i));
	}
	draw_agents(model, conversation, preferred);
	if (model->conversations[conversation].last >= 0)
		name(last, 'a', model->conversations[conversation].last);
	if (model->conversations[conversation].except >= 0)
		name(except, 'a', model->conversations[conversation].except);
	floor_wait(floor, id,
		   &(struct floor_place){
			   .queue = name(queue, 'q', model->conversations[conversation].queue),
			   .enqueued_ms = model->conversations[conversation].at,
			   .last_agent = last,
			   .except = except,
			   .preferred = preferred,
			   .preferred_until_ms = model->conversations[conversation].preferred_until,
			   .priority = model->conversations[conversation].priority,
			   .skills = skills,
			   .entered_ms = model->conversations[conversation].at});
}

/* What became of an offer: refused, or made and accepted. */
static void settle(struct floor *floor, struct model *model)
{
	int conversation = rand() % CONVERSATIONS, agent = model->conversations[conversation].agent;
	char id[16], who[16];

	if (!model->conversations[conversation].under_way)
		return;
	name(id, 'c', conversation);
	name(who, 'a', agent);
	model->conversations[conversation].under_way = false;
	model->reserved[agent]--;
	if (rand() % 2) {
		floor_undo(floor, id, who);
		model->conversations[conversation].waiting = true;
		return;
	}
	floor_made(floor, who);
	floor_leave(floor, id);
}

static void it_chooses_as_one_that_looks_at_everything(void **state)
{
	static struct model model;
	struct floor *floor = floor_create();
	char text[16];

	(void)state;
	srand(20260402);
	model.now = 100000000;
	for (int i = 0; i < QUEUES; i++)
		floor_queue(floor, name(text, 'q', i), &kinds[i]);
	for (int i = 0; i < ROUNDS; i++) {
		switch (rand() % 6) {
		case 0:
			change_agent(floor, &model);
			break;
		case 1:
			change_staff(floor, &model);
			break;
		case 2:
			model.now += (uint64_t)(rand() % 400);
			break;
		case 3:
			settle(floor, &model);
			break;
		default:
			change_conversation(floor, &model);
		}
		floor_tick(floor, model.now);
		if (rand() % 3)
			match(floor, &model);
	}
	floor_destroy(&floor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_chooses_as_one_that_looks_at_everything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
