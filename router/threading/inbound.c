/* A message that was heard: whose it is and what it says; then one call applies it, with what it
 * means for consent (consent.c). */
#include "config/log.h"
#include "config/memory.h"
#include "router/threading/identity.h"
#include "router/threading/job.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS_DONE_MS 90000u	       /* a whole message's parts are known as repetitions */
#define PARTS_LATE_MS (24u * 3600000u) /* a partial message's late parts complete it */

void inbound_start(struct job *job)
{
	reassembly_read(&job->message.mo, job_alphabet(job), &job->part);
	if (job_number(job) && job->part.concat.kind != UDH_CONCAT_NONE &&
	    job->part.concat.total > 1) {
		parts_start(job);
		return;
	}
	if (inbound_join(job, &job->part, 1) != 0) {
		job_aside(&job, "undecodable");
		return;
	}
	inbound_apply(job);
}

int inbound_join(struct job *job, const struct reassembly_part *parts, size_t count)
{
	struct threading *threading = job->threading;
	struct reassembly_result result;
	struct utf8_buffer out;
	size_t octets = 0;

	for (size_t i = 0; i < count; i++)
		octets += parts[i].body.length;
	size_t room = CODING_TEXT_MAX(octets) + 3 * ((size_t)REASSEMBLY_PARTS_MAX + 1);
	if (room > threading->scratch_size) {
		threading->scratch = memory_resize(threading->scratch, room, 1);
		threading->scratch_size = room;
	}
	utf8_buffer_init(&out, threading->scratch, room);
	int error = reassembly_join(parts, count, &out, &result);
	if (error)
		return error;
	free(job->text);
	job->text = memory_copy(out.at, out.length);
	job->text_length = out.length;
	job->segments = result.have;
	job->partial = result.flags & CODING_FLAG_PARTIAL;
	return 0;
}

/* The parameters of its own that the carrier sent along: of a message in parts, those of the part
 * with which it was applied. */
static void add_parameters(struct job *job)
{
	struct bus_args *args = &job->threading->args;
	char told[TLV_TELL_SIZE];
	unsigned left_out = job_parameters(job, told);

	if (told[0])
		bus_args_field_text(args, "tlvs", told);
	if (left_out)
		bus_args_field_integer(args, "tlvs_left_out", left_out);
}

static void add_message(struct job *job, const struct number *number)
{
	struct bus_args *args = &job->threading->args;
	const struct threading_settings *settings = &job->threading->settings;
	const struct message_mo *mo = &job->message.mo;
	uint8_t random[16];
	char id[IDENTITY_MAX], print[20];

	identity_random(random);
	identity_make(random, job->partition, id);
	snprintf(print, sizeof(print), "%016" PRIx64, message_fingerprint(mo));
	bus_args_field_integer(args, "now", (int64_t)mo->heard_ms);
	bus_args_field_text(args, "conv", id);
	bus_args_field_text(args, "queue", number->queue);
	bus_args_field_integer(args, "window",
			       (int64_t)number->number->threading_window_min * 60000);
	bus_args_field(args, "text", (struct span){(uint8_t *)job->text, job->text_length});
	bus_args_field_integer(args, "segs", job->segments);
	bus_args_field_text(args, "partial", job->partial ? "1" : "");
	bus_args_field_text(args, "fp", print);
	bus_args_field_integer(args, "broken", job->parts[0] ? 0 : (int64_t)mo->broken_ms);
	bus_args_field_integer(args, "dupwin", (int64_t)settings->duplicate_window_ms);
	if (!job->parts[0])
		return;
	bus_args_field_text(args, "parts", job->parts);
	bus_args_field_integer(args, "parts_ttl", job->partial ? PARTS_LATE_MS : PARTS_DONE_MS);
	if (!job->id[0]) {
		bus_args_field_text(args, "due", "1");
		bus_args_field_integer(args, "have", job->segments);
		bus_args_field_integer(args, "total", job->part.concat.total);
	}
}

struct threading_message inbound_message(const struct job *job)
{
	return (struct threading_message){
		.text = {(const uint8_t *)job->text, job->text_length},
		.segments = job->segments,
		.partial = job->partial,
		.answer = {(const uint8_t *)job->answer, job->answer ? strlen(job->answer) : 0},
		.answer_segments = job->answer_segments,
	};
}

static void on_applied(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct job *job = context;
	struct threading *threading = job->threading;

	(void)bus;
	if (job_settled(&job, reply))
		return;
	if (job_verdict(job, reply) == JOB_OTHER) {
		/* Stale: another part has come since these were read; it goes with the next sweep,
		 * or with the part. */
		job_finish(&job);
		return;
	}
	struct threading_message message = inbound_message(job);
	threading->counts[THREADING_MO]++;
	if (job->partial)
		threading->counts[THREADING_PARTIAL]++;
	job_happened(job, reply, &message);
	job_finish(&job);
}

/* Its number is none of ours, or has left the configuration: nobody reads it, but that somebody
 * wants no more is heard. What is in parts comes part by part, or was kept when it was ours. */
static void apply_stray(struct job *job)
{
	struct bus_args *args = job_call(job, "stray");
	char ours[LOG_NUMBER_MAX];

	job->threading->counts[THREADING_ASIDE]++;
	log_event(LOG_WARN, "number_unknown", "number=%s partition=%u entry=%s",
		  log_number(job->message.mo.ours, ours), job->partition, job->id);
	bus_args_field_text(args, "why", "number_unknown");
	bus_args_field_integer(args, "now", (int64_t)job->message.mo.heard_ms);
	bus_args_field(args, "text", (struct span){(uint8_t *)job->text, job->text_length});
	if (!job->id[0]) {
		bus_args_field_text(args, "due", "1");
		bus_args_field_text(args, "parts", job->parts);
	}
	consent_add_stray(job);
	bus_args_send(args, job->threading->bus, job_on_applied, job);
}

void inbound_apply(struct job *job)
{
	const struct number *number = job_number(job);

	if (!number) {
		apply_stray(job);
		return;
	}
	struct bus_args *args = job_call(job, "mo");
	add_message(job, number);
	add_parameters(job);
	consent_add(job);
	bus_args_send(args, job->threading->bus, on_applied, job);
}
