#include "smpp/udh.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define OCTETS(literal) ((struct span){(const uint8_t *)(literal), sizeof(literal) - 1})

static void an_8_bit_concatenation_is_read(void **state)
{
	(void)state;
	struct udh udh;

	udh_read(OCTETS("\x05\x00\x03\x7A\x03\x02hello"), &udh);
	assert_false(udh.malformed);
	assert_int_equal(udh.length, 6);
	assert_int_equal(udh.concat.kind, UDH_CONCAT_REF8);
	assert_int_equal(udh.concat.reference, 0x7A);
	assert_int_equal(udh.concat.total, 3);
	assert_int_equal(udh.concat.number, 2);
}

static void a_16_bit_concatenation_is_read(void **state)
{
	(void)state;
	struct udh udh;

	udh_read(OCTETS("\x06\x08\x04\x12\x34\x02\x01"), &udh);
	assert_int_equal(udh.length, 7);
	assert_int_equal(udh.concat.kind, UDH_CONCAT_REF16);
	assert_int_equal(udh.concat.reference, 0x1234);
}

static void ports_and_shifts_stand_beside_a_concatenation(void **state)
{
	(void)state;
	struct udh udh;

	udh_read(OCTETS("\x11\x05\x04\x0B\x84\x23\xF0\x00\x03\x01\x02\x01\x24\x01\x02\x25\x01\x03"),
		 &udh);
	assert_int_equal(udh.length, 18);
	assert_true(udh.has_ports);
	assert_int_equal(udh.destination_port, 0x0B84);
	assert_int_equal(udh.source_port, 0x23F0);
	assert_int_equal(udh.concat.total, 2);
	assert_int_equal(udh.shift.single, GSM7_SPANISH);
	assert_int_equal(udh.shift.locking, GSM7_PORTUGUESE);
	udh_read(OCTETS("\x04\x04\x02\xE2\x10"), &udh);
	assert_int_equal(udh.destination_port, 0xE2);
	assert_int_equal(udh.source_port, 0x10);
}

static void an_unknown_element_is_skipped(void **state)
{
	(void)state;
	struct udh udh;

	udh_read(OCTETS("\x0A\x70\x03"
			"abc\x00\x03\x01\x02\x02"),
		 &udh);
	assert_false(udh.malformed);
	assert_int_equal(udh.ignored, 1);
	assert_int_equal(udh.concat.number, 2);
}

static void a_part_out_of_range_is_ignored(void **state)
{
	(void)state;
	static const struct span headers[] = {
		OCTETS("\x05\x00\x03\x01\x00\x01"),
		OCTETS("\x05\x00\x03\x01\x02\x00"),
		OCTETS("\x05\x00\x03\x01\x02\x03"),
		OCTETS("\x04\x00\x02\x01\x02"),
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct udh udh;
		udh_read(headers[i], &udh);
		assert_false(udh.malformed);
		assert_int_equal(udh.length, headers[i].length);
		assert_int_equal(udh.concat.kind, UDH_CONCAT_NONE);
		assert_int_equal(udh.ignored, 1);
	}
}

static void of_a_repeated_element_the_last_counts(void **state)
{
	(void)state;
	struct udh udh;

	udh_read(OCTETS("\x0A\x00\x03\x01\x02\x01\x00\x03\x09\x03\x02"), &udh);
	assert_int_equal(udh.concat.reference, 9);
	assert_int_equal(udh.concat.total, 3);
}

static void a_header_that_does_not_fit_its_lengths_is_malformed(void **state)
{
	(void)state;
	static const struct span headers[] = {
		OCTETS(""),			/* no length octet */
		OCTETS("\x05\x00\x03\x01\x02"), /* longer than the body */
		OCTETS("\xFF"
		       "abc"),			    /* the same, by far */
		OCTETS("\x05\x00\x04\x01\x02\x01"), /* an element past the header */
		OCTETS("\x01\x00"),		    /* half an element */
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct udh udh;
		udh_read(headers[i], &udh);
		assert_true(udh.malformed);
		assert_int_equal(udh.length, 0);
		assert_int_equal(udh.concat.kind, UDH_CONCAT_NONE);
	}
}

static void an_empty_header_is_one_octet(void **state)
{
	(void)state;
	struct udh udh;

	udh_read(OCTETS("\x00hello"), &udh);
	assert_false(udh.malformed);
	assert_int_equal(udh.length, 1);
}

static void sar_tlvs_say_the_same_as_a_header(void **state)
{
	(void)state;
	struct udh_concat concat =
		udh_concat_of_tlvs(OCTETS("\x02\x0F\x00\x01\x02\x04\x27\x00\x01\x06\x02\x0C\x00\x02"
					  "\xAB\xCD\x02\x0E\x00\x01\x03"));

	assert_int_equal(concat.kind, UDH_CONCAT_SAR);
	assert_int_equal(concat.reference, 0xABCD);
	assert_int_equal(concat.total, 3);
	assert_int_equal(concat.number, 2);
}

static void sar_tlvs_count_only_all_three_and_in_range(void **state)
{
	(void)state;
	static const struct span tlvs[] = {
		OCTETS(""),
		OCTETS("\x02\x0E\x00\x01\x03\x02\x0F\x00\x01\x02"),
		OCTETS("\x02\x0C\x00\x02\xAB\xCD\x02\x0E\x00\x01\x03"),
		OCTETS("\x02\x0C\x00\x02\xAB\xCD\x02\x0E\x00\x01\x03\x02\x0F\x00\x01\x04"),
		OCTETS("\x02\x0C\x00\x02\xAB\xCD\x02\x0E\x00\x01\x03\x02\x0F\x00\x01"),
		OCTETS("\x02\x0C\x00\x01\xAB\x02\x0E\x00\x01\x03\x02\x0F\x00\x01\x01"),
		OCTETS("\x02\x0C"),
	};

	for (size_t i = 0; i < sizeof(tlvs) / sizeof(tlvs[0]); i++)
		assert_int_equal(udh_concat_of_tlvs(tlvs[i]).kind, UDH_CONCAT_NONE);
}

static void what_is_written_is_read_back(void **state)
{
	(void)state;
	struct udh_concat concat = {UDH_CONCAT_REF16, 0x1234, 7, 3};
	struct gsm7_shift shift = {.locking = GSM7_TURKISH, .single = GSM7_SPANISH};
	uint8_t out[UDH_WRITE_MAX];
	struct udh udh;

	assert_int_equal(udh_write(&concat, shift, out), UDH_WRITE_MAX);
	assert_memory_equal(out, "\x0C\x08\x04\x12\x34\x07\x03\x24\x01\x02\x25\x01\x01", 13);
	udh_read((struct span){out, UDH_WRITE_MAX}, &udh);
	assert_int_equal(udh.length, UDH_WRITE_MAX);
	assert_int_equal(udh.concat.reference, 0x1234);
	assert_int_equal(udh.shift.locking, GSM7_TURKISH);
	assert_int_equal(udh.shift.single, GSM7_SPANISH);
}

static void a_header_with_nothing_to_say_is_not_written(void **state)
{
	(void)state;
	uint8_t out[UDH_WRITE_MAX];
	struct udh_concat concat = {UDH_CONCAT_SAR, 1, 2, 1};

	assert_int_equal(udh_write(&concat, (struct gsm7_shift){0, 0}, out), 0);
	concat.kind = UDH_CONCAT_REF8;
	assert_int_equal(udh_write(&concat, (struct gsm7_shift){0, 0}, out), 6);
	assert_memory_equal(out, "\x05\x00\x03\x01\x02\x01", 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_8_bit_concatenation_is_read),
		cmocka_unit_test(a_16_bit_concatenation_is_read),
		cmocka_unit_test(ports_and_shifts_stand_beside_a_concatenation),
		cmocka_unit_test(an_unknown_element_is_skipped),
		cmocka_unit_test(a_part_out_of_range_is_ignored),
		cmocka_unit_test(of_a_repeated_element_the_last_counts),
		cmocka_unit_test(a_header_that_does_not_fit_its_lengths_is_malformed),
		cmocka_unit_test(an_empty_header_is_one_octet),
		cmocka_unit_test(sar_tlvs_say_the_same_as_a_header),
		cmocka_unit_test(sar_tlvs_count_only_all_three_and_in_range),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(a_header_with_nothing_to_say_is_not_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
