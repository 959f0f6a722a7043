#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include "gateway/standing.h"

#define STATUS                                                                                     \
	"bound=1 binds=2 state=partly instance=gw-1 window=3 window_max=20 mo=5 receipts=4 "       \
	"refused=0 submitted=9 sent=7 failed=1 unknown=0 resent=0 throttled=2 at_ms=1000"
#define BINDS                                                                                      \
	"bind=0 state=bound_trx since_ms=40000 host=smsc.example port=2775 window=3 "              \
	"window_limit=5 window_max=10 quiet_ms=250 in=12 out=13 throttled=2 errors=3 "             \
	"error=ESME_RTHROTTLED error_ms=95000 attempts=0 next_ms=0\n"                              \
	"bind=1 state=waiting since_ms=0 host=smsc.example port=2775 window=0 window_limit=10 "    \
	"window_max=10 quiet_ms=0 in=0 out=1 throttled=0 errors=0 error=none error_ms=0 "          \
	"attempts=3 next_ms=8000\n"

static struct span text(const char *value)
{
	return (struct span){(const uint8_t *)value, strlen(value)};
}

static char *shown(const struct standing *standing, bool json)
{
	char *out = NULL;
	size_t length;
	FILE *file = open_memstream(&out, &length);

	assert_non_null(file);
	if (json)
		standing_json(standing, file);
	else
		standing_print(standing, 100000, file);
	assert_int_equal(fclose(file), 0);
	return out;
}

static void a_value_is_found_by_its_whole_name(void **state)
{
	char value[STANDING_VALUE_MAX];

	(void)state;
	assert_true(standing_value(text("window_max=20 window=3"), "window", value));
	assert_string_equal(value, "3");
	assert_false(standing_value(text("window_max=20"), "window", value));
	assert_string_equal(value, "");
}

static void the_table_says_who_is_away_and_what_was_refused(void **state)
{
	const struct standing standing = {"acme", text(STATUS), text(BINDS), text("pause")};
	char *out = shown(&standing, false);

	(void)state;
	assert_non_null(strstr(out, "acme: partly, 1 of 2 binds, window 3 of 20, gateway gw-1, "
				    "by command: pause\n"));
	assert_non_null(strstr(out, "throttled, quiet for 250 ms"));
	assert_non_null(strstr(out, "last error ESME_RTHROTTLED 5 s ago\n"));
	assert_non_null(strstr(out, "attempt 4 in 8000 ms\n"));
	free(out);
}

static void a_gateway_that_is_too_old_is_told_what_to_do(void **state)
{
	const struct standing standing = {
		.carrier = "acme", .status = text("bound=0 binds=2 state=unserved instance=gw")};
	char *out = shown(&standing, false);

	(void)state;
	assert_non_null(strstr(out, "acme: unserved"));
	assert_non_null(strstr(out, "too old for the functions in Redis; upgrade and restart it"));
	free(out);
	assert_true(standing_is_unserved(standing.status));
	assert_false(standing_is_unserved(text("state=bound")));
	assert_false(standing_is_unserved(text("")));
}

static void a_silent_gateway_is_said_to_be_silent(void **state)
{
	const struct standing standing = {.carrier = "acme"};
	char *out = shown(&standing, false);

	(void)state;
	assert_non_null(strstr(out, "acme: SILENT"));
	assert_null(strstr(out, "by command"));
	free(out);
	out = shown(&(struct standing){.carrier = "acme", .hold = text("pause")}, false);
	assert_non_null(strstr(out, "acme: SILENT"));
	assert_non_null(strstr(out, "by command: pause"));
	free(out);
	out = shown(&standing, true);
	assert_string_equal(out, "{\"carrier\":\"acme\",\"bound\":0,\"state\":\"silent\","
				 "\"hold\":\"\",\"bind_list\":[]}\n");
	free(out);
}

static void json_has_numbers_as_numbers_and_the_rest_escaped(void **state)
{
	const struct standing standing = {"acme",
					  text("bound=1 state=a\"b\\ zero=007 big="
					       "99999999999999999999"),
					  text("bind=0 host=h\n"), text("")};
	char *out = shown(&standing, true);

	(void)state;
	assert_string_equal(out, "{\"carrier\":\"acme\",\"bound\":1,\"state\":"
				 "\"a\\u0022b\\u005c\",\"zero\":\"007\",\"big\":"
				 "\"99999999999999999999\",\"hold\":\"\",\"bind_list\":"
				 "[{\"bind\":0,\"host\":\"h\"}]}\n");
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_found_by_its_whole_name),
		cmocka_unit_test(the_table_says_who_is_away_and_what_was_refused),
		cmocka_unit_test(a_silent_gateway_is_said_to_be_silent),
		cmocka_unit_test(a_gateway_that_is_too_old_is_told_what_to_do),
		cmocka_unit_test(json_has_numbers_as_numbers_and_the_rest_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
