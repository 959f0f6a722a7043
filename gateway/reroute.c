#include "gateway/reroute.h"

#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "gateway/clock.h"
#include "gateway/outbound_internal.h"
#include "gateway/store.h"

#define ROUND_MS 1000 /* between two looks at what waits for a bind */

/* A question under way. The job outlives it: it is not dropped while `checking`. */
struct question {
	struct outbound *outbound;
	struct job *job;
	bool back; /* it is to wait for this carrier again */
};

/* One partition's waiting messages on their way to other carriers. */
struct divert {
	struct outbound *outbound;
	unsigned partition, class;
	bool leaving;  /* nobody comes back to it: any other carrier will do */
	char from[64]; /* the entry behind which to go on, with its number */
};

static void end_refused(struct outbound *outbound, struct job *job)
{
	const struct verdict verdict = {.outcome = MESSAGE_FAILED,
					.status = job->refusal,
					.reason = job->refusal_reason,
					.answered_ms = clock_unix_ms(),
					.bind = job->bind ? job->bind->setup.index : 0};

	for (unsigned i = 0; i < job->submits; i++) {
		if (job->parts[i].state == PART_REFUSED)
			submit_end_part(outbound, job, i, &verdict);
	}
}

static void on_rerouted(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct question *question = context;
	struct outbound *outbound = question->outbound;
	struct job *job = question->job;
	int64_t verdict = bus_reply_integer(bus_reply_at(reply, 0));
	bool back = question->back;

	(void)bus;
	free(question);
	job->checking = false;
	outbound_stir(outbound);
	if (bus_reply_type(reply) != BUS_ARRAY) {
		outbound_refused(outbound, "mt_reroute", reply);
		job->not_before_ms = job->back_ms = clock_ms() + OUTBOUND_TROUBLE_MS;
	} else if (verdict == 1 && back) {
		submit_drop(outbound, job);
		return;
	} else if (verdict == 1) {
		struct span to = bus_reply_span(bus_reply_at(reply, 1));
		log_event(LOG_INFO, "rerouted", "carrier=%s id=%s to=%.*s status=0x%08X",
			  outbound->setup.carrier->name, job->id, (int)to.length,
			  (const char *)to.at, job->refusal);
		submit_rerouted(outbound, job);
	} else if (verdict == 0) {
		submit_forget(outbound, job);
		return;
	} else {
		job->rooted = true;
		end_refused(outbound, job);
	}
	submit_settle(outbound, job);
}

static void ask_reroute(struct outbound *outbound, struct job *job, bool back)
{
	struct bus_args *arguments = outbound->arguments;
	struct question *question = memory_array(1, sizeof(*question));

	*question = (struct question){outbound, job, back};
	job->checking = true;
	bus_args_call(arguments, "mt_reroute", outbound->setup.store->tag[job->partition]);
	bus_args_field_text(arguments, "carrier", outbound->setup.carrier->name);
	outbound_put_tenure(outbound, arguments);
	bus_args_field(arguments, "id", job->message.mt.id);
	bus_args_field_text(arguments, "back", back ? "1" : "");
	bus_args_field_integer(arguments, "now", (int64_t)clock_unix_ms());
	bus_args_send(arguments, outbound->setup.store->bus, on_rerouted, question);
}

void reroute_refused(struct outbound *outbound, struct job *job)
{
	if (job->refused == 0 || job->flying > 0 || job->checking)
		return;
	if (job->committed || job->rooted)
		end_refused(outbound, job);
	else
		ask_reroute(outbound, job, false);
}

/* The carriers that could do no better, as mt_divert wants them. */
static const char *unbound(const struct outbound *outbound)
{
	return outbound->setup.unbound(outbound->setup.gateway);
}

static void ask_divert(struct divert *divert);

static void on_diverted(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct divert *divert = context;
	struct span next = bus_reply_span(bus_reply_at(reply, 1));
	int64_t moved = bus_reply_integer(bus_reply_at(reply, 0));

	(void)bus;
	outbound_refused(divert->outbound, "mt_divert", reply);
	divert->outbound->left_behind += bus_reply_integer(bus_reply_at(reply, 2));
	if (moved > 0)
		log_event(LOG_WARN, "diverted", "carrier=%s partition=%u class=%s messages=%d",
			  divert->outbound->setup.carrier->name, divert->partition,
			  message_class_name(divert->class), (int)moved);
	if (next.length == 0 || next.length >= sizeof(divert->from)) {
		divert->class ++;
		divert->from[0] = '\0';
	} else {
		memcpy(divert->from, next.at, next.length);
		divert->from[next.length] = '\0';
	}
	if (bus_reply_type(reply) == BUS_ARRAY && divert->class < MESSAGE_CLASS_COUNT) {
		ask_divert(divert);
		return;
	}
	divert->outbound->diverting--;
	outbound_stir(divert->outbound);
	free(divert);
}

static void ask_divert(struct divert *divert)
{
	struct outbound *outbound = divert->outbound;
	struct bus_args *arguments = outbound->arguments;

	bus_args_call(arguments, "mt_divert", outbound->setup.store->tag[divert->partition]);
	bus_args_field_text(arguments, "carrier", outbound->setup.carrier->name);
	bus_args_field_text(arguments, "class", message_class_name(divert->class));
	bus_args_field_text(arguments, "from", divert->from);
	bus_args_field_text(arguments, "unbound", divert->leaving ? "" : unbound(outbound));
	bus_args_send(arguments, outbound->setup.store->bus, on_diverted, divert);
}

static void divert_all(struct outbound *outbound, bool leaving)
{
	outbound->left_behind = 0;
	for (unsigned i = 0; i < outbound->setup.store->partitions; i++) {
		struct divert *divert = memory_array(1, sizeof(*divert));
		*divert = (struct divert){.outbound = outbound, .partition = i, .leaving = leaving};
		outbound->diverting++;
		ask_divert(divert);
	}
}

static bool can_go(const struct job *job)
{
	return job->waiting && !job->flying && !job->refused && !job->checking && !job->committed;
}

void reroute_back(struct outbound *outbound, bool all, uint64_t now_ms)
{
	for (struct job *job = outbound->jobs.first; job; job = job->next) {
		uint64_t due_ms = all ? job->back_ms : job->not_before_ms;
		if (!can_go(job))
			continue;
		if (due_ms > now_ms)
			outbound_later(outbound, due_ms);
		else
			ask_reroute(outbound, job, true);
	}
}

void reroute_leave(struct outbound *outbound)
{
	const struct verdict verdict = {.outcome = MESSAGE_UNKNOWN, .reason = "carrier_removed"};

	for (struct job *job = outbound->jobs.first, *next; job; job = next) {
		next = job->next;
		for (unsigned i = 0; job->committed && i < job->submits; i++) {
			if (job->parts[i].state == PART_WAITING)
				submit_end_part(outbound, job, i, &verdict);
		}
		submit_settle(outbound, job);
	}
	divert_all(outbound, true);
}

uint64_t reroute_stranded(struct outbound *outbound, uint64_t now_ms)
{
	uint64_t after_ms = outbound->setup.carrier->reroute_after_s * 1000ull;

	if (after_ms == 0 || outbound_sends(outbound)) {
		outbound->stranded_ms = 0;
		return UINT64_MAX;
	}
	if (outbound->stranded_ms == 0)
		outbound->stranded_ms = now_ms + after_ms;
	if (now_ms < outbound->stranded_ms)
		return outbound->stranded_ms;
	if (outbound->diverting > 0 || outbound->stopping)
		return UINT64_MAX;
	divert_all(outbound, false);
	for (struct job *job = outbound->jobs.first; job; job = job->next) {
		if (can_go(job) && !job->rooted)
			ask_reroute(outbound, job, false);
	}
	outbound->stranded_ms = now_ms + ROUND_MS;
	return outbound->stranded_ms;
}
