#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/settings_names.h"
#include "router/compliance/suppression.h"

static const struct {
	enum settings_scope kind;
	const char *programme, *ours, *scope, *scopes;
} table[] = {
	{SETTINGS_SCOPE_PROGRAMME, "support", "+15550001", "p:support",
	 "all|p:support|n:+15550001"},
	{SETTINGS_SCOPE_NUMBER, "support", "+15550001", "n:+15550001", "all|p:support|n:+15550001"},
	{SETTINGS_SCOPE_ALL, "support", "12345", "all", "all|p:support|n:12345"},
	{SETTINGS_SCOPE_PROGRAMME, "", "12345", "n:12345", "all|n:12345"},
	{SETTINGS_SCOPE_ALL, "", "12345", "all", "all|n:12345"},
	{SETTINGS_SCOPE_PROGRAMME, "a|b", "12345", "p:a_b", "all|p:a_b|n:12345"},
};

static void an_opt_out_covers_what_the_programme_says(void **state)
{
	char out[96];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		suppression_scope(table[i].kind, table[i].programme, table[i].ours, out,
				  sizeof(out));
		assert_string_equal(out, table[i].scope);
	}
}

static void a_message_is_covered_by_all_its_programme_and_its_number(void **state)
{
	char out[224];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		suppression_scopes(table[i].programme, table[i].ours, out, sizeof(out));
		assert_string_equal(out, table[i].scopes);
	}
}

static void a_number_and_its_place_in_lists_are_the_same(void **state)
{
	static const struct {
		const char *number;
		unsigned bucket;
		uint64_t field;
	} places[] = {
		{"+1", 1, 0},
		{"+16380", 16380, 0},
		{"+16381", 0, 1},
		{"+15550100199", 15550100199u % 16381, 15550100199u / 16381},
		{"+999999999999999", 999999999999999u % 16381, 999999999999999u / 16381},
	};
	static const char *const none[] = {"",	     "+",     "15550199",	  "+01555",
					   "+1555a", "12345", "+1234567890123456"};
	struct suppression_place place;

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		assert_true(suppression_place(places[i].number, &place));
		assert_int_equal(place.bucket, places[i].bucket);
		assert_int_equal(place.field, places[i].field);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_false(suppression_place(none[i], &place));
}

static void a_scope_that_covers_nothing_any_more_is_noticed(void **state)
{
	struct settings_category categories[] = {{.name = "offers"}};
	struct settings_programme programmes[] = {
		{.name = "shop", .categories = categories, .categories_count = 1}, {.name = "a|b"}};
	struct settings_number numbers[] = {{.address = "+15550001", .programme = "shop"},
					    {.address = "+15550002", .programme = "a|b"},
					    {.address = "+15550003", .programme = ""}};
	struct settings settings = {.programmes = programmes,
				    .programmes_count = 2,
				    .numbers = numbers,
				    .numbers_count = 3};
	static const struct {
		const char *scope, *ours;
		bool known;
	} scopes[] = {
		{"all", "", true},
		{"all", "+15550003", true},
		{"n:+15550003", "+15550003", true},
		{"n:+15559999", "+15559999", true}, /* which sends nothing */
		{"p:shop", "", true},
		{"p:shop", "+15550001", true},
		{"p:shop", "+15559999", true},
		{"c:shop:offers", "+15550001", true},
		{"p:a_b", "+15550002", true},
		{"p:old", "", false},
		{"p:old", "+15550001", false},
		{"p:old", "+15559999", false},
		{"p:shop", "+15550002", false}, /* moved */
		{"p:shop", "+15550003", false},
		{"c:shop:news", "", false},
		{"c:shop:offers", "+15550002", false},
		{"", "", false},
	};

	(void)state;
	settings_names_sort(&settings);
	for (size_t i = 0; i < sizeof(scopes) / sizeof(*scopes); i++)
		assert_int_equal(suppression_is_known(&settings, scopes[i].scope, scopes[i].ours),
				 scopes[i].known);
	settings_names_free(&settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_and_its_place_in_lists_are_the_same),
		cmocka_unit_test(a_scope_that_covers_nothing_any_more_is_noticed),
		cmocka_unit_test(an_opt_out_covers_what_the_programme_says),
		cmocka_unit_test(a_message_is_covered_by_all_its_programme_and_its_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
