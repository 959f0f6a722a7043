#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/door/reel.h"

static void an_entry_stands_behind_the_newest_whatever_its_number(void **state)
{
	static const struct {
		const char *newest, *next;
	} cases[] = {
		{"1795763163159-0", "1795763163159-1024"},
		{"1795763163159-7", "1795763163159-1024"},
		{"1795763163159-1023", "1795763163159-1024"},
		{"1795763163159-1024", "1795763163159-2048"},
		{"18446744073709551615-18446744073709549567",
		 "18446744073709551615-18446744073709549568"},
	};
	char id[WIRE_ID_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(reel_next(cases[i].newest, id));
		assert_string_equal(id, cases[i].next);
	}
}

static void behind_what_is_no_id_or_the_last_one_stands_nothing(void **state)
{
	char id[WIRE_ID_MAX + 1];

	(void)state;
	assert_false(reel_next("", id));
	assert_false(reel_next("1795763163159", id));
	assert_false(reel_next("1-18446744073709551615", id));
}

static void the_last_frame_has_the_id_of_its_entry(void **state)
{
	struct span entry = span_text("1795763163159-2048");
	char id[WIRE_ID_MAX + 1];

	(void)state;
	reel_frame(entry, 0, 3, id);
	assert_string_equal(id, "1795763163159-2046");
	reel_frame(entry, 1, 3, id);
	assert_string_equal(id, "1795763163159-2047");
	reel_frame(entry, 2, 3, id);
	assert_string_equal(id, "1795763163159-2048");
}

static void what_has_no_such_numbers_is_left_as_it_is(void **state)
{
	char id[WIRE_ID_MAX + 1];

	(void)state;
	reel_frame(span_text("5-1"), 0, 3, id);
	assert_string_equal(id, "5-1");
	reel_frame(span_text("none"), 0, 3, id);
	assert_string_equal(id, "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_stands_behind_the_newest_whatever_its_number),
		cmocka_unit_test(behind_what_is_no_id_or_the_last_one_stands_nothing),
		cmocka_unit_test(the_last_frame_has_the_id_of_its_entry),
		cmocka_unit_test(what_has_no_such_numbers_is_left_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
