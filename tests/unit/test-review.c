#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/compliance/review.h"

#include <stdlib.h>
#include <time.h>

/* Europe/Stockholm */
static const struct {
	uint64_t now, due;
} table[] = {
	{1764140400, 1764172800}, /* Wednesday morning */
	{1764172799, 1764172800}, /* a second before */
	{1764172800, 1764259200}, /* on the hour: the next day */
	{1764349200, 1764604800}, /* Friday evening: Monday */
	{1764399600, 1764604800}, /* Saturday: Monday */
	{1743181200, 1743433200}, /* over a change of the clock */
};

static void the_same_business_day_or_the_next(void **state)
{
	(void)state;
	setenv("TZ", "Europe/Stockholm", 1);
	tzset();
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		assert_int_equal(review_due_ms(table[i].now * 1000, 17), table[i].due * 1000);
}

static void late_is_a_day_later(void **state)
{
	(void)state;
	assert_int_equal(review_late_ms(5), 86400005);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_business_day_or_the_next),
		cmocka_unit_test(late_is_a_day_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
