#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "router/bus/event.h"
#include "router/routing/offers_step.h"
#include "tests/unit/bench.h"

#define PATIENCE 2000 /* turns of the loop of at most 10 ms */
#define FENCE "r1:1"  /* of the lease of the floor that the router holds */

/* A router's floor over a real Redis, and what it said. */
struct world {
	struct bench bench;
	struct offers *offers;
	unsigned ready, lost, opened, answers;
	enum offers_verdict verdict;
	unsigned offered, offered_ann, timed_out, downs, waiting;
	unsigned accepted, moved, due[3], due_leg;
	char agent[32]; /* of the newest offer */
	unsigned epoch;
};

static const struct offers_queue queues[] = {
	{.name = "support", .alerting_timeout_ms = 30000},
	{.name = "hasty", .alerting_timeout_ms = 50},
	{.name = "direct", .alerting_timeout_ms = 30000, .auto_answer = true},
};

static void on_ready(void *context)
{
	struct world *world = context;

	world->ready++;
	if (world->offers)
		offers_begin(world->offers, FENCE);
}

static void on_lost(const char *why, void *context)
{
	struct world *world = context;

	(void)why;
	world->lost++;
	if (world->offers)
		offers_end(world->offers);
}

static void on_happened(const struct bus_reply *event, void *context)
{
	struct world *world = context;

	world->waiting += event_is(event, "e", "waiting");
	world->timed_out += event_is(event, "why", "timeout");
	world->downs += event_is(event, "why", "down");
	world->accepted += event_is(event, "e", "accepted");
	world->moved += event_is(event, "e", "moved");
	if (!event_is(event, "e", "offer"))
		return;
	world->offered++;
	world->offered_ann += event_is(event, "a", "ann");
	world->epoch = (unsigned)event_integer(event, "epoch");
	event_text(event, "a", world->agent, sizeof(world->agent));
}

static void on_deadline(enum offers_deadline deadline, const struct offers_due *due, void *context)
{
	struct world *world = context;

	assert_int_equal(due->partition, 1);
	assert_int_equal(due->agent.length, 3);
	assert_memory_equal(due->agent.at, "ann", 3);
	world->due[deadline]++;
	world->due_leg = due->leg;
}

static void on_opened(void *context)
{
	struct world *world = context;

	world->opened++;
}

static void on_verdict(enum offers_verdict verdict, void *context)
{
	struct world *world = context;

	world->verdict = verdict;
	world->answers++;
}

static void on_tick(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)timer;
	(void)revents;
}

static void turn_until(struct world *world, const unsigned *counter, unsigned wanted)
{
	ev_timer tick;

	ev_timer_init(&tick, on_tick, 0.01, 0.01);
	ev_timer_start(world->bench.loop, &tick);
	for (unsigned i = 0; *counter < wanted && i < PATIENCE; i++)
		ev_run(world->bench.loop, EVRUN_ONCE);
	ev_timer_stop(world->bench.loop, &tick);
	assert_int_equal(*counter, wanted);
}

static void redis(struct world *world, const char *command)
{
	unsigned answered = world->bench.answered;

	bench_ask(&world->bench, command);
	turn_until(world, &world->bench.answered, answered + 1);
}

static struct offers_ask ask(struct world *world)
{
	return (struct offers_ask){on_verdict, world};
}

static void begin_router(struct world *world)
{
	struct offers_settings settings = {"r1", queues, 3, 60000, 1};
	struct offers_events events = {on_happened, on_opened, on_deadline, world};
	unsigned opened = world->opened;

	world->offers = offers_create(world->bench.loop, world->bench.bus, &settings, &events);
	offers_begin(world->offers, FENCE);
	turn_until(world, &world->opened, opened + 1);
}

static void begin_bus(struct world *world)
{
	struct bus_events events = {on_ready, on_lost, world};
	unsigned ready = world->ready;

	world->bench.bus = bus_create(world->bench.loop, &world->bench.address, &events);
	turn_until(world, &world->ready, ready + 1);
}

static int set_up(void **state)
{
	static struct world world;

	memset(&world, 0, sizeof(world));
	*state = &world;
	bench_set_up(&world.bench);
	bench_start_redis(&world.bench);
	begin_bus(&world);
	redis(&world, "SET {acd}:lease " FENCE);
	begin_router(&world);
	return 0;
}

/* As when the process is killed: nothing more is told to Redis. */
static void crash(struct world *world)
{
	bus_destroy(&world->bench.bus);
	offers_destroy(&world->offers);
}

static int tear_down(void **state)
{
	struct world *world = *state;

	crash(world);
	bench_tear_down(&world->bench);
	return 0;
}

static void say_on_queue(struct world *world, const char *agent)
{
	unsigned answers = world->answers;

	offers_status(world->offers, agent, true, 3, ask(world));
	turn_until(world, &world->answers, answers + 1);
	assert_int_equal(world->verdict, OFFERS_OK);
}

static struct span text(const char *value)
{
	return (struct span){(const uint8_t *)value, strlen(value)};
}

static void place(struct world *world, const char *id, const char *queue, const char *event)
{
	struct offers_place where = {
		.source = "{c1}:events",
		.event_id = text(event),
		.conversation = text(id),
		.queue = text(queue),
		.ours = text("+15550001"),
		.customer = text("+15550002"),
		.partition = 1,
		.leg = 1,
		.enqueued_ms = 1000,
	};

	offers_enqueue(world->offers, &where, ask(world));
}

static void what_waits_is_offered_and_accepted_once(void **state)
{
	struct world *world = *state;

	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	say_on_queue(world, "ann");
	place(world, "c1", "support", "1-0");
	turn_until(world, &world->offered, 1);
	assert_string_equal(world->agent, "ann");
	unsigned answers = world->answers;
	offers_accept(world->offers, "ann", text("c1"), world->epoch + 1, ask(world));
	turn_until(world, &world->answers, answers + 1);
	assert_int_equal(world->verdict, OFFERS_CONFLICT);
	offers_accept(world->offers, "ann", text("c1"), world->epoch, ask(world));
	turn_until(world, &world->answers, answers + 2);
	assert_int_equal(world->verdict, OFFERS_OK);
	offers_decline(world->offers, "ann", text("c1"), world->epoch, ask(world));
	turn_until(world, &world->answers, answers + 3);
	assert_int_equal(world->verdict, OFFERS_CONFLICT);
}

static void a_burst_is_shared_out(void **state)
{
	struct world *world = *state;
	char id[16], event[16];

	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	offers_up(world->offers, "bob", "tab2", 3, (struct offers_ask){NULL, NULL});
	say_on_queue(world, "ann");
	say_on_queue(world, "bob");
	for (int i = 1; i <= 4; i++) {
		snprintf(id, sizeof(id), "c%d", i);
		snprintf(event, sizeof(event), "%d-0", i);
		place(world, id, "support", event);
	}
	turn_until(world, &world->offered, 4);
	assert_int_equal(world->offered_ann, 2);
	struct offers_figures figures = offers_figures(world->offers);
	assert_int_equal(figures.alerting, 4);
	assert_int_equal(figures.offers_refused, 0);
}

static void an_offer_that_nobody_takes_ends(void **state)
{
	struct world *world = *state;

	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	say_on_queue(world, "ann");
	place(world, "c1", "hasty", "1-0");
	turn_until(world, &world->timed_out, 1);
	struct offers_figures figures = offers_figures(world->offers);
	assert_int_equal(figures.waiting, 1);
	assert_int_equal(figures.agents_on_queue, 0);
}

static void read_again(struct world *world)
{
	uint64_t sweeps = offers_figures(world->offers).sweeps;

	offers_begin(world->offers, FENCE);
	for (unsigned i = 0; offers_figures(world->offers).sweeps == sweeps && i < PATIENCE; i++)
		redis(world, "PING");
	assert_int_equal(offers_figures(world->offers).sweeps, sweeps + 1);
}

/* The mirror is what Redis has. */
static void reading_finds_nothing(struct world *world)
{
	read_again(world);
	assert_int_equal(offers_figures(world->offers).sweep_found, 0);
}

/* A step of c1's, as leg `leg` has it from that event on. */
static struct offers_place step_of(const char *event, unsigned leg)
{
	return (struct offers_place){
		.source = "{c1}:events",
		.event_id = text(event),
		.conversation = text("c1"),
		.queue = text("support"),
		.ours = text("+15550001"),
		.customer = text("+15550002"),
		.partition = 1,
		.leg = leg,
		.enqueued_ms = 1000,
		.how = text("resume"),
		.why = text("transfer"),
	};
}

static void on_the_floor(struct world *world, const char *agent)
{
	offers_up(world->offers, agent, agent, 3, (struct offers_ask){NULL, NULL});
	say_on_queue(world, agent);
}

static void expect_verdict(struct world *world, enum offers_verdict verdict)
{
	turn_until(world, &world->answers, world->answers + 1);
	assert_int_equal(world->verdict, verdict);
}

static void what_auto_answers_is_accepted_as_it_is_offered(void **state)
{
	struct world *world = *state;

	on_the_floor(world, "ann");
	place(world, "c1", "direct", "1-0");
	turn_until(world, &world->accepted, 1);
	assert_int_equal(offers_figures(world->offers).alerting, 0);
	reading_finds_nothing(world);
}

static void by_hand_it_rings_at_who_is_meant_or_they_are_busy(void **state)
{
	struct world *world = *state;
	const struct offers_order order = {"sue", "bob", text("ref-1")};
	const struct offers_order other = {"sue", "bob", text("ref-2")};

	place(world, "c1", "support", "1-0");
	expect_verdict(world, OFFERS_OK);
	on_the_floor(world, "ann");
	turn_until(world, &world->offered, 1);
	assert_false(offers_can_take(world->offers, "bob"));
	offers_assign(world->offers, &order, text("c1"), ask(world));
	expect_verdict(world, OFFERS_BUSY);
	on_the_floor(world, "bob");
	assert_true(offers_can_take(world->offers, "bob"));
	offers_assign(world->offers, &order, text("c1"), ask(world));
	expect_verdict(world, OFFERS_OK);
	assert_string_equal(world->agent, "bob");
	offers_assign(world->offers, &other, text("c2"), ask(world));
	expect_verdict(world, OFFERS_CONFLICT);
	reading_finds_nothing(world);
}

/* c1 is ann's. */
static void give_to_ann(struct world *world)
{
	struct offers_place where = step_of("1-0", 1);

	on_the_floor(world, "ann");
	offers_connect(world->offers, &where, text("ann"), ask(world));
	expect_verdict(world, OFFERS_OK);
}

static void who_is_asked_takes_the_conversation_and_is_not_who_asks(void **state)
{
	struct world *world = *state;
	struct offers_consult consult = {text("c1"), text("support"), text("bob"), text("r1")};

	give_to_ann(world);
	offers_consult(world->offers, "ann", &consult, ask(world));
	expect_verdict(world, OFFERS_BUSY);
	consult.target = text("");
	offers_consult(world->offers, "ann", &consult, ask(world));
	expect_verdict(world, OFFERS_OK);
	offers_consult_end(world->offers, "ann", text("c1"), text("e1"), ask(world));
	expect_verdict(world, OFFERS_OK);
	assert_int_equal(world->offered, 0);
	consult.ref = text("r2");
	offers_consult(world->offers, "ann", &consult, ask(world));
	expect_verdict(world, OFFERS_OK);
	on_the_floor(world, "bob");
	turn_until(world, &world->offered, 1);
	assert_string_equal(world->agent, "bob");
	assert_int_equal(offers_figures(world->offers).offers_refused, 0);
	offers_accept(world->offers, "bob", text("c1~c"), world->epoch, ask(world));
	expect_verdict(world, OFFERS_OK);
	assert_int_equal(offers_figures(world->offers).alerting, 0);
	reading_finds_nothing(world);
}

static void a_leg_that_ended_as_it_was_handed_over_has_its_work(void **state)
{
	struct world *world = *state;
	struct offers_place where = step_of("2-0", 1);
	struct offers_acw acw = {OFFERS_ACW_PENDING, 1, true, text("ann"), text("support")};
	struct offers_consult consult = {text("c1"), text("support"), text("bob"), text("r1")};

	give_to_ann(world);
	on_the_floor(world, "bob");
	offers_consult(world->offers, "ann", &consult, ask(world));
	expect_verdict(world, OFFERS_OK);
	offers_accept(world->offers, "bob", text("c1~c"), world->epoch, ask(world));
	expect_verdict(world, OFFERS_OK);
	offers_release(world->offers, &where, &acw, ask(world));
	expect_verdict(world, OFFERS_OK);
	turn_until(world, &world->due[OFFERS_ACW], 1);
	assert_int_equal(world->due_leg, 1);
	reading_finds_nothing(world);
}

static void deadlines_are_told_with_their_leg(void **state)
{
	struct world *world = *state;
	struct offers_place where = step_of("2-0", 1);
	struct offers_acw acw = {OFFERS_ACW_PENDING, 1, true, {NULL, 0}, {NULL, 0}};

	give_to_ann(world);
	offers_park(world->offers, &where, text("ann"), 1, ask(world));
	turn_until(world, &world->due[OFFERS_PARKED], 1);
	where = step_of("3-0", 1);
	offers_connect(world->offers, &where, text("ann"), ask(world));
	where = step_of("4-0", 2);
	offers_move(world->offers, &where, &acw, ask(world));
	turn_until(world, &world->due[OFFERS_ACW], 1);
	assert_int_equal(world->due_leg, 1);
	assert_int_equal(world->moved, 1);
	turn_until(world, &world->offered, 1);
	offers_accept(world->offers, "ann", text("c1"), world->epoch,
		      (struct offers_ask){NULL, NULL});
	offers_down(world->offers, "ann", "ann");
	turn_until(world, &world->due[OFFERS_RECLAIM], 1);
	assert_int_equal(world->due_leg, 2);
	where = step_of("5-0", 1);
	offers_acw_end(world->offers, &where, text("ann"), ask(world));
	where = step_of("6-0", 2);
	offers_release(world->offers, &where, NULL, ask(world));
	redis(world, "EXISTS {acd}:agent:ann:acw {acd}:conv:c1 {acd}:acw {acd}:parked");
	assert_string_equal(world->bench.last, "0");
	reading_finds_nothing(world);
}

static void a_repeated_step_changes_nothing(void **state)
{
	struct world *world = *state;

	place(world, "c1", "support", "1-0");
	place(world, "c1", "support", "1-0");
	turn_until(world, &world->answers, 2);
	assert_int_equal(world->verdict, OFFERS_OK);
	assert_int_equal(world->waiting, 1);
}

static void the_connections_of_a_killed_router_are_gone_with_it(void **state)
{
	struct world *world = *state;

	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	say_on_queue(world, "ann");
	crash(world);
	begin_bus(world);
	begin_router(world);
	assert_int_equal(world->downs, 1);
	place(world, "c1", "support", "1-0");
	turn_until(world, &world->waiting, 1);
	redis(world, "SCARD {acd}:agent:ann:conns");
	assert_int_equal(world->offered, 0);
	offers_up(world->offers, "ann", "tab2", 3, (struct offers_ask){NULL, NULL});
	turn_until(world, &world->offered, 1);
}

static void a_connection_that_goes_while_redis_is_away_is_gone_when_it_is_back(void **state)
{
	struct world *world = *state;

	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	offers_up(world->offers, "ann", "tab2", 3, (struct offers_ask){NULL, NULL});
	say_on_queue(world, "ann");
	bench_ask(&world->bench, "CLIENT KILL TYPE normal SKIPME no");
	turn_until(world, &world->lost, 1);
	offers_down(world->offers, "ann", "tab1");
	offers_down(world->offers, "ann", "tab2");
	turn_until(world, &world->downs, 1);
	turn_until(world, &world->opened, 2);
}

static void what_is_asked_while_redis_is_away_is_refused(void **state)
{
	struct world *world = *state;

	bench_ask(&world->bench, "CLIENT KILL TYPE normal SKIPME no");
	turn_until(world, &world->lost, 1);
	place(world, "c1", "support", "1-0");
	turn_until(world, &world->answers, 1);
	assert_int_equal(world->verdict, OFFERS_UNAVAILABLE);
}

static void matching_goes_on_when_redis_has_stopped_refusing(void **state)
{
	struct world *world = *state;

	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	say_on_queue(world, "ann");
	redis(world, "CONFIG SET maxmemory 1");
	place(world, "c1", "support", "1-0");
	turn_until(world, &world->answers, 2);
	assert_int_equal(world->verdict, OFFERS_UNAVAILABLE);
	offers_end(world->offers);
	offers_begin(world->offers, FENCE);
	offers_down(world->offers, "ann", "tab1");
	redis(world, "PING");
	redis(world, "CONFIG SET maxmemory 0");
	turn_until(world, &world->opened, 2);
	turn_until(world, &world->downs, 1);
}

static void reading_again_finds_only_what_others_changed(void **state)
{
	struct world *world = *state;

	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	offers_up(world->offers, "ann", "tab2", 3, (struct offers_ask){NULL, NULL});
	say_on_queue(world, "ann");
	for (unsigned i = 0; i < 3; i++)
		place(world, (const char *[]){"c1", "c2", "c3"}[i], "support",
		      (const char *[]){"1-0", "2-0", "3-0"}[i]);
	turn_until(world, &world->offered, 3);
	offers_down(world->offers, "ann", "tab2");
	reading_finds_nothing(world);
	redis(world, "HSET {acd}:agent:ann cap 5");
	redis(world, "ZREM {acd}:alerting c2");
	read_again(world);
	assert_int_equal(offers_figures(world->offers).sweep_found, 2);
	/* And it is mended by that. */
	for (unsigned i = 0; offers_figures(world->offers).alerting != 2 && i < PATIENCE; i++)
		redis(world, "PING");
	read_again(world);
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
		place(world, id, "support", event);
	}
	turn_until(world, &world->answers, 900);
	crash(world);
	begin_bus(world);
	struct offers_settings settings = {"r1", queues, 3, 60000, 1};
	struct offers_events events = {on_happened, on_opened, on_deadline, world};
	world->offers = offers_create(world->bench.loop, world->bench.bus, &settings, &events);
	offers_begin(world->offers, FENCE);
	for (int i = 1; i <= 20; i++) {
		struct offers_place where = step_of("901-0", 1);
		snprintf(id, sizeof(id), "c%d", i * 40);
		snprintf(event, sizeof(event), "%d-0", 900 + i);
		where.conversation = text(id);
		where.event_id = text(event);
		offers_release(world->offers, &where, NULL, ask(world));
		snprintf(id, sizeof(id), "n%d", i);
		snprintf(event, sizeof(event), "%d-1", 900 + i);
		place(world, id, "support", event);
		turn_until(world, &world->answers, 900 + 2 * (unsigned)i);
	}
	turn_until(world, &world->opened, 2);
	assert_int_equal(offers_figures(world->offers).waiting, 900);
	reading_finds_nothing(world);
	/* And it is offered, however often others change who serves what. */
	offers_up(world->offers, "ann", "tab1", 3, (struct offers_ask){NULL, NULL});
	offers_status(world->offers, "ann", true, 3, (struct offers_ask){NULL, NULL});
	for (unsigned i = 0; !world->offered && i < PATIENCE; i++) {
		offers_reread(world->offers);
		redis(world, "PING");
	}
	assert_int_not_equal(world->offered, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
		TEST(what_waits_is_offered_and_accepted_once),
		TEST(a_burst_is_shared_out),
		TEST(an_offer_that_nobody_takes_ends),
		TEST(what_auto_answers_is_accepted_as_it_is_offered),
		TEST(by_hand_it_rings_at_who_is_meant_or_they_are_busy),
		TEST(who_is_asked_takes_the_conversation_and_is_not_who_asks),
		TEST(a_leg_that_ended_as_it_was_handed_over_has_its_work),
		TEST(deadlines_are_told_with_their_leg),
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
