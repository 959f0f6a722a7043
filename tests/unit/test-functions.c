#include "router/bus/functions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void the_newest_stand_and_an_older_program_works_with_them_while_they_serve_it(void **state)
{
	static const struct {
		struct functions_library there;
		enum functions_verdict verdict;
	} cases[] = {
		{{"", "", ""}, FUNCTIONS_OLDER},
		{{"0.2.0", "0.1.0", "ours"}, FUNCTIONS_OURS},
		{{"0.2", "0.1", "ours"}, FUNCTIONS_OURS},
		{{"0.2.0", "0.1.0", "theirs"}, FUNCTIONS_OTHER},
		{{"0.1.9", "0.1.0", "theirs"}, FUNCTIONS_OLDER},
		{{"0.1.9", "0.1.0", "ours"}, FUNCTIONS_OURS},
		{{"0.3.0", "0.3.0", "ours"}, FUNCTIONS_OURS},
		{{"0.2.0.1764000000", "0.1.0", "theirs"}, FUNCTIONS_NEWER},
		{{"0.2.0.1764000000", "0.2.0", "theirs"}, FUNCTIONS_NEWER},
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
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(functions_judge(&cases[i].there, "0.2.0", "ours"),
				 cases[i].verdict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_newest_stand_and_an_older_program_works_with_them_while_they_serve_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
