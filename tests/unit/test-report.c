#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "router/compliance/report.h"
#include "router/compliance/sums.h"

#define NOON 1792756800000u /* 2026-10-23T12:00:00Z */

static void days_are_those_of_the_zone(void **state)
{
	struct report report;
	uint64_t first, last;

	(void)state;
	assert_int_equal(report_init(&report,
				     &(struct report_query){"2026-10-24", "2026-10-26",
							    "Europe/Paris", false},
				     NOON),
			 0);
	assert_int_equal(report.buckets_count, 3);
	assert_string_equal(report.buckets[0].label, "2026-10-24");
	assert_string_equal(report.buckets[2].label, "2026-10-26");
	/* 2026-10-23T22:00Z, and the clocks go back in the night to the 25th. */
	assert_int_equal(report.buckets[0].from_ms, 1792792800000u);
	assert_int_equal(report.buckets[1].from_ms - report.buckets[0].from_ms, 24 * 3600000);
	assert_int_equal(report.buckets[2].from_ms - report.buckets[1].from_ms, 25 * 3600000);
	assert_int_equal(report.quarters, 73 * 4);
	report_days(&report, &first, &last);
	assert_int_equal(first, 20749);
	assert_int_equal(last, 20752);
	report_finish(&report);
}

static void a_sum_is_of_the_bucket_in_which_its_quarter_lies(void **state)
{
	static const struct {
		unsigned day;
		const char *field, *key;
	} table[] = {
		{20749, "73\tx", NULL},	      {20749, "74\tx\ty", "00000\tx\ty"}, /* 18:30Z */
		{20750, "73\tx", "00000\tx"}, {20750, "74\tx", "00001\tx"},
		{20751, "73\tx", "00001\tx"}, {20751, "74\tx", NULL},
		{20750, "x", NULL},	      {20750, "", NULL},
		{20750, "5", NULL},
	};
	struct report report;
	char key[REPORT_KEY_MAX];

	(void)state;
	assert_int_equal(report_init(&report,
				     &(struct report_query){"2026-10-24", "2026-10-25",
							    "Asia/Kolkata", false},
				     NOON),
			 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		bool there = report_key(&report, table[i].day, table[i].field, key);
		assert_int_equal(there, table[i].key != NULL);
		if (there)
			assert_string_equal(key, table[i].key);
	}
	report_finish(&report);
}

static void hours_have_their_day_in_front(void **state)
{
	struct report report;

	(void)state;
	assert_int_equal(report_init(&report,
				     &(struct report_query){"2026-03-29", "2026-03-29",
							    "Europe/Paris", true},
				     NOON),
			 0);
	assert_int_equal(report.buckets_count, 23); /* the clocks go forward */
	assert_string_equal(report.buckets[1].label, "2026-03-29 01:00");
	assert_string_equal(report.buckets[2].label, "2026-03-29 03:00");
	report_finish(&report);
}

static void seven_days_unless_it_is_said(void **state)
{
	struct report report;

	(void)state;
	assert_int_equal(report_init(&report, &(struct report_query){NULL, "", "UTC", false}, NOON),
			 0);
	assert_int_equal(report.buckets_count, 7);
	assert_string_equal(report.buckets[0].label, "2026-10-17");
	assert_string_equal(report.buckets[6].label, "2026-10-23");
	report_finish(&report);
}

static void what_is_no_range_is_refused(void **state)
{
	static const struct {
		struct report_query query;
		int error;
	} table[] = {
		{{"2026-10-25", "2026-10-24", "UTC", false}, -EINVAL},
		{{"yesterday", NULL, "UTC", false}, -EINVAL},
		{{NULL, "2026-1-1", "UTC", false}, -EINVAL},
		{{"2020-01-01", NULL, "UTC", false}, -ERANGE},
		{{"2026-08-01", NULL, "UTC", true}, -ERANGE},
		{{NULL, NULL, "Nowhere/Else", false}, -ENOENT},
		{{NULL, NULL, "../../../etc/passwd", false}, -ENOENT},
		{{NULL, NULL, "/etc/localtime", false}, -ENOENT},
	};
	struct report report;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		assert_int_equal(report_init(&report, &table[i].query, NOON), table[i].error);
}

static void a_cell_is_parted_at_its_tabs(void **state)
{
	char text[] = "00012\topt_out\t+1555\tall\t\tstaff\t7", cut[] = "00003\thelp";
	char *places[REPORT_PLACES];

	(void)state;
	assert_int_equal(report_cell(text, places), 12);
	assert_string_equal(places[REPORT_FIGURE], "opt_out");
	assert_string_equal(places[REPORT_LANGUAGE], "");
	assert_string_equal(places[REPORT_SOURCE], "staff");
	assert_string_equal(places[REPORT_RULE], "7");
	assert_int_equal(report_cell(cut, places), 3);
	assert_string_equal(places[REPORT_FIGURE], "help");
	assert_string_equal(places[REPORT_RULE], "");
}

static void numbers_of_one_text_add_up(void **state)
{
	struct sums sums;
	char text[16];

	(void)state;
	sums_init(&sums);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 5000; i++) {
			snprintf(text, sizeof(text), "%u", i);
			assert_true(sums_add(&sums, text, i));
		}
	}
	assert_int_equal(sums.count, 5000);
	assert_int_equal(sums_of(&sums, "4999"), 3 * 4999);
	assert_int_equal(sums_of(&sums, "5000"), 0);
	sums_sort(&sums);
	for (size_t i = 1; i < sums.count; i++)
		assert_true(strcmp(sums.rows[i - 1].text, sums.rows[i].text) < 0);
	assert_int_equal(sums_of(&sums, "77"), 3 * 77);
	sums_finish(&sums);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_those_of_the_zone),
		cmocka_unit_test(a_sum_is_of_the_bucket_in_which_its_quarter_lies),
		cmocka_unit_test(hours_have_their_day_in_front),
		cmocka_unit_test(seven_days_unless_it_is_said),
		cmocka_unit_test(what_is_no_range_is_refused),
		cmocka_unit_test(a_cell_is_parted_at_its_tabs),
		cmocka_unit_test(numbers_of_one_text_add_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
