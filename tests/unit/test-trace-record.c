#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/trace_record.h"
#include "smpp/pdu_json.h"

static size_t unhex(const char *hex, uint8_t *out)
{
	int length = pdu_json_unhex((struct span){(const uint8_t *)hex, strlen(hex)}, out, 1024);

	assert_true(length > 0);
	return (size_t)length;
}

static void hidden(const char *before, unsigned hide, const char *after)
{
	uint8_t octets[1024], expected[1024];
	size_t length = unhex(before, octets);

	assert_int_equal(unhex(after, expected), length);
	trace_hide(octets, length, hide);
	assert_memory_equal(octets, expected, length);
}

static void a_record_comes_back_as_it_went(void **state)
{
	static const uint8_t pdu[4] = {1, 2, 3, 4};
	const struct trace_record record = {true, 513, 0x0102030405060708u, 77, {pdu, 4}};
	uint8_t octets[2 * (TRACE_RECORD_HEADER + 4)];
	struct span rest = {octets, sizeof(octets)};
	struct trace_record read;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		trace_record_put(&record, octets + i * (TRACE_RECORD_HEADER + 4));
		memcpy(octets + i * (TRACE_RECORD_HEADER + 4) + TRACE_RECORD_HEADER, pdu, 4);
	}
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(trace_record_next(&rest, &read), 0);
		assert_true(read.out);
		assert_int_equal(read.bind, 513);
		assert_true(read.at_us == 0x0102030405060708u);
		assert_int_equal(read.dropped, 77);
		assert_int_equal(read.pdu.length, 4);
		assert_memory_equal(read.pdu.at, pdu, 4);
	}
	assert_int_equal(trace_record_next(&rest, &read), -ENODATA);
}

static void a_cut_record_is_no_record(void **state)
{
	const struct trace_record record = {.pdu = {NULL, 16}};
	uint8_t octets[TRACE_RECORD_HEADER + 16] = {0};
	struct trace_record read;

	(void)state;
	trace_record_put(&record, octets);
	for (size_t length = 1; length < sizeof(octets); length++) {
		struct span rest = {octets, length};
		assert_int_equal(trace_record_next(&rest, &read), -EPROTO);
	}
	octets[0] = 2;
	struct span rest = {octets, sizeof(octets)};
	assert_int_equal(trace_record_next(&rest, &read), -EPROTO);
}

static void a_password_becomes_stars(void **state)
{
	(void)state;
	hidden("00000020 00000009 00000000 00000001 61622200 73656372657400 00 34 01 01 00",
	       TRACE_HIDE_PASSWORD,
	       "00000020 00000009 00000000 00000001 61622200 2A2A2A2A2A2A00 00 34 01 01 00");
}

static void a_bind_that_cannot_be_read_shows_its_header_only(void **state)
{
	(void)state;
	hidden("00000017 00000009 00000000 00000001 61 73656372 6574", TRACE_HIDE_PASSWORD,
	       "00000017 00000009 00000000 00000001 00 00000000 0000");
}

static void numbers_keep_their_last_four_digits(void **state)
{
	(void)state;
	hidden("00000030 00000004 00000000 00000001 00 0101 31353535303100 0101 3132333400 "
	       "00 00 00 00 00 01 00 00 00 05 68656C6C6F",
	       TRACE_HIDE_NUMBERS,
	       "00000030 00000004 00000000 00000001 00 0101 2A2A3535303100 0101 3132333400 "
	       "00 00 00 00 00 01 00 00 00 05 68656C6C6F");
}

static void a_text_becomes_crosses_and_its_udh_stays(void **state)
{
	(void)state;
	hidden("0000002D 00000004 00000000 00000001 00 0101 3100 0101 3200 "
	       "40 00 00 00 00 01 00 00 00 0A 050003AA0201 68656C6C",
	       TRACE_HIDE_TEXT,
	       "0000002D 00000004 00000000 00000001 00 0101 3100 0101 3200 "
	       "40 00 00 00 00 01 00 00 00 0A 050003AA0201 78787878");
}

static void a_message_payload_is_text_as_well(void **state)
{
	(void)state;
	hidden("0000002B 00000004 00000000 00000001 00 0101 3100 0101 3200 "
	       "00 00 00 00 00 01 00 00 00 00 0424 0004 68656C6C",
	       TRACE_HIDE_TEXT,
	       "0000002B 00000004 00000000 00000001 00 0101 3100 0101 3200 "
	       "00 00 00 00 00 01 00 00 00 00 0424 0004 78787878");
}

/* "id:7 stat:DELIVRD text:hell" */
static void of_a_receipt_only_the_words_of_the_message_are_hidden(void **state)
{
	(void)state;
	hidden("0000003E 00000005 00000000 00000001 00 0101 3100 0101 3200 "
	       "04 00 00 00 00 00 00 00 00 1B 69643A3720737461743A44454C4956524420 746578743A "
	       "68656C6C",
	       TRACE_HIDE_TEXT,
	       "0000003E 00000005 00000000 00000001 00 0101 3100 0101 3200 "
	       "04 00 00 00 00 00 00 00 00 1B 69643A3720737461743A44454C4956524420 746578743A "
	       "78787878");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_comes_back_as_it_went),
		cmocka_unit_test(a_cut_record_is_no_record),
		cmocka_unit_test(a_password_becomes_stars),
		cmocka_unit_test(a_bind_that_cannot_be_read_shows_its_header_only),
		cmocka_unit_test(numbers_keep_their_last_four_digits),
		cmocka_unit_test(a_text_becomes_crosses_and_its_udh_stays),
		cmocka_unit_test(a_message_payload_is_text_as_well),
		cmocka_unit_test(of_a_receipt_only_the_words_of_the_message_are_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
