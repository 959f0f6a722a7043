/* Keywords and answers as text and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/compliance/ruleset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char text[] = "stop_text\tOut.%0ABye 100%25\n"
			   "fr.stop_text\tFini.\n"
			   "fr.opt_out\tASSEZ\n"
			   "fr.opt_out\tÇa suffit\n"
			   "de.help\tHILFE\n";

static struct ruleset *read_good(const char *from)
{
	struct ruleset *set = NULL;
	struct rules_fault fault = {""};

	if (ruleset_read(span_text(from), &set, &fault) != 0)
		fail_msg("%s", fault.message);
	return set;
}

static void a_set_is_written_as_it_was_read(void **state)
{
	struct ruleset *set = read_good(text);
	char *written = ruleset_write(&set->own);

	(void)state;
	assert_string_equal(written, text);
	assert_string_equal(set->own.stop_text, "Out.\nBye 100%");
	assert_int_equal(set->own.languages_count, 2);
	assert_string_equal(set->own.languages[0].opt_out[1], "Ça suffit");
	assert_string_equal(set->own.help_text, "");
	free(written);
	ruleset_destroy(&set);
	assert_null(set);
}

static void nothing_is_a_set_too(void **state)
{
	struct ruleset *set = read_good("");
	char *written = ruleset_write(&set->own);

	(void)state;
	assert_string_equal(written, "");
	free(written);
	ruleset_destroy(&set);
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
	static const struct {
		const char *text, *said;
	} wrong[] = {
		{"stop_text", "line 1: no tab between key and value"},
		{"fr.opt_out\ta\nfr.opt_out\t\n", "line 2: fr.opt_out[1]: 0 octets, allowed 1..96"},
		{"fr.opt_out\ta,b\n",
		 "line 1: fr.opt_out[0]: allowed are neither commas nor controls"},
		{"opt_out\ta\n", "line 1: opt_out: allowed are stop_text, help_text, start_text"},
		{"fr.other\ta\n", "line 1: fr.other: allowed are stop_text, help_text, start_text, "
				  "opt_out, help, opt_in"},
		{"FR.opt_out\ta\n",
		 "line 1: language \"FR\": allowed are two small letters, such as fr"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct ruleset *set = NULL;
		struct rules_fault fault = {""};
		assert_int_equal(ruleset_read(span_text(wrong[i].text), &set, &fault), -EINVAL);
		assert_string_equal(fault.message, wrong[i].said);
		assert_null(set);
	}
}

static void no_list_and_no_text_is_longer_than_it_may_be(void **state)
{
	struct ruleset *set = ruleset_create();
	struct rules_fault fault;
	static char long_text[RULESET_ANSWER_OCTETS_MAX + 1];

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	for (int i = 0; i < RULESET_WORDS_MAX; i++)
		assert_int_equal(ruleset_put(set, "fr", "opt_out", span_text("w"), &fault), 0);
	assert_int_equal(ruleset_put(set, "fr", "opt_out", span_text("w"), &fault), -EINVAL);
	assert_string_equal(fault.message, "fr.opt_out: 65 words, allowed 0..64");
	struct span most = {(const uint8_t *)long_text, RULESET_ANSWER_OCTETS_MAX};
	assert_int_equal(ruleset_put(set, "", "help_text", most, &fault), 0);
	most.length++;
	assert_int_equal(ruleset_put(set, "", "help_text", most, &fault), -EINVAL);
	for (int i = 1; i < RULESET_LANGUAGES_MAX; i++) {
		char code[3] = {(char)('a' + i / 26), (char)('a' + i % 26), 0};
		assert_int_equal(ruleset_put(set, code, "help", span_text("w"), &fault), 0);
	}
	assert_int_equal(ruleset_put(set, "zz", "help", span_text("w"), &fault), -EINVAL);
	ruleset_destroy(&set);
}

static void two_people_are_asked_where_an_opt_out_goes_or_an_opt_in_comes(void **state)
{
	static const struct {
		const char *now, *next;
		bool narrows;
	} table[] = {
		{"", "fr.opt_out\tASSEZ\nfr.help\tAIDEZ\n", false},
		{"fr.opt_out\tASSEZ\n", "", true},
		{"fr.opt_out\tASSEZ\n", "de.opt_out\tASSEZ\n", false},
		{"fr.opt_out\tASSEZ\n", "fr.help\tASSEZ\n", true},
		{"", "fr.opt_in\tREVENIR\n", true},
		{"fr.opt_in\tREVENIR\n", "", false},
		{"stop_text\ta\n", "stop_text\tb\n", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct ruleset *now = read_good(table[i].now), *next = read_good(table[i].next);
		assert_int_equal(ruleset_narrows(&now->own, &next->own), table[i].narrows);
		ruleset_destroy(&now);
		ruleset_destroy(&next);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_set_is_written_as_it_was_read),
		cmocka_unit_test(nothing_is_a_set_too),
		cmocka_unit_test(what_is_wrong_is_told_with_its_line),
		cmocka_unit_test(no_list_and_no_text_is_longer_than_it_may_be),
		cmocka_unit_test(two_people_are_asked_where_an_opt_out_goes_or_an_opt_in_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
