#include "gateway/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct sources sources;

static struct span span(const char *text)
{
	return (struct span){(const uint8_t *)text, strlen(text)};
}

static int two_numbers(void **state)
{
	static char second[] = "+15550101", first[] = "+15550100", none[] = "";
	struct settings_number numbers[] = {
		{.address = second, .carrier = none, .throughput = 10, .throughput_burst = 2},
		{.address = first, .carrier = none},
	};
	struct settings settings = {.numbers = numbers, .numbers_count = 2};

	(void)state;
	sources_init(&sources, &settings, 1000);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	sources_finish(&sources);
	return 0;
}

static void our_numbers_are_found_and_others_are_not(void **state)
{
	(void)state;
	assert_string_equal(sources_find(&sources, span("+15550100"))->address, "+15550100");
	assert_string_equal(sources_find(&sources, span("+15550101"))->address, "+15550101");
	assert_null(sources_find(&sources, span("+1555010")));
	assert_null(sources_find(&sources, span("+155501000")));
	assert_null(sources_find(&sources, span("")));
	assert_null(sources_find(&sources, span("+2")));
}

static void other_settings_fill_no_bucket(void **state)
{
	static char address[] = "+15550101", none[] = "";
	struct settings_number number = {
		.address = address, .carrier = none, .throughput = 10, .throughput_burst = 5};
	struct settings settings = {.numbers = &number, .numbers_count = 1};
	struct source *slow = sources_find(&sources, span("+15550101"));

	(void)state;
	throttle_take(&slow->throttle, 1);
	sources_change(&sources, &settings, 1100);
	slow = sources_find(&sources, span("+15550101"));
	assert_int_equal(throttle_room(&slow->throttle, 1100), 2);
	assert_int_equal(throttle_room(&slow->throttle, 2000), 5);
	assert_null(sources_find(&sources, span("+15550100")));
}

static void each_has_its_own_bucket(void **state)
{
	struct source *slow = sources_find(&sources, span("+15550101"));
	struct source *free_one = sources_find(&sources, span("+15550100"));

	(void)state;
	assert_int_equal(throttle_room(&slow->throttle, 1000), 2);
	throttle_take(&slow->throttle, 2);
	assert_int_equal(throttle_room(&slow->throttle, 1000), 0);
	assert_int_equal(throttle_due_ms(&slow->throttle, 1000), 1100);
	assert_int_equal(throttle_room(&free_one->throttle, 1000), UINT32_MAX);
}

#define PARTITIONS 3

static bool all_fit(const void *context, unsigned partition)
{
	(void)context;
	(void)partition;
	return true;
}

static bool but_one(const void *context, unsigned partition)
{
	return partition != *(const unsigned *)context;
}

static struct source *pacing(unsigned rate, unsigned burst)
{
	struct source *source = sources_find(&sources, span("+15550101"));

	throttle_init(&source->throttle, rate, burst, 1000);
	return source;
}

static void what_is_here_or_promised_is_not_allowed_again(void **state)
{
	struct source *slow = pacing(100, 10);
	uint64_t due_ms;

	(void)state;
	source_learn(slow, PARTITIONS, 1, (struct source_backlog){.left = 100});
	assert_int_equal(source_allowance(slow, 1, 1000, &due_ms), 10);
	source_note(slow, 1, 3);
	slow->promised = 2;
	assert_int_equal(source_allowance(slow, 1, 1000, &due_ms), 5);
	slow->promised = 7;
	assert_int_equal(source_allowance(slow, 1, 1000, &due_ms), 0);
	assert_int_equal(due_ms, UINT64_MAX); /* what is here goes first */
	/* The next pass sees anew what is here. */
	assert_int_equal(source_allowance(slow, 2, 1000, &due_ms), 3);
}

static void a_take_waits_until_it_is_worth_while(void **state)
{
	struct source *quick = pacing(5000, 1250);
	uint64_t due_ms;

	(void)state;
	throttle_take(&quick->throttle, 1250);
	source_learn(quick, PARTITIONS, 0, (struct source_backlog){.left = 1000});
	assert_int_equal(source_allowance(quick, 1, 1005, &due_ms), 0);
	assert_int_equal(due_ms, 1010);
	assert_int_equal(source_allowance(quick, 1, 1010, &due_ms), 50);
	/* No longer than the last of it takes. */
	source_learn(quick, PARTITIONS, 0, (struct source_backlog){.left = 3});
	throttle_take(&quick->throttle, 50);
	assert_int_equal(source_allowance(quick, 1, 1011, &due_ms), 5);
}

static void what_is_allowed_is_messages_of_as_many_segments_as_the_last(void **state)
{
	struct source *slow = pacing(100, 10);
	uint64_t due_ms;

	(void)state;
	slow->submits = 3;
	source_learn(slow, PARTITIONS, 1, (struct source_backlog){.left = 100});
	assert_int_equal(source_allowance(slow, 1, 1000, &due_ms), 3);
	slow->submits = 30; /* more than the bucket holds */
	assert_int_equal(source_allowance(slow, 1, 1000, &due_ms), 1);
}

static void partitions_have_their_turns(void **state)
{
	struct source *slow = pacing(100, 10);
	const struct source_fits any = {all_fit, NULL};

	(void)state;
	assert_int_equal(source_next(slow, PARTITIONS, &any), -1);
	for (unsigned i = 0; i < PARTITIONS; i++)
		source_learn(slow, PARTITIONS, i, (struct source_backlog){.left = 5});
	assert_int_equal(source_next(slow, PARTITIONS, &any), 0);
	assert_int_equal(source_next(slow, PARTITIONS, &any), 1);
	assert_int_equal(source_next(slow, PARTITIONS, &any), 2);
	assert_int_equal(source_next(slow, PARTITIONS, &any), 0);
	source_learn(slow, PARTITIONS, 1, (struct source_backlog){.left = 0});
	assert_int_equal(source_next(slow, PARTITIONS, &any), 2);
}

static void what_is_stuck_has_no_turn_until_it_is_stirred(void **state)
{
	struct source *slow = pacing(100, 10);
	const struct source_fits any = {all_fit, NULL};

	(void)state;
	source_learn(slow, PARTITIONS, 1, (struct source_backlog){.left = 5, .stuck = true});
	assert_int_equal(slow->free_to_go, 0);
	assert_int_equal(source_next(slow, PARTITIONS, &any), -1);
	source_stir(slow, 0);
	assert_int_equal(slow->free_to_go, 0);
	source_stir(slow, 1);
	source_stir(slow, 1);
	assert_int_equal(slow->free_to_go, 5);
	assert_int_equal(source_next(slow, PARTITIONS, &any), 1);
}

static void what_is_interactive_jumps_the_queue_seven_times_in_eight(void **state)
{
	struct source *slow = pacing(100, 10);
	const unsigned busy = 2;
	const struct source_fits any = {all_fit, NULL}, not_it = {but_one, &busy};
	unsigned jumps = 0;

	(void)state;
	source_learn(slow, PARTITIONS, 0, (struct source_backlog){.left = 50});
	source_learn(slow, PARTITIONS, 2, (struct source_backlog){.left = 50, .urgent = true});
	assert_int_equal(source_next(slow, PARTITIONS, &not_it), 0);
	while (source_next(slow, PARTITIONS, &any) == 2 && jumps < 100)
		jumps++;
	assert_int_equal(jumps, 7);
	assert_int_equal(source_next(slow, PARTITIONS, &any), 2);
}

static void other_settings_forget_nothing_that_waits(void **state)
{
	static char address[] = "+15550101", none[] = "";
	struct settings_number number = {.address = address, .carrier = none, .throughput = 10};
	struct settings settings = {.numbers = &number, .numbers_count = 1};
	struct source *slow = sources_find(&sources, span("+15550101"));

	(void)state;
	slow->promised = 4;
	source_learn(slow, PARTITIONS, 1, (struct source_backlog){.left = 7});
	sources_change(&sources, &settings, 1100);
	slow = sources_find(&sources, span("+15550101"));
	assert_int_equal(slow->free_to_go, 7);
	assert_int_equal(slow->backlogs[1].left, 7);
	assert_int_equal(slow->promised, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(our_numbers_are_found_and_others_are_not,
						two_numbers, finish),
		cmocka_unit_test_setup_teardown(each_has_its_own_bucket, two_numbers, finish),
		cmocka_unit_test_setup_teardown(other_settings_fill_no_bucket, two_numbers, finish),
		cmocka_unit_test_setup_teardown(what_is_here_or_promised_is_not_allowed_again,
						two_numbers, finish),
		cmocka_unit_test_setup_teardown(a_take_waits_until_it_is_worth_while, two_numbers,
						finish),
		cmocka_unit_test_setup_teardown(
			what_is_allowed_is_messages_of_as_many_segments_as_the_last, two_numbers,
			finish),
		cmocka_unit_test_setup_teardown(partitions_have_their_turns, two_numbers, finish),
		cmocka_unit_test_setup_teardown(what_is_stuck_has_no_turn_until_it_is_stirred,
						two_numbers, finish),
		cmocka_unit_test_setup_teardown(
			what_is_interactive_jumps_the_queue_seven_times_in_eight, two_numbers,
			finish),
		cmocka_unit_test_setup_teardown(other_settings_forget_nothing_that_waits,
						two_numbers, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
