#include "gateway/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void every_status_has_its_verdict(void **state)
{
	static const struct {
		uint32_t status;
		enum retry_verdict verdict;
	} cases[] = {
		{0x00000000, RETRY_SENT},    /* ESME_ROK */
		{0x00000058, RETRY_PAUSE},   /* ESME_RTHROTTLED */
		{0x00000014, RETRY_PAUSE},   /* ESME_RMSGQFUL */
		{0x00000064, RETRY_PAUSE},   /* ESME_RX_T_APPN */
		{0x00000008, RETRY_LATER},   /* ESME_RSYSERR */
		{0x00000004, RETRY_LATER},   /* ESME_RINVBNDSTS */
		{0x00000045, RETRY_LATER},   /* ESME_RSUBMITFAIL */
		{0x0000000A, RETRY_REROUTE}, /* ESME_RINVSRCADR */
		{0x00000100, RETRY_REROUTE}, /* ESME_RSERTYPUNAUTH */
		{0x00000101, RETRY_REROUTE}, /* ESME_RPROHIBITED */
		{0x00000103, RETRY_REROUTE}, /* ESME_RSERTYPDENIED */
		{0x0000000B, RETRY_FAIL},    /* ESME_RINVDSTADR */
		{0x00000001, RETRY_FAIL},    /* ESME_RINVMSGLEN */
		{0x00000065, RETRY_FAIL},    /* ESME_RX_P_APPN */
		{0x00000066, RETRY_FAIL},    /* ESME_RX_R_APPN */
		{0x00000401, RETRY_FAIL},    /* a vendor's */
		{0xFFFFFFFF, RETRY_FAIL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(retry_verdict(cases[i].status), cases[i].verdict);
}

static void the_carrier_s_table_goes_before_what_is_usual(void **state)
{
	struct settings_status statuses[] = {
		{0x45B, SETTINGS_RETRY, 700, false},   {0x58, SETTINGS_FAIL, 0, false},
		{0x45C, SETTINGS_THROTTLE, 90, false}, {0x08, SETTINGS_REROUTE, 0, false},
		{0x45B, SETTINGS_FAIL, 0, false},      {0x00, SETTINGS_FAIL, 0, false},
	};
	struct settings_carrier carrier = {.statuses = statuses, .statuses_count = 6};
	static const struct {
		uint32_t status;
		enum retry_verdict verdict;
		uint32_t after_ms;
	} cases[] = {
		{0x45B, RETRY_LATER, 700}, {0x58, RETRY_FAIL, 0},  {0x45C, RETRY_PAUSE, 90},
		{0x08, RETRY_REROUTE, 0},  {0x14, RETRY_PAUSE, 0}, {0x45D, RETRY_FAIL, 0},
		{0x00, RETRY_SENT, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct retry_rule rule = retry_rule(&carrier, cases[i].status);
		assert_int_equal(rule.verdict, cases[i].verdict);
		assert_int_equal(rule.after_ms, cases[i].after_ms);
	}
}

static void the_delay_doubles_up_to_five_minutes(void **state)
{
	(void)state;
	assert_int_equal(retry_delay_ms(1, 0), 500);
	assert_int_equal(retry_delay_ms(2, 0), 1000);
	assert_int_equal(retry_delay_ms(5, 0), 8000);
	assert_int_equal(retry_delay_ms(10, 0), 150000);
	assert_int_equal(retry_delay_ms(UINT32_MAX, 0), 150000);
}

static void chance_spreads_the_delay_over_its_upper_half(void **state)
{
	(void)state;
	for (uint32_t random = 0; random < 10000; random += 3)
		assert_in_range(retry_delay_ms(3, random), 2000, 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_its_verdict),
		cmocka_unit_test(the_carrier_s_table_goes_before_what_is_usual),
		cmocka_unit_test(the_delay_doubles_up_to_five_minutes),
		cmocka_unit_test(chance_spreads_the_delay_over_its_upper_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
