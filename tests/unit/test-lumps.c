#include "router/lumps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOON 1700049600000

static int set_up(void **state)
{
	*state = lumps_create();
	return 0;
}

static int tear_down(void **state)
{
	struct lumps *lumps = *state;

	lumps_destroy(&lumps);
	assert_null(lumps);
	lumps_destroy(&lumps);
	return 0;
}

static struct lump_of of(const char *agent, const char *queue, int64_t at_ms)
{
	return (struct lump_of){span_text(agent), span_text(queue), at_ms};
}

/* What would be said, with a blank behind each value. */
static const char *said(const struct lumps *lumps)
{
	static char text[1024];
	struct bus_args args;
	size_t length = 0;

	bus_args_init(&args);
	lumps_say(lumps, &args);
	text[0] = '\0';
	for (size_t i = 0; i < args.count; i++) {
		struct span value = bus_args_at(&args, i);
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%.*s ",
					   (int)value.length, (const char *)value.at);
	}
	bus_args_finish(&args);
	return text;
}

static void what_was_answered_and_ended_is_summed_up(void **state)
{
	struct lumps *lumps = *state;
	struct lump_of first = of("ann", "support", NOON), last = of("ann", "support", NOON + 9);

	assert_true(lumps_answered(lumps, &first, 5000, true));
	assert_true(lumps_answered(lumps, &last, 25000, false));
	assert_true(lumps_talked(lumps, &last, 700));
	assert_string_equal(said(lumps), "agent ann 1700049600000 2 700 "
					 "queue support 1700049600000 2 1 30000 25000 1 700 ");
	assert_int_equal(lumps_count(lumps), 2);
}

static void what_there_was_not_is_said_as_nothing(void **state)
{
	struct lumps *lumps = *state;
	struct lump_of talked = of("ann", "support", NOON), answered = of("bob", "sales", NOON);

	assert_true(lumps_talked(lumps, &talked, 0));
	assert_true(lumps_answered(lumps, &answered, 0, false));
	assert_string_equal(said(lumps), "agent bob 1700049600000 1  "
					 "agent ann 1700049600000  0 "
					 "queue sales 1700049600000 1  0 0   "
					 "queue support 1700049600000     1 0 ");
}

static void another_minute_is_not_summed_up_with_it(void **state)
{
	struct lumps *lumps = *state;
	struct lump_of first = of("ann", "support", NOON),
		       next = of("bob", "support", NOON + 60000);

	assert_true(lumps_talked(lumps, &first, 1));
	assert_false(lumps_talked(lumps, &next, 1));
	assert_int_equal(lumps_count(lumps), 2);
	lumps_clear(lumps);
	assert_int_equal(lumps_count(lumps), 0);
	assert_true(lumps_talked(lumps, &next, 1));
}

static void nobody_and_names_too_long_are_not_summed_up(void **state)
{
	struct lumps *lumps = *state;
	char name[66] = "";
	struct lump_of nobody = of("", "support", NOON);

	memset(name, 'n', 65);
	struct lump_of longer = of("ann", name, NOON);
	assert_false(lumps_talked(lumps, &nobody, 1));
	assert_false(lumps_talked(lumps, &longer, 1));
	assert_int_equal(lumps_count(lumps), 0);
}

static void there_are_no_more_than_there_is_room_for(void **state)
{
	struct lumps *lumps = *state;
	size_t summed = 0;

	for (unsigned i = 0; i < 2 * LUMPS_MAX; i++) {
		char name[16];
		snprintf(name, sizeof(name), "agent%u", i);
		struct lump_of one = of(name, name, NOON);
		summed += lumps_talked(lumps, &one, 1);
	}
	assert_int_equal(summed, LUMPS_MAX / 2);
	assert_int_equal(lumps_count(lumps), LUMPS_MAX);
	struct lump_of known = of("agent0", "agent1", NOON);
	assert_true(lumps_talked(lumps, &known, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_answered_and_ended_is_summed_up, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_there_was_not_is_said_as_nothing, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(another_minute_is_not_summed_up_with_it, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(nobody_and_names_too_long_are_not_summed_up, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(there_are_no_more_than_there_is_room_for, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
