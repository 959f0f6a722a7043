#include "smpp/coding.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define OCTETS(literal) ((struct span){(const uint8_t *)(literal), sizeof(literal) - 1})

static unsigned decode(enum coding coding, struct span body, const char *text)
{
	struct utf8_buffer out;
	uint8_t at[256];
	unsigned flags = ~0u;

	utf8_buffer_init(&out, at, CODING_TEXT_MAX(body.length));
	assert_int_equal(coding_decode(coding, body, &out, &flags), 0);
	assert_int_equal(out.length, strlen(text));
	assert_memory_equal(at, text, out.length);
	return flags;
}

static void data_coding_means_what_the_standards_say(void **state)
{
	(void)state;
	static const struct {
		uint8_t data_coding;
		enum coding coding;
		int message_class;
	} rows[] = {
		{0x00, CODING_GSM7, CODING_NO_CLASS},
		{0x01, CODING_ASCII, CODING_NO_CLASS},
		{0x02, CODING_BINARY, CODING_NO_CLASS},
		{0x03, CODING_LATIN1, CODING_NO_CLASS},
		{0x04, CODING_BINARY, CODING_NO_CLASS},
		{0x05, CODING_UNKNOWN, CODING_NO_CLASS},
		{0x08, CODING_UCS2, CODING_NO_CLASS},
		{0x0E, CODING_UNKNOWN, CODING_NO_CLASS},
		{0x10, CODING_GSM7, 0},
		{0x15, CODING_BINARY, 1},
		{0x18, CODING_UCS2, 0},
		{0x1C, CODING_UNKNOWN, 0},
		{0x20, CODING_UNKNOWN, CODING_NO_CLASS},
		{0x80, CODING_UNKNOWN, CODING_NO_CLASS},
		{0xC8, CODING_GSM7, CODING_NO_CLASS},
		{0xE0, CODING_UCS2, CODING_NO_CLASS},
		{0xF0, CODING_GSM7, 0},
		{0xF2, CODING_GSM7, 2},
		{0xF5, CODING_BINARY, 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct coding_meaning meaning = coding_of(rows[i].data_coding, CODING_GSM7);
		assert_int_equal(meaning.coding, rows[i].coding);
		assert_int_equal(meaning.message_class, rows[i].message_class);
	}
}

static void zero_is_the_default_alphabet_of_the_carrier(void **state)
{
	(void)state;
	assert_int_equal(coding_of(0, CODING_LATIN1).coding, CODING_LATIN1);
	assert_int_equal(coding_of(0, CODING_GSM7_PACKED).coding, CODING_GSM7_PACKED);
	assert_int_equal(coding_of(0xF0, CODING_ASCII).coding, CODING_ASCII);
}

static void each_coding_is_decoded_to_utf8(void **state)
{
	(void)state;
	assert_int_equal(decode(CODING_GSM7, OCTETS("\x00 \x1B\x65"), "@ €"), 0);
	assert_int_equal(decode(CODING_GSM7_PACKED, OCTETS("\xE8\x32\x9B\xFD\x46\x97\xD9\xEC\x37"),
				"hellohello"),
			 0);
	assert_int_equal(decode(CODING_ASCII, OCTETS("a@b"), "a@b"), 0);
	assert_int_equal(decode(CODING_LATIN1, OCTETS("caf\xE9"), "café"), 0);
	assert_int_equal(decode(CODING_UCS2, OCTETS("\x20\xAC\xD8\x3D\xDE\x00"), "€😀"), 0);
	assert_int_equal(decode(CODING_GSM7, OCTETS(""), ""), 0);
}

static void what_is_not_text_is_shown_as_hex(void **state)
{
	(void)state;
	assert_int_equal(decode(CODING_BINARY, OCTETS("\x00\xFF\x1A"), "00ff1a"),
			 CODING_FLAG_BINARY);
	assert_int_equal(decode(CODING_UNKNOWN, OCTETS("\x0B"), "0b"), CODING_FLAG_UNKNOWN);
}

static void oddities_are_flagged_and_nothing_is_dropped(void **state)
{
	(void)state;
	assert_int_equal(decode(CODING_ASCII, OCTETS("\xE9"), "é"), CODING_FLAG_FOREIGN);
	assert_int_equal(decode(CODING_GSM7, OCTETS("\xE9"), "é"), CODING_FLAG_FOREIGN);
	assert_int_equal(decode(CODING_GSM7, OCTETS("a\x1B"), "a "), CODING_FLAG_ESCAPE);
	assert_int_equal(decode(CODING_UCS2, OCTETS("\0a\0"), "a\xEF\xBF\xBD"),
			 CODING_FLAG_ODD_LENGTH);
	assert_int_equal(decode(CODING_UCS2, OCTETS("\xDC\0"), "\xEF\xBF\xBD"),
			 CODING_FLAG_LONE_SURROGATE);
}

static void too_small_a_buffer_is_an_error(void **state)
{
	(void)state;
	struct utf8_buffer out;
	uint8_t at[4];
	unsigned flags;

	utf8_buffer_init(&out, at, sizeof(at));
	assert_int_equal(coding_decode(CODING_LATIN1, OCTETS("abcde"), &out, &flags), -EMSGSIZE);
}

static void a_name_is_read_back_when_it_can_be_an_alphabet(void **state)
{
	(void)state;
	enum coding alphabet;

	for (enum coding coding = CODING_GSM7; coding <= CODING_LATIN1; coding++) {
		assert_int_equal(coding_alphabet(coding_name(coding), &alphabet), 0);
		assert_int_equal(alphabet, coding);
	}
	assert_int_equal(coding_alphabet("ucs2", &alphabet), -EINVAL);
	assert_int_equal(coding_alphabet("", &alphabet), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_coding_means_what_the_standards_say),
		cmocka_unit_test(zero_is_the_default_alphabet_of_the_carrier),
		cmocka_unit_test(each_coding_is_decoded_to_utf8),
		cmocka_unit_test(what_is_not_text_is_shown_as_hex),
		cmocka_unit_test(oddities_are_flagged_and_nothing_is_dropped),
		cmocka_unit_test(too_small_a_buffer_is_an_error),
		cmocka_unit_test(a_name_is_read_back_when_it_can_be_an_alphabet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
