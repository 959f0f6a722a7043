#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "smpp/command.h"
#include "smpp/status.h"

static void every_command_has_its_name(void **state)
{
	(void)state;
	assert_string_equal(command_name(0x00000004), "submit_sm");
	assert_string_equal(command_name(0x80000004), "submit_sm_resp");
	assert_string_equal(command_name(0x80000000), "generic_nack");
	assert_string_equal(command_name(0x00000103), "data_sm");
	assert_string_equal(command_name(0x0000000A), "unknown");
	assert_false(command_known(0x80000102));
	assert_true(command_known(0x00000102));
}

static void a_request_is_answered_by_its_own_response(void **state)
{
	(void)state;
	assert_int_equal(command_answer(COMMAND_DELIVER_SM), 0x80000005);
	assert_int_equal(command_answer(COMMAND_ENQUIRE_LINK), 0x80000015);
}

static void an_unknown_request_is_answered_by_generic_nack(void **state)
{
	(void)state;
	assert_int_equal(command_answer(0x00000112), COMMAND_GENERIC_NACK);
}

static void what_has_no_answer_gets_none(void **state)
{
	(void)state;
	assert_int_equal(command_answer(COMMAND_OUTBIND), 0);
	assert_int_equal(command_answer(COMMAND_ALERT_NOTIFICATION), 0);
	assert_int_equal(command_answer(COMMAND_SUBMIT_SM_RESP), 0);
	assert_int_equal(command_answer(COMMAND_GENERIC_NACK), 0);
}

static void every_status_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(status_name(0), "ESME_ROK");
	assert_string_equal(status_name(0x58), "ESME_RTHROTTLED");
	assert_string_equal(status_name(0x104), "ESME_RINVDCS");
	assert_string_equal(status_name(0x400), "vendor");
	assert_string_equal(status_name(0x4FF), "vendor");
	assert_string_equal(status_name(0x500), "reserved");
	assert_string_equal(status_name(0xFFFFFFFF), "reserved");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_has_its_name),
		cmocka_unit_test(a_request_is_answered_by_its_own_response),
		cmocka_unit_test(an_unknown_request_is_answered_by_generic_nack),
		cmocka_unit_test(what_has_no_answer_gets_none),
		cmocka_unit_test(every_status_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
