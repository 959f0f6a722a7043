#include "router/door/things.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct wanted {
	size_t size, number, count, first, end;
};

static void a_page_has_its_rows_and_no_more_than_there_are(void **state)
{
	static const struct wanted pages[] = {
		{25, 1, 0, 0, 0},
		{25, 1, 24, 0, 24},
		{25, 1, 25, 0, 25},
		{25, 1, 26, 0, 25},
		{25, 2, 26, 25, 26},
		{25, 2, 25, 25, 25},
		{25, 3, 26, 26, 26},
		{1, 3, 5, 2, 3},
		{THINGS_PAGE_MAX, THINGS_PAGE_NUMBER_MAX, 7, 7, 7},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		const struct things_page page = {.size = pages[i].size, .number = pages[i].number};
		const struct things_rows rows = things_rows(&page, pages[i].count);
		assert_int_equal(rows.first, pages[i].first);
		assert_int_equal(rows.end, pages[i].end);
	}
}

static void descending_pages_begin_with_the_last_of_all(void **state)
{
	struct things_page page = {.size = 2, .number = 2, .descending = true};
	struct things_rows rows = things_rows(&page, 5);

	(void)state;
	assert_int_equal(things_row(&rows, rows.first), 2);
	assert_int_equal(things_row(&rows, rows.end - 1), 1);
	page.descending = false;
	rows = things_rows(&page, 5);
	assert_int_equal(things_row(&rows, rows.first), 2);
	assert_int_equal(things_row(&rows, rows.end - 1), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_has_its_rows_and_no_more_than_there_are),
		cmocka_unit_test(descending_pages_begin_with_the_last_of_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
