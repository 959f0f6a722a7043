/* Who reads by which keywords, once people have put some in force and a Redis has lost them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/settings_names.h"
#include "router/compliance/keywords.h"

#include <string.h>

static char none[] = "", shop[] = "shop", address[] = "+15550100";
static struct settings_programme programmes[] = {
	{.name = shop, .stop_text = none, .help_text = none, .start_text = none}};
static struct settings_number numbers[] = {
	{.address = address, .carrier = none, .queue = none, .programme = shop}};
static struct settings settings = {
	.programmes = programmes, .programmes_count = 1, .numbers = numbers, .numbers_count = 1};

static void put(struct keywords *keywords, const char *owner, unsigned version, const char *text)
{
	struct ruleset *set = NULL;
	struct rules_fault fault = {""};

	assert_int_equal(ruleset_read(span_text(text), &set, &fault), 0);
	assert_int_equal(keywords_put(keywords, owner, version, &set, &fault), 0);
	assert_null(set);
}

static enum verdict read_at_number(const struct keywords *keywords, const char *text)
{
	struct verdict_answer answer;

	verdict_read(keywords_of(keywords, address, programmes)->reader, span_text(text), 0,
		     &answer);
	return answer.verdict;
}

static bool is_programme(const char *owner, void *context)
{
	(void)context;
	return strcmp(owner, "p:shop") == 0;
}

static void a_number_has_its_own_words_beside_its_programmes(void **state)
{
	struct keywords *keywords = keywords_create(&settings);

	(void)state;
	put(keywords, "p:shop", 1, "en.opt_out\tNIXWORD\n");
	put(keywords, "n:+15550100", 1, "en.opt_out\tBASTAWORD\n");
	assert_int_equal(read_at_number(keywords, "nixword"), VERDICT_OPT_OUT);
	assert_int_equal(read_at_number(keywords, "bastaword"), VERDICT_OPT_OUT);
	put(keywords, "p:shop", 2, "en.opt_out\tFINWORD\n");
	assert_int_equal(read_at_number(keywords, "nixword"), VERDICT_NONE);
	assert_int_equal(read_at_number(keywords, "finword"), VERDICT_OPT_OUT);
	assert_int_equal(read_at_number(keywords, "bastaword"), VERDICT_OPT_OUT);
	keywords_destroy(&keywords);
}

static void a_number_that_has_lost_its_own_follows_its_programme(void **state)
{
	struct keywords *keywords = keywords_create(&settings);

	(void)state;
	put(keywords, "p:shop", 1, "en.opt_out\tNIXWORD\n");
	put(keywords, "n:+15550100", 1, "en.opt_out\tBASTAWORD\n");
	keywords_keep(keywords, is_programme, NULL);
	assert_int_equal(keywords_version(keywords, "n:+15550100"), 0);
	assert_int_equal(read_at_number(keywords, "bastaword"), VERDICT_NONE);
	assert_int_equal(read_at_number(keywords, "nixword"), VERDICT_OPT_OUT);
	put(keywords, "p:shop", 2, "en.opt_out\tFINWORD\n");
	assert_int_equal(read_at_number(keywords, "nixword"), VERDICT_NONE);
	assert_int_equal(read_at_number(keywords, "finword"), VERDICT_OPT_OUT);
	keywords_destroy(&keywords);
}

static int sort_settings(void **state)
{
	(void)state;
	settings_names_sort(&settings);
	return 0;
}

static int free_settings(void **state)
{
	(void)state;
	settings_names_free(&settings);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_has_its_own_words_beside_its_programmes),
		cmocka_unit_test(a_number_that_has_lost_its_own_follows_its_programme),
	};

	return cmocka_run_group_tests(tests, sort_settings, free_settings);
}
