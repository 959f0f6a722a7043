#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "smpp/tlv.h"

#define SPAN(...)                                                                                  \
	((struct span){(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})})

static void parameters_come_in_their_order(void **state)
{
	(void)state;
	struct span rest = SPAN(0x02, 0x0C, 0, 2, 0x12, 0x34, 0x04, 0x27, 0, 1, 2);
	struct tlv tlv;

	assert_true(tlv_next(&rest, &tlv));
	assert_int_equal(tlv.tag, TLV_SAR_MSG_REF_NUM);
	assert_memory_equal(tlv.value.at, "\x12\x34", 2);
	assert_true(tlv_next(&rest, &tlv));
	assert_int_equal(tlv.tag, TLV_MESSAGE_STATE);
	assert_int_equal(tlv.value.length, 1);
	assert_false(tlv_next(&rest, &tlv));
	assert_int_equal(rest.length, 0);
}

static void a_length_past_the_end_is_no_parameter(void **state)
{
	(void)state;
	struct span rest = SPAN(0x04, 0x27, 0, 2, 2);
	struct tlv tlv;

	assert_false(tlv_next(&rest, &tlv));
	assert_int_equal(rest.length, 5);
	assert_int_equal(tlv_valid(rest).length, 0);
}

static void what_is_whole_is_kept_before_what_is_not(void **state)
{
	(void)state;
	struct span bytes = SPAN(0x04, 0x27, 0, 1, 2, 0xFF, 0xFF, 0xFF);

	assert_int_equal(tlv_valid(bytes).length, 5);
}

static void a_walk_ends_after_the_limit(void **state)
{
	(void)state;
	size_t count = (TLV_COUNT_MAX + 10) * TLV_HEADER_SIZE;
	uint8_t *octets = calloc(1, count);
	struct span value;

	assert_int_equal(tlv_valid((struct span){octets, count}).length,
			 TLV_COUNT_MAX * TLV_HEADER_SIZE);
	assert_false(tlv_find((struct span){octets, count}, 7, &value));
	free(octets);
}

static void a_number_is_read_at_whatever_length_it_has(void **state)
{
	(void)state;
	uint32_t number = 7;

	assert_true(tlv_number(SPAN(4, 0x27, 0, 1, 2), TLV_MESSAGE_STATE, 9, &number));
	assert_int_equal(number, 2);
	assert_true(tlv_number(SPAN(4, 0x27, 0, 4, 0, 0, 0, 5), TLV_MESSAGE_STATE, 9, &number));
	assert_int_equal(number, 5);
	assert_false(tlv_number(SPAN(4, 0x27, 0, 0), TLV_MESSAGE_STATE, 9, &number));
	assert_false(tlv_number(SPAN(4, 0x27, 0, 1, 10), TLV_MESSAGE_STATE, 9, &number));
	assert_false(tlv_number(SPAN(4, 0x27, 0, 5, 0, 0, 0, 0, 1), TLV_MESSAGE_STATE, 9, &number));
	assert_int_equal(number, 5);
}

static void a_text_loses_the_nuls_that_end_it(void **state)
{
	(void)state;
	struct span text;

	assert_true(tlv_text(SPAN(0, 0x1E, 0, 4, 'a', 'b', 0, 0), TLV_RECEIPTED_MESSAGE_ID, &text));
	assert_int_equal(text.length, 2);
	assert_true(tlv_text(SPAN(0, 0x1E, 0, 0), TLV_RECEIPTED_MESSAGE_ID, &text));
	assert_int_equal(text.length, 0);
}

static void what_is_written_is_read_back(void **state)
{
	(void)state;
	uint8_t out[16];

	assert_int_equal(tlv_put_u16(TLV_SAR_MSG_REF_NUM, 0xBEEF, out, sizeof(out)), 6);
	assert_memory_equal(out, "\x02\x0C\x00\x02\xBE\xEF", 6);
	assert_int_equal(tlv_put_u8(TLV_SAR_TOTAL_SEGMENTS, 3, out, sizeof(out)), 5);
	assert_memory_equal(out, "\x02\x0E\x00\x01\x03", 5);
	assert_int_equal(tlv_put_u8(TLV_SAR_TOTAL_SEGMENTS, 3, out, 4), -EMSGSIZE);
	assert_int_equal(tlv_put(1, (struct span){NULL, 65536}, out, sizeof(out)), -EINVAL);
}

static void a_tag_has_the_name_of_the_specification(void **state)
{
	(void)state;
	assert_string_equal(tlv_name(0x0424), "message_payload");
	assert_null(tlv_name(0x1401));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_come_in_their_order),
		cmocka_unit_test(a_length_past_the_end_is_no_parameter),
		cmocka_unit_test(what_is_whole_is_kept_before_what_is_not),
		cmocka_unit_test(a_walk_ends_after_the_limit),
		cmocka_unit_test(a_number_is_read_at_whatever_length_it_has),
		cmocka_unit_test(a_text_loses_the_nuls_that_end_it),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(a_tag_has_the_name_of_the_specification),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
