#include "smpp/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void octets_are_written_in_lower_case_and_ended(void **state)
{
	static const uint8_t octets[] = {0x00, 0x0F, 0xA5, 0xFF};
	char out[10];

	(void)state;
	memset(out, '?', sizeof(out));
	char *end = hex_put((struct span){octets, sizeof(octets)}, out);
	assert_string_equal(out, "000fa5ff");
	assert_ptr_equal(end, out + 8);
	assert_int_equal(out[9], '?');
	assert_ptr_equal(hex_put((struct span){NULL, 0}, out), out);
	assert_string_equal(out, "");
}

static void what_was_written_is_read_again(void **state)
{
	uint8_t all[256], read[256];
	char text[513];

	(void)state;
	for (unsigned i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	hex_put((struct span){all, sizeof(all)}, text);
	assert_true(hex_read(span_text(text), read));
	assert_memory_equal(read, all, sizeof(all));
	assert_true(hex_read(span_text(""), read));
}

static void random_octets_become_a_version_4_uuid(void **state)
{
	static const uint8_t random[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0xF6, 0x77,
					 0xF8, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF};
	static const uint8_t none[16] = {0};
	char out[HEX_UUID_MAX];

	(void)state;
	hex_put_uuid(random, out);
	assert_string_equal(out, "00112233-4455-4677-b899-aabbccddeeff");
	hex_put_uuid(none, out);
	assert_string_equal(out, "00000000-0000-4000-8000-000000000000");
}

static void what_is_no_pair_of_digits_is_not_read(void **state)
{
	static const char *const wrong[] = {"0", "012", "0g", "g0", "0A", " 1", "1 ", "\x10\x30"};
	uint8_t out[4];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(hex_read(span_text(wrong[i]), out));
	assert_false(hex_read((struct span){(const uint8_t *)"0\0", 2}, out));
}

static void a_digit_is_one_of_sixteen_and_a_person_may_write_it_large(void **state)
{
	static const char digits[] = "0123456789abcdef", large[] = "0123456789ABCDEF";

	(void)state;
	for (int octet = 0; octet < 256; octet++) {
		const char *at = octet ? strchr(digits, octet) : NULL;
		const char *or_large = octet ? strchr(large, octet) : NULL;
		int value = at ? (int)(at - digits) : -1;
		assert_int_equal(hex_digit((uint8_t)octet), value);
		assert_int_equal(hex_digit_any((uint8_t)octet),
				 or_large ? (int)(or_large - large) : value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octets_are_written_in_lower_case_and_ended),
		cmocka_unit_test(what_was_written_is_read_again),
		cmocka_unit_test(random_octets_become_a_version_4_uuid),
		cmocka_unit_test(what_is_no_pair_of_digits_is_not_read),
		cmocka_unit_test(a_digit_is_one_of_sixteen_and_a_person_may_write_it_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
