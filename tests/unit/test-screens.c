#include "router/screens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/door/door.h"
#include "tests/unit/bench.h"

static struct bench bench;
static unsigned written, failed;

/* Nobody looks at a screen here. */
void door_written(struct door *door, const char *agent, struct span before,
		  const struct feed_entry *entries, size_t count)
{
	(void)door;
	(void)agent;
	(void)before;
	(void)entries;
	(void)count;
}

static void on_done(bool was_written, void *context)
{
	(void)context;
	*(was_written ? &written : &failed) += 1;
}

static struct screens *begin(void)
{
	written = failed = 0;
	bench_begin_ready(&bench);
	return screens_create(bench.loop, bench.bus, on_done);
}

static void end(struct screens *screens)
{
	bus_destroy(&bench.bus);
	screens_destroy(&screens);
	bench_tear_down(&bench);
}

/* Shows it, and waits until it is written. */
static void show_of(struct screens *screens, const char *source, const char *id, bool read)
{
	unsigned before = written;
	char frame[64];

	snprintf(frame, sizeof(frame), "%s@%s", source, id);
	struct screens_frame out = {
		.agent = span_text("ann"),
		.source = span_text(source),
		.id = span_text(id),
		.haste = SCREENS_NOW,
		.read = read,
		.frame = strdup(frame),
	};
	screens_push(screens, &out, NULL);
	bench_turn_until(&bench, &written, before + 1);
}

static void show(struct screens *screens, const char *source, const char *id)
{
	show_of(screens, source, id, false);
}

/* What another router writes. */
static void other(const char *source, const char *id)
{
	char command[256];

	snprintf(command, sizeof(command), "FCALL push 1 {a:ann} %s %s %s@%s", source, id, source,
		 id);
	unsigned answered = bench.answered;
	bench_ask(&bench, command);
	bench_turn_until(&bench, &bench.answered, answered + 1);
}

static size_t put_frames(const struct bus_reply *entry, char *out, size_t capacity)
{
	const struct bus_reply *fields = bus_reply_at(entry, 1);
	size_t length = 0;

	for (size_t i = 0; i + 1 < bus_reply_count(fields); i += 2) {
		struct span name = bus_reply_span(bus_reply_at(fields, i));
		struct span value = bus_reply_span(bus_reply_at(fields, i + 1));
		if (span_is(name, "j"))
			length += (size_t)snprintf(out + length, capacity - length, "%.*s ",
						   (int)value.length, (const char *)value.at);
	}
	return length;
}

static char shown[512];

static void on_stream(struct bus *bus, const struct bus_reply *reply, void *context)
{
	size_t length = 0;

	(void)bus;
	(void)context;
	shown[0] = '\0';
	for (size_t i = 0; i < bus_reply_count(reply); i++)
		length +=
			put_frames(bus_reply_at(reply, i), shown + length, sizeof(shown) - length);
	bench.answered++;
}

/* The frames of ann's screen, in their order. */
static void expect(const char *frames)
{
	unsigned answered = bench.answered;

	bench_say(&bench, "XRANGE {a:ann}:events - +", on_stream, NULL);
	bench_turn_until(&bench, &bench.answered, answered + 1);
	assert_string_equal(shown, frames);
}

static void on_number(struct bus *bus, const struct bus_reply *reply, void *context)
{
	const char *at = strstr((const char *)bus_reply_span(reply).at, "cmdstat_xadd:calls=");

	(void)bus;
	*(unsigned *)context = at ? (unsigned)strtoul(at + 19, NULL, 10) : 0;
	bench.answered++;
}

/* How often XADD was called, by push() or without it. */
static unsigned calls_of_xadd(void)
{
	unsigned number = 0, answered = bench.answered;

	bench_say(&bench, "INFO commandstats", on_number, &number);
	bench_turn_until(&bench, &bench.answered, answered + 1);
	return number;
}

static void what_a_router_had_in_hand_when_it_stalled_is_not_shown_again(void **state)
{
	struct screens *screens = begin();

	(void)state;
	show(screens, "{c1}", "1-0");
	other("{c1}", "2-0");
	other("{acd}", "5-0");
	other("{acd}", "6-0");
	show(screens, "{c1}", "2-0");
	show(screens, "{acd}", "5-0");
	show(screens, "{acd}", "6-0");
	expect("{c1}@1-0 {c1}@2-0 {acd}@5-0 {acd}@6-0 ");
	end(screens);
}

/* The first of what it had is new, though what stands behind it is not. */
static void nor_where_the_first_of_it_was_not_written_yet(void **state)
{
	struct screens *screens = begin();

	(void)state;
	show(screens, "{c1}", "1-0");
	other("{acd}", "5-0");
	show(screens, "{c1}", "2-0");
	show(screens, "{acd}", "5-0");
	expect("{c1}@1-0 {acd}@5-0 {c1}@2-0 ");
	end(screens);
}

static void nor_where_it_did_not_know_the_newest_entry(void **state)
{
	struct screens *screens = begin();

	(void)state;
	other("{c1}", "2-0");
	other("{acd}", "5-0");
	show(screens, "{c1}", "2-0");
	show(screens, "{acd}", "5-0");
	expect("{c1}@2-0 {acd}@5-0 ");
	end(screens);
}

static void who_begins_anew_knows_the_newest_entry_again(void **state)
{
	struct screens *screens = begin();

	(void)state;
	show(screens, "{c1}", "1-0");
	other("{acd}", "5-0");
	show(screens, "{c1}", "2-0");
	screens_forget(screens);
	show_of(screens, "{acd}", "5-0", true);
	show(screens, "{acd}", "6-0");
	/* A refusal shows that it was written behind the newest entry, not by push(). */
	unsigned before = calls_of_xadd();
	other("{c1}", "3-0");
	show(screens, "{acd}", "7-0");
	assert_int_equal(calls_of_xadd() - before, 3);
	assert_int_equal(failed, 0);
	expect("{c1}@1-0 {acd}@5-0 {c1}@2-0 {acd}@6-0 {c1}@3-0 {acd}@7-0 ");
	end(screens);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_router_had_in_hand_when_it_stalled_is_not_shown_again),
		cmocka_unit_test(nor_where_the_first_of_it_was_not_written_yet),
		cmocka_unit_test(nor_where_it_did_not_know_the_newest_entry),
		cmocka_unit_test(who_begins_anew_knows_the_newest_entry_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
