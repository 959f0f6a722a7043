#include "gateway/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "smpp/tlv.h"

#define NO_SLOT UINT32_MAX

static uint64_t job_deadline_ms(const struct message_mt *mt, const struct settings_carrier *carrier)
{
	if (mt->expires_ms)
		return mt->expires_ms;
	return mt->accepted_ms ? mt->accepted_ms + carrier->validity_s * 1000ull : UINT64_MAX;
}

static const char *plan_reason(int error)
{
	return error == -E2BIG ? "too_long" : error == -EILSEQ ? "bad_text" : "cannot_plan";
}

const char *job_cut(const struct job *job, char out[JOB_CUT_MAX])
{
	const struct segment_options *options = &job->options;

	snprintf(out, JOB_CUT_MAX, "1.%u.%u.%u.%u.%u.%u", (unsigned)options->default_alphabet,
		 (unsigned)options->concatenation, options->fold, options->latin1,
		 options->languages, options->segments_max);
	return out;
}

#define CUT_VALUES 7 /* the first is the version */

/* Reads decimals with dots between. False where there are more or fewer, or other characters. */
static bool read_cut(struct span cut, unsigned values[CUT_VALUES])
{
	size_t at = 0;

	for (unsigned i = 0; i < CUT_VALUES; i++) {
		size_t start = at;
		values[i] = 0;
		for (; at < cut.length && cut.at[at] >= '0' && cut.at[at] <= '9'; at++)
			values[i] = values[i] * 10 + (unsigned)(cut.at[at] - '0');
		if (at == start || at - start > 6)
			return false;
		if (i + 1 < CUT_VALUES && (at == cut.length || cut.at[at++] != '.'))
			return false;
	}
	return at == cut.length;
}

/* Takes what job_cut() wrote; a text of another version, or none, changes nothing. */
static void cut_like(struct segment_options *options, struct span cut)
{
	unsigned values[CUT_VALUES];

	if (!read_cut(cut, values) || values[0] != 1)
		return;
	options->default_alphabet = (enum coding)values[1];
	options->concatenation = (enum segment_concatenation)values[2];
	options->fold = values[3];
	options->latin1 = values[4];
	options->languages = (uint16_t)values[5];
	options->segments_max = (uint16_t)values[6];
}

struct job *job_create(struct span record, int64_t reference,
		       const struct settings_carrier *carrier, struct span cut, const char **reason)
{
	struct segment_options options = settings_segments(carrier);
	struct segment_plan plan;
	struct message message;
	struct job *job;
	int error;

	*reason = "bad_record";
	if (message_decode(record, &message) != 0 || message.kind != MESSAGE_MT ||
	    message.mt.id.length > MESSAGE_NAME_MAX)
		return NULL;
	cut_like(&options, cut);
	options.flash = message.mt.flash;
	error = segment_plan(message.mt.text, &options, &plan);
	if (error != 0) {
		*reason = plan_reason(error);
		return NULL;
	}
	job = memory_array(1, sizeof(*job) + plan.submits * sizeof(job->parts[0]));
	job->record = memory_copy(record.at, record.length);
	/* It was read once, so it can be read again. */
	error = message_decode((struct span){job->record, record.length}, &job->message);
	if (error != 0)
		abort();
	memcpy(job->id, job->message.mt.id.at, job->message.mt.id.length);
	job->options = options;
	job->plan = plan;
	job->submits = job->waiting = plan.submits;
	job->reference = (uint16_t)reference;
	job->deadline_ms = job_deadline_ms(&job->message.mt, carrier);
	return job;
}

void job_destroy(struct job **job)
{
	if (!*job)
		return;
	free((*job)->record);
	free(*job);
	*job = NULL;
}

static int put_sar(const struct udh_concat *sar, uint8_t *out, size_t capacity)
{
	int reference = tlv_put_u16(TLV_SAR_MSG_REF_NUM, sar->reference, out, capacity);
	int total, number;

	if (reference < 0)
		return reference;
	total = tlv_put_u8(TLV_SAR_TOTAL_SEGMENTS, sar->total, out + reference,
			   capacity - (size_t)reference);
	if (total < 0)
		return total;
	total += reference;
	number = tlv_put_u8(TLV_SAR_SEGMENT_SEQNUM, sar->number, out + total,
			    capacity - (size_t)total);
	return number < 0 ? number : total + number;
}

static int job_build_body(const struct segment *segment, struct job_scratch *scratch,
			  struct pdu *pdu)
{
	const struct span body = {segment->octets, segment->length};
	int length = 0;

	if (segment->payload)
		length = tlv_put(TLV_MESSAGE_PAYLOAD, body, scratch->tlvs, sizeof(scratch->tlvs));
	else
		pdu->short_message = body;
	if (segment->sar.kind != UDH_CONCAT_NONE)
		length = put_sar(&segment->sar, scratch->tlvs, sizeof(scratch->tlvs));
	if (length < 0)
		return length;
	pdu->tlvs = (struct span){scratch->tlvs, (size_t)length};
	return 0;
}

/* Segments cut for SAR have room for a 16-bit reference in a header, for a peer without TLVs. */
static int build_segment(const struct job *job, unsigned index, struct segment *segment)
{
	struct segment_plan plan;

	if (!job->plain || job->plan.concatenation != SEGMENT_SAR)
		return segment_build(&job->plan, job->message.mt.text, index, job->reference,
				     segment);
	plan = job->plan;
	plan.concatenation = SEGMENT_UDH16;
	return segment_build(&plan, job->message.mt.text, index, job->reference, segment);
}

/* What the carrier asks for stands behind what the message needs. */
static int add_tlvs(const struct settings_carrier *carrier, struct job_scratch *scratch,
		    struct pdu *pdu)
{
	size_t length = pdu->tlvs.length;

	for (size_t i = 0; i < carrier->tlvs_count; i++) {
		uint8_t value[SETTINGS_TLV_OCTETS_MAX];
		int octets = settings_tlv_value(&carrier->tlvs[i], value);
		if (octets < 0)
			return octets;
		octets = tlv_put((uint16_t)carrier->tlvs[i].tag,
				 (struct span){value, (size_t)octets}, scratch->tlvs + length,
				 sizeof(scratch->tlvs) - length);
		if (octets < 0)
			return octets;
		length += (size_t)octets;
	}
	pdu->tlvs = (struct span){scratch->tlvs, length};
	return 0;
}

static uint8_t priority_of(const struct settings_priority *priority, enum message_class class)
{
	switch (class) {
	case MESSAGE_INTERACTIVE:
		return priority->interactive;
	case MESSAGE_TRANSACTIONAL:
		return priority->transactional;
	case MESSAGE_BULK:
		return priority->bulk;
	}
	return 0;
}

int job_build(const struct job *job, unsigned index, const struct settings_carrier *carrier,
	      struct job_scratch *scratch, struct pdu *pdu)
{
	const struct message_mt *mt = &job->message.mt;
	struct segment segment = {.octets = scratch->octets, .capacity = sizeof(scratch->octets)};
	int error = build_segment(job, index, &segment);

	*pdu = (struct pdu){0};
	if (error == 0)
		error = address_wire(mt->ours, &carrier->addresses, scratch->source, &pdu->source);
	if (error == 0)
		error = address_wire(mt->customer, &carrier->addresses, scratch->destination,
				     &pdu->destination);
	if (error == 0)
		error = job_build_body(&segment, scratch, pdu);
	if (error == 0 && !job->plain)
		error = add_tlvs(carrier, scratch, pdu);
	pdu->service_type = span_text(carrier->service_type);
	pdu->priority_flag = priority_of(&carrier->priority, mt->class);
	pdu->esm_class = segment.esm_class;
	pdu->data_coding = segment.data_coding;
	pdu->registered_delivery = mt->receipt ? 1 : 0;
	return error;
}

/* Without an end, or with one that has no form on the wire, nothing is said of it. */
void job_put_validity(const struct job *job, const struct settings_carrier *carrier,
		      uint64_t now_ms, struct job_scratch *scratch, struct pdu *pdu)
{
	uint64_t left_s = job->deadline_ms > now_ms ? (job->deadline_ms - now_ms) / 1000 : 0;
	int error = -ERANGE;

	if (carrier->validity_period == SETTINGS_VALIDITY_NONE || job->deadline_ms == UINT64_MAX)
		return;
	if (carrier->validity_period == SETTINGS_VALIDITY_ABSOLUTE)
		error = time_format_absolute((int64_t)(job->deadline_ms / 1000), scratch->validity);
	else
		error = time_format_relative(left_s ? left_s : 1, scratch->validity);
	if (error == 0)
		pdu->validity_period = span_text(scratch->validity);
}

const char *job_ahead(const struct settings_carrier *carrier)
{
	return carrier->schedule_delivery_time == SETTINGS_VALIDITY_NONE ? "" : "1";
}

/* Never before its time, so a relative one is rounded up. */
bool job_put_schedule(const struct job *job, const struct settings_carrier *carrier,
		      uint64_t now_ms, struct job_scratch *scratch, struct pdu *pdu)
{
	uint64_t at_ms = job->message.mt.schedule_ms;
	int error = -ERANGE;

	if (carrier->schedule_delivery_time == SETTINGS_VALIDITY_NONE || at_ms <= now_ms)
		return false;
	if (carrier->schedule_delivery_time == SETTINGS_VALIDITY_RELATIVE)
		error = time_format_relative((at_ms - now_ms + 999) / 1000, scratch->schedule);
	if (error != 0)
		error = time_format_absolute((int64_t)((at_ms + 999) / 1000), scratch->schedule);
	if (error != 0)
		return false;
	pdu->schedule_delivery_time = span_text(scratch->schedule);
	return true;
}

void job_set(struct job *job, unsigned index, enum part_state state)
{
	enum part_state before = job->parts[index].state;

	job->waiting -= before == PART_WAITING;
	job->flying -= before == PART_FLYING;
	job->refused -= before == PART_REFUSED;
	job->waiting += state == PART_WAITING;
	job->flying += state == PART_FLYING;
	job->refused += state == PART_REFUSED;
	job->parts[index].state = state;
}

/* Reads the next of decimals with commas between. False at the end, or where there is none. */
static bool next_decimal(struct span *list, unsigned *value)
{
	size_t i = 0;

	*value = 0;
	for (; i < list->length && list->at[i] >= '0' && list->at[i] <= '9' && i < 9; i++)
		*value = *value * 10 + (unsigned)(list->at[i] - '0');
	if (i == 0 || (i < list->length && list->at[i] != ','))
		return false;
	i += i < list->length;
	*list = (struct span){list->at + i, list->length - i};
	return true;
}

void job_mark_done(struct job *job, struct span parts)
{
	unsigned part;

	while (next_decimal(&parts, &part)) {
		if (part < job->submits)
			job_set(job, part, PART_DONE);
		job->committed = true;
	}
}

void job_mark_resubmits(struct job *job, struct span counts)
{
	for (unsigned i = 0; i < job->submits && next_decimal(&counts, &job->parts[i].resubmits);)
		i++;
}

struct job_slot {
	struct job *job;
	uint32_t generation; /* of the job that is or was here last */
	uint32_t next_free;
};

void jobs_init(struct jobs *jobs)
{
	*jobs = (struct jobs){.free_slot = NO_SLOT};
}

void jobs_finish(struct jobs *jobs)
{
	struct job *job = jobs->first;

	while (job) {
		struct job *next = job->next;
		job_destroy(&job);
		job = next;
	}
	free(jobs->slots);
	jobs_init(jobs);
}

/* Behind all of its class and of a higher one. */
static void jobs_place(struct jobs *jobs, struct job *job)
{
	struct job *before = jobs->last;

	while (before && before->message.mt.class > job->message.mt.class)
		before = before->previous;
	job->previous = before;
	job->next = before ? before->next : jobs->first;
	if (job->previous)
		job->previous->next = job;
	else
		jobs->first = job;
	if (job->next)
		job->next->previous = job;
	else
		jobs->last = job;
}

void jobs_add(struct jobs *jobs, struct job *job)
{
	uint32_t slot = jobs->free_slot;

	if (slot == NO_SLOT) {
		slot = jobs->slots_count++;
		jobs->slots = memory_resize(jobs->slots, jobs->slots_count, sizeof(*jobs->slots));
		jobs->slots[slot] = (struct job_slot){.generation = 0};
	} else {
		jobs->free_slot = jobs->slots[slot].next_free;
	}
	jobs->slots[slot].job = job;
	job->slot = slot;
	job->generation = ++jobs->slots[slot].generation;
	jobs_place(jobs, job);
	jobs->count++;
}

void jobs_remove(struct jobs *jobs, struct job **job)
{
	struct job *gone = *job;

	if (gone->previous)
		gone->previous->next = gone->next;
	else
		jobs->first = gone->next;
	if (gone->next)
		gone->next->previous = gone->previous;
	else
		jobs->last = gone->previous;
	jobs->slots[gone->slot].job = NULL;
	jobs->slots[gone->slot].next_free = jobs->free_slot;
	jobs->free_slot = gone->slot;
	jobs->count--;
	job_destroy(job);
}

/* Generation in the upper half, then 24 bits of slot, then 8 of part. */
uint64_t jobs_user(const struct job *job, unsigned part)
{
	return (uint64_t)job->generation << 32 | (uint64_t)job->slot << 8 | part;
}

struct job *jobs_find(const struct jobs *jobs, uint64_t user, unsigned *part)
{
	uint32_t slot = (uint32_t)user >> 8;
	struct job *job;

	if (slot >= jobs->slots_count)
		return NULL;
	job = jobs->slots[slot].job;
	if (!job || job->generation != user >> 32)
		return NULL;
	*part = user & 0xFF;
	return job;
}

struct job *jobs_by_id(const struct jobs *jobs, struct span id)
{
	for (struct job *job = jobs->first; job; job = job->next) {
		const struct span own = job->message.mt.id;
		if (!job->yielded && own.length == id.length &&
		    memcmp(own.at, id.at, id.length) == 0)
			return job;
	}
	return NULL;
}
