#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/threading/numbers.h"

#include <stdio.h>
#include <string.h>

static const char configuration[] =
	"redis: { socket = \"/run/redis.sock\"; };\n"
	"carriers: ( { name = \"acme\"; hosts = ( { host = \"127.0.0.1\"; port = 2775; } );\n"
	"  system_id = \"b\"; password = \"p\"; } );\n"
	"programmes: ( { name = \"shop\"; scope = \"programme\"; },\n"
	"  { name = \"bank\"; scope = \"all\"; } );\n"
	"queues: ( { name = \"support\"; wrap_up_codes = ( \"Done\", \"Spam\" ); },\n"
	"  { name = \"billing\"; wrap_up_codes = ( \"Paid\" ); },\n"
	"  { name = \"suppor\"; wrap_up_codes = ( \"Short\" ); },\n"
	"  { name = \"zebra\"; } );\n"
	"numbers: ( { address = \"+15550101\"; carrier = \"acme\"; queue = \"support\";\n"
	"    programme = \"shop\"; },\n"
	"  { address = \"+15550177\"; carrier = \"acme\"; queue = \"support\";\n"
	"    programme = \"shop\"; },\n"
	"  { address = \"12345\"; carrier = \"acme\"; queue = \"support\"; programme = \"bank\"; "
	"},\n"
	"  { address = \"+15550100\"; carrier = \"acme\"; queue = \"support\"; } );\n";

struct fixture {
	struct settings *settings;
	struct numbers *numbers;
};

static struct span span(const char *text)
{
	return (struct span){(const uint8_t *)text, strlen(text)};
}

static void report(const char *line, void *context)
{
	(void)context;
	print_error("%s\n", line);
}

static int set_up(void **state)
{
	static struct fixture fixture;

	if (settings_parse(configuration, report, NULL, &fixture.settings) != 0)
		return -1;
	fixture.numbers = numbers_create(fixture.settings);
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	numbers_destroy(&fixture->numbers);
	settings_destroy(&fixture->settings);
	return 0;
}

static void each_of_our_numbers_is_found(void **state)
{
	struct fixture *fixture = *state;
	static const char *const ours[] = {"+15550100", "+15550101", "12345"};

	for (size_t i = 0; i < 3; i++) {
		const struct number *number = numbers_find(fixture->numbers, span(ours[i]));
		assert_non_null(number);
		assert_string_equal(number->number->address, ours[i]);
		assert_string_equal(number->carrier->name, "acme");
	}
}

static void a_queue_has_its_wrapup_codes(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		const char *queue, *first, *second;
	} cases[] = {
		{"support", "Done", "Spam"}, {"billing", "Paid", NULL}, {"suppor", "Short", NULL},
		{"zebra", NULL, NULL},	     {"", NULL, NULL},		{"a", NULL, NULL},
		{"supports", NULL, NULL},    {"zebras", NULL, NULL}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const *codes =
			numbers_wrapup_codes(fixture->numbers, span(cases[i].queue));
		const char *const wanted[] = {cases[i].first, cases[i].second, NULL};
		size_t at = 0;
		for (; wanted[at]; at++)
			assert_string_equal(codes[at], wanted[at]);
		assert_null(codes[at]);
	}
}

static void a_number_leads_where_it_was_told_to_and_else_where_the_file_says(void **state)
{
	struct fixture *fixture = *state;
	const struct number *number = numbers_find(fixture->numbers, span("12345"));

	assert_string_equal(number->queue, "support");
	assert_string_equal(number->preferred, "");
	numbers_put_route(fixture->numbers, "12345", "billing", "ann:9", 5000);
	assert_string_equal(number->queue, "billing");
	assert_string_equal(number->preferred, "ann:9");
	assert_int_equal(number->preferred_wait_ms, 5000);
	assert_ptr_equal(numbers_of_queue(fixture->numbers, span("billing")), number);
	numbers_put_route(fixture->numbers, "12345", NULL, "", 0);
	assert_string_equal(number->queue, "support");
	assert_null(numbers_of_queue(fixture->numbers, span("billing")));
	numbers_put_route(fixture->numbers, "+999", "billing", "", 0);
	assert_null(numbers_of_queue(fixture->numbers, span("billing")));
}

static void other_numbers_are_not_ours(void **state)
{
	struct fixture *fixture = *state;
	static const char *const others[] = {"", "+1555010", "+155501011", "1234", "+15550102"};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_null(numbers_find(fixture->numbers, span(others[i])));
}

static void an_opt_out_covers_what_its_scope_says(void **state)
{
	struct fixture *fixture = *state;
	const struct number *shop = numbers_find(fixture->numbers, span("+15550101"));
	const struct number *bank = numbers_find(fixture->numbers, span("12345"));
	const struct number *alone = numbers_find(fixture->numbers, span("+15550100"));

	assert_true(numbers_covers(shop, span(shop->scope)));
	assert_true(numbers_covers(shop, span(bank->scope)));
	assert_false(numbers_covers(bank, span(shop->scope)));
	assert_true(numbers_covers(alone, span(alone->scope)));
	assert_false(numbers_covers(alone, span(shop->scope)));
	assert_false(numbers_covers(shop, span(alone->scope)));
	assert_true(numbers_covers(NULL, span("all")));
	assert_false(numbers_covers(NULL, span("al")));
}

static void a_scope_that_is_lost_covers_what_took_its_place(void **state)
{
	struct fixture *fixture = *state;
	const struct number *shop = numbers_find(fixture->numbers, span("+15550101"));
	const struct number *bank = numbers_find(fixture->numbers, span("12345"));
	const struct number *alone = numbers_find(fixture->numbers, span("+15550100"));
	const struct number *other = numbers_find(fixture->numbers, span("+15550177"));
	char name[8];

	assert_true(numbers_cover(fixture->numbers, "p:stall", "+15550101"));
	assert_true(numbers_cover(fixture->numbers, "p:stall", "+15550101"));
	assert_true(numbers_covers(shop, span("p:stall")));
	assert_string_equal(shop->lost, "|p:stall");
	assert_true(numbers_covers(other, span("p:stall"))); /* of the same programme */
	assert_false(numbers_covers(bank, span("p:stall")));
	assert_false(numbers_covers(alone, span("p:stall")));
	assert_true(numbers_cover(fixture->numbers, "p:gone", "+15559999"));
	assert_true(numbers_covers(shop, span("p:gone")));
	assert_true(numbers_covers(bank, span("p:gone")));
	assert_true(numbers_covers(alone, span("p:gone")));
	for (unsigned i = 0; i < NUMBERS_LOST_MAX / 6; i++) {
		snprintf(name, sizeof(name), "p:x%03u", i);
		if (!numbers_cover(fixture->numbers, name, "12345"))
			break;
	}
	assert_false(numbers_covers(bank, span(name)));
	assert_true(strlen(bank->lost) < NUMBERS_LOST_MAX);
	assert_true(strlen(bank->scopes) < NUMBERS_SCOPES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_of_our_numbers_is_found),
		cmocka_unit_test(a_queue_has_its_wrapup_codes),
		cmocka_unit_test(a_number_leads_where_it_was_told_to_and_else_where_the_file_says),
		cmocka_unit_test(other_numbers_are_not_ours),
		cmocka_unit_test(an_opt_out_covers_what_its_scope_says),
		cmocka_unit_test(a_scope_that_is_lost_covers_what_took_its_place),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
