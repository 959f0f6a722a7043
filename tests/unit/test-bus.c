#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/bus/event.h"
#include "tests/unit/bench.h"

#define ORDERED 5000

static void on_ordered(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct bench *bench = context;

	(void)bus;
	assert_int_equal(bus_reply_integer(reply), bench->answered);
	bench->answered++;
}

static void answers_come_in_the_order_of_the_commands(void **state)
{
	(void)state;
	struct bench bench;
	char command[32];

	bench_begin_ready(&bench);
	for (unsigned n = 0; n < ORDERED; n++) {
		snprintf(command, sizeof(command), "ECHO %u", n);
		bench_say(&bench, command, on_ordered, &bench);
	}
	assert_int_equal(bus_pending(bench.bus), ORDERED);
	assert_int_equal(bench.answered, 0);
	bench_turn_until(&bench, &bench.answered, ORDERED);
	assert_int_equal(bus_pending(bench.bus), 0);
	bench_tear_down(&bench);
}

static void the_functions_are_there_when_it_is_ready(void **state)
{
	(void)state;
	struct bench bench;
	struct bus_args args;

	bench_begin_ready(&bench);
	assert_true(bus_is_ready(bench.bus));
	bus_args_init(&args);
	bus_args_call(&args, "push", "{a:ann}");
	bus_args_send(&args, bench.bus, on_ordered, &bench);
	bus_args_finish(&args);
	bench_turn_until(&bench, &bench.answered, 1);
	bench_tear_down(&bench);
}

static void on_event(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct bench *bench = context;
	void *kept;
	const struct bus_reply *event = event_unpack(reply, &kept);
	struct span of = event_span(event, "q");

	(void)bus;
	snprintf(bench->last, sizeof(bench->last), "%zu %.*s %lld [%.*s]", bus_reply_count(event),
		 (int)event_id(event).length, (const char *)event_id(event).at,
		 (long long)event_integer(event, "n"), (int)of.length, (const char *)of.at);
	if (event)
		assert_int_equal(of.at[of.length], 0);
	free(kept);
	bench->answered++;
}

static void an_event_told_as_one_text_is_taken_apart(void **state)
{
	static const struct {
		const char *told, *event;
	} cases[] = {
		{"{'1-0','n','7','q','front'}", "5 1-0 7 [front]"},
		{"table.concat({'1-0','n','7','q','front'},'\\0')", "5 1-0 7 [front]"},
		{"table.concat({'1-0','q','','n','-1'},'\\0')", "5 1-0 -1 []"},
		{"table.concat({'1-0','n','1','q',''},'\\0')", "5 1-0 1 []"},
		{"table.concat({'1-0','n','7','q'},'\\0')", "0  0 []"}, /* not pairs */
		{"'1-0'", "1 1-0 0 []"},
		{"7", "0  0 []"},
		{"false", "0  0 []"},
	};
	(void)state;
	struct bench bench;
	char command[160];

	bench_begin_ready(&bench);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(command, sizeof(command), "EVAL return(%s) 0", cases[i].told);
		bench_say(&bench, command, on_event, &bench);
		bench_turn_until(&bench, &bench.answered, i + 1);
		assert_string_equal(bench.last, cases[i].event);
	}
	bench_tear_down(&bench);
}

static void a_command_before_it_is_ready_is_answered_in_the_next_turn(void **state)
{
	(void)state;
	struct bench bench;

	bench_set_up(&bench);
	bench_begin(&bench);
	bench_ask(&bench, "PING");
	bench_ask(&bench, "PING");
	assert_int_equal(bench.answered, 0);
	assert_int_equal(bus_pending(bench.bus), 2);
	bench_turn_until(&bench, &bench.unknown, 2);
	assert_int_equal(bus_pending(bench.bus), 0);
	bench_tear_down(&bench);
}

static void an_error_is_an_answer(void **state)
{
	(void)state;
	struct bench bench;

	bench_begin_ready(&bench);
	bench_ask(&bench, "FCALL nonsense 1 key");
	bench_turn_until(&bench, &bench.answered, 1);
	assert_int_equal(bench.unknown, 0);
	assert_string_equal(bench.last, "ERR Function not found");
	bench_tear_down(&bench);
}

static void what_is_pending_when_redis_dies_is_unknown(void **state)
{
	(void)state;
	struct bench bench;

	bench_begin_ready(&bench);
	bench_ask(&bench, "PING");
	bench_ask(&bench, "BLPOP nothing 0");
	bench_ask(&bench, "PING");
	bench_turn_until(&bench, &bench.answered, 1);
	assert_int_equal(bench.unknown, 0);
	bench_kill_redis(&bench);
	bench_turn_until(&bench, &bench.lost, 1);
	assert_int_equal(bench.answered, 3);
	assert_int_equal(bench.unknown, 2);
	assert_false(bus_is_ready(bench.bus));
	assert_int_equal(bus_pending(bench.bus), 0);
	bench_tear_down(&bench);
}

static void one_that_owes_an_answer_for_long_is_not_ready(void **state)
{
	(void)state;
	struct bench bench;

	bench_begin_ready(&bench);
	ev_now_update(bench.loop);
	ev_tstamp begun = ev_now(bench.loop);
	bench_ask(&bench, "BLPOP nothing 0");
	while (bus_is_ready(bench.bus) && ev_now(bench.loop) - begun < 3 * BUS_STALL_S)
		bench_settle(&bench);
	assert_true(ev_now(bench.loop) - begun >= BUS_STALL_S);
	assert_false(bus_is_ready(bench.bus));
	bench_tear_down(&bench);
}

static void it_comes_back_with_the_functions_after_a_kill(void **state)
{
	(void)state;
	struct bench bench;

	bench_begin_ready(&bench);
	for (unsigned round = 1; round <= 3; round++) {
		bench_kill_redis(&bench);
		bench_turn_until(&bench, &bench.lost, round);
		bench_start_redis(&bench);
		bench_turn_until(&bench, &bench.ready, round + 1);
		bench.answered = 0;
		bench_ask(&bench, "FCALL lease_keep 1 {c3} fence f ttl 1");
		bench_turn_until(&bench, &bench.answered, 1);
		assert_int_equal(bench.unknown, 0);
		assert_int_equal(bench.lost, round);
	}
	bench_tear_down(&bench);
}

static void an_outage_is_told_once(void **state)
{
	(void)state;
	struct bench bench;

	bench_set_up(&bench);
	bench_begin(&bench);
	bench_turn_until(&bench, &bench.lost, 1);
	assert_non_null(strstr(bench.why, "No such file"));
	/* Turns in which it tries again. */
	for (unsigned n = 0; n < 3; n++)
		ev_run(bench.loop, EVRUN_ONCE);
	assert_int_equal(bench.lost, 1);
	bench_start_redis(&bench);
	bench_turn_until(&bench, &bench.ready, 1);
	assert_int_equal(bench.lost, 1);
	bench_tear_down(&bench);
}

static void the_password_is_said(void **state)
{
	(void)state;
	struct bench bench;

	bench_set_up(&bench);
	bench.address.password = "right horse";
	bench_start_redis(&bench);
	bench_begin(&bench);
	bench_turn_until(&bench, &bench.ready, 1);
	bench_ask(&bench, "ECHO in");
	bench_turn_until(&bench, &bench.answered, 1);
	assert_string_equal(bench.last, "in");
	bench_tear_down(&bench);
}

static void a_wrong_password_is_an_outage_that_says_why(void **state)
{
	(void)state;
	struct bench bench;

	bench_set_up(&bench);
	bench.address.password = "right";
	bench_start_redis(&bench);
	bench.address.password = "wrong";
	bench_begin(&bench);
	bench_turn_until(&bench, &bench.lost, 1);
	assert_int_equal(strncmp(bench.why, "WRONGPASS ", 10), 0);
	bus_destroy(&bench.bus);
	bench.address.password = NULL;
	bench_begin(&bench);
	bench_turn_until(&bench, &bench.lost, 2);
	assert_string_equal(bench.why, "NOAUTH Authentication required.");
	assert_int_equal(bench.ready, 0);
	assert_false(bus_is_ready(bench.bus));
	bench_tear_down(&bench);
}

static void destroying_answers_what_is_pending(void **state)
{
	(void)state;
	struct bench bench;

	bench_begin_ready(&bench);
	bench_ask(&bench, "BLPOP nothing 0");
	bench_ask(&bench, "PING");
	bus_destroy(&bench.bus);
	assert_null(bench.bus);
	assert_int_equal(bench.unknown, 2);
	assert_int_equal(bench.lost, 0);
	bus_destroy(&bench.bus);
	bench_tear_down(&bench);
}

static void destroying_answers_what_was_refused(void **state)
{
	(void)state;
	struct bench bench;

	bench_set_up(&bench);
	bench_begin(&bench);
	bench_ask(&bench, "PING");
	bus_destroy(&bench.bus);
	assert_int_equal(bench.unknown, 1);
	bench_tear_down(&bench);
}

static void on_answer_destroy(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct bench *bench = context;

	bench_on_answer(bus, reply, context);
	bus_destroy(&bench->bus);
}

static void on_ready_destroy(void *context)
{
	struct bench *bench = context;

	bench_ask(bench, "PING");
	bus_destroy(&bench->bus);
	bench->ready++;
}

static void on_lost_destroy(const char *why, void *context)
{
	struct bench *bench = context;

	bench_on_lost(why, context);
	bus_destroy(&bench->bus);
}

static void it_may_be_destroyed_from_an_answer(void **state)
{
	(void)state;
	struct bench bench;

	bench_begin_ready(&bench);
	bench_say(&bench, "PING", on_answer_destroy, &bench);
	bench_ask(&bench, "PING");
	bench_ask(&bench, "BLPOP nothing 0");
	bench_turn_until(&bench, &bench.answered, 3);
	assert_int_equal(bench.unknown, 2);
	assert_int_equal(bench.lost, 0);
	bench_settle(&bench);
	bench_tear_down(&bench);
}

static void it_may_be_destroyed_from_an_answer_that_is_none(void **state)
{
	(void)state;
	struct bench bench;

	bench_begin_ready(&bench);
	bench_say(&bench, "BLPOP nothing 0", on_answer_destroy, &bench);
	bench_ask(&bench, "PING");
	bench_settle(&bench);
	bench_kill_redis(&bench);
	bench_turn_until(&bench, &bench.answered, 2);
	assert_int_equal(bench.unknown, 2);
	bench_settle(&bench);
	assert_int_equal(bench.lost, 0);
	bench_tear_down(&bench);
}

static void it_may_be_destroyed_from_a_refusal(void **state)
{
	(void)state;
	struct bench bench;

	bench_set_up(&bench);
	bench_begin(&bench);
	bench_say(&bench, "PING", on_answer_destroy, &bench);
	bench_ask(&bench, "PING");
	bench_turn_until(&bench, &bench.unknown, 2);
	bench_settle(&bench);
	bench_tear_down(&bench);
}

static void it_may_be_destroyed_when_it_is_ready(void **state)
{
	(void)state;
	struct bench bench;

	bench_set_up(&bench);
	bench_start_redis(&bench);
	bench.bus = bus_create(bench.loop, &bench.address,
			       &(struct bus_events){on_ready_destroy, NULL, &bench});
	bench_turn_until(&bench, &bench.ready, 1);
	bench_settle(&bench);
	assert_int_equal(bench.unknown, 1);
	bench_tear_down(&bench);
}

static void it_may_be_destroyed_when_it_is_lost(void **state)
{
	(void)state;
	struct bench bench;

	bench_set_up(&bench);
	bench.bus = bus_create(bench.loop, &bench.address,
			       &(struct bus_events){NULL, on_lost_destroy, &bench});
	bench_turn_until(&bench, &bench.lost, 1);
	bench_settle(&bench);

	bench_start_redis(&bench);
	bench.bus = bus_create(bench.loop, &bench.address,
			       &(struct bus_events){bench_on_ready, on_lost_destroy, &bench});
	bench_turn_until(&bench, &bench.ready, 1);
	bench_kill_redis(&bench);
	bench_turn_until(&bench, &bench.lost, 2);
	bench_settle(&bench);
	assert_null(bench.bus);
	bench_tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_in_the_order_of_the_commands),
		cmocka_unit_test(the_functions_are_there_when_it_is_ready),
		cmocka_unit_test(an_event_told_as_one_text_is_taken_apart),
		cmocka_unit_test(a_command_before_it_is_ready_is_answered_in_the_next_turn),
		cmocka_unit_test(an_error_is_an_answer),
		cmocka_unit_test(what_is_pending_when_redis_dies_is_unknown),
		cmocka_unit_test(one_that_owes_an_answer_for_long_is_not_ready),
		cmocka_unit_test(it_comes_back_with_the_functions_after_a_kill),
		cmocka_unit_test(an_outage_is_told_once),
		cmocka_unit_test(the_password_is_said),
		cmocka_unit_test(a_wrong_password_is_an_outage_that_says_why),
		cmocka_unit_test(destroying_answers_what_is_pending),
		cmocka_unit_test(destroying_answers_what_was_refused),
		cmocka_unit_test(it_may_be_destroyed_from_an_answer),
		cmocka_unit_test(it_may_be_destroyed_from_an_answer_that_is_none),
		cmocka_unit_test(it_may_be_destroyed_from_a_refusal),
		cmocka_unit_test(it_may_be_destroyed_when_it_is_ready),
		cmocka_unit_test(it_may_be_destroyed_when_it_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
