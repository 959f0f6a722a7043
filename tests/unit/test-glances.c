#include "router/glances.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/door/desk.h"
#include "tests/unit/bench.h"

#define COPIED_MAX ((size_t)DESK_GLANCE_MAX * 4 + 4) /* octets */

struct stage {
	struct bench bench;
	struct glances *glances;
	const struct threading_message *message;
};

static int set_up(void **state)
{
	static struct stage stage;

	stage = (struct stage){.glances = glances_create()};
	bench_begin_ready(&stage.bench);
	*state = &stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;

	glances_destroy(&stage->glances);
	assert_null(stage->glances);
	glances_destroy(&stage->glances);
	bench_tear_down(&stage->bench);
	return 0;
}

static void on_event(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct stage *stage = context;

	(void)bus;
	glances_event(stage->glances, reply, stage->message);
	stage->bench.answered++;
}

/* `event` is its fields and values, as Redis tells them. */
static void tell(struct stage *stage, const char *event, const struct threading_message *message)
{
	char command[256];

	stage->message = message;
	snprintf(command, sizeof(command), "EVAL return(ARGV) 0 1-0 %s", event);
	bench_say(&stage->bench, command, on_event, stage);
	bench_turn_until(&stage->bench, &stage->bench.answered, stage->bench.answered + 1);
}

static void say(struct stage *stage, const char *event, const char *text)
{
	struct threading_message message = {.text = span_text(text), .segments = 1};

	tell(stage, event, &message);
}

/* `<texts> <text>`, or "" where nothing is known. */
static const char *known(const struct stage *stage, const char *conversation)
{
	static char out[1024];
	struct glance glance;

	out[0] = '\0';
	if (glances_of(stage->glances, span_text(conversation), &glance))
		snprintf(out, sizeof(out), "%u %.*s", glance.texts, (int)glance.text.length,
			 (const char *)glance.text.at);
	return out;
}

static void what_begins_is_known_by_its_first_text(void **state)
{
	say(*state, "e mo c c1 s queued how new", "Hello?");
	assert_string_equal(known(*state, "c1"), "1 Hello?");
	assert_string_equal(known(*state, "c2"), "");
	assert_string_equal(known(*state, ""), "");
	say(*state, "e mo c c2 s queued how new", "");
	assert_string_equal(known(*state, "c2"), "1 ");
}

static void what_comes_behind_it_is_counted(void **state)
{
	say(*state, "e mo c c1 s queued how new", "Hello?");
	say(*state, "e mo c c1 s queued how open", "Anybody?");
	say(*state, "e mo c c1 s queued how open", "Well?");
	assert_string_equal(known(*state, "c1"), "3 Hello?");
}

/* The first that they wrote stands before them, and may be longer ago than is kept. */
static void of_what_did_not_begin_here_nothing_is_known(void **state)
{
	say(*state, "e mo c c1 s queued how open", "Anybody?");
	assert_string_equal(known(*state, "c1"), "");
	say(*state, "e mo c c1 s queued how again", "Hello again");
	assert_string_equal(known(*state, "c1"), "");
	say(*state, "e mo c c1 s connected how new", "Hello?");
	assert_string_equal(known(*state, "c1"), "");
}

static void once_anything_else_has_happened_there_nothing_is_known_any_more(void **state)
{
	static const char *const others[] = {
		"e mo c c1 s queued how again", "e mo c c1 s connected how open",
		"e mt c c1 s connected",	"e consent c c1 s queued",
		"e amended c c1 s queued",	"e note c c1 s connected",
		"e connected c c1 s connected", "e closed c c1 s closed",
		"e transferred c c1 s queued",	"e state c c1 s queued",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		say(*state, "e mo c c1 s queued how new", "Hello?");
		say(*state, "e mo c c2 s queued how new", "Good day");
		say(*state, others[i], "Said otherwise");
		assert_string_equal(known(*state, "c1"), "");
		assert_string_equal(known(*state, "c2"), "1 Good day");
		say(*state, "e mo c c1 s queued how open", "Anybody?");
		assert_string_equal(known(*state, "c1"), "");
	}
	say(*state, "e other", "Of no conversation");
	assert_string_equal(known(*state, "c2"), "1 Good day");
}

static void a_text_that_is_partial_or_not_told_is_not_known(void **state)
{
	struct threading_message half = {.text = span_text("Hel"), .partial = true};

	tell(*state, "e mo c c1 s queued how new", &half);
	assert_string_equal(known(*state, "c1"), "");
	tell(*state, "e mo c c1 s queued how new", NULL);
	assert_string_equal(known(*state, "c1"), "");
	say(*state, "e mo c c1 s queued how new", "Hello?");
	tell(*state, "e mo c c1 s queued how open", &half);
	assert_string_equal(known(*state, "c1"), "");
	say(*state, "e mo c c1 s queued how new", "Hello?");
	tell(*state, "e mo c c1 s queued how open", NULL);
	assert_string_equal(known(*state, "c1"), "");
}

static void a_text_is_copied_and_no_more_than_an_offer_may_show(void **state)
{
	struct stage *stage = *state;
	char text[COPIED_MAX + 100];
	struct glance glance;

	memset(text, 'a', sizeof(text));
	struct threading_message message = {.text = {(const uint8_t *)text, sizeof(text)}};
	tell(stage, "e mo c c1 s queued how new", &message);
	memset(text, 'b', sizeof(text));
	assert_true(glances_of(stage->glances, span_text("c1"), &glance));
	assert_int_equal(glance.text.length, COPIED_MAX);
	assert_int_equal(glance.text.at[0], 'a');
	assert_int_equal(glance.text.at[COPIED_MAX - 1], 'a');
}

/* Of two that have one place the newer is known, whatever happens to the other. */
static void one_takes_the_place_of_another_and_is_not_taken_for_it(void **state)
{
	struct stage *stage = *state;
	unsigned same = 0;
	char event[64], id[16] = "c1";

	say(stage, "e mo c c1 s queued how new", "Hello?");
	struct span one = {(const uint8_t *)"c1", 2};
	uint64_t hash = span_hash(one), place = (hash ^ hash >> 32) % GLANCES_MAX;
	for (unsigned i = 2; !same; i++) {
		snprintf(id, sizeof(id), "c%u", i);
		hash = span_hash(span_text(id));
		same = (hash ^ hash >> 32) % GLANCES_MAX == place;
	}
	snprintf(event, sizeof(event), "e mo c %s s queued how new", id);
	say(stage, event, "Good day");
	assert_string_equal(known(stage, "c1"), "");
	assert_string_equal(known(stage, id), "1 Good day");
	say(stage, "e mo c c1 s queued how open", "Anybody?");
	say(stage, "e closed c c1 s closed", "");
	assert_string_equal(known(stage, id), "1 Good day");
}

static void what_was_cleared_is_not_known_and_what_comes_is(void **state)
{
	struct stage *stage = *state;
	char event[64], id[16];

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 100; i++) {
			snprintf(event, sizeof(event), "e mo c c%u s queued how new", i);
			say(stage, event, "Hello?");
		}
		assert_string_equal(known(stage, "c42"), "1 Hello?");
		glances_clear(stage->glances);
		for (unsigned i = 0; i < 100; i++) {
			snprintf(id, sizeof(id), "c%u", i);
			assert_string_equal(known(stage, id), "");
		}
	}
	glances_clear(stage->glances);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_begins_is_known_by_its_first_text),
		TEST(what_comes_behind_it_is_counted),
		TEST(of_what_did_not_begin_here_nothing_is_known),
		TEST(once_anything_else_has_happened_there_nothing_is_known_any_more),
		TEST(a_text_that_is_partial_or_not_told_is_not_known),
		TEST(a_text_is_copied_and_no_more_than_an_offer_may_show),
		TEST(one_takes_the_place_of_another_and_is_not_taken_for_it),
		TEST(what_was_cleared_is_not_known_and_what_comes_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
