#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "router/door/backlog.h"

static void add(struct backlog *backlog, const char *text)
{
	struct span part = {(const uint8_t *)text, strlen(text)};

	assert_int_equal(backlog_add(backlog, &part, 1, BACKLOG_MAX), 0);
}

static void parts_are_joined_into_one_text_frame(void **state)
{
	struct backlog backlog;
	struct span parts[] = {{(const uint8_t *)"ab", 2}, {NULL, 0}, {(const uint8_t *)"c", 1}};

	(void)state;
	backlog_init(&backlog);
	assert_int_equal(backlog_add(&backlog, parts, 3, BACKLOG_MAX), 0);
	struct span first = backlog_first(&backlog, 100);
	assert_int_equal(first.length, 5);
	assert_memory_equal(first.at,
			    "\x81\x03"
			    "abc",
			    5);
	backlog_finish(&backlog);
}

static void lengths_are_written_as_rfc_6455_has_them(void **state)
{
	static const struct {
		size_t length;
		const char *header;
		size_t header_length;
	} cases[] = {
		{125, "\x81\x7d", 2},
		{126, "\x81\x7e\x00\x7e", 4},
		{65535, "\x81\x7e\xff\xff", 4},
		{65536, "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10},
	};
	uint8_t *bytes = calloc(1, 65536);

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct backlog backlog;
		struct span part = {bytes, cases[i].length};
		backlog_init(&backlog);
		assert_int_equal(backlog_add(&backlog, &part, 1, BACKLOG_MAX), 0);
		struct span first = backlog_first(&backlog, 1);
		assert_int_equal(first.length, cases[i].length + cases[i].header_length);
		assert_memory_equal(first.at, cases[i].header, cases[i].header_length);
		backlog_finish(&backlog);
	}
	free(bytes);
}

static void a_write_takes_whole_frames(void **state)
{
	struct backlog backlog;

	(void)state;
	backlog_init(&backlog);
	add(&backlog, "one");
	add(&backlog, "two");
	add(&backlog, "three");
	struct span first = backlog_first(&backlog, 11);
	assert_int_equal(first.length, 10);
	backlog_drop(&backlog, first.length);
	first = backlog_first(&backlog, 1);
	assert_int_equal(first.length, 7);
	assert_memory_equal(first.at, "\x81\x05three", 7);
	backlog_drop(&backlog, first.length);
	assert_int_equal(backlog_first(&backlog, 100).length, 0);
	backlog_finish(&backlog);
}

static void what_is_left_survives_what_is_added(void **state)
{
	struct backlog backlog;
	char text[8];

	(void)state;
	backlog_init(&backlog);
	for (unsigned i = 0; i < 5000; i++) {
		memset(text, 'a' + (int)(i % 26), 7);
		text[7] = '\0';
		add(&backlog, text);
		if (i % 3 == 0)
			continue;
		struct span first = backlog_first(&backlog, 9);
		assert_int_equal(first.length, 9);
		assert_int_equal(first.at[1], 7);
		backlog_drop(&backlog, 9);
	}
	backlog_finish(&backlog);
}

static void beyond_its_limit_nothing_is_added(void **state)
{
	const size_t most = 1000;
	struct backlog backlog;
	uint8_t bytes[600] = {0};
	struct span part = {bytes, sizeof(bytes)};

	(void)state;
	backlog_init(&backlog);
	assert_int_equal(backlog_add(&backlog, &part, 1, most), 0);
	size_t length = backlog_length(&backlog);
	assert_int_not_equal(backlog_add(&backlog, &part, 1, most), 0);
	assert_int_equal(backlog_length(&backlog), length);
	assert_int_equal(backlog_add(&backlog, &part, 1, 2 * most), 0);
	backlog_finish(&backlog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_joined_into_one_text_frame),
		cmocka_unit_test(lengths_are_written_as_rfc_6455_has_them),
		cmocka_unit_test(a_write_takes_whole_frames),
		cmocka_unit_test(what_is_left_survives_what_is_added),
		cmocka_unit_test(beyond_its_limit_nothing_is_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
