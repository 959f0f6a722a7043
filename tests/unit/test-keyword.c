#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/compliance/keyword.h"

#include <string.h>

static enum keyword_verdict verdict(const char *text, bool opted_out)
{
	struct keyword_result result;

	keyword_classify((struct span){(const uint8_t *)text, strlen(text)}, opted_out, &result);
	return result.verdict;
}

static void the_whole_message_is_the_keyword_whatever_its_dress(void **state)
{
	static const struct {
		const char *text;
		enum keyword_verdict verdict;
	} table[] = {
		{"STOP", KEYWORD_OPT_OUT},
		{"stop", KEYWORD_OPT_OUT},
		{"  Stop!! ", KEYWORD_OPT_OUT},
		{"\"STOP.\"", KEYWORD_OPT_OUT},
		{"stop\n", KEYWORD_OPT_OUT},
		{"StopAll", KEYWORD_OPT_OUT},
		{"STOP ALL", KEYWORD_OPT_OUT},
		{"stop-all", KEYWORD_OPT_OUT},
		{"Quit", KEYWORD_OPT_OUT},
		{"END", KEYWORD_OPT_OUT},
		{"revoke", KEYWORD_OPT_OUT},
		{"opt out", KEYWORD_OPT_OUT},
		{"OPT-OUT", KEYWORD_OPT_OUT},
		{"optout", KEYWORD_OPT_OUT},
		{"Cancel", KEYWORD_OPT_OUT},
		{"UNSUBSCRIBE", KEYWORD_OPT_OUT},
		{"ARRET", KEYWORD_OPT_OUT},
		{"Arrêt", KEYWORD_OPT_OUT},
		{"ARRE\xCC\x82T", KEYWORD_OPT_OUT}, /* E, U+0302 */
		{"ALTO", KEYWORD_OPT_OUT},
		{"¡Alto!", KEYWORD_OPT_OUT},
		{"parar", KEYWORD_OPT_OUT},
		{"Baja", KEYWORD_OPT_OUT},
		{"cancelar", KEYWORD_OPT_OUT},
		{"SAIR", KEYWORD_OPT_OUT},
		{"Stopp", KEYWORD_OPT_OUT},
		{"Abmelden", KEYWORD_OPT_OUT},
		{"\xEF\xBC\xB3\xEF\xBC\xB4\xEF\xBC\xAF\xEF\xBC\xB0",
		 KEYWORD_OPT_OUT},				   /* full width */
		{"ST\xE2\x80\x8BOP", KEYWORD_OPT_OUT},		   /* U+200B in it */
		{"ST\xC2\xADOP", KEYWORD_OPT_OUT},		   /* U+00AD in it */
		{"STOP\xEF\xB8\x8F", KEYWORD_OPT_OUT},		   /* U+FE0F behind it */
		{"\xE2\x80\xAASTOP\xE2\x80\xAC", KEYWORD_OPT_OUT}, /* U+202A, U+202C around it */
		{"\xE2\x80\x98STOP\xE2\x80\x99", KEYWORD_OPT_OUT}, /* U+2018, U+2019 around it */
		{"STOP\xE2\x80\xA6", KEYWORD_OPT_OUT},		   /* U+2026 behind it */
		{"HELP", KEYWORD_HELP},
		{"help?", KEYWORD_HELP},
		{"Info", KEYWORD_HELP},
		{"aide", KEYWORD_HELP},
		{"AYUDA", KEYWORD_HELP},
		{"start", KEYWORD_OPT_IN},
		{"UNSTOP", KEYWORD_OPT_IN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (verdict(table[i].text, false) != table[i].verdict)
			fail_msg("%s", table[i].text);
	}
}

static void a_keyword_among_other_words_is_none(void **state)
{
	static const char *const texts[] = {
		"",
		"   ",
		"...",
		"please stop by at five",
		"stop it",
		"stopped",
		"the end",
		"helpful",
		"start again",
		"yes \xC3\xBE", /* U+00FE */
		"stop\xFF",	/* no UTF-8 */
		"s t o p",
		"\xF0\x9F\x9B\x91", /* a stop sign */
		"STOP \xF0\x9F\x9B\x91",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (verdict(texts[i], true) != KEYWORD_NONE)
			fail_msg("%s", texts[i]);
	}
}

static void yes_is_an_opt_in_only_from_who_opted_out(void **state)
{
	(void)state;
	assert_int_equal(verdict("YES", false), KEYWORD_NONE);
	assert_int_equal(verdict("Yes!", true), KEYWORD_OPT_IN);
}

static void a_verdict_names_its_rule_and_word(void **state)
{
	struct keyword_result result;

	(void)state;
	keyword_classify((struct span){(const uint8_t *)"Stop.", 5}, false, &result);
	assert_string_equal(result.rule, "1");
	assert_string_equal(result.keyword, "stop");
	assert_string_equal(keyword_verdict_name(result.verdict), "OPT_OUT");
}

static void many_letters_are_no_keyword_but_many_signs_do_not_hide_one(void **state)
{
	char text[2000];
	struct keyword_result result;

	(void)state;
	memset(text, 'a', sizeof(text));
	keyword_classify((struct span){(const uint8_t *)text, sizeof(text)}, true, &result);
	assert_int_equal(result.verdict, KEYWORD_NONE);
	memset(text, '!', sizeof(text));
	for (size_t i = 0; i < 4; i++)
		text[i] = "stop"[i];
	keyword_classify((struct span){(const uint8_t *)text, sizeof(text)}, true, &result);
	assert_int_equal(result.verdict, KEYWORD_OPT_OUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_message_is_the_keyword_whatever_its_dress),
		cmocka_unit_test(a_keyword_among_other_words_is_none),
		cmocka_unit_test(yes_is_an_opt_in_only_from_who_opted_out),
		cmocka_unit_test(a_verdict_names_its_rule_and_word),
		cmocka_unit_test(many_letters_are_no_keyword_but_many_signs_do_not_hide_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
