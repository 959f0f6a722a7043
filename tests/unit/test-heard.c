#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "router/compliance/heard.h"

static struct span of(const char *text)
{
	return (struct span){(const uint8_t *)text, strlen(text)};
}

static void assert_next(struct span evidence, size_t *at, const char *wanted)
{
	struct span record;

	assert_true(heard_next(evidence, at, &record));
	assert_int_equal(record.length, strlen(wanted));
	assert_memory_equal(record.at, wanted, record.length);
}

static void one_record_stands_as_it_is(void **state)
{
	struct span one = of("\x01\x01tag");
	size_t length, at = 0;
	struct span record;

	(void)state;
	uint8_t *joined = heard_join(&one, 1, &length);
	assert_int_equal(length, 5);
	assert_memory_equal(joined, "\x01\x01tag", 5);
	assert_next((struct span){joined, length}, &at, "\x01\x01tag");
	assert_false(heard_next((struct span){joined, length}, &at, &record));
	free(joined);
}

static void parts_stand_in_their_order_behind_their_lengths(void **state)
{
	const struct span parts[] = {of("\x01one"), of("\x01three"), of("\x01z")};
	size_t length, at = 0;
	struct span record;

	(void)state;
	uint8_t *joined = heard_join(parts, 3, &length);
	assert_int_equal(length, 1 + 12 + 4 + 6 + 2);
	assert_memory_equal(joined, "\xFF\0\0\0\x04\x01one\0\0\0\x06\x01three\0\0\0\x02\x01z",
			    length);
	struct span evidence = {joined, length};
	assert_next(evidence, &at, "\x01one");
	assert_next(evidence, &at, "\x01three");
	assert_next(evidence, &at, "\x01z");
	assert_false(heard_next(evidence, &at, &record));
	free(joined);
}

static void what_was_cut_ends_where_it_was_cut(void **state)
{
	const struct span parts[] = {of("\x01one"), of("\x01two")};
	size_t length;
	struct span record;

	(void)state;
	uint8_t *joined = heard_join(parts, 2, &length);
	for (size_t cut = 0; cut < length; cut++) {
		uint8_t *copy = malloc(cut + 1); /* so that reading behind it is seen */
		memcpy(copy, joined, cut);
		size_t at = 0, count = 0;
		while (heard_next((struct span){copy, cut}, &at, &record))
			count++;
		assert_int_equal(count, cut >= 9 ? 1 : 0);
		free(copy);
	}
	free(joined);
	size_t at = 0;
	assert_false(heard_next((struct span){NULL, 0}, &at, &record));
	assert_false(heard_next((struct span){(const uint8_t *)"\xFF\xFF\xFF\xFF\xFF\x01", 6}, &at,
				&record));
	assert_false(heard_next((struct span){(const uint8_t *)"\xFF\0\0\0\0", 5}, &at, &record));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_record_stands_as_it_is),
		cmocka_unit_test(parts_stand_in_their_order_behind_their_lengths),
		cmocka_unit_test(what_was_cut_ends_where_it_was_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
