#include "tests/bench/phase.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SECOND_NS UINT64_C(1000000000)

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

void phase_init(struct phase *phase, uint32_t capacity, uint32_t customers)
{
	*phase = (struct phase){0};
	tally_init(&phase->tally, capacity, customers);
	phase->ready = calloc(capacity, sizeof(*phase->ready));
	phase->held = calloc(capacity, sizeof(*phase->held));
	if (!phase->ready || !phase->held)
		abort();
}

void phase_finish(struct phase *phase)
{
	tally_finish(&phase->tally);
	free(phase->ready);
	free(phase->held);
}

static struct agents_figures figures(const struct phase *phase)
{
	return phase->agents ? agents_figures(phase->agents) : (struct agents_figures){0};
}

static bool complain(const char *what)
{
	fprintf(stderr, "order: %s\n", what);
	return false;
}

static void push_ready(struct phase *phase, uint32_t customer)
{
	uint32_t at = (phase->ready_first + phase->ready_count++) % phase->tally.capacity;

	phase->ready[at] = customer;
}

static uint32_t pop_ready(struct phase *phase)
{
	uint32_t customer = phase->ready[phase->ready_first];

	phase->ready_first = (phase->ready_first + 1) % phase->tally.capacity;
	phase->ready_count--;
	return customer;
}

static bool begin_mt(struct phase *phase)
{
	const struct order *order = &phase->order;

	if (order->customers > phase->before.conversations || order->customers == 0)
		return complain("there are not so many conversations");
	phase->ready_first = phase->ready_count = phase->held_count = 0;
	for (uint32_t i = 0; i < order->depth; i++) {
		for (uint32_t at = 0; at < order->customers; at++)
			push_ready(phase, agents_customer(phase->agents, at));
	}
	return true;
}

/* Somebody else sends them; what is expected of each customer is known beforehand. */
static void begin_take(struct phase *phase)
{
	uint64_t now = now_ns();

	for (uint32_t i = 0; i < phase->order.count; i++)
		tally_send(&phase->tally, i, now);
}

bool phase_begin(struct phase *phase, const struct order *order)
{
	unsigned links = smsc_links(phase->smsc);
	bool delivers = order->kind == ORDER_OPEN || order->kind == ORDER_MO;
	bool each = order->kind == ORDER_OPEN || order->kind == ORDER_TAKE;
	uint32_t customers = each ? order->count : order->customers;

	if (phase->running)
		return complain("the one before is not done");
	if (order->count > phase->tally.capacity || customers > phase->tally.conversations ||
	    order->first > phase->tally.conversations - customers)
		return complain("too many messages or customers");
	if (delivers && (links == 0 || customers < links))
		return complain("no link is bound, or fewer customers than links");
	if ((order->kind == ORDER_AGENTS || order->kind == ORDER_MT || order->kind == ORDER_FREE) &&
	    !phase->agents)
		return complain("there are no agents");
	tally_begin(&phase->tally);
	phase->order = *order;
	phase->order.customers = customers;
	phase->before = figures(phase);
	phase->refused = 0;
	for (unsigned i = 0; i < SMSC_LINKS_MAX; i++)
		phase->turns[i] = 0;
	phase->receipts_before = smsc_receipts_answered(phase->smsc);
	if (order->kind == ORDER_MT && !begin_mt(phase))
		return false;
	if (order->kind == ORDER_TAKE)
		begin_take(phase);
	smsc_open(phase->smsc);
	smsc_set_window(phase->smsc, order->window);
	smsc_set_receipts(phase->smsc, order->receipts != 0);
	if (order->kind == ORDER_AGENTS)
		agents_start(phase->agents, phase->port);
	phase->moved_ns = now_ns();
	phase->begun_ns = order->kind == ORDER_TAKE ? 0 : phase->moved_ns;
	phase->running = true;
	return true;
}

/* When message number `index` of an order with a rate is due; now where it has none. */
static uint64_t due_ns(const struct phase *phase, uint32_t index, uint64_t now)
{
	if (phase->order.rate == 0)
		return now;
	return phase->begun_ns + (uint64_t)index * SECOND_NS / phase->order.rate;
}

/* A customer always comes over the same link, since order across links means nothing. */
static bool deliver(struct phase *phase, unsigned link, unsigned links)
{
	struct tally *tally = &phase->tally;
	const struct order *order = &phase->order;
	uint32_t mine = order->customers / links + (link < order->customers % links), customer, tag;
	uint64_t now = now_ns(), due = due_ns(phase, tally->count, now);

	if (tally->count >= order->count || due > now || !smsc_room(phase->smsc, link))
		return false;
	if (order->seen && order->backlog &&
	    tally->count - phase->refused - tally->marks[TALLY_SEEN].count >= order->backlog)
		return false;
	/* Opening is done once a customer. */
	if (order->kind == ORDER_OPEN && phase->turns[link] == mine)
		return false;
	customer = order->first + link + links * (phase->turns[link]++ % mine);
	tag = tally_send(tally, customer, due);
	smsc_deliver(phase->smsc, link, customer, order->kind == ORDER_MO ? 'i' : 'h', tag);
	return true;
}

static void pump_mo(struct phase *phase)
{
	unsigned links = smsc_links(phase->smsc);
	bool more = true;

	while (more) {
		more = false;
		for (unsigned link = 0; link < links; link++)
			more |= deliver(phase, link, links);
	}
}

static void pump_mt(struct phase *phase)
{
	struct tally *tally = &phase->tally;

	while (tally->count < phase->order.count && phase->ready_count > 0) {
		uint64_t now = now_ns(), due = due_ns(phase, tally->count, now);
		uint32_t customer;
		if (due > now)
			return;
		customer = pop_ready(phase);
		if (agents_send(phase->agents, customer, tally->base + tally->count))
			tally_send(tally, customer, due);
		else
			phase->held[phase->held_count++] = customer;
	}
}

static void pump_free(struct phase *phase)
{
	struct tally *tally = &phase->tally;

	while (tally->count < phase->order.count) {
		uint64_t now = now_ns(), due = due_ns(phase, tally->count, now);
		uint32_t waiting = tally->count - tally->marks[TALLY_SEEN].count;
		if (due > now || (phase->order.backlog && waiting >= phase->order.backlog))
			return;
		uint32_t customer = agents_free(phase->agents, tally->base + tally->count);
		if (customer == UINT32_MAX)
			return;
		tally_send(tally, customer, due);
	}
}

void phase_pump(struct phase *phase)
{
	if (!phase->running)
		return;
	if (phase->order.kind == ORDER_OPEN || phase->order.kind == ORDER_MO)
		pump_mo(phase);
	else if (phase->order.kind == ORDER_MT)
		pump_mt(phase);
	else if (phase->order.kind == ORDER_FREE)
		pump_free(phase);
}

void phase_tick(struct phase *phase)
{
	while (phase->held_count > 0)
		push_ready(phase, phase->held[--phase->held_count]);
}

static uint32_t receipts_back(const struct phase *phase)
{
	return smsc_receipts_answered(phase->smsc) - phase->receipts_before;
}

static bool all_is_back(const struct phase *phase, const struct agents_figures *now)
{
	const struct order *order = &phase->order;
	const struct tally *tally = &phase->tally;
	uint32_t expected = order->count - phase->refused;
	bool answered =
		tally->count == order->count && tally->marks[TALLY_ANSWERED].count == order->count;
	bool seen = tally->marks[TALLY_SEEN].count >= expected;

	switch (order->kind) {
	case ORDER_LINKS:
		return smsc_links(phase->smsc) >= order->links;
	case ORDER_AGENTS:
		return now->ready >= agents_count(phase->agents);
	case ORDER_OPEN:
		return answered && now->conversations >= order->connected;
	case ORDER_MO:
		return answered && (seen || !order->seen);
	case ORDER_MT:
		return answered && seen &&
		       (!order->receipts || now->delivered - phase->before.delivered >= expected);
	case ORDER_FREE:
		return answered && seen;
	case ORDER_TAKE:
		return seen && (!order->receipts || receipts_back(phase) >= order->count);
	}
	return true;
}

bool phase_over(struct phase *phase)
{
	const struct tally *tally = &phase->tally;
	struct agents_figures now = figures(phase);
	uint64_t movement = (uint64_t)tally->count + tally->marks[TALLY_ANSWERED].count +
			    tally->marks[TALLY_SEEN].count + now.conversations + now.delivered +
			    now.ready + smsc_links(phase->smsc) + receipts_back(phase);
	uint64_t at = now_ns();

	if (!phase->running)
		return false;
	if (movement != phase->movement)
		phase->moved_ns = at;
	phase->movement = movement;
	if (!all_is_back(phase, &now) &&
	    at - phase->moved_ns < (uint64_t)phase->order.idle_s * SECOND_NS)
		return false;
	phase->running = false;
	return true;
}

static double since_s(const struct phase *phase, uint64_t at)
{
	return at > phase->begun_ns ? (double)(at - phase->begun_ns) / (double)SECOND_NS : 0.;
}

static void report_latency(const char *name, const struct tally *tally, enum tally_mark mark)
{
	struct tally_latency latency = tally_latency(tally, mark);

	printf(",\"%s\":{\"p50_us\":%u,\"p90_us\":%u,\"p99_us\":%u,\"max_us\":%u}", name,
	       latency.p50_us, latency.p90_us, latency.p99_us, latency.max_us);
}

void phase_report(struct phase *phase)
{
	const struct tally *tally = &phase->tally;
	const struct tally_count *answered = &tally->marks[TALLY_ANSWERED];
	const struct tally_count *seen = &tally->marks[TALLY_SEEN];
	const struct agents_figures *before = &phase->before;
	struct agents_figures now = figures(phase);
	enum order_kind kind = phase->order.kind;
	bool awaits =
		kind == ORDER_MT || kind == ORDER_TAKE || kind == ORDER_FREE || phase->order.seen;
	uint32_t taken = tally->count - phase->refused;

	printf("{\"phase\":\"%s\",\"complete\":%s,\"sent\":%u,\"answered\":%u,\"refused\":%u,"
	       "\"seen\":%u,\"lost\":%u,\"duplicates\":%u,\"disordered\":%u,\"strays\":%u",
	       order_name(phase->order.kind), all_is_back(phase, &now) ? "true" : "false",
	       tally->count, answered->count, phase->refused, seen->count,
	       awaits ? taken - seen->count : 0, seen->duplicates + answered->duplicates,
	       tally->disordered, tally->strays);
	printf(",\"all_s\":%.6f,\"answered_s\":%.6f,\"seen_s\":%.6f", since_s(phase, now_ns()),
	       since_s(phase, answered->last), since_s(phase, seen->last));
	report_latency("answer", tally, TALLY_ANSWERED);
	report_latency("end", tally, TALLY_SEEN);
	printf(",\"delivered\":%u,\"failed\":%u,\"unknown\":%u,\"errors\":%u,\"links\":%u,"
	       "\"links_lost\":%u,\"agents\":%u,\"agents_lost\":%u,\"conversations\":%u}\n",
	       now.delivered - before->delivered, now.failed - before->failed,
	       now.unknown - before->unknown, now.errors - before->errors, smsc_links(phase->smsc),
	       smsc_lost(phase->smsc), now.connections, now.lost - before->lost, now.conversations);
	fflush(stdout);
}

void phase_answered(uint32_t tag, uint32_t status, void *context)
{
	struct phase *phase = context;

	if (tally_note(&phase->tally, TALLY_ANSWERED, tag, now_ns()) && status != 0)
		phase->refused++;
}

/* The time counts from the first one. */
static void take(struct phase *phase, struct span destination)
{
	uint64_t now = now_ns();
	uint32_t customer;

	if (!smsc_customer(destination, &customer))
		return;
	if (phase->begun_ns == 0)
		phase->begun_ns = now;
	tally_note(&phase->tally, TALLY_SEEN, phase->tally.base + customer, now);
}

void phase_submitted(struct span text, struct span destination, void *context)
{
	struct phase *phase = context;
	uint32_t tag;

	if (phase->running && phase->order.kind == ORDER_TAKE)
		take(phase, destination);
	else if (smsc_tag(text, 'o', &tag) && tally_note(&phase->tally, TALLY_SEEN, tag, now_ns()))
		push_ready(phase, tally_conversation(&phase->tally, tag));
}

void phase_seen(uint32_t tag, void *context)
{
	struct phase *phase = context;

	tally_note(&phase->tally, TALLY_SEEN, tag, now_ns());
}

void phase_acked(uint32_t tag, bool accepted, void *context)
{
	struct phase *phase = context;

	if (tally_note(&phase->tally, TALLY_ANSWERED, tag, now_ns()) && !accepted)
		phase->refused++;
}

void phase_offered(uint32_t tag, void *context)
{
	struct phase *phase = context;

	tally_note(&phase->tally, TALLY_SEEN, tag, now_ns());
}
