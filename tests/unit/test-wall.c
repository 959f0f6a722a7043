#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "smpp/pdu_layout.h"
#include "smpp/tlv.h"
#include "smpp/wall/wall.h"

/*
 * The differential test: libsmpp34 and our own code must agree on every PDU that the library can
 * take. Pseudo-random PDUs are made from a fixed seed, so a failure names its round and is the same
 * tomorrow.
 */

#define ROUNDS 4000

static uint64_t seed;

static uint32_t chance(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 33) % below;
}

static bool same(struct span a, struct span b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

static void assert_same_field(const struct pdu_field *field, const struct pdu *ours,
			      const struct pdu *theirs)
{
	const void *a = (const char *)ours + field->offset;
	const void *b = (const char *)theirs + field->offset;
	bool agree = field->kind == PDU_OCTET
			     ? *(const uint8_t *)a == *(const uint8_t *)b
			     : same(*(const struct span *)a, *(const struct span *)b);

	if (!agree)
		fail_msg("%s: %s differs", command_name(ours->header.command), field->name);
}

static void assert_agreement(const struct pdu *ours, const struct pdu *theirs)
{
	const struct pdu_layout *layout = pdu_layout(ours->header.command);

	assert_non_null(layout);
	assert_memory_equal(&ours->header, &theirs->header, sizeof(ours->header));
	assert_int_equal(ours->list_count, theirs->list_count);
	for (unsigned i = 0; i < layout->count; i++)
		assert_same_field(&layout->fields[i], ours, theirs);
	if (!same(ours->tlvs, theirs->tlvs))
		fail_msg("%s: parameters differ", command_name(ours->header.command));
}

/* What a random PDU borrows from. */
struct material {
	uint8_t octets[4096];
	size_t used;
};

static struct span random_octets(struct material *material, size_t length, bool text)
{
	uint8_t *at = material->octets + material->used;

	assert_true(material->used + length <= sizeof(material->octets));
	for (size_t i = 0; i < length; i++)
		at[i] = (uint8_t)(text ? '!' + chance(94) : chance(256));
	material->used += length;
	return (struct span){at, length};
}

/* Only values that the library lists: SMPP 3.4 §5.2.5 and §5.2.6. */
static struct pdu_address random_address(struct material *material)
{
	static const uint8_t npis[] = {0, 1, 3, 4, 6, 8, 9, 10, 14, 18};

	return (struct pdu_address){(uint8_t)chance(7), npis[chance(sizeof(npis))],
				    random_octets(material, chance(21), true)};
}

static struct span random_tlvs(struct material *material)
{
	static const struct {
		uint16_t tag;
		uint8_t length;
	} kinds[] = {
		{TLV_USER_MESSAGE_REFERENCE, 2}, {TLV_SAR_MSG_REF_NUM, 2},
		{TLV_SAR_TOTAL_SEGMENTS, 1},	 {TLV_SAR_SEGMENT_SEQNUM, 1},
		{TLV_MESSAGE_PAYLOAD, 60},	 {0x1401, 9},
	};
	uint8_t *at = material->octets + material->used;
	size_t length = 0;

	for (uint32_t count = chance(5); count > 0; count--) {
		uint32_t kind = chance(sizeof(kinds) / sizeof(kinds[0]));
		uint8_t value[60];
		for (size_t i = 0; i < sizeof(value); i++)
			value[i] = (uint8_t)chance(256);
		int put = tlv_put(kinds[kind].tag, (struct span){value, kinds[kind].length},
				  at + length, sizeof(material->octets) - material->used - length);
		assert_true(put > 0);
		length += (size_t)put;
	}
	material->used += length;
	return (struct span){at, length};
}

static void random_list(struct material *material, struct pdu *pdu)
{
	uint8_t *at = material->octets + material->used;
	size_t length = 0;

	pdu->list_count = (uint8_t)(1 + chance(6));
	for (unsigned i = 0; i < pdu->list_count; i++) {
		uint8_t text[16];
		for (size_t j = 0; j < sizeof(text); j++)
			text[j] = (uint8_t)('0' + chance(10));
		struct span name = {text, 1 + chance(sizeof(text))};
		struct pdu_destination destination = {.address = {1, 1, name}};
		if (chance(3) == 0)
			destination.list_name = name;
		int put = pdu_put_destination(&destination, at + length, 256);
		assert_true(put > 0);
		length += (size_t)put;
	}
	material->used += length;
	pdu->list = (struct span){at, length};
}

static struct pdu random_pdu(struct material *material, uint32_t command)
{
	struct pdu pdu = {.header = {.command = command, .sequence = 1 + chance(0x7FFFFFFF)}};
	bool deliver = command == COMMAND_DELIVER_SM;

	material->used = 0;
	pdu.system_id = random_octets(material, chance(16), true);
	pdu.password = random_octets(material, chance(9), true);
	pdu.system_type = random_octets(material, chance(13), true);
	pdu.interface_version = 0x34;
	pdu.address_range = random_address(material);
	pdu.service_type = random_octets(material, chance(6), true);
	pdu.source = random_address(material);
	pdu.destination = random_address(material);
	pdu.esm_class = (uint8_t)chance(256);
	pdu.protocol_id = (uint8_t)chance(256);
	pdu.priority_flag = (uint8_t)chance(256);
	pdu.schedule_delivery_time = random_octets(material, deliver ? 0 : chance(17), true);
	pdu.validity_period = random_octets(material, deliver ? 0 : chance(17), true);
	pdu.registered_delivery = (uint8_t)chance(256);
	pdu.replace_if_present_flag = (uint8_t)chance(256);
	pdu.data_coding = (uint8_t)chance(256);
	pdu.sm_default_msg_id = (uint8_t)chance(256);
	pdu.short_message = random_octets(material, chance(WALL_MESSAGE_MAX + 1), false);
	pdu.message_id = random_octets(material, chance(65), true);
	pdu.final_date = random_octets(material, chance(17), true);
	pdu.message_state = (uint8_t)chance(10);
	pdu.error_code = (uint8_t)chance(256);
	return pdu;
}

/* The library gives these no parameters in its structs, so we send them none. */
static bool takes_tlvs(uint32_t command)
{
	return command == COMMAND_SUBMIT_SM || command == COMMAND_DELIVER_SM ||
	       command == COMMAND_SUBMIT_MULTI || command == COMMAND_DATA_SM;
}

static struct wall_reading reading;

static void check_round(uint32_t command, unsigned round)
{
	static struct material material;
	struct pdu pdu = random_pdu(&material, command);
	struct pdu ours;
	uint8_t octets[WALL_PDU_MAX];

	if (takes_tlvs(command))
		pdu.tlvs = random_tlvs(&material);
	if (command == COMMAND_SUBMIT_MULTI)
		random_list(&material, &pdu);
	if (command == COMMAND_DELIVER_SM_RESP)
		pdu.message_id.length = 0;
	int length = pdu_encode(&pdu, octets, sizeof(octets));
	if (length < 0)
		fail_msg("%s, round %u: not written: %d", command_name(command), round, length);
	struct span bytes = {octets, (size_t)length};

	assert_int_equal(pdu_decode(bytes, &ours), ESME_ROK);
	int refused = wall_unpack(bytes, &reading);
	if (refused)
		fail_msg("%s, round %u: the library says %d", command_name(command), round,
			 refused);
	assert_agreement(&ours, &reading.pdu);
	pdu.header.length = ours.header.length;
	assert_agreement(&pdu, &reading.pdu);
}

static void the_library_reads_back_what_we_meant_and_we_read_the_same(void **state)
{
	(void)state;
	static const uint32_t commands[] = {
		COMMAND_BIND_RECEIVER,
		COMMAND_BIND_TRANSMITTER,
		COMMAND_BIND_TRANSCEIVER,
		COMMAND_BIND_RECEIVER_RESP,
		COMMAND_BIND_TRANSMITTER_RESP,
		COMMAND_BIND_TRANSCEIVER_RESP,
		COMMAND_OUTBIND,
		COMMAND_SUBMIT_SM,
		COMMAND_SUBMIT_SM_RESP,
		COMMAND_DELIVER_SM,
		COMMAND_DELIVER_SM_RESP,
		COMMAND_SUBMIT_MULTI,
		COMMAND_DATA_SM,
		COMMAND_DATA_SM_RESP,
		COMMAND_QUERY_SM,
		COMMAND_QUERY_SM_RESP,
		COMMAND_CANCEL_SM,
		COMMAND_CANCEL_SM_RESP,
		COMMAND_REPLACE_SM,
		COMMAND_REPLACE_SM_RESP,
		COMMAND_ALERT_NOTIFICATION,
		COMMAND_UNBIND,
		COMMAND_UNBIND_RESP,
		COMMAND_ENQUIRE_LINK,
		COMMAND_ENQUIRE_LINK_RESP,
		COMMAND_GENERIC_NACK,
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		seed = 0x9E3779B97F4A7C15u + i;
		for (unsigned round = 0; round < ROUNDS; round++)
			check_round(commands[i], round);
	}
}

static void our_encoder_writes_the_librarys_octets(void **state)
{
	(void)state;
	static const uint32_t commands[] = {
		COMMAND_SUBMIT_SM, COMMAND_DELIVER_SM, COMMAND_DATA_SM,		COMMAND_QUERY_SM,
		COMMAND_CANCEL_SM, COMMAND_REPLACE_SM, COMMAND_BIND_TRANSCEIVER};
	static struct material material;

	seed = 42;
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint32_t command = commands[round % 7];
		struct pdu pdu = random_pdu(&material, command);
		uint8_t ours[WALL_PDU_MAX];
		uint8_t theirs[WALL_PDU_MAX];
		int length = pdu_encode(&pdu, ours, sizeof(ours));
		assert_true(length > 0);
		assert_int_equal(wall_pack(&pdu, theirs, sizeof(theirs)), length);
		assert_memory_equal(ours, theirs, (size_t)length);
	}
}

static void those_that_failed_are_read_alike(void **state)
{
	(void)state;
	static const uint8_t list[] = "\x01\x01"
				      "555\0\0\0\0\x0B"
				      "\x02\x08"
				      "5556\0\0\0\0\x14";
	struct pdu pdu = {.header = {.command = COMMAND_SUBMIT_MULTI_RESP, .sequence = 1},
			  .message_id = {(const uint8_t *)"id", 2},
			  .list_count = 2,
			  .list = {list, sizeof(list) - 1}};
	uint8_t octets[128];
	struct pdu ours;
	int length = pdu_encode(&pdu, octets, sizeof(octets));

	assert_true(length > 0);
	struct span bytes = {octets, (size_t)length};
	assert_int_equal(pdu_decode(bytes, &ours), ESME_ROK);
	assert_int_equal(wall_unpack(bytes, &reading), 0);
	assert_agreement(&ours, &reading.pdu);
}

static void what_the_library_cannot_hold_is_refused_before_it_sees_it(void **state)
{
	(void)state;
	uint8_t message[254] = {0};
	uint8_t out[512];
	struct pdu pdu = {.header = {.command = COMMAND_SUBMIT_SM, .sequence = 1},
			  .short_message = {message, 254}};

	assert_int_equal(wall_pack(&pdu, out, sizeof(out)), -ENOTSUP);
	pdu.short_message.length = 253;
	assert_int_equal(wall_pack(&pdu, out, sizeof(out)), 33 + 253);
	assert_int_equal(wall_pack(&pdu, out, 100), -EMSGSIZE);
	pdu.header.command = COMMAND_SUBMIT_MULTI;
	assert_int_equal(wall_pack(&pdu, out, sizeof(out)), -ENOTSUP);
	pdu = (struct pdu){.header = {.command = COMMAND_BIND_TRANSCEIVER, .sequence = 1},
			   .password = {(const uint8_t *)"123456789", 9}};
	assert_int_equal(wall_pack(&pdu, out, sizeof(out)), -ENOTSUP);
}

static void a_pdu_that_would_overrun_the_librarys_log_is_kept_from_it(void **state)
{
	(void)state;
	uint8_t tlvs[(WALL_TLVS_MAX + 1) * TLV_HEADER_SIZE] = {0};
	uint8_t octets[256];
	struct pdu pdu = {.header = {.command = COMMAND_SUBMIT_SM, .sequence = 1},
			  .tlvs = {tlvs, sizeof(tlvs)}};
	int length = pdu_encode(&pdu, octets, sizeof(octets));

	assert_true(length > 0);
	assert_int_equal(wall_unpack((struct span){octets, (size_t)length}, &reading), -ENOTSUP);
}

/* What real carriers send and the library will not have: ours must. */
static void we_read_what_the_library_refuses(void **state)
{
	(void)state;
	static const struct {
		const char *octets;
		size_t length;
	} rows[] = {
		/* submit_sm_resp with a vendor status */
		{"\0\0\0\x10\x80\0\0\x04\0\0\x04\x01\0\0\0\x01", 16},
		/* an error response with a NUL */
		{"\0\0\0\x11\x80\0\0\x04\0\0\0\x58\0\0\0\x01\0", 17},
		/* submit_sm_resp, ESME_ROK and no body */
		{"\0\0\0\x10\x80\0\0\x04\0\0\0\0\0\0\0\x01", 16},
		/* deliver_sm_resp without a body, and with an id */
		{"\0\0\0\x10\x80\0\0\x05\0\0\0\0\0\0\0\x01", 16},
		{"\0\0\0\x13\x80\0\0\x05\0\0\0\0\0\0\0\x01\x31\x32\0", 19},
		/* sequence number 0 */
		{"\0\0\0\x10\0\0\0\x15\0\0\0\0\0\0\0\0", 16},
		/* bind_transceiver of version 0x50 */
		{"\0\0\0\x17\0\0\0\x09\0\0\0\0\0\0\0\x01\0\0\0\x50\0\0\0", 23},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span bytes = {(const uint8_t *)rows[i].octets, rows[i].length};
		struct pdu pdu;
		assert_int_equal(pdu_decode(bytes, &pdu), ESME_ROK);
		assert_int_equal(wall_unpack(bytes, &reading), -EPROTO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_library_reads_back_what_we_meant_and_we_read_the_same),
		cmocka_unit_test(our_encoder_writes_the_librarys_octets),
		cmocka_unit_test(those_that_failed_are_read_alike),
		cmocka_unit_test(what_the_library_cannot_hold_is_refused_before_it_sees_it),
		cmocka_unit_test(a_pdu_that_would_overrun_the_librarys_log_is_kept_from_it),
		cmocka_unit_test(we_read_what_the_library_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
