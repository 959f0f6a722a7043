/* Asks Redis for work: takes, checks, recovers. */
#include "gateway/outbound.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "gateway/clock.h"
#include "gateway/outbound_internal.h"
#include "gateway/reroute.h"
#include "gateway/store.h"

#define POLL_MS 1000	     /* a wake-up that was lost costs no more than this */
#define HELD_BACK_MAX_MS 320 /* while the router does not come round to it */
#define HELD_BACK_MS 5	     /* the router has something of that customer to apply first */
#define RECOVER_MS 100	     /* the router has results to apply first */
#define TROUBLE_MS 1000	     /* Redis said no */
#define REMEMBERED_MAX 1000  /* jobs that are over and may still get a late answer */
#define PATIENT_MS 500	     /* a job that waits longer than that for its next attempt */
#define PATIENT_MAX 1000     /* such jobs that do not count among those under way */
#define JOBS_PER_SLOT 4	     /* jobs kept for each slot of a window */
#define FRUITLESS_MS 1000    /* what a look past the numbers that wait here found nothing for */

enum recovery {
	RECOVERY_FIRST, /* we have just begun: what is in flight may have been written */
	RECOVERY_AGAIN, /* a reply of mt_take may have been lost: nothing unknown was written */
	RECOVERY_DONE,
};

struct lane {
	struct outbound *outbound;
	unsigned partition;
	bool wanted; /* something may wait here */
	bool busy;   /* a take or a recovery is under way */
	unsigned asked;
	/* The numbers past which a take last looked without finding anything, and until when that
	 * is believed: such a look goes through much of the stream. */
	uint64_t looking_past, fruitless, fruitless_until_ms;
	enum recovery recovery;
	uint64_t not_before_ms;
	unsigned held_ms; /* how long the next answer of "held back" makes it wait */
};

/* A check under way. The job outlives it: it is not dropped while `checking`. */
struct check {
	struct outbound *outbound;
	struct job *job;
};

static void later(struct outbound *outbound, uint64_t due_ms)
{
	if (due_ms < outbound->again_ms)
		outbound->again_ms = due_ms;
}

static void log_refusal(const struct outbound *outbound, const char *function,
			const struct bus_reply *reply)
{
	struct span why = bus_reply_span(reply);

	log_event(LOG_ERROR, "redis_refused", "carrier=%s function=%s why=%.*s",
		  outbound->setup.carrier->name, function, (int)why.length, (const char *)why.at);
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

/* A router that is behind, or gone, is asked about less and less often. `held_ms` is how long this
 * time, 0 for the first. */
static uint64_t held_until_ms(unsigned *held_ms)
{
	unsigned wait_ms = *held_ms ? *held_ms : HELD_BACK_MS;

	*held_ms = wait_ms * 2 > HELD_BACK_MAX_MS ? HELD_BACK_MAX_MS : wait_ms * 2;
	return clock_ms() + wait_ms;
}

static void on_taken(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct lane *lane = context;
	struct outbound *outbound = lane->outbound;
	int64_t status = bus_reply_integer(bus_reply_at(reply, 0));

	(void)bus;
	outbound->asked -= lane->asked;
	lane->asked = 0;
	lane->busy = false;
	outbound_stir(outbound);
	if (bus_reply_type(reply) != BUS_ARRAY) {
		if (bus_reply_type(reply) == BUS_ERROR)
			log_refusal(outbound, "mt_take", reply);
		lane->wanted = true;
		lane->not_before_ms = clock_ms() + TROUBLE_MS;
		return;
	}
	if (status != 0)
		lane->wanted = true;
	if (status == 2 && bus_reply_count(reply) == 1)
		lane->not_before_ms = held_until_ms(&lane->held_ms);
	else
		lane->held_ms = 0;
	if (status == 3) {
		lane->fruitless = lane->looking_past;
		lane->fruitless_until_ms = clock_ms() + FRUITLESS_MS;
	}
	for (size_t i = 1; i < bus_reply_count(reply); i++) {
		struct job *job = job_of(outbound, lane->partition, bus_reply_at(reply, i));
		metric_add(outbound->setup.counters->taken, 1);
		if (job && job->submits > 1)
			remember_cut(outbound, job);
		if (job)
			submit_job(outbound, job);
	}
	submit_burst(outbound);
}

static void ask_take(struct outbound *outbound, struct lane *lane, unsigned max)
{
	struct bus_args *arguments = outbound->arguments;

	lane->wanted = false;
	lane->busy = true;
	lane->asked = max;
	lane->looking_past = outbound->full_print;
	outbound->asked += max;
	bus_args_call(arguments, "mt_take", outbound->setup.store->tag[lane->partition]);
	bus_args_field_text(arguments, "carrier", outbound->setup.carrier->name);
	bus_args_field_text(arguments, "run", bus_run(outbound->setup.store->bus));
	bus_args_field_integer(arguments, "now", (int64_t)clock_unix_ms());
	bus_args_field_integer(arguments, "max", max);
	bus_args_field_text(arguments, "ahead", job_ahead(outbound->setup.carrier));
	if (outbound->full_count)
		bus_args_field_text(arguments, "full", outbound->full);
	bus_args_send(arguments, outbound->setup.store->bus, on_taken, lane);
}

static void on_checked(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct check *check = context;
	struct outbound *outbound = check->outbound;
	struct job *job = check->job;

	(void)bus;
	free(check);
	job->checking = false;
	outbound_stir(outbound);
	if (bus_reply_type(reply) != BUS_INTEGER) {
		if (bus_reply_type(reply) == BUS_ERROR)
			log_refusal(outbound, "mt_check", reply);
		job->not_before_ms = clock_ms() + TROUBLE_MS;
		submit_settle(outbound, job);
	} else if (bus_reply_integer(reply) == 0) {
		submit_forget(outbound, job);
	} else if (bus_reply_integer(reply) == 1) {
		job->held_ms = 0;
		submit_job(outbound, job);
		submit_burst(outbound);
	} else {
		job->not_before_ms = held_until_ms(&job->held_ms);
		submit_settle(outbound, job);
	}
}

static void ask_check(struct outbound *outbound, struct job *job)
{
	struct bus_args *arguments = outbound->arguments;
	struct check *check = memory_array(1, sizeof(*check));

	*check = (struct check){outbound, job};
	job->checking = true;
	if (job->bind)
		outbound->spoken[job->bind->setup.index] += job->waiting;
	bus_args_call(arguments, "mt_check", outbound->setup.store->tag[job->partition]);
	bus_args_field_text(arguments, "carrier", outbound->setup.carrier->name);
	bus_args_field_text(arguments, "run", bus_run(outbound->setup.store->bus));
	bus_args_field(arguments, "id", job->message.mt.id);
	bus_args_field_integer(arguments, "now", (int64_t)clock_unix_ms());
	bus_args_field_text(arguments, "ahead", job_ahead(outbound->setup.carrier));
	bus_args_send(arguments, outbound->setup.store->bus, on_checked, check);
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
		if (bus_reply_type(reply) == BUS_ERROR)
			log_refusal(outbound, "mt_recover", reply);
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

static void ask_recover(struct outbound *outbound, struct lane *lane)
{
	struct bus_args *arguments = outbound->arguments;

	lane->busy = true;
	bus_args_call(arguments, "mt_recover", outbound->setup.store->tag[lane->partition]);
	bus_args_field_text(arguments, "carrier", outbound->setup.carrier->name);
	bus_args_field_text(arguments, "run", bus_run(outbound->setup.store->bus));
	bus_args_send(arguments, outbound->setup.store->bus, on_recovered, lane);
}

static void forget_oldest(struct outbound *outbound)
{
	struct job *job = outbound->jobs.first;

	while (job && (!job->over || job->checking))
		job = job->next;
	if (job)
		jobs_remove(&outbound->jobs, &job);
}

/* Notes a job that waits, or is being checked, with its number, so that no more of that number is
 * taken meanwhile. False where its number has no pace of its own. */
static bool note_source(struct outbound *outbound, const struct job *job)
{
	struct source *source = job->source;
	size_t length = strlen(outbound->full);

	if (!source || source->throttle.rate == 0)
		return false;
	if (source->pass != outbound->pass) {
		source->pass = outbound->pass;
		source->waiting = source->granted = 0;
	}
	if (source->waiting++ == 0 && length + ADDRESS_MAX + 2 < sizeof(outbound->full)) {
		snprintf(outbound->full + length, sizeof(outbound->full) - length, "%s%s",
			 length ? "|" : "", source->address);
		outbound->full_count++;
		outbound->full_print ^= source->print;
	}
	if (job->checking)
		source->granted += job->waiting;
	return true;
}

/* Whether a job has to wait for its number's own pace. */
static bool waits_for_number(struct outbound *outbound, struct job *job, uint64_t now_ms)
{
	struct source *source = job->source;

	if (!note_source(outbound, job))
		return false;
	if (source->granted >= throttle_room(&source->throttle, now_ms)) {
		later(outbound, throttle_due_ms(&source->throttle, now_ms + 1));
		return true;
	}
	source->granted += job->waiting;
	return false;
}

/* What waits for its second chance goes before what is new. Returns the room that is left, none
 * when enough is under way. */
static unsigned pump_jobs(struct outbound *outbound, unsigned room, uint64_t now_ms)
{
	const struct settings_carrier *carrier = outbound->setup.carrier;
	unsigned live = 0, patient = 0;

	outbound->pass++;
	outbound->full_count = 0;
	outbound->full_print = 0;
	outbound->full[0] = '\0';
	memset(outbound->spoken, 0, sizeof(outbound->spoken));
	for (struct job *job = outbound->jobs.first, *next; job; job = next) {
		next = job->next;
		live += !job->over;
		if (job->refused && !job->checking && job->not_before_ms <= now_ms) {
			reroute_refused(outbound, job);
			continue;
		}
		if (job->waiting && job->checking)
			live -= note_source(outbound, job);
		if (job->waiting == 0 || job->checking || job->refused)
			continue;
		if (submit_expire(outbound, job)) {
			submit_settle(outbound, job);
		} else if (job->not_before_ms <= now_ms && !submit_may_go(outbound, job, now_ms)) {
			continue; /* until its bind has room, which stirs: others may go by others
				   */
		} else if (waits_for_number(outbound, job, now_ms)) {
			live--;
		} else if (job->not_before_ms > now_ms) {
			later(outbound, job->not_before_ms);
			patient += job->not_before_ms > now_ms + PATIENT_MS;
		} else if (room > 0) {
			ask_check(outbound, job);
			room -= job->waiting < room ? job->waiting : room;
		}
	}
	if (outbound->jobs.count > live + REMEMBERED_MAX)
		forget_oldest(outbound);
	/* A few numbers that keep failing must not stand in the way of everybody else's messages.
	 */
	live -= patient < PATIENT_MAX ? patient : PATIENT_MAX;
	if (live + outbound->asked >= carrier->binds * carrier->window * JOBS_PER_SLOT)
		return 0;
	return room;
}

static bool lane_is_open(struct lane *lane, uint64_t now_ms)
{
	struct outbound *outbound = lane->outbound;

	if (lane->busy)
		return false;
	if (lane->not_before_ms > now_ms) {
		if (lane->wanted || lane->recovery != RECOVERY_DONE)
			later(outbound, lane->not_before_ms);
		return false;
	}
	if (lane->recovery != RECOVERY_DONE) {
		ask_recover(outbound, lane);
		return false;
	}
	if (!lane->wanted || outbound->stopping)
		return false;
	if (outbound->full_count && lane->fruitless == outbound->full_print &&
	    lane->fruitless_until_ms > now_ms) {
		later(outbound, lane->fruitless_until_ms);
		return false;
	}
	return true;
}

/* The room is shared out among the partitions that may have something, beginning behind the one
 * that was asked last. */
static void pump_lanes(struct outbound *outbound, unsigned room, uint64_t now_ms)
{
	unsigned partitions = outbound->setup.store->partitions, open = 0, first;

	for (unsigned i = 0; i < partitions; i++)
		open += lane_is_open(&outbound->lanes[i], now_ms);
	room = room > outbound->asked ? room - outbound->asked : 0;
	first = outbound->cursor;
	for (unsigned i = 0; i < partitions && open > 0 && room > 0; i++) {
		struct lane *lane = &outbound->lanes[(first + i) % partitions];
		unsigned share;
		if (lane->busy || !lane_is_open(lane, now_ms))
			continue;
		share = (room + open - 1) / open;
		ask_take(outbound, lane, share);
		outbound->cursor = (lane->partition + 1) % partitions;
		room -= share;
		open--;
	}
}

static void wait_for_pace(struct outbound *outbound, uint64_t now_ms)
{
	const struct settings_carrier *carrier = outbound->setup.carrier;

	if (carrier->throughput && throttle_room(&outbound->throttle, now_ms) == 0)
		later(outbound, throttle_due_ms(&outbound->throttle, now_ms));
	for (unsigned i = 0; carrier->bind_throughput && i < carrier->binds; i++) {
		struct throttle *throttle = &outbound->bind_throttles[i];
		if (throttle_room(throttle, now_ms) == 0)
			later(outbound, throttle_due_ms(throttle, now_ms));
	}
}

static void pump(void *context)
{
	struct outbound *outbound = context;
	struct ev_loop *loop = outbound->setup.turn->loop;
	uint64_t now_ms = clock_ms();
	unsigned room;

	ev_timer_stop(loop, &outbound->timer);
	outbound->again_ms = UINT64_MAX;
	if (!bus_is_ready(outbound->setup.store->bus))
		return;
	results_again(&outbound->results);
	if (now_ms >= outbound->polled_ms + POLL_MS) {
		outbound->polled_ms = now_ms;
		outbound_wake(outbound, UINT32_MAX);
		if (!outbound->stopping)
			asks_take(&outbound->asks);
	}
	later(outbound, outbound->polled_ms + POLL_MS);
	later(outbound, reroute_stranded(outbound, now_ms));
	if (outbound->stopping)
		reroute_back(outbound);
	room = pump_jobs(outbound, submit_room(outbound, now_ms), now_ms);
	pump_lanes(outbound, room, now_ms);
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
}

void outbound_init(struct outbound *outbound, const struct outbound_setup *setup)
{
	*outbound = (struct outbound){.setup = *setup,
				      .pump = {.run = pump, .context = outbound},
				      .again_ms = UINT64_MAX};
	outbound->lanes = memory_array(setup->store->partitions, sizeof(*outbound->lanes));
	for (unsigned i = 0; i < setup->store->partitions; i++)
		outbound->lanes[i] = (struct lane){.outbound = outbound, .partition = i};
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
	bus_args_finish(outbound->arguments);
	free(outbound->arguments);
	free(outbound->scratch);
	free(outbound->lanes);
}

void outbound_ready(struct outbound *outbound)
{
	for (unsigned i = 0; i < outbound->setup.store->partitions; i++) {
		struct lane *lane = &outbound->lanes[i];
		lane->wanted = true;
		lane->not_before_ms = 0;
		if (lane->recovery == RECOVERY_DONE)
			lane->recovery = RECOVERY_AGAIN;
	}
	outbound_stir(outbound);
}

void outbound_wake(struct outbound *outbound, unsigned partition)
{
	unsigned partitions = outbound->setup.store->partitions;

	for (unsigned i = 0; i < partitions; i++) {
		if (partition == i || partition >= partitions)
			outbound->lanes[i].wanted = true;
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
	outbound->stopping = true;
	outbound_stir(outbound);
}

void outbound_hold(struct outbound *outbound, bool held)
{
	outbound->stopping = held;
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
