#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "router/bus/key.h"

#define SPAN(literal) ((struct span){(const uint8_t *)(literal), sizeof(literal) - 1})

static void the_partition_is_the_crc_of_redis_cluster(void **state)
{
	(void)state;
	/* The check value of CRC-16/XMODEM, 0x31C3, as in the Redis Cluster specification. */
	assert_int_equal(key_partition(SPAN("123456789"), 16384), 0x31C3);
	assert_int_equal(key_partition(SPAN("123456789"), 16), 3);
	assert_int_equal(key_partition(SPAN(""), 16), 0);
	assert_int_equal(key_partition((struct span){NULL, 0}, 16), 0);
	/* Bytes above 127 count as they are. */
	assert_int_equal(key_partition(SPAN("\xff"), 65535), 0x1EF0);
}

static void partitions_are_within_their_number(void **state)
{
	(void)state;
	bool seen[KEY_PARTITIONS_DEFAULT] = {false};

	for (unsigned n = 0; n < 2000; n++) {
		uint8_t address[2] = {(uint8_t)(n >> 8), (uint8_t)n};
		unsigned partition =
			key_partition((struct span){address, 2}, KEY_PARTITIONS_DEFAULT);
		assert_in_range(partition, 0, KEY_PARTITIONS_DEFAULT - 1);
		seen[partition] = true;
		assert_int_equal(key_partition((struct span){address, 2}, 1), 0);
		assert_int_equal(key_partition((struct span){address, 2}, 0), 0);
	}
	for (unsigned n = 0; n < KEY_PARTITIONS_DEFAULT; n++)
		assert_true(seen[n]);
}

static void every_key_has_its_name(void **state)
{
	(void)state;
	char key[KEY_MAX];

	assert_string_equal(key_tag(3, key), "{c3}");
	assert_string_equal(key_in(3, key), "{c3}:in");
	assert_string_equal(key_events(0, key), "{c0}:events");
	assert_string_equal(key_cursor(12, key), "{c12}:cursor");
	assert_string_equal(key_due(12, key), "{c12}:due");
	assert_string_equal(key_flight(3, "acme", key), "{c3}:flight:acme");
	assert_string_equal(key_conversation(3, SPAN("01H"), key), "{c3}:conv:01H");
	assert_string_equal(key_messages(3, SPAN("01H"), key), "{c3}:conv:01H:msgs");
	assert_string_equal(key_message(3, SPAN("m1"), key), "{c3}:msg:m1");
	assert_string_equal(key_optout(3, SPAN("+15550199"), key), "{c3}:opt:+15550199");
	assert_string_equal(key_agent_tag("ann", key), "{a:ann}");
	assert_string_equal(key_agent_events("ann", key), "{a:ann}:events");
	assert_string_equal(key_outbound_channel("acme", key), "mt:acme");
	assert_string_equal(key_agent_channel("ann", key), "agent:ann");
	assert_string_equal(key_user("ann", key), "{u}:user:ann");
	assert_string_equal(key_users(key), "{u}:users");
	assert_string_equal(key_session("ab12", key), "{u}:session:ab12");
	assert_string_equal(key_user_try("name", "ann", key), "{u}:try:name:ann");
}

static void a_key_is_the_buffer_that_was_given(void **state)
{
	(void)state;
	char key[KEY_MAX];

	assert_ptr_equal(key_tag(3, key), key);
}

static void a_receipt_is_found_by_account_and_id_together(void **state)
{
	(void)state;
	unsigned apart = 0;

	assert_int_equal(key_receipt_partition(SPAN("acme"), SPAN("123456789"), 1024),
			 key_partition(SPAN("acme:123456789"), 1024));
	for (int digit = '0'; digit <= '9'; digit++) {
		char id[2] = {(char)digit, 0};
		struct span span = {(const uint8_t *)id, 1};
		apart += key_receipt_partition(SPAN("acme"), span, 1024) !=
			 key_receipt_partition(SPAN("other"), span, 1024);
	}
	assert_in_range(apart, 8, 10);
}

static void a_name_that_is_too_long_keeps_its_own_key(void **state)
{
	(void)state;
	uint8_t name[600];
	char one[KEY_MAX];
	char other[KEY_MAX];

	memset(name, 'x', sizeof(name));
	key_message(3, (struct span){name, sizeof(name)}, one);
	assert_int_equal(strlen(one), KEY_MAX - 1);
	name[sizeof(name) - 1] = 'y';
	key_message(3, (struct span){name, sizeof(name)}, other);
	assert_int_equal(strlen(other), KEY_MAX - 1);
	assert_string_not_equal(one, other);
	assert_int_equal(strncmp(one, other, 170), 0);
}

static void a_name_of_any_length_fits(void **state)
{
	(void)state;
	static uint8_t name[5000];
	char key[KEY_MAX];

	memset(name, 'x', sizeof(name));
	for (size_t length = 0; length < sizeof(name); length += 7) {
		struct span span = {name, length};
		memset(key, '!', sizeof(key));
		key_messages(1023, span, key);
		assert_non_null(memchr(key, 0, sizeof(key)));
		assert_in_range(key_receipt_partition(span, span, 1024), 0, 1023);
	}
}

/* The longest key that is left as it is has KEY_MAX - 1 octets. */
static void a_name_is_cut_only_where_it_must_be(void **state)
{
	(void)state;
	uint8_t name[KEY_MAX];
	char key[KEY_MAX];
	size_t room = KEY_MAX - 1 - strlen("{c3}:msg:");

	memset(name, 'x', sizeof(name));
	key_message(3, (struct span){name, room}, key);
	assert_null(strchr(key, '~'));
	assert_int_equal(strlen(key), KEY_MAX - 1);
	key_message(3, (struct span){name, room + 1}, key);
	assert_non_null(strchr(key, '~'));
	assert_int_equal(strlen(key), KEY_MAX - 1);
}

static void a_name_is_looked_up_without_its_case(void **state)
{
	char name[2 * KEY_MAX], out[KEY_MAX];

	(void)state;
	assert_string_equal(key_unique("Front DESK 2", out), "front desk 2");
	assert_string_equal(key_unique("", out), "");
	assert_string_equal(key_unique("Ärger", out), "Ärger");
	memset(name, 'X', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(strlen(key_unique(name, out)), KEY_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_partition_is_the_crc_of_redis_cluster),
		cmocka_unit_test(partitions_are_within_their_number),
		cmocka_unit_test(every_key_has_its_name),
		cmocka_unit_test(a_key_is_the_buffer_that_was_given),
		cmocka_unit_test(a_receipt_is_found_by_account_and_id_together),
		cmocka_unit_test(a_name_that_is_too_long_keeps_its_own_key),
		cmocka_unit_test(a_name_of_any_length_fits),
		cmocka_unit_test(a_name_is_cut_only_where_it_must_be),
		cmocka_unit_test(a_name_is_looked_up_without_its_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
