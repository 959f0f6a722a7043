#include "gateway/throttle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void without_a_rate_there_is_no_limit(void **state)
{
	struct throttle throttle;

	(void)state;
	throttle_init(&throttle, 0, 0, 1000);
	assert_int_equal(throttle_room(&throttle, 1000), UINT32_MAX);
	throttle_take(&throttle, 5000);
	assert_int_equal(throttle_room(&throttle, 1000), UINT32_MAX);
	assert_int_equal(throttle_due_ms(&throttle, 1000), 1000);
}

static void a_full_bucket_holds_a_quarter_of_a_second(void **state)
{
	struct throttle throttle;

	(void)state;
	throttle_init(&throttle, 100, 0, 0);
	assert_int_equal(throttle_room(&throttle, 0), 25);
	assert_int_equal(throttle_room(&throttle, 1000000), 25);
	throttle_init(&throttle, 1, 0, 0);
	assert_int_equal(throttle_room(&throttle, 0), 1);
}

static void a_second_lets_as_many_by_as_the_rate_says(void **state)
{
	struct throttle throttle;
	unsigned passed = 0;

	(void)state;
	throttle_init(&throttle, 30, 1, 0);
	throttle_take(&throttle, 1);
	for (uint64_t now_ms = 1; now_ms <= 10000; now_ms++) {
		while (throttle_room(&throttle, now_ms) > 0) {
			throttle_take(&throttle, 1);
			passed++;
		}
	}
	assert_int_equal(passed, 300);
}

/* A loop that wakes late now and then, as long as that is within the bucket. */
static void the_rate_is_met_whenever_the_loop_wakes(void **state)
{
	static const uint32_t rates[] = {50, 500, 5000};

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct throttle throttle;
		uint32_t seed = 1, sent = 0, most = 0;
		throttle_init(&throttle, rates[i], rates[i] / 10, 0);
		throttle_take(&throttle, rates[i] / 10);
		for (uint64_t now_ms = 0; now_ms < 10000; now_ms += 1 + (seed >> 16) % 60) {
			uint32_t room = throttle_room(&throttle, now_ms);
			seed = seed * 1103515245u + 12345u;
			throttle_take(&throttle, room);
			sent += room;
			most = room > most ? room : most;
		}
		assert_in_range(sent, rates[i] * 98 / 10, rates[i] * 102 / 10);
		assert_in_range(most, 1, rates[i] / 10);
	}
}

static void it_says_when_the_next_may_go(void **state)
{
	struct throttle throttle;

	(void)state;
	throttle_init(&throttle, 3, 1, 0);
	assert_int_equal(throttle_due_ms(&throttle, 0), 0);
	throttle_take(&throttle, 1);
	assert_int_equal(throttle_due_ms(&throttle, 0), 334);
	assert_int_equal(throttle_room(&throttle, 333), 0);
	assert_int_equal(throttle_room(&throttle, 334), 1);
}

static void it_says_when_so_many_may_go(void **state)
{
	struct throttle throttle;

	(void)state;
	throttle_init(&throttle, 100, 10, 0);
	assert_int_equal(throttle_until_ms(&throttle, 10, 0), 0);
	throttle_take(&throttle, 10);
	assert_int_equal(throttle_until_ms(&throttle, 5, 0), 50);
	assert_int_equal(throttle_room(&throttle, 49), 4);
	assert_int_equal(throttle_room(&throttle, 50), 5);
}

static void a_clock_that_runs_backwards_gives_nothing_away(void **state)
{
	struct throttle throttle;

	(void)state;
	throttle_init(&throttle, 10, 1, 5000);
	throttle_take(&throttle, 1);
	assert_int_equal(throttle_room(&throttle, 1000), 0);
	assert_int_equal(throttle_room(&throttle, 5099), 0);
	assert_int_equal(throttle_room(&throttle, 5100), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_rate_there_is_no_limit),
		cmocka_unit_test(a_full_bucket_holds_a_quarter_of_a_second),
		cmocka_unit_test(a_second_lets_as_many_by_as_the_rate_says),
		cmocka_unit_test(the_rate_is_met_whenever_the_loop_wakes),
		cmocka_unit_test(it_says_when_the_next_may_go),
		cmocka_unit_test(it_says_when_so_many_may_go),
		cmocka_unit_test(a_clock_that_runs_backwards_gives_nothing_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
