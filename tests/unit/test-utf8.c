#include "smpp/utf8.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(literal) ((struct span){(const uint8_t *)(literal), sizeof(literal) - 1})

static void every_character_survives_a_round_trip(void **state)
{
	(void)state;
	for (uint32_t point = 0; point <= UTF8_POINT_MAX; point++) {
		uint8_t octets[UTF8_OCTETS_MAX];
		size_t offset = 0;

		if (point >= 0xD800 && point <= 0xDFFF)
			continue;
		size_t length = utf8_put(point, octets);
		assert_int_equal(utf8_next((struct span){octets, length}, &offset), point);
		assert_int_equal(offset, length);
	}
}

static void a_character_takes_one_to_four_octets(void **state)
{
	(void)state;
	uint8_t out[UTF8_OCTETS_MAX];

	assert_int_equal(utf8_put(0x7F, out), 1);
	assert_int_equal(utf8_put(0x80, out), 2);
	assert_memory_equal(out, "\xC2\x80", 2);
	assert_int_equal(utf8_put(0x20AC, out), 3);
	assert_memory_equal(out, "\xE2\x82\xAC", 3);
	assert_int_equal(utf8_put(0x1F600, out), 4);
	assert_memory_equal(out, "\xF0\x9F\x98\x80", 4);
}

static void what_is_no_character_is_written_as_the_replacement(void **state)
{
	(void)state;
	static const uint32_t points[] = {0xD800, 0xDFFF, 0x110000, UTF8_MALFORMED};

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		uint8_t out[UTF8_OCTETS_MAX];
		assert_int_equal(utf8_put(points[i], out), 3);
		assert_memory_equal(out, "\xEF\xBF\xBD", 3);
	}
}

static void malformed_octets_are_refused(void **state)
{
	(void)state;
	static const struct span bad[] = {
		TEXT("\x80"),		  /* a continuation alone */
		TEXT("\xC0\x80"),	  /* overlong */
		TEXT("\xC1\xBF"),	  /* overlong */
		TEXT("\xE0\x9F\xBF"),	  /* overlong */
		TEXT("\xF0\x8F\xBF\xBF"), /* overlong */
		TEXT("\xED\xA0\x80"),	  /* a surrogate */
		TEXT("\xF4\x90\x80\x80"), /* above U+10FFFF */
		TEXT("\xF5\x80\x80\x80"),
		TEXT("\xFF"),
		TEXT("\xE2\x82"),
		TEXT("a\xC3"),
		TEXT("\xC3("),
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(utf8_valid(bad[i]));
	assert_true(utf8_valid(TEXT("na\xC3\xAFve \xE2\x82\xAC \xF0\x9F\x98\x80")));
	assert_true(utf8_valid((struct span){NULL, 0}));
}

static void a_repair_replaces_each_longest_bad_prefix_once(void **state)
{
	(void)state;
	uint8_t at[64];
	struct utf8_buffer out;

	/* The example of Unicode 15, table 3-11. */
	utf8_buffer_init(&out, at, sizeof(at));
	assert_int_equal(utf8_repair(TEXT("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), &out), 0);
	assert_int_equal(out.length, 13);
	assert_memory_equal(at, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\x41", 13);
}

static void a_full_buffer_never_ends_in_half_a_character(void **state)
{
	(void)state;
	uint8_t at[4];
	struct utf8_buffer out;

	utf8_buffer_init(&out, at, sizeof(at));
	assert_int_equal(utf8_repair(TEXT("ab\xE2\x82\xAC"
					  "c"),
				     &out),
			 -EMSGSIZE);
	assert_int_equal(out.length, 2);
	assert_true(out.full);
}

static void a_cut_leaves_no_half_a_character(void **state)
{
	static const size_t whole[] = {0, 1, 1, 1, 4, 4, 4, 4, 8, 9, 9, 9};
	const struct span text = TEXT("a\xE2\x82\xAC\xF0\x9F\x9B\x91"
				      "c");

	(void)state;
	for (size_t most = 0; most < sizeof(whole) / sizeof(*whole); most++)
		assert_int_equal(utf8_cut(text, most), whole[most]);
	assert_int_equal(utf8_cut(TEXT(""), 3), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_survives_a_round_trip),
		cmocka_unit_test(a_character_takes_one_to_four_octets),
		cmocka_unit_test(what_is_no_character_is_written_as_the_replacement),
		cmocka_unit_test(malformed_octets_are_refused),
		cmocka_unit_test(a_repair_replaces_each_longest_bad_prefix_once),
		cmocka_unit_test(a_full_buffer_never_ends_in_half_a_character),
		cmocka_unit_test(a_cut_leaves_no_half_a_character),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
