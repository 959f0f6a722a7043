#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "router/door/rate.h"

static void a_client_may_ask_twice_its_rate_at_once_and_then_its_rate(void **state)
{
	struct rate *rate = rate_create(10);

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(rate_ask(rate, "shop", 5000), 0);
	assert_int_equal(rate_ask(rate, "shop", 5000), 100);
	assert_int_equal(rate_ask(rate, "shop", 5040), 60);
	assert_int_equal(rate_ask(rate, "shop", 5100), 0);
	assert_int_equal(rate_ask(rate, "shop", 5100), 100);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(rate_ask(rate, "shop", 6100), 0);
	assert_int_equal(rate_ask(rate, "shop", 6100), 100);
	rate_destroy(&rate);
	assert_null(rate);
}

static void a_rest_does_not_save_up_more_than_two_seconds(void **state)
{
	struct rate *rate = rate_create(3);

	(void)state;
	assert_int_equal(rate_ask(rate, "shop", 1), 0);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(rate_ask(rate, "shop", UINT64_MAX / 2), 0);
	assert_int_equal(rate_ask(rate, "shop", UINT64_MAX / 2), 334);
	rate_destroy(&rate);
}

static void clients_do_not_share(void **state)
{
	struct rate *rate = rate_create(1);

	(void)state;
	assert_int_equal(rate_ask(rate, "a", 0), 0);
	assert_int_equal(rate_ask(rate, "a", 0), 0);
	assert_int_equal(rate_ask(rate, "a", 0), 1000);
	assert_int_equal(rate_ask(rate, "b", 0), 0);
	rate_destroy(&rate);
}

static void more_clients_than_it_remembers_are_let_in(void **state)
{
	struct rate *rate = rate_create(1);
	char name[32];

	(void)state;
	for (unsigned i = 0; i < 3 * RATE_CLIENTS_MAX; i++) {
		snprintf(name, sizeof(name), "client:%u", i);
		assert_int_equal(rate_ask(rate, name, i), 0);
	}
	rate_destroy(&rate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_may_ask_twice_its_rate_at_once_and_then_its_rate),
		cmocka_unit_test(a_rest_does_not_save_up_more_than_two_seconds),
		cmocka_unit_test(clients_do_not_share),
		cmocka_unit_test(more_clients_than_it_remembers_are_let_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
