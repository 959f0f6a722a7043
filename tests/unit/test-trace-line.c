#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/trace_line.h"
#include "smpp/pdu_json.h"

static size_t unhex(const char *hex, uint8_t *out)
{
	int length = pdu_json_unhex((struct span){(const uint8_t *)hex, strlen(hex)}, out, 1024);

	assert_true(length > 0);
	return (size_t)length;
}

static const char *line_of(const char *hex, bool out, bool text)
{
	static char line[TRACE_LINE_MAX];
	static uint8_t octets[1024];
	const struct trace_view view = {text, CODING_GSM7};
	struct trace_record record = {.out = out, .bind = 2, .pdu = {octets, 0}};

	record.pdu.length = unhex(hex, octets);
	size_t length = trace_line(&record, &view, line, sizeof(line));
	assert_int_equal(length, strlen(line));
	return line;
}

static void an_enquire_link_is_short(void **state)
{
	(void)state;
	assert_string_equal(line_of("00000010 00000015 00000000 00000007", true, false),
			    "bind=2 > enquire_link seq=7");
}

static void a_bind_shows_no_password(void **state)
{
	(void)state;
	assert_string_equal(
		line_of("00000020 00000009 00000000 00000001 61622200 73656372657400 00 34 01 01 "
			"00",
			true, false),
		"bind=2 > bind_transceiver seq=1 system_id=ab\\x22 password=6 octets version=0x34");
}

#define SUBMIT                                                                                     \
	"0000002D 00000004 00000000 00000001 00 0101 3100 0101 3200 "                              \
	"40 00 00 00 00 01 00 00 00 0A 050003AA0201 68 65 1B 65"

static void a_submit_tells_its_part_and_no_text(void **state)
{
	(void)state;
	assert_string_equal(line_of(SUBMIT, true, false),
			    "bind=2 > submit_sm seq=1 from=1 to=2 esm_class=0x40 registered=1 "
			    "coding=0(gsm7) length=10 part=1/2 ref=170");
}

static void the_text_is_decoded_behind_its_udh(void **state)
{
	(void)state;
	assert_non_null(strstr(line_of(SUBMIT, true, true), " text=\"he\xE2\x82\xAC\""));
}

static void a_line_feed_or_an_escape_in_a_text_does_not_reach_the_terminal(void **state)
{
	(void)state;
	const char *line = line_of("00000028 00000005 00000000 00000001 00 0101 3100 0101 3200 "
				   "00 00 00 00 00 00 00 03 00 05 611B0A5B9B",
				   false, true);
	assert_non_null(strstr(line, " text=\"a\\x1B\\n["));
	for (const char *at = line; *at; at++)
		assert_true((unsigned char)*at >= ' ');
}

static void a_refusal_has_its_name_and_number(void **state)
{
	(void)state;
	assert_string_equal(line_of("00000010 80000004 00000058 00000005", false, false),
			    "bind=2 < submit_sm_resp seq=5 ESME_RTHROTTLED(0x00000058)");
}

static void an_answer_has_its_id(void **state)
{
	(void)state;
	assert_string_equal(line_of("00000013 80000004 00000000 00000005 414200", false, false),
			    "bind=2 < submit_sm_resp seq=5 ok id=AB");
}

static void a_receipt_has_its_state_and_id(void **state)
{
	(void)state;
	assert_non_null(strstr(line_of("00000037 00000005 00000000 00000001 00 0101 3100 0101 3200 "
				       "04 00 00 00 00 00 00 00 00 14 "
				       "69643A3720737461743A554E44454C4956202020",
				       false, false),
			       " receipt=undeliverable id=7"));
}

static void what_cannot_be_read_says_why(void **state)
{
	(void)state;
	assert_string_equal(line_of("00000012 00000004 00000000 00000005 0001", false, false),
			    "bind=2 < submit_sm seq=5 command=0x00000004 length=18 "
			    "unreadable=ESME_RINVCMDLEN");
	assert_string_equal(line_of("0000", false, false),
			    "bind=2 < octets seq=0 command=0x00000000 length=2 "
			    "unreadable=ESME_RINVCMDLEN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_enquire_link_is_short),
		cmocka_unit_test(a_bind_shows_no_password),
		cmocka_unit_test(a_submit_tells_its_part_and_no_text),
		cmocka_unit_test(the_text_is_decoded_behind_its_udh),
		cmocka_unit_test(a_line_feed_or_an_escape_in_a_text_does_not_reach_the_terminal),
		cmocka_unit_test(a_refusal_has_its_name_and_number),
		cmocka_unit_test(an_answer_has_its_id),
		cmocka_unit_test(a_receipt_has_its_state_and_id),
		cmocka_unit_test(what_cannot_be_read_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
