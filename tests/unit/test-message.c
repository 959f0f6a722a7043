#include "smpp/message.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define OCTETS(literal) ((struct span){(const uint8_t *)(literal), sizeof(literal) - 1})

static const struct message mo = {
	.kind = MESSAGE_MO,
	.mo = {.carrier = OCTETS("acme"),
	       .bind = 2,
	       .sequence = 0x80000001,
	       .heard_ms = 1700000000123,
	       .broken_ms = 1700000000000,
	       .ours = OCTETS("12345"),
	       .customer = OCTETS("+15551230001"),
	       .raw_source = OCTETS("15551230001"),
	       .raw_destination = OCTETS("12345"),
	       .source_ton = 1,
	       .source_npi = 1,
	       .destination_ton = 3,
	       .destination_npi = 9,
	       .esm_class = 0x40,
	       .protocol_id = 0x7F,
	       .data_coding = 8,
	       .body = OCTETS("\x05\x00\x03\x07\x02\x01\x00"
			      "a"),
	       .from_payload = true,
	       .tlvs = OCTETS("\x02\x04\x00\x02\x00\x01")},
};

static const struct message mt = {
	.kind = MESSAGE_MT,
	.mt = {.id = OCTETS("m1"),
	       .conversation = OCTETS("c9"),
	       .carrier = OCTETS("acme"),
	       .ours = OCTETS("12345"),
	       .customer = OCTETS("+15551230001"),
	       .text = OCTETS("hi"),
	       .class = MESSAGE_BULK,
	       .receipt = true,
	       .accepted_ms = 1,
	       .expires_ms = UINT64_MAX,
	       .flash = true,
	       .validity_s = 2678400,
	       .schedule_ms = 1700000000123},
};

static const struct message result = {
	.kind = MESSAGE_RESULT,
	.result = {.id = OCTETS("m1"),
		   .carrier = OCTETS("acme"),
		   .bind = 1,
		   .segment = 254,
		   .segments = 255,
		   .outcome = MESSAGE_FAILED,
		   .status = 0x58,
		   .smsc_id = OCTETS("0A"),
		   .reason = OCTETS("expired"),
		   .submitted_ms = 5,
		   .answered_ms = 6},
};

static void same_span(struct span one, struct span other)
{
	assert_int_equal(one.length, other.length);
	if (one.length > 0)
		assert_memory_equal(one.at, other.at, one.length);
}

static struct message travel(const struct message *message, uint8_t *record, size_t capacity)
{
	struct message read;
	int length = message_encode(message, record, capacity);

	assert_true(length > 0);
	assert_int_equal(message_decode((struct span){record, (size_t)length}, &read), 0);
	assert_int_equal(read.kind, message->kind);
	return read;
}

static void an_mo_is_read_back_as_it_was(void **state)
{
	(void)state;
	uint8_t record[512];
	struct message read = travel(&mo, record, sizeof(record));

	same_span(read.mo.carrier, mo.mo.carrier);
	assert_int_equal(read.mo.bind, 2);
	assert_int_equal(read.mo.sequence, 0x80000001);
	assert_int_equal(read.mo.heard_ms, 1700000000123);
	assert_int_equal(read.mo.broken_ms, 1700000000000);
	same_span(read.mo.ours, mo.mo.ours);
	same_span(read.mo.customer, mo.mo.customer);
	same_span(read.mo.raw_source, mo.mo.raw_source);
	same_span(read.mo.raw_destination, mo.mo.raw_destination);
	assert_int_equal(read.mo.source_ton, 1);
	assert_int_equal(read.mo.source_npi, 1);
	assert_int_equal(read.mo.destination_ton, 3);
	assert_int_equal(read.mo.destination_npi, 9);
	assert_int_equal(read.mo.esm_class, 0x40);
	assert_int_equal(read.mo.protocol_id, 0x7F);
	assert_int_equal(read.mo.data_coding, 8);
	same_span(read.mo.body, mo.mo.body);
	assert_true(read.mo.from_payload);
	same_span(read.mo.tlvs, mo.mo.tlvs);
}

static void an_mt_is_read_back_as_it_was(void **state)
{
	(void)state;
	uint8_t record[512];
	struct message read = travel(&mt, record, sizeof(record));

	same_span(read.mt.id, mt.mt.id);
	same_span(read.mt.conversation, mt.mt.conversation);
	same_span(read.mt.carrier, mt.mt.carrier);
	same_span(read.mt.ours, mt.mt.ours);
	same_span(read.mt.customer, mt.mt.customer);
	same_span(read.mt.text, mt.mt.text);
	assert_int_equal(read.mt.class, MESSAGE_BULK);
	assert_true(read.mt.receipt);
	assert_int_equal(read.mt.accepted_ms, 1);
	assert_true(read.mt.expires_ms == UINT64_MAX);
	assert_true(read.mt.flash);
	assert_int_equal(read.mt.validity_s, 2678400);
	assert_int_equal(read.mt.schedule_ms, 1700000000123);
}

/* As written before flash, validity and schedule were there: tags 11 to 13. */
static const uint8_t older_mt[] = {
	1, 2,					     /* version, MT */
	1, 0, 0, 0, 1, 'm', 3,	 0, 0, 0, 1, 'a',    /* id, carrier */
	4, 0, 0, 0, 1, '1', 5,	 0, 0, 0, 1, '2',    /* ours, customer */
	6, 0, 0, 0, 2, 'h', 'i',		     /* text */
	9, 0, 0, 0, 8, 0,   0,	 0, 0, 0, 0, 1,	  0, /* accepted_ms */
};

static void an_mt_of_before_flash_and_validity_is_still_read(void **state)
{
	(void)state;
	uint8_t record[sizeof(older_mt) + 64];
	struct message read;

	assert_int_equal(message_decode((struct span){older_mt, sizeof(older_mt)}, &read), 0);
	assert_int_equal(read.mt.accepted_ms, 256);
	assert_false(read.mt.flash);
	assert_int_equal(read.mt.validity_s, 0);
	assert_int_equal(read.mt.schedule_ms, 0);
	/* What is not asked for is not written, so a reader of before finds nothing new. */
	assert_int_equal(message_encode(&read, record, sizeof(record)), sizeof(older_mt));
	assert_memory_equal(record, older_mt, sizeof(older_mt));
}

static int decode_mt_with(const uint8_t *more, size_t length, struct message *read)
{
	uint8_t record[sizeof(older_mt) + 64];

	memcpy(record, older_mt, sizeof(older_mt));
	if (length)
		memcpy(record + sizeof(older_mt), more, length);
	return message_decode((struct span){record, sizeof(older_mt) + length}, read);
}

static void flash_validity_and_schedule_have_these_octets_and_limits(void **state)
{
	(void)state;
	static const uint8_t asked[] = {11, 0,	0, 0, 1, 1, 12, 0, 0, 0, 4, 0, 0, 14,
					16, 13, 0, 0, 0, 8, 0,	0, 0, 0, 0, 0, 1, 0};
	static const uint8_t flash[] = {11, 0, 0, 0, 1, 2};
	static const uint8_t longest[] = {12, 0, 0, 0, 4, 0, 0x28, 0xDE, 0x80};
	static const uint8_t longer[] = {12, 0, 0, 0, 4, 0, 0x28, 0xDE, 0x81};
	static const uint8_t short_schedule[] = {13, 0, 0, 0, 4, 0, 0, 0, 1};
	struct message read;

	assert_int_equal(decode_mt_with(asked, sizeof(asked), &read), 0);
	assert_true(read.mt.flash);
	assert_int_equal(read.mt.validity_s, 3600);
	assert_int_equal(read.mt.schedule_ms, 256);
	assert_int_equal(decode_mt_with(flash, sizeof(flash), &read), -EPROTO);
	assert_int_equal(decode_mt_with(longest, sizeof(longest), &read), 0);
	assert_int_equal(decode_mt_with(longer, sizeof(longer), &read), -EPROTO);
	assert_int_equal(decode_mt_with(short_schedule, sizeof(short_schedule), &read), -EPROTO);
}

static void what_may_go_out_once_alone_says_so_in_tag_14(void **state)
{
	(void)state;
	static const uint8_t once[] = {14, 0, 0, 0, 1, 1};
	static const uint8_t twice[] = {14, 0, 0, 0, 1, 2};
	struct message read;

	assert_int_equal(decode_mt_with(once, sizeof(once), &read), 0);
	assert_true(read.mt.once);
	assert_int_equal(decode_mt_with(NULL, 0, &read), 0);
	assert_false(read.mt.once);
	assert_int_equal(decode_mt_with(twice, sizeof(twice), &read), -EPROTO);
}

static void a_result_is_read_back_as_it_was(void **state)
{
	(void)state;
	uint8_t record[512];
	struct message read = travel(&result, record, sizeof(record));

	same_span(read.result.id, result.result.id);
	same_span(read.result.carrier, result.result.carrier);
	assert_int_equal(read.result.bind, 1);
	assert_int_equal(read.result.segment, 254);
	assert_int_equal(read.result.segments, 255);
	assert_int_equal(read.result.outcome, MESSAGE_FAILED);
	assert_int_equal(read.result.status, 0x58);
	same_span(read.result.smsc_id, result.result.smsc_id);
	same_span(read.result.reason, result.result.reason);
	assert_int_equal(read.result.submitted_ms, 5);
	assert_int_equal(read.result.answered_ms, 6);
}

/* The record's octets, so that a change of the format shows. */
static const uint8_t smallest[] = {
	1,  1,					    /* version, MO */
	1,  0, 0, 0, 1, 'a',			    /* carrier */
	4,  0, 0, 0, 8, 0,   0, 0, 0, 0, 0, 1,	 0, /* heard_ms */
	6,  0, 0, 0, 1, '1', 7, 0, 0, 0, 1, '2',    /* ours, customer */
	17, 0, 0, 0, 0,				    /* body */
};

static void the_smallest_record_has_these_octets(void **state)
{
	(void)state;
	struct message message = {.kind = MESSAGE_MO,
				  .mo = {.carrier = OCTETS("a"),
					 .heard_ms = 256,
					 .ours = OCTETS("1"),
					 .customer = OCTETS("2")}};
	uint8_t record[sizeof(smallest)];

	assert_int_equal(message_encode(&message, record, sizeof(record)), sizeof(smallest));
	assert_memory_equal(record, smallest, sizeof(smallest));
	assert_int_equal(message_encode(&message, record, sizeof(record) - 1), -EMSGSIZE);
}

static int decode_with(const uint8_t *more, size_t length)
{
	uint8_t record[sizeof(smallest) + 64];
	struct message read;

	memcpy(record, smallest, sizeof(smallest));
	memcpy(record + sizeof(smallest), more, length);
	return message_decode((struct span){record, sizeof(smallest) + length}, &read);
}

static void an_unknown_field_is_skipped_and_a_repeated_one_refused(void **state)
{
	(void)state;
	static const uint8_t unknown[] = {200, 0, 0, 0, 2, 'x', 'y'};
	static const uint8_t twice[] = {200, 0, 0, 0, 0, 200, 0, 0, 0, 0};
	static const uint8_t repeated[] = {1, 0, 0, 0, 1, 'b'};

	assert_int_equal(decode_with(unknown, sizeof(unknown)), 0);
	assert_int_equal(decode_with(twice, sizeof(twice)), -EPROTO);
	assert_int_equal(decode_with(repeated, sizeof(repeated)), -EPROTO);
}

static void a_field_of_a_wrong_size_or_value_is_refused(void **state)
{
	(void)state;
	static const uint8_t wide[] = {10, 0, 0, 0, 2, 0, 1};
	static const uint8_t flag[] = {5, 0, 0, 0, 1, 2};
	static const uint8_t past[] = {19, 0xFF, 0xFF, 0xFF, 0xFF, 0};
	static const uint8_t half[] = {19, 0, 0};

	assert_int_equal(decode_with(wide, sizeof(wide)), -EPROTO);
	assert_int_equal(decode_with(flag, sizeof(flag)), -EPROTO);
	assert_int_equal(decode_with(past, sizeof(past)), -EPROTO);
	assert_int_equal(decode_with(half, sizeof(half)), -EPROTO);
}

static void every_cut_record_is_refused(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(smallest); length++) {
		struct message read;
		assert_int_equal(message_decode((struct span){smallest, length}, &read), -EPROTO);
	}
}

static void a_later_version_and_an_unknown_kind_are_told_apart(void **state)
{
	(void)state;
	struct message read;

	assert_int_equal(message_decode(OCTETS("\x02\x01"), &read), -ENOTSUP);
	assert_int_equal(message_decode(OCTETS("\x01\x09"), &read), -ENOTSUP);
	assert_int_equal(message_decode(OCTETS("\x01\x00"), &read), -ENOTSUP);
	assert_int_equal(message_decode(OCTETS("\x00\x01"), &read), -EPROTO);
	assert_int_equal(message_decode((struct span){smallest, MESSAGE_RECORD_MAX + 1}, &read),
			 -EMSGSIZE);
}

static void what_a_record_must_have_is_asked_for(void **state)
{
	(void)state;
	uint8_t record[512];
	struct message message = mo;

	message.mo.carrier.length = 0;
	assert_int_equal(message_encode(&message, record, sizeof(record)), -EINVAL);
	message = mt;
	message.mt.customer = OCTETS("+1234567890123456789012345");
	assert_int_equal(message_encode(&message, record, sizeof(record)), -EINVAL);
	message = mt;
	message.mt.validity_s = 2678401;
	assert_int_equal(message_encode(&message, record, sizeof(record)), -EINVAL);
	message = result;
	message.result.segment = 255;
	assert_int_equal(message_encode(&message, record, sizeof(record)), -EINVAL);
	message = result;
	message.result.segments = 0;
	assert_int_equal(message_encode(&message, record, sizeof(record)), -EINVAL);
	message = result;
	message.result.outcome = (enum message_outcome)9;
	assert_int_equal(message_encode(&message, record, sizeof(record)), -EINVAL);
	message.kind = (enum message_kind)7;
	assert_int_equal(message_encode(&message, record, sizeof(record)), -EINVAL);
}

static void the_largest_payload_fits_and_a_larger_record_does_not(void **state)
{
	(void)state;
	static uint8_t body[MESSAGE_RECORD_MAX], record[MESSAGE_RECORD_MAX + 1024];
	struct message message = mo;

	message.mo.body = (struct span){body, 65535};
	message.mo.tlvs = (struct span){body, (size_t)68 * 1024};
	struct message read = travel(&message, record, sizeof(record));
	assert_int_equal(read.mo.body.length, 65535);
	assert_int_equal(read.mo.tlvs.length, 68 * 1024);
	message.mo.body = (struct span){body, sizeof(body)};
	assert_int_equal(message_encode(&message, record, sizeof(record)), -EMSGSIZE);
}

static void a_repetition_has_the_same_fingerprint(void **state)
{
	(void)state;
	struct message_mo again = mo.mo;

	again.bind = 0;
	again.sequence = 7;
	again.heard_ms = 9;
	again.broken_ms = 0;
	again.raw_source = OCTETS("5551230001");
	assert_true(message_fingerprint(&again) == message_fingerprint(&mo.mo));
	again.tlvs = OCTETS("\x02\x04\x00\x02\x00\x01\x14\x01\x00\x01\x07");
	assert_true(message_fingerprint(&again) == message_fingerprint(&mo.mo));
}

static void another_message_has_another_fingerprint(void **state)
{
	(void)state;
	uint64_t known = message_fingerprint(&mo.mo);
	struct message_mo others[8];

	for (size_t i = 0; i < 8; i++)
		others[i] = mo.mo;
	others[0].carrier = OCTETS("other");
	others[1].ours = OCTETS("12346");
	others[2].customer = OCTETS("+15551230002");
	others[3].esm_class = 0;
	others[4].data_coding = 0;
	others[5].body = OCTETS("\x05\x00\x03\x07\x02\x02\x00"
				"a");
	others[6].tlvs = OCTETS("\x02\x04\x00\x02\x00\x02");
	/* The same octets, divided otherwise. */
	others[7].ours = OCTETS("12345+");
	others[7].customer = OCTETS("15551230001");
	for (size_t i = 0; i < 8; i++)
		assert_false(message_fingerprint(&others[i]) == known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_mo_is_read_back_as_it_was),
		cmocka_unit_test(an_mt_is_read_back_as_it_was),
		cmocka_unit_test(an_mt_of_before_flash_and_validity_is_still_read),
		cmocka_unit_test(flash_validity_and_schedule_have_these_octets_and_limits),
		cmocka_unit_test(what_may_go_out_once_alone_says_so_in_tag_14),
		cmocka_unit_test(a_result_is_read_back_as_it_was),
		cmocka_unit_test(the_smallest_record_has_these_octets),
		cmocka_unit_test(an_unknown_field_is_skipped_and_a_repeated_one_refused),
		cmocka_unit_test(a_field_of_a_wrong_size_or_value_is_refused),
		cmocka_unit_test(every_cut_record_is_refused),
		cmocka_unit_test(a_later_version_and_an_unknown_kind_are_told_apart),
		cmocka_unit_test(what_a_record_must_have_is_asked_for),
		cmocka_unit_test(the_largest_payload_fits_and_a_larger_record_does_not),
		cmocka_unit_test(a_repetition_has_the_same_fingerprint),
		cmocka_unit_test(another_message_has_another_fingerprint),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
