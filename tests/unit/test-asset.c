#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "router/door/asset.h"

static char folder[64];
static struct asset_table *table;

static void put(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int set_up(void **state)
{
	char path[128];

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test-asset-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/assets", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	put("index.html", "page");
	put(".hidden", "hidden");
	put("assets/app-1a2b.js", "script");
	snprintf(path, sizeof(path), "%s/link", folder);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	table = asset_create();
	return asset_load(table, folder);
}

static int tear_down(void **state)
{
	static const char *const names[] = {"index.html", ".hidden", "assets/app-1a2b.js",
					    "assets",	  "link",    "."};
	char path[128];

	(void)state;
	asset_destroy(&table);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)remove(path);
	}
	return rmdir(folder);
}

static void a_path_finds_its_file_or_the_page(void **state)
{
	static const struct {
		const char *path, *found; /* NULL: nothing */
	} cases[] = {
		{"/", "/index.html"},
		{"/index.html", "/index.html"},
		{"/desk", "/index.html"},
		{"/desk/c1", "/index.html"},
		{"/assets/app-1a2b.js", "/assets/app-1a2b.js"},
		{"/assets/none.js", NULL},
		{"/favicon.ico", NULL},
		{"/.hidden", NULL},
		{"/../etc/passwd.txt", NULL},
		{"/assets/../.hidden", NULL},
		{"", NULL},
		{"index.html", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct asset *asset = asset_find(table, cases[i].path);
		if (cases[i].found)
			assert_string_equal(asset->path, cases[i].found);
		else
			assert_null(asset);
	}
}

static void a_link_is_the_page_and_not_what_it_points_to(void **state)
{
	(void)state;
	assert_string_equal(asset_find(table, "/link")->path, "/index.html");
}

static void only_names_with_a_hash_are_immutable(void **state)
{
	(void)state;
	assert_true(asset_find(table, "/assets/app-1a2b.js")->immutable);
	assert_false(asset_find(table, "/")->immutable);
	assert_string_equal(asset_type("/a.js"), "text/javascript; charset=utf-8");
	assert_string_equal(asset_type("/a"), "application/octet-stream");
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
	struct asset_table *other = asset_create();

	(void)state;
	assert_int_not_equal(asset_load(other, "/nonexistent"), 0);
	assert_null(asset_find(other, "/"));
	asset_destroy(&other);
	assert_null(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_finds_its_file_or_the_page),
		cmocka_unit_test(a_link_is_the_page_and_not_what_it_points_to),
		cmocka_unit_test(only_names_with_a_hash_are_immutable),
		cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
