/* Queues with members, skills, priorities and rings; who is given what, and that nobody who could
 * be given something is left without it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/routing/floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void come(struct floor *floor, const char *name, uint64_t since_ms, unsigned load)
{
	floor_agent(floor, name,
		    &(struct floor_agent_facts){.takes = true,
						.load = load,
						.capacity = 3,
						.connections = 1,
						.since_ms = since_ms});
}

static void ask(struct floor *floor, const char *id, const char *queue, uint64_t at_ms,
		const char *skills)
{
	floor_wait(floor, id,
		   &(struct floor_place){.queue = queue,
					 .enqueued_ms = at_ms,
					 .last_agent = "",
					 .skills = skills,
					 .entered_ms = at_ms});
}

static int set_up(void **state)
{
	*state = floor_create();
	return 0;
}

static int tear_down(void **state)
{
	struct floor *floor = *state;

	floor_destroy(&floor);
	return 0;
}

static void expect(struct floor *floor, const char *id, const char *agent)
{
	struct floor_choice choice;

	assert_true(floor_next(floor, &choice));
	assert_string_equal(choice.conversation, id);
	assert_string_equal(choice.agent, agent);
}

static void expect_none(struct floor *floor)
{
	struct floor_choice choice;

	assert_false(floor_next(floor, &choice));
}

static void every_skill_is_needed_and_who_is_longest_idle_comes_first(void **state)
{
	come(*state, "ann", 10, 0);
	come(*state, "bob", 20, 0);
	come(*state, "cem", 30, 0);
	floor_skill(*state, "ann", "french", 5);
	floor_skill(*state, "bob", "french", 1);
	floor_skill(*state, "bob", "billing", 1);
	floor_skill(*state, "cem", "french", 5);
	floor_skill(*state, "cem", "billing", 5);
	ask(*state, "c1", "support", 100, "billing,french");
	expect(*state, "c1", "bob");
}

static void who_lacks_a_skill_is_passed_over_for_what_is_behind(void **state)
{
	ask(*state, "c1", "support", 100, "billing");
	ask(*state, "c2", "support", 200, "");
	come(*state, "ann", 10, 0);
	expect(*state, "c2", "ann");
	expect_none(*state);
	floor_skill(*state, "ann", "billing", 2);
	expect(*state, "c1", "ann");
}

static void a_skill_that_is_taken_away_counts_no_more(void **state)
{
	come(*state, "ann", 10, 0);
	floor_skill(*state, "ann", "billing", 3);
	floor_skill(*state, "ann", "billing", 0);
	ask(*state, "c1", "support", 100, "billing");
	expect_none(*state);
}

static void best_takes_the_highest_sum_and_then_the_longest_idle(void **state)
{
	floor_queue(*state, "support", &(struct floor_queue_facts){.evaluation = FLOOR_BEST});
	come(*state, "ann", 10, 0);
	come(*state, "bob", 20, 0);
	come(*state, "cem", 30, 0);
	floor_skill(*state, "ann", "french", 2);
	floor_skill(*state, "bob", "french", 3);
	floor_skill(*state, "bob", "billing", 1);
	floor_skill(*state, "cem", "billing", 4);
	ask(*state, "c1", "support", 100, "french,billing");
	expect(*state, "c1", "bob");
}

static void any_looks_at_no_skills(void **state)
{
	floor_queue(*state, "support", &(struct floor_queue_facts){.evaluation = FLOOR_ANY});
	come(*state, "ann", 10, 0);
	ask(*state, "c1", "support", 100, "sanskrit");
	expect(*state, "c1", "ann");
}

static void least_loaded_comes_before_longest_idle(void **state)
{
	floor_queue(*state, "support", &(struct floor_queue_facts){.least_loaded = true});
	come(*state, "ann", 10, 2);
	come(*state, "bob", 20, 0);
	ask(*state, "c1", "support", 100, "");
	expect(*state, "c1", "bob");
}

static void a_point_of_priority_is_a_minute_of_waiting(void **state)
{
	floor_wait(*state, "c1",
		   &(struct floor_place){
			   .queue = "support", .enqueued_ms = 1000000, .last_agent = ""});
	floor_wait(*state, "c2",
		   &(struct floor_place){.queue = "support",
					 .enqueued_ms = 1059999,
					 .last_agent = "",
					 .priority = 1});
	floor_wait(*state, "c3",
		   &(struct floor_place){.queue = "support",
					 .enqueued_ms = 1120001,
					 .last_agent = "",
					 .priority = 2});
	come(*state, "ann", 10, 0);
	expect(*state, "c2", "ann");
	expect(*state, "c1", "ann");
	expect(*state, "c3", "ann");
}

static void priority_first_lets_no_wait_come_before_it(void **state)
{
	floor_queue(*state, "support", &(struct floor_queue_facts){.priority_first = true});
	ask(*state, "c1", "support", 1, "");
	floor_wait(*state, "c2",
		   &(struct floor_place){.queue = "support",
					 .enqueued_ms = 900000000,
					 .last_agent = "",
					 .priority = 1});
	come(*state, "ann", 10, 0);
	expect(*state, "c2", "ann");
	expect(*state, "c1", "ann");
}

static void members_alone_serve_a_queue_that_has_some(void **state)
{
	come(*state, "ann", 10, 0);
	come(*state, "bob", 20, 0);
	floor_member(*state, "sales", "bob", 1);
	ask(*state, "c1", "sales", 100, "");
	expect(*state, "c1", "bob");
	ask(*state, "c2", "support", 100, "");
	expect(*state, "c2", "ann");
}

static void everybody_serves_a_queue_whose_last_member_leaves(void **state)
{
	come(*state, "ann", 10, 0);
	floor_member(*state, "sales", "bob", 1);
	ask(*state, "c1", "sales", 100, "");
	expect_none(*state);
	floor_member(*state, "sales", "bob", 0);
	expect(*state, "c1", "ann");
}

static void a_queue_for_members_only_waits_for_one(void **state)
{
	floor_queue(*state, "sales", &(struct floor_queue_facts){.members_only = true});
	come(*state, "ann", 10, 0);
	ask(*state, "c1", "sales", 100, "");
	expect_none(*state);
	floor_member(*state, "sales", "ann", 1);
	expect(*state, "c1", "ann");
}

static const struct floor_queue_facts ringed = {
	.ring_count = 2,
	.rings = {{.timeout_ms = 1000, .drops = "french"},
		  {.timeout_ms = 2000, .drops = "billing"}},
};

static void a_ring_that_is_over_lets_the_next_one_join(void **state)
{
	floor_queue(*state, "support", &ringed);
	come(*state, "ann", 10, 0);
	floor_member(*state, "support", "ann", 2);
	ask(*state, "c1", "support", 100, "");
	floor_tick(*state, 1099);
	expect_none(*state);
	floor_tick(*state, 1100);
	expect(*state, "c1", "ann");
}

static void skills_are_dropped_on_leaving_a_ring(void **state)
{
	floor_queue(*state, "support", &ringed);
	come(*state, "ann", 10, 0);
	floor_member(*state, "support", "ann", 1);
	ask(*state, "c1", "support", 100, "french,billing");
	floor_tick(*state, 1100);
	expect_none(*state);
	floor_skill(*state, "ann", "billing", 1);
	expect(*state, "c1", "ann");
	ask(*state, "c2", "support", 100, "french,billing");
	come(*state, "bob", 20, 0);
	floor_member(*state, "support", "bob", 3);
	come(*state, "ann", 10, 3);
	floor_tick(*state, 3100);
	expect(*state, "c2", "bob");
}

static void the_last_agent_needs_neither_skill_nor_membership(void **state)
{
	come(*state, "ann", 10, 0);
	come(*state, "bob", 20, 0);
	floor_member(*state, "support", "ann", 1);
	floor_wait(*state, "c1",
		   &(struct floor_place){.queue = "support",
					 .enqueued_ms = 100,
					 .last_agent = "bob",
					 .skills = "french"});
	expect(*state, "c1", "bob");
}

static void a_queue_may_ask_the_last_agent_as_a_member_or_not_at_all(void **state)
{
	struct floor_place place = {.queue = "support", .enqueued_ms = 100, .last_agent = "bob"};

	floor_queue(*state, "support", &(struct floor_queue_facts){.last = FLOOR_LAST_MEMBERS});
	come(*state, "ann", 10, 0);
	come(*state, "bob", 20, 0);
	floor_member(*state, "support", "ann", 1);
	floor_wait(*state, "c1", &place);
	expect(*state, "c1", "ann");
	floor_made(*state, "ann");
	floor_member(*state, "support", "bob", 1);
	floor_queue(*state, "support", &(struct floor_queue_facts){.last = FLOOR_LAST_OFF});
	floor_wait(*state, "c2", &place);
	expect(*state, "c2", "ann");
}

/* A floor that looks at everything. */

#define AGENTS 12
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
		unsigned skills; /* a bit each */
		uint64_t at;
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

static bool eligible(const struct model *model, int conversation, int agent)
{
	int queue = model->conversations[conversation].queue;
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

/* Nobody behind another of the same queue, skills and ring; nobody whom the queue would not prefer.
 */
static void check_choice(const struct model *model, int conversation, int agent)
{
	int queue = model->conversations[conversation].queue;

	assert_true(model->conversations[conversation].waiting);
	assert_true(able(model, agent));
	assert_true(eligible(model, conversation, agent));
	for (int i = 0; i < CONVERSATIONS; i++) {
		if (model->conversations[i].waiting && model->conversations[i].queue == queue &&
		    ring_of(model, i) == ring_of(model, conversation) &&
		    needs_of(model, i) == needs_of(model, conversation))
			assert_false(comes_first(model, i, conversation));
	}
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

/* All that can be given is given, and then nothing is left that somebody could be given. */
static void match(struct floor *floor, struct model *model)
{
	struct floor_choice choice;

	while (floor_next(floor, &choice)) {
		int conversation = atoi(choice.conversation + 1), agent = atoi(choice.agent + 1);
		check_choice(model, conversation, agent);
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

static void change_conversation(struct floor *floor, struct model *model)
{
	int conversation = rand() % CONVERSATIONS;
	char id[16], queue[16], skills[32] = "", one[16];

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
		if (model->conversations[conversation].skills >> i & 1)
			strcat(strcat(skills, *skills ? "," : ""), name(one, 's', i));
	}
	floor_wait(floor, id,
		   &(struct floor_place){
			   .queue = name(queue, 'q', model->conversations[conversation].queue),
			   .enqueued_ms = model->conversations[conversation].at,
			   .last_agent = "",
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
	char text[16];

	srand(20260402);
	model.now = 100000000;
	for (int i = 0; i < QUEUES; i++)
		floor_queue(*state, name(text, 'q', i), &kinds[i]);
	for (int i = 0; i < ROUNDS; i++) {
		switch (rand() % 6) {
		case 0:
			change_agent(*state, &model);
			break;
		case 1:
			change_staff(*state, &model);
			break;
		case 2:
			model.now += (uint64_t)(rand() % 400);
			break;
		case 3:
			settle(*state, &model);
			break;
		default:
			change_conversation(*state, &model);
		}
		floor_tick(*state, model.now);
		if (rand() % 3)
			match(*state, &model);
	}
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#define SETS 40

/* One agent after the other becomes free and is given something; µs for each. */
static double assign_us(int waiting)
{
	struct floor *floor = floor_create();
	struct floor_choice choice;
	char text[32], skills[64];
	int count = 20000;

	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "agent%d", i);
		floor_member(floor, "support", text, 1);
		for (int j = 0; j < SETS; j++) {
			snprintf(skills, sizeof(skills), "skill%d", j);
			floor_skill(floor, text, skills, 1);
		}
	}
	for (int i = 0; i < waiting + count; i++) {
		snprintf(text, sizeof(text), "conversation%06d", i);
		snprintf(skills, sizeof(skills), "skill%d,skill%d", i % SETS, (i / SETS) % 3);
		if (i < waiting)
			ask(floor, text, "support", (uint64_t)i + 1, skills);
	}
	double begin = seconds();
	for (int i = 0; i < count; i++) {
		char agent[32];
		snprintf(agent, sizeof(agent), "agent%d", i % 100);
		floor_agent(floor, agent,
			    &(struct floor_agent_facts){.takes = true,
							.capacity = 1,
							.connections = 1,
							.since_ms = (uint64_t)i});
		assert_true(floor_next(floor, &choice));
		floor_agent(floor, agent,
			    &(struct floor_agent_facts){.takes = true, .load = 1, .capacity = 1});
		floor_made(floor, agent);
		floor_leave(floor, choice.conversation);
		snprintf(text, sizeof(text), "conversation%06d", waiting + i);
		snprintf(skills, sizeof(skills), "skill%d,skill%d", i % SETS, (i / SETS) % 3);
		ask(floor, text, "support", (uint64_t)(waiting + i) + 1, skills);
		assert_false(floor_next(floor, &choice));
	}
	double took = (seconds() - begin) * 1e6 / count;
	floor_destroy(&floor);
	return took;
}

/* Machines differ, so the two are compared with one another; the bound leaves room for caches. */
static void a_hundred_times_as_many_waiting_cost_about_the_same(void **state)
{
	double few = assign_us(500), many = assign_us(50000);

	(void)state;
	print_message("%.2f us an assignment with 500 waiting, %.2f with 50,000\n", few, many);
	assert_true(many < 4 * few);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
		TEST(every_skill_is_needed_and_who_is_longest_idle_comes_first),
		TEST(who_lacks_a_skill_is_passed_over_for_what_is_behind),
		TEST(a_skill_that_is_taken_away_counts_no_more),
		TEST(best_takes_the_highest_sum_and_then_the_longest_idle),
		TEST(any_looks_at_no_skills),
		TEST(least_loaded_comes_before_longest_idle),
		TEST(a_point_of_priority_is_a_minute_of_waiting),
		TEST(priority_first_lets_no_wait_come_before_it),
		TEST(members_alone_serve_a_queue_that_has_some),
		TEST(everybody_serves_a_queue_whose_last_member_leaves),
		TEST(a_queue_for_members_only_waits_for_one),
		TEST(a_ring_that_is_over_lets_the_next_one_join),
		TEST(skills_are_dropped_on_leaving_a_ring),
		TEST(the_last_agent_needs_neither_skill_nor_membership),
		TEST(a_queue_may_ask_the_last_agent_as_a_member_or_not_at_all),
		TEST(it_chooses_as_one_that_looks_at_everything),
		TEST(a_hundred_times_as_many_waiting_cost_about_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
