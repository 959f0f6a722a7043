#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/world.h"

static void what_waits_is_offered_and_accepted_once(void **state)
{
	struct world *world = *state;

	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	world_say_on_queue(world, "ann");
	world_place(world, "c1", "support", "1-0");
	world_turn_until(world, &world->offered, 1);
	assert_string_equal(world->agent, "ann");
	unsigned answers = world->answers;
	offers_accept(world->offers, "ann", span_text("c1"), world->epoch + 1, world_ask(world));
	world_turn_until(world, &world->answers, answers + 1);
	assert_int_equal(world->verdict, OFFERS_CONFLICT);
	offers_accept(world->offers, "ann", span_text("c1"), world->epoch, world_ask(world));
	world_turn_until(world, &world->answers, answers + 2);
	assert_int_equal(world->verdict, OFFERS_OK);
	offers_decline(world->offers, "ann", span_text("c1"), world->epoch, world_ask(world));
	world_turn_until(world, &world->answers, answers + 3);
	assert_int_equal(world->verdict, OFFERS_CONFLICT);
}

static void a_burst_is_shared_out(void **state)
{
	struct world *world = *state;
	char id[16], event[16];

	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	offers_up(world->offers, "bob", "tab2", 3, (struct offers_ask){NULL, NULL});
	world_say_on_queue(world, "ann");
	world_say_on_queue(world, "bob");
	for (int i = 1; i <= 4; i++) {
		snprintf(id, sizeof(id), "c%d", i);
		snprintf(event, sizeof(event), "%d-0", i);
		world_place(world, id, "support", event);
	}
	world_turn_until(world, &world->offered, 4);
	assert_int_equal(world->offered_ann, 2);
	struct offers_figures figures = offers_figures(world->offers);
	assert_int_equal(figures.alerting, 4);
	assert_int_equal(figures.offers_refused, 0);
}

static void an_offer_that_nobody_takes_ends(void **state)
{
	struct world *world = *state;

	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	world_say_on_queue(world, "ann");
	world_place(world, "c1", "hasty", "1-0");
	world_turn_until(world, &world->timed_out, 1);
	struct offers_figures figures = offers_figures(world->offers);
	assert_int_equal(figures.waiting, 1);
	assert_int_equal(figures.agents_on_queue, 0);
}

/* A step of c1's, as leg `leg` has it from that event on. */
static struct offers_place step_of(const char *event, unsigned leg)
{
	return (struct offers_place){
		.source = "{c1}:events",
		.event_id = span_text(event),
		.conversation = span_text("c1"),
		.queue = span_text("support"),
		.ours = span_text("+15550001"),
		.customer = span_text("+15550002"),
		.partition = 1,
		.leg = leg,
		.enqueued_ms = 1000,
		.how = span_text("resume"),
		.why = span_text("transfer"),
	};
}

static void on_the_floor(struct world *world, const char *agent)
{
	offers_up(world->offers, agent, agent, 3, (struct offers_ask){NULL, NULL});
	world_say_on_queue(world, agent);
}

static void expect_verdict(struct world *world, enum offers_verdict verdict)
{
	world_turn_until(world, &world->answers, world->answers + 1);
	assert_int_equal(world->verdict, verdict);
}

static void what_auto_answers_is_accepted_as_it_is_offered(void **state)
{
	struct world *world = *state;

	on_the_floor(world, "ann");
	world_place(world, "c1", "direct", "1-0");
	world_turn_until(world, &world->accepted, 1);
	assert_int_equal(offers_figures(world->offers).alerting, 0);
	world_reading_finds_nothing(world);
}

static void by_hand_it_rings_at_who_is_meant_or_they_are_busy(void **state)
{
	struct world *world = *state;
	const struct offers_order order = {"sue", "bob", span_text("ref-1")};
	const struct offers_order other = {"sue", "bob", span_text("ref-2")};

	world_place(world, "c1", "support", "1-0");
	expect_verdict(world, OFFERS_OK);
	on_the_floor(world, "ann");
	world_turn_until(world, &world->offered, 1);
	assert_false(offers_can_take(world->offers, "bob"));
	offers_assign(world->offers, &order, span_text("c1"), world_ask(world));
	expect_verdict(world, OFFERS_BUSY);
	on_the_floor(world, "bob");
	assert_true(offers_can_take(world->offers, "bob"));
	offers_assign(world->offers, &order, span_text("c1"), world_ask(world));
	expect_verdict(world, OFFERS_OK);
	assert_string_equal(world->agent, "bob");
	offers_assign(world->offers, &other, span_text("c2"), world_ask(world));
	expect_verdict(world, OFFERS_CONFLICT);
	world_reading_finds_nothing(world);
}

/* c1 is ann's. */
static void give_to_ann(struct world *world)
{
	struct offers_place where = step_of("1-0", 1);

	on_the_floor(world, "ann");
	offers_connect(world->offers, &where, span_text("ann"), world_ask(world));
	expect_verdict(world, OFFERS_OK);
}

static void who_is_asked_takes_the_conversation_and_is_not_who_asks(void **state)
{
	struct world *world = *state;
	struct offers_consult consult = {span_text("c1"),  span_text("support"),
					 span_text("bob"), span_text("r1"),
					 {NULL, 0},	   {NULL, 0}};

	give_to_ann(world);
	offers_consult(world->offers, "ann", &consult, world_ask(world));
	expect_verdict(world, OFFERS_BUSY);
	consult.target = span_text("");
	offers_consult(world->offers, "ann", &consult, world_ask(world));
	expect_verdict(world, OFFERS_OK);
	offers_consult_end(world->offers, "ann", span_text("c1"), span_text("e1"),
			   world_ask(world));
	expect_verdict(world, OFFERS_OK);
	assert_int_equal(world->offered, 0);
	consult.ref = span_text("r2");
	offers_consult(world->offers, "ann", &consult, world_ask(world));
	expect_verdict(world, OFFERS_OK);
	on_the_floor(world, "bob");
	world_turn_until(world, &world->offered, 1);
	assert_string_equal(world->agent, "bob");
	assert_int_equal(offers_figures(world->offers).offers_refused, 0);
	offers_accept(world->offers, "bob", span_text("c1~c"), world->epoch, world_ask(world));
	expect_verdict(world, OFFERS_OK);
	assert_int_equal(offers_figures(world->offers).alerting, 0);
	world_reading_finds_nothing(world);
}

static void a_leg_that_ended_as_it_was_handed_over_has_its_work(void **state)
{
	struct world *world = *state;
	struct offers_place where = step_of("2-0", 1);
	struct offers_acw acw = {OFFERS_ACW_PENDING, 1, true, span_text("ann"),
				 span_text("support")};
	struct offers_consult consult = {span_text("c1"),  span_text("support"),
					 span_text("bob"), span_text("r1"),
					 {NULL, 0},	   {NULL, 0}};

	give_to_ann(world);
	on_the_floor(world, "bob");
	offers_consult(world->offers, "ann", &consult, world_ask(world));
	expect_verdict(world, OFFERS_OK);
	offers_accept(world->offers, "bob", span_text("c1~c"), world->epoch, world_ask(world));
	expect_verdict(world, OFFERS_OK);
	offers_release(world->offers, &where, &acw, world_ask(world));
	expect_verdict(world, OFFERS_OK);
	world_turn_until(world, &world->due[OFFERS_ACW], 1);
	assert_int_equal(world->due_leg, 1);
	world_reading_finds_nothing(world);
}

static void deadlines_are_told_with_their_leg(void **state)
{
	struct world *world = *state;
	struct offers_place where = step_of("2-0", 1);
	struct offers_acw acw = {OFFERS_ACW_PENDING, 1, true, {NULL, 0}, {NULL, 0}};

	give_to_ann(world);
	offers_park(world->offers, &where, span_text("ann"), 1, world_ask(world));
	world_turn_until(world, &world->due[OFFERS_PARKED], 1);
	where = step_of("3-0", 1);
	offers_connect(world->offers, &where, span_text("ann"), world_ask(world));
	where = step_of("4-0", 2);
	offers_move(world->offers, &where, &acw, world_ask(world));
	world_turn_until(world, &world->due[OFFERS_ACW], 1);
	assert_int_equal(world->due_leg, 1);
	assert_int_equal(world->moved, 1);
	world_turn_until(world, &world->offered, 1);
	offers_accept(world->offers, "ann", span_text("c1"), world->epoch,
		      (struct offers_ask){NULL, NULL});
	offers_down(world->offers, "ann", "ann");
	world_turn_until(world, &world->due[OFFERS_RECLAIM], 1);
	assert_int_equal(world->due_leg, 2);
	where = step_of("5-0", 1);
	offers_acw_end(world->offers, &where, span_text("ann"), world_ask(world));
	where = step_of("6-0", 2);
	offers_release(world->offers, &where, NULL, world_ask(world));
	world_redis(world, "EXISTS {acd}:agent:ann:acw {acd}:conv:c1 {acd}:acw {acd}:parked");
	assert_string_equal(world->bench.last, "0");
	world_reading_finds_nothing(world);
}

/* ann, who can have one, has c1, and c2 waits. */
static void full_with_one_that_waits(struct world *world)
{
	give_to_ann(world);
	offers_capacity(world->offers, "ann", 1, world_ask(world));
	expect_verdict(world, OFFERS_OK);
	world_place(world, "c2", "support", "2-0");
	expect_verdict(world, OFFERS_OK);
	assert_int_equal(world->offered, 0);
}

static void close_c1(struct world *world, const char *event, unsigned leg)
{
	struct offers_place where = step_of(event, leg);
	struct offers_acw none = {OFFERS_ACW_NONE, 0, false, span_text("ann"),
				  span_text("support")};

	offers_release(world->offers, &where, &none, world_ask(world));
	expect_verdict(world, OFFERS_OK);
}

static void who_closes_is_offered_the_next_in_the_same_step(void **state)
{
	struct world *world = *state;

	full_with_one_that_waits(world);
	close_c1(world, "3-0", 1);
	assert_int_equal(world->offered_ann, 1);
	struct offers_figures figures = offers_figures(world->offers);
	assert_int_equal(figures.offers_made, 1);
	assert_int_equal(figures.offers_refused, 0);
	offers_accept(world->offers, "ann", span_text("c2"), world->epoch, world_ask(world));
	expect_verdict(world, OFFERS_OK);
	world_reading_finds_nothing(world);
}

static void who_closes_too_late_is_offered_nothing(void **state)
{
	struct world *world = *state;

	full_with_one_that_waits(world);
	close_c1(world, "3-0", 2);
	close_c1(world, "3-0", 1); /* which has been said before */
	assert_int_equal(world->offered, 0);
	assert_int_equal(offers_figures(world->offers).waiting, 1);
	world_reading_finds_nothing(world);
	close_c1(world, "4-0", 1);
	assert_int_equal(world->offered_ann, 1);
	assert_int_equal(offers_figures(world->offers).offers_refused, 0);
	world_reading_finds_nothing(world);
}

static void what_cannot_be_offered_any_more_does_not_keep_one_from_closing(void **state)
{
	struct world *world = *state;

	full_with_one_that_waits(world);
	world_redis(world, "HSET {acd}:queue:support:members bob 1");
	close_c1(world, "3-0", 1);
	assert_int_equal(world->offered, 0);
	assert_int_equal(offers_figures(world->offers).offers_refused, 1);
	assert_int_equal(offers_figures(world->offers).waiting, 1);
	world_redis(world, "DEL {acd}:queue:support:members");
	offers_reread(world->offers);
	world_turn_until(world, &world->offered, 1);
	world_reading_finds_nothing(world);
}

static void a_repeated_step_changes_nothing(void **state)
{
	struct world *world = *state;

	world_place(world, "c1", "support", "1-0");
	world_place(world, "c1", "support", "1-0");
	world_turn_until(world, &world->answers, 2);
	assert_int_equal(world->verdict, OFFERS_OK);
	assert_int_equal(world->waiting, 1);
}

static void the_connections_of_a_killed_router_are_gone_with_it(void **state)
{
	struct world *world = *state;

	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	world_say_on_queue(world, "ann");
	world_crash(world);
	world_begin_bus(world);
	world_begin_router(world);
	assert_int_equal(world->downs, 1);
	world_place(world, "c1", "support", "1-0");
	world_turn_until(world, &world->waiting, 1);
	world_redis(world, "SCARD {acd}:agent:ann:conns");
	assert_int_equal(world->offered, 0);
	offers_up(world->offers, "ann", "tab2", 3, (struct offers_ask){NULL, NULL});
	world_turn_until(world, &world->offered, 1);
}

static void a_connection_that_goes_while_redis_is_away_is_gone_when_it_is_back(void **state)
{
	struct world *world = *state;

	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	offers_up(world->offers, "ann", "tab2", 3, (struct offers_ask){NULL, NULL});
	world_say_on_queue(world, "ann");
	bench_ask(&world->bench, "CLIENT KILL TYPE normal SKIPME no");
	world_turn_until(world, &world->lost, 1);
	offers_down(world->offers, "ann", "tab1");
	offers_down(world->offers, "ann", "tab2");
	world_turn_until(world, &world->downs, 1);
	world_turn_until(world, &world->opened, 2);
}

static void what_is_asked_while_redis_is_away_is_refused(void **state)
{
	struct world *world = *state;

	bench_ask(&world->bench, "CLIENT KILL TYPE normal SKIPME no");
	world_turn_until(world, &world->lost, 1);
	world_place(world, "c1", "support", "1-0");
	world_turn_until(world, &world->answers, 1);
	assert_int_equal(world->verdict, OFFERS_UNAVAILABLE);
}

static void matching_goes_on_when_redis_has_stopped_refusing(void **state)
{
	struct world *world = *state;

	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	world_say_on_queue(world, "ann");
	world_redis(world, "CONFIG SET maxmemory 1");
	world_place(world, "c1", "support", "1-0");
	world_turn_until(world, &world->answers, 2);
	assert_int_equal(world->verdict, OFFERS_UNAVAILABLE);
	offers_end(world->offers);
	offers_begin(world->offers, WORLD_FENCE);
	offers_down(world->offers, "ann", "tab1");
	world_redis(world, "PING");
	world_redis(world, "CONFIG SET maxmemory 0");
	world_turn_until(world, &world->opened, 2);
	world_turn_until(world, &world->downs, 1);
}

static void reading_again_finds_only_what_others_changed(void **state)
{
	struct world *world = *state;

	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	offers_up(world->offers, "ann", "tab2", 3, (struct offers_ask){NULL, NULL});
	world_say_on_queue(world, "ann");
	for (unsigned i = 0; i < 3; i++)
		world_place(world, (const char *[]){"c1", "c2", "c3"}[i], "support",
			    (const char *[]){"1-0", "2-0", "3-0"}[i]);
	world_turn_until(world, &world->offered, 3);
	offers_down(world->offers, "ann", "tab2");
	world_reading_finds_nothing(world);
	world_redis(world, "HSET {acd}:agent:ann cap 5");
	world_redis(world, "ZREM {acd}:alerting c2");
	world_read_again(world);
	assert_int_equal(offers_figures(world->offers).sweep_found, 2);
	/* And it is mended by that. */
	for (unsigned i = 0; offers_figures(world->offers).alerting != 2 && i < WORLD_PATIENCE; i++)
		world_redis(world, "PING");
	world_read_again(world);
	assert_int_equal(offers_figures(world->offers).sweep_found, 2);
}

/* More than a page of what waits, and what happens between the pages. */
static void a_floor_of_many_pages_is_read_while_things_happen(void **state)
{
	struct world *world = *state;
	char id[16], event[16];

	for (int i = 1; i <= 900; i++) {
		snprintf(id, sizeof(id), "c%d", i);
		snprintf(event, sizeof(event), "%d-0", i);
		world_place(world, id, "support", event);
	}
	world_turn_until(world, &world->answers, 900);
	world_crash(world);
	world_begin_bus(world);
	world_make_router(world);
	offers_begin(world->offers, WORLD_FENCE);
	for (int i = 1; i <= 20; i++) {
		struct offers_place where = step_of("901-0", 1);
		snprintf(id, sizeof(id), "c%d", i * 40);
		snprintf(event, sizeof(event), "%d-0", 900 + i);
		where.conversation = span_text(id);
		where.event_id = span_text(event);
		offers_release(world->offers, &where, NULL, world_ask(world));
		snprintf(id, sizeof(id), "n%d", i);
		snprintf(event, sizeof(event), "%d-1", 900 + i);
		world_place(world, id, "support", event);
		world_turn_until(world, &world->answers, 900 + 2 * (unsigned)i);
	}
	world_turn_until(world, &world->opened, 2);
	assert_int_equal(offers_figures(world->offers).waiting, 900);
	world_reading_finds_nothing(world);
	/* And it is offered, however often others change who serves what. */
	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	offers_status(world->offers, "ann", true, 3, (struct offers_ask){NULL, NULL});
	for (unsigned i = 0; !world->offered && i < WORLD_PATIENCE; i++) {
		offers_reread(world->offers);
		world_redis(world, "PING");
	}
	assert_int_not_equal(world->offered, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)
		TEST(what_waits_is_offered_and_accepted_once),
		TEST(a_burst_is_shared_out),
		TEST(an_offer_that_nobody_takes_ends),
		TEST(what_auto_answers_is_accepted_as_it_is_offered),
		TEST(by_hand_it_rings_at_who_is_meant_or_they_are_busy),
		TEST(who_is_asked_takes_the_conversation_and_is_not_who_asks),
		TEST(a_leg_that_ended_as_it_was_handed_over_has_its_work),
		TEST(deadlines_are_told_with_their_leg),
		TEST(who_closes_is_offered_the_next_in_the_same_step),
		TEST(who_closes_too_late_is_offered_nothing),
		TEST(what_cannot_be_offered_any_more_does_not_keep_one_from_closing),
		TEST(a_repeated_step_changes_nothing),
		TEST(the_connections_of_a_killed_router_are_gone_with_it),
		TEST(a_connection_that_goes_while_redis_is_away_is_gone_when_it_is_back),
		TEST(what_is_asked_while_redis_is_away_is_refused),
		TEST(matching_goes_on_when_redis_has_stopped_refusing),
		TEST(reading_again_finds_only_what_others_changed),
		TEST(a_floor_of_many_pages_is_read_while_things_happen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
