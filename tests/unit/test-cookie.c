#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "router/door/cookie.h"

static void the_value_is_found_among_others(void **state)
{
	static const struct {
		const char *header, *value;
	} cases[] = {
		{"bindery_session=abc", "abc"},
		{"a=1; bindery_session=abc; b=2", "abc"},
		{"a=1;bindery_session=abc", "abc"},
		{"bindery_session=\"abc\"", "abc"},
		{"bindery_session=a=b", "a=b"},
		{"bindery_session=first; bindery_session=second", "first"},
		{"xbindery_session=abc", ""},
		{"bindery_sessionx=abc", ""},
		{"bindery_session", ""},
		{"bindery_session=", ""},
		{";;; ; =; bindery_session = abc", ""},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span header = {(const uint8_t *)cases[i].header, strlen(cases[i].header)};
		struct span value = cookie_value(header, COOKIE_SESSION);
		assert_int_equal(value.length, strlen(cases[i].value));
		if (value.length)
			assert_memory_equal(value.at, cases[i].value, value.length);
	}
}

static void the_session_cookie_cannot_be_read_by_a_page(void **state)
{
	char line[COOKIE_LINE_MAX];

	(void)state;
	assert_string_equal(cookie_session("t0k3n", 3600, true, line),
			    "bindery_session=t0k3n; Path=/; HttpOnly; SameSite=Strict; Secure; "
			    "Max-Age=3600");
	assert_string_equal(cookie_session("", 3600, false, line),
			    "bindery_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_value_is_found_among_others),
		cmocka_unit_test(the_session_cookie_cannot_be_read_by_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
