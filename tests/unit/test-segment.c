#include "smpp/segment.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(literal) ((struct span){(const uint8_t *)(literal), sizeof(literal) - 1})

static const struct segment_options gsm7 = {.default_alphabet = CODING_GSM7};

/* `count` times `unit`, in storage that the next call takes over. */
static struct span repeat(const char *unit, unsigned count)
{
	static uint8_t at[64 * 1024];
	size_t length = strlen(unit), octets = length * count;

	for (size_t i = 0; i < octets; i++)
		at[i] = (uint8_t)unit[i % length];
	return (struct span){at, octets};
}

static struct segment_plan plan(struct span text, const struct segment_options *options)
{
	struct segment_plan plan;

	assert_int_equal(segment_plan(text, options, &plan), 0);
	return plan;
}

static void expect(struct span text, const struct segment_options *options, enum coding coding,
		   unsigned segments, unsigned left)
{
	struct segment_plan made = plan(text, options);

	assert_int_equal(made.coding, coding);
	assert_int_equal(made.segments, segments);
	assert_int_equal(made.units_left, left);
}

static void septets_count_160_alone_and_153_in_a_row(void **state)
{
	(void)state;
	expect(repeat("a", 0), &gsm7, CODING_GSM7, 1, 160);
	expect(repeat("a", 1), &gsm7, CODING_GSM7, 1, 159);
	expect(repeat("a", 160), &gsm7, CODING_GSM7, 1, 0);
	expect(repeat("a", 161), &gsm7, CODING_GSM7, 2, 145);
	expect(repeat("a", 306), &gsm7, CODING_GSM7, 2, 0);
	expect(repeat("a", 307), &gsm7, CODING_GSM7, 3, 152);
	expect(repeat("a", 153 * 255), &gsm7, CODING_GSM7, 255, 0);
}

static void utf16_units_count_70_alone_and_67_in_a_row(void **state)
{
	(void)state;
	expect(repeat("你", 70), &gsm7, CODING_UCS2, 1, 0);
	expect(repeat("你", 71), &gsm7, CODING_UCS2, 2, 63);
	expect(repeat("你", 134), &gsm7, CODING_UCS2, 2, 0);
	expect(repeat("你", 135), &gsm7, CODING_UCS2, 3, 66);
	expect(repeat("😀", 35), &gsm7, CODING_UCS2, 1, 0);
}

static void latin1_octets_count_140_alone_and_134_in_a_row(void **state)
{
	(void)state;
	struct segment_options latin1 = {.default_alphabet = CODING_LATIN1};

	expect(repeat("ê", 140), &latin1, CODING_LATIN1, 1, 0);
	expect(repeat("ê", 141), &latin1, CODING_LATIN1, 2, 127);
	expect(repeat("ê", 268), &latin1, CODING_LATIN1, 2, 0);
	assert_int_equal(plan(TEXT("ê"), &latin1).data_coding, 0);
}

static void a_16_bit_reference_costs_a_unit_more(void **state)
{
	(void)state;
	struct segment_options options = {.concatenation = SEGMENT_UDH16};

	expect(repeat("a", 304), &options, CODING_GSM7, 2, 0);
	expect(repeat("a", 305), &options, CODING_GSM7, 3, 151);
	expect(repeat("你", 132), &options, CODING_UCS2, 2, 0);
	expect(repeat("你", 133), &options, CODING_UCS2, 3, 65);
	options.default_alphabet = CODING_LATIN1;
	expect(repeat("ê", 266), &options, CODING_LATIN1, 2, 0);
	expect(repeat("ê", 267), &options, CODING_LATIN1, 3, 132);
}

static void the_first_character_that_forced_ucs2_is_named(void **state)
{
	(void)state;
	struct segment_plan made = plan(TEXT("caf\xC3\xA9 \xE4\xBD\xA0\xE5\xA5\xBD"), &gsm7);

	assert_int_equal(made.coding, CODING_UCS2);
	assert_int_equal(made.data_coding, 8);
	assert_true(made.forced);
	assert_int_equal(made.forced_point, 0x4F60);
	assert_int_equal(made.forced_offset, 6);
	assert_false(plan(TEXT("€{}"), &gsm7).forced);
}

static void an_escape_pair_is_never_parted(void **state)
{
	(void)state;
	uint8_t text[161];
	struct segment_plan made;

	memset(text, 'a', sizeof(text));
	text[152] = '{';
	made = plan((struct span){text, 160}, &gsm7);
	assert_int_equal(made.units, 161);
	assert_int_equal(made.segments, 2);
	assert_int_equal(made.starts[1], 152);

	uint8_t octets[SEGMENT_OCTETS_MAX];
	struct segment out = {.octets = octets, .capacity = sizeof(octets)};
	assert_int_equal(segment_build(&made, (struct span){text, 160}, 0, 7, &out), 0);
	assert_int_equal(out.length, 6 + 152);
	assert_int_equal(segment_build(&made, (struct span){text, 160}, 1, 7, &out), 0);
	assert_memory_equal(octets, "\x05\x00\x03\x07\x02\x02\x1B\x28", 8);
}

static void a_surrogate_pair_is_never_parted(void **state)
{
	(void)state;
	uint8_t text[66 * 3 + 4 + 5 * 3];
	struct span span = {text, sizeof(text)};

	memcpy(text, repeat("你", 71).at, sizeof(text));
	utf8_put(0x1F600, text + 198);
	memcpy(text + 202, repeat("你", 5).at, 15);
	struct segment_plan made = plan(span, &gsm7);
	assert_int_equal(made.segments, 2);
	assert_int_equal(made.starts[1], 198);

	uint8_t octets[SEGMENT_OCTETS_MAX];
	struct segment out = {.octets = octets, .capacity = sizeof(octets)};
	assert_int_equal(segment_build(&made, span, 1, 0x1FF, &out), 0);
	assert_memory_equal(octets, "\x05\x00\x03\xFF\x02\x02\xD8\x3D\xDE\x00", 10);
}

static void a_single_segment_has_no_header(void **state)
{
	(void)state;
	uint8_t octets[SEGMENT_OCTETS_MAX];
	struct segment out = {.octets = octets, .capacity = sizeof(octets)};
	struct segment_plan made = plan(TEXT("hi @ €"), &gsm7);

	assert_int_equal(segment_build(&made, TEXT("hi @ €"), 0, 9, &out), 0);
	assert_int_equal(out.esm_class, 0);
	assert_int_equal(out.data_coding, 0);
	assert_int_equal(out.length, 7);
	assert_memory_equal(octets, "hi \x00 \x1B\x65", 7);
	assert_int_equal(segment_build(&made, TEXT("hi @ €"), 1, 9, &out), -EINVAL);
	assert_int_equal(segment_build(&made, TEXT("other"), 0, 9, &out), -EINVAL);
	out.capacity = 6;
	assert_int_equal(segment_build(&made, TEXT("hi @ €"), 0, 9, &out), -EMSGSIZE);
}

static void a_packed_carrier_gets_140_octets(void **state)
{
	(void)state;
	struct segment_options options = {.default_alphabet = CODING_GSM7_PACKED};
	uint8_t octets[SEGMENT_OCTETS_MAX];
	struct segment out = {.octets = octets, .capacity = sizeof(octets)};
	struct span text = repeat("a", 160);
	struct segment_plan made = plan(text, &options);

	assert_int_equal(segment_build(&made, text, 0, 1, &out), 0);
	assert_int_equal(out.length, 140);
	text = repeat("a", 306);
	made = plan(text, &options);
	assert_int_equal(segment_build(&made, text, 0, 1, &out), 0);
	assert_int_equal(out.length, 140);
	assert_int_equal(out.esm_class, 0x40);
	/* One fill bit after six octets of header: "a" is 0x61 << 1. */
	assert_int_equal(octets[6], 0xC2);
}

static void sar_says_it_in_tlvs_and_keeps_the_whole_reference(void **state)
{
	(void)state;
	struct segment_options options = {.concatenation = SEGMENT_SAR};
	uint8_t octets[SEGMENT_OCTETS_MAX];
	struct segment out = {.octets = octets, .capacity = sizeof(octets)};
	struct span text = repeat("a", 200);
	struct segment_plan made = plan(text, &options);

	assert_int_equal(segment_build(&made, text, 1, 0xABCD, &out), 0);
	assert_int_equal(out.esm_class, 0);
	assert_int_equal(out.length, 200 - 152);
	assert_int_equal(out.sar.kind, UDH_CONCAT_SAR);
	assert_int_equal(out.sar.reference, 0xABCD);
	assert_int_equal(out.sar.total, 2);
	assert_int_equal(out.sar.number, 2);
}

static void a_payload_is_one_submit(void **state)
{
	(void)state;
	struct segment_options options = {.concatenation = SEGMENT_PAYLOAD};
	static uint8_t octets[SEGMENT_PAYLOAD_MAX];
	struct segment out = {.octets = octets, .capacity = sizeof(octets)};
	struct span text = repeat("a", 153 * 255);
	struct segment_plan made = plan(text, &options);

	assert_int_equal(made.segments, 255);
	assert_int_equal(made.submits, 1);
	assert_int_equal(segment_build(&made, text, 0, 1, &out), 0);
	assert_true(out.payload);
	assert_int_equal(out.length, text.length);
	made = plan(TEXT("short"), &options);
	assert_int_equal(segment_build(&made, TEXT("short"), 0, 1, &out), 0);
	assert_false(out.payload);
}

static void latin1_saves_segments_where_the_carrier_takes_it(void **state)
{
	(void)state;
	struct segment_options options = {.latin1 = true};
	struct segment_plan made = plan(repeat("ê", 140), &options);

	assert_int_equal(made.coding, CODING_LATIN1);
	assert_int_equal(made.data_coding, 3);
	assert_int_equal(made.segments, 1);
	expect(repeat("ê", 140), &gsm7, CODING_UCS2, 3, 61);
	expect(TEXT("ê你"), &options, CODING_UCS2, 1, 68);
}

static void ascii_counts_what_gsm_will_make_of_it(void **state)
{
	(void)state;
	struct segment_options ascii = {.default_alphabet = CODING_ASCII};

	expect(repeat("a", 160), &ascii, CODING_ASCII, 1, 0);
	expect(repeat("[", 80), &ascii, CODING_ASCII, 1, 0);
	expect(repeat("[", 81), &ascii, CODING_ASCII, 2, 143);
	expect(TEXT("é"), &ascii, CODING_UCS2, 1, 69);
}

static void smart_punctuation_is_folded_only_when_allowed_and_needed(void **state)
{
	(void)state;
	struct segment_options folding = {.fold = true};
	struct span text = TEXT("It’s “fine” – really…");
	uint8_t octets[SEGMENT_OCTETS_MAX];
	struct segment out = {.octets = octets, .capacity = sizeof(octets)};
	struct segment_plan made = plan(text, &folding);

	assert_int_equal(made.coding, CODING_GSM7);
	assert_true(made.folded);
	assert_int_equal(segment_build(&made, text, 0, 0, &out), 0);
	assert_int_equal(out.length, 23);
	assert_memory_equal(octets, "It's \"fine\" - really...", 23);

	made = plan(text, &gsm7);
	assert_int_equal(made.coding, CODING_UCS2);
	assert_int_equal(made.forced_point, 0x2019);

	made = plan(TEXT("It’s 你"), &folding);
	assert_int_equal(made.coding, CODING_UCS2);
	assert_false(made.folded);
	assert_int_equal(made.forced_point, 0x4F60);
}

static void a_shift_table_is_used_where_it_saves_a_segment(void **state)
{
	(void)state;
	struct segment_options turkish = {.languages = 1 << GSM7_TURKISH};
	struct segment_plan made = plan(TEXT("ş"), &turkish);
	uint8_t octets[SEGMENT_OCTETS_MAX];
	struct segment out = {.octets = octets, .capacity = sizeof(octets)};

	assert_int_equal(made.coding, CODING_UCS2);

	/* 155 septets remain beside the four octets of a header with one shift. */
	made = plan(repeat("ş", 155), &turkish);
	assert_int_equal(made.coding, CODING_GSM7);
	assert_int_equal(made.segments, 1);
	assert_int_equal(made.shift.locking, GSM7_TURKISH);
	assert_int_equal(made.shift.single, GSM7_DEFAULT);
	assert_int_equal(made.units_left, 0);
	assert_int_equal(segment_build(&made, repeat("ş", 155), 0, 0, &out), 0);
	assert_int_equal(out.esm_class, 0x40);
	assert_int_equal(out.length, 4 + 155);
	assert_memory_equal(octets, "\x03\x25\x01\x01\x1D", 5);

	/* A table that is not allowed is not used. */
	expect(repeat("ş", 155), &gsm7, CODING_UCS2, 3, 46);
	turkish.concatenation = SEGMENT_SAR;
	expect(repeat("ş", 155), &turkish, CODING_UCS2, 3, 43);
}

static void a_single_shift_serves_a_text_with_a_few_such_letters(void **state)
{
	(void)state;
	struct segment_options spanish = {.languages = 1 << GSM7_SPANISH};
	uint8_t text[102];

	memset(text, 'a', sizeof(text));
	utf8_put(0xED, text);
	struct segment_plan made = plan((struct span){text, sizeof(text)}, &spanish);
	assert_int_equal(made.segments, 1);
	assert_int_equal(made.shift.single, GSM7_SPANISH);
	assert_int_equal(made.units, 102);
}

/* A word of thanks, or a greeting, in each language of another script. */
static const struct {
	uint8_t language;
	const char *word;
} words[] = {
	{GSM7_BENGALI, "ধন্যবাদ "}, {GSM7_GUJARATI, "આભાર "},  {GSM7_HINDI, "धन्यवाद "},
	{GSM7_KANNADA, "ಧನ್ಯವಾದ "}, {GSM7_MALAYALAM, "നന്ദി "}, {GSM7_ORIYA, "ନମସ୍କାର "},
	{GSM7_PUNJABI, "ਧੰਨਵਾਦ "},  {GSM7_TAMIL, "நன்றி "},     {GSM7_TELUGU, "ధన్యవాదాలు "},
	{GSM7_URDU, "شکریہ "},
};

static void travel(const struct segment_plan *made, struct span text)
{
	struct coding_decoder decoder;
	struct utf8_buffer read;
	uint8_t at[4096];

	utf8_buffer_init(&read, at, sizeof(at));
	coding_decoder_init(&decoder, made->coding, made->shift);
	for (unsigned i = 0; i < made->submits; i++) {
		uint8_t octets[SEGMENT_OCTETS_MAX];
		struct segment out = {.octets = octets, .capacity = sizeof(octets)};
		struct udh udh;

		assert_int_equal(segment_build(made, text, i, 7, &out), 0);
		udh_read((struct span){octets, out.length}, &udh);
		assert_int_equal(udh.shift.locking, made->shift.locking);
		assert_int_equal(udh.shift.single, made->shift.single);
		struct span body = {octets + udh.length, out.length - udh.length};
		coding_decoder_feed(&decoder, body, gsm7_fill_bits(udh.length), &read);
	}
	coding_decoder_end(&decoder, &read);
	assert_int_equal(read.length, text.length);
	assert_memory_equal(at, text.at, text.length);
}

static void each_language_is_written_with_its_own_tables_when_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct span text = repeat(words[i].word, 20);
		uint16_t bit = (uint16_t)(1u << words[i].language);
		struct segment_options options = {.languages = bit};
		struct segment_plan made = plan(text, &options);

		assert_int_equal(made.coding, CODING_GSM7);
		assert_int_equal(made.data_coding, 0);
		assert_int_equal(made.shift.locking, words[i].language);
		assert_int_equal(made.shift.single, GSM7_DEFAULT);
		travel(&made, text);

		options.languages = 0x3FFE;
		assert_int_equal(plan(text, &options).shift.locking, words[i].language);
		options.default_alphabet = CODING_GSM7_PACKED;
		made = plan(text, &options);
		assert_int_equal(made.coding, CODING_GSM7_PACKED);
		travel(&made, text);
	}
}

static void a_table_that_the_carrier_does_not_allow_is_never_used(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		uint16_t bit = (uint16_t)(1u << words[i].language);
		struct segment_options options = {.languages = (uint16_t)~bit};
		struct segment_plan made = plan(repeat(words[i].word, 20), &options);

		assert_int_equal(made.coding, CODING_UCS2);
		assert_int_equal(made.shift.locking, GSM7_DEFAULT);
		assert_int_equal(made.shift.single, GSM7_DEFAULT);
	}
}

static void digits_and_capitals_of_a_language_take_both_tables(void **state)
{
	(void)state;
	struct segment_options hindi = {.languages = 1 << GSM7_HINDI};
	struct span text = repeat("\u0915 OTP \u0967\u0968\u0969\u0964 ", 8);
	struct segment_plan made = plan(text, &hindi);

	/* Seven of eleven characters are behind an escape: 144 septets beside a header of seven. */
	assert_int_equal(made.segments, 1);
	assert_int_equal(made.shift.locking, GSM7_HINDI);
	assert_int_equal(made.shift.single, GSM7_HINDI);
	assert_int_equal(made.units, 144);
	assert_int_equal(made.units_each, 152);
	travel(&made, text);
	/* A text that fits one segment as it is gets no table. */
	assert_int_equal(plan(repeat("\u0915", 70), &hindi).coding, CODING_UCS2);
}

static void flash_is_a_class_in_data_coding(void **state)
{
	(void)state;
	struct segment_options flash = {.flash = true};
	uint8_t octets[SEGMENT_OCTETS_MAX];
	struct segment out = {.octets = octets, .capacity = sizeof(octets)};
	struct segment_plan made = plan(TEXT("hi"), &flash);

	assert_int_equal(segment_build(&made, TEXT("hi"), 0, 0, &out), 0);
	assert_int_equal(out.data_coding, 0x10);
	assert_int_equal(coding_of(out.data_coding, CODING_GSM7).message_class, 0);
	made = plan(TEXT("\u4F60"), &flash);
	assert_int_equal(segment_build(&made, TEXT("\u4F60"), 0, 0, &out), 0);
	assert_int_equal(out.data_coding, 0x18);
	assert_int_equal(coding_of(out.data_coding, CODING_GSM7).message_class, 0);

	flash.default_alphabet = CODING_LATIN1;
	assert_int_equal(plan(TEXT("\u00EA"), &flash).data_coding, 0x10);
	flash.languages = 1 << GSM7_HINDI;
	flash.default_alphabet = CODING_GSM7;
	made = plan(repeat("\u0915", 80), &flash);
	assert_int_equal(made.data_coding, 0x10);
	assert_int_equal(made.shift.locking, GSM7_HINDI);
}

static void flash_does_without_a_data_coding_that_has_no_class(void **state)
{
	(void)state;
	struct segment_options options = {.latin1 = true};
	struct span text = repeat("\u00EA", 140);

	assert_int_equal(plan(text, &options).data_coding, 3);
	options.flash = true;
	assert_int_equal(plan(text, &options).data_coding, 0x18);
	assert_int_equal(plan(text, &options).segments, 3);
}

static void too_long_a_text_is_refused(void **state)
{
	(void)state;
	struct segment_options options = {.segments_max = 3};
	struct segment_plan made;

	assert_int_equal(segment_plan(repeat("a", 153 * 255 + 1), &gsm7, &made), -E2BIG);
	assert_int_equal(segment_plan(repeat("a", 459), &options, &made), 0);
	assert_int_equal(segment_plan(repeat("a", 460), &options, &made), -E2BIG);
	options.segments_max = 1;
	assert_int_equal(segment_plan(repeat("a", 160), &options, &made), 0);
	assert_int_equal(segment_plan(repeat("a", 161), &options, &made), -E2BIG);
	options.concatenation = SEGMENT_PAYLOAD;
	assert_int_equal(segment_plan(repeat("a", 161), &options, &made), -E2BIG);
}

static void bad_text_and_bad_options_are_refused(void **state)
{
	(void)state;
	struct segment_options options = {.segments_max = 256};
	struct segment_plan made;

	assert_int_equal(segment_plan(TEXT("a\xFF"), &gsm7, &made), -EILSEQ);
	assert_int_equal(segment_plan(TEXT("你\xED\xA0\x80"), &gsm7, &made), -EILSEQ);
	assert_int_equal(segment_plan(TEXT("a"), &options, &made), -EINVAL);
	options = (struct segment_options){.default_alphabet = CODING_UCS2};
	assert_int_equal(segment_plan(TEXT("a"), &options, &made), -EINVAL);
}

static void a_plan_is_described_in_a_line_or_in_json(void **state)
{
	(void)state;
	char line[512];
	struct segment_plan made = plan(TEXT("hi 你"), &gsm7);

	int length = segment_describe(&made, false, line, sizeof(line));
	assert_int_equal(length, strlen(line));
	assert_string_equal(line, "coding=ucs2 data_coding=8 segments=1 units=4 left=66 "
				  "forced=U+4F60@3");
	assert_true(segment_describe(&made, true, line, sizeof(line)) > 0);
	assert_string_equal(line,
			    "{\"coding\":\"ucs2\",\"data_coding\":8,\"segments\":1,\"submits\":1,"
			    "\"units\":4,\"left\":66,\"each\":70,\"locking\":0,\"single\":0,"
			    "\"folded\":false,\"forced\":{\"point\":\"U+4F60\",\"offset\":3}}");
	assert_int_equal(segment_describe(&made, false, line, 10), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(septets_count_160_alone_and_153_in_a_row),
		cmocka_unit_test(utf16_units_count_70_alone_and_67_in_a_row),
		cmocka_unit_test(latin1_octets_count_140_alone_and_134_in_a_row),
		cmocka_unit_test(a_16_bit_reference_costs_a_unit_more),
		cmocka_unit_test(the_first_character_that_forced_ucs2_is_named),
		cmocka_unit_test(an_escape_pair_is_never_parted),
		cmocka_unit_test(a_surrogate_pair_is_never_parted),
		cmocka_unit_test(a_single_segment_has_no_header),
		cmocka_unit_test(a_packed_carrier_gets_140_octets),
		cmocka_unit_test(sar_says_it_in_tlvs_and_keeps_the_whole_reference),
		cmocka_unit_test(a_payload_is_one_submit),
		cmocka_unit_test(latin1_saves_segments_where_the_carrier_takes_it),
		cmocka_unit_test(ascii_counts_what_gsm_will_make_of_it),
		cmocka_unit_test(smart_punctuation_is_folded_only_when_allowed_and_needed),
		cmocka_unit_test(a_shift_table_is_used_where_it_saves_a_segment),
		cmocka_unit_test(a_single_shift_serves_a_text_with_a_few_such_letters),
		cmocka_unit_test(each_language_is_written_with_its_own_tables_when_allowed),
		cmocka_unit_test(a_table_that_the_carrier_does_not_allow_is_never_used),
		cmocka_unit_test(digits_and_capitals_of_a_language_take_both_tables),
		cmocka_unit_test(flash_is_a_class_in_data_coding),
		cmocka_unit_test(flash_does_without_a_data_coding_that_has_no_class),
		cmocka_unit_test(too_long_a_text_is_refused),
		cmocka_unit_test(bad_text_and_bad_options_are_refused),
		cmocka_unit_test(a_plan_is_described_in_a_line_or_in_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
