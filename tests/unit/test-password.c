#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "router/door/password.h"

/* RFC 7914 §12, N = 16384; the first 32 octets of the 64. */
static void the_key_is_that_of_the_rfc(void **state)
{
	static const char text[] =
		"scrypt$14$8$1$536f6469756d43686c6f72696465$"
		"7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2";
	struct password password;
	uint8_t key[PASSWORD_KEY];

	(void)state;
	assert_int_equal(password_parse(span_text(text), &password), 0);
	assert_int_equal(password.salt_length, 14);
	assert_int_equal(password_derive(&password, span_text("pleaseletmein"), key), 0);
	assert_true(password_is(&password, key));
	assert_int_equal(password_derive(&password, span_text("pleaseletmeiN"), key), 0);
	assert_false(password_is(&password, key));
}

static void what_was_written_is_read_again(void **state)
{
	struct password made;
	struct password read;
	char text[PASSWORD_TEXT_MAX];
	char again[PASSWORD_TEXT_MAX];

	(void)state;
	assert_int_equal(password_init(&made), 0);
	assert_int_equal(made.cost, 15);
	memset(made.key, 0xa5, sizeof(made.key));
	password_format(&made, text);
	assert_int_equal(password_parse(span_text(text), &read), 0);
	assert_string_equal(password_format(&read, again), text);
}

static void two_passwords_never_share_a_salt(void **state)
{
	struct password one;
	struct password two;

	(void)state;
	assert_int_equal(password_init(&one), 0);
	assert_int_equal(password_init(&two), 0);
	assert_memory_not_equal(one.salt, two.salt, one.salt_length);
}

#define KEY "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"

static void a_text_of_another_form_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"scrypt",
		"bcrypt$14$8$1$53$" KEY,
		"scrypt$30$8$1$53$" KEY,
		"scrypt$9$8$1$53$" KEY,
		"scrypt$14$0$1$53$" KEY,
		"scrypt$14$8$9$53$" KEY,
		"scrypt$14$8$1$$" KEY,
		"scrypt$14$8$1$5$" KEY,
		"scrypt$14$8$1$zz$" KEY,
		"scrypt$14$8$1$53$" KEY "00",
		"scrypt$14$8$1$53$7023",
		"scrypt$14$8$1$53$" KEY "$",
		"scrypt$-4$8$1$53$" KEY,
		"scrypt$014$8$1$53$" KEY,
	};
	struct password password;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_not_equal(password_parse(span_text(texts[i]), &password), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_is_that_of_the_rfc),
		cmocka_unit_test(what_was_written_is_read_again),
		cmocka_unit_test(two_passwords_never_share_a_salt),
		cmocka_unit_test(a_text_of_another_form_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
