/* Queues with members, skills, priorities and rings; who is given what, and that nobody who could
 * be given something is left without it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/floor-stage.h"

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
#define TEST(function)                                                                             \
	cmocka_unit_test_setup_teardown(function, floor_stage_set_up, floor_stage_tear_down)
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
		TEST(a_hundred_times_as_many_waiting_cost_about_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
