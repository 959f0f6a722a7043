#include "smpp/utf16.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define OCTETS(literal) ((struct span){(const uint8_t *)(literal), sizeof(literal) - 1})

struct reading {
	struct utf16_decoder decoder;
	struct utf8_buffer out;
	uint8_t at[64];
};

static void begin(struct reading *reading)
{
	utf16_decoder_init(&reading->decoder);
	utf8_buffer_init(&reading->out, reading->at, sizeof(reading->at));
}

static void feed(struct reading *reading, struct span octets)
{
	utf16_decoder_feed(&reading->decoder, octets, &reading->out);
}

static void expect(struct reading *reading, const char *text)
{
	utf16_decoder_end(&reading->decoder, &reading->out);
	assert_int_equal(reading->out.length, strlen(text));
	assert_memory_equal(reading->at, text, strlen(text));
}

static void every_character_survives_a_round_trip(void **state)
{
	(void)state;
	for (uint32_t point = 0; point <= UTF8_POINT_MAX; point++) {
		uint8_t octets[UTF16_OCTETS_MAX], utf8[UTF8_OCTETS_MAX];
		struct reading reading;

		if ((point >= 0xD800 && point <= 0xDFFF) || point == 0xFEFF || point == 0xFFFE)
			continue;
		begin(&reading);
		feed(&reading, (struct span){octets, utf16_put(point, octets)});
		utf16_decoder_end(&reading.decoder, &reading.out);
		assert_int_equal(reading.out.length, utf8_put(point, utf8));
		assert_memory_equal(reading.at, utf8, reading.out.length);
		assert_false(reading.decoder.lone);
	}
}

static void an_emoji_is_a_surrogate_pair(void **state)
{
	(void)state;
	uint8_t out[UTF16_OCTETS_MAX];

	assert_int_equal(utf16_put(0x1F600, out), 4);
	assert_memory_equal(out, "\xD8\x3D\xDE\x00", 4);
}

static void a_lone_surrogate_is_replaced_and_flagged(void **state)
{
	(void)state;
	static const struct span lone[] = {
		OCTETS("\xD8\x3D\0a"),
		OCTETS("\xDE\x00\0a"),
		OCTETS("\0a\xD8\x3D"),
	};
	static const char *const texts[] = {"\xEF\xBF\xBD"
					    "a",
					    "\xEF\xBF\xBD"
					    "a",
					    "a\xEF\xBF\xBD"};

	for (size_t i = 0; i < 3; i++) {
		struct reading reading;
		begin(&reading);
		feed(&reading, lone[i]);
		expect(&reading, texts[i]);
		assert_true(reading.decoder.lone);
	}
}

static void a_pair_cut_between_two_spans_is_one_character(void **state)
{
	(void)state;
	struct reading reading;

	begin(&reading);
	feed(&reading, OCTETS("\0a\xD8\x3D"));
	feed(&reading, OCTETS("\xDE\x00\0b"));
	expect(&reading, "a\xF0\x9F\x98\x80"
			 "b");
	assert_false(reading.decoder.lone);
}

static void a_unit_cut_between_two_odd_spans_is_joined(void **state)
{
	(void)state;
	struct reading reading;

	begin(&reading);
	feed(&reading, OCTETS("\x20\xAC\x20"));
	feed(&reading, OCTETS("\xAC\0b"));
	expect(&reading, "\xE2\x82\xAC\xE2\x82\xAC"
			 "b");
	assert_false(reading.decoder.odd);
}

static void a_stray_octet_does_not_shift_the_part_after_it(void **state)
{
	(void)state;
	struct reading reading;

	begin(&reading);
	feed(&reading, OCTETS("\0a\x20"));
	feed(&reading, OCTETS("\0b\0c"));
	expect(&reading, "a\xEF\xBF\xBD"
			 "bc");
	assert_true(reading.decoder.odd);
}

static void a_byte_order_mark_is_not_text(void **state)
{
	(void)state;
	struct reading reading;

	begin(&reading);
	feed(&reading, OCTETS("\xFE\xFF\x20\xAC"));
	expect(&reading, "\xE2\x82\xAC");
	begin(&reading);
	feed(&reading, OCTETS("\xFF\xFE\xAC\x20"));
	expect(&reading, "\xE2\x82\xAC");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_survives_a_round_trip),
		cmocka_unit_test(an_emoji_is_a_surrogate_pair),
		cmocka_unit_test(a_lone_surrogate_is_replaced_and_flagged),
		cmocka_unit_test(a_pair_cut_between_two_spans_is_one_character),
		cmocka_unit_test(a_unit_cut_between_two_odd_spans_is_joined),
		cmocka_unit_test(a_stray_octet_does_not_shift_the_part_after_it),
		cmocka_unit_test(a_byte_order_mark_is_not_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
