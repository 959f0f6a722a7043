#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "smpp/frame.h"

/* enquire_link 1, a deliver_sm_resp with its NUL, enquire_link_resp 2. */
static const uint8_t three[] = {
	0, 0, 0, 16, 0,	   0, 0, 0x15, 0, 0, 0, 0, 0, 0, 0, 1,	  /* */
	0, 0, 0, 17, 0x80, 0, 0, 5,    0, 0, 0, 0, 0, 0, 0, 9, 0, /* */
	0, 0, 0, 16, 0x80, 0, 0, 0x15, 0, 0, 0, 0, 0, 0, 0, 2,
};

static void feed(struct frame *frame, const uint8_t *octets, size_t count)
{
	while (count > 0) {
		uint8_t *at;
		size_t room;
		assert_int_equal(frame_reserve(frame, &at, &room), 0);
		size_t step = count < room ? count : room;
		memcpy(at, octets, step);
		frame_added(frame, step);
		octets += step;
		count -= step;
	}
}

/* Takes what is whole and compares it with `expected` from there on. */
static size_t take(struct frame *frame, const uint8_t *expected)
{
	struct span pdu;
	size_t taken = 0;

	while (frame_next(frame, &pdu) == FRAME_READY) {
		assert_memory_equal(pdu.at, expected + taken, pdu.length);
		taken += pdu.length;
	}
	return taken;
}

static void pdus_come_whole_out_of_single_octets(void **state)
{
	(void)state;
	struct frame frame;
	size_t taken = 0;

	frame_init(&frame, 0);
	for (size_t i = 0; i < sizeof(three); i++) {
		feed(&frame, three + i, 1);
		taken += take(&frame, three + taken);
		if (i + 1 == 16 || i + 1 == 33 || i + 1 == 49)
			assert_int_equal(taken, i + 1);
	}
	assert_int_equal(taken, sizeof(three));
	assert_int_equal(frame_part(&frame), FRAME_BETWEEN);
	frame_finish(&frame);
}

static void a_split_at_any_offset_changes_nothing(void **state)
{
	(void)state;
	for (size_t split = 0; split <= sizeof(three); split++) {
		struct frame frame;
		frame_init(&frame, 0);
		feed(&frame, three, split);
		size_t taken = take(&frame, three);
		feed(&frame, three + split, sizeof(three) - split);
		taken += take(&frame, three + taken);
		assert_int_equal(taken, sizeof(three));
		frame_finish(&frame);
	}
}

static void a_half_read_pdu_says_where_it_stands(void **state)
{
	(void)state;
	struct frame frame;
	struct span pdu;

	frame_init(&frame, 0);
	assert_int_equal(frame_part(&frame), FRAME_BETWEEN);
	feed(&frame, three + 16, 1);
	assert_int_equal(frame_part(&frame), FRAME_IN_HEADER);
	feed(&frame, three + 17, 15);
	assert_int_equal(frame_part(&frame), FRAME_IN_BODY);
	assert_int_equal(frame_next(&frame, &pdu), FRAME_MORE);
	feed(&frame, three + 32, 1);
	assert_int_equal(frame_next(&frame, &pdu), FRAME_READY);
	assert_int_equal(frame_part(&frame), FRAME_BETWEEN);
	frame_finish(&frame);
}

static void a_length_below_the_header_is_refused(void **state)
{
	(void)state;
	struct frame frame;
	struct span pdu;

	frame_init(&frame, 0);
	feed(&frame, (const uint8_t[]){0, 0, 0, 15}, 4);
	assert_int_equal(frame_next(&frame, &pdu), FRAME_BAD_LENGTH);
	assert_int_equal(frame_next(&frame, &pdu), FRAME_BAD_LENGTH);
	frame_finish(&frame);
}

static void a_length_of_four_gibibytes_allocates_nothing(void **state)
{
	(void)state;
	struct frame frame;
	struct span pdu;

	frame_init(&frame, 0);
	feed(&frame, (const uint8_t[]){0xFF, 0xFF, 0xFF, 0xFF}, 4);
	size_t before = frame.capacity;
	assert_int_equal(frame_next(&frame, &pdu), FRAME_BAD_LENGTH);
	assert_int_equal(frame.capacity, before);
	assert_true(before <= 4096);
	frame_finish(&frame);
}

static void the_largest_pdu_passes_and_one_octet_more_does_not(void **state)
{
	(void)state;
	size_t limit = 69632;
	uint8_t *octets = calloc(1, limit);
	struct frame frame;
	struct span pdu;

	octets[1] = 0x01;
	octets[2] = 0x10; /* 0x00011000 = 69632 */
	frame_init(&frame, 0);
	feed(&frame, octets, limit);
	assert_int_equal(frame_next(&frame, &pdu), FRAME_READY);
	assert_int_equal(pdu.length, limit);
	feed(&frame, (const uint8_t[]){0x00, 0x01, 0x10, 0x01}, 4);
	assert_int_equal(frame_next(&frame, &pdu), FRAME_BAD_LENGTH);
	frame_finish(&frame);
	free(octets);
}

static void a_reader_that_takes_nothing_out_is_stopped(void **state)
{
	(void)state;
	struct frame frame;
	uint8_t *at = NULL;
	size_t room = 0;
	size_t total = 0;

	frame_init(&frame, 64);
	while (frame_reserve(&frame, &at, &room) == 0) {
		memset(at, 0, room);
		frame_added(&frame, room);
		total += room;
		assert_true(total <= 64 + FRAME_READ_SIZE);
	}
	assert_int_equal(total, 64 + FRAME_READ_SIZE);
	frame_finish(&frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pdus_come_whole_out_of_single_octets),
		cmocka_unit_test(a_split_at_any_offset_changes_nothing),
		cmocka_unit_test(a_half_read_pdu_says_where_it_stands),
		cmocka_unit_test(a_length_below_the_header_is_refused),
		cmocka_unit_test(a_length_of_four_gibibytes_allocates_nothing),
		cmocka_unit_test(the_largest_pdu_passes_and_one_octet_more_does_not),
		cmocka_unit_test(a_reader_that_takes_nothing_out_is_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
