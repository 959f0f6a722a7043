#include "tests/unit/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "router/bus/event.h"

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
		offers_begin(world->offers, WORLD_FENCE);
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

void world_turn(struct world *world)
{
	ev_timer tick;

	ev_timer_init(&tick, on_tick, 0.01, 0.01);
	ev_timer_start(world->bench.loop, &tick);
	ev_run(world->bench.loop, EVRUN_ONCE);
	ev_timer_stop(world->bench.loop, &tick);
}

void world_turn_until(struct world *world, const unsigned *counter, unsigned wanted)
{
	for (unsigned i = 0; *counter < wanted && i < WORLD_PATIENCE; i++)
		world_turn(world);
	assert_int_equal(*counter, wanted);
}

void world_redis(struct world *world, const char *command)
{
	unsigned answered = world->bench.answered;

	bench_ask(&world->bench, command);
	world_turn_until(world, &world->bench.answered, answered + 1);
}

struct offers_ask world_ask(struct world *world)
{
	return (struct offers_ask){on_verdict, world};
}

void world_make_router(struct world *world)
{
	struct offers_settings settings = {"r1", queues, 3, 60000, 1};
	struct offers_events events = {on_happened, on_opened, on_deadline, world};

	world->offers = offers_create(world->bench.loop, world->bench.bus, &settings, &events);
}

void world_begin_router(struct world *world)
{
	unsigned opened = world->opened;

	world_make_router(world);
	offers_begin(world->offers, WORLD_FENCE);
	world_turn_until(world, &world->opened, opened + 1);
}

void world_begin_bus(struct world *world)
{
	struct bus_events events = {on_ready, on_lost, world};
	unsigned ready = world->ready;

	world->bench.bus = bus_create(world->bench.loop, &world->bench.address, &events);
	world_turn_until(world, &world->ready, ready + 1);
}

int world_set_up(void **state)
{
	static struct world world;

	memset(&world, 0, sizeof(world));
	*state = &world;
	bench_set_up(&world.bench);
	bench_start_redis(&world.bench);
	world_begin_bus(&world);
	world_redis(&world, "SET {acd}:lease " WORLD_FENCE);
	world_begin_router(&world);
	return 0;
}

void world_crash(struct world *world)
{
	bus_destroy(&world->bench.bus);
	offers_destroy(&world->offers);
}

int world_tear_down(void **state)
{
	struct world *world = *state;

	world_crash(world);
	bench_tear_down(&world->bench);
	return 0;
}

void world_say_on_queue(struct world *world, const char *agent)
{
	unsigned answers = world->answers;

	offers_status(world->offers, agent, true, 3, world_ask(world));
	world_turn_until(world, &world->answers, answers + 1);
	assert_int_equal(world->verdict, OFFERS_OK);
}

void world_place(struct world *world, const char *id, const char *queue, const char *event)
{
	struct offers_place where = {
		.source = "{c1}:events",
		.event_id = span_text(event),
		.conversation = span_text(id),
		.queue = span_text(queue),
		.ours = span_text("+15550001"),
		.customer = span_text("+15550002"),
		.partition = 1,
		.leg = 1,
		.enqueued_ms = 1000,
	};

	offers_enqueue(world->offers, &where, world_ask(world));
}

void world_read_again(struct world *world)
{
	uint64_t sweeps = offers_figures(world->offers).sweeps;

	offers_begin(world->offers, WORLD_FENCE);
	for (unsigned i = 0; offers_figures(world->offers).sweeps == sweeps && i < WORLD_PATIENCE;
	     i++)
		world_redis(world, "PING");
	assert_int_equal(offers_figures(world->offers).sweeps, sweeps + 1);
}

void world_reading_finds_nothing(struct world *world)
{
	world_read_again(world);
	assert_int_equal(offers_figures(world->offers).sweep_found, 0);
}
