#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/routing/floor_view.h"
#include "tests/unit/floor-stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 400

/* What was told. */
struct told {
	unsigned count;
	struct floor_queue_view queues[4];
	struct floor_agent_view agents[4];
	char ids[ROWS_MAX][16], skills[ROWS_MAX][64];
	struct floor_waiting_view waiting[ROWS_MAX];
};

static void on_queue(const struct floor_queue_view *queue, void *context)
{
	struct told *told = context;

	told->queues[told->count++] = *queue;
}

static void on_agent(const struct floor_agent_view *agent, void *context)
{
	struct told *told = context;

	told->agents[told->count++] = *agent;
}

static void on_waiting(const struct floor_waiting_view *waiting, void *context)
{
	struct told *told = context;

	snprintf(told->ids[told->count], sizeof(told->ids[0]), "%s", waiting->conversation);
	snprintf(told->skills[told->count], sizeof(told->skills[0]), "%s", waiting->skills);
	told->waiting[told->count++] = *waiting;
}

static void come(struct floor *floor, const char *name, bool takes, unsigned load)
{
	floor_agent(floor, name,
		    &(struct floor_agent_facts){.takes = takes,
						.load = load,
						.capacity = 1,
						.connections = 1,
						.routing = takes ? FLOOR_IDLE : FLOOR_OFF_QUEUE,
						.routing_since_ms = 7,
						.after_call = 2});
}

static void a_queue_shows_what_waits_and_rings_and_who_serves_it(void **state)
{
	struct told told = {0};

	floor_queue(*state, "support", &(struct floor_queue_facts){0});
	come(*state, "ann", true, 0);
	come(*state, "bob", true, 1);
	come(*state, "cem", false, 0);
	ask(*state, "c1", "support", 300, "");
	ask(*state, "c2", "support", 200, "");
	ask(*state, "c3", "support", 100, "");
	floor_ring(*state, "c3", 1, 1000);
	floor_each_queue(*state, on_queue, &told);
	assert_int_equal(told.count, 1);
	assert_string_equal(told.queues[0].name, "support");
	assert_int_equal(told.queues[0].waiting, 2);
	assert_int_equal(told.queues[0].ringing, 1);
	assert_int_equal(told.queues[0].on_queue, 2);
	assert_int_equal(told.queues[0].idle, 1);
	assert_int_equal(told.queues[0].oldest_ms, 200);
	floor_member(*state, "support", "bob", 1);
	floor_member(*state, "support", "cem", 1);
	told.count = 0;
	floor_each_queue(*state, on_queue, &told);
	assert_int_equal(told.queues[0].on_queue, 1);
	assert_int_equal(told.queues[0].idle, 0);
}

static void agents_are_counted_by_their_routing_while_they_are_connected(void **state)
{
	struct told told = {0};

	come(*state, "ann", true, 0);
	come(*state, "bob", false, 0);
	floor_agent(*state, "cem", &(struct floor_agent_facts){.routing = FLOOR_IDLE});
	floor_queue(*state, "support", &(struct floor_queue_facts){0});
	floor_each_queue(*state, on_queue, &told);
	assert_int_equal(told.queues[0].members, 0);
	assert_int_equal(told.queues[0].agents[FLOOR_IDLE], 1);
	assert_int_equal(told.queues[0].agents[FLOOR_OFF_QUEUE], 1);
	floor_member(*state, "support", "bob", 1);
	told.count = 0;
	floor_each_queue(*state, on_queue, &told);
	assert_int_equal(told.queues[0].members, 1);
	assert_int_equal(told.queues[0].agents[FLOOR_IDLE], 0);
	assert_int_equal(told.queues[0].agents[FLOOR_OFF_QUEUE], 1);
}

static void those_that_wait_for_longer_than_that_are_counted(void **state)
{
	char id[16];

	for (unsigned i = 0; i < 100; i++) {
		snprintf(id, sizeof(id), "c%u", i);
		ask(*state, id, "support", 1000 + (i * 37) % 100, "");
	}
	ask(*state, "ringing", "support", 1, "");
	floor_ring(*state, "ringing", 1, 1000);
	assert_int_equal(floor_waiting_before(*state, "support", 1000), 0);
	assert_int_equal(floor_waiting_before(*state, "support", 1001), 1);
	assert_int_equal(floor_waiting_before(*state, "support", 1042), 42);
	assert_int_equal(floor_waiting_before(*state, "support", 9999), 100);
	assert_int_equal(floor_waiting_before(*state, "nowhere", 9999), 0);
}

static void the_longest_wait_is_that_of_the_oldest_whatever_comes_first(void **state)
{
	struct told told = {0};

	floor_wait(
		*state, "c1",
		&(struct floor_place){.queue = "support", .enqueued_ms = 100000, .last_agent = ""});
	floor_wait(*state, "c2",
		   &(struct floor_place){.queue = "support",
					 .enqueued_ms = 200000,
					 .last_agent = "",
					 .priority = 5});
	floor_each_queue(*state, on_queue, &told);
	assert_int_equal(told.queues[0].oldest_ms, 100000);
	assert_int_equal(
		floor_list_waiting(*state, "support", (struct floor_page){0, 1}, on_waiting, &told),
		2);
	assert_string_equal(told.ids[1], "c2");
}

static void an_agent_shows_status_and_presence(void **state)
{
	struct told told = {0};

	come(*state, "ann", true, 1);
	floor_presence(*state, "ann", "Meal", 9);
	floor_each_agent(*state, on_agent, &told);
	assert_int_equal(told.count, 1);
	assert_string_equal(told.agents[0].name, "ann");
	assert_string_equal(told.agents[0].presence, "Meal");
	assert_int_equal(told.agents[0].presence_since_ms, 9);
	assert_int_equal(told.agents[0].facts.routing, FLOOR_IDLE);
	assert_int_equal(told.agents[0].facts.routing_since_ms, 7);
	assert_int_equal(told.agents[0].facts.after_call, 2);
	assert_int_equal(told.agents[0].facts.load, 1);
}

static void what_waits_says_what_it_needs_and_whether_anybody_has_it(void **state)
{
	struct told told = {0};

	floor_queue(*state, "support",
		    &(struct floor_queue_facts){.ring_count = 1,
						.rings = {{.timeout_ms = 50, .drops = "french"}}});
	come(*state, "ann", true, 1);
	floor_skill(*state, "ann", "billing", 1);
	ask(*state, "c1", "support", 100, "billing");
	ask(*state, "c2", "support", 200, "french");
	ask(*state, "c3", "support", 300, "french,billing");
	floor_wait(*state, "c4",
		   &(struct floor_place){.queue = "support",
					 .enqueued_ms = 400,
					 .last_agent = "",
					 .entered_ms = 400,
					 .preferred = "bob:1",
					 .preferred_until_ms = 9999});
	floor_tick(*state, 260);
	assert_int_equal(
		floor_list_waiting(*state, "support", (struct floor_page){0, 9}, on_waiting, &told),
		4);
	assert_int_equal(told.count, 4);
	/* c2 has left its ring, and needs nothing any more. */
	assert_string_equal(told.skills[1], "");
	assert_int_equal(told.waiting[1].ring, 1);
	assert_string_equal(told.skills[2], "french,billing");
	assert_false(told.waiting[0].no_agent);
	assert_false(told.waiting[1].no_agent);
	assert_true(told.waiting[2].no_agent);
	assert_true(told.waiting[3].preferring);
	assert_int_equal(
		floor_list_waiting(*state, "nowhere", (struct floor_page){0, 9}, on_waiting, &told),
		0);
}

/* Each in the list comes behind the one before it, and pages are what the whole is. */
static void what_waits_is_told_in_its_order_page_by_page(void **state)
{
	static struct told whole, pages;
	char id[16], skills[16];

	srand(20260404);
	memset(&whole, 0, sizeof(whole));
	memset(&pages, 0, sizeof(pages));
	for (int i = 0; i < 300; i++) {
		snprintf(id, sizeof(id), "c%d", i);
		snprintf(skills, sizeof(skills), "s%d", rand() % 7);
		ask(*state, id, "support", 1 + (uint64_t)(rand() % 1000), skills);
	}
	assert_int_equal(floor_list_waiting(*state, "support", (struct floor_page){0, 300},
					    on_waiting, &whole),
			 300);
	assert_int_equal(whole.count, 300);
	for (unsigned i = 1; i < 300; i++)
		assert_true(whole.waiting[i - 1].enqueued_ms <= whole.waiting[i].enqueued_ms);
	for (unsigned skip = 0; skip < 300; skip += 70)
		floor_list_waiting(*state, "support", (struct floor_page){skip, 70}, on_waiting,
				   &pages);
	assert_int_equal(pages.count, 300);
	for (unsigned i = 0; i < 300; i++)
		assert_string_equal(whole.ids[i], pages.ids[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(function)                                                                             \
	cmocka_unit_test_setup_teardown(function, floor_stage_set_up, floor_stage_tear_down)
		TEST(a_queue_shows_what_waits_and_rings_and_who_serves_it),
		TEST(agents_are_counted_by_their_routing_while_they_are_connected),
		TEST(those_that_wait_for_longer_than_that_are_counted),
		TEST(the_longest_wait_is_that_of_the_oldest_whatever_comes_first),
		TEST(an_agent_shows_status_and_presence),
		TEST(what_waits_says_what_it_needs_and_whether_anybody_has_it),
		TEST(what_waits_is_told_in_its_order_page_by_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
