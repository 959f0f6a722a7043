#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/compliance/record.h"

#include <stdlib.h>
#include <string.h>

static void fields_are_parted_by_tabs_and_hold_none(void **state)
{
	char text[64];
	struct record_writer writer;

	(void)state;
	record_begin(&writer, text, sizeof(text));
	record_add(&writer, span_text("what"), span_text("revoke"));
	record_add(&writer, span_text("by"), span_text("a\tb\n100%"));
	record_add(&writer, span_text("x"), span_text("\xc3\xa9\x7f"));
	assert_string_equal(text, "what=revoke\tby=a%09b%0A100%25\tx=\xc3\xa9%7F");
	assert_int_equal(writer.length, strlen(text));
	assert_false(writer.full);
}

static void a_record_that_is_too_long_is_cut_and_says_so(void **state)
{
	char text[8];
	struct record_writer writer;

	(void)state;
	record_begin(&writer, text, sizeof(text));
	record_add(&writer, span_text("what"), span_text("revoke"));
	assert_string_equal(text, "what=re");
	assert_true(writer.full);
}

static void a_field_is_found_by_its_whole_name(void **state)
{
	struct span record = span_text("p=3\tnp=4\tprev=\tn=12");
	struct record_place place;

	(void)state;
	assert_memory_equal(record_field(record, "np").at, "4", 1);
	assert_non_null(record_field(record, "prev").at);
	assert_int_equal(record_field(record, "prev").length, 0);
	assert_null(record_field(record, "pr").at);
	assert_true(record_place(record, &place));
	assert_int_equal(place.partition, 3);
	assert_int_equal(place.n, 12);
}

static void a_place_is_whole_numbers_and_has_what_came_before(void **state)
{
	static const char *const wrong[] = {"",
					    "p=3\tn=1",
					    "n=1\tprev=",
					    "p=03\tn=1\tprev=",
					    "p=3\tn=-1\tprev=",
					    "p=3\tn=\tprev=",
					    "p=99999999\tn=1\tprev="};
	struct record_place place;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(record_place(span_text(wrong[i]), &place));
}

static void what_is_escaped_comes_back(void **state)
{
	static const struct {
		const char *written, *read;
	} table[] = {
		{"plain", "plain"}, {"a%09b", "a\tb"}, {"100%25", "100%"}, {"%0", "%0"},
		{"%", "%"},	    {"%zz", "%zz"},    {"%0a", "%0a"},
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		snprintf(text, sizeof(text), "%s", table[i].written);
		assert_int_equal(record_unescape(text), strlen(table[i].read));
		assert_string_equal(text, table[i].read);
	}
}

/* By sha1sum. */
static void a_chain_is_the_sha_1_of_the_record(void **state)
{
	char chain[RECORD_PREV_MAX];

	(void)state;
	record_chain(span_text("abc"), chain);
	assert_string_equal(chain, "a9993e364706816aba3e25717850c26c9cd0d89d");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_parted_by_tabs_and_hold_none),
		cmocka_unit_test(a_record_that_is_too_long_is_cut_and_says_so),
		cmocka_unit_test(a_field_is_found_by_its_whole_name),
		cmocka_unit_test(a_place_is_whole_numbers_and_has_what_came_before),
		cmocka_unit_test(what_is_escaped_comes_back),
		cmocka_unit_test(a_chain_is_the_sha_1_of_the_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
