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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
