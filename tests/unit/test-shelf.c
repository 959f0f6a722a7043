#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/directory/shelf.h"

#define MANY 3000

static struct directory_entity *entity(unsigned number, uint64_t version)
{
	struct directory_entity *made = memory_array(1, sizeof(*made));
	char id[32];

	snprintf(id, sizeof(id), "id-%u", number);
	made->id = memory_text(id);
	made->version = version;
	return made;
}

static const struct directory_entity *find(const struct shelf *shelf, const char *id)
{
	return shelf_find(shelf, (struct span){(const uint8_t *)id, strlen(id)});
}

static void what_is_put_is_found_until_it_is_dropped(void **state)
{
	struct shelf shelf = {0};
	bool there[MANY] = {false};
	char id[32];

	(void)state;
	assert_null(find(&shelf, "id-1"));
	srand(7);
	for (unsigned turn = 0; turn < 20000; turn++) {
		unsigned number = (unsigned)rand() % MANY;
		snprintf(id, sizeof(id), "id-%u", number);
		if (turn % 3) {
			shelf_put(&shelf, entity(number, turn));
			there[number] = true;
			assert_int_equal(find(&shelf, id)->version, turn);
		} else {
			struct span span = {(const uint8_t *)id, strlen(id)};
			assert_int_equal(shelf_drop(&shelf, span), there[number]);
			there[number] = false;
		}
	}
	size_t count = 0;
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(id, sizeof(id), "id-%u", i);
		assert_int_equal(find(&shelf, id) != NULL, there[i]);
		count += there[i];
	}
	assert_int_equal(shelf.count, count);
	shelf_finish(&shelf);
}

static void a_put_of_the_same_id_replaces(void **state)
{
	struct shelf shelf = {0};

	(void)state;
	shelf_put(&shelf, entity(1, 1));
	shelf_put(&shelf, entity(1, 2));
	assert_int_equal(shelf.count, 1);
	assert_int_equal(find(&shelf, "id-1")->version, 2);
	shelf_finish(&shelf);
}

static void fields_are_text_numbers_and_lists(void **state)
{
	char name[] = "wrapups", lines[] = "Sold\nNo sale", other[] = "n", number[] = "42";
	struct directory_field fields[] = {{name, lines}, {other, number}};
	struct directory_entity made = {.fields = fields, .count = 2};

	(void)state;
	assert_string_equal(directory_text(&made, "wrapups"), "Sold\nNo sale");
	assert_string_equal(directory_text(&made, "nothing"), "");
	assert_int_equal(directory_number(&made, "n", 7), 42);
	assert_int_equal(directory_number(&made, "wrapups", 7), 7);
	assert_int_equal(directory_number(&made, "nothing", 7), 7);
	assert_true(directory_lists(&made, "wrapups", "Sold"));
	assert_true(directory_lists(&made, "wrapups", "No sale"));
	assert_false(directory_lists(&made, "wrapups", "sale"));
	assert_false(directory_lists(&made, "wrapups", "Sold\nNo sale"));
	assert_false(directory_lists(&made, "nothing", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_found_until_it_is_dropped),
		cmocka_unit_test(a_put_of_the_same_id_replaces),
		cmocka_unit_test(fields_are_text_numbers_and_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
