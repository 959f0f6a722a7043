#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/compliance/normal.h"
#include "router/compliance/rules.h"
#include "router/compliance/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LONGEST_MS 1000 /* with sanitizers, on a slow machine; a lease lasts 4 s */

static int compile(const char *text, struct rules **rules, struct rules_fault *fault)
{
	struct rules_source source = {"xx.rules", span_text(text)};

	return rules_create(&source, 1, rules, fault);
}

static void a_fault_names_the_file_the_line_and_what_is_allowed(void **state)
{
	static const struct {
		const char *text, *message;
	} table[] = {
		{"", "xx.rules:0: no language"},
		{"opt_out: stop\n", "xx.rules:1: the language must come first"},
		{"language: english\n",
		 "xx.rules:1: language is \"english\", allowed are two letters"},
		{"language: en\n\nnonsense: x\n",
		 "xx.rules:3: unknown key \"nonsense\"; rules.h lists what is allowed"},
		{"language: en\nstop\n", "xx.rules:2: no colon: a line is `key: value`"},
		{"language: en\nphrase: stop ~x it\n", "xx.rules:2: ~x: allowed ~1..~9"},
		{"language: en\nphrase: @WHAT stop\n",
		 "xx.rules:2: no class @WHAT before this line"},
		{"language: en\nphrase: ~3\n", "xx.rules:2: a pattern without a word"},
		{"language: en\nlanguage: fr\n", "xx.rules:2: a second language in one text"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct rules *rules = NULL;
		struct rules_fault fault = {""};
		assert_int_equal(compile(table[i].text, &rules, &fault), -EINVAL);
		assert_null(rules);
		assert_string_equal(fault.message, table[i].message);
	}
}

static enum verdict read_with(const char *rules_text, const char *text)
{
	struct rules *rules = NULL;
	struct rules_fault fault;
	struct verdict_answer answer;

	assert_int_equal(compile(rules_text, &rules, &fault), 0);
	struct verdict_reader *reader = verdict_reader_create(rules);
	verdict_read(reader, span_text(text), 0, &answer);
	verdict_reader_destroy(&reader);
	rules_destroy(&rules);
	assert_null(reader);
	assert_null(rules);
	return answer.verdict;
}

static void a_gap_is_bounded_and_stays_in_its_sentence(void **state)
{
	static const char rules[] = "language: en\ntext: texts\nphrase: stop ~2 @TEXT\n";

	(void)state;
	assert_int_equal(read_with(rules, "stop texts"), VERDICT_OPT_OUT);
	assert_int_equal(read_with(rules, "stop all those texts"), VERDICT_OPT_OUT);
	assert_int_equal(read_with(rules, "stop all of those texts"), VERDICT_NONE);
	assert_int_equal(read_with(rules, "stop. all texts"), VERDICT_NONE);
}

static void a_word_with_a_question_mark_may_be_missing(void **state)
{
	static const char rules[] = "language: en\nphrase: take me? off\n";

	(void)state;
	assert_int_equal(read_with(rules, "take off"), VERDICT_OPT_OUT);
	assert_int_equal(read_with(rules, "take me off"), VERDICT_OPT_OUT);
	assert_int_equal(read_with(rules, "take him off"), VERDICT_NONE);
}

/* The words with one blank between. */
static void expect_words(const char *text, const char *words)
{
	struct normal normal;
	char said[128] = "";
	size_t length = 0;

	normal_init(&normal);
	normal_read(&normal, span_text(text));
	for (size_t i = 0; i < normal.count; i++) {
		struct span letters = normal_letters(&normal, i);
		length += (size_t)snprintf(said + length, sizeof(said) - length, "%s%.*s",
					   i ? " " : "", (int)letters.length,
					   (const char *)letters.at);
	}
	assert_string_equal(said, words);
	normal_finish(&normal);
}

static void words_are_folded_and_what_is_not_seen_is_gone(void **state)
{
	(void)state;
	expect_words("", "");
	expect_words(" ...!? ", "");
	expect_words("Don\xE2\x80\x99t STOP", "dont stop");
	expect_words("ST\xE2\x80\x8BOP", "stop");
	expect_words("Arr\xC3\xAAtez", "arretez");
	expect_words("Stra\xC3\x9F"
		     "e",
		     "strasse");
	expect_words("s t o p it", "stop it");
	expect_words("a b stop", "a b stop");
	expect_words("st\xFFop", "st op");
}

static void a_word_says_where_it_stands(void **state)
{
	struct normal normal;

	(void)state;
	normal_init(&normal);
	normal_read(&normal, span_text("\xC2\xA1S.t.o.p. now!"));
	assert_int_equal(normal.count, 2);
	assert_int_equal(normal.words[0].from, 2);
	assert_int_equal(normal.words[0].to, 9);
	assert_int_equal(normal.words[1].from, 11);
	assert_int_equal(normal.words[1].to, 14);
	assert_true(normal.words[1].sentence > normal.words[0].sentence);
	normal_finish(&normal);
}

static void the_built_in_rules_have_five_languages_with_versions(void **state)
{
	struct rules *rules = rules_create_builtin();

	(void)state;
	for (const char *const *code =
		     (const char *const[]){"en ", "fr ", "es ", "pt ", "de ", NULL};
	     *code; code++)
		assert_non_null(strstr(rules_version(rules), *code));
	rules_destroy(&rules);
}

/* Milliseconds of this thread's, whatever else the machine does, for one text of the size that a
 * message_payload may have, in every context. */
static long judge_long(struct verdict_reader *reader, const char *repeated, const char *end,
		       enum verdict verdict)
{
	static char text[65535];
	struct verdict_answer answers[VERDICT_CONTEXTS];
	struct timespec began, ended;
	struct span one = span_text(repeated), last = span_text(end);
	size_t length = 0;

	for (; length + one.length + last.length <= sizeof(text); length += one.length)
		memcpy(text + length, one.at, one.length);
	memcpy(text + length, last.at, last.length);
	length += last.length;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &began);
	verdict_read_all(reader, (struct span){(const uint8_t *)text, length}, answers);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ended);
	for (size_t i = 0; i < VERDICT_CONTEXTS; i++)
		assert_int_equal(answers[i].verdict, verdict);
	return (ended.tv_sec - began.tv_sec) * 1000 + (ended.tv_nsec - began.tv_nsec) / 1000000;
}

static void the_longest_text_there_is_keeps_nobody_waiting(void **state)
{
	static const struct {
		const char *repeated, *end;
		enum verdict verdict;
	} table[] = {
		{"stop ", "x", VERDICT_OPT_OUT},
		{"x stop ", "x", VERDICT_AMBIGUOUS},
		{"stopp ", "stop", VERDICT_OPT_OUT},
		{"dont call ", "", VERDICT_AMBIGUOUS},
		{"stop calling, arretez appels, parem ligando ", "", VERDICT_AMBIGUOUS},
		{"please ", "x stop", VERDICT_AMBIGUOUS},
		{"dont stop ", "", VERDICT_NONE},
		{"you never stop ", "", VERDICT_NONE},
		{"start ", "x", VERDICT_NONE},
		{"s ", "", VERDICT_NONE},
		{"no ", "x", VERDICT_NONE},
	};
	struct rules *rules = rules_create_builtin();
	struct verdict_reader *reader = verdict_reader_create(rules);

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		long ms = judge_long(reader, table[i].repeated, table[i].end, table[i].verdict);
		if (ms >= LONGEST_MS)
			fail_msg("\"%s\" over and over: %ld ms", table[i].repeated, ms);
	}
	verdict_reader_destroy(&reader);
	rules_destroy(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_names_the_file_the_line_and_what_is_allowed),
		cmocka_unit_test(a_gap_is_bounded_and_stays_in_its_sentence),
		cmocka_unit_test(a_word_with_a_question_mark_may_be_missing),
		cmocka_unit_test(words_are_folded_and_what_is_not_seen_is_gone),
		cmocka_unit_test(a_word_says_where_it_stands),
		cmocka_unit_test(the_built_in_rules_have_five_languages_with_versions),
		cmocka_unit_test(the_longest_text_there_is_keeps_nobody_waiting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
