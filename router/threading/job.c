#include "router/threading/job.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"

#include <stdlib.h>
#include <string.h>

struct job *job_create(struct threading *threading, unsigned partition, struct span id,
		       struct span record)
{
	struct job *job = memory_array(1, sizeof(*job) + record.length);

	job->threading = threading;
	job->generation = threading->generation;
	job->partition = partition;
	if (id.length && id.length < sizeof(job->id))
		memcpy(job->id, id.at, id.length);
	if (record.length)
		memcpy(job->record, record.at, record.length);
	job->record_length = record.length;
	return job;
}

static bool is_void(const struct job *job)
{
	return job->generation != job->threading->generation;
}

void job_queue_init(struct job_queue *queue)
{
	*queue = (struct job_queue){.end = &queue->first};
}

void job_queue_put(struct job_queue *queue, struct job *job)
{
	job->next = NULL;
	*queue->end = job;
	queue->end = &job->next;
}

struct job *job_queue_next(struct job_queue *queue)
{
	struct job *job = queue->first;

	if (!job)
		return NULL;
	queue->first = job->next;
	if (!queue->first)
		queue->end = &queue->first;
	job->next = NULL;
	return job;
}

static void job_free(struct job *job)
{
	free(job->text);
	free(job->heard);
	free(job->answer);
	free(job->meeting);
	free(job);
}

void job_finish(struct job **pointer)
{
	struct job *job = *pointer;
	struct threading *threading = job->threading;
	struct lane *lane = &threading->lanes[job->partition];
	bool stale = is_void(job);
	bool in_lane = job->in_lane;

	*pointer = NULL;
	underway_remove(job);
	if (!stale && (job->id[0] || job->sheaf))
		inbox_return(threading->inbox);
	if (job->sheaf)
		sheaf_leave(job);
	job_free(job);
	if (stale || !in_lane)
		return;
	lane->busy = false;
	struct job *next;
	while (!lane->busy && (next = job_queue_next(&lane->waiting))) {
		if (is_void(next))
			job_free(next);
		else
			inbound_start(next);
	}
}

enum job_verdict job_verdict(const struct job *job, const struct bus_reply *reply)
{
	bool alone = bus_reply_type(reply) == BUS_STRING;
	struct span word = bus_reply_span(alone ? reply : bus_reply_at(reply, 0));

	if (is_void(job) || !reply)
		return JOB_VOID;
	if (bus_reply_type(reply) == BUS_ERROR) {
		log_event(LOG_ERROR, "apply_failed", "partition=%u entry=%s error=%s",
			  job->partition, job->id, (const char *)bus_reply_span(reply).at);
		return JOB_REFUSED;
	}
	if (span_is(word, "ok"))
		return JOB_OK;
	if (span_is(word, "done"))
		return JOB_DONE;
	if (span_is(word, "repeated"))
		return JOB_REPEATED;
	if (span_is(word, "fenced"))
		return JOB_REFUSED;
	return JOB_OTHER;
}

bool job_settled(struct job **pointer, const struct bus_reply *reply)
{
	struct job *job = *pointer;
	struct threading *threading = job->threading;

	switch (job_verdict(job, reply)) {
	case JOB_OK:
	case JOB_OTHER:
		return false;
	case JOB_REPEATED:
		threading->counts[THREADING_REPEATED]++;
		job->applied = true;
		break;
	case JOB_REFUSED:
		/* Refused before it began (no memory, a fence): the next tenure begins with this
		 * entry still there. A fault inside a function may leave it half done, which is why
		 * the functions check all they are given before their first write. */
		threading->counts[THREADING_FAILED]++;
		inbox_restart(threading->inbox);
		break;
	case JOB_DONE:
		job->applied = true;
		break;
	case JOB_VOID:
		break;
	}
	job_finish(pointer);
	return true;
}

const struct number *job_number(const struct job *job)
{
	return numbers_find(job->threading->settings.numbers, job->message.mo.ours);
}

struct bus_args *job_call(struct job *job, const char *function)
{
	struct bus_args *args = &job->threading->args;
	char key[KEY_MAX];

	bus_args_call(args, function, key_tag(job->partition, key));
	bus_args_field_text(args, job->back ? "back" : "in", job->id);
	bus_args_field_text(args, "fence", inbox_fence(job->threading->inbox, job->partition));
	return args;
}

enum coding job_alphabet(const struct job *job)
{
	char name[MESSAGE_NAME_MAX + 1];
	struct span carrier = job->message.mo.carrier;

	if (carrier.length > MESSAGE_NAME_MAX)
		return CODING_GSM7;
	memcpy(name, carrier.at, carrier.length);
	name[carrier.length] = '\0';
	const struct settings_carrier *found =
		settings_carrier(job->threading->settings.settings, name);
	return found ? found->default_alphabet : CODING_GSM7;
}

void job_over(struct job **job)
{
	(*job)->applied = true;
	job_finish(job);
}

void job_end(struct job *job, const struct bus_reply *reply)
{
	if (job_settled(&job, reply))
		return;
	job_happened(job, reply, NULL);
	job_over(&job);
}

void job_on_applied(struct bus *bus, const struct bus_reply *reply, void *context)
{
	(void)bus;
	job_end(context, reply);
}

void job_aside(struct job **pointer, const char *why)
{
	struct job *job = *pointer;
	struct bus_args *args = job_call(job, "aside");

	*pointer = NULL;
	job->threading->counts[THREADING_ASIDE]++;
	log_event(LOG_WARN, "record_aside", "partition=%u entry=%s why=%s", job->partition, job->id,
		  why);
	bus_args_field_text(args, "why", why);
	bus_args_field(args, "record", (struct span){job->record, job->record_length});
	bus_args_send(args, job->threading->bus, job_on_applied, job);
}

void job_drop(struct job **pointer, const char *why)
{
	struct job *job = *pointer;
	struct bus_args *args = job_call(job, "drop");

	*pointer = NULL;
	bus_args_field_text(args, "why", why);
	bus_args_send(args, job->threading->bus, job_on_applied, job);
}

void job_happened(struct job *job, const struct bus_reply *reply,
		  const struct threading_message *message)
{
	struct threading *threading = job->threading;

	for (size_t i = 1; i < bus_reply_count(reply); i++) {
		const struct bus_reply *event = bus_reply_at(reply, i);
		if (bus_reply_type(event) == BUS_ARRAY)
			threading->events.happened(job->partition, event, message,
						   threading->events.context);
	}
}

const struct settings_carrier *job_carrier(const struct job *job, struct span carrier)
{
	char name[MESSAGE_NAME_MAX + 1];

	if (carrier.length > MESSAGE_NAME_MAX)
		return NULL;
	memcpy(name, carrier.at, carrier.length);
	name[carrier.length] = '\0';
	return settings_carrier(job->threading->settings.settings, name);
}

unsigned job_parameters(const struct job *job, char told[TLV_TELL_SIZE])
{
	const struct tlv_namings namings =
		settings_tlv_names(job_carrier(job, job->message.mo.carrier));

	return tlv_tell(job->message.mo.tlvs, &namings, told);
}
