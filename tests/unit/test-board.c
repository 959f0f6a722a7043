#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/supervise/board.h"

#define NOW 10000000u

static struct board_place waiting(const char *queue, uint64_t since_ms)
{
	return (struct board_place){
		.queue = queue,
		.agent = "",
		.customer = "+15550199",
		.ours = "+15550100",
		.skills = "",
		.kind = "",
		.since_ms = since_ms,
		.entered_ms = since_ms,
		.state = BOARD_WAITING,
	};
}

static void agent(struct board *board, const char *name, enum board_routing routing)
{
	board_agent(
		board, name,
		&(struct board_agent_facts){.routing = routing, .capacity = 3, .connections = 1});
}

static void keep_queue(const struct board_queue_row *row, void *context)
{
	struct board_queue_row *kept = context;

	*kept = *row;
}

static struct board_queue_row look(struct board *board)
{
	struct board_queue_row row = {0};

	board_look(board, NOW);
	board_queues(board, 0, keep_queue, &row);
	return row;
}

static void what_waits_rings_and_is_connected_is_told_apart(void **state)
{
	struct board *board = *state;
	struct board_place place = waiting("support", NOW - 5000);

	board_put(board, "c1", &place);
	place.state = BOARD_ALERTING;
	place.agent = "ann";
	board_put(board, "c2", &place);
	place.state = BOARD_CONNECTED;
	board_put(board, "c3", &place);
	place.state = BOARD_PARKED;
	board_put(board, "c4", &place);
	struct board_queue_row row = look(board);
	assert_int_equal(row.waiting, 1);
	assert_int_equal(row.alerting, 1);
	assert_int_equal(row.connected, 1);
	assert_int_equal(row.parked, 1);
	place.state = BOARD_CONNECTED;
	board_put(board, "c2", &place);
	board_leave(board, "c1");
	board_leave(board, "c4");
	row = look(board);
	assert_int_equal(row.waiting + row.alerting + row.parked, 0);
	assert_int_equal(row.connected, 2);
	assert_int_equal(row.oldest_ms, 0);
}

static void the_oldest_and_those_beyond_the_service_level_are_known(void **state)
{
	struct board *board = *state;
	struct board_place place = waiting("support", NOW - 20000);

	board_put(board, "exactly", &place);
	place = waiting("support", NOW - 20001);
	board_put(board, "late", &place);
	place = waiting("support", NOW - 1);
	board_put(board, "fresh", &place);
	struct board_queue_row row = look(board);
	assert_int_equal(row.service_level_s, 20);
	assert_int_equal(row.late, 1);
	assert_int_equal(row.oldest_ms, NOW - 20001);
}

static void everybody_serves_a_queue_without_members(void **state)
{
	struct board *board = *state;

	agent(board, "ann", BOARD_IDLE);
	agent(board, "bob", BOARD_NOT_RESPONDING);
	board_book(board, "support");
	struct board_queue_row row = look(board);
	assert_int_equal(row.agents[BOARD_IDLE], 1);
	assert_int_equal(row.agents[BOARD_NOT_RESPONDING], 1);
	board_member(board, "support", "bob", 2);
	row = look(board);
	assert_int_equal(row.agents[BOARD_IDLE], 0);
	assert_int_equal(row.agents[BOARD_NOT_RESPONDING], 1);
	assert_int_equal(row.members, 1);
	board_member(board, "support", "bob", 0);
	row = look(board);
	assert_int_equal(row.agents[BOARD_IDLE], 1);
}

static void who_is_not_connected_is_not_counted(void **state)
{
	struct board *board = *state;

	board_book(board, "support");
	board_agent(board, "ann", &(struct board_agent_facts){.routing = BOARD_IDLE});
	assert_int_equal(look(board).agents[BOARD_IDLE], 0);
}

static void count_rows(const struct board_queue_row *row, void *context)
{
	(void)row;
	++*(unsigned *)context;
}

static void only_what_differs_is_told_again(void **state)
{
	struct board *board = *state;
	unsigned count = 0;

	board_book(board, "sales");
	board_book(board, "support");
	uint64_t first = board_look(board, NOW);
	board_queues(board, 0, count_rows, &count);
	assert_int_equal(count, 2);
	count = 0;
	uint64_t second = board_look(board, NOW + 1000);
	board_queues(board, first, count_rows, &count);
	assert_int_equal(count, 0);
	board_book(board, "sales")->day.offered++;
	board_look(board, NOW + 2000);
	board_queues(board, second, count_rows, &count);
	assert_int_equal(count, 1);
}

static void keep_ids(const struct board_entry_row *row, void *context)
{
	char *out = context;

	snprintf(out + strlen(out), 200 - strlen(out), "%s:%u ", row->id, row->ring);
}

static void the_list_is_in_the_order_of_age_and_priority(void **state)
{
	struct board *board = *state;
	struct board_place place = waiting("support", NOW - 60000);
	char said[200] = "";

	board_queue(board, "support",
		    &(struct board_queue_facts){
			    .ring_count = 2, .ring_ms = {30000, 40000}, .service_level_s = 20});
	board_put(board, "old", &place);
	place = waiting("support", NOW - 1000);
	board_put(board, "new", &place);
	place.priority = 2;
	board_put(board, "urgent", &place);
	place = waiting("support", NOW - 70000);
	place.priority = -5;
	board_put(board, "slow", &place);
	place = waiting("sales", NOW - 90000);
	board_put(board, "elsewhere", &place);
	assert_int_equal(board_waiting(board, "support", NOW, keep_ids, said), 4);
	assert_string_equal(said, "urgent:0 old:1 new:0 slow:2 ");
}

static void count_entries(const struct board_entry_row *row, void *context)
{
	uint64_t *last = context;

	assert_true(row->since_ms > last[1]);
	last[0]++;
	last[1] = row->since_ms;
}

static void of_a_long_list_the_first_are_told(void **state)
{
	struct board *board = *state;
	uint64_t last[2] = {0, 0};
	char id[16];

	for (unsigned i = 0; i < 1000; i++) {
		/* In an order that is neither. */
		struct board_place place = waiting("support", 1000 + (i * 7) % 1000);
		snprintf(id, sizeof(id), "c%u", i);
		board_put(board, id, &place);
	}
	assert_int_equal(board_waiting(board, "support", NOW, count_entries, last), 1000);
	assert_int_equal(last[0], BOARD_LIST_MAX);
	assert_int_equal(last[1], 1000 + BOARD_LIST_MAX - 1);
}

static void what_an_agent_has_goes_with_them(void **state)
{
	struct board *board = *state;
	struct board_place place = waiting("support", NOW);
	char said[200] = "";

	place.state = BOARD_CONNECTED;
	place.agent = "ann";
	board_put(board, "c1", &place);
	board_put(board, "c2", &place);
	place.agent = "bob";
	board_put(board, "c1", &place);
	assert_int_equal(board_held(board, "ann", NOW, keep_ids, said), 1);
	assert_string_equal(said, "c2:0 ");
	assert_int_equal(board_held(board, "bob", NOW, keep_ids, said), 1);
	assert_int_equal(board_held(board, "nobody", NOW, keep_ids, said), 0);
}

static void a_new_beginning_keeps_the_day_and_the_queues(void **state)
{
	struct board *board = *state;
	struct board_place place = waiting("support", NOW);

	board_put(board, "c1", &place);
	board_member(board, "support", "ann", 1);
	agent(board, "ann", BOARD_IDLE);
	board_book(board, "support")->day.answered = 7;
	board_clear(board);
	struct board_queue_row row = look(board);
	assert_int_equal(row.waiting, 0);
	assert_int_equal(row.members, 0);
	assert_int_equal(row.day.answered, 7);
	assert_false(board_has_agent(board, "ann"));
	assert_true(board_has_queue(board, "support"));
}

static void a_day_is_read_as_it_was_written(void **state)
{
	const struct day day = {10, 7, 2, 1, 5, 123456};
	char text[DAY_TEXT_MAX];

	(void)state;
	day_format(&day, "2026-11-25", text);
	assert_string_equal(text, "2026-11-25 10 7 2 1 5 123456");
	struct span span = {(const uint8_t *)text, strlen(text)};
	struct day read = day_parse(span, "2026-11-25");
	assert_int_equal(read.offered, 10);
	assert_int_equal(read.answered, 7);
	assert_int_equal(read.abandoned, 2);
	assert_int_equal(read.moved, 1);
	assert_int_equal(read.in_time, 5);
	assert_int_equal(read.wait_ms, 123456);
	read = day_parse(span, "2026-11-26");
	assert_true(day_is_empty(&read));
	span.length--;
	span.length -= 8;
	read = day_parse(span, "2026-11-25");
	assert_true(day_is_empty(&read));
}

static int begin(void **state)
{
	*state = board_create();
	return 0;
}

static int end(void **state)
{
	board_destroy((struct board **)state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_waits_rings_and_is_connected_is_told_apart,
						begin, end),
		cmocka_unit_test_setup_teardown(
			the_oldest_and_those_beyond_the_service_level_are_known, begin, end),
		cmocka_unit_test_setup_teardown(everybody_serves_a_queue_without_members, begin,
						end),
		cmocka_unit_test_setup_teardown(who_is_not_connected_is_not_counted, begin, end),
		cmocka_unit_test_setup_teardown(only_what_differs_is_told_again, begin, end),
		cmocka_unit_test_setup_teardown(the_list_is_in_the_order_of_age_and_priority, begin,
						end),
		cmocka_unit_test_setup_teardown(of_a_long_list_the_first_are_told, begin, end),
		cmocka_unit_test_setup_teardown(what_an_agent_has_goes_with_them, begin, end),
		cmocka_unit_test_setup_teardown(a_new_beginning_keeps_the_day_and_the_queues, begin,
						end),
		cmocka_unit_test(a_day_is_read_as_it_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
