#include "config/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void counters_and_gauges_are_one_line_each_under_their_name(void **state)
{
	struct metrics *metrics = metrics_create();
	size_t length;
	char *text;

	(void)state;
	metric_add(metrics_counter(metrics, "bindery_mo_total", "Heard.", "carrier=\"a\""), 2);
	metric_set(metrics_gauge(metrics, "bindery_up", "Alive.", ""), -1);
	metric_add(metrics_counter(metrics, "bindery_mo_total", "Heard.", "carrier=\"b\""), 5);
	text = metrics_render(metrics, &length);
	assert_string_equal(text, "# HELP bindery_mo_total Heard.\n"
				  "# TYPE bindery_mo_total counter\n"
				  "bindery_mo_total{carrier=\"a\"} 2\n"
				  "bindery_mo_total{carrier=\"b\"} 5\n"
				  "# HELP bindery_up Alive.\n"
				  "# TYPE bindery_up gauge\n"
				  "bindery_up -1\n");
	assert_int_equal(length, strlen(text));
	free(text);
	metrics_destroy(&metrics);
	assert_null(metrics);
}

static void the_same_name_and_labels_are_the_same_metric(void **state)
{
	struct metrics *metrics = metrics_create();
	struct metric *one = metrics_counter(metrics, "a", "A.", "x=\"1\"");

	(void)state;
	assert_ptr_equal(metrics_counter(metrics, "a", "A.", "x=\"1\""), one);
	assert_ptr_not_equal(metrics_counter(metrics, "a", "A.", "x=\"2\""), one);
	metrics_destroy(&metrics);
}

static void a_histogram_s_buckets_count_what_lies_below(void **state)
{
	static const double bounds[] = {0.01, 0.1, 0};
	struct metrics *metrics = metrics_create();
	struct metric *wait = metrics_histogram(metrics, "wait_seconds", "W.", "", bounds);
	size_t length;
	char *text;

	(void)state;
	metric_observe(wait, 0.01);
	metric_observe(wait, 0.05);
	metric_observe(wait, 3);
	text = metrics_render(metrics, &length);
	assert_string_equal(text, "# HELP wait_seconds W.\n"
				  "# TYPE wait_seconds histogram\n"
				  "wait_seconds_bucket{le=\"0.01\"} 1\n"
				  "wait_seconds_bucket{le=\"0.1\"} 2\n"
				  "wait_seconds_bucket{le=\"+Inf\"} 3\n"
				  "wait_seconds_sum{} 3.06\n"
				  "wait_seconds_count{} 3\n");
	free(text);
	metrics_destroy(&metrics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_and_gauges_are_one_line_each_under_their_name),
		cmocka_unit_test(the_same_name_and_labels_are_the_same_metric),
		cmocka_unit_test(a_histogram_s_buckets_count_what_lies_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
