#include "gateway/share.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Slots one by one, each to the highest class that may have it; of `ready` nothing ever ends. */
static enum message_class give_one(struct share *share, const unsigned ready[MESSAGE_CLASS_COUNT])
{
	for (unsigned i = 0; i < MESSAGE_CLASS_COUNT; i++) {
		if (ready[i] == 0 || share_of(share, i, 1, ready) == 0)
			continue;
		share_gave(share, i, 1, ready);
		return i;
	}
	fail_msg("nobody may have the slot");
	return MESSAGE_BULK;
}

static void a_class_alone_has_all(void **state)
{
	const unsigned ready[] = {0, 0, 5};
	struct share share = {{0}};

	(void)state;
	assert_int_equal(share_of(&share, MESSAGE_BULK, 100, ready), 100);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(give_one(&share, ready), MESSAGE_BULK);
}

static void one_of_eight_goes_to_what_is_below(void **state)
{
	const unsigned ready[] = {1000, 0, 1000};
	struct share share = {{0}};
	unsigned got[MESSAGE_CLASS_COUNT] = {0};

	(void)state;
	for (unsigned i = 0; i < 80; i++)
		got[give_one(&share, ready)]++;
	assert_int_equal(got[MESSAGE_INTERACTIVE], 70);
	assert_int_equal(got[MESSAGE_BULK], 10);
}

static void none_of_three_is_starved(void **state)
{
	const unsigned ready[] = {1000, 1000, 1000};
	struct share share = {{0}};
	unsigned got[MESSAGE_CLASS_COUNT] = {0};

	(void)state;
	for (unsigned i = 0; i < 640; i++)
		got[give_one(&share, ready)]++;
	assert_int_equal(got[MESSAGE_INTERACTIVE], 560);
	assert_int_equal(got[MESSAGE_TRANSACTIONAL], 70);
	assert_int_equal(got[MESSAGE_BULK], 10);
}

static void of_many_slots_at_once_an_eighth_is_kept(void **state)
{
	const unsigned much[] = {1000, 0, 1000}, little[] = {1000, 0, 1};
	struct share share = {{0}};

	(void)state;
	assert_int_equal(share_of(&share, MESSAGE_INTERACTIVE, 80, much), 70);
	assert_int_equal(share_of(&share, MESSAGE_INTERACTIVE, 80, little), 79);
	assert_int_equal(share_of(&share, MESSAGE_INTERACTIVE, 7, much), 7);
}

static void what_was_had_while_nothing_waited_below_is_not_owed(void **state)
{
	const unsigned alone[] = {1000, 0, 0}, both[] = {1000, 0, 10};
	struct share share = {{0}};

	(void)state;
	share_gave(&share, MESSAGE_INTERACTIVE, 500, alone);
	assert_int_equal(share_of(&share, MESSAGE_INTERACTIVE, 1, both), 1);
	share_gave(&share, MESSAGE_INTERACTIVE, 500, both);
	/* While there is no slot nothing is ready, and nothing is forgotten. */
	share_gave(&share, MESSAGE_INTERACTIVE, 0, alone);
	assert_int_equal(share_of(&share, MESSAGE_INTERACTIVE, 1, both), 0);
	/* What is owed is no more than one slot, however long it was. */
	share_gave(&share, MESSAGE_BULK, 2, both);
	assert_int_equal(share_of(&share, MESSAGE_INTERACTIVE, 7, both), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_class_alone_has_all),
		cmocka_unit_test(one_of_eight_goes_to_what_is_below),
		cmocka_unit_test(none_of_three_is_starved),
		cmocka_unit_test(of_many_slots_at_once_an_eighth_is_kept),
		cmocka_unit_test(what_was_had_while_nothing_waited_below_is_not_owed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
