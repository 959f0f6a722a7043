#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "smpp/receipt.h"

static const struct span nothing = {NULL, 0};

static struct span text(const char *string)
{
	return (struct span){(const uint8_t *)string, strlen(string)};
}

static void assert_span(struct span span, const char *expected)
{
	assert_int_equal(span.length, strlen(expected));
	assert_memory_equal(span.at, expected, span.length);
}

static void the_form_of_appendix_b_is_read(void **state)
{
	(void)state;
	struct receipt receipt;

	assert_int_equal(receipt_parse(text("id:0123456789 sub:001 dlvrd:001 "
					    "submit date:2401021030 done date:2401021031 "
					    "stat:DELIVRD err:000 text:Hello there"),
				       nothing, &receipt),
			 0);
	assert_span(receipt.id, "0123456789");
	assert_span(receipt.submitted, "001");
	assert_span(receipt.delivered, "001");
	assert_span(receipt.submit_date, "2401021030");
	assert_span(receipt.done_date, "2401021031");
	assert_true(receipt.has_state);
	assert_int_equal(receipt.state, RECEIPT_DELIVERED);
	assert_span(receipt.error, "000");
	assert_span(receipt.text, "Hello there");
}

static void order_case_and_writing_of_the_keys_do_not_matter(void **state)
{
	(void)state;
	struct receipt receipt;

	assert_int_equal(receipt_parse(text("STAT:undeliv Err:34 Done_Date:2024-01-02 10:31:00 "
					    "SubmitDate:240102103000 ID:ab-CD/12=="),
				       nothing, &receipt),
			 0);
	assert_span(receipt.id, "ab-CD/12==");
	assert_int_equal(receipt.state, RECEIPT_UNDELIVERABLE);
	assert_span(receipt.error, "34");
	assert_span(receipt.done_date, "2024-01-02 10:31:00");
	assert_span(receipt.submit_date, "240102103000");
}

static void missing_and_extra_fields_are_taken_as_they_come(void **state)
{
	(void)state;
	struct receipt receipt;

	assert_int_equal(receipt_parse(text("id:77 mcc:262 stat:EXPIRED"), nothing, &receipt), 0);
	assert_span(receipt.id, "77");
	assert_int_equal(receipt.state, RECEIPT_EXPIRED);
	assert_int_equal(receipt_parse(text("id:77"), nothing, &receipt), 0);
	assert_false(receipt.has_state);
	assert_int_equal(receipt_parse(text("id:1,stat:REJECTD,err:5"), nothing, &receipt), 0);
	assert_span(receipt.id, "1");
	assert_int_equal(receipt.state, RECEIPT_REJECTED);
}

static void what_carriers_write_otherwise_is_read_all_the_same(void **state)
{
	(void)state;
	static const struct {
		const char *text, *id;
		int state; /* -1 for none */
		const char *error;
	} rows[] = {
		{"id=5 sub=001 dlvrd=001 submit date=2401021030 stat=DELIVRD err=000", "5",
		 RECEIPT_DELIVERED, "000"},
		{"id:\"a b:c\" stat:\"UNDELIV\" err:\"27\"", "a b:c", RECEIPT_UNDELIVERABLE, "27"},
		{"id:'7' stat:'EXPIRED'", "7", RECEIPT_EXPIRED, ""},
		{"id: \"8\" , state: \"DELIVRD\"", "8", RECEIPT_DELIVERED, ""},
		{"id:9 state:DELIVRD err:0", "9", RECEIPT_DELIVERED, "0"},
		{"id:9 status:Undeliverable error code:1402", "9", RECEIPT_UNDELIVERABLE, "1402"},
		{"Message ID: 10\nMessage State: REJECTD\nErr_Code: 8", "10", RECEIPT_REJECTED,
		 "8"},
		{"msg_id=11&status=DELIVERED&errorcode=0", "11", RECEIPT_DELIVERED, "0"},
		{"id:12 submit-date:2401021030 done-date:2401021031 stat:DELETED", "12",
		 RECEIPT_DELETED, ""},
		{"id = 13, stat = FAILED", "13", RECEIPT_UNDELIVERABLE, ""},
		{"id=14 mcc=262 mnc=01 stat=EXPIRED", "14", RECEIPT_EXPIRED, ""},
		{"id:AbCd== stat:DELIVRD", "AbCd==", RECEIPT_DELIVERED, ""},
		{"id: AbCd= stat:DELIVRD", "AbCd=", RECEIPT_DELIVERED, ""},
		{"id:15 stat:BUFFRED", "15", RECEIPT_ENROUTE, ""},
		{"id:15 stat:ACKED", "15", RECEIPT_ACCEPTED, ""},
		{"id:15 stat:QUEUED", "15", RECEIPT_ENROUTE, ""},
		{"id:15 stat:UNKNOWN err:000", "15", RECEIPT_UNKNOWN, "000"},
		{"id:16 stat:XYZZY err:3", "16", -1, "3"},
		{"id:17 stat:", "17", -1, ""},
		{"id:18 msgid:99 stat:DELIVRD", "18", RECEIPT_DELIVERED, ""},
		{"id:19 stat:DELIVRD state:UNDELIV", "19", RECEIPT_DELIVERED, ""},
		{"id:20 stat:DELIVRD text:err=9 id=3", "20", RECEIPT_DELIVERED, ""},
		{"id:\"21 stat:DELIVRD err:1", "\"21", RECEIPT_DELIVERED, "1"},
		{"id:rdwjwxns18krxr9936ey96ymcw sub:000 dlvrd:000 submit date:180711070003912+ "
		 "done date:180711070000012+ stat:UNDELIV err:000",
		 "rdwjwxns18krxr9936ey96ymcw", RECEIPT_UNDELIVERABLE, "000"},
		{"text:Hi, stat:DELIVRD, id:22", "22", RECEIPT_DELIVERED, ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct receipt receipt;
		assert_int_equal(receipt_parse(text(rows[i].text), nothing, &receipt), 0);
		assert_span(receipt.id, rows[i].id);
		assert_int_equal(receipt.has_state, rows[i].state >= 0);
		assert_int_equal(receipt.state,
				 rows[i].state >= 0 ? rows[i].state : (int)RECEIPT_UNKNOWN);
		assert_span(receipt.error, rows[i].error);
	}
}

static void a_quotation_hides_what_looks_like_fields(void **state)
{
	(void)state;
	struct receipt receipt;

	assert_int_equal(receipt_parse(text("text:\"id:6 stat:REJECTD\" id:5 stat:DELIVRD"),
				       nothing, &receipt),
			 0);
	assert_span(receipt.id, "5");
	assert_int_equal(receipt.state, RECEIPT_DELIVERED);
	assert_span(receipt.text, "id:6 stat:REJECTD");
}

static void the_words_of_a_message_do_not_override_its_fields(void **state)
{
	(void)state;
	struct receipt receipt;

	assert_int_equal(receipt_parse(text("id:5 stat:DELIVRD err:000 "
					    "text:id:6 stat:REJECTD note: err:9"),
				       nothing, &receipt),
			 0);
	assert_span(receipt.id, "5");
	assert_int_equal(receipt.state, RECEIPT_DELIVERED);
	assert_span(receipt.text, "id:6 stat:REJECTD note: err:9");
}

static void parameters_win_over_the_text(void **state)
{
	(void)state;
	static const uint8_t tlvs[] = {0, 0x1E, 0, 3,	 'x', 'y', 0, 4, 0x27, 0,
				       1, 5,	4, 0x23, 0,   3,   3, 1, 0x2C};
	struct receipt receipt;

	assert_int_equal(receipt_parse(text("id:5 stat:DELIVRD"), (struct span){tlvs, sizeof(tlvs)},
				       &receipt),
			 0);
	assert_span(receipt.id, "xy");
	assert_int_equal(receipt.state, RECEIPT_UNDELIVERABLE);
	assert_true(receipt.has_network_error);
	assert_int_equal(receipt.network_type, 3);
	assert_int_equal(receipt.network_error, 300);
	assert_int_equal(receipt_parse(nothing, (struct span){tlvs, sizeof(tlvs)}, &receipt), 0);
	assert_span(receipt.id, "xy");
}

static void an_impossible_message_state_leaves_the_text_its_say(void **state)
{
	(void)state;
	static const uint8_t tlvs[] = {4, 0x27, 0, 1, 99};
	struct receipt receipt;

	assert_int_equal(receipt_parse(text("id:5 stat:DELIVRD"), (struct span){tlvs, sizeof(tlvs)},
				       &receipt),
			 0);
	assert_int_equal(receipt.state, RECEIPT_DELIVERED);
}

static void what_has_neither_id_nor_state_is_no_receipt(void **state)
{
	(void)state;
	struct receipt receipt;

	assert_int_equal(receipt_parse(text("Hello, how are you?"), nothing, &receipt), -EPROTO);
	assert_int_equal(receipt_parse(nothing, nothing, &receipt), -EPROTO);
	assert_int_equal(receipt_parse(text("id: stat:"), nothing, &receipt), -EPROTO);
}

static void a_text_of_two_octets_a_letter_is_narrowed(void **state)
{
	(void)state;
	static const uint8_t wide[] = {0, 'i', 0, 'd', 0, ':', 0, '5', 0, ' ', 0,    's',
				       0, 't', 0, 'a', 0, 't', 0, ':', 0, 'D', 0,    'E',
				       0, 'L', 0, 'I', 0, 'V', 0, 'R', 0, 'D', 0x4F, 0x60};
	uint8_t room[RECEIPT_TEXT_MAX], much[2 * RECEIPT_TEXT_MAX + 2] = {0};
	struct span body = {wide, sizeof(wide)};

	assert_span(receipt_text(0x04, 8, body, room), "id:5 stat:DELIVRD?");
	assert_span(receipt_text(0x04, 0x18, body, room), "id:5 stat:DELIVRD?");
	assert_ptr_equal(receipt_text(0x04, 0, body, room).at, wide);
	assert_ptr_equal(receipt_text(0x04, 8, (struct span){wide, 5}, room).at, wide);
	assert_span(receipt_text(0x04, 8, text("id:5 stat:"), room), "id:5 stat:");
	assert_int_equal(receipt_text(0x04, 8, (struct span){much, sizeof(much)}, room).length,
			 RECEIPT_TEXT_MAX);
}

static void sniffing_wants_both_id_and_stat(void **state)
{
	static const uint8_t tlvs[] = {0, 0x1E, 0, 3, 'x', 'y', 0, 4, 0x27, 0, 1, 2};

	(void)state;
	assert_true(receipt_sniff(text("Hello"), (struct span){tlvs, sizeof(tlvs)}));
	assert_false(receipt_sniff(text("Hello"), (struct span){tlvs, 7}));
	assert_true(receipt_sniff(text("id:5 sub:001 stat:DELIVRD"), nothing));
	assert_false(receipt_sniff(text("My id: 5"), nothing));
	assert_false(receipt_sniff(text("paid:5 restat:x"), nothing));
	assert_true(receipt_sniff(text("id=5 state=DELIVRD"), nothing));
	assert_true(receipt_sniff(text("id:5 stat:XYZZY"), nothing));
	assert_false(receipt_sniff(text("My id: 5, state: Texas"), nothing));
	assert_false(receipt_sniff(text("id=5 stat=what"), nothing));
}

static void the_message_type_is_bits_2_to_5(void **state)
{
	(void)state;
	assert_int_equal(receipt_type(0x00), RECEIPT_TYPE_MESSAGE);
	assert_int_equal(receipt_type(0x40), RECEIPT_TYPE_MESSAGE);
	assert_int_equal(receipt_type(0x04), RECEIPT_TYPE_RECEIPT);
	assert_int_equal(receipt_type(0x44), RECEIPT_TYPE_RECEIPT);
	assert_int_equal(receipt_type(0x07), RECEIPT_TYPE_RECEIPT);
	assert_int_equal(receipt_type(0x20), RECEIPT_TYPE_INTERMEDIATE);
	assert_int_equal(receipt_type(0x08), RECEIPT_TYPE_SME_ACK);
	assert_int_equal(receipt_type(0x24), RECEIPT_TYPE_OTHER);
}

static void only_an_end_is_final(void **state)
{
	(void)state;
	assert_true(receipt_is_final(RECEIPT_DELIVERED));
	assert_true(receipt_is_final(RECEIPT_EXPIRED));
	assert_true(receipt_is_final(RECEIPT_DELETED));
	assert_true(receipt_is_final(RECEIPT_UNDELIVERABLE));
	assert_true(receipt_is_final(RECEIPT_REJECTED));
	assert_false(receipt_is_final(RECEIPT_ENROUTE));
	assert_false(receipt_is_final(RECEIPT_ACCEPTED));
	assert_false(receipt_is_final(RECEIPT_UNKNOWN));
}

static void ids_meet_in_their_canonical_form(void **state)
{
	(void)state;
	static const struct {
		const char *id;
		enum receipt_id_form form;
		const char *canonical;
	} rows[] = {
		{"00AbC", RECEIPT_ID_TEXT, "abc"},
		{"0", RECEIPT_ID_TEXT, "0"},
		{"000", RECEIPT_ID_TEXT, "0"},
		{" 12 ", RECEIPT_ID_TEXT, "12"},
		{"00AbC", RECEIPT_ID_EXACT, "00AbC"},
		{"0000123", RECEIPT_ID_DECIMAL, "123"},
		{"1F", RECEIPT_ID_HEX, "31"},
		{"0x1f", RECEIPT_ID_HEX, "31"},
		{"0000", RECEIPT_ID_HEX, "0"},
		{"3B9ACA00", RECEIPT_ID_HEX, "1000000000"},
		{"FFFFFFFFFFFFFFFF", RECEIPT_ID_HEX, "18446744073709551615"},
		{"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", RECEIPT_ID_HEX,
		 "340282366920938463463374607431768211455"},
		{"00340282366920938463463374607431768211455", RECEIPT_ID_DECIMAL,
		 "340282366920938463463374607431768211455"},
		{"100000000000000000000000000000000", RECEIPT_ID_HEX,
		 "340282366920938463463374607431768211456"},
		{"msg-XY", RECEIPT_ID_HEX, "msg-xy"},
		{"550e8400-E29B", RECEIPT_ID_DECIMAL, "550e8400-e29b"},
	};
	char out[RECEIPT_ID_CANONICAL];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int length = receipt_canonical_id(text(rows[i].id), rows[i].form, out, sizeof(out));
		assert_string_equal(out, rows[i].canonical);
		assert_int_equal(length, strlen(rows[i].canonical));
	}
}

static void the_longest_id_fits_and_a_longer_one_is_refused(void **state)
{
	(void)state;
	char id[RECEIPT_ID_MAX + 2];
	char out[RECEIPT_ID_CANONICAL];

	memset(id, 'F', sizeof(id));
	id[RECEIPT_ID_MAX + 1] = '\0';
	assert_int_equal(receipt_canonical_id(text(id), RECEIPT_ID_HEX, out, sizeof(out)), -EINVAL);
	id[RECEIPT_ID_MAX] = '\0';
	assert_int_equal(receipt_canonical_id(text(id), RECEIPT_ID_HEX, out, sizeof(out)), 193);
	assert_int_equal(receipt_canonical_id(text(id), RECEIPT_ID_HEX, out, 193), -EMSGSIZE);
	assert_int_equal(receipt_canonical_id(nothing, RECEIPT_ID_TEXT, out, sizeof(out)), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_form_of_appendix_b_is_read),
		cmocka_unit_test(order_case_and_writing_of_the_keys_do_not_matter),
		cmocka_unit_test(missing_and_extra_fields_are_taken_as_they_come),
		cmocka_unit_test(what_carriers_write_otherwise_is_read_all_the_same),
		cmocka_unit_test(a_quotation_hides_what_looks_like_fields),
		cmocka_unit_test(the_words_of_a_message_do_not_override_its_fields),
		cmocka_unit_test(parameters_win_over_the_text),
		cmocka_unit_test(an_impossible_message_state_leaves_the_text_its_say),
		cmocka_unit_test(what_has_neither_id_nor_state_is_no_receipt),
		cmocka_unit_test(a_text_of_two_octets_a_letter_is_narrowed),
		cmocka_unit_test(sniffing_wants_both_id_and_stat),
		cmocka_unit_test(the_message_type_is_bits_2_to_5),
		cmocka_unit_test(only_an_end_is_final),
		cmocka_unit_test(ids_meet_in_their_canonical_form),
		cmocka_unit_test(the_longest_id_fits_and_a_longer_one_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
