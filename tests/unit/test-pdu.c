#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "smpp/pdu.h"
#include "smpp/tlv.h"

/* A PDU from its command, status, sequence and the octets of its body. */
struct fixture {
	uint8_t octets[2048];
	size_t length;
};

static struct span build(struct fixture *fixture, uint32_t command, uint32_t status,
			 const char *body, size_t length)
{
	const uint32_t words[4] = {(uint32_t)(16 + length), command, status, 1};

	for (size_t i = 0; i < 16; i++)
		fixture->octets[i] = (uint8_t)(words[i / 4] >> (24 - 8 * (i % 4)));
	memcpy(fixture->octets + 16, body, length);
	fixture->length = 16 + length;
	return (struct span){fixture->octets, fixture->length};
}

#define BUILD(fixture, command, status, body)                                                      \
	build(fixture, command, status, body, sizeof(body) - 1)

static void assert_span(struct span span, const char *expected)
{
	assert_int_equal(span.length, strlen(expected));
	assert_memory_equal(span.at, expected, span.length);
}

static struct span text(const char *string)
{
	return (struct span){(const uint8_t *)string, strlen(string)};
}

#define DELIVER                                                                                    \
	"CMT\0"                                                                                    \
	"\x01\x01"                                                                                 \
	"15550001111\0"                                                                            \
	"\x03\x00"                                                                                 \
	"24680\0"                                                                                  \
	"\x40\x01\x02\0\0\x03\0\x08\0"

static void a_deliver_sm_is_read_field_by_field(void **state)
{
	(void)state;
	struct fixture fixture;
	struct pdu pdu;

	assert_int_equal(pdu_decode(BUILD(&fixture, 5, 0, DELIVER "\x05Hello"), &pdu), ESME_ROK);
	assert_int_equal(pdu.header.command, COMMAND_DELIVER_SM);
	assert_int_equal(pdu.header.sequence, 1);
	assert_span(pdu.service_type, "CMT");
	assert_int_equal(pdu.source.ton, 1);
	assert_int_equal(pdu.source.npi, 1);
	assert_span(pdu.source.number, "15550001111");
	assert_int_equal(pdu.destination.ton, 3);
	assert_span(pdu.destination.number, "24680");
	assert_int_equal(pdu.esm_class, 0x40);
	assert_int_equal(pdu.protocol_id, 1);
	assert_int_equal(pdu.priority_flag, 2);
	assert_int_equal(pdu.registered_delivery, 3);
	assert_int_equal(pdu.data_coding, 8);
	assert_span(pdu.short_message, "Hello");
	assert_span(pdu.body, "Hello");
	assert_false(pdu.from_payload);
	assert_int_equal(pdu.anomalies, 0);
	assert_int_equal(pdu.tlvs.length, 0);
}

static void message_payload_stands_in_for_an_empty_short_message(void **state)
{
	(void)state;
	struct fixture fixture;
	struct pdu pdu;

	assert_int_equal(pdu_decode(BUILD(&fixture, 5, 0,
					  DELIVER "\0\x04\x24\0\x03"
						  "abc"),
				    &pdu),
			 ESME_ROK);
	assert_span(pdu.body, "abc");
	assert_true(pdu.from_payload);
	assert_int_equal(pdu.short_message.length, 0);
	assert_int_equal(pdu.anomalies, 0);
}

static void short_message_wins_over_message_payload(void **state)
{
	(void)state;
	struct fixture fixture;
	struct pdu pdu;

	assert_int_equal(pdu_decode(BUILD(&fixture, 5, 0, DELIVER "\x02hi\x04\x24\0\x01x"), &pdu),
			 ESME_ROK);
	assert_span(pdu.body, "hi");
	assert_false(pdu.from_payload);
	assert_int_equal(pdu.anomalies, PDU_TWO_BODIES);
	assert_int_equal(pdu.tlvs.length, 5);
}

static void a_message_with_neither_body_is_empty_and_legal(void **state)
{
	(void)state;
	struct fixture fixture;
	struct pdu pdu;

	assert_int_equal(pdu_decode(BUILD(&fixture, 5, 0, DELIVER "\0"), &pdu), ESME_ROK);
	assert_int_equal(pdu.body.length, 0);
	assert_int_equal(pdu.anomalies, 0);
}

static void octets_behind_the_body_cost_an_anomaly(void **state)
{
	(void)state;
	struct fixture fixture;
	struct pdu pdu;

	assert_int_equal(pdu_decode(BUILD(&fixture, 5, 0, DELIVER "\x02hi\xFF\xFF\xFF"), &pdu),
			 ESME_ROK);
	assert_int_equal(pdu.anomalies, PDU_TRAILING);
	assert_int_equal(pdu.tlvs.length, 0);
}

static void a_repeated_sar_parameter_is_an_anomaly_and_the_first_wins(void **state)
{
	(void)state;
	struct fixture fixture;
	struct pdu pdu;
	uint32_t total = 0;

	assert_int_equal(pdu_decode(BUILD(&fixture, 5, 0,
					  DELIVER "\x02hi\x02\x0E\0\x01\x03\x02\x0E\0\x01\x04"),
				    &pdu),
			 ESME_ROK);
	assert_int_equal(pdu.anomalies, PDU_REPEATED_TLV);
	assert_true(tlv_number(pdu.tlvs, TLV_SAR_TOTAL_SEGMENTS, 255, &total));
	assert_int_equal(total, 3);
}

static void a_request_cut_anywhere_is_refused(void **state)
{
	(void)state;
	static const char body[] = DELIVER "\x05Hello";

	for (size_t length = 0; length < sizeof(body) - 1; length++) {
		struct fixture fixture;
		struct pdu pdu;
		struct span whole = build(&fixture, 5, 0, body, length);
		/* Memory of exactly that size shows a read past the end. */
		uint8_t *copy = malloc(whole.length);
		memcpy(copy, whole.at, whole.length);
		enum status status = pdu_decode((struct span){copy, whole.length}, &pdu);
		assert_true(status == ESME_RINVCMDLEN || status == ESME_RINVMSGLEN);
		free(copy);
	}
}

static void an_sm_length_past_the_end_is_refused(void **state)
{
	(void)state;
	struct fixture fixture;
	struct pdu pdu;

	assert_int_equal(pdu_decode(BUILD(&fixture, 5, 0, DELIVER "\x06Hello"), &pdu),
			 ESME_RINVMSGLEN);
}

static void an_sm_length_of_255_is_read_and_marked(void **state)
{
	(void)state;
	char body[sizeof(DELIVER) + 255];
	struct fixture fixture;
	struct pdu pdu;

	memset(body, 'x', sizeof(body));
	memcpy(body, DELIVER "\xFF", sizeof(DELIVER));
	assert_int_equal(pdu_decode(build(&fixture, 5, 0, body, sizeof(body)), &pdu), ESME_ROK);
	assert_int_equal(pdu.short_message.length, 255);
	assert_int_equal(pdu.anomalies, PDU_LONG_MESSAGE);
}

static void an_unlisted_ton_and_npi_are_read(void **state)
{
	(void)state;
	struct fixture fixture;
	struct pdu pdu;

	assert_int_equal(pdu_decode(BUILD(&fixture, 5, 0,
					  "\0\x55\x66"
					  "1\0\x77\x88"
					  "2\0\0\0\0\0\0\0\0\0\0\0"),
				    &pdu),
			 ESME_ROK);
	assert_int_equal(pdu.source.ton, 0x55);
	assert_int_equal(pdu.destination.npi, 0x88);
}

static void a_string_above_its_limit_is_read_and_marked(void **state)
{
	(void)state;
	struct fixture fixture;
	struct pdu pdu;

	assert_int_equal(pdu_decode(BUILD(&fixture, COMMAND_BIND_TRANSCEIVER, 0,
					  "smppclient\0longpassword\0\0\x50\0\0\0"),
				    &pdu),
			 ESME_ROK);
	assert_span(pdu.system_id, "smppclient");
	assert_span(pdu.password, "longpassword");
	assert_int_equal(pdu.interface_version, 0x50);
	assert_int_equal(pdu.anomalies, PDU_LONG_STRING);
}

static void a_string_above_every_limit_is_refused_by_its_name(void **state)
{
	(void)state;
	char body[400] = "\0\0";
	struct fixture fixture;
	struct pdu pdu;

	memset(body + 3, '1', 300);
	assert_int_equal(pdu_decode(build(&fixture, 5, 0, body, sizeof(body)), &pdu),
			 ESME_RINVSRCADR);
}

static void a_response_never_fails(void **state)
{
	(void)state;
	static const struct {
		uint32_t command, status;
		const char *body;
		size_t length;
		const char *id;
		uint32_t anomalies;
	} rows[] = {
		{0x80000004, 0, "abc\0", 4, "abc", 0},
		{0x80000004, 0, "", 0, "", PDU_SHORT_BODY},
		{0x80000004, 0, "abc", 3, "abc", PDU_UNTERMINATED},
		{0x80000004, 0, "abc\0\x04\x28\0\x01\x50", 9, "abc", 0},
		{0x80000004, 0x58, "", 0, "", 0},
		{0x80000004, 0x58, "\0", 1, "", PDU_ERROR_BODY},
		{0x80000004, 0x58, "what\0ever", 9, "what", PDU_ERROR_BODY | PDU_TRAILING},
		{0x80000004, 0x401, "", 0, "", 0},
		{0x80000005, 0, "", 0, "", PDU_SHORT_BODY},
		{0x80000005, 0, "\0", 1, "", 0},
		{0x80000005, 0, "12\0", 3, "12", 0},
		{0x80000103, 0xFE, "9\0\x04\x25\0\x01\x01", 7, "9", 0},
		{0x80000000, 3, "", 0, "", 0},
		{0x80000000, 3, "xy", 2, "", PDU_TRAILING},
		{0x80000003, 0, "5\0", 2, "5", PDU_SHORT_BODY},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture fixture;
		struct pdu pdu;
		struct span bytes = build(&fixture, rows[i].command, rows[i].status, rows[i].body,
					  rows[i].length);
		assert_int_equal(pdu_decode(bytes, &pdu), ESME_ROK);
		assert_span(pdu.message_id, rows[i].id);
		assert_int_equal(pdu.anomalies, rows[i].anomalies);
		assert_int_equal(pdu.header.status, rows[i].status);
	}
}

static void a_sequence_number_outside_its_range_is_marked(void **state)
{
	(void)state;
	struct fixture fixture;
	struct pdu pdu;
	struct span bytes = BUILD(&fixture, COMMAND_ENQUIRE_LINK, 0, "");

	fixture.octets[15] = 0;
	assert_int_equal(pdu_decode(bytes, &pdu), ESME_ROK);
	assert_int_equal(pdu.anomalies, PDU_ODD_SEQUENCE);
	fixture.octets[12] = 0x80;
	assert_int_equal(pdu_decode(bytes, &pdu), ESME_ROK);
	assert_int_equal(pdu.header.sequence, 0x80000000);
	assert_int_equal(pdu.anomalies, PDU_ODD_SEQUENCE);
}

static void an_unknown_command_is_refused(void **state)
{
	(void)state;
	static const uint32_t unknown[] = {0x0000000A, 0x00000022, 0x00000023, 0x00000112,
					   0x80000102, 0x00010200, 0xFFFFFFFF, 0x8000000B};
	struct fixture fixture;
	struct pdu pdu;

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_int_equal(pdu_decode(BUILD(&fixture, unknown[i], 0, ""), &pdu),
				 ESME_RINVCMDID);
}

static void a_length_that_is_not_the_octets_is_refused(void **state)
{
	(void)state;
	struct fixture fixture;
	struct pdu pdu;
	struct span bytes = BUILD(&fixture, COMMAND_ENQUIRE_LINK, 0, "");

	assert_int_equal(pdu_decode((struct span){bytes.at, 15}, &pdu), ESME_RINVCMDLEN);
	fixture.octets[3] = 17;
	assert_int_equal(pdu_decode(bytes, &pdu), ESME_RINVCMDLEN);
}

static void destinations_of_submit_multi_are_walked(void **state)
{
	(void)state;
	struct fixture fixture;
	struct pdu pdu;
	struct pdu_destination destination;

	assert_int_equal(pdu_decode(BUILD(&fixture, COMMAND_SUBMIT_MULTI, 0,
					  "\0\0\0\0\x02\x01\x01\x01"
					  "555\0\x02"
					  "friends\0\0\0\0\0\0\0\0\0\0\x01x"),
				    &pdu),
			 ESME_ROK);
	assert_int_equal(pdu.list_count, 2);
	struct span rest = pdu.list;
	assert_true(pdu_next_destination(&rest, &destination));
	assert_span(destination.address.number, "555");
	assert_int_equal(destination.address.ton, 1);
	assert_true(pdu_next_destination(&rest, &destination));
	assert_span(destination.list_name, "friends");
	assert_false(pdu_next_destination(&rest, &destination));
	assert_span(pdu.body, "x");
}

static void wrong_destinations_are_refused(void **state)
{
	(void)state;
	struct fixture fixture;
	struct pdu pdu;

	assert_int_equal(pdu_decode(BUILD(&fixture, COMMAND_SUBMIT_MULTI, 0, "\0\0\0\0\0"), &pdu),
			 ESME_RINVNUMDESTS);
	assert_int_equal(
		pdu_decode(BUILD(&fixture, COMMAND_SUBMIT_MULTI, 0, "\0\0\0\0\x01\x03xx\0"), &pdu),
		ESME_RINVDESTFLAG);
	assert_int_equal(
		pdu_decode(BUILD(&fixture, COMMAND_SUBMIT_MULTI, 0, "\0\0\0\0\x02\x02xx\0"), &pdu),
		ESME_RINVNUMDESTS);
}

static void those_that_failed_of_submit_multi_are_walked(void **state)
{
	(void)state;
	struct fixture fixture;
	struct pdu pdu;
	struct pdu_destination failed;

	assert_int_equal(pdu_decode(BUILD(&fixture, COMMAND_SUBMIT_MULTI_RESP, 0,
					  "id\0\x01\x01\x01"
					  "555\0\0\0\0\x0B"),
				    &pdu),
			 ESME_ROK);
	struct span rest = pdu.list;
	assert_true(pdu_next_unsuccess(&rest, &failed));
	assert_int_equal(failed.status, ESME_RINVDSTADR);
	assert_int_equal(pdu.list_count, 1);
}

static void a_submit_sm_is_written_as_the_specification_lays_it_out(void **state)
{
	(void)state;
	struct pdu pdu = {
		.header = {.command = COMMAND_SUBMIT_SM, .sequence = 2},
		.source = {3, 0, text("24680")},
		.destination = {1, 1, text("15550001111")},
		.registered_delivery = 1,
		.short_message = text("Hi"),
		.tlvs = {(const uint8_t *)"\x02\x0E\0\x01\x02", 5},
	};
	static const char expected[] = "\0\0\0\x38\0\0\0\x04\0\0\0\0\0\0\0\x02"
				       "\0\x03\0"
				       "24680\0\x01\x01"
				       "15550001111\0\0\0\0\0\0\x01\0\0\0\x02Hi\x02\x0E\0\x01\x02";
	uint8_t out[128];

	assert_int_equal(pdu_encode(&pdu, out, sizeof(out)), sizeof(expected) - 1);
	assert_memory_equal(out, expected, sizeof(expected) - 1);
	for (size_t capacity = 0; capacity < sizeof(expected) - 1; capacity++)
		assert_int_equal(pdu_encode(&pdu, out, capacity), -EMSGSIZE);
}

static void what_breaks_the_specification_is_not_written(void **state)
{
	(void)state;
	const struct pdu good = {.header = {.command = COMMAND_SUBMIT_SM, .sequence = 1}};
	uint8_t out[512];
	char message[255];
	struct pdu pdu = good;

	memset(message, 'x', sizeof(message));
	assert_true(pdu_encode(&pdu, out, sizeof(out)) > 0);
	pdu.short_message = (struct span){(const uint8_t *)message, 255};
	assert_int_equal(pdu_encode(&pdu, out, sizeof(out)), -EINVAL);
	pdu.short_message.length = 254;
	assert_int_equal(pdu_encode(&pdu, out, sizeof(out)), 33 + 254);
	pdu = good;
	pdu.service_type = text("123456");
	assert_int_equal(pdu_encode(&pdu, out, sizeof(out)), -EINVAL);
	pdu.service_type = (struct span){(const uint8_t *)"a\0b", 3};
	assert_int_equal(pdu_encode(&pdu, out, sizeof(out)), -EINVAL);
	pdu = good;
	pdu.header.sequence = 0;
	assert_int_equal(pdu_encode(&pdu, out, sizeof(out)), -EINVAL);
	pdu = good;
	pdu.tlvs = text("abc");
	assert_int_equal(pdu_encode(&pdu, out, sizeof(out)), -EINVAL);
	pdu.header.command = 0x0000000A;
	assert_int_equal(pdu_encode(&pdu, out, sizeof(out)), -EINVAL);
}

static void a_long_password_is_written_all_the_same(void **state)
{
	(void)state;
	struct pdu pdu = {
		.header = {.command = COMMAND_BIND_TRANSCEIVER, .sequence = 1},
		.system_id = text("bindery"),
		.password = text("correct-horse"),
		.interface_version = 0x34,
	};
	uint8_t out[128];
	struct pdu back;
	int length = pdu_encode(&pdu, out, sizeof(out));

	assert_true(length > 0);
	assert_int_equal(pdu_decode((struct span){out, (size_t)length}, &back), ESME_ROK);
	assert_span(back.password, "correct-horse");
	assert_span(back.system_id, "bindery");
}

static void an_answer_carries_the_sequence_and_the_status(void **state)
{
	(void)state;
	struct pdu_header request = {16, COMMAND_DELIVER_SM, 0, 0x80000007};
	uint8_t out[PDU_ANSWER_MAX];

	assert_int_equal(pdu_answer(&request, ESME_RX_T_APPN, out, sizeof(out)), 17);
	assert_memory_equal(out, "\0\0\0\x11\x80\0\0\x05\0\0\0\x64\x80\0\0\x07\0", 17);
	request.command = COMMAND_ENQUIRE_LINK;
	assert_int_equal(pdu_answer(&request, ESME_ROK, out, sizeof(out)), 16);
	assert_memory_equal(out, "\0\0\0\x10\x80\0\0\x15\0\0\0\0\x80\0\0\x07", 16);
	request.command = 0x00000112;
	assert_int_equal(pdu_answer(&request, ESME_RINVCMDID, out, sizeof(out)), 16);
	assert_memory_equal(out, "\0\0\0\x10\x80\0\0\0\0\0\0\x03\x80\0\0\x07", 16);
	request.command = COMMAND_ALERT_NOTIFICATION;
	assert_int_equal(pdu_answer(&request, ESME_ROK, out, sizeof(out)), 0);
	request.command = COMMAND_SUBMIT_SM_RESP;
	assert_int_equal(pdu_answer(&request, ESME_ROK, out, sizeof(out)), 0);
	assert_int_equal(pdu_nack(0, ESME_RINVCMDLEN, out, 15), -EMSGSIZE);
	assert_int_equal(pdu_nack(0, ESME_RINVCMDLEN, out, 16), 16);
}

static void every_answer_fits_its_limit(void **state)
{
	(void)state;
	uint8_t out[PDU_ANSWER_MAX];

	for (uint32_t command = 1; command < 0x110; command++) {
		struct pdu_header request = {16, command, 0, 1};
		int length = pdu_answer(&request, ESME_ROK, out, sizeof(out));
		assert_true(length == 0 || (length >= 16 && length <= PDU_ANSWER_MAX));
	}
}

static void an_error_answer_to_a_submit_has_no_body(void **state)
{
	(void)state;
	struct pdu pdu = {.header = {COMMAND_SUBMIT_SM_RESP, COMMAND_SUBMIT_SM_RESP, 0x58, 5},
			  .message_id = text("abc")};
	uint8_t out[64];

	assert_int_equal(pdu_encode(&pdu, out, sizeof(out)), 16);
	pdu.header.status = 0;
	assert_int_equal(pdu_encode(&pdu, out, sizeof(out)), 20);
}

static void a_destination_is_written_and_read_back(void **state)
{
	(void)state;
	struct pdu_destination sme = {.address = {1, 1, text("555")}};
	struct pdu_destination list = {.list_name = text("friends")};
	uint8_t octets[64];
	uint8_t out[128];
	int first = pdu_put_destination(&sme, octets, sizeof(octets));
	int second = pdu_put_destination(&list, octets + first, sizeof(octets) - (size_t)first);
	struct pdu pdu = {.header = {.command = COMMAND_SUBMIT_MULTI, .sequence = 1},
			  .list_count = 2,
			  .list = {octets, (size_t)(first + second)}};
	struct pdu back;

	assert_int_equal(first, 7);
	assert_int_equal(second, 9);
	int length = pdu_encode(&pdu, out, sizeof(out));
	assert_true(length > 0);
	assert_int_equal(pdu_decode((struct span){out, (size_t)length}, &back), ESME_ROK);
	assert_int_equal(back.list_count, 2);
	pdu.list_count = 3;
	assert_int_equal(pdu_encode(&pdu, out, sizeof(out)), -EINVAL);
	assert_int_equal(pdu_put_destination(&sme, octets, 6), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deliver_sm_is_read_field_by_field),
		cmocka_unit_test(message_payload_stands_in_for_an_empty_short_message),
		cmocka_unit_test(short_message_wins_over_message_payload),
		cmocka_unit_test(a_message_with_neither_body_is_empty_and_legal),
		cmocka_unit_test(octets_behind_the_body_cost_an_anomaly),
		cmocka_unit_test(a_repeated_sar_parameter_is_an_anomaly_and_the_first_wins),
		cmocka_unit_test(a_request_cut_anywhere_is_refused),
		cmocka_unit_test(an_sm_length_past_the_end_is_refused),
		cmocka_unit_test(an_sm_length_of_255_is_read_and_marked),
		cmocka_unit_test(an_unlisted_ton_and_npi_are_read),
		cmocka_unit_test(a_string_above_its_limit_is_read_and_marked),
		cmocka_unit_test(a_string_above_every_limit_is_refused_by_its_name),
		cmocka_unit_test(a_response_never_fails),
		cmocka_unit_test(a_sequence_number_outside_its_range_is_marked),
		cmocka_unit_test(an_unknown_command_is_refused),
		cmocka_unit_test(a_length_that_is_not_the_octets_is_refused),
		cmocka_unit_test(destinations_of_submit_multi_are_walked),
		cmocka_unit_test(wrong_destinations_are_refused),
		cmocka_unit_test(those_that_failed_of_submit_multi_are_walked),
		cmocka_unit_test(a_submit_sm_is_written_as_the_specification_lays_it_out),
		cmocka_unit_test(what_breaks_the_specification_is_not_written),
		cmocka_unit_test(a_long_password_is_written_all_the_same),
		cmocka_unit_test(an_answer_carries_the_sequence_and_the_status),
		cmocka_unit_test(every_answer_fits_its_limit),
		cmocka_unit_test(an_error_answer_to_a_submit_has_no_body),
		cmocka_unit_test(a_destination_is_written_and_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
