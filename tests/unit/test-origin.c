#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "router/door/origin.h"

static bool may(const char *origin, const char *host, const char *const *list, size_t count)
{
	struct span from = {(const uint8_t *)origin, strlen(origin)};
	struct span to = {(const uint8_t *)host, strlen(host)};

	return origin_allowed(from, to, list, count);
}

static void without_a_list_the_origin_is_that_of_the_host(void **state)
{
	(void)state;
	assert_true(may("https://desk.example", "desk.example", NULL, 0));
	assert_true(may("http://desk.example:8080", "desk.example:8080", NULL, 0));
	assert_true(may("HTTPS://Desk.Example", "desk.example", NULL, 0));
	assert_false(may("https://desk.example:8081", "desk.example:8080", NULL, 0));
	assert_false(may("https://evil.example", "desk.example", NULL, 0));
	assert_false(may("https://desk.example.evil.example", "desk.example", NULL, 0));
	assert_false(may("https://evildesk.example", "desk.example", NULL, 0));
	assert_false(may("null", "null", NULL, 0));
	assert_false(may("https://", "", NULL, 0));
	assert_false(may("", "desk.example", NULL, 0));
	assert_false(may("ftp://desk.example", "desk.example", NULL, 0));
}

static void with_a_list_the_host_does_not_count(void **state)
{
	static const char *const list[] = {"https://desk.example", "https://other.example:8443"};

	(void)state;
	assert_true(may("https://desk.example", "proxy.internal", list, 2));
	assert_true(may("https://other.example:8443", "proxy.internal", list, 2));
	assert_false(may("http://desk.example", "proxy.internal", list, 2));
	assert_false(may("https://proxy.internal", "proxy.internal", list, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_list_the_origin_is_that_of_the_host),
		cmocka_unit_test(with_a_list_the_host_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
