#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/bench.h"

static void on_woken(const char *channel, struct span payload, void *context)
{
	struct bench *bench = context;

	bench->woken++;
	snprintf(bench->channel, sizeof(bench->channel), "%s", channel);
	snprintf(bench->last, sizeof(bench->last), "%.*s", (int)payload.length,
		 (const char *)payload.at);
}

static void an_ear_hears_what_is_published(void **state)
{
	(void)state;
	struct bench bench;

	bench_begin_ready(&bench);
	struct bus_ear *ear = bus_ear_create(bench.loop, &bench.address, on_woken, &bench);
	bus_ear_subscribe(ear, "mt:acme");
	bench_turn_until(&bench, &bench.woken, 1);
	assert_string_equal(bench.channel, "mt:acme");
	assert_string_equal(bench.last, "");
	bench_say(&bench, "PUBLISH mt:acme 12", NULL, NULL);
	bench_turn_until(&bench, &bench.woken, 2);
	assert_string_equal(bench.channel, "mt:acme");
	assert_string_equal(bench.last, "12");
	bus_ear_destroy(&ear);
	assert_null(ear);
	bus_ear_destroy(&ear);
	bench_tear_down(&bench);
}

static void an_ear_does_not_hear_what_it_has_left(void **state)
{
	(void)state;
	struct bench bench;

	bench_begin_ready(&bench);
	struct bus_ear *ear = bus_ear_create(bench.loop, &bench.address, on_woken, &bench);
	bus_ear_subscribe(ear, "one");
	bus_ear_subscribe(ear, "two");
	bench_turn_until(&bench, &bench.woken, 2);
	bus_ear_unsubscribe(ear, "one");
	bench_settle(&bench);
	bench_say(&bench, "PUBLISH one 1", NULL, NULL);
	bench_say(&bench, "PUBLISH two 2", NULL, NULL);
	bench_turn_until(&bench, &bench.woken, 3);
	assert_string_equal(bench.channel, "two");
	bus_ear_unsubscribe(ear, "two");
	bus_ear_unsubscribe(ear, "two");
	bench_settle(&bench);
	bus_ear_subscribe(ear, "three");
	bench_turn_until(&bench, &bench.woken, 4);
	assert_string_equal(bench.channel, "three");
	bus_ear_destroy(&ear);
	bench_tear_down(&bench);
}

static void an_ear_that_was_deaf_is_woken_for_each_channel(void **state)
{
	(void)state;
	struct bench bench;

	bench_begin_ready(&bench);
	struct bus_ear *ear = bus_ear_create(bench.loop, &bench.address, on_woken, &bench);
	bus_ear_subscribe(ear, "one");
	bus_ear_subscribe(ear, "two");
	bench_turn_until(&bench, &bench.woken, 2);
	bench_kill_redis(&bench);
	bench_turn_until(&bench, &bench.lost, 1);
	bench_start_redis(&bench);
	bench_turn_until(&bench, &bench.ready, 2);
	bench_turn_until(&bench, &bench.woken, 4);
	bench_say(&bench, "PUBLISH one 7", NULL, NULL);
	bench_turn_until(&bench, &bench.woken, 5);
	assert_string_equal(bench.last, "7");
	bus_ear_destroy(&ear);
	bench_tear_down(&bench);
}

/* The subscription is asked for while the connection is still being made. */
static void an_ear_says_the_password_before_it_listens(void **state)
{
	(void)state;
	struct bench bench;

	bench_set_up(&bench);
	bench.address.password = "right";
	bench_start_redis(&bench);
	bench_begin(&bench);
	bench_turn_until(&bench, &bench.ready, 1);
	struct bus_ear *ear = bus_ear_create(bench.loop, &bench.address, on_woken, &bench);
	bus_ear_subscribe(ear, "one");
	ev_run(bench.loop, EVRUN_ONCE);
	bus_ear_subscribe(ear, "two");
	bench_turn_until(&bench, &bench.woken, 2);
	bench_settle(&bench);
	assert_int_equal(bench.woken, 2);
	bus_ear_destroy(&ear);
	bench_tear_down(&bench);
}

struct ear_end {
	struct bus_ear *ear;
	unsigned woken;
};

static void on_woken_destroy(const char *channel, struct span payload, void *context)
{
	struct ear_end *end = context;

	(void)channel;
	(void)payload;
	bus_ear_destroy(&end->ear);
	end->woken++;
}

static void an_ear_may_be_destroyed_when_it_is_woken(void **state)
{
	(void)state;
	struct bench bench;
	struct ear_end end = {NULL, 0};

	bench_begin_ready(&bench);
	end.ear = bus_ear_create(bench.loop, &bench.address, on_woken_destroy, &end);
	bus_ear_subscribe(end.ear, "one");
	bus_ear_subscribe(end.ear, "two");
	bench_turn_until(&bench, &end.woken, 1);
	bench_settle(&bench);
	assert_int_equal(end.woken, 1);
	bench_tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ear_hears_what_is_published),
		cmocka_unit_test(an_ear_does_not_hear_what_it_has_left),
		cmocka_unit_test(an_ear_that_was_deaf_is_woken_for_each_channel),
		cmocka_unit_test(an_ear_says_the_password_before_it_listens),
		cmocka_unit_test(an_ear_may_be_destroyed_when_it_is_woken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
