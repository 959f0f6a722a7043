#include "tests/bench/floor_world.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/bus/event.h"
#include "router/bus/key.h"
#include "router/routing/offers_step.h"

#define FENCE "bench:1"
#define SKILLS 10     /* sets are pairs of them */
#define SKILLS_EACH 6 /* that an agent has */
#define WINDOW 512    /* calls on their way while it is filled */
#define SOURCE "bench:events"

struct floor_bench {
	struct floor_world world;
	struct ev_loop *loop;
	struct bus *bus;
	struct offers *offers;
	struct offers_queue *queues;
	struct bus_args args;
	struct floor_world_size size;
	ev_timer tick;
	unsigned ready, opened, each, conversations;
	uint64_t steps, answered, asked;
	unsigned *held; /* by agent, `each` conversations from 1 */
	char *info;
	void (*offer)(unsigned agent, void *context);
	void *context;
};

static struct span text(const char *value)
{
	return (struct span){(const uint8_t *)value, strlen(value)};
}

static void on_tick(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)timer;
	(void)revents;
}

static void turn(struct floor_bench *bench)
{
	ev_run(bench->loop, EVRUN_ONCE);
}

void floor_world_turn(struct floor_world *world)
{
	turn(world->bench);
}

static void on_ready(void *context)
{
	struct floor_bench *bench = context;

	bench->ready = 1;
}

static void on_lost(const char *why, void *context)
{
	(void)context;
	fprintf(stderr, "Redis is lost: %s\n", why);
	exit(1);
}

static void on_opened(void *context)
{
	struct floor_bench *bench = context;

	bench->opened = 1;
}

static void on_verdict(enum offers_verdict verdict, void *context)
{
	struct floor_bench *bench = context;

	if (verdict != OFFERS_OK) {
		fprintf(stderr, "the floor refused: %d\n", (int)verdict);
		exit(1);
	}
	bench->answered++;
}

static struct offers_ask ask(struct floor_bench *bench)
{
	bench->asked++;
	return (struct offers_ask){on_verdict, bench};
}

static void on_reply(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct floor_bench *bench = context;
	struct span said = bus_reply_span(reply);

	(void)bus;
	if (!reply || bus_reply_type(reply) == BUS_ERROR) {
		fprintf(stderr, "Redis refused: %s\n", reply ? (const char *)said.at : "lost");
		exit(1);
	}
	bench->answered++;
	if (bus_reply_type(reply) != BUS_STRING)
		return;
	free(bench->info);
	bench->info = strdup((const char *)said.at);
}

static void send(struct floor_bench *bench)
{
	bench->asked++;
	bus_args_send(&bench->args, bench->bus, on_reply, bench);
}

/* Until at most so many calls are on their way. */
static void settle(struct floor_bench *bench, uint64_t most)
{
	while (bench->asked - bench->answered > most)
		turn(bench);
}

/* Steps */

static char *conversation(unsigned n, char out[24])
{
	snprintf(out, 24, "0-%020x", n);
	return out;
}

struct step {
	char id[24], event[32], before[32], skills[32];
	struct offers_place place;
};

/* Of a conversation, in the one long queue; its skills are the set that its number falls to. */
static const struct offers_place *step(struct floor_bench *bench, unsigned n, struct step *out)
{
	unsigned set = n % bench->size.sets;

	snprintf(out->event, sizeof(out->event), "%llu-0", (unsigned long long)bench->steps + 1);
	snprintf(out->before, sizeof(out->before), "%llu-0", (unsigned long long)bench->steps);
	bench->steps++;
	snprintf(out->skills, sizeof(out->skills), "skill%u,skill%u", set % SKILLS,
		 (set % SKILLS + 1 + set / SKILLS) % SKILLS);
	out->place = (struct offers_place){
		.source = SOURCE,
		.event_id = text(out->event),
		.before = text(bench->steps > 1 ? out->before : ""),
		.conversation = text(conversation(n, out->id)),
		.queue = text("queue0"),
		.ours = text("+15550100"),
		.customer = text("+15550199"),
		.leg = 1,
		.enqueued_ms = 1700000000000 + n,
		.skills = text(out->skills),
		.how = text("outbound"),
		.why = text("closed"),
	};
	return &out->place;
}

static void on_happened(const struct bus_reply *event, void *context)
{
	struct floor_bench *bench = context;
	char who[32], id[40];
	struct step next;

	if (!event_is(event, "e", "offer"))
		return;
	event_text(event, "a", who, sizeof(who));
	event_text(event, "c", id, sizeof(id));
	unsigned agent = (unsigned)strtoul(who + 5, NULL, 10);
	if (bench->offer)
		bench->offer(agent, bench->context);
	offers_accept(bench->offers, who, text(id), (unsigned)event_integer(event, "epoch"),
		      ask(bench));
	unsigned *held = bench->held + (size_t)agent * bench->each;
	while (*held)
		held++;
	*held = (unsigned)strtoul(id + 2, NULL, 16);
	offers_enqueue(bench->offers, step(bench, ++bench->conversations, &next), ask(bench));
}

void floor_world_on_offer(struct floor_world *world, void (*offer)(unsigned agent, void *context),
			  void *context)
{
	world->bench->offer = offer;
	world->bench->context = context;
}

void floor_world_free(struct floor_world *world, unsigned agent)
{
	struct floor_bench *bench = world->bench;
	unsigned *held = bench->held + (size_t)agent * bench->each;
	struct step next;

	offers_release(bench->offers, step(bench, *held, &next), NULL, ask(bench));
	memmove(held, held + 1, (bench->each - 1) * sizeof(*held));
	held[bench->each - 1] = 0;
}

/* Filling */

/* The lease of the floor, as a router holds it. */
static void take_floor(struct floor_bench *bench)
{
	bus_args_text(&bench->args, "SET");
	bus_args_text(&bench->args, KEY_ACD_TAG ":lease");
	bus_args_text(&bench->args, FENCE);
	send(bench);
}

static void put_staff(struct floor_bench *bench)
{
	for (unsigned i = 0; i < bench->size.agents; i++) {
		char agent[16], name[16];
		snprintf(agent, sizeof(agent), "agent%u", i);
		for (unsigned j = 0; j < 2; j++) {
			snprintf(name, sizeof(name), "queue%u",
				 j ? 1 + i % (bench->size.queues - 1) : 0);
			bus_args_call(&bench->args, "member_put", KEY_ACD_TAG);
			bus_args_field_text(&bench->args, "now", "1");
			bus_args_field_text(&bench->args, "q", name);
			bus_args_field_text(&bench->args, "a", agent);
			bus_args_field_text(&bench->args, "ring", "1");
			bus_args_field_text(&bench->args, "by", "bench");
			send(bench);
		}
		for (unsigned j = 0; j < SKILLS_EACH; j++) {
			snprintf(name, sizeof(name), "skill%u", (i + j) % SKILLS);
			bus_args_call(&bench->args, "skill_put", KEY_ACD_TAG);
			bus_args_field_text(&bench->args, "now", "1");
			bus_args_field_text(&bench->args, "a", agent);
			bus_args_field_text(&bench->args, "skill", name);
			bus_args_field_text(&bench->args, "level", "3");
			bus_args_field_text(&bench->args, "by", "bench");
			send(bench);
		}
		settle(bench, WINDOW);
	}
	settle(bench, 0);
}

static void put_agents(struct floor_bench *bench)
{
	for (unsigned i = 0; i < bench->size.agents; i++) {
		char agent[16];
		snprintf(agent, sizeof(agent), "agent%u", i);
		offers_up(bench->offers, agent, agent, bench->each, ask(bench));
		settle(bench, WINDOW);
	}
	for (unsigned i = 0; i < bench->size.agents * bench->each; i++) {
		char agent[16];
		struct step next;
		unsigned who = i % bench->size.agents;
		snprintf(agent, sizeof(agent), "agent%u", who);
		bench->held[(size_t)who * bench->each + i / bench->size.agents] =
			++bench->conversations;
		offers_connect(bench->offers, step(bench, bench->conversations, &next), text(agent),
			       ask(bench));
		settle(bench, WINDOW);
	}
	for (unsigned i = 0; i < bench->size.agents; i++) {
		char agent[16];
		snprintf(agent, sizeof(agent), "agent%u", i);
		offers_status(bench->offers, agent, true, bench->each, ask(bench));
		settle(bench, WINDOW);
	}
	settle(bench, 0);
}

/* Octets of Redis' data, without the events, which are kept up to a bound. */
static double redis_octets(struct floor_bench *bench)
{
	const char *found;

	bus_args_text(&bench->args, "XTRIM");
	bus_args_text(&bench->args, KEY_ACD_TAG ":events");
	bus_args_text(&bench->args, "MAXLEN");
	bus_args_text(&bench->args, "0");
	send(bench);
	bus_args_text(&bench->args, "INFO");
	bus_args_text(&bench->args, "memory");
	send(bench);
	settle(bench, 0);
	found = bench->info ? strstr(bench->info, "used_memory:") : NULL;
	return found ? strtod(found + strlen("used_memory:"), NULL) : 0;
}

static void begin(struct floor_bench *bench)
{
	struct bus_address address = {.socket = bench->size.socket};
	struct bus_events events = {on_ready, on_lost, bench};

	bench->bus = bus_create(bench->loop, &address, &events);
	while (!bench->ready)
		turn(bench);
	take_floor(bench);
	put_staff(bench);
	struct offers_settings settings = {.instance = "bench",
					   .queues = bench->queues,
					   .queue_count = bench->size.queues,
					   .offline_grace_ms = 60000};
	struct offers_events told = {
		.happened = on_happened, .opened = on_opened, .context = bench};
	bench->offers = offers_create(bench->loop, bench->bus, &settings, &told);
	offers_begin(bench->offers, FENCE);
	while (!bench->opened)
		turn(bench);
}

static void name_queues(struct floor_bench *bench)
{
	bench->queues = calloc(bench->size.queues, sizeof(*bench->queues));
	if (!bench->queues)
		abort();
	for (unsigned i = 0; i < bench->size.queues; i++) {
		char name[16];
		snprintf(name, sizeof(name), "queue%u", i);
		bench->queues[i].name = strdup(name);
		bench->queues[i].alerting_timeout_ms = 900000;
	}
}

struct floor_world *floor_world_create(const struct floor_world_size *size)
{
	struct floor_bench *bench = calloc(1, sizeof(*bench));

	if (!bench)
		abort();
	bench->world = (struct floor_world){size->agents, bench};
	bench->size = *size;
	bench->loop = ev_loop_new(0);
	bench->each = (size->open - size->waiting) / size->agents;
	bench->held = calloc((size_t)size->agents * bench->each + 1, sizeof(unsigned));
	bus_args_init(&bench->args);
	name_queues(bench);
	ev_timer_init(&bench->tick, on_tick, 0.001, 0.001);
	ev_timer_start(bench->loop, &bench->tick);
	begin(bench);
	double empty = redis_octets(bench);
	put_agents(bench);
	double connected = redis_octets(bench);
	for (unsigned i = 0; i < size->waiting; i++) {
		struct step next;
		offers_enqueue(bench->offers, step(bench, ++bench->conversations, &next),
			       ask(bench));
		settle(bench, WINDOW);
	}
	settle(bench, 0);
	double waiting = redis_octets(bench);
	printf("\"connected_octets\":%.0f,\"waiting_octets\":%.0f,",
	       (connected - empty) / (size->agents * bench->each),
	       (waiting - connected) / size->waiting);
	return &bench->world;
}

void floor_world_finish(struct floor_world *world)
{
	struct floor_bench *bench = world->bench;
	uint64_t sweeps = offers_figures(bench->offers).sweeps;

	settle(bench, 0);
	offers_begin(bench->offers, FENCE);
	while (offers_figures(bench->offers).sweeps == sweeps)
		turn(bench);
	struct offers_figures figures = offers_figures(bench->offers);
	printf("\"made\":%llu,\"refused\":%llu,\"sweep_found\":%llu,",
	       (unsigned long long)figures.offers_made, (unsigned long long)figures.offers_refused,
	       (unsigned long long)figures.sweep_found);
	bus_destroy(&bench->bus);
	offers_destroy(&bench->offers);
	for (unsigned i = 0; i < bench->size.queues; i++)
		free((char *)bench->queues[i].name);
	free(bench->queues);
	free(bench->held);
	free(bench->info);
	bus_args_finish(&bench->args);
	ev_loop_destroy(bench->loop);
	free(bench);
}
