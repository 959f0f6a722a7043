#include "smpp/utf_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "smpp/utf8.h"

/* Marks each code point of `text`: "|" where a cluster begins, "+" where it goes on. */
static void expect(const char *text, const char *marks)
{
	struct span span = {(const uint8_t *)text, strlen(text)};
	struct utf_cluster cluster = {0};
	size_t offset = 0, count = 0;
	char seen[64] = "";

	while (offset < span.length && count < sizeof(seen) - 1)
		seen[count++] = utf_cluster_joins(&cluster, utf8_next(span, &offset)) ? '+' : '|';
	assert_string_equal(seen, marks);
}

static void letters_stand_alone(void **state)
{
	(void)state;
	expect("aé \u4F60\U0001F600\u0915\u0905", "|||||||");
	expect("a\nb\r\rc", "||||||");
}

static void combining_marks_belong_to_their_letter(void **state)
{
	(void)state;
	expect("e\u0301\u0323o\u0308x", "|++|+|");
	expect("1\uFE0F\u20E3", "|++");
	expect("\u0E01\u0E33\u0E02", "|+|");
	/* Arabic vowel signs, Hebrew points. */
	expect("\u0628\u0650\u0651\u062A\u05D0\u05B8", "|++||+");
}

static void a_mark_without_a_letter_begins_a_cluster(void **state)
{
	(void)state;
	expect("\u0301\u0301", "|+");
	expect("\n\u0301", "||");
}

static void carriage_return_and_line_feed_are_one(void **state)
{
	(void)state;
	expect("a\r\n\r\n", "||+|+");
}

static void vowel_signs_and_conjuncts_of_india_stay_together(void **state)
{
	(void)state;
	/* na ma sa+virama+ta+e */
	expect("\u0928\u092E\u0938\u094D\u0924\u0947", "|||+++");
	/* Tamil has no conjuncts: na na+virama ri */
	expect("\u0BA8\u0BA9\u0BCD\u0BB1\u0BBF", "||+|+");
	/* ka+virama+joiner+ssa asks for a half form */
	expect("\u0915\u094D\u200D\u0937", "|+++");
}

static void joined_emoji_are_one(void **state)
{
	(void)state;
	expect("\U0001F468\u200D\U0001F469\u200D\U0001F467x", "|++++|");
	expect("\U0001F44D\U0001F3FD\U0001F44D", "|+|");
	expect("\u2764\uFE0F\u200D\U0001F525", "|+++");
	/* The flag of Scotland: a black flag and tags. */
	expect("\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E007F", "|++++");
	/* A joiner does not swallow the next word. */
	expect("\U0001F468\u200Da", "|+|");
}

static void flags_come_in_pairs(void **state)
{
	(void)state;
	expect("\U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7\U0001F1E9", "|+|+|");
	expect("\U0001F1E9a\U0001F1EA\U0001F1EB", "|||+");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_stand_alone),
		cmocka_unit_test(combining_marks_belong_to_their_letter),
		cmocka_unit_test(a_mark_without_a_letter_begins_a_cluster),
		cmocka_unit_test(carriage_return_and_line_feed_are_one),
		cmocka_unit_test(vowel_signs_and_conjuncts_of_india_stay_together),
		cmocka_unit_test(joined_emoji_are_one),
		cmocka_unit_test(flags_come_in_pairs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
