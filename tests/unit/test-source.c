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

static void enough_of_a_number_is_here_once_it_lasts_a_tenth_of_a_second(void **state)
{
	struct source slow = {.throttle = {.rate = 10}}, quick = {.throttle = {.rate = 5000}};

	(void)state;
	assert_true(source_note(&slow, 1, 1));
	assert_false(source_note(&slow, 1, 1)); /* it was said */
	assert_true(source_note(&slow, 2, 3));
	for (unsigned i = 0; i < 499; i++)
		assert_false(source_note(&quick, 1, 1));
	assert_true(source_note(&quick, 1, 2));
	assert_int_equal(quick.waiting, 501);
	/* The next pass begins anew. */
	quick.granted = 3;
	assert_false(source_note(&quick, 2, 499));
	assert_int_equal(quick.granted, 0);
	assert_true(source_note(&quick, 2, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(our_numbers_are_found_and_others_are_not,
						two_numbers, finish),
		cmocka_unit_test_setup_teardown(each_has_its_own_bucket, two_numbers, finish),
		cmocka_unit_test_setup_teardown(other_settings_fill_no_bucket, two_numbers, finish),
		cmocka_unit_test(enough_of_a_number_is_here_once_it_lasts_a_tenth_of_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
