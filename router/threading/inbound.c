/* A message that was heard: whose it is, what it says, whether it is a keyword; then one call
 * applies it, with the effect of the keyword and the answer to it. */
#include "config/log.h"
#include "config/memory.h"
#include "config/settings_route.h"
#include "router/compliance/rules.h"
#include "router/compliance/seal.h"
#include "router/compliance/verdict.h"
#include "router/threading/identity.h"
#include "router/threading/job.h"
#include "smpp/segment.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE_MAX 256		       /* octets of a rule's number, language and versions */
#define PARTS_DONE_MS 90000u	       /* a whole message's parts are known as repetitions */
#define PARTS_LATE_MS (24u * 3600000u) /* a partial message's late parts complete it */

static const struct number *number_of(const struct job *job)
{
	return numbers_find(job->threading->settings.numbers, job->message.mo.ours);
}

void inbound_start(struct job *job)
{
	const struct number *number = number_of(job);

	if (!number) {
		char ours[LOG_NUMBER_MAX];
		log_event(LOG_WARN, "number_unknown", "number=%s entry=%s",
			  log_number(job->message.mo.ours, ours), job->id);
		job_aside(&job, "number_unknown");
		return;
	}
	reassembly_read(&job->message.mo, job_alphabet(job), &job->part);
	if (job->part.concat.kind != UDH_CONCAT_NONE && job->part.concat.total > 1) {
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

static const char *answer_text(const struct number *number, enum verdict verdict)
{
	const struct settings_programme *programme = number->programme;

	if (!programme)
		return "";
	switch (verdict) {
	case VERDICT_OPT_OUT:
		return programme->stop_text;
	case VERDICT_OPT_IN:
		return programme->start_text;
	case VERDICT_HELP:
		return programme->help_text;
	case VERDICT_AMBIGUOUS:
	case VERDICT_NONE:
		break;
	}
	return "";
}

/* The programme's answer as a message to be sent, should the function decide to send it. */
static void add_answer(struct job *job, const struct number *number, enum verdict verdict)
{
	struct bus_args *args = &job->threading->args;
	const struct message_mo *mo = &job->message.mo;
	const struct threading_settings *settings = &job->threading->settings;
	const struct settings_carrier *ways[SETTINGS_WAYS_MAX];
	const char *text = answer_text(number, verdict);
	char route[SETTINGS_WAYS_TEXT_MAX];
	size_t count =
		settings_route(settings->settings, mo->ours, mo->customer, number->carrier, ways);
	struct segment_options options;
	struct segment_plan plan;
	struct span span = {(const uint8_t *)text, strlen(text)};
	static uint8_t record[MESSAGE_RECORD_MAX];
	uint8_t random[16];
	char id[IDENTITY_MAX];

	if (!*text || count == 0 || numbers_find(settings->numbers, mo->customer))
		return;
	options = settings_segments(ways[0]);
	if (segment_plan(span, &options, &plan) != 0)
		return;
	identity_random(random);
	identity_make(random, job->partition, id);
	struct message answer = {
		.kind = MESSAGE_MT,
		.mt = {
			.id = {(const uint8_t *)id, strlen(id)},
			.carrier = {(const uint8_t *)ways[0]->name, strlen(ways[0]->name)},
			.ours = mo->ours,
			.customer = mo->customer,
			.text = span,
			.class = MESSAGE_INTERACTIVE,
			.receipt = true,
			.accepted_ms = mo->heard_ms,
		}};
	int length = message_encode(&answer, record, sizeof(record));
	if (length < 0)
		return;
	job->answer = (char *)text;
	job->answer_segments = plan.segments;
	bus_args_field_text(args, "answer", text);
	bus_args_field_text(args, "answer_id", id);
	bus_args_field_text(args, "answer_carrier", ways[0]->name);
	bus_args_field_text(args, "answer_route", settings_route_text(ways, count, route));
	bus_args_field(args, "answer_record", (struct span){record, (size_t)length});
	bus_args_field_integer(args, "answer_segs", plan.segments);
}

static void add_keyword(struct job *job, const struct number *number,
			const struct verdict_answer *result, bool only_opted_out)
{
	struct bus_args *args = &job->threading->args;
	struct span record = {job->record, job->record_length};
	char rule[RULE_MAX];

	bus_args_field_text(args, "scope", number->scope);
	bus_args_field_text(args, "scopes", number->scopes);
	snprintf(rule, sizeof(rule), "%u %s %s", result->rule, result->language,
		 rules_version(job->threading->rules));
	bus_args_field_text(args, "rule", rule);
	bus_args_field(args, "record", record);
	seal_add(job->threading->settings.seal, args,
		 &(struct seal_beside){.customer = job->message.mo.customer, .evidence = record});
	bus_args_field_text(args, "if_out", only_opted_out ? "1" : "");
	add_answer(job, number, result->verdict);
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
	bus_args_field_text(args, "queue", number->number->queue);
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

void inbound_add_verdict(struct job *job)
{
	struct bus_args *args = &job->threading->args;
	const struct number *number = number_of(job);
	struct span text = {(const uint8_t *)job->text, job->text_length};
	struct verdict_reader *reader = job->threading->reader;
	struct verdict_answer result;
	bool only_opted_out = false;

	verdict_read(reader, text, 0, &result);
	if (result.verdict == VERDICT_AMBIGUOUS)
		result.verdict = VERDICT_NONE; /* its agent reads it as any other message */
	if (result.verdict == VERDICT_NONE) {
		struct verdict_answer out;
		verdict_read(reader, text, VERDICT_OPTED_OUT, &out);
		only_opted_out = out.verdict == VERDICT_OPT_IN;
		if (only_opted_out)
			result = out;
	}
	bus_args_field(args, "ours", job->message.mo.ours);
	bus_args_field(args, "customer", job->message.mo.customer);
	bus_args_field_text(args, "carrier", number->carrier->name);
	bus_args_field_text(args, "verdict", verdict_name(result.verdict));
	if (result.verdict != VERDICT_NONE)
		add_keyword(job, number, &result, only_opted_out);
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

void inbound_apply(struct job *job)
{
	struct bus_args *args = job_call(job, "mo");

	add_message(job, number_of(job));
	inbound_add_verdict(job);
	bus_args_send(args, job->threading->bus, on_applied, job);
}
