#include "smpp/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The values that the authors of FNV publish. */
static void the_hash_is_fnv_1a(void **state)
{
	(void)state;
	assert_true(span_hash((struct span){NULL, 0}) == UINT64_C(0xcbf29ce484222325));
	assert_true(span_hash(span_text("a")) == UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(span_hash(span_text("foobar")) == UINT64_C(0x85944171f73967e8));
}

static void what_says_the_same_is_the_same(void **state)
{
	(void)state;
	assert_true(span_same(span_text("ann"), span_text("ann")));
	assert_true(span_same(span_text(NULL), span_text("")));
	assert_false(span_same(span_text("ann"), span_text("anna")));
	assert_false(span_same(span_text("ann"), span_text("bob")));
	assert_true(span_is(span_text("ann"), "ann"));
	assert_false(span_is(span_text("ann"), "an"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hash_is_fnv_1a),
		cmocka_unit_test(what_says_the_same_is_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
