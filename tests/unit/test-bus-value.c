#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "router/bus/request.h"
#include "tests/unit/bench.h"

static void on_long(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct bench *bench = context;

	(void)bus;
	assert_int_equal(bus_reply_type(reply), BUS_INTEGER);
	assert_int_equal(bus_reply_integer(reply), 1000);
	bench->answered++;
}

static void a_list_of_arguments_grows(void **state)
{
	(void)state;
	struct bench bench;
	struct bus_args args;
	char name[32];

	bench_begin_ready(&bench);
	bus_args_init(&args);
	for (unsigned round = 0; round < 2; round++) {
		bus_args_text(&args, "HSET");
		bus_args_text(&args, round ? "other" : "hash");
		for (int n = 0; n < 1000; n++) {
			snprintf(name, sizeof(name), "field %d", n);
			bus_args_field_integer(&args, name, n - 500);
		}
		assert_int_equal(args.count, 2002);
		bus_args_send(&args, bench.bus, on_long, &bench);
		assert_int_equal(args.count, 0);
	}
	bus_args_finish(&args);
	bench_turn_until(&bench, &bench.answered, 2);
	bench_ask(&bench, "HGET other field");
	bench_ask(&bench, "HLEN other");
	bench_turn_until(&bench, &bench.answered, 4);
	bench_tear_down(&bench);
}

static void on_values(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct bench *bench = context;

	(void)bus;
	assert_int_equal(bus_reply_count(reply), 6);
	struct span bytes = bus_reply_span(bus_reply_at(reply, 0));
	assert_int_equal(bytes.length, 4);
	assert_memory_equal(bytes.at, "a\0\r\n", 4);
	assert_int_equal(bus_reply_span(bus_reply_at(reply, 1)).length, 0);
	assert_int_equal(bus_reply_type(bus_reply_at(reply, 1)), BUS_STRING);
	assert_int_equal(bus_reply_span(bus_reply_at(reply, 2)).length, 0);
	assert_int_equal(bus_reply_integer(bus_reply_at(reply, 3)), INT64_MIN);
	assert_int_equal(bus_reply_integer(bus_reply_at(reply, 4)), INT64_MAX);
	assert_int_equal(bus_reply_type(bus_reply_at(reply, 5)), BUS_NIL);
	assert_null(bus_reply_at(reply, 6));
	bench->answered++;
}

static void values_come_back_as_they_were(void **state)
{
	(void)state;
	struct bench bench;
	struct bus_args args;

	bench_begin_ready(&bench);
	bus_args_init(&args);
	bus_args_text(&args, "HSET");
	bus_args_text(&args, "hash");
	bus_args_field(&args, "bytes", (struct span){(const uint8_t *)"a\0\r\n", 4});
	bus_args_field(&args, "empty", (struct span){NULL, 0});
	bus_args_field_text(&args, "none", NULL);
	bus_args_field_integer(&args, "least", INT64_MIN);
	bus_args_field_integer(&args, "most", INT64_MAX);
	bus_args_send(&args, bench.bus, NULL, NULL);
	bus_args_finish(&args);
	bench_say(&bench, "HMGET hash bytes empty none least most nothing", on_values, &bench);
	bench_turn_until(&bench, &bench.answered, 1);
	bench_tear_down(&bench);
}

static void too_many_arguments_are_refused(void **state)
{
	(void)state;
	struct bench bench;
	struct bus_args args;

	bench_begin_ready(&bench);
	bus_args_init(&args);
	bus_args_text(&args, "DEL");
	for (size_t n = 1; n < BUS_ARGUMENTS_MAX; n++)
		bus_args_text(&args, "key");
	bus_args_send(&args, bench.bus, bench_on_answer, &bench);
	bench_turn_until(&bench, &bench.answered, 1);
	assert_int_equal(bench.unknown, 0);
	bus_args_text(&args, "DEL");
	for (size_t n = 1; n < BUS_ARGUMENTS_MAX + 1; n++)
		bus_args_text(&args, "key");
	bus_args_send(&args, bench.bus, bench_on_answer, &bench);
	bus_args_finish(&args);
	bench_turn_until(&bench, &bench.unknown, 1);
	bus_send(bench.bus, NULL, 0, bench_on_answer, &bench);
	bench_turn_until(&bench, &bench.unknown, 2);
	assert_true(bus_is_ready(bench.bus));
	bench_tear_down(&bench);
}

static void on_nested(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct bench *bench = context;

	(void)bus;
	assert_int_equal(bus_reply_type(reply), BUS_ARRAY);
	const struct bus_reply *fields = bus_reply_at(bus_reply_at(reply, 0), 1);
	struct span value = bus_reply_span(bus_reply_field(fields, "k"));
	assert_int_equal(value.length, 2);
	assert_memory_equal(value.at, "mo", 2);
	assert_int_equal(bus_reply_integer(bus_reply_field(fields, "n")), 42);
	assert_null(bus_reply_field(fields, "mo"));
	assert_null(bus_reply_field(fields, ""));
	assert_null(bus_reply_field(fields, "kk"));
	bench->answered++;
}

static void a_streams_entry_is_read_by_its_fields(void **state)
{
	(void)state;
	struct bench bench;

	bench_begin_ready(&bench);
	bench_say(&bench, "XADD stream 1-1 k mo n 42", NULL, NULL);
	bench_say(&bench, "XRANGE stream - +", on_nested, &bench);
	bench_turn_until(&bench, &bench.answered, 1);
	bench_tear_down(&bench);
}

static void no_reply_is_nil_whatever_is_asked_of_it(void **state)
{
	(void)state;

	assert_int_equal(bus_reply_type(NULL), BUS_NIL);
	assert_int_equal(bus_reply_span(NULL).length, 0);
	assert_non_null(bus_reply_span(NULL).at);
	assert_int_equal(bus_reply_integer(NULL), 0);
	assert_int_equal(bus_reply_count(NULL), 0);
	assert_null(bus_reply_at(NULL, 0));
	assert_null(bus_reply_field(NULL, "k"));
}

static void writes(const struct span *arguments, size_t count, const char *expected, size_t length)
{
	struct request request = {0};

	request_write(&request, arguments, count);
	assert_int_equal(request.length, length);
	assert_memory_equal(request.bytes, expected, length);
	request_sent(&request);
	request_finish(&request);
	assert_null(request.bytes);
}

static void a_command_is_written_as_redis_reads_it(void **state)
{
	(void)state;
	struct span set[] = {span_text("SET"), span_text("a key"), {(const uint8_t *)"\r\n\0x", 4}};
	struct span empty[] = {span_text("ECHO"), {NULL, 0}};
	static const char said[] = "*3\r\n$3\r\nSET\r\n$5\r\na key\r\n$4\r\n\r\n\0x\r\n";
	static const char nothing[] = "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n";

	writes(set, 3, said, sizeof(said) - 1);
	writes(empty, 2, nothing, sizeof(nothing) - 1);
}

static void a_long_command_is_written_whole_and_let_go_of(void **state)
{
	(void)state;
	static uint8_t value[100000];
	struct span arguments[100];
	struct request request = {0};

	memset(value, 'v', sizeof(value));
	for (size_t i = 0; i < 100; i++)
		arguments[i] = (struct span){value, i * 1000};
	request_write(&request, arguments, 100);
	assert_memory_equal(request.bytes, "*100\r\n$0\r\n\r\n$1000\r\nvvv", 22);
	assert_memory_equal(request.bytes + request.length - 5, "vvv\r\n", 5);
	request_sent(&request);
	assert_null(request.bytes);
	request_write(&request, arguments, 1);
	assert_int_equal(request.length, 10);
	request_sent(&request);
	assert_non_null(request.bytes);
	request_finish(&request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_is_written_as_redis_reads_it),
		cmocka_unit_test(a_long_command_is_written_whole_and_let_go_of),
		cmocka_unit_test(a_list_of_arguments_grows),
		cmocka_unit_test(values_come_back_as_they_were),
		cmocka_unit_test(too_many_arguments_are_refused),
		cmocka_unit_test(a_streams_entry_is_read_by_its_fields),
		cmocka_unit_test(no_reply_is_nil_whatever_is_asked_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
