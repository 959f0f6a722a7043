#include "router/recall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIVE 15000 /* of as many conversations as agents may have at a time */

static int set_up(void **state)
{
	*state = recall_create();
	return 0;
}

static int tear_down(void **state)
{
	struct recall *recall = *state;

	recall_destroy(&recall);
	assert_null(recall);
	recall_destroy(&recall);
	return 0;
}

/* As identity.h makes them. */
static const char *name(char out[32], unsigned number)
{
	snprintf(out, 32, "0199c2f5a7%012x%03x", number, number % 16);
	return out;
}

static void put(struct recall *recall, unsigned number, const char *queue)
{
	char id[32];

	recall_put(recall, span_text(name(id, number)), span_text(queue));
}

static const char *queue_of(const struct recall *recall, unsigned number)
{
	char id[32];

	return recall_queue(recall, span_text(name(id, number)));
}

static void what_nobody_has_said_is_not_known(void **state)
{
	put(*state, 1, "support");
	assert_null(queue_of(*state, 2));
	assert_null(recall_queue(*state, (struct span){NULL, 0}));
}

static void of_what_is_said_again_the_newest_is_known(void **state)
{
	put(*state, 1, "support");
	put(*state, 1, "support");
	assert_string_equal(queue_of(*state, 1), "support");
	put(*state, 1, "sales");
	assert_string_equal(queue_of(*state, 1), "sales");
	/* One that is in no queue is asked for, not guessed. */
	put(*state, 1, "");
	assert_null(queue_of(*state, 1));
	put(*state, 1, "support");
	assert_string_equal(queue_of(*state, 1), "support");
}

static void what_is_said_is_copied_and_stays_till_the_end(void **state)
{
	char id[] = "0199c2f5a7000000000001000", queue[] = "support";

	recall_put(*state, span_text(id), (struct span){(const uint8_t *)queue, 4});
	const char *kept = recall_queue(*state, span_text(id));
	memset(queue, 'x', sizeof(queue) - 1);
	put(*state, 2, "supp");
	for (unsigned i = 0; i < 1000; i++)
		put(*state, 100 + i, i % 2 ? "sales" : "returns");
	assert_string_equal(kept, "supp");
	assert_ptr_equal(recall_queue(*state, span_text(id)), kept);
	/* A name is kept once, however many are in that queue. */
	assert_ptr_equal(queue_of(*state, 2), kept);
}

static unsigned known_of(const struct recall *recall, unsigned most)
{
	unsigned known = 0;

	for (unsigned i = 0; i < most; i++)
		known += queue_of(recall, i) != NULL;
	return known;
}

static void those_that_agents_have_are_known_however_many_came_before(void **state)
{
	for (unsigned i = 0; i < 2 * RECALL_MAX; i++)
		put(*state, i, "support");
	assert_in_range(known_of(*state, 2 * RECALL_MAX), RECALL_MAX / 2, RECALL_MAX);
	for (unsigned i = 2 * RECALL_MAX - LIVE; i < 2 * RECALL_MAX; i++)
		assert_string_equal(queue_of(*state, i), "support");
}

/* What is said again is new again. */
static void one_that_is_said_now_and_then_is_not_forgotten(void **state)
{
	for (unsigned i = 1; i <= 2 * RECALL_MAX; i++) {
		put(*state, i, "support");
		if (i % 8192 == 0) {
			assert_string_equal(queue_of(*state, 0) ? queue_of(*state, 0) : "sales",
					    "sales");
			put(*state, 0, "sales");
		}
	}
	assert_string_equal(queue_of(*state, 0), "sales");
}

static void saying_it_often_drives_nobody_else_out(void **state)
{
	for (unsigned i = 1; i < 2 * RECALL_MAX; i++)
		put(*state, i, "support");
	put(*state, 0, "sales");
	unsigned known = known_of(*state, 2 * RECALL_MAX);
	for (unsigned i = 0; i < 100; i++)
		put(*state, 0, i % 2 ? "sales" : "returns");
	assert_int_equal(known_of(*state, 2 * RECALL_MAX), known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
		TEST(what_nobody_has_said_is_not_known),
		TEST(of_what_is_said_again_the_newest_is_known),
		TEST(what_is_said_is_copied_and_stays_till_the_end),
		TEST(those_that_agents_have_are_known_however_many_came_before),
		TEST(one_that_is_said_now_and_then_is_not_forgotten),
		TEST(saying_it_often_drives_nobody_else_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
