#include "config/settings_route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CARRIER(carrier)                                                                           \
	"{ name = \"" carrier "\"; hosts = ( { host = \"127.0.0.1\"; } ); system_id = \"x\"; }"
#define CARRIERS "carriers = (" CARRIER("a") ", " CARRIER("b") ", " CARRIER("c") ");"
#define NUMBERS "numbers = ( { address = \"+15550100\"; carrier = \"c\"; } );"

static struct settings *settings;

static void fail_on(const char *line, void *context)
{
	(void)context;
	fail_msg("%s", line);
}

static struct span span(const char *text)
{
	return (struct span){(const uint8_t *)text, strlen(text)};
}

static void given(const char *routes)
{
	char text[2048];

	settings_destroy(&settings);
	snprintf(text, sizeof(text), CARRIERS NUMBERS "routes = ( %s );", routes);
	assert_int_equal(settings_parse(text, fail_on, NULL, &settings), 0);
}

static int finish(void **state)
{
	(void)state;
	settings_destroy(&settings);
	return 0;
}

/* The names in their order, `a|b`, also where there is one alone. */
static const char *road(const char *ours, const char *customer)
{
	static char out[SETTINGS_WAYS_TEXT_MAX];
	const struct settings_carrier *ways[SETTINGS_WAYS_MAX];
	size_t count = settings_route(settings, span(ours), span(customer),
				      settings_carrier(settings, "c"), ways);

	if (count == 1)
		return ways[0]->name;
	return settings_route_text(ways, count, out);
}

static void without_a_route_the_number_s_carrier_is_the_way(void **state)
{
	(void)state;
	given("{ prefix = \"+44\"; carriers = ( { name = \"a\"; } ); }");
	assert_string_equal(road("+15550100", "+4670000000"), "c");
	assert_string_equal(road("+15550100", "+4470000000"), "a");
	assert_string_equal(road("+15550100", "+4"), "c");
	assert_string_equal(road("+15550100", ""), "c");
}

static void the_longest_prefix_counts(void **state)
{
	(void)state;
	given("{ prefix = \"\"; carriers = ( { name = \"c\"; } ); },"
	      "{ prefix = \"+44\"; carriers = ( { name = \"a\"; } ); },"
	      "{ prefix = \"+447\"; carriers = ( { name = \"b\"; } ); },"
	      "{ source = \"+15550100\"; prefix = \"+4\"; carriers = ( { name = \"c\"; } ); }");
	assert_string_equal(road("+15550100", "+447000"), "b");
	assert_string_equal(road("+15550100", "+441000"), "a");
	assert_string_equal(road("+15550100", "+431000"), "c");
}

static void of_equal_prefixes_the_one_with_the_source_counts(void **state)
{
	(void)state;
	given("{ prefix = \"+44\"; carriers = ( { name = \"a\"; } ); },"
	      "{ source = \"+15550100\"; prefix = \"+44\"; carriers = ( { name = \"b\"; } ); }");
	assert_string_equal(road("+15550100", "+447000"), "b");
	assert_string_equal(road("+15550101", "+447000"), "a");
}

static void priorities_are_tried_in_their_order(void **state)
{
	(void)state;
	given("{ carriers = ( { name = \"a\"; priority = 3; }, { name = \"b\"; priority = 1; },"
	      "{ name = \"c\"; priority = 2; } ); }");
	assert_string_equal(road("+15550100", "+447000"), "b|c|a");
}

static void weights_share_customers_out(void **state)
{
	unsigned first[3] = {0};
	char customer[20];

	(void)state;
	given("{ carriers = ( { name = \"a\"; weight = 70; }, { name = \"b\"; weight = 30; },"
	      "{ name = \"c\"; weight = 0; } ); }");
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(customer, sizeof(customer), "+4470%06u", i);
		const char *names = road("+15550100", customer);
		assert_int_equal(strlen(names), 5);
		first[names[0] - 'a']++;
		assert_int_equal(names[4], 'c');
	}
	assert_in_range(first[0], 6800, 7200);
	assert_in_range(first[1], 2800, 3200);
	assert_int_equal(first[2], 0);
}

static void one_customer_always_falls_to_the_same_carrier(void **state)
{
	char before[SETTINGS_WAYS_TEXT_MAX];

	(void)state;
	given("{ carriers = ( { name = \"a\"; }, { name = \"b\"; }, { name = \"c\"; } ); }");
	snprintf(before, sizeof(before), "%s", road("+15550100", "+447001"));
	for (unsigned i = 0; i < 100; i++)
		assert_string_equal(road("+15550100", "+447001"), before);
}

static void count_error(const char *line, void *context)
{
	(void)line;
	++*(unsigned *)context;
}

static void a_route_to_nowhere_is_refused(void **state)
{
	struct settings *bad = NULL;
	unsigned errors = 0;

	(void)state;
	assert_int_not_equal(
		settings_parse(CARRIERS NUMBERS
			       "routes = ( { source = \"+1\"; carriers = ( { name = \"x\"; },"
			       "{ name = \"a\"; }, { name = \"a\"; } ); }, { prefix = \"+1\"; } );",
			       count_error, &errors, &bad),
		0);
	assert_int_equal(errors, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_route_the_number_s_carrier_is_the_way),
		cmocka_unit_test(the_longest_prefix_counts),
		cmocka_unit_test(of_equal_prefixes_the_one_with_the_source_counts),
		cmocka_unit_test(priorities_are_tried_in_their_order),
		cmocka_unit_test(weights_share_customers_out),
		cmocka_unit_test(one_customer_always_falls_to_the_same_carrier),
		cmocka_unit_test(a_route_to_nowhere_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
