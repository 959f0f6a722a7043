#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/compliance/csv.h"

#include <stdlib.h>
#include <string.h>

static void cells_are_parted_where_no_quotes_stand_around(void **state)
{
	static const struct {
		const char *line, *cells[4];
		size_t count;
		char separator;
	} table[] = {
		{"a,b,c", {"a", "b", "c"}, 3, ','},
		{"a;b", {"a", "b"}, 2, ';'},
		{"a\tb", {"a", "b"}, 2, '\t'},
		{"", {""}, 1, ','},
		{",", {"", ""}, 2, ','},
		{"\"a,b\",c", {"a,b", "c"}, 2, ','},
		{"\"say \"\"hi\"\"\",c", {"say \"hi\"", "c"}, 2, ','},
		{"\"never closed,c", {"never closed,c"}, 1, ','},
		{"\"a\"rest,c", {"a", "c"}, 2, ','},
	};
	struct span cells[CSV_CELLS_MAX];
	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		snprintf(line, sizeof(line), "%s", table[i].line);
		assert_int_equal(csv_split(line, table[i].separator, cells), table[i].count);
		for (size_t j = 0; j < table[i].count; j++) {
			assert_int_equal(cells[j].length, strlen(table[i].cells[j]));
			assert_memory_equal(cells[j].at, table[i].cells[j], cells[j].length);
		}
	}
}

static void the_first_line_tells_what_parts_cells(void **state)
{
	(void)state;
	assert_int_equal(csv_separator("a;b,c"), ';');
	assert_int_equal(csv_separator("a\tb"), '\t');
	assert_int_equal(csv_separator("alone"), ',');
	assert_int_equal(csv_separator("\"a,b\";c"), ';');
	assert_int_equal(csv_separator("alone\na;b"), ',');
}

static void a_line_that_has_lines_within_is_told_from_others(void **state)
{
	static const struct {
		const char *line, *left;
		bool one;
	} table[] = {
		{"+15550100\n", "+15550100", true},
		{"+15550100\r\n", "+15550100", true},
		{"+15550100\r", "+15550100", true},
		{"+15550100", "+15550100", true},
		{"\r\n", "", true},
		{"+15550100,\"one\rtwo\"\n", "+15550100,\"one\rtwo\"", true},
		{"+15550100\r+15550101\r", "+15550100\r+15550101", false},
		{"+15550100,\"Ann\"\r+15550101,\"Bob\"\n", "+15550100,\"Ann\"\r+15550101,\"Bob\"",
		 false},
	};
	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		snprintf(line, sizeof(line), "%s", table[i].line);
		assert_int_equal(csv_end_line(line), table[i].one);
		assert_string_equal(line, table[i].left);
	}
}

static void a_row_may_go_over_lines_in_quotes(void **state)
{
	static const struct {
		const char *text, *row, *rest;
		unsigned lines;
		bool closed;
	} table[] = {
		{"a,b\nc", "a,b", "c", 1, true},
		{"a,b\r\n", "a,b\r", NULL, 1, true},
		{"", "", NULL, 1, true},
		{"\nb", "", "b", 1, true},
		{"a,\"b\nc\"\nd", "a,\"b\nc\"", "d", 2, true},
		{"a,\"b\n\n\"\"c\"x\nd", "a,\"b\n\n\"\"c\"x", "d", 3, true},
		{"a,5\" pipe\nb\"", "a,5\" pipe", "b\"", 1, true},
		{"a;\"b\nc\"", "a;\"b", "c\"", 1, true}, /* parted by commas */
		{"a,\"b\nc", "a,\"b", "c", 1, false},
		{"a,\"b", "a,\"b", NULL, 1, false},
	};
	char text[64];
	unsigned lines;
	bool closed;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		snprintf(text, sizeof(text), "%s", table[i].text);
		const char *rest = csv_end_row(text, ',', &lines, &closed);
		assert_string_equal(text, table[i].row);
		assert_string_equal(rest ? rest : "-", table[i].rest ? table[i].rest : "-");
		assert_int_equal(lines, table[i].lines);
		assert_int_equal(closed, table[i].closed);
	}
}

static void more_cells_than_there_is_room_for_are_left_out(void **state)
{
	struct span cells[CSV_CELLS_MAX];
	char line[2 * CSV_CELLS_MAX + 8];

	(void)state;
	memset(line, ',', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(csv_split(line, ',', cells), CSV_CELLS_MAX);
}

static void no_cell_is_a_formula_for_a_spreadsheet(void **state)
{
	static const struct {
		const char *cell, *put;
	} table[] = {
		{"plain", "plain"},
		{"=1+1", "'=1+1"},
		{"+15550199", "'+15550199"},
		{"-1", "'-1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"\t=1", "\"'\t=1\""},
		{"a=b", "a=b"},
		{"a,b", "\"a,b\""},
		{"=\"x\"", "\"'=\"\"x\"\"\""},
		{"", ""},
		{"\n=1", "\"'\n=1\""},
		{"\uFF1D1", "'\uFF1D1"},
		{"\uFF20A", "'\uFF20A"},
		{"\uFF0B1", "'\uFF0B1"},
		{"\uFF0D1", "'\uFF0D1"},
		{"\uFF01", "\uFF01"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		char *text = NULL;
		size_t length = 0;
		FILE *out = open_memstream(&text, &length);
		csv_put(out, (struct span){(const uint8_t *)table[i].cell, strlen(table[i].cell)});
		fclose(out);
		assert_string_equal(text, table[i].put);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_parted_where_no_quotes_stand_around),
		cmocka_unit_test(the_first_line_tells_what_parts_cells),
		cmocka_unit_test(a_line_that_has_lines_within_is_told_from_others),
		cmocka_unit_test(a_row_may_go_over_lines_in_quotes),
		cmocka_unit_test(more_cells_than_there_is_room_for_are_left_out),
		cmocka_unit_test(no_cell_is_a_formula_for_a_spreadsheet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
