#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "smpp/pcap.h"

static const uint8_t enquire[16] = {0, 0, 0, 16, 0, 0, 0, 0x15, 0, 0, 0, 0, 0, 0, 0, 1};

static uint32_t big(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The sum of RFC 1071 over what holds its own checksum is 0xFFFF. */
static uint32_t sum(const uint8_t *at, size_t length, uint32_t from)
{
	for (size_t i = 0; i < length; i += 2)
		from += (uint32_t)at[i] << 8 | (i + 1 < length ? at[i + 1] : 0u);
	while (from >> 16)
		from = (from & 0xFFFF) + (from >> 16);
	return from;
}

static void the_file_begins_with_the_magic_number_and_raw_ip(void **state)
{
	static const uint8_t expected[PCAP_FILE_HEADER] = {0xD4, 0xC3, 0xB2, 0xA1, 2,	0, 4, 0,
							   0,	 0,    0,    0,	   0,	0, 0, 0,
							   0xFF, 0xFF, 0,    0,	   101, 0, 0, 0};
	uint8_t out[PCAP_FILE_HEADER];

	(void)state;
	pcap_file_header(out);
	assert_memory_equal(out, expected, sizeof(expected));
}

static void a_packet_has_the_time_and_both_lengths(void **state)
{
	static const uint8_t record[16] = {0x0A, 0, 0, 0, 0x07, 0, 0, 0, 56, 0, 0, 0, 56, 0, 0, 0};
	struct span rest = {enquire, sizeof(enquire)};
	uint8_t out[PCAP_PACKET_MAX];
	struct pcap_flow flow;

	(void)state;
	pcap_flow_init(&flow, 0);
	assert_int_equal(pcap_packet(&flow, true, 10000007, &rest, out), 72);
	assert_memory_equal(out, record, sizeof(record));
	assert_memory_equal(out + 56, enquire, sizeof(enquire));
	assert_int_equal(rest.length, 0);
}

static void checksums_are_right(void **state)
{
	struct span rest = {enquire, 15}; /* an odd length is padded */
	uint8_t out[PCAP_PACKET_MAX];
	struct pcap_flow flow;

	(void)state;
	pcap_flow_init(&flow, 3);
	assert_int_equal(pcap_packet(&flow, false, 0, &rest, out), 71);
	assert_int_equal(sum(out + 16, 20, 0), 0xFFFF);
	assert_int_equal(sum(out + 36, 35, sum(out + 28, 8, 6 + 35)), 0xFFFF);
}

static void sequence_numbers_run_on_in_each_direction(void **state)
{
	uint8_t out[PCAP_PACKET_MAX];
	struct pcap_flow flow;

	(void)state;
	pcap_flow_init(&flow, 0);
	for (unsigned i = 0; i < 2; i++) {
		struct span asked = {enquire, 16}, answered = {enquire, 10};
		(void)pcap_packet(&flow, true, 0, &asked, out);
		assert_int_equal(big(out + 40), 1 + 16 * i);
		assert_int_equal(big(out + 44), 1 + 10 * i);
		(void)pcap_packet(&flow, false, 0, &answered, out);
		assert_int_equal(big(out + 40), 1 + 10 * i);
		assert_int_equal(big(out + 44), 17 + 16 * i);
	}
}

static void binds_have_ports_of_their_own(void **state)
{
	struct pcap_flow first, second, far;

	(void)state;
	pcap_flow_init(&first, 0);
	pcap_flow_init(&second, 1);
	pcap_flow_init(&far, UINT32_MAX);
	assert_int_equal(first.port, 20000);
	assert_int_equal(second.port, 20001);
	assert_true(far.port >= 20000);
}

static void a_long_pdu_takes_several_packets(void **state)
{
	static uint8_t pdu[70000], out[PCAP_PACKET_MAX];
	struct span rest = {pdu, sizeof(pdu)};
	struct pcap_flow flow;
	unsigned packets = 0;

	(void)state;
	pcap_flow_init(&flow, 0);
	for (; rest.length; packets++)
		assert_true(pcap_packet(&flow, true, 0, &rest, out) <= PCAP_PACKET_MAX);
	assert_int_equal(packets, 3);
	assert_int_equal(flow.esme_sequence, 1 + sizeof(pdu));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_begins_with_the_magic_number_and_raw_ip),
		cmocka_unit_test(a_packet_has_the_time_and_both_lengths),
		cmocka_unit_test(checksums_are_right),
		cmocka_unit_test(sequence_numbers_run_on_in_each_direction),
		cmocka_unit_test(binds_have_ports_of_their_own),
		cmocka_unit_test(a_long_pdu_takes_several_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
