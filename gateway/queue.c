/* What was taken and waits: which of it may go now is asked of Redis, by mt_check. */
#include "gateway/queue.h"

#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "gateway/clock.h"
#include "gateway/outbound_internal.h"
#include "gateway/reroute.h"
#include "gateway/store.h"

#define REMEMBERED_MAX 1000 /* jobs that are over and may still get a late answer */
#define PATIENT_MS 500	    /* a job that waits longer than that for its next attempt */
#define PATIENT_MAX 1000    /* such jobs that do not count among those under way */
#define JOBS_PER_SLOT 4	    /* jobs kept for each slot of a window */

/* A check under way. The job outlives it: it is not dropped while `checking`. */
struct check {
	struct outbound *outbound;
	struct job *job;
};

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
		outbound_refused(outbound, "mt_check", reply);
		job->not_before_ms = clock_ms() + OUTBOUND_TROUBLE_MS;
		submit_settle(outbound, job);
	} else if (bus_reply_integer(reply) == 0) {
		submit_forget(outbound, job);
	} else if (bus_reply_integer(reply) == 1) {
		job->held_ms = 0;
		submit_job(outbound, job);
		submit_burst(outbound);
	} else {
		job->not_before_ms = outbound_held_until_ms(&job->held_ms);
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
	outbound_put_tenure(outbound, arguments);
	bus_args_field(arguments, "id", job->message.mt.id);
	bus_args_field_integer(arguments, "now", (int64_t)clock_unix_ms());
	bus_args_field_text(arguments, "ahead", job_ahead(outbound->setup.carrier));
	/* The router knows nothing of what is in a window, and may have to apply what was answered.
	 */
	if (job->waiting < job->submits)
		bus_args_field_text(arguments, "begun", "1");
	bus_args_send(arguments, outbound->setup.store->bus, on_checked, check);
}

static void forget_oldest(struct outbound *outbound)
{
	struct job *job = outbound->jobs.first;

	while (job && (!job->over || job->checking))
		job = job->next;
	if (job)
		jobs_remove(&outbound->jobs, &job);
}

/* Notes a job that waits or is being checked, with its number. False where that has no pace of its
 * own. */
static bool note_source(struct outbound *outbound, const struct job *job)
{
	struct source *source = job->source;

	if (!source || source->throttle.rate == 0)
		return false;
	source_note(source, outbound->pass, job->waiting);
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
		outbound_later(outbound, throttle_due_ms(&source->throttle, now_ms + 1));
		return true;
	}
	source->granted += job->waiting;
	return false;
}

static bool waits(const struct job *job)
{
	return job->waiting && !job->checking && !job->refused && !job->yielded;
}

/* How much of each class waits for nothing but a slot; no more of one than is looked at of it. */
static void count_ready(struct outbound *outbound, unsigned room, uint64_t now_ms)
{
	unsigned *ready = outbound->ready, enough = room / SHARE_SLOTS + 2;
	const struct job *last = outbound->jobs.last;

	memset(outbound->ready, 0, sizeof(outbound->ready));
	if (!last || last->message.mt.class == MESSAGE_INTERACTIVE)
		return; /* it shares with nobody */
	for (struct job *job = outbound->jobs.first; job; job = job->next) {
		if (ready[job->message.mt.class] < enough && waits(job) &&
		    job->not_before_ms <= now_ms && submit_may_go(outbound, job, now_ms) &&
		    (!job->source || throttle_room(&job->source->throttle, now_ms) > 0))
			ready[job->message.mt.class] += job->waiting;
	}
}

struct walk {
	struct outbound *outbound;
	struct job *next;
	uint64_t now_ms;
	unsigned live, patient; /* of the jobs seen: not over; to be tried again much later */
};

/* Sees to one job, and asks about it where it may go and there is room. Returns how much of the
 * room that takes. */
static unsigned walk_job(struct walk *walk, struct job *job, unsigned room)
{
	struct outbound *outbound = walk->outbound;
	uint64_t now_ms = walk->now_ms;

	walk->live += !job->over;
	if (job->refused && !job->checking && job->not_before_ms <= now_ms) {
		reroute_refused(outbound, job);
		return 0;
	}
	if (job->waiting && job->checking)
		walk->live -= note_source(outbound, job);
	if (!waits(job))
		return 0;
	if (submit_expire(outbound, job)) {
		submit_settle(outbound, job);
	} else if (job->not_before_ms > now_ms) {
		outbound_later(outbound, job->not_before_ms);
		walk->patient += job->not_before_ms > now_ms + PATIENT_MS;
	} else if (!submit_may_go(outbound, job, now_ms)) {
		return 0; /* until its bind has room, which stirs: others may go by others */
	} else if (waits_for_number(outbound, job, now_ms)) {
		walk->live--;
	} else if (room > 0) {
		ask_check(outbound, job);
		return job->waiting < room ? job->waiting : room;
	}
	return 0;
}

/* The jobs of one class, which stand behind those of a higher one. Returns how much of the room
 * they take. */
static unsigned walk_class(struct walk *walk, enum message_class class, unsigned room)
{
	unsigned given = 0;

	while (walk->next && walk->next->message.mt.class == class) {
		struct job *job = walk->next;
		walk->next = job->next;
		given += walk_job(walk, job, room - given);
	}
	return given;
}

static void begin_pass(struct outbound *outbound)
{
	outbound->pass++;
	memset(outbound->spoken, 0, sizeof(outbound->spoken));
}

unsigned queue_pump(struct outbound *outbound, unsigned room, uint64_t now_ms)
{
	const struct settings_carrier *carrier = outbound->setup.carrier;
	struct walk walk = {outbound, outbound->jobs.first, now_ms, 0, 0};

	begin_pass(outbound);
	count_ready(outbound, room, now_ms);
	for (unsigned class = 0; class < MESSAGE_CLASS_COUNT; class ++) {
		unsigned allowed = share_of(&outbound->share, class, room, outbound->ready);
		unsigned given = walk_class(&walk, class, allowed);
		share_gave(&outbound->share, class, given, outbound->ready);
		room -= given;
		/* What of the highest waits in Redis goes before what of the others waits here. */
		if (class == MESSAGE_INTERACTIVE)
			room -= outbound_take_urgent(outbound, allowed - given, walk.next, now_ms);
	}
	if (outbound->jobs.count > walk.live + REMEMBERED_MAX)
		forget_oldest(outbound);
	/* A few numbers that keep failing must not stand in the way of everybody else's messages.
	 */
	walk.live -= walk.patient < PATIENT_MAX ? walk.patient : PATIENT_MAX;
	if (walk.live + outbound->asked >= carrier->binds * carrier->window * JOBS_PER_SLOT)
		return 0;
	return room;
}
