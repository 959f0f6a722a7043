#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "router/supervise/board.h"

#define NOW 10000000u

/* A floor, the board beside it, and what was told last. */
struct world {
	struct floor *floor;
	struct board *board;
	unsigned queues, agents, gone;
	char gone_id[FLOOR_NAME_MAX + 1];
	struct board_queue_row queue;
	struct board_agent_row agent;
};

static void on_queue(const struct board_queue_row *row, void *context)
{
	struct world *world = context;

	world->queues++;
	world->queue = *row;
}

static void on_agent(const struct board_agent_row *row, void *context)
{
	struct world *world = context;

	world->agents++;
	world->agent = *row;
}

/* Looks, and tells what is newer than `after`. */
static uint64_t look(struct world *world, uint64_t after, uint64_t now_ms)
{
	uint64_t version = board_look(world->board, world->floor, now_ms);

	world->queues = world->agents = 0;
	board_queues(world->board, after, on_queue, world);
	board_agents(world->board, after, on_agent, world);
	return version;
}

static void wait(struct world *world, const char *id, uint64_t since_ms)
{
	floor_wait(world->floor, id,
		   &(struct floor_place){.queue = "support",
					 .enqueued_ms = since_ms,
					 .entered_ms = since_ms,
					 .last_agent = ""});
}

static void what_waits_is_late_after_what_the_queue_promises(void **state)
{
	struct world *world = *state;

	wait(world, "exactly", NOW - 20000);
	wait(world, "late", NOW - 20001);
	wait(world, "fresh", NOW - 1);
	look(world, 0, NOW);
	assert_string_equal(world->queue.id, "support");
	assert_int_equal(world->queue.waiting, 3);
	assert_int_equal(world->queue.late, 1);
	assert_int_equal(world->queue.oldest_ms, NOW - 20001);
	assert_int_equal(world->queue.level.service_level_pct, 80);
	board_queue(world->board, "support", &(struct board_level){21, 90});
	look(world, 0, NOW);
	assert_int_equal(world->queue.late, 0);
	assert_int_equal(world->queue.level.service_level_pct, 90);
}

static void only_what_differs_is_told_again(void **state)
{
	struct world *world = *state;
	struct floor_agent_facts ann = {.capacity = 3, .connections = 1, .routing = FLOOR_IDLE};

	board_queue(world->board, "sales", &(struct board_level){20, 80});
	board_queue(world->board, "support", &(struct board_level){20, 80});
	floor_agent(world->floor, "ann", &ann);
	uint64_t first = look(world, 0, NOW);
	assert_int_equal(world->queues, 2);
	assert_int_equal(world->agents, 1);
	uint64_t second = look(world, first, NOW + 1000);
	assert_int_equal(world->queues, 0);
	assert_int_equal(world->agents, 0);
	board_queue(world->board, "sales", &(struct board_level){30, 80});
	uint64_t third = look(world, second, NOW + 2000);
	assert_int_equal(world->queues, 1);
	assert_string_equal(world->queue.id, "sales");
	floor_presence(world->floor, "ann", "Meal", NOW);
	look(world, third, NOW + 3000);
	assert_int_equal(world->queues, 0);
	assert_int_equal(world->agents, 1);
	assert_string_equal(world->agent.presence, "Meal");
	/* Who has missed all of it is told all of it. */
	look(world, first, NOW + 4000);
	assert_int_equal(world->queues, 1);
	assert_int_equal(world->agents, 1);
}

static void a_queue_is_shown_before_anything_came_to_it(void **state)
{
	struct world *world = *state;

	board_queue(world->board, "support", &(struct board_level){20, 80});
	board_look(world->board, NULL, NOW);
	board_queues(world->board, 0, on_queue, world);
	assert_int_equal(world->queues, 1);
	assert_string_equal(world->queue.id, "support");
	assert_int_equal(world->queue.waiting, 0);
}

static void without_a_floor_nothing_waits(void **state)
{
	struct world *world = *state;

	wait(world, "c1", NOW);
	look(world, 0, NOW);
	assert_int_equal(world->queue.waiting, 1);
	board_look(world->board, NULL, NOW);
	board_queues(world->board, 0, on_queue, world);
	assert_int_equal(world->queue.waiting, 0);
}

static void on_gone(const char *id, void *context)
{
	struct world *world = context;

	world->gone++;
	snprintf(world->gone_id, sizeof(world->gone_id), "%s", id);
}

static unsigned queues_gone(struct world *world, uint64_t after)
{
	world->gone = 0;
	board_queues_gone(world->board, after, on_gone, world);
	return world->gone;
}

static unsigned agents_gone(struct world *world, uint64_t after)
{
	world->gone = 0;
	board_agents_gone(world->board, after, on_gone, world);
	return world->gone;
}

static void a_queue_that_is_deleted_goes_once_nothing_waits_in_it(void **state)
{
	struct world *world = *state;

	board_queue(world->board, "support", &(struct board_level){20, 80});
	wait(world, "c1", NOW);
	uint64_t first = look(world, 0, NOW);
	board_drop_queue(world->board, "support");
	uint64_t second = look(world, 0, NOW + 1000);
	assert_int_equal(world->queues, 1);
	assert_int_equal(queues_gone(world, first), 0);
	floor_leave(world->floor, "c1");
	uint64_t third = look(world, 0, NOW + 2000);
	assert_int_equal(world->queues, 0);
	assert_int_equal(queues_gone(world, second), 1);
	assert_string_equal(world->gone_id, "support");
	assert_int_equal(queues_gone(world, third), 0);
	/* One of its name is a new one. */
	board_queue(world->board, "support", &(struct board_level){20, 80});
	look(world, third, NOW + 3000);
	assert_int_equal(world->queues, 1);
	assert_int_equal(queues_gone(world, second), 0);
}

static void of_all_that_were_dropped_those_that_are_told_of_again_stay(void **state)
{
	struct world *world = *state;

	board_queue(world->board, "sales", &(struct board_level){20, 80});
	board_queue(world->board, "support", &(struct board_level){20, 80});
	uint64_t first = look(world, 0, NOW);
	board_drop_queue(world->board, "");
	board_queue(world->board, "sales", &(struct board_level){20, 80});
	look(world, 0, NOW + 1000);
	assert_int_equal(world->queues, 1);
	assert_string_equal(world->queue.id, "sales");
	assert_int_equal(queues_gone(world, first), 1);
}

static void an_agent_whom_the_floor_has_no_more_goes(void **state)
{
	struct world *world = *state;
	struct floor_agent_facts facts = {.capacity = 3, .connections = 1};

	floor_agent(world->floor, "ann", &facts);
	floor_agent(world->floor, "bob", &facts);
	uint64_t first = look(world, 0, NOW);
	assert_int_equal(world->agents, 2);
	floor_clear(world->floor);
	floor_agent(world->floor, "bob", &facts);
	uint64_t second = look(world, 0, NOW + 1000);
	assert_int_equal(world->agents, 1);
	assert_int_equal(agents_gone(world, first), 1);
	assert_string_equal(world->gone_id, "ann");
	floor_agent(world->floor, "ann", &facts);
	look(world, second, NOW + 2000);
	assert_int_equal(world->agents, 1);
	assert_string_equal(world->agent.id, "ann");
	assert_int_equal(agents_gone(world, first), 0);
}

static int begin(void **state)
{
	static struct world world;

	world = (struct world){.floor = floor_create(), .board = board_create()};
	*state = &world;
	return 0;
}

static int end(void **state)
{
	struct world *world = *state;

	floor_destroy(&world->floor);
	board_destroy(&world->board);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_waits_is_late_after_what_the_queue_promises,
						begin, end),
		cmocka_unit_test_setup_teardown(only_what_differs_is_told_again, begin, end),
		cmocka_unit_test_setup_teardown(a_queue_is_shown_before_anything_came_to_it, begin,
						end),
		cmocka_unit_test_setup_teardown(without_a_floor_nothing_waits, begin, end),
		cmocka_unit_test_setup_teardown(
			a_queue_that_is_deleted_goes_once_nothing_waits_in_it, begin, end),
		cmocka_unit_test_setup_teardown(
			of_all_that_were_dropped_those_that_are_told_of_again_stay, begin, end),
		cmocka_unit_test_setup_teardown(an_agent_whom_the_floor_has_no_more_goes, begin,
						end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
