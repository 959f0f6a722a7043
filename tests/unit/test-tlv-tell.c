#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "smpp/tlv_tell.h"

static char mccmnc[] = "mccmnc", price[] = "price", raw[] = "raw", state[] = "state";
static const struct tlv_naming list[] = {
	{mccmnc, 0x1401, TLV_FORM_TEXT},
	{price, 0x1402, TLV_FORM_NUMBER},
	{raw, 0x1403, TLV_FORM_HEX},
	{state, 0x0427, TLV_FORM_NUMBER},
};
static const struct tlv_namings namings = {list, sizeof(list) / sizeof(list[0])};
static const struct tlv_namings nothing = {NULL, 0};

static void what_is_named_is_told_in_its_form_and_the_rest_in_hex(void **context)
{
	static const struct {
		const char *tlvs;
		size_t length;
		const char *told;
	} rows[] = {
		{"\x14\x01\x00\x05"
		 "26201",
		 9, "mccmnc 26201\n"},
		{"\x14\x01\x00\x06"
		 "26201\0",
		 10, "mccmnc 26201\n"},
		{"\x14\x01\x00\x00", 4, "mccmnc \n"},
		{"\x14\x01\x00\x02\xC3\xA9", 6, "mccmnc \xC3\xA9\n"},
		{"\x14\x01\x00\x02\xC3\x28", 6, "mccmnc 0xc328\n"},
		{"\x14\x01\x00\x03"
		 "a\nb",
		 7, "mccmnc 0x610a62\n"},
		{"\x14\x02\x00\x02\x01\x00", 6, "price 256\n"},
		{"\x14\x02\x00\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 12,
		 "price 18446744073709551615\n"},
		{"\x14\x02\x00\x09\x01\x02\x03\x04\x05\x06\x07\x08\x09", 13,
		 "price 0x010203040506070809\n"},
		{"\x14\x02\x00\x00", 4, "price 0x\n"},
		{"\x14\x03\x00\x02\x0A\xFF", 6, "raw 0x0aff\n"},
		{"\x15\x77\x00\x02\x01\x02", 6, "0x1577 0x0102\n"},
		{"\x04\x27\x00\x01\x02", 5, "state 2\n"},
		{"\x04\x24\x00\x01\x02", 5, ""}, /* the specification's, and nobody named it */
		{"\x14\x02\x00\x01\x07\x14\x01\x00\x01x\x14\x02\x00\x01\x08", 15,
		 "price 7\nmccmnc x\nprice 8\n"},
		{"\x14\x01\x00\x09x", 5, ""}, /* half a parameter */
		{"", 0, ""},
	};
	char out[TLV_TELL_SIZE];

	(void)context;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span tlvs = {(const uint8_t *)rows[i].tlvs, rows[i].length};
		assert_int_equal(tlv_tell(tlvs, &namings, out), 0);
		assert_string_equal(out, rows[i].told);
	}
}

static void what_is_too_long_or_too_many_is_left_out_and_counted(void **context)
{
	static uint8_t many[TLV_TELL_COUNT_MAX + 3][4 + TLV_TELL_OCTETS_MAX];
	static uint8_t longer[4 + TLV_TELL_OCTETS_MAX + 1] = {0x20, 0x01, 0,
							      TLV_TELL_OCTETS_MAX + 1};
	char out[TLV_TELL_SIZE];

	(void)context;
	for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		memcpy(many[i], "\x20\x01\x00\x80", 4);
	assert_int_equal(tlv_tell((struct span){many[0], sizeof(many)}, &nothing, out), 3);
	assert_int_equal(strlen(out), TLV_TELL_COUNT_MAX * (6 + 1 + 2 + 256 + 1));
	assert_int_equal(tlv_tell((struct span){longer, sizeof(longer)}, &namings, out), 1);
	assert_string_equal(out, "");
}

static void a_value_needs_room(void **context)
{
	char out[64];

	(void)context;
	assert_int_equal(
		tlv_tell_value(TLV_FORM_TEXT, (struct span){(const uint8_t *)"a", 1}, out, 23),
		-EMSGSIZE);
	assert_int_equal(
		tlv_tell_value(TLV_FORM_TEXT, (struct span){(const uint8_t *)"a", 1}, out, 24), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_named_is_told_in_its_form_and_the_rest_in_hex),
		cmocka_unit_test(what_is_too_long_or_too_many_is_left_out_and_counted),
		cmocka_unit_test(a_value_needs_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
