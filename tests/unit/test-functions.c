#include "router/bus/functions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct one {
	struct functions_library there;
	enum functions_verdict verdict;
};

static void judge_all(const struct one *cases, size_t count, const char *version)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(functions_judge(&cases[i].there, version, "ours"),
				 cases[i].verdict);
}

static void the_newest_stand_and_an_older_program_works_with_them_while_they_serve_it(void **state)
{
	static const struct one cases[] = {
		{{"", "", ""}, FUNCTIONS_OLDER},
		{{"0.2.0", "0.1.0", "ours"}, FUNCTIONS_OURS},
		{{"0.2", "0.1", "ours"}, FUNCTIONS_OURS},
		{{"0.2.0", "0.1.0", "theirs"}, FUNCTIONS_OTHER},
		{{"0.1.9", "0.1.0", "theirs"}, FUNCTIONS_OLDER},
		{{"0.1.9", "0.1.0", "ours"}, FUNCTIONS_OURS},
		{{"0.3.0", "0.3.0", "ours"}, FUNCTIONS_OURS},
		{{"0.1.0.1764000000", "0.1.0", "theirs"}, FUNCTIONS_OLDER},
		{{"0.2.1", "0.2.0", "theirs"}, FUNCTIONS_NEWER},
		{{"0.10.0", "0.2.0", "theirs"}, FUNCTIONS_NEWER},
		{{"1", "", "theirs"}, FUNCTIONS_NEWER},
		{{"0.2.1", "0.2.1", "theirs"}, FUNCTIONS_UNSERVED},
		{{"1.0.0", "0.10.0", "theirs"}, FUNCTIONS_UNSERVED},
		{{"x", "y", "z"}, FUNCTIONS_OLDER},
		{{"..", "-", "z"}, FUNCTIONS_OLDER},
	};

	(void)state;
	judge_all(cases, sizeof(cases) / sizeof(*cases), "0.2.0");
}

static void of_one_release_those_that_changed_later_are_the_newer(void **state)
{
	static const struct one cases[] = {
		{{"0.2.0.1764000001", "0.2.0", "theirs"}, FUNCTIONS_NEWER},
		{{"0.2.0.1764000000", "0.2.0", "theirs"}, FUNCTIONS_OTHER},
		{{"0.2.0.1763999999", "0.2.0", "theirs"}, FUNCTIONS_OLDER},
		{{"0.1.9.1764000001", "0.1.0", "theirs"}, FUNCTIONS_OLDER},
		{{"0.2.1.1763999999", "0.2.0", "theirs"}, FUNCTIONS_NEWER},
		{{"0.2.1.1763999999", "0.2.1", "theirs"}, FUNCTIONS_UNSERVED},
	};

	(void)state;
	judge_all(cases, sizeof(cases) / sizeof(*cases), "0.2.0.1764000000");
}

/* What is built from a package's source, or where git will not look, does not know when. */
static void of_one_release_neither_is_newer_where_one_does_not_say_when_it_changed(void **state)
{
	static const struct one silent[] = {
		{{"0.2.0.1764000000", "0.1.0", "theirs"}, FUNCTIONS_OTHER},
		{{"0.2.0.1764000000", "0.2.0", "theirs"}, FUNCTIONS_OTHER},
		{{"0.3.0.1764000000", "0.2.0", "theirs"}, FUNCTIONS_NEWER},
	};
	static const struct one saying[] = {
		{{"0.2.0", "0.2.0", "theirs"}, FUNCTIONS_OTHER},
		{{"0.2", "0.2", "theirs"}, FUNCTIONS_OTHER},
		{{"0.1.9", "0.1.0", "theirs"}, FUNCTIONS_OLDER},
		{{"0.2.1", "0.2.0", "theirs"}, FUNCTIONS_NEWER},
	};

	(void)state;
	judge_all(silent, sizeof(silent) / sizeof(*silent), "0.2.0");
	judge_all(saying, sizeof(saying) / sizeof(*saying), "0.2.0.1764000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_newest_stand_and_an_older_program_works_with_them_while_they_serve_it),
		cmocka_unit_test(of_one_release_those_that_changed_later_are_the_newer),
		cmocka_unit_test(
			of_one_release_neither_is_newer_where_one_does_not_say_when_it_changed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
