#include "smpp/gsm7.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "smpp/gsm7-tables.h"

#define OCTETS(literal) ((struct span){(const uint8_t *)(literal), sizeof(literal) - 1})

static const struct gsm7_shift plain = {GSM7_DEFAULT, GSM7_DEFAULT};

static struct gsm7_decoder decode(struct span septets, struct gsm7_shift shift, const char *text)
{
	struct gsm7_decoder decoder;
	struct utf8_buffer out;
	uint8_t at[512];

	gsm7_decoder_init(&decoder, shift);
	utf8_buffer_init(&out, at, sizeof(at));
	gsm7_decoder_feed(&decoder, septets, &out);
	gsm7_decoder_end(&decoder, &out);
	assert_int_equal(out.length, strlen(text));
	assert_memory_equal(at, text, out.length);
	return decoder;
}

/* 3GPP TS 23.038 §6.2.1, row by row of its columns. */
static void the_default_alphabet_is_that_of_the_standard(void **state)
{
	(void)state;
	static const char text[] =
		"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
	uint8_t septets[127];

	for (unsigned i = 0, septet = 0; septet < 128; septet++) {
		if (septet != GSM7_ESCAPE)
			septets[i++] = (uint8_t)septet;
	}
	decode((struct span){septets, sizeof(septets)}, plain, text);
}

static void the_extension_table_stands_behind_the_escape(void **state)
{
	(void)state;
	uint8_t out[32];

	decode(OCTETS("\x1B\x0A\x1B\x14\x1B\x28\x1B\x29\x1B\x2F\x1B\x3C\x1B\x3D\x1B\x3E\x1B\x40"
		      "\x1B\x65"),
	       plain, "\f^{}\\[~]|€");
	assert_int_equal(gsm7_encode(OCTETS("€{}"), plain, out, sizeof(out)), 6);
	assert_memory_equal(out, "\x1B\x65\x1B\x28\x1B\x29", 6);
}

static void an_escape_to_an_empty_place_shows_the_main_character(void **state)
{
	(void)state;
	assert_true(decode(OCTETS("a\x1B"
				  "bc"),
			   plain, "abc")
			    .unknown_escape);
	assert_true(decode(OCTETS("\x1B\x00"), plain, "@").unknown_escape);
}

static void a_double_or_final_escape_shows_a_space(void **state)
{
	(void)state;
	assert_true(decode(OCTETS("a\x1B\x1B"
				  "b"),
			   plain, "a b")
			    .unknown_escape);
	assert_true(decode(OCTETS("a\x1B"), plain, "a ").unknown_escape);
}

static void an_octet_above_127_is_read_as_latin1_and_flagged(void **state)
{
	(void)state;
	assert_true(decode(OCTETS("caf\xE9"), plain, "café").foreign);
	assert_true(decode(OCTETS("\x1B\xE9"), plain, " é").foreign);
}

static void national_tables_replace_the_main_and_the_escape_table(void **state)
{
	(void)state;
	struct gsm7_shift turkish = {GSM7_TURKISH, GSM7_TURKISH};
	struct gsm7_shift spanish = {GSM7_DEFAULT, GSM7_SPANISH};
	struct gsm7_shift portuguese = {GSM7_PORTUGUESE, GSM7_PORTUGUESE};

	decode(OCTETS("\x04\x07\x0B\x0C\x1C\x1D\x40\x60"), turkish, "€ıĞğŞşİç");
	decode(OCTETS("\x1BG\x1BI\x1BS\x1B"
		      "c\x1Bg\x1Bi\x1Bs"),
	       turkish, "ĞİŞçğış");
	decode(OCTETS("\x1B\x09\x1B"
		      "A\x1BI\x1BO\x1BU\x1B"
		      "a\x1Bi\x1Bo\x1Bu"),
	       spanish, "çÁÍÓÚáíóú");
	decode(OCTETS("\x04\x06\x07\x08\x09\x0B\x0C\x0E\x0F\x12\x13\x14\x15\x16\x17\x18\x19\x1A"
		      "\x1C\x1D\x1E\x24\x40\x5B\x5C\x5D\x60\x7B\x7C\x7D"),
	       portuguese, "êúíóçÔôÁáªÇÀ∞^\\€Ó|ÂâÊºÍÃÕÚ~ãõ`");
	decode(OCTETS("\x1B\x05\x1B\x12\x1B\x1F\x1B"
		      "A\x1B"
		      "a\x1B\x7F"),
	       portuguese, "êΦÊÀÂâ");
}

static void an_unknown_language_is_read_by_the_default_tables(void **state)
{
	(void)state;
	struct gsm7_shift unknown = {99, 99};

	decode(OCTETS("\x04\x1B\x65"), unknown, "è€");
	assert_false(gsm7_has_locking(GSM7_SPANISH));
	assert_true(gsm7_has_single(GSM7_SPANISH));
	assert_false(gsm7_has_single(99));
}

static void an_empty_place_of_a_main_table_shows_as_replaced(void **state)
{
	(void)state;
	struct gsm7_shift tamil = {GSM7_TAMIL, GSM7_DEFAULT};
	struct gsm7_decoder decoder = decode(OCTETS("a\x10\x11"), tamil, "aஐ\uFFFD");

	assert_true(decoder.unassigned);
	assert_false(decoder.unknown_escape);
	/* So does an escape to a place that is empty in both. */
	decoder = decode(OCTETS("\x1B\x11"), tamil, "\uFFFD");
	assert_true(decoder.unassigned);
	assert_true(decoder.unknown_escape);
}

static void languages_have_names(void **state)
{
	(void)state;
	uint8_t language = 99;

	assert_int_equal(gsm7_language("turkish", &language), 0);
	assert_int_equal(language, 1);
	assert_int_equal(gsm7_language("urdu", &language), 0);
	assert_int_equal(language, 13);
	assert_int_equal(gsm7_language("klingon", &language), -EINVAL);
	assert_int_equal(language, 13);
	assert_string_equal(gsm7_language_name(GSM7_ORIYA), "oriya");
	assert_null(gsm7_language_name(GSM7_DEFAULT));
	assert_null(gsm7_language_name(14));
}

static void every_character_of_every_table_survives_a_round_trip(void **state)
{
	(void)state;
	for (int i = 0; i < GSM7_LANGUAGES_COUNT; i++) {
		uint8_t language = (uint8_t)i;
		struct gsm7_shift shift = {language, language};
		const uint16_t *tables[] = {gsm7_tables_locking(language),
					    gsm7_tables_single(language)};

		for (unsigned place = 0; place < 2 * GSM7_TABLES_SIZE; place++) {
			const uint16_t *table = tables[place / GSM7_TABLES_SIZE];
			uint16_t point = table ? table[place % GSM7_TABLES_SIZE] : 0;
			uint8_t septets[GSM7_SEPTETS_MAX], text[UTF8_OCTETS_MAX + 1] = {0};

			if (point == 0)
				continue;
			size_t count = gsm7_put(point, shift, septets);
			assert_in_range(count, 1, 2);
			text[utf8_put(point, text)] = 0;
			decode((struct span){septets, count}, shift, (const char *)text);
		}
	}
}

static void a_character_outside_the_tables_is_refused(void **state)
{
	(void)state;
	uint8_t out[8];

	assert_int_equal(gsm7_put(0x4F60, plain, out), 0);
	assert_int_equal(gsm7_put(0x1F600, plain, out), 0);
	assert_int_equal(gsm7_put(0, plain, out), 0);
	assert_int_equal(gsm7_put(GSM7_ESCAPE, plain, out), 0);
	assert_int_equal(gsm7_encode(OCTETS("ab你"), plain, out, sizeof(out)), -EILSEQ);
	assert_int_equal(gsm7_encode(OCTETS("a\xFF"), plain, out, sizeof(out)), -EILSEQ);
	assert_int_equal(gsm7_encode(OCTETS("1234567€"), plain, out, sizeof(out)), -EMSGSIZE);
}

/* The well-known "hellohello" of GSM 03.38. */
static void eight_septets_pack_into_seven_octets(void **state)
{
	(void)state;
	uint8_t out[16];

	assert_int_equal(gsm7_pack(OCTETS("hellohello"), 0, out, sizeof(out)), 9);
	assert_memory_equal(out, "\xE8\x32\x9B\xFD\x46\x97\xD9\xEC\x37", 9);
	assert_int_equal(gsm7_pack(OCTETS("hellohello"), 0, out, 8), -EMSGSIZE);
}

static void fill_bits_align_the_text_behind_a_header(void **state)
{
	(void)state;
	uint8_t out[8];

	assert_int_equal(gsm7_fill_bits(0), 0);
	assert_int_equal(gsm7_fill_bits(4), 3);
	assert_int_equal(gsm7_fill_bits(6), 1);
	assert_int_equal(gsm7_fill_bits(7), 0);
	assert_int_equal(gsm7_pack(OCTETS("a"), 1, out, sizeof(out)), 1);
	assert_int_equal(out[0], 0xC2);
}

static void packing_survives_a_round_trip_at_every_length_and_fill(void **state)
{
	(void)state;
	for (unsigned fill = 0; fill <= 6; fill++) {
		for (size_t length = 0; length <= 160; length++) {
			uint8_t septets[160], packed[160];
			for (size_t i = 0; i < length; i++)
				septets[i] = (uint8_t)(GSM7_CR + 1 + (i * 37 + length) % 114);
			int octets = gsm7_pack((struct span){septets, length}, fill, packed,
					       sizeof(packed));
			struct span span = {packed, (size_t)octets};

			assert_true(octets >= 0);
			assert_int_equal(gsm7_packed_count(span, fill), length);
			for (size_t i = 0; i < length; i++)
				assert_int_equal(gsm7_packed_at(span, fill, i), septets[i]);
		}
	}
}

static void seven_zero_bits_at_the_end_are_padding(void **state)
{
	(void)state;
	uint8_t out[8];

	assert_int_equal(gsm7_pack(OCTETS("1234567"), 0, out, sizeof(out)), 7);
	assert_int_equal(gsm7_packed_count((struct span){out, 7}, 0), 7);
}

static void a_final_cr_that_ends_with_an_octet_is_padding(void **state)
{
	(void)state;
	static const uint8_t seven[] = {0x31, 0xD9, 0x8C, 0x56, 0xB3, 0xDD, 0x1A};
	static const uint8_t two[] = {0x31, 0xD9, 0x8C, 0x56, 0xB3, 0xDD, 0x1A, 0x0D};
	static const uint8_t six[] = {0x31, 0xD9, 0x8C, 0x56, 0x6B, 0x00};

	/* "1234567", and a CR in the seven bits that are left */
	assert_int_equal(gsm7_packed_count((struct span){seven, sizeof(seven)}, 0), 7);
	/* a CR that is meant is written twice where it would end so, and shows as twice */
	assert_int_equal(gsm7_packed_count((struct span){two, sizeof(two)}, 0), 9);
	/* "12345" and a CR, behind which six bits are left */
	assert_int_equal(gsm7_packed_count((struct span){six, sizeof(six)}, 0), 6);
	assert_int_equal(gsm7_packed_at((struct span){six, sizeof(six)}, 0, 5), GSM7_CR);
	/* behind a header with one bit of fill */
	assert_int_equal(gsm7_packed_count((struct span){(const uint8_t[]){0x1A}, 1}, 1), 1);
	assert_int_equal(gsm7_packed_count((struct span){(const uint8_t[]){0x00}, 1}, 1), 1);
}

static void packing_may_be_done_in_place(void **state)
{
	(void)state;
	for (unsigned fill = 0; fill <= 6; fill++) {
		uint8_t there[160], apart[160], septets[153];

		for (size_t i = 0; i < sizeof(septets); i++)
			there[i] = septets[i] = (uint8_t)(i * 91 % 128);
		struct span from = {septets, sizeof(septets)};
		int length = gsm7_pack(from, fill, apart, sizeof(apart));
		from.at = there;
		assert_int_equal(gsm7_pack(from, fill, there, sizeof(there)), length);
		assert_memory_equal(there, apart, (size_t)length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_alphabet_is_that_of_the_standard),
		cmocka_unit_test(the_extension_table_stands_behind_the_escape),
		cmocka_unit_test(an_escape_to_an_empty_place_shows_the_main_character),
		cmocka_unit_test(a_double_or_final_escape_shows_a_space),
		cmocka_unit_test(an_octet_above_127_is_read_as_latin1_and_flagged),
		cmocka_unit_test(national_tables_replace_the_main_and_the_escape_table),
		cmocka_unit_test(an_unknown_language_is_read_by_the_default_tables),
		cmocka_unit_test(an_empty_place_of_a_main_table_shows_as_replaced),
		cmocka_unit_test(languages_have_names),
		cmocka_unit_test(every_character_of_every_table_survives_a_round_trip),
		cmocka_unit_test(a_character_outside_the_tables_is_refused),
		cmocka_unit_test(eight_septets_pack_into_seven_octets),
		cmocka_unit_test(fill_bits_align_the_text_behind_a_header),
		cmocka_unit_test(packing_survives_a_round_trip_at_every_length_and_fill),
		cmocka_unit_test(seven_zero_bits_at_the_end_are_padding),
		cmocka_unit_test(a_final_cr_that_ends_with_an_octet_is_padding),
		cmocka_unit_test(packing_may_be_done_in_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
