#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/door/session.h"
#include "router/door/signin.h"

static void the_wait_doubles_from_the_fifth_try_on(void **state)
{
	static const struct {
		uint64_t count;
		unsigned wait_s;
	} cases[] = {
		{1, 0},	   {4, 0},    {5, 15},	 {6, 30},	 {7, 60},
		{10, 480}, {11, 900}, {12, 900}, {1000000, 900}, {UINT64_MAX, 900},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(signin_wait_s(cases[i].count), cases[i].wait_s);
}

static void an_ipv6_address_counts_by_its_network(void **state)
{
	static const char *const cases[][2] = {
		{"192.0.2.7", "192.0.2.7"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
		{"2001:db8:1:2:ffff::1", "2001:db8:1:2::"},
		{"::ffff:192.0.2.7", "192.0.2.7"},
		{"", ""},
	};
	char out[SIGNIN_ADDRESS_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(signin_network(cases[i][0], out), cases[i][1]);
}

static void a_name_cannot_leave_its_key(void **state)
{
	static const char *const bad[] = {"", "a b", "{u}", "a:b", "a*", "a/b", "\xc3\xa9", "a\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		size_t length = 0;
		while (bad[i][length])
			length++;
		assert_false(session_is_name((struct span){(const uint8_t *)bad[i], length}));
	}
	assert_true(session_is_name((struct span){(const uint8_t *)"Ann.B-c_d@x", 11}));
	assert_false(session_is_name((struct span){(const uint8_t *)"a\0b", 3}));
}

/* FIPS 180-2, the digest of "abc". */
static void a_session_is_kept_under_the_digest_of_its_token(void **state)
{
	char hash[SESSION_HASH_MAX];

	(void)state;
	session_hash((struct span){(const uint8_t *)"abc", 3}, hash);
	assert_string_equal(hash,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_wait_doubles_from_the_fifth_try_on),
		cmocka_unit_test(an_ipv6_address_counts_by_its_network),
		cmocka_unit_test(a_name_cannot_leave_its_key),
		cmocka_unit_test(a_session_is_kept_under_the_digest_of_its_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
