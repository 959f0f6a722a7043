#include "gateway/rival.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void write_and_hear(struct rival *rival, const char *status, const char *replaced,
			   uint64_t now_ms)
{
	assert_true(rival_wrote(rival, status));
	(void)rival_heard(rival, span_text(replaced), now_ms);
}

static void our_own_status_is_nobody_elses(void **state)
{
	struct rival rival = {0};

	(void)state;
	write_and_hear(&rival, "a", "", 0);
	write_and_hear(&rival, "b", "a", 1000);
	/* Nobody knows whether what was written behind it is written already. */
	assert_true(rival_wrote(&rival, "c"));
	assert_false(rival_wrote(&rival, "d"));
	assert_false(rival_heard(&rival, span_text("b"), 2000));
	write_and_hear(&rival, "e", "d", 3000);
	assert_int_equal(rival.seen, 0);
	assert_false(rival_is_there(&rival, 3000));
}

static void one_that_has_ended_is_seen_once(void **state)
{
	struct rival rival = {0};

	(void)state;
	write_and_hear(&rival, "a", "former", 0);
	write_and_hear(&rival, "b", "a", 1000);
	write_and_hear(&rival, "c", "b", 2000);
	assert_false(rival_is_there(&rival, 2000));
}

static void one_that_goes_on_is_there_until_it_ends(void **state)
{
	struct rival rival = {0};

	(void)state;
	write_and_hear(&rival, "a", "other 1", 0);
	write_and_hear(&rival, "b", "other 2", 1000);
	assert_false(rival_is_there(&rival, 1000));
	write_and_hear(&rival, "c", "b", 1500);
	assert_true(rival_wrote(&rival, "d"));
	assert_true(rival_heard(&rival, span_text("other 3"), 2000));
	assert_true(rival_is_there(&rival, 2000));
	assert_true(rival_is_there(&rival, 2000 + RIVAL_WITHIN_MS));
	assert_false(rival_is_there(&rival, 2001 + RIVAL_WITHIN_MS));
}

static void one_that_is_seen_seldom_is_none(void **state)
{
	struct rival rival = {0};

	(void)state;
	for (unsigned i = 0; i < 8; i++)
		write_and_hear(&rival, "a", "lost", (uint64_t)i * (RIVAL_WITHIN_MS / 2 + 1));
	assert_false(rival_is_there(&rival, (uint64_t)8 * (RIVAL_WITHIN_MS / 2 + 1)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_status_is_nobody_elses),
		cmocka_unit_test(one_that_has_ended_is_seen_once),
		cmocka_unit_test(one_that_goes_on_is_there_until_it_ends),
		cmocka_unit_test(one_that_is_seen_seldom_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
