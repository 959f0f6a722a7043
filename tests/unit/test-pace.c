#include "gateway/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void the_whole_window_is_free_at_first(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 10);
	assert_int_equal(pace_room(&pace, 0, 0), 10);
	assert_int_equal(pace_room(&pace, 7, 0), 3);
	assert_int_equal(pace_room(&pace, 10, 0), 0);
}

static void a_refusal_quietens_and_halves_the_window(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 10);
	pace_refused(&pace, 1000, 0);
	assert_int_equal(pace.quiet_until_ms, 1250);
	assert_int_equal(pace_room(&pace, 0, 1249), 0);
	assert_int_equal(pace_room(&pace, 0, 1250), 5);
}

static void refusals_of_one_window_count_once(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 16);
	pace_refused(&pace, 1000, 0);
	pace_refused(&pace, 1001, 0);
	pace_refused(&pace, 1002, 0);
	assert_int_equal(pace.limit, 8);
	assert_int_equal(pace.quiet_until_ms, 1250);
}

static void the_quiet_doubles_up_to_half_a_minute(void **state)
{
	static const uint64_t quiet_ms[] = {250,  500,	 1000,	2000,  4000,
					    8000, 16000, 30000, 30000, 30000};
	struct pace pace;
	uint64_t now_ms = 1000;

	(void)state;
	pace_init(&pace, 1000);
	for (size_t i = 0; i < sizeof(quiet_ms) / sizeof(quiet_ms[0]); i++) {
		pace_refused(&pace, now_ms, 0);
		assert_int_equal(pace.quiet_until_ms, now_ms + quiet_ms[i]);
		now_ms = pace.quiet_until_ms;
	}
	assert_int_equal(pace.limit, 1);
}

static void a_window_s_worth_of_answers_gives_one_slot_back(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 4);
	pace_refused(&pace, 0, 0);
	assert_int_equal(pace.limit, 2);
	pace_accepted(&pace);
	assert_int_equal(pace.limit, 2);
	pace_accepted(&pace);
	assert_int_equal(pace.limit, 3);
	for (int i = 0; i < 3; i++)
		pace_accepted(&pace);
	assert_int_equal(pace.limit, 4);
	for (int i = 0; i < 100; i++)
		pace_accepted(&pace);
	assert_int_equal(pace.limit, 4);
}

static void an_accepted_answer_ends_the_row_of_refusals(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 8);
	pace_refused(&pace, 1000, 0);
	pace_refused(&pace, 2000, 0);
	pace_accepted(&pace);
	pace_refused(&pace, 5000, 0);
	assert_int_equal(pace.quiet_until_ms, 5250);
}

static void chance_shortens_the_quiet_by_a_quarter_at_most(void **state)
{
	struct pace pace;

	(void)state;
	for (uint32_t random = 0; random < 5000; random += 7) {
		pace_init(&pace, 8);
		pace_refused(&pace, 1000, random);
		assert_in_range(pace.quiet_until_ms, 1188, 1250);
	}
}

static void a_carrier_at_its_best_gets_no_more_than_now(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 8);
	pace_refused(&pace, 1000, 0);
	for (unsigned i = 0; i < 100; i++) {
		pace_congestion(&pace, 80);
		pace_accepted(&pace);
	}
	assert_int_equal(pace.limit, 4);
	for (unsigned i = 0; i < 100; i++) {
		pace_congestion(&pace, 79);
		pace_accepted(&pace);
	}
	assert_int_equal(pace.limit, 8);
}

static void a_window_s_worth_of_warnings_takes_one_slot(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 10);
	pace_congestion(&pace, 90);
	assert_int_equal(pace.limit, 9);
	for (unsigned i = 0; i < 8; i++)
		pace_congestion(&pace, 99);
	assert_int_equal(pace.limit, 9);
	pace_congestion(&pace, 99);
	assert_int_equal(pace.limit, 8);
	assert_int_equal(pace.quiet_until_ms, 0);
}

static void full_congestion_halves_down_to_one(void **state)
{
	static const uint32_t limits[] = {5, 2, 1, 1};
	struct pace pace;

	(void)state;
	pace_init(&pace, 10);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		pace_congestion(&pace, i % 2 ? 255 : 100);
		assert_int_equal(pace.limit, limits[i]);
		for (unsigned same = 1; same < limits[i]; same++)
			pace_congestion(&pace, 100);
	}
}

static void a_carrier_that_says_no_more_of_congestion_is_at_ease(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 8);
	pace_congestion(&pace, 100);
	assert_int_equal(pace.limit, 4);
	for (unsigned i = 0; i < 4 + 5 + 6 + 7; i++) {
		pace_uncongested(&pace);
		pace_accepted(&pace);
	}
	assert_int_equal(pace.limit, 8);
}

static void a_window_configured_anew_keeps_what_was_learnt(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 10);
	pace_resize(&pace, 20);
	assert_int_equal(pace_room(&pace, 0, 0), 20);
	pace_refused(&pace, 1000, 0);
	pace_resize(&pace, 30);
	assert_int_equal(pace.limit, 10);
	pace_resize(&pace, 5);
	assert_int_equal(pace.limit, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_window_is_free_at_first),
		cmocka_unit_test(a_refusal_quietens_and_halves_the_window),
		cmocka_unit_test(refusals_of_one_window_count_once),
		cmocka_unit_test(the_quiet_doubles_up_to_half_a_minute),
		cmocka_unit_test(a_window_s_worth_of_answers_gives_one_slot_back),
		cmocka_unit_test(an_accepted_answer_ends_the_row_of_refusals),
		cmocka_unit_test(chance_shortens_the_quiet_by_a_quarter_at_most),
		cmocka_unit_test(a_carrier_at_its_best_gets_no_more_than_now),
		cmocka_unit_test(a_window_s_worth_of_warnings_takes_one_slot),
		cmocka_unit_test(full_congestion_halves_down_to_one),
		cmocka_unit_test(a_carrier_that_says_no_more_of_congestion_is_at_ease),
		cmocka_unit_test(a_window_configured_anew_keeps_what_was_learnt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
