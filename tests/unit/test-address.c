#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "smpp/address.h"

static struct span text(const char *string)
{
	return (struct span){(const uint8_t *)string, strlen(string)};
}

static void one_number_is_one_address_however_it_is_written(void **state)
{
	(void)state;
	static const struct {
		uint8_t ton, npi;
		const char *number, *canonical;
	} rows[] = {
		{1, 1, "15550001111", "+15550001111"},
		{1, 1, "+15550001111", "+15550001111"},
		{1, 1, "0015550001111", "+15550001111"},
		{0, 1, "15550001111", "+15550001111"},
		{0, 0, "0015550001111", "+15550001111"},
		{2, 1, "15550001111", "+15550001111"},
		{3, 0, "24680", "24680"},
		{0, 1, "24680", "24680"},
		{1, 1, "24680", "24680"},
		{6, 0, "123456789012", "123456789012"},
		{5, 0, "ACME Bank", "ACME Bank"},
		{0, 0, "ACME", "ACME"},
		{5, 0, "15550001111", "15550001111"},
		{0, 0, "", ""},
	};
	struct address_settings settings = address_settings_default();
	char out[ADDRESS_MAX + 1];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pdu_address wire = {rows[i].ton, rows[i].npi, text(rows[i].number)};
		int length = address_canonical(&wire, &settings, out, sizeof(out));
		assert_int_equal(length, strlen(rows[i].canonical));
		assert_string_equal(out, rows[i].canonical);
	}
}

static void a_national_number_gets_its_country(void **state)
{
	(void)state;
	struct address_settings settings = address_settings_default();
	struct pdu_address wire = {2, 1, text("01701234567")};
	char out[ADDRESS_MAX + 1];

	settings.country = "49";
	assert_true(address_canonical(&wire, &settings, out, sizeof(out)) > 0);
	assert_string_equal(out, "+491701234567");
}

static void rules_rewrite_in_their_order(void **state)
{
	(void)state;
	static const struct address_rule rules[] = {{"00", "+"}, {"0", "+49"}, {"1", "never"}};
	struct address_settings settings = address_settings_default();
	char out[ADDRESS_MAX + 1];

	settings.in = (struct address_rules){rules, 3};
	struct pdu_address wire = {0, 1, text("01701234567")};
	assert_true(address_canonical(&wire, &settings, out, sizeof(out)) > 0);
	assert_string_equal(out, "+491701234567");
	wire.number = text("00491701234567");
	assert_true(address_canonical(&wire, &settings, out, sizeof(out)) > 0);
	assert_string_equal(out, "+491701234567");
	/* An international number has its `+` before the rules see it. */
	wire = (struct pdu_address){1, 1, text("15550001111")};
	assert_true(address_canonical(&wire, &settings, out, sizeof(out)) > 0);
	assert_string_equal(out, "+15550001111");
}

static void what_cannot_be_an_address_is_refused(void **state)
{
	(void)state;
	struct address_settings settings = address_settings_default();
	struct pdu_address wire = {5, 0, text("a\nb")};
	char out[ADDRESS_MAX + 1];

	assert_int_equal(address_canonical(&wire, &settings, out, sizeof(out)), -EINVAL);
	wire.number = text("1234567890123456789012345");
	assert_int_equal(address_canonical(&wire, &settings, out, sizeof(out)), -EINVAL);
	wire = (struct pdu_address){1, 1, text("15550001111")};
	assert_int_equal(address_canonical(&wire, &settings, out, 12), -EMSGSIZE);
	assert_int_equal(address_canonical(&wire, &settings, out, 13), 12);
}

static void each_kind_goes_out_in_the_carriers_habit(void **state)
{
	(void)state;
	static const struct {
		const char *canonical, *number;
		uint8_t ton, npi;
	} rows[] = {
		{"+15550001111", "15550001111", 1, 1},
		{"24680", "24680", 3, 0},
		{"ACME", "ACME", 5, 0},
		{"+491701234567", "01701234567", 2, 1},
	};
	static const struct address_rule rules[] = {{"+49", "0"}};
	struct address_settings settings = address_settings_default();
	char storage[ADDRESS_WIRE_MAX + 1];
	struct pdu_address wire;

	settings.out = (struct address_rules){rules, 1};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(address_wire(text(rows[i].canonical), &settings, storage, &wire),
				 0);
		assert_string_equal(storage, rows[i].number);
		assert_int_equal(wire.number.length, strlen(rows[i].number));
		assert_int_equal(wire.ton, rows[i].ton);
		assert_int_equal(wire.npi, rows[i].npi);
	}
	settings.plus = true;
	assert_int_equal(address_wire(text("+15550001111"), &settings, storage, &wire), 0);
	assert_string_equal(storage, "+15550001111");
	assert_int_equal(address_wire(text(""), &settings, storage, &wire), -EINVAL);
	assert_int_equal(address_wire(text("123456789012345678901"), &settings, storage, &wire),
			 -EINVAL);
}

static void a_log_shows_four_digits_at_most(void **state)
{
	(void)state;
	char out[16];

	address_mask(text("+15550001111"), out, sizeof(out));
	assert_string_equal(out, "********1111");
	address_mask(text("24680"), out, sizeof(out));
	assert_string_equal(out, "*4680");
	address_mask(text("911"), out, sizeof(out));
	assert_string_equal(out, "**1");
	address_mask(text("ab\ncde"), out, sizeof(out));
	assert_string_equal(out, "***cde");
	address_mask(text("+15550001111"), out, 4);
	assert_string_equal(out, "***");
	address_mask(text(""), out, sizeof(out));
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_number_is_one_address_however_it_is_written),
		cmocka_unit_test(a_national_number_gets_its_country),
		cmocka_unit_test(rules_rewrite_in_their_order),
		cmocka_unit_test(what_cannot_be_an_address_is_refused),
		cmocka_unit_test(each_kind_goes_out_in_the_carriers_habit),
		cmocka_unit_test(a_log_shows_four_digits_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
