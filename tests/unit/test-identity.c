#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/threading/identity.h"

#include <errno.h>
#include <string.h>

static struct span span(const char *text)
{
	return (struct span){(const uint8_t *)text, strlen(text)};
}

static void an_id_is_a_version_4_uuid(void **state)
{
	static const uint8_t random[16] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0xF6, 0x77,
					   0xF8, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF};
	char id[IDENTITY_MAX];

	(void)state;
	identity_make(random, 0, id);
	assert_string_equal(id, "00112233-4455-4677-b899-aabbccdde000");
}

static void an_id_tells_its_partition(void **state)
{
	static const uint8_t random[16] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
					   0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
	static const unsigned partitions[] = {0, 1, 15, 16, 255, 256, 1023, 4095};
	char id[IDENTITY_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(partitions) / sizeof(*partitions); i++) {
		identity_make(random, partitions[i], id);
		assert_int_equal(identity_partition(span(id)), (int)partitions[i]);
	}
}

static void what_is_no_uuid_has_no_partition(void **state)
{
	static const char *const texts[] = {
		"",
		"00112233-4455-4677-b899-aabbccdde00",
		"00112233-4455-4677-b899-aabbccdde0000",
		"00112233-4455-4677-b899-aabbccddE000",
		"00112233-4455-4677-b899-aabbccdde0 0",
		"001122334455-4677-b899-aabbccdde0000",
		"00112233-4455-4677-b899-aabbccdde0-0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(identity_partition(span(texts[i])), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_is_a_version_4_uuid),
		cmocka_unit_test(an_id_tells_its_partition),
		cmocka_unit_test(what_is_no_uuid_has_no_partition),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
