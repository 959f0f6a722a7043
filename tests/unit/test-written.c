#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/compliance/written.h"

#include <string.h>

static const struct {
	const char *written, *country, *number; /* NULL where it is refused */
	enum written verdict;
} table[] = {
	{"+15550100199", NULL, "+15550100199", WRITTEN_OK},
	{"+1 (555) 010-0199", NULL, "+15550100199", WRITTEN_OK},
	{"  +1.555.010.0199  ", NULL, "+15550100199", WRITTEN_OK},
	{"tel:+1-555-010-0199", NULL, "+15550100199", WRITTEN_OK},
	{"0015550100199", NULL, "+15550100199", WRITTEN_OK},
	{"001 555 010 0199", "46", "+15550100199", WRITTEN_OK},
	{"15550100199", NULL, "+15550100199", WRITTEN_OK},
	{"'+15550100199", NULL, "+15550100199", WRITTEN_OK},
	{"555-010-0199", "1", "+15550100199", WRITTEN_OK},
	{"(555) 010-0199", "1", "+15550100199", WRITTEN_OK},
	{"1 555 010 0199", "1", "+15550100199", WRITTEN_OK},
	{"011 44 20 7946 0000", "1", "+442079460000", WRITTEN_OK},
	{"+44 (0)20 7946 0000", NULL, "+442079460000", WRITTEN_OK},
	{"020 7946 0000", "44", "+442079460000", WRITTEN_OK},
	{"070-174 06 35", "46", "+46701740635", WRITTEN_OK},
	{"+46\xc2\xa0"
	 "70\xe2\x80\x91"
	 "1740635",
	 NULL, "+46701740635", WRITTEN_OK}, /* no-break blank and hyphen */
	{"\xef\xbc\x8b\xef\xbc\x94\xef\xbc\x96\xef\xbc\x97\xef\xbc\x90"
	 "1740635",
	 NULL, "+46701740635", WRITTEN_OK}, /* full width */
	{"\xe2\x80\x8e+46701740635\xe2\x80\xac", NULL, "+46701740635",
	 WRITTEN_OK}, /* marks of direction */
	{"447911123456", NULL, "+447911123456", WRITTEN_OK},
	{"7911 123456", "44", "+447911123456", WRITTEN_OK},
	{"07911 123456", "44", "+447911123456", WRITTEN_OK},
	{"447911123456", "44", "+447911123456", WRITTEN_OK},
	{"+12125550100", "44", "+12125550100", WRITTEN_OK},
	{"212 555 0100", "1", "+12125550100", WRITTEN_OK},
	{"46701740635", "46", "+46701740635", WRITTEN_OK},
	{"4512345678", "45", "+4512345678", WRITTEN_OK},
	{"45123456", "45", "+4545123456", WRITTEN_OK},
	{"47123456", "47", "+4747123456", WRITTEN_OK},
	{"9123456789", "91", "+919123456789", WRITTEN_OK},
	{"919123456789", "91", "+919123456789", WRITTEN_OK},
	{"55999991234", "55", "+5555999991234", WRITTEN_OK},
	{"13812345678", "86", "+8613812345678", WRITTEN_OK},
	{"15123456789", "49", "+4915123456789", WRITTEN_OK},
	{"3725123456", "372", "+3725123456", WRITTEN_OK},
	{"+15550199", NULL, "+15550199", WRITTEN_OK},
	{"", NULL, NULL, WRITTEN_EMPTY},
	{" - ", NULL, NULL, WRITTEN_EMPTY},
	{"+", NULL, NULL, WRITTEN_NO_NUMBER},
	{"Ann", NULL, NULL, WRITTEN_NO_NUMBER},
	{"+1555010O199", NULL, NULL, WRITTEN_NO_NUMBER},
	{"+1 555 010 0199 ext 5", NULL, NULL, WRITTEN_NO_NUMBER},
	{"+1+5550100199", NULL, NULL, WRITTEN_NO_NUMBER},
	{"1+5550100199", NULL, NULL, WRITTEN_NO_NUMBER},
	{"+1555010\xff", NULL, NULL, WRITTEN_NO_NUMBER},
	{"+123456", NULL, NULL, WRITTEN_LENGTH},
	{"+1234567890123456", NULL, NULL, WRITTEN_LENGTH},
	{"+05550100199", NULL, NULL, WRITTEN_LENGTH},
	{"00000000000000000000000000000000000000000", NULL, NULL, WRITTEN_LENGTH},
	{"070-174 06 35", NULL, NULL, WRITTEN_COUNTRY},
	{"555010", NULL, NULL, WRITTEN_COUNTRY},
	{"2125550100", NULL, NULL, WRITTEN_COUNTRY},
	{"(212) 555-0100", NULL, NULL, WRITTEN_COUNTRY},
	{"555-0199", "1", NULL, WRITTEN_UNCLEAR},     /* of no area */
	{"442079460000", "1", NULL, WRITTEN_UNCLEAR}, /* of another country */
	{"12125550100", "44", NULL, WRITTEN_UNCLEAR}, /* of another country */
	{"89123456789", "7", NULL, WRITTEN_UNCLEAR},  /* dialled with 8 */
	{"4612345678", "46", NULL, WRITTEN_UNCLEAR},  /* both would do */
	{"0155501", "1", NULL, WRITTEN_UNCLEAR},
	{"044 20 7946 0000 0", "44", NULL, WRITTEN_UNCLEAR},
};

static void a_number_is_read_however_it_is_written(void **state)
{
	char number[WRITTEN_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct span text = {(const uint8_t *)table[i].written, strlen(table[i].written)};
		assert_int_equal(written_number(text, table[i].country, number), table[i].verdict);
		if (table[i].number)
			assert_string_equal(number, table[i].number);
		else
			assert_true(*written_why(table[i].verdict));
	}
}

static void a_country_is_one_to_three_digits(void **state)
{
	static const char *const bad[] = {"", "+44", "0", "044", "4444", "se", "4 ", "-1"};

	(void)state;
	assert_true(written_is_country("1") && written_is_country("44") &&
		    written_is_country("372"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(written_is_country(bad[i]));
}

static void a_text_that_ends_within_a_character_is_no_number(void **state)
{
	static const uint8_t text[] = {'+', '4', '6', 0xEF, 0xBC};
	char number[WRITTEN_MAX];

	(void)state;
	for (size_t length = 4; length <= 5; length++)
		assert_int_equal(written_number((struct span){text, length}, NULL, number),
				 WRITTEN_NO_NUMBER);
	assert_int_equal(written_number((struct span){NULL, 0}, NULL, number), WRITTEN_EMPTY);
}

static void a_moment_is_a_day_or_a_time_in_utc(void **state)
{
	static const struct {
		const char *written;
		bool end, good;
		uint64_t ms;
	} moments[] = {
		{NULL, false, true, 0},
		{"2026-11-26", false, true, 1795651200000},
		{"2026-11-26", true, true, 1795737600000},
		{"2026-11-26T09:30:00Z", true, true, 1795685400000},
		{"2026-11-26T09:30:00.25Z", false, true, 1795685400250},
		{"1795685400250", false, true, 1795685400250},
		{"0", false, true, 0},
		{"2026-11-26T09:30:00", false, false, 0},
		{"2026-11-26T09:30Z", false, false, 0},
		{"2026-13-01", false, false, 0},
		{"yesterday", false, false, 0},
		{"-1", false, false, 0},
		{"", false, false, 0},
	};
	uint64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(moments) / sizeof(*moments); i++) {
		assert_int_equal(written_moment(moments[i].written, moments[i].end, &ms),
				 moments[i].good);
		if (moments[i].good)
			assert_int_equal(ms, moments[i].ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_read_however_it_is_written),
		cmocka_unit_test(a_country_is_one_to_three_digits),
		cmocka_unit_test(a_text_that_ends_within_a_character_is_no_number),
		cmocka_unit_test(a_moment_is_a_day_or_a_time_in_utc),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
