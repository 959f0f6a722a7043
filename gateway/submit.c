/* From a job's segments to the binds' windows, and from the answers to results. */
#include <errno.h>
#include <string.h>

#include "config/log.h"
#include "gateway/clock.h"
#include "gateway/outbound_internal.h"
#include "gateway/reroute.h"
#include "gateway/retry.h"

static void count_outcome(const struct outbound_counters *counters, enum message_outcome outcome)
{
	struct metric *const by_outcome[] = {
		[MESSAGE_SENT] = counters->sent,
		[MESSAGE_FAILED] = counters->failed,
		[MESSAGE_UNKNOWN] = counters->unknown,
		[MESSAGE_RESENT] = counters->resent,
	};

	metric_add(by_outcome[outcome], 1);
}

void submit_tell(struct outbound *outbound, const struct job *job, unsigned part,
		 const struct verdict *verdict)
{
	const struct message_mt *mt = &job->message.mt;
	const struct message_result result = {
		.id = mt->id,
		.carrier = span_text(outbound->setup.carrier->name),
		.bind = verdict->bind,
		.segment = (uint16_t)part,
		.segments = (uint16_t)job->submits,
		.outcome = verdict->outcome,
		.status = verdict->status,
		.smsc_id = verdict->smsc_id,
		.reason = span_text(verdict->reason),
		.submitted_ms = job->parts[part].submitted_ms,
		.schedule_ms = job->parts[part].scheduled ? mt->schedule_ms : 0,
		.answered_ms = verdict->answered_ms,
	};

	count_outcome(outbound->setup.counters, verdict->outcome);
	if (verdict->outcome != MESSAGE_SENT)
		log_event(LOG_INFO, "not_sent",
			  "carrier=%s bind=%u id=%s segment=%u outcome=%d status=0x%08X reason=%s",
			  outbound->setup.carrier->name, verdict->bind, job->id, part,
			  (int)verdict->outcome, verdict->status,
			  verdict->reason ? verdict->reason : "");
	results_put(&outbound->results, job->partition, mt->customer, &result);
}

void submit_unsendable(struct outbound *outbound, unsigned partition, struct span id,
		       const char *reason)
{
	const struct message_result result = {
		.id = id,
		.carrier = span_text(outbound->setup.carrier->name),
		.segments = 1,
		.outcome = MESSAGE_FAILED,
		.reason = span_text(reason),
	};

	metric_add(outbound->setup.counters->unsendable, 1);
	log_event(LOG_ERROR, "unsendable", "carrier=%s id=%.*s reason=%s",
		  outbound->setup.carrier->name, (int)id.length, (const char *)id.at, reason);
	results_put(&outbound->results, partition, (struct span){NULL, 0}, &result);
}

void submit_settle(struct outbound *outbound, struct job *job)
{
	if (job->waiting || job->flying || job->refused)
		return;
	if (!job->over) {
		job->over = true;
		outbound_stir(outbound);
	}
	if (job->checking)
		return;
	if (!job->timed_out && (job->yielded || !outbound_recovers(outbound, job->partition)))
		jobs_remove(&outbound->jobs, &job);
}

static void forget_parts(struct job *job)
{
	for (unsigned i = 0; i < job->submits; i++) {
		if (job->parts[i].state == PART_WAITING || job->parts[i].state == PART_REFUSED)
			job_set(job, i, PART_DONE);
	}
}

void submit_drop(struct outbound *outbound, struct job *job)
{
	forget_parts(job);
	submit_settle(outbound, job);
}

void submit_forget(struct outbound *outbound, struct job *job)
{
	metric_add(outbound->setup.counters->ended, 1);
	submit_drop(outbound, job);
}

void submit_rerouted(struct outbound *outbound, struct job *job)
{
	const struct message_result result = {
		.id = job->message.mt.id,
		.carrier = span_text(outbound->setup.carrier->name),
		.bind = job->bind ? job->bind->setup.index : 0,
		.segments = (uint16_t)job->submits,
		.outcome = MESSAGE_RESENT,
		.status = job->refusal,
		.reason = span_text("rerouted"),
		.answered_ms = clock_unix_ms(),
	};

	results_put(&outbound->results, job->partition, job->message.mt.customer, &result);
	forget_parts(job);
}

/* A message of which one segment was refused cannot be whole any more. */
static void fail_rest(struct outbound *outbound, struct job *job)
{
	const struct verdict verdict = {.outcome = MESSAGE_FAILED, .reason = "segment_failed"};

	for (unsigned i = 0; i < job->submits; i++) {
		if (job->parts[i].state != PART_WAITING)
			continue;
		submit_tell(outbound, job, i, &verdict);
		job_set(job, i, PART_DONE);
	}
}

void submit_end_part(struct outbound *outbound, struct job *job, unsigned part,
		     const struct verdict *verdict)
{
	struct verdict last = *verdict;

	/* A carrier that has it may refuse it as a repetition: a failure would be final, and the
	 * receipt of the first time be none. */
	if (last.outcome == MESSAGE_FAILED && job->parts[part].unclear) {
		last.outcome = MESSAGE_UNKNOWN;
		last.reason = last.reason ? last.reason : "refused_when_resent";
	}
	if (last.outcome == MESSAGE_SENT || !job->parts[part].accepted)
		submit_tell(outbound, job, part, &last);
	job_set(job, part, PART_DONE);
	job->committed = job->committed || last.outcome != MESSAGE_FAILED;
	if (last.outcome == MESSAGE_FAILED)
		fail_rest(outbound, job);
}

/* Slots of a bind within its own pace. */
static unsigned bind_slots(struct outbound *outbound, const struct bind *bind, uint64_t now_ms)
{
	unsigned room = bind_room(bind, now_ms), allowed;

	if (room == 0)
		return 0;
	allowed = throttle_room(&outbound->bind_throttles[bind->setup.index], now_ms);
	return room < allowed ? room : allowed;
}

unsigned submit_room(struct outbound *outbound, uint64_t now_ms)
{
	unsigned room = 0, allowed = throttle_room(&outbound->throttle, now_ms);

	for (unsigned i = 0; i < outbound->setup.carrier->binds; i++)
		room += bind_slots(outbound, outbound->setup.binds[i], now_ms);
	return room < allowed ? room : allowed;
}

/* All segments of a message go by one bind, as long as that lives. */
static struct bind *choose_bind(struct outbound *outbound, const struct job *job, uint64_t now_ms)
{
	struct bind *best = NULL;
	unsigned most = 0;

	if (job->bind && bind_is_bound(job->bind))
		return bind_slots(outbound, job->bind, now_ms) ? job->bind : NULL;
	for (unsigned i = 0; i < outbound->setup.carrier->binds; i++) {
		unsigned room = bind_slots(outbound, outbound->setup.binds[i], now_ms);
		if (room > most) {
			most = room;
			best = outbound->setup.binds[i];
		}
	}
	return best;
}

bool submit_may_go(struct outbound *outbound, const struct job *job, uint64_t now_ms)
{
	if (!job->bind || !bind_is_bound(job->bind))
		return true;
	return outbound->spoken[job->bind->setup.index] < bind_slots(outbound, job->bind, now_ms);
}

/* Whether the number that the message comes from may send now. */
static bool source_lets(const struct job *job, uint64_t now_ms)
{
	return !job->source || throttle_room(&job->source->throttle, now_ms) > 0;
}

/* Writes one part. False when it, and so those behind it, have to wait. */
static bool submit_part(struct outbound *outbound, struct job *job, unsigned part)
{
	const struct verdict verdict = {.outcome = MESSAGE_FAILED, .reason = "cannot_encode"};
	uint64_t now_ms = clock_ms(), unix_ms = clock_unix_ms();
	struct bind *bind = choose_bind(outbound, job, now_ms);
	bool scheduled;
	struct pdu pdu;
	int error;

	if (!bind || !outbound_is_ours(outbound) ||
	    throttle_room(&outbound->throttle, now_ms) == 0 || !source_lets(job, now_ms))
		return false;
	job->plain = !bind->tlvs;
	error = job_build(job, part, outbound->setup.carrier, outbound->scratch, &pdu);
	job_put_validity(job, outbound->setup.carrier, unix_ms, outbound->scratch, &pdu);
	scheduled =
		job_put_schedule(job, outbound->setup.carrier, unix_ms, outbound->scratch, &pdu);
	if (error == 0)
		error = bind_submit(bind, &pdu, jobs_user(job, part));
	if (error == -EAGAIN)
		return false;
	if (error != 0) {
		submit_end_part(outbound, job, part, &verdict);
		return true;
	}
	throttle_take(&outbound->throttle, 1);
	throttle_take(&outbound->bind_throttles[bind->setup.index], 1);
	if (job->source)
		throttle_take(&job->source->throttle, 1);
	metric_add(outbound->setup.counters->submitted, 1);
	job->bind = bind;
	job->parts[part].attempts++;
	job->parts[part].submitted_ms = unix_ms;
	job->parts[part].scheduled = scheduled;
	job_set(job, part, PART_FLYING);
	return true;
}

bool submit_expire(struct outbound *outbound, struct job *job)
{
	const struct verdict verdict = {.outcome = MESSAGE_FAILED, .reason = "expired"};

	if (clock_unix_ms() < job->deadline_ms)
		return false;
	metric_add(outbound->setup.counters->expired, 1);
	for (unsigned i = 0; i < job->submits; i++) {
		if (job->parts[i].state == PART_WAITING)
			submit_end_part(outbound, job, i, &verdict);
	}
	return true;
}

void submit_job(struct outbound *outbound, struct job *job)
{
	(void)submit_expire(outbound, job);
	for (unsigned i = 0; job->refused == 0 && i < job->submits; i++) {
		if (job->parts[i].state == PART_WAITING && !submit_part(outbound, job, i))
			break;
	}
	submit_settle(outbound, job);
}

void submit_burst(struct outbound *outbound)
{
	for (unsigned i = 0; i < outbound->setup.carrier->binds; i++)
		bind_burst(outbound->setup.binds[i]);
}

/* Whether it may be sent once more: a carrier that delivers and never answers is not to make a copy
 * for every attempt. */
static bool may_resubmit(struct outbound *outbound, const struct job *job, unsigned part,
			 const char *reason)
{
	const struct settings_carrier *carrier = outbound->setup.carrier;
	const struct part *of = &job->parts[part];

	if (of->accepted || job->yielded || job->message.mt.once ||
	    carrier->on_unknown == SETTINGS_HOLD || of->attempts >= carrier->attempts_max)
		return false;
	if (of->resubmits < carrier->resubmits_max)
		return true;
	metric_add(outbound->setup.counters->given_up, 1);
	log_event(LOG_WARN, "given_up", "carrier=%s id=%s segment=%u resubmits=%u why=%s note=%s",
		  carrier->name, job->id, part, of->resubmits, reason,
		  "a person has to see whether it arrived");
	return false;
}

void submit_unknown(struct outbound *outbound, struct job *job, unsigned part, const char *reason)
{
	struct verdict verdict = {.outcome = MESSAGE_UNKNOWN, .reason = reason};

	job->parts[part].unclear = true;
	if (job->bind)
		verdict.bind = job->bind->setup.index;
	if (!may_resubmit(outbound, job, part, reason)) {
		submit_end_part(outbound, job, part, &verdict);
		return;
	}
	verdict.outcome = MESSAGE_RESENT;
	job->parts[part].resubmits++;
	job->committed = true;
	submit_tell(outbound, job, part, &verdict);
	job_set(job, part, PART_WAITING);
}

static void unsent(struct outbound *outbound, struct job *job, unsigned part)
{
	job->parts[part].attempts--;
	job->parts[part].submitted_ms = 0;
	job_set(job, part, PART_WAITING);
	outbound_stir(outbound);
}

/* What the carrier may have taken is not sent again before half as long again has passed, since an
 * answer that is late is far more often on its way than lost. */
static void await_late(const struct outbound *outbound, struct job *job)
{
	uint64_t due_ms = clock_ms() + outbound->setup.carrier->response_timeout_s * 500ull;

	job->timed_out = true;
	if (job->not_before_ms < due_ms)
		job->not_before_ms = due_ms;
}

/* What is to become of a job after an answer, or none. */
static void end_step(struct outbound *outbound, struct job *job)
{
	if (job->yielded) {
		submit_drop(outbound, job);
		return;
	}
	reroute_refused(outbound, job);
	submit_settle(outbound, job);
}

void outbound_lost(struct outbound *outbound, struct bind *bind, uint64_t user, enum bind_lost why)
{
	unsigned part;
	struct job *job = jobs_find(&outbound->jobs, user, &part);

	(void)bind;
	if (asks_lost(&outbound->asks, user))
		return;
	if (!job || job->parts[part].state != PART_FLYING)
		return;
	if (why == BIND_LOST_UNSENT) {
		unsent(outbound, job, part);
		return;
	}
	if (why == BIND_LOST_TIMEOUT)
		await_late(outbound, job);
	submit_unknown(outbound, job, part,
		       why == BIND_LOST_TIMEOUT ? "response_timeout" : "link_lost");
	outbound_stir(outbound);
	end_step(outbound, job);
}

static void again(struct outbound *outbound, struct job *job, unsigned part, uint64_t wait_ms)
{
	uint64_t due_ms = clock_ms() + wait_ms;

	if (job->not_before_ms < due_ms)
		job->not_before_ms = due_ms;
	job_set(job, part, PART_WAITING);
	/* The carrier has nothing of it, so any bind will do that has room first. */
	if (!job->committed && !job->flying)
		job->bind = NULL;
	metric_add(outbound->setup.counters->paused, 1);
}

static void pause_bind(struct bind *bind, uint32_t after_ms)
{
	uint64_t now_ms = clock_ms();

	pace_refused(&bind->pace, now_ms, clock_random());
	if (bind->pace.quiet_until_ms < now_ms + after_ms)
		bind->pace.quiet_until_ms = now_ms + after_ms;
	metric_add(bind->setup.counters->pauses, 1);
}

/* The part waits until it is known whether another carrier takes the message. */
static void refuse(struct job *job, unsigned part, uint32_t status, const char *reason)
{
	job->refusal = status;
	job->refusal_reason = reason;
	job_set(job, part, PART_REFUSED);
}

/* An answer to a part that is in a window, or to one that is about to be sent again. */
static void judge(struct outbound *outbound, struct bind *bind, struct job *job, unsigned part,
		  const struct bind_answer *answer)
{
	const struct settings_carrier *carrier = outbound->setup.carrier;
	const struct retry_rule rule = retry_rule(carrier, answer->status);
	struct verdict verdict = {.outcome = MESSAGE_FAILED,
				  .status = answer->status,
				  .answered_ms = clock_unix_ms(),
				  .bind = bind->setup.index};

	if (job->parts[part].accepted && rule.verdict != RETRY_SENT) {
		submit_end_part(outbound, job, part, &verdict);
		return;
	}
	switch (rule.verdict) {
	case RETRY_SENT:
		pace_accepted(&bind->pace);
		verdict.outcome = MESSAGE_SENT;
		verdict.smsc_id = answer->message_id;
		submit_end_part(outbound, job, part, &verdict);
		return;
	case RETRY_PAUSE:
		/* Not for anything that the message did, so it costs it no attempt. */
		job->parts[part].attempts -= job->parts[part].attempts > 0;
		pause_bind(bind, rule.after_ms);
		again(outbound, job, part, 0);
		return;
	case RETRY_LATER:
		if (job->parts[part].attempts >= carrier->attempts_max) {
			refuse(job, part, answer->status, "attempts");
			return;
		}
		again(outbound, job, part,
		      rule.after_ms ? rule.after_ms
				    : retry_delay_ms(job->parts[part].attempts, clock_random()));
		return;
	case RETRY_REROUTE:
		refuse(job, part, answer->status, NULL);
		return;
	case RETRY_FAIL:
		break;
	}
	submit_end_part(outbound, job, part, &verdict);
}

/* The part was sent again, or given up: its first id is kept beside the other. */
static void tell_late(struct outbound *outbound, const struct bind *bind, struct job *job,
		      unsigned part, const struct bind_answer *answer)
{
	const struct verdict verdict = {.outcome = MESSAGE_SENT,
					.smsc_id = answer->message_id,
					.reason = "late",
					.answered_ms = clock_unix_ms(),
					.bind = bind->setup.index};

	if (answer->status != ESME_ROK)
		return;
	job->parts[part].accepted = true;
	submit_tell(outbound, job, part, &verdict);
}

void outbound_answered(struct outbound *outbound, struct bind *bind,
		       const struct bind_answer *answer)
{
	unsigned part;
	struct job *job = jobs_find(&outbound->jobs, answer->user, &part);

	outbound_stir(outbound);
	if (asks_answered(&outbound->asks, bind, answer))
		return;
	if (!job)
		return;
	if (answer->late && job->parts[part].state != PART_WAITING)
		tell_late(outbound, bind, job, part, answer);
	else if (answer->late || job->parts[part].state == PART_FLYING)
		judge(outbound, bind, job, part, answer);
	end_step(outbound, job);
}
