#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/routing/offers_internal.h"
#include "tests/unit/world.h"

static uint64_t sweeps_of(const struct world *world)
{
	return offers_figures(world->offers).sweeps;
}

/* Until the floor has been held against Redis that often in all. */
static void expect_sweeps(struct world *world, uint64_t wanted)
{
	for (unsigned i = 0; sweeps_of(world) < wanted && i < WORLD_PATIENCE; i++)
		world_turn(world);
	assert_int_equal(sweeps_of(world), wanted);
}

static void what_changes_while_it_is_read_is_read_once_more(void **state)
{
	struct world *world = *state;

	/* Somebody else serves the queue, so that ann is not asked. */
	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	world_say_on_queue(world, "ann");
	world_redis(world, "SADD {acd}:staffed support");
	world_redis(world, "HSET {acd}:queue:support:members zoe 1");
	offers_reread(world->offers);
	world_redis(world, "PING");
	world_place(world, "c1", "support", "1-0");
	world_turn_until(world, &world->waiting, 1);
	for (unsigned i = 0; world->offers->reading && i < WORLD_PATIENCE; i++)
		world_turn(world);
	assert_false(world->offers->reading);
	/* The members are what is read first; then they change, and nobody says so later. */
	offers_reread(world->offers);
	world_redis(world, "HDEL {acd}:queue:support:members zoe");
	offers_reread(world->offers);
	assert_true(world->offers->again);
	assert_int_equal(world->offered, 0);
	world_turn_until(world, &world->offered, 1);
	assert_false(world->offers->again);
}

static void a_second_complaint_is_answered_by_the_check_of_the_first(void **state)
{
	struct world *world = *state;
	uint64_t sweeps = sweeps_of(world);

	offers_check(world->offers);
	offers_check(world->offers);
	expect_sweeps(world, sweeps + 1);
	world_redis(world, "PING");
	world_redis(world, "PING");
	assert_int_equal(sweeps_of(world), sweeps + 1);
	/* While the check is under way: what it has read by then may be older than the complaint.
	 */
	offers_check(world->offers);
	offers_doubt(world->offers);
	offers_doubt(world->offers);
	assert_true(world->offers->doubted);
	expect_sweeps(world, sweeps + 2);
	assert_false(world->offers->doubted);
	assert_int_equal(world->opened, 1);
	assert_int_equal(offers_figures(world->offers).sweep_found, 0);
}

static void what_is_to_be_read_whole_is_not_only_checked(void **state)
{
	struct world *world = *state;
	uint64_t sweeps = sweeps_of(world);

	world_redis(world, "SADD {acd}:staffed support");
	world_redis(world, "HSET {acd}:queue:support:members zoe 1");
	/* It waits for an offer that is not answered yet, which is refused then. */
	world->offers->making++;
	offers_load(world->offers);
	offers_doubt(world->offers);
	offers_doubt(world->offers);
	world->offers->making--;
	for (unsigned i = 0; world->offers->reading && i < WORLD_PATIENCE; i++)
		world_turn(world);
	assert_false(world->offers->reading);
	assert_int_equal(sweeps_of(world), sweeps);
	world_reading_finds_nothing(world);
}

static void a_check_whose_time_comes_while_it_is_read_is_not_begun(void **state)
{
	struct world *world = *state;
	uint64_t sweeps = sweeps_of(world);

	offers_load(world->offers);
	offers_check(world->offers);
	assert_false(world->offers->checking);
	for (unsigned i = 0; world->offers->reading && i < WORLD_PATIENCE; i++)
		world_turn(world);
	assert_false(world->offers->reading);
	assert_int_equal(sweeps_of(world), sweeps);
	world_reading_finds_nothing(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)
		TEST(what_changes_while_it_is_read_is_read_once_more),
		TEST(a_second_complaint_is_answered_by_the_check_of_the_first),
		TEST(what_is_to_be_read_whole_is_not_only_checked),
		TEST(a_check_whose_time_comes_while_it_is_read_is_not_begun),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
