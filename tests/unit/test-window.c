#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "smpp/window.h"

static void a_full_window_opens_no_slot(void **state)
{
	(void)state;
	struct window *window = window_create(2, 1);
	uint32_t sequence = 0;

	assert_int_equal(window_open(window, 10, 0, &sequence), 0);
	assert_int_equal(sequence, 1);
	assert_int_equal(window_open(window, 11, 0, &sequence), 0);
	assert_int_equal(sequence, 2);
	assert_int_equal(window_room(window), 0);
	assert_int_equal(window_open(window, 12, 0, &sequence), -EAGAIN);
	assert_int_equal(sequence, 2);
	window_destroy(&window);
	assert_null(window);
}

static void answers_match_in_any_order(void **state)
{
	(void)state;
	struct window *window = window_create(3, 100);
	struct window_slot slot;
	uint32_t sequence;

	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(window_open(window, i, 5 + i, &sequence), 0);
	assert_int_equal(window_match(window, 102, &slot), WINDOW_MATCHED);
	assert_int_equal(slot.user, 2);
	assert_int_equal(slot.sent_ms, 7);
	assert_int_equal(window_match(window, 100, &slot), WINDOW_MATCHED);
	assert_int_equal(slot.user, 0);
	assert_int_equal(window_match(window, 100, &slot), WINDOW_UNKNOWN);
	assert_int_equal(window_used(window), 1);
	assert_int_equal(window_counters(window).unknown, 1);
	window_destroy(&window);
}

static void sequence_numbers_wrap_to_one_and_skip_those_in_flight(void **state)
{
	(void)state;
	struct window *window = window_create(10, 0x7FFFFFFF);
	struct window_slot slot;
	uint32_t sequence;

	assert_int_equal(window_open(window, 1, 0, &sequence), 0);
	assert_int_equal(sequence, 0x7FFFFFFF);
	assert_int_equal(window_open(window, 2, 0, &sequence), 0);
	assert_int_equal(sequence, 1);
	assert_int_equal(window_sequence(window), 2);
	assert_int_equal(window_match(window, 0x7FFFFFFF, &slot), WINDOW_MATCHED);
	window_destroy(&window);

	window = window_create(10, 0x7FFFFFFE);
	assert_int_equal(window_open(window, 1, 0, &sequence), 0);
	for (uint32_t i = 0; i < 3; i++)
		(void)window_sequence(window);
	window_destroy(&window);
	/* A start outside the range is put right. */
	window = window_create(1, 0);
	assert_int_equal(window_sequence(window), 1);
	window_destroy(&window);
}

static void a_number_in_flight_is_skipped(void **state)
{
	(void)state;
	struct window *window = window_create(2, 0x7FFFFFFF);
	uint32_t sequence;

	assert_int_equal(window_open(window, 1, 0, &sequence), 0);
	assert_int_equal(window_open(window, 2, 0, &sequence), 0);
	assert_int_equal(sequence, 1);
	struct window_slot slot;
	/* 0x7FFFFFFF is given back and 1 is not: the next round must step over 1. */
	assert_int_equal(window_match(window, 0x7FFFFFFF, &slot), WINDOW_MATCHED);
	for (sequence = 2; sequence < 5000; sequence++)
		assert_int_equal(window_sequence(window), sequence);
	window_destroy(&window);
}

static void a_late_answer_still_says_what_it_was_for(void **state)
{
	(void)state;
	struct window *window = window_create(2, 1);
	struct window_slot slot;
	uint32_t sequence;

	assert_int_equal(window_open(window, 77, 1000, &sequence), 0);
	assert_int_equal(window_open(window, 78, 1500, &sequence), 0);
	assert_false(window_expire(window, 10999, 10000, &slot));
	assert_true(window_expire(window, 11000, 10000, &slot));
	assert_int_equal(slot.user, 77);
	assert_false(window_expire(window, 11000, 10000, &slot));
	assert_int_equal(window_room(window), 1);
	assert_int_equal(window_match(window, 1, &slot), WINDOW_LATE);
	assert_int_equal(slot.user, 77);
	assert_int_equal(window_match(window, 1, &slot), WINDOW_UNKNOWN);
	window_destroy(&window);
}

static void only_so_many_late_ones_are_remembered(void **state)
{
	(void)state;
	struct window *window = window_create(2, 1);
	struct window_slot slot;
	uint32_t sequence;

	for (uint64_t i = 0; i < 5; i++) {
		assert_int_equal(window_open(window, i, i, &sequence), 0);
		assert_true(window_expire(window, 100 + i, 100, &slot));
	}
	assert_int_equal(window_match(window, 3, &slot), WINDOW_UNKNOWN);
	assert_int_equal(window_match(window, 4, &slot), WINDOW_LATE);
	assert_int_equal(window_match(window, 5, &slot), WINDOW_LATE);
	assert_int_equal(window_counters(window).expired, 5);
	window_destroy(&window);
}

static void a_lost_link_drains_the_oldest_first(void **state)
{
	(void)state;
	struct window *window = window_create(3, 1);
	struct window_slot slot;
	uint32_t sequence;
	uint64_t oldest = 0;

	assert_false(window_oldest(window, &oldest));
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(window_open(window, i, 50 + i, &sequence), 0);
	assert_true(window_oldest(window, &oldest));
	assert_int_equal(oldest, 50);
	for (uint64_t i = 0; i < 3; i++) {
		assert_true(window_drain(window, &slot));
		assert_int_equal(slot.user, i);
	}
	assert_false(window_drain(window, &slot));
	assert_int_equal(window_match(window, 1, &slot), WINDOW_UNKNOWN);
	window_destroy(&window);
}

static void a_new_session_forgets_the_late_ones(void **state)
{
	(void)state;
	struct window *window = window_create(1, 1);
	struct window_slot slot;
	uint32_t sequence;

	assert_int_equal(window_open(window, 1, 0, &sequence), 0);
	assert_true(window_expire(window, 10, 10, &slot));
	window_forget_late(window);
	assert_int_equal(window_match(window, 1, &slot), WINDOW_UNKNOWN);
	window_destroy(&window);
}

static void a_large_window_stays_consistent_over_many_rounds(void **state)
{
	(void)state;
	struct window *window = window_create(1000, 0x7FFFFFFF - 20000);
	uint32_t sequences[1000];
	struct window_slot slot;

	for (unsigned round = 0; round < 50; round++) {
		for (unsigned i = 0; i < 1000; i++)
			assert_int_equal(window_open(window, i, round, &sequences[i]), 0);
		for (unsigned i = 1000; i > 0; i--) {
			assert_int_equal(window_match(window, sequences[i - 1], &slot),
					 WINDOW_MATCHED);
			assert_int_equal(slot.user, i - 1);
		}
	}
	assert_int_equal(window_used(window), 0);
	window_destroy(&window);
}

static void a_window_grows_with_all_that_is_in_it(void **state)
{
	(void)state;
	struct window *window = window_create(2, 7);
	struct window_slot slot;
	uint32_t late, first, second, third;

	assert_int_equal(window_open(window, 1, 0, &late), 0);
	assert_true(window_expire(window, 100, 50, &slot));
	assert_int_equal(window_open(window, 2, 100, &first), 0);
	assert_int_equal(window_open(window, 3, 101, &second), 0);
	assert_int_equal(window_grow(&window, 4), 0);
	assert_int_equal(window_used(window), 2);
	assert_int_equal(window_room(window), 2);
	assert_int_equal(window_open(window, 4, 102, &third), 0);
	assert_int_equal(third, 10);
	assert_int_equal(window_match(window, late, &slot), WINDOW_LATE);
	assert_int_equal(window_match(window, second, &slot), WINDOW_MATCHED);
	assert_int_equal(slot.user, 3);
	assert_true(window_drain(window, &slot));
	assert_int_equal(slot.user, 2);
	assert_int_equal(window_grow(&window, 1), 0);
	assert_int_equal(window_room(window), 3);
	window_destroy(&window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_window_opens_no_slot),
		cmocka_unit_test(answers_match_in_any_order),
		cmocka_unit_test(sequence_numbers_wrap_to_one_and_skip_those_in_flight),
		cmocka_unit_test(a_number_in_flight_is_skipped),
		cmocka_unit_test(a_late_answer_still_says_what_it_was_for),
		cmocka_unit_test(only_so_many_late_ones_are_remembered),
		cmocka_unit_test(a_lost_link_drains_the_oldest_first),
		cmocka_unit_test(a_new_session_forgets_the_late_ones),
		cmocka_unit_test(a_window_grows_with_all_that_is_in_it),
		cmocka_unit_test(a_large_window_stays_consistent_over_many_rounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
