#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "smpp/pdu_json.h"

static const struct tlv_namings namings = {NULL, 0};

static struct span text(const char *string)
{
	return (struct span){(const uint8_t *)string, strlen(string)};
}

static const char *describe(const char *hex)
{
	static char out[4096];
	uint8_t octets[512];
	int length = pdu_json_unhex(text(hex), octets, sizeof(octets));

	assert_true(length >= 0);
	length = pdu_json((struct span){octets, (size_t)length}, &namings, out, sizeof(out));
	assert_int_equal(length, strlen(out));
	return out;
}

static void an_enquire_link_is_one_object(void **state)
{
	(void)state;
	assert_string_equal(describe("00000010 00000015 00000000 00000001"),
			    "{\"command\":\"enquire_link\",\"command_id\":\"0x00000015\","
			    "\"command_length\":16,\"command_status\":\"0x00000000\","
			    "\"status\":\"ESME_ROK\",\"sequence_number\":1,\"tlvs\":[],"
			    "\"anomalies\":[]}");
}

static void a_password_is_not_shown(void **state)
{
	(void)state;
	const char *json = describe("0000002000000009 0000000000000001 61622200 73656372657400 "
				    "00 34 01 01 00");

	assert_non_null(strstr(json, "\"system_id\":\"ab\\\"\""));
	assert_non_null(strstr(json, "\"password\":\"(6 octets)\""));
	assert_null(strstr(json, "secret"));
	assert_null(strstr(json, "736563"));
}

static void a_message_and_its_parameters_are_hex(void **state)
{
	(void)state;
	const char *json = describe("0000003100000005 0000000000000001 00 0101 3100 0300 3200 "
				    "400000 00 00 00000000 03 e20a6d 020c 0002 1234 1400 0001 07");

	assert_non_null(strstr(json, "\"sm_length\":3,\"short_message\":\"e20a6d\""));
	assert_non_null(strstr(json, "{\"tag\":\"0x020C\",\"name\":\"sar_msg_ref_num\","
				     "\"length\":2,\"value\":\"1234\"}"));
	assert_non_null(strstr(json, "\"name\":\"unknown\",\"length\":1,\"value\":\"07\""));
}

static void a_bad_pdu_says_what_is_wrong(void **state)
{
	(void)state;
	assert_string_equal(describe("00000010"), "{\"error\":\"ESME_RINVCMDLEN\",\"octets\":4}");
	assert_non_null(strstr(describe("00000010 0000000a 00000000 00000001"),
			       "{\"error\":\"ESME_RINVCMDID\",\"octets\":16,\"command\":"));
}

static void too_little_room_is_an_error_at_every_size(void **state)
{
	(void)state;
	uint8_t octets[16] = {[3] = 16, [7] = 0x15, [15] = 1};
	struct span pdu = {octets, 16};
	char out[512];
	int length = pdu_json(pdu, &namings, out, sizeof(out));

	assert_true(length > 0);
	for (size_t capacity = 0; capacity <= (size_t)length; capacity++)
		assert_int_equal(pdu_json(pdu, &namings, out, capacity), -EMSGSIZE);
	assert_int_equal(pdu_json(pdu, &namings, out, (size_t)length + 1), length);
}

static void hex_is_read_in_pairs(void **state)
{
	(void)state;
	uint8_t out[2];

	assert_int_equal(pdu_json_unhex(text("aB 0F"), out, 2), 2);
	assert_memory_equal(out, "\xAB\x0F", 2);
	assert_int_equal(pdu_json_unhex(text("0xaB:0F"), out, 2), 2);
	assert_memory_equal(out, "\xAB\x0F", 2);
	assert_int_equal(pdu_json_unhex(text("a:B"), out, 2), -EINVAL);
	assert_int_equal(pdu_json_unhex(text("00 0x"), out, 2), -EINVAL);
	assert_int_equal(pdu_json_unhex(text("aB 0"), out, 2), -EINVAL);
	assert_int_equal(pdu_json_unhex(text("xy"), out, 2), -EINVAL);
	assert_int_equal(pdu_json_unhex(text("000000"), out, 2), -EMSGSIZE);
	assert_int_equal(pdu_json_unhex(text(""), out, 2), 0);
}

static void a_parameter_has_the_name_that_it_was_given(void **state)
{
	static char name[] = "mcc";
	static const struct tlv_naming list[] = {{name, 0x1401, TLV_FORM_TEXT}};
	const struct tlv_namings named = {list, 1};
	const uint8_t pdu[] = {0, 0, 0,	   0x1C, 0, 0, 0,    0x15, 0,	 0, 0, 0, 0, 0,
			       0, 1, 0x14, 1,	 0, 2, 0x32, 0x22, 0x15, 0, 0, 2, 1, 2};
	char out[1024];

	(void)state;
	assert_true(pdu_json((struct span){pdu, sizeof(pdu)}, &named, out, sizeof(out)) > 0);
	assert_non_null(strstr(out, "{\"tag\":\"0x1401\",\"name\":\"mcc\",\"length\":2,\"value\":"
				    "\"3222\",\"told\":\"2\\\"\"}"));
	assert_non_null(strstr(out, "{\"tag\":\"0x1500\",\"name\":\"unknown\",\"length\":2,"
				    "\"value\":\"0102\"}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_parameter_has_the_name_that_it_was_given),
		cmocka_unit_test(an_enquire_link_is_one_object),
		cmocka_unit_test(a_password_is_not_shown),
		cmocka_unit_test(a_message_and_its_parameters_are_hex),
		cmocka_unit_test(a_bad_pdu_says_what_is_wrong),
		cmocka_unit_test(too_little_room_is_an_error_at_every_size),
		cmocka_unit_test(hex_is_read_in_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
