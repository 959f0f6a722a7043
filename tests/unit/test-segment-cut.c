#include "smpp/segment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct segment_options gsm7 = {.default_alphabet = CODING_GSM7};

/* A text in the making. */
struct text {
	uint8_t at[64 * 1024];
	size_t length;
};

static struct text text;

static void add(const char *unit, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		assert_true(text.length + strlen(unit) <= sizeof(text.at));
		memcpy(text.at + text.length, unit, strlen(unit));
		text.length += strlen(unit);
	}
}

static struct span whole(void)
{
	return (struct span){text.at, text.length};
}

static struct segment_plan plan(const struct segment_options *options)
{
	struct segment_plan made;

	assert_int_equal(segment_plan(whole(), options, &made), 0);
	return made;
}

static void a_letter_keeps_its_marks(void **state)
{
	(void)state;
	text.length = 0;
	add("\u4F60", 66);
	add("e\u0301", 1);
	add("\u4F60", 10);
	struct segment_plan made = plan(&gsm7);

	assert_int_equal(made.segments, 2);
	assert_int_equal(made.starts[1], 66 * 3);
	assert_int_equal(made.units, 78);
	assert_int_equal(made.units_last, 12);
	assert_int_equal(made.units_left, 55);
}

static void a_joined_emoji_goes_whole_into_the_next_segment(void **state)
{
	(void)state;
	text.length = 0;
	add("\u4F60", 62);
	/* Eight units: three pairs and two joiners. */
	add("\U0001F468\u200D\U0001F469\u200D\U0001F467", 1);
	add("\u4F60", 10);
	struct segment_plan made = plan(&gsm7);

	assert_int_equal(made.segments, 2);
	assert_int_equal(made.starts[1], 62 * 3);
	assert_int_equal(made.units_last, 18);
}

static void flags_are_parted_between_and_not_within(void **state)
{
	(void)state;
	text.length = 0;
	/* Four units each: the seventeenth is cut after its first half, 66 units. */
	add("\U0001F1E9\U0001F1EA", 20);
	struct segment_plan made = plan(&gsm7);

	assert_int_equal(made.segments, 2);
	assert_int_equal(made.starts[1], 16 * 8);
	assert_int_equal(made.units_last, 16);
}

static void a_line_end_of_two_is_kept_in_gsm7(void **state)
{
	(void)state;
	text.length = 0;
	add("a", 152);
	add("\r\n", 1);
	add("a", 20);
	assert_int_equal(plan(&gsm7).starts[1], 152);
}

static void keeping_together_never_costs_a_segment(void **state)
{
	(void)state;
	text.length = 0;
	add("\u4F60", 66);
	add("e\u0301", 1);
	add("\u4F60", 66);
	struct segment_plan made = plan(&gsm7);

	assert_int_equal(made.segments, 2);
	assert_int_equal(made.starts[1], 66 * 3 + 1);
	assert_int_equal(made.units_left, 0);
}

static void what_room_there_is_goes_to_the_cuts_in_their_order(void **state)
{
	(void)state;
	text.length = 0;
	add("\u4F60", 66);
	add("e\u0301", 1);
	add("\u4F60", 65);
	add("o\u0301", 1);
	add("\u4F60", 64);
	add("u\u0301", 1);
	/* 201 units in three segments: none can be moved. */
	struct segment_plan made = plan(&gsm7);
	assert_int_equal(made.segments, 3);
	assert_int_equal(made.starts[1], 66 * 3 + 1);
	assert_int_equal(made.starts[2], 66 * 3 + 3 + 65 * 3 + 1);

	/* With one unit to spare both can. */
	text.length -= 2;
	made = plan(&gsm7);
	assert_int_equal(made.segments, 3);
	assert_int_equal(made.starts[1], 66 * 3);
	assert_int_equal(made.starts[2], 66 * 3 + 3 + 65 * 3);
	assert_int_equal(made.units_left, 0);
}

static void a_cluster_longer_than_a_segment_is_cut(void **state)
{
	(void)state;
	text.length = 0;
	add("e", 1);
	add("\u0301", 200);
	struct segment_plan made = plan(&gsm7);

	assert_int_equal(made.segments, 3);
	assert_int_equal(made.starts[1], 1 + 66 * 2);
	assert_int_equal(made.starts[2], 1 + 133 * 2);
	assert_int_equal(made.units_left, 0);
}

static void the_cuts_of_a_payload_are_not_moved(void **state)
{
	(void)state;
	struct segment_options payload = {.concatenation = SEGMENT_PAYLOAD};

	text.length = 0;
	add("\u4F60", 66);
	add("e\u0301", 1);
	add("\u4F60", 10);
	assert_int_equal(plan(&payload).starts[1], 66 * 3 + 1);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

/* Segments of 67 units that the text needs when nothing but pairs is kept together. */
static unsigned fewest(struct span span, unsigned *units)
{
	unsigned segments = 1, used = 0;

	*units = 0;
	for (size_t offset = 0; offset < span.length;) {
		unsigned width = utf8_next(span, &offset) > 0xFFFF ? 2 : 1;

		if (used + width > 67) {
			segments++;
			used = 0;
		}
		used += width;
		*units += width;
	}
	return *units <= 70 ? 1 : segments;
}

static void any_text_takes_as_few_segments_as_ever_and_comes_out_whole(void **state)
{
	(void)state;
	static const char *const pieces[] = {
		"\u4F60", "e\u0301", "\u0938\u094D\u0924\u0947", "\U0001F468\u200D\U0001F469",
		" ",	  "\u0301",  "\U0001F1E9\U0001F1EA",	 "\U0001F44D\U0001F3FD",
		"\r\n",	  "a",
	};
	uint32_t seed = 1;

	for (unsigned round = 0; round < 3000; round++) {
		unsigned count = 20 + next_random(&seed) % 300, units, seen = 0;

		text.length = 0;
		add("\u4F60", 1);
		for (unsigned i = 0; i < count; i++)
			add(pieces[next_random(&seed) % 10], 1 + next_random(&seed) % 3);
		struct segment_plan made = plan(&gsm7);
		assert_int_equal(made.segments, fewest(whole(), &units));
		assert_int_equal(made.units, units);
		for (unsigned i = 0; i < made.segments; i++) {
			uint8_t octets[SEGMENT_OCTETS_MAX];
			struct segment out = {.octets = octets, .capacity = sizeof(octets)};

			assert_int_equal(segment_build(&made, whole(), i, 1, &out), 0);
			assert_in_range(out.length, 3, 140);
			seen += (unsigned)(out.length - (made.segments > 1 ? 6 : 0)) / 2;
		}
		assert_int_equal(seen, units);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_letter_keeps_its_marks),
		cmocka_unit_test(a_joined_emoji_goes_whole_into_the_next_segment),
		cmocka_unit_test(flags_are_parted_between_and_not_within),
		cmocka_unit_test(a_line_end_of_two_is_kept_in_gsm7),
		cmocka_unit_test(keeping_together_never_costs_a_segment),
		cmocka_unit_test(what_room_there_is_goes_to_the_cuts_in_their_order),
		cmocka_unit_test(a_cluster_longer_than_a_segment_is_cut),
		cmocka_unit_test(the_cuts_of_a_payload_are_not_moved),
		cmocka_unit_test(any_text_takes_as_few_segments_as_ever_and_comes_out_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
