/* Asks Redis for work: takes, recovers; and the pump that sees to what waits. */
#include "gateway/outbound.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "gateway/clock.h"
#include "gateway/lane.h"
#include "gateway/lease.h"
#include "gateway/outbound_internal.h"
#include "gateway/queue.h"
#include "gateway/reroute.h"
#include "gateway/store.h"

#define POLL_MS 1000	     /* a wake-up that was lost costs no more than this */
#define HELD_BACK_MAX_MS 320 /* while the router does not come round to it */
#define HELD_BACK_MS 5	     /* the router has something of that customer to apply first */
#define RECOVER_MS 100	     /* the router has results to apply first */

void outbound_later(struct outbound *outbound, uint64_t due_ms)
{
	if (due_ms < outbound->again_ms)
		outbound->again_ms = due_ms;
}

bool outbound_sends(const struct outbound *outbound)
{
	for (unsigned i = 0; i < outbound->setup.carrier->binds; i++) {
		if (bind_sends(outbound->setup.binds[i]))
			return true;
	}
	return false;
}

bool outbound_is_ours(const struct outbound *outbound)
{
	return lease_is_ours(outbound->setup.lease, clock_ms());
}

void outbound_put_tenure(const struct outbound *outbound, struct bus_args *arguments)
{
	bus_args_field_integer(arguments, "tenure", (int64_t)outbound->setup.lease->number);
}

void outbound_refused(struct outbound *outbound, const char *function,
		      const struct bus_reply *reply)
{
	struct span why = bus_reply_span(reply);
	unsigned count;

	/* Where Redis takes nothing, each partition hears so, again and again. */
	if (bus_reply_type(reply) != BUS_ERROR ||
	    !log_due(&outbound->complaints, clock_ms(), &count))
		return;
	log_event(LOG_ERROR, "redis_refused", "carrier=%s function=%s count=%u why=%.*s",
		  outbound->setup.carrier->name, function, count, (int)why.length,
		  (const char *)why.at);
}

uint64_t outbound_held_until_ms(unsigned *held_ms)
{
	unsigned wait_ms = *held_ms ? *held_ms : HELD_BACK_MS;

	*held_ms = wait_ms * 2 > HELD_BACK_MAX_MS ? HELD_BACK_MAX_MS : wait_ms * 2;
	return clock_ms() + wait_ms;
}

static struct job *job_of(struct outbound *outbound, unsigned partition,
			  const struct bus_reply *entry)
{
	struct span id = bus_reply_span(bus_reply_at(entry, 0));
	const char *reason;
	struct job *job = job_create(
		bus_reply_span(bus_reply_at(entry, 2)), bus_reply_integer(bus_reply_at(entry, 1)),
		outbound->setup.carrier, bus_reply_span(bus_reply_at(entry, 4)), &reason);

	if (!job) {
		submit_unsendable(outbound, partition, id, reason);
		return NULL;
	}
	if (sources_find(&outbound->sources, job->message.mt.customer)) {
		job_destroy(&job);
		submit_unsendable(outbound, partition, id, "no_route");
		return NULL;
	}
	job->partition = partition;
	job->source = sources_find(&outbound->sources, job->message.mt.ours);
	if (job->source)
		job->source->submits = job->submits;
	jobs_add(&outbound->jobs, job);
	return job;
}

/* Should we die with some of its segments sent, the others are to be cut as these were, whatever
 * the settings say by then. */
static void remember_cut(struct outbound *outbound, const struct job *job)
{
	struct bus_args *arguments = outbound->arguments;
	char key[KEY_MAX], cut[JOB_CUT_MAX];

	bus_args_text(arguments, "HSET");
	bus_args_text(arguments, key_message(job->partition, job->message.mt.id, key));
	bus_args_text(arguments, "cut");
	bus_args_text(arguments, job_cut(job, cut));
	bus_args_send(arguments, outbound->setup.store->bus, NULL, NULL);
}

/* Any take brings what is interactive first. What waits of numbers with a pace is known. */
static void lane_want(struct lane *lane, enum take_kind kind)
{
	if (kind == TAKE_PACED)
		return;
	lane->wanted[TAKE_URGENT] = true;
	if (kind == TAKE_ANY)
		lane->wanted[TAKE_ANY] = true;
}

static void lane_hope(struct lane *lane, enum message_class class)
{
	if (class < lane->hope)
		lane->hope = class;
}

/* More waits where the last take brought that much, `lower` of it of a lower class. A slot in eight
 * is for that also while something interactive waits, so one take without is not the end of it. One
 * that went through what is interactive for nothing is not repeated at once. */
static void lane_want_more(struct lane *lane, unsigned messages, unsigned lower)
{
	bool urgent = lane->kind == TAKE_URGENT ? messages > 0 : messages > lower;

	if (urgent || (lane->kind == TAKE_ANY && lane->brought_urgent))
		lane_want(lane, lane->kind);
	else if (lane->kind != TAKE_PACED)
		lane->wanted[TAKE_ANY] = true;
	lane->brought_urgent = urgent;
}

/* How many messages an answer of mt_take brings; what it says of numbers is heard. */
static unsigned hear_numbers(struct lane *lane, const struct bus_reply *reply)
{
	unsigned messages = 0;

	for (size_t i = 1; i < bus_reply_count(reply); i++)
		messages += !paced_hears(lane->outbound, lane->partition, bus_reply_at(reply, i));
	return messages;
}

/* → its class; the highest where it cannot be read. */
static enum message_class bring(struct lane *lane, const struct bus_reply *entry)
{
	static const unsigned below[MESSAGE_CLASS_COUNT] = {[MESSAGE_BULK] = 1};
	struct outbound *outbound = lane->outbound;
	struct job *job = job_of(outbound, lane->partition, entry);
	enum message_class class = job ? job->message.mt.class : MESSAGE_INTERACTIVE;

	metric_add(outbound->setup.counters->taken, 1);
	if (!job)
		return class;
	share_gave(&outbound->turns, class, 1, below);
	outbound->last_was_paced = job->source && job->source->throttle.rate > 0;
	if (job->submits > 1)
		remember_cut(outbound, job);
	submit_job(outbound, job);
	return class;
}

static void on_taken(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct lane *lane = context;
	struct outbound *outbound = lane->outbound;
	int64_t status = bus_reply_integer(bus_reply_at(reply, 0));
	unsigned messages = hear_numbers(lane, reply), lower = 0;
	enum message_class highest = MESSAGE_BULK;

	(void)bus;
	paced_return(outbound, lane->partition);
	outbound->sifting -= lane->sifts && lane->kind == TAKE_ANY;
	if (lane->kind == TAKE_ANY)
		lane->sifts = status == 1 && messages < lane->asked;
	outbound->asked -= lane->asked;
	if (lane->kind == TAKE_URGENT)
		outbound->urgent -= lane->asked;
	lane->busy = false;
	outbound_stir(outbound);
	if (bus_reply_type(reply) != BUS_ARRAY) {
		outbound_refused(outbound, "mt_take", reply);
		lane_want(lane, lane->kind);
		lane->held_ms = 0;
		lane->not_before_ms = clock_ms() + OUTBOUND_TROUBLE_MS;
		return;
	}
	if (status == 2 && messages == 0)
		lane->not_before_ms = outbound_held_until_ms(&lane->held_ms);
	else
		lane->held_ms = 0;
	if (lane->kind == TAKE_URGENT)
		share_gave(&outbound->share, MESSAGE_INTERACTIVE, messages, outbound->ready);
	/* What comes too late to be written is found in flight, by us or by whose the carrier is.
	 */
	if (!outbound_is_ours(outbound)) {
		lane_want(lane, lane->kind);
		if (lane->recovery == RECOVERY_DONE)
			lane->recovery = RECOVERY_AGAIN;
		return;
	}
	for (size_t i = 1; i <= messages; i++) {
		enum message_class class = bring(lane, bus_reply_at(reply, i));
		lower += class != MESSAGE_INTERACTIVE;
		highest = class < highest ? class : highest;
	}
	if (status == 1)
		lane_want_more(lane, messages, lower);
	else if (status != 0)
		lane_want(lane, lane->kind);
	if (status != 0)
		lane_hope(lane, status == 1 ? highest : lane->hoped);
	lane->asked = 0;
	submit_burst(outbound);
}

void outbound_ask_take(struct lane *lane, enum take_kind kind, unsigned max, uint64_t now_ms)
{
	struct outbound *outbound = lane->outbound;
	struct bus_args *arguments = outbound->arguments;

	if (kind != TAKE_PACED) {
		lane->wanted[TAKE_URGENT] = false;
		lane->wanted[TAKE_ANY] = lane->wanted[TAKE_ANY] && kind == TAKE_URGENT;
		paced_offer(outbound, lane->partition, max, now_ms);
	}
	lane->hoped = lane->hope;
	if (kind == TAKE_ANY)
		lane->hope = MESSAGE_BULK;
	max = max > 0 ? max : paced_promised(outbound, lane->partition);
	lane->busy = true;
	lane->kind = kind;
	lane->asked = max;
	outbound->sifting += lane->sifts && kind == TAKE_ANY;
	if (kind == TAKE_URGENT)
		outbound->urgent += max;
	outbound->asked += max;
	bus_args_call(arguments, "mt_take", outbound->setup.store->tag[lane->partition]);
	bus_args_field_text(arguments, "carrier", outbound->setup.carrier->name);
	bus_args_field_text(arguments, "run", bus_run(outbound->setup.store->bus));
	outbound_put_tenure(outbound, arguments);
	bus_args_field_integer(arguments, "now", (int64_t)clock_unix_ms());
	bus_args_field_integer(arguments, "max", max);
	bus_args_field_text(arguments, "ahead", job_ahead(outbound->setup.carrier));
	bus_args_field_text(arguments, "paces", "1");
	if (kind == TAKE_URGENT)
		bus_args_field_text(arguments, "urgent", "1");
	if (kind == TAKE_PACED)
		bus_args_field_text(arguments, "only", "1");
	if (lane->asks_all)
		bus_args_field_text(arguments, "all", "1");
	lane->asks_all = false;
	paced_put(outbound, lane->partition, arguments);
	bus_args_send(arguments, outbound->setup.store->bus, on_taken, lane);
}

static void recover_one(struct outbound *outbound, struct lane *lane, const struct bus_reply *entry)
{
	bool removed = outbound->setup.carrier->binds == 0; /* else there is one at least */
	const char *why = removed ? "carrier_removed" : "gateway_restarted";
	struct job *job;

	if (jobs_by_id(&outbound->jobs, bus_reply_span(bus_reply_at(entry, 0))))
		return;
	job = job_of(outbound, lane->partition, entry);
	if (!job)
		return;
	metric_add(outbound->setup.counters->recovered, 1);
	job_mark_done(job, bus_reply_span(bus_reply_at(entry, 3)));
	job_mark_resubmits(job, bus_reply_span(bus_reply_at(entry, 5)));
	for (unsigned i = 0; lane->recovery == RECOVERY_FIRST && i < job->submits; i++) {
		if (job->parts[i].state == PART_WAITING)
			submit_unknown(outbound, job, i, why);
	}
	submit_settle(outbound, job);
}

static void on_recovered(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct lane *lane = context;
	struct outbound *outbound = lane->outbound;

	(void)bus;
	lane->busy = false;
	outbound_stir(outbound);
	if (bus_reply_type(reply) != BUS_ARRAY) {
		outbound_refused(outbound, "mt_recover", reply);
		lane->not_before_ms = clock_ms() + RECOVER_MS;
		return;
	}
	for (size_t i = 0; i < bus_reply_count(reply); i++)
		recover_one(outbound, lane, bus_reply_at(reply, i));
	lane->recovery = RECOVERY_DONE;
	for (struct job *job = outbound->jobs.first, *next; job; job = next) {
		next = job->next;
		if (job->over && job->partition == lane->partition)
			submit_settle(outbound, job);
	}
}

bool outbound_recovers(const struct outbound *outbound, unsigned partition)
{
	return outbound->lanes[partition].recovery != RECOVERY_DONE;
}

bool outbound_is_recovered(const struct outbound *outbound)
{
	for (unsigned i = 0; i < outbound->setup.store->partitions; i++) {
		if (outbound_recovers(outbound, i))
			return false;
	}
	return true;
}

void outbound_ask_recover(struct lane *lane)
{
	struct outbound *outbound = lane->outbound;
	struct bus_args *arguments = outbound->arguments;

	lane->busy = true;
	/* It waits for results that are in Redis, so ours have to be there. */
	store_flush(outbound->setup.store, lane->partition);
	bus_args_call(arguments, "mt_recover", outbound->setup.store->tag[lane->partition]);
	bus_args_field_text(arguments, "carrier", outbound->setup.carrier->name);
	bus_args_field_text(arguments, "run", bus_run(outbound->setup.store->bus));
	outbound_put_tenure(outbound, arguments);
	bus_args_send(arguments, outbound->setup.store->bus, on_recovered, lane);
}

static void wait_for_pace(struct outbound *outbound, uint64_t now_ms)
{
	const struct settings_carrier *carrier = outbound->setup.carrier;

	if (carrier->throughput && throttle_room(&outbound->throttle, now_ms) == 0)
		outbound_later(outbound, throttle_due_ms(&outbound->throttle, now_ms));
	for (unsigned i = 0; carrier->bind_throughput && i < carrier->binds; i++) {
		struct throttle *throttle = &outbound->bind_throttles[i];
		if (throttle_room(throttle, now_ms) == 0)
			outbound_later(outbound, throttle_due_ms(throttle, now_ms));
	}
}

static void pump(void *context)
{
	struct outbound *outbound = context;
	struct ev_loop *loop = outbound->setup.turn->loop;
	uint64_t now_ms = clock_ms();
	unsigned room, ordinary; /* segments; takes under way of anything */

	ev_timer_stop(loop, &outbound->timer);
	outbound->again_ms = UINT64_MAX;
	if (!bus_is_ready(outbound->setup.store->bus))
		return;
	results_again(&outbound->results);
	if (!outbound_is_ours(outbound))
		return; /* until it is (again), which stirs */
	if (now_ms >= outbound->polled_ms + POLL_MS) {
		outbound->polled_ms = now_ms;
		outbound_wake(outbound, UINT32_MAX, MESSAGE_INTERACTIVE);
		if (!outbound->stopping)
			asks_take(&outbound->asks);
	}
	outbound_later(outbound, outbound->polled_ms + POLL_MS);
	outbound_later(outbound, reroute_stranded(outbound, now_ms));
	if (outbound->stopping)
		reroute_back(outbound, outbound->ending, now_ms);
	paced_tell(outbound, now_ms);
	room = queue_pump(outbound, submit_room(outbound, now_ms), now_ms);
	ordinary = outbound->asked - outbound->urgent;
	/* Without room, too: a lane that recovers needs none. */
	lanes_pump(outbound, room > ordinary ? room - ordinary : 0, now_ms);
	wait_for_pace(outbound, now_ms);
	ev_timer_set(&outbound->timer,
		     outbound->again_ms > now_ms ? (double)(outbound->again_ms - now_ms) / 1000.
						 : 0.001,
		     0.);
	ev_timer_start(loop, &outbound->timer);
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	outbound_stir(timer->data);
}

/* Full at first; what was taken before other settings came stays taken. */
static void fill_buckets(struct outbound *outbound)
{
	const struct settings_carrier *carrier = outbound->setup.carrier;
	uint64_t now_ms = clock_ms();

	throttle_change(&outbound->throttle, carrier->throughput, carrier->throughput_burst,
			now_ms);
	for (unsigned i = 0; i < SETTINGS_BINDS_MAX; i++)
		throttle_change(&outbound->bind_throttles[i], carrier->bind_throughput,
				carrier->bind_throughput_burst, now_ms);
	sources_change(&outbound->sources, *outbound->setup.settings, now_ms);
	paced_change(outbound);
}

void outbound_init(struct outbound *outbound, const struct outbound_setup *setup)
{
	*outbound = (struct outbound){.setup = *setup,
				      .pump = {.run = pump, .context = outbound},
				      .again_ms = UINT64_MAX};
	outbound->lanes = memory_array(setup->store->partitions, sizeof(*outbound->lanes));
	for (unsigned i = 0; i < setup->store->partitions; i++)
		outbound->lanes[i] =
			(struct lane){.outbound = outbound, .partition = i, .hope = MESSAGE_BULK};
	paced_init(outbound);
	asks_init(&outbound->asks, outbound);
	outbound->arguments = memory_array(1, sizeof(*outbound->arguments));
	bus_args_init(outbound->arguments);
	outbound->scratch = memory_array(1, sizeof(*outbound->scratch));
	jobs_init(&outbound->jobs);
	results_init(&outbound->results, setup->store);
	fill_buckets(outbound);
	ev_init(&outbound->timer, on_timer);
	outbound->timer.data = outbound;
}

void outbound_finish(struct outbound *outbound)
{
	ev_timer_stop(outbound->setup.turn->loop, &outbound->timer);
	turn_forget(outbound->setup.turn, &outbound->pump);
	jobs_finish(&outbound->jobs);
	results_finish(&outbound->results);
	sources_finish(&outbound->sources);
	paced_finish(outbound);
	bus_args_finish(outbound->arguments);
	free(outbound->arguments);
	free(outbound->scratch);
	free(outbound->lanes);
}

void outbound_ready(struct outbound *outbound)
{
	paced_forget(outbound);
	for (unsigned i = 0; i < outbound->setup.store->partitions; i++) {
		struct lane *lane = &outbound->lanes[i];
		lane_want(lane, TAKE_ANY);
		lane->not_before_ms = 0;
		if (lane->recovery == RECOVERY_DONE)
			lane->recovery = RECOVERY_AGAIN;
	}
	outbound_stir(outbound);
}

void outbound_yield(struct outbound *outbound)
{
	for (struct job *job = outbound->jobs.first, *next; job; job = next) {
		next = job->next;
		job->yielded = true;
		submit_drop(outbound, job);
	}
	outbound_stir(outbound);
}

void outbound_begin(struct outbound *outbound)
{
	outbound_yield(outbound);
	paced_forget(outbound);
	for (unsigned i = 0; i < outbound->setup.store->partitions; i++)
		outbound->lanes[i].recovery = RECOVERY_FIRST;
	outbound_wake(outbound, UINT32_MAX, MESSAGE_INTERACTIVE);
}

void outbound_wake(struct outbound *outbound, unsigned partition, enum message_class class)
{
	unsigned partitions = outbound->setup.store->partitions;
	bool all = partition >= partitions;

	for (unsigned i = 0; i < partitions; i++) {
		struct lane *lane = &outbound->lanes[i];
		if (partition != i && !all)
			continue;
		lane->wanted[TAKE_ANY] = true;
		lane->wanted[TAKE_URGENT] |= class == MESSAGE_INTERACTIVE;
		/* It may have been what is below it that was held back. */
		if (class == MESSAGE_INTERACTIVE && lane->held_ms)
			lane->not_before_ms = 0;
		lane->asks_all |= all;
		lane_hope(lane, all ? MESSAGE_BULK : class);
		paced_stir(outbound, i);
	}
	outbound_stir(outbound);
}

void outbound_stir(struct outbound *outbound)
{
	if (!outbound->halted)
		turn_defer(outbound->setup.turn, &outbound->pump);
}

void outbound_stop(struct outbound *outbound)
{
	outbound->stopping = outbound->ending = true;
	outbound_stir(outbound);
}

void outbound_hold(struct outbound *outbound, enum outbound_hold hold)
{
	outbound->stopping = hold != OUTBOUND_GOES;
	outbound->ending = hold == OUTBOUND_ENDS;
	outbound_stir(outbound);
}

void outbound_change(struct outbound *outbound)
{
	fill_buckets(outbound);
	for (struct job *job = outbound->jobs.first; job; job = job->next)
		job->source = sources_find(&outbound->sources, job->message.mt.ours);
	outbound_stir(outbound);
}

void outbound_halt(struct outbound *outbound)
{
	outbound->halted = true;
	ev_timer_stop(outbound->setup.turn->loop, &outbound->timer);
	turn_forget(outbound->setup.turn, &outbound->pump);
}

bool outbound_is_idle(const struct outbound *outbound)
{
	if (outbound->asked || outbound->diverting || outbound->asks.taking ||
	    !results_are_written(&outbound->results))
		return false;
	for (const struct job *job = outbound->jobs.first; job; job = job->next) {
		if (!job->over)
			return false;
	}
	return true;
}
