#include "config/log.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *line(const char *event, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static const char *line(const char *event, const char *format, ...)
{
	static char out[LOG_LINE_MAX];
	va_list values;

	va_start(values, format);
	log_format(out, sizeof(out), event, format, values);
	va_end(values);
	return out;
}

static void a_line_is_an_event_and_its_fields(void **state)
{
	(void)state;
	assert_string_equal(
		line("bind_refused", "carrier=%s bind=%u status=0x%08X", "acme", 2u, 0x0Eu),
		"event=bind_refused carrier=acme bind=2 status=0x0000000E");
	assert_string_equal(line("started", "%s", ""), "event=started \"\"");
}

static void a_hostile_value_ends_neither_its_field_nor_its_line(void **state)
{
	(void)state;
	assert_string_equal(line("bound", "id=%s x=%d", "a\nevent=forged", -1),
			    "event=bound id=\"a\\x0Aevent=forged\" x=-1");
	assert_string_equal(line("bound", "id=%s", "a b"), "event=bound id=\"a b\"");
	assert_string_equal(line("bound", "id=%s", "say \"hi\" \\"),
			    "event=bound id=\"say \\\"hi\\\" \\\\\"");
	assert_string_equal(line("bound", "id=%s", "\x1b[31m\xc3\xa9"),
			    "event=bound id=\"\\x1B[31m\\xC3\\xA9\"");
}

static void a_span_is_printed_by_its_length(void **state)
{
	(void)state;
	assert_string_equal(line("x", "id=%.*s end=%zu", 3, "abcdef", (size_t)7),
			    "event=x id=abc end=7");
}

static void every_width_of_integer_is_taken_off_the_list(void **state)
{
	(void)state;
	assert_string_equal(line("x",
				 "a=%" PRIu64 " b=%" PRId64 " c=%ld d=%lu e=%hhu f=%x g=%%"
				 " h=%c i=%s",
				 UINT64_MAX, INT64_MIN, -5L, 6UL, (uint8_t)7, 0xABu, 'q', "end"),
			    "event=x a=18446744073709551615 b=-9223372036854775808 c=-5 d=6 e=7"
			    " f=ab g=% h=q i=end");
}

static void a_long_line_is_cut_and_says_so(void **state)
{
	char longer[LOG_LINE_MAX * 2];
	const char *out;

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	out = line("x", "a=%s b=%s", longer, "never");
	assert_int_equal(strlen(out), LOG_LINE_MAX - 1);
	assert_string_equal(out + LOG_LINE_MAX - 4, "...");
}

static void a_number_shows_its_last_four_digits(void **state)
{
	const struct span number = {(const uint8_t *)"+15550123", 9};
	char out[LOG_NUMBER_MAX];

	(void)state;
	log_init(LOG_ERROR, true);
	assert_string_equal(log_number(number, out), "*****0123");
	log_init(LOG_ERROR, false);
	assert_string_equal(log_number(number, out), "+15550123");
}

static void what_repeats_is_due_once_a_second_with_its_count(void **state)
{
	struct log_pace pace = {0};
	unsigned count = 0;

	(void)state;
	assert_true(log_due(&pace, 5000, &count));
	assert_int_equal(count, 1);
	assert_false(log_due(&pace, 5000, &count));
	assert_false(log_due(&pace, 5999, &count));
	assert_int_equal(count, 1);
	assert_true(log_due(&pace, 6000, &count));
	assert_int_equal(count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_an_event_and_its_fields),
		cmocka_unit_test(a_hostile_value_ends_neither_its_field_nor_its_line),
		cmocka_unit_test(a_span_is_printed_by_its_length),
		cmocka_unit_test(every_width_of_integer_is_taken_off_the_list),
		cmocka_unit_test(a_long_line_is_cut_and_says_so),
		cmocka_unit_test(a_number_shows_its_last_four_digits),
		cmocka_unit_test(what_repeats_is_due_once_a_second_with_its_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
