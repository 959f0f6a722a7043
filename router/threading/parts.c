/* Parts of concatenated messages. A part is acknowledged once it is kept in Redis; the one that
 * makes the message whole is acknowledged with the message. While a part is on its way the later
 * messages of its partition wait, so that the conversation keeps its order. */
#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"
#include "router/compliance/heard.h"
#include "router/threading/job.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SWEEP_COUNT 64 /* overdue messages of a partition taken up at a time */

static bool word_is(const struct bus_reply *reply, const char *word)
{
	struct span span = bus_reply_span(bus_reply_at(reply, 0));

	return span_is(span, word);
}

static void take_lane(struct job *job)
{
	job->in_lane = true;
	job->threading->lanes[job->partition].busy = true;
}

/* Joins the parts that an answer lists from `from` on as number, record, number, record…, their
 * text and what is evidence of it. Returns false where none of them can be read. */
static bool join_listed(struct job *job, const struct bus_reply *reply, size_t from)
{
	static struct reassembly_part parts[REASSEMBLY_PARTS_MAX];
	static struct span records[REASSEMBLY_PARTS_MAX];
	struct message message;
	size_t count = 0;

	for (size_t i = from; i + 1 < bus_reply_count(reply); i += 2) {
		struct span record = bus_reply_span(bus_reply_at(reply, i + 1));
		if (count == REASSEMBLY_PARTS_MAX || message_decode(record, &message) != 0 ||
		    message.kind != MESSAGE_MO)
			continue;
		reassembly_read(&message.mo, job_alphabet(job), &parts[count]);
		records[count++] = record;
	}
	if (count == 0 || inbound_join(job, parts, count) != 0)
		return false;
	free(job->heard);
	job->heard = heard_join(records, count, &job->heard_length);
	return true;
}

static void on_amended(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct job *job = context;

	(void)bus;
	if (job_settled(&job, reply))
		return;
	struct threading_message message = inbound_message(job);
	job_happened(job, reply, &message);
	job_finish(&job);
}

/* `where` is the conversation and the position of the message in it, with a blank between. */
static void amend(struct job *job, struct span where)
{
	const uint8_t *blank = memchr(where.at, ' ', where.length);

	if (!blank) {
		job_aside(&job, "late_part_without_place");
		return;
	}
	size_t length = (size_t)(blank - where.at);
	struct bus_args *args = job_call(job, "amend");
	bus_args_field_integer(args, "now", (int64_t)job->message.mo.heard_ms);
	bus_args_field(args, "conv", (struct span){where.at, length});
	bus_args_field(args, "position", (struct span){blank + 1, where.length - length - 1});
	bus_args_field(args, "text", (struct span){(uint8_t *)job->text, job->text_length});
	bus_args_field_integer(args, "segs", job->segments);
	bus_args_field_text(args, "parts", job->parts);
	bus_args_field_text(args, "partial", job->partial ? "1" : "");
	/* Classified again, now that there is more of it: it may have become a STOP. */
	consent_add(job);
	bus_args_send(args, job->threading->bus, on_amended, job);
}

static void offer_part(struct job *job);

static void on_clash_applied(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct job *job = context;
	enum job_verdict verdict = job_verdict(job, reply);

	(void)bus;
	if (verdict == JOB_VOID || verdict == JOB_REFUSED) {
		job_settled(&job, reply);
		return;
	}
	job_happened(job, reply, NULL);
	offer_part(job);
}

/* The sender uses a reference again while an older message with it is incomplete: that one is given
 * to its conversation as it is, then the new part is offered again. */
static void apply_clashing(struct job *job, const struct bus_reply *reply)
{
	struct span record = bus_reply_span(bus_reply_at(reply, 2));
	struct job *old =
		job_create(job->threading, job->partition, (struct span){NULL, 0}, record);

	if (message_decode((struct span){old->record, old->record_length}, &old->message) != 0) {
		free(old);
		job_aside(&job, "clashing_parts");
		return;
	}
	old->part = job->part;
	memcpy(old->parts, job->parts, sizeof(old->parts));
	if (!join_listed(old, reply, 1)) {
		free(old->text);
		free(old);
		job_aside(&job, "clashing_parts");
		return;
	}
	inbound_apply(old);
	/* Pipelined behind it: the connection keeps the order. */
	struct bus_args *args = &job->threading->args;
	bus_args_text(args, "PING");
	bus_args_send(args, job->threading->bus, on_clash_applied, job);
}

static void on_part(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct job *job = context;
	struct threading *threading = job->threading;

	(void)bus;
	if (job_settled(&job, reply))
		return;
	if (word_is(reply, "kept")) {
		threading->counts[THREADING_PARTS]++;
		job_finish(&job);
	} else if (word_is(reply, "whole") && join_listed(job, reply, 1)) {
		inbound_apply(job);
	} else if (word_is(reply, "late") && join_listed(job, reply, 2)) {
		amend(job, bus_reply_span(bus_reply_at(reply, 1)));
	} else if (word_is(reply, "clash")) {
		apply_clashing(job, reply);
	} else {
		job_aside(&job, "undecodable_parts");
	}
}

static void offer_part(struct job *job)
{
	const struct message_mo *mo = &job->message.mo;
	uint64_t timeout = job->threading->settings.parts_timeout_ms;
	char print[20];

	snprintf(print, sizeof(print), "%016" PRIx64, message_fingerprint(mo));
	struct bus_args *args = job_call(job, "part");
	bus_args_field_integer(args, "now", (int64_t)mo->heard_ms);
	bus_args_field_text(args, "parts", job->parts);
	bus_args_field_integer(args, "n", job->part.concat.number - 1);
	bus_args_field_integer(args, "total", job->part.concat.total);
	bus_args_field(args, "record", (struct span){job->record, job->record_length});
	bus_args_field_text(args, "fp", print);
	bus_args_field_integer(args, "deadline", (int64_t)(mo->heard_ms + timeout));
	bus_args_send(args, job->threading->bus, on_part, job);
}

void parts_start(struct job *job)
{
	int length =
		reassembly_key(&job->message.mo, &job->part.concat, job->parts, sizeof(job->parts));

	take_lane(job);
	if (length < 0) {
		job_aside(&job, "parts_key");
		return;
	}
	offer_part(job);
}

/* Parts that cannot be read are left where they are, but no longer asked for. */
static void give_up(struct job **job)
{
	struct threading *threading = (*job)->threading;
	char key[KEY_MAX];

	threading->counts[THREADING_ASIDE]++;
	log_event(LOG_WARN, "parts_unreadable", "partition=%u parts=%s", (*job)->partition,
		  (*job)->parts);
	bus_args_text(&threading->args, "ZREM");
	bus_args_text(&threading->args, key_due((*job)->partition, key));
	bus_args_text(&threading->args, (*job)->parts);
	bus_args_send(&threading->args, threading->bus, NULL, NULL);
	job_finish(job);
}

static void on_overdue_parts(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct job *job = context;

	enum job_verdict verdict = job_verdict(job, reply);

	(void)bus;
	if (verdict == JOB_VOID || verdict == JOB_REFUSED) {
		job_finish(&job);
		return;
	}
	struct span record = bus_reply_span(bus_reply_at(reply, 1));
	struct job *whole =
		job_create(job->threading, job->partition, (struct span){NULL, 0}, record);
	memcpy(whole->parts, job->parts, sizeof(whole->parts));
	whole->generation = job->generation;
	whole->in_lane = job->in_lane;
	job->in_lane = false;
	job_finish(&job);
	struct span copy = {whole->record, whole->record_length};
	if (record.length == 0 || message_decode(copy, &whole->message) != 0) {
		give_up(&whole);
		return;
	}
	reassembly_read(&whole->message.mo, job_alphabet(whole), &whole->part);
	if (!join_listed(whole, reply, 0)) {
		give_up(&whole);
		return;
	}
	inbound_apply(whole);
}

static unsigned total_in(const char *parts)
{
	const char *colon = strrchr(parts, ':');
	unsigned long total = colon ? strtoul(colon + 1, NULL, 10) : 0;

	return total > REASSEMBLY_PARTS_MAX ? REASSEMBLY_PARTS_MAX : (unsigned)total;
}

static void take_up(struct threading *threading, unsigned partition, struct span parts)
{
	struct job *job =
		job_create(threading, partition, (struct span){NULL, 0}, (struct span){NULL, 0});
	char key[KEY_MAX];

	if (parts.length >= sizeof(job->parts)) {
		free(job);
		return;
	}
	memcpy(job->parts, parts.at, parts.length);
	bus_args_call(&threading->args, "parts_of", key_tag(partition, key));
	bus_args_field_text(&threading->args, "parts", job->parts);
	bus_args_field_integer(&threading->args, "total", total_in(job->parts));
	bus_args_send(&threading->args, threading->bus, on_overdue_parts, job);
}

struct sweep {
	struct threading *threading;
	unsigned partition, generation;
};

static void on_overdue(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct sweep *sweep = context;
	struct threading *threading = sweep->threading;

	(void)bus;
	for (size_t i = 0; i < bus_reply_count(reply); i++) {
		if (sweep->generation != threading->generation)
			break;
		take_up(threading, sweep->partition, bus_reply_span(bus_reply_at(reply, i)));
	}
	free(sweep);
}

void parts_sweep(struct threading *threading, uint64_t now_ms)
{
	struct bus_args *args = &threading->args;
	char key[KEY_MAX];

	for (unsigned i = 0; i < threading->settings.partitions; i++) {
		struct sweep *sweep = memory_array(1, sizeof(*sweep));
		*sweep = (struct sweep){threading, i, threading->generation};
		bus_args_text(args, "ZRANGEBYSCORE");
		bus_args_text(args, key_due(i, key));
		bus_args_text(args, "-inf");
		bus_args_integer(args, (int64_t)now_ms);
		bus_args_text(args, "LIMIT");
		bus_args_text(args, "0");
		bus_args_integer(args, SWEEP_COUNT);
		bus_args_send(args, threading->bus, on_overdue, sweep);
	}
}
