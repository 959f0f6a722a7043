#include "gateway/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static char order[16];
static size_t ran;

static void note(char name)
{
	order[ran++ % (sizeof(order) - 1)] = name;
}

static void note_a(void *context)
{
	(void)context;
	note('a');
}

static void note_b(void *context)
{
	(void)context;
	note('b');
}

struct pair {
	struct turn turn;
	struct turn_task a, b;
};

static void note_c_then_a(void *context)
{
	struct pair *pair = context;

	note('c');
	turn_defer(&pair->turn, &pair->a);
}

static int begin(void **state)
{
	static struct pair pair;

	memset(order, 0, sizeof(order));
	ran = 0;
	turn_init(&pair.turn, ev_loop_new(EVFLAG_AUTO));
	pair.a = (struct turn_task){.run = note_a};
	pair.b = (struct turn_task){.run = note_b};
	*state = &pair;
	return 0;
}

static int end(void **state)
{
	struct pair *pair = *state;

	turn_finish(&pair->turn);
	ev_loop_destroy(pair->turn.loop);
	return 0;
}

static void tasks_run_once_in_the_order_of_the_calls(void **state)
{
	struct pair *pair = *state;

	turn_defer(&pair->turn, &pair->b);
	turn_defer(&pair->turn, &pair->a);
	turn_defer(&pair->turn, &pair->b);
	ev_run(pair->turn.loop, EVRUN_NOWAIT);
	assert_string_equal(order, "ba");
	ev_run(pair->turn.loop, EVRUN_NOWAIT);
	assert_string_equal(order, "ba");
}

static void what_a_task_puts_off_runs_in_the_same_pass(void **state)
{
	struct pair *pair = *state;

	pair->b = (struct turn_task){.run = note_c_then_a, .context = pair};
	turn_defer(&pair->turn, &pair->b);
	ev_run(pair->turn.loop, EVRUN_NOWAIT);
	assert_string_equal(order, "ca");
}

static void a_forgotten_task_does_not_run(void **state)
{
	struct pair *pair = *state;

	turn_defer(&pair->turn, &pair->a);
	turn_defer(&pair->turn, &pair->b);
	turn_forget(&pair->turn, &pair->b);
	turn_forget(&pair->turn, &pair->b);
	turn_defer(&pair->turn, &pair->b);
	turn_forget(&pair->turn, &pair->a);
	ev_run(pair->turn.loop, EVRUN_NOWAIT);
	assert_string_equal(order, "b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tasks_run_once_in_the_order_of_the_calls, begin,
						end),
		cmocka_unit_test_setup_teardown(what_a_task_puts_off_runs_in_the_same_pass, begin,
						end),
		cmocka_unit_test_setup_teardown(a_forgotten_task_does_not_run, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
