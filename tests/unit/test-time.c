#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "smpp/time.h"

static struct span text(const char *string)
{
	return (struct span){(const uint8_t *)string, strlen(string)};
}

static void an_absolute_time_is_written_in_utc(void **state)
{
	(void)state;
	char out[TIME_SIZE];

	assert_int_equal(time_format_absolute(1709208000, out), 0);
	assert_string_equal(out, "240229120000000+");
	assert_int_equal(time_format_absolute(946684799, out), -ERANGE);
	assert_int_equal(time_format_absolute(4102444800, out), -ERANGE);
}

static void a_relative_time_is_written_without_months(void **state)
{
	(void)state;
	char out[TIME_SIZE];

	assert_int_equal(time_format_relative(90061, out), 0);
	assert_string_equal(out, "000001010101000R");
	assert_int_equal(time_format_relative(TIME_RELATIVE_MAX, out), 0);
	assert_string_equal(out, "000031000000000R");
	assert_int_equal(time_format_relative(TIME_RELATIVE_MAX + 1, out), -ERANGE);
}

static void an_absolute_time_is_read_with_its_offset(void **state)
{
	(void)state;
	int64_t unix_s = 0;

	assert_int_equal(time_parse(text("240229120000000+"), 0, &unix_s), 0);
	assert_int_equal(unix_s, 1709208000);
	assert_int_equal(time_parse(text("240229140000008+"), 0, &unix_s), 0);
	assert_int_equal(unix_s, 1709208000);
	assert_int_equal(time_parse(text("240229070000020-"), 0, &unix_s), 0);
	assert_int_equal(unix_s, 1709208000);
}

static void a_relative_time_counts_from_now(void **state)
{
	(void)state;
	int64_t unix_s = 0;

	assert_int_equal(time_parse(text("000000010000000R"), 1709208000, &unix_s), 0);
	assert_int_equal(unix_s, 1709208000 + 3600);
	/* 31 January and one month is the last of February. */
	assert_int_equal(time_parse(text("000100000000000R"), 1706702400, &unix_s), 0);
	assert_int_equal(unix_s, 1709208000);
}

static void what_is_no_time_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"240229120000000",
		"240230120000000+",
		"241301120000000+",
		"240229250000000+",
		"2402291200000x0+",
		"240229120000049+",
		"240229120000000Z",
	};
	int64_t unix_s = 42;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(time_parse(text(bad[i]), 0, &unix_s), -EINVAL);
	assert_int_equal(unix_s, 42);
}

static void every_day_of_the_century_reads_back(void **state)
{
	(void)state;
	char out[TIME_SIZE];
	int64_t unix_s = 0;

	for (int64_t at = 946684800 + 3661; at < 4102444800; at += 86400) {
		assert_int_equal(time_format_absolute(at, out), 0);
		assert_int_equal(time_parse(text(out), 0, &unix_s), 0);
		assert_int_equal(unix_s, at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_absolute_time_is_written_in_utc),
		cmocka_unit_test(a_relative_time_is_written_without_months),
		cmocka_unit_test(an_absolute_time_is_read_with_its_offset),
		cmocka_unit_test(a_relative_time_counts_from_now),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(every_day_of_the_century_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
