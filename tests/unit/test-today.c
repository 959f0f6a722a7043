/* The day's figures: what is told of them, and what of it is told on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "router/supervise/today.h"

static struct span text(const char *string)
{
	return (struct span){(const uint8_t *)string, strlen(string)};
}

static void note(const struct today_row *row, void *context)
{
	char *out = context;

	snprintf(out + strlen(out), 64, "%s:%lld,%lld ", row->id, (long long)row->values[0],
		 (long long)row->values[1]);
}

static const char *seen(const struct today *today, enum today_kind kind, uint64_t after)
{
	static char out[512];

	out[0] = '\0';
	today_rows(today, kind, after, note, out);
	return out;
}

static void what_has_changed_since_a_version_is_told(void **state)
{
	struct today *today = today_create();

	(void)state;
	today_begin(today, 20000, 1);
	today_set(today, text("q support offered"), 2);
	today_set(today, text("q support answered"), 1);
	today_set(today, text("a ann handled"), 1);
	assert_string_equal(seen(today, TODAY_QUEUE, 0), "support:2,1 ");
	assert_string_equal(seen(today, TODAY_AGENT, 0), "ann:1,0 ");
	uint64_t version = today_version(today);
	today_set(today, text("a ann handled"), 1);
	assert_int_equal(today_version(today), version);
	today_set(today, text("a ann handled"), 2);
	assert_string_equal(seen(today, TODAY_AGENT, version), "ann:2,0 ");
	assert_string_equal(seen(today, TODAY_QUEUE, version), "");
	today_destroy(&today);
}

static void what_is_added_stands_on_what_there_was_until_it_is_cleared(void **state)
{
	struct today *today = today_create();

	(void)state;
	today_turn(today, 20000);
	today_add(today, text("q support offered"), 2);
	today_add(today, text("q support offered"), 3);
	today_add(today, text("q support answered"), 1);
	assert_string_equal(seen(today, TODAY_QUEUE, 0), "support:5,1 ");
	uint64_t version = today_version(today);
	today_add(today, text("q support answered"), 0);
	today_turn(today, 19999);
	assert_int_equal(today_version(today), version);
	today_clear(today, "offered");
	assert_string_equal(seen(today, TODAY_QUEUE, version), "support:0,1 ");
	today_turn(today, 20001);
	assert_int_equal(today_day(today), 20001);
	assert_string_equal(seen(today, TODAY_QUEUE, 0), "");
	today_destroy(&today);
}

static void another_day_begins_with_nothing(void **state)
{
	struct today *today = today_create();

	(void)state;
	today_begin(today, 20000, 1);
	today_set(today, text("q support offered"), 2);
	uint64_t version = today_version(today);
	today_begin(today, 20000, 1);
	assert_int_equal(today_version(today), version);
	today_begin(today, 20001, 86400001);
	assert_true(today_version(today) > version);
	assert_string_equal(seen(today, TODAY_QUEUE, 0), "");
	today_destroy(&today);
}

static void a_name_may_have_spaces_and_what_is_no_figure_is_left_out(void **state)
{
	struct today *today = today_create();
	char longest[128];

	(void)state;
	today_begin(today, 20000, 1);
	today_set(today, text("q late shift offered"), 3);
	today_set(today, text("q support nonsense"), 3);
	today_set(today, text("x support offered"), 3);
	today_set(today, text("q  offered"), 3);
	today_set(today, text("q"), 3);
	today_set(today, text(""), 3);
	snprintf(longest, sizeof(longest), "q %065d offered", 0);
	today_set(today, text(longest), 3);
	assert_string_equal(seen(today, TODAY_QUEUE, 0), "late shift:3,0 ");
	today_destroy(&today);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_changed_since_a_version_is_told),
		cmocka_unit_test(what_is_added_stands_on_what_there_was_until_it_is_cleared),
		cmocka_unit_test(another_day_begins_with_nothing),
		cmocka_unit_test(a_name_may_have_spaces_and_what_is_no_figure_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
