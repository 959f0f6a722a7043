/* What became of outbound messages. The carrier's id of a segment and its receipt meet in a
 * partition of their own, so both are two steps: there first (which may be repeated), then here,
 * which acknowledges. Both kinds go through the same batch, so that they keep their order. */
#include "config/log.h"
#include "router/bus/key.h"
#include "router/threading/batch.h"
#include "router/threading/job.h"
#include "smpp/receipt.h"
#include "smpp/status.h"

#include <errno.h>
#include <ev.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REASON_MAX 96
#define PARKED_BEFORE '=' /* meet.lua says so of a receipt whose answer brings it */
#define MEETING_NAME_MAX (MESSAGE_NAME_MAX + 1 + RECEIPT_ID_CANONICAL)

/* The fields of a step of `meet`, and of one of `outcomes`. */
enum {
	MEET_KIND,
	MEET_NAME,
	MEET_TTL,
	MEET_TARGET,
	MEET_STATE,
	MEET_REASON,
	MEET_NOW,
	MEET_AHEAD,
	MEET_TLVS,
	MEET_WIDTH
};
static const char *const meet_names[] = {"k",	   "name", "ttl",   "target", "state",
					 "reason", "now",  "ahead", "tlvs"};
enum {
	OUTCOME_KIND,
	OUTCOME_BACK,
	OUTCOME_NOW,
	OUTCOME_ID,
	OUTCOME_SEGMENT,
	OUTCOME_OUTCOME,
	OUTCOME_REASON,
	OUTCOME_SEGMENTS,
	OUTCOME_RECEIPTS,
	OUTCOME_DUE,
	OUTCOME_SID,
	OUTCOME_CANCEL,
	OUTCOME_WRITTEN,
	OUTCOME_AHEAD,
	OUTCOME_TLVS,
	OUTCOME_TLVS_LEFT_OUT,
	OUTCOME_CARRIER,
	OUTCOME_WIDTH,
};
static const char *const outcome_names[] = {
	"k",	    "back",	     "now",    "id",  "segment", "outcome", "reason",
	"segments", "receipts",	     "due",    "sid", "cancel",	 "written", "ahead",
	"tlvs",	    "tlvs_left_out", "carrier"};

/* Steps of `outcomes` that receipt.lua spells out: all of a message was sent, or delivered. */
#define NOTHING_MORE                                                                               \
	[OUTCOME_REASON] = "", [OUTCOME_RECEIPTS] = "", [OUTCOME_SID] = "", [OUTCOME_CANCEL] = "", \
	[OUTCOME_AHEAD] = "", [OUTCOME_TLVS] = "", [OUTCOME_TLVS_LEFT_OUT] = ""
static const char *const outcome_sent[OUTCOME_WIDTH] = {
	[OUTCOME_KIND] = "rs",
	[OUTCOME_SEGMENT] = "0",
	[OUTCOME_OUTCOME] = "sent",
	[OUTCOME_SEGMENTS] = "1",
	NOTHING_MORE,
};
static const char *const outcome_delivered[OUTCOME_WIDTH] = {
	[OUTCOME_KIND] = "dr",
	[OUTCOME_SEGMENT] = "0",
	[OUTCOME_OUTCOME] = "delivered",
	[OUTCOME_SEGMENTS] = "",
	[OUTCOME_DUE] = "",
	[OUTCOME_WRITTEN] = "",
	[OUTCOME_CARRIER] = "",
	NOTHING_MORE,
};
static const struct batch_brief outcome_briefs[] = {{"S", outcome_sent}, {"d", outcome_delivered}};

/* `account:id`, by which a response and a receipt meet, and its partition. */
struct meeting {
	char name[MEETING_NAME_MAX];
	unsigned partition;
};

/* A decimal as the value of a step. */
struct digits {
	char text[24];
};

static struct span digits_of(int64_t value, struct digits *digits)
{
	int length = snprintf(digits->text, sizeof(digits->text), "%" PRId64, value);

	return (struct span){(const uint8_t *)digits->text, (size_t)length};
}

/* Of a carrier that has left, its name is all that is known. */
static struct span account_of(const struct settings_carrier *carrier, struct span name)
{
	return carrier ? span_text(settings_account(carrier)) : name;
}

static bool meet(const struct job *job, struct span account, struct span id,
		 enum receipt_id_form form, struct meeting *out)
{
	char canonical[RECEIPT_ID_CANONICAL];
	int length = receipt_canonical_id(id, form, canonical, sizeof(canonical));

	if (length <= 0)
		return false;
	snprintf(out->name, sizeof(out->name), "%.*s:%s", (int)account.length,
		 (const char *)account.at, canonical);
	out->partition = key_receipt_partition(
		account, (struct span){(const uint8_t *)canonical, (size_t)length},
		job->threading->settings.partitions);
	return true;
}

static int64_t now_ms(const struct job *job)
{
	return (int64_t)(ev_now(job->threading->loop) * 1000.);
}

static const char *outcome_word(const struct message_result *result)
{
	switch (result->outcome) {
	case MESSAGE_SENT:
		return "sent";
	case MESSAGE_FAILED:
		return result->reason.length == 7 && memcmp(result->reason.at, "expired", 7) == 0
			       ? "expired"
			       : "failed";
	case MESSAGE_UNKNOWN:
		return "unknown";
	case MESSAGE_RESENT:
		return "resent";
	}
	return "unknown";
}

/* Why a segment was not sent, or, in `receipts` behind a blank, why it failed after that. */
static void result_reason(const struct message_result *result, struct span receipts,
			  char reason[REASON_MAX])
{
	if (result->outcome == MESSAGE_FAILED && result->status)
		snprintf(reason, REASON_MAX, "%s (0x%08" PRIX32 ")", status_name(result->status),
			 result->status);
	else if (result->outcome != MESSAGE_SENT)
		snprintf(reason, REASON_MAX, "%.*s",
			 result->reason.length > 80 ? 80 : (int)result->reason.length,
			 result->reason.length ? (const char *)result->reason.at : "");
	else
		snprintf(reason, REASON_MAX, "%.*s", (int)receipts.length,
			 receipts.length ? (const char *)receipts.at : "");
}

/* The error in what receipt_reason() has written. */
static struct span error_in(struct span why)
{
	static const char before[] = ", error ";
	const uint8_t *at =
		why.length ? memmem(why.at, why.length, before, sizeof(before) - 1) : NULL;

	if (!at)
		return (struct span){NULL, 0};
	at += sizeof(before) - 1;
	return (struct span){at, (size_t)(why.at + why.length - at)};
}

/* For how long the carrier keeps it before its time, ms. */
static int64_t ahead_ms(const struct message_result *result, int64_t now)
{
	int64_t at = (int64_t)result->schedule_ms;

	return result->outcome == MESSAGE_SENT && at > now ? at - now : 0;
}

/* Takes what stands behind the first such octet off `span`; empty where there is none. */
static struct span cut_off(struct span *span, char octet)
{
	const uint8_t *at = span->length ? memchr(span->at, octet, span->length) : NULL;
	struct span rest = {NULL, 0};

	if (!at)
		return rest;
	rest = (struct span){at + 1, span->length - (size_t)(at - span->at) - 1};
	span->length = (size_t)(at - span->at);
	return rest;
}

/* What a step of `outcomes` says of the entry that it is for. */
static struct span entry_of(const struct job *job)
{
	return span_text(job->sheaf && job->old ? "=" : job->id);
}

/* `receipts` came before this result: their states and, behind a blank, why the message failed, and
 * behind a line's end the carrier's own parameters. */
static void apply_result(struct job *job, struct span receipts)
{
	const struct message_result *result = &job->message.result;
	const struct settings_carrier *carrier = job_carrier(job, result->carrier);
	int64_t now = result->answered_ms ? (int64_t)result->answered_ms : now_ms(job);
	struct span told = cut_off(&receipts, '\n'), why = cut_off(&receipts, ' ');
	struct span values[OUTCOME_WIDTH] = {{NULL, 0}};
	struct digits at, segment, segments, due, written, before;
	int64_t ahead = ahead_ms(result, now);
	char reason[REASON_MAX];

	result_reason(result, why, reason);
	refusal_of(job, &(struct refusal){
				.carrier = carrier,
				.partition = job->partition,
				.id = result->id,
				.customer = span_text(job->customer),
				.status = result->outcome == MESSAGE_FAILED ? result->status : 0,
				.error = error_in(why),
			});
	values[OUTCOME_KIND] = span_text("rs");
	values[OUTCOME_BACK] = entry_of(job);
	values[OUTCOME_NOW] = digits_of(now, &at);
	values[OUTCOME_ID] = result->id;
	values[OUTCOME_SEGMENT] = digits_of(result->segment, &segment);
	values[OUTCOME_OUTCOME] = span_text(outcome_word(result));
	values[OUTCOME_REASON] = span_text(reason);
	values[OUTCOME_SEGMENTS] = digits_of(result->segments, &segments);
	values[OUTCOME_RECEIPTS] = receipts;
	values[OUTCOME_CARRIER] = result->carrier;
	values[OUTCOME_TLVS] = told;
	if (carrier && carrier->receipt_timeout_s)
		values[OUTCOME_DUE] =
			digits_of(now + ahead + carrier->receipt_timeout_s * 1000LL, &due);
	if (carrier && (carrier->query || carrier->cancel))
		values[OUTCOME_SID] = result->smsc_id;
	if (carrier && carrier->cancel)
		values[OUTCOME_CANCEL] = span_text("1");
	if (ahead)
		values[OUTCOME_AHEAD] = digits_of(ahead, &before);
	if (result->submitted_ms)
		values[OUTCOME_WRITTEN] = digits_of((int64_t)result->submitted_ms, &written);
	batch_add(job->threading->outcomes, job->partition, job, values);
}

/* What it borrows may be overwritten by the next that is read. */
static int read_receipt(const struct message_mo *mo, struct receipt *receipt)
{
	static uint8_t wide[RECEIPT_TEXT_MAX];

	return receipt_parse(receipt_text(mo->esm_class, mo->data_coding, mo->body, wide), mo->tlvs,
			     receipt);
}

/* Reads a receipt and where it meets its answer. 0 or -errno. */
static int meet_receipt(const struct job *job, struct receipt *receipt, struct meeting *out)
{
	const struct message_mo *mo = &job->message.mo;
	const struct settings_carrier *carrier = job_carrier(job, mo->carrier);
	enum receipt_id_form form = carrier ? settings_receipt_id(carrier) : RECEIPT_ID_TEXT;
	int error = read_receipt(mo, receipt);

	if (error)
		return error;
	return meet(job, account_of(carrier, mo->carrier), receipt->id, form, out) ? 0 : -EPROTO;
}

/* The state of a segment that a receipt means; NULL for one after which another is to come. A
 * carrier that says UNKNOWN in a receipt has given up on it: nobody waits for more, though more may
 * come. */
static const char *receipt_word(const struct message_mo *mo, const struct receipt *receipt)
{
	if (!receipt->has_state)
		return NULL;
	if (receipt->state == RECEIPT_UNKNOWN)
		return receipt_type(mo->esm_class) == RECEIPT_TYPE_INTERMEDIATE ? NULL : "unknown";
	if (!receipt_is_final(receipt->state))
		return NULL;
	if (receipt->state == RECEIPT_DELIVERED)
		return "delivered";
	return receipt->state == RECEIPT_EXPIRED ? "expired" : "failed";
}

static void on_elsewhere(struct job *job, const struct bus_reply *reply)
{
	enum job_verdict verdict = job_verdict(job, reply);

	if (verdict == JOB_VOID || verdict == JOB_REFUSED) {
		job_settled(&job, reply);
		return;
	}
	unsigned heard_in = job->partition;
	job->partition = (unsigned)strtoul(job->target, NULL, 10);
	job_happened(job, reply, NULL);
	job->partition = heard_in;
	job_drop(&job, "receipt_elsewhere");
}

/* Why a receipt tells of a failure; empty for one of delivery. */
static void receipt_reason(const struct receipt *receipt, char reason[REASON_MAX])
{
	reason[0] = '\0';
	if (receipt->state != RECEIPT_DELIVERED)
		snprintf(reason, REASON_MAX, "%s%s%.*s", receipt_state_name(receipt->state),
			 receipt->error.length ? ", error " : "",
			 receipt->error.length > 32 ? 32 : (int)receipt->error.length,
			 receipt->error.length ? (const char *)receipt->error.at : "");
}

/* Reads a number and what ends it: the blank before the next word, or the NUL. */
static int target_number(const char **at, char ends_with, unsigned *number)
{
	char *end;

	if (**at < '0' || **at > '9')
		return -EPROTO;
	errno = 0;
	unsigned long value = strtoul(*at, &end, 10);
	if (errno || value > UINT_MAX || *end != ends_with)
		return -EPROTO;
	*number = (unsigned)value;
	*at = end + (ends_with ? 1 : 0);
	return 0;
}

/* Reads where a receipt belongs, "partition id segment"; `id` has MESSAGE_NAME_MAX + 1 octets. */
static int target_read(const char *at, unsigned *partition, char *id, unsigned *segment)
{
	if (target_number(&at, ' ', partition) != 0)
		return -EPROTO;
	size_t length = strcspn(at, " ");
	if (!length || length > MESSAGE_NAME_MAX || at[length] != ' ')
		return -EPROTO;
	memcpy(id, at, length);
	id[length] = '\0';
	at += length + 1;
	return target_number(&at, '\0', segment);
}

/* Applies a receipt to its segment. */
static void apply_receipt(struct job *job, const struct receipt *receipt, const char *state)
{
	struct threading *threading = job->threading;
	char id[MESSAGE_NAME_MAX + 1], reason[REASON_MAX];
	unsigned partition = 0, segment = 0;
	struct span values[OUTCOME_WIDTH] = {{NULL, 0}};
	struct digits at, part, more;
	char told[TLV_TELL_SIZE];
	unsigned left_out;

	if (target_read(job->target, &partition, id, &segment) != 0 ||
	    partition >= threading->settings.partitions) {
		job_aside(&job, "receipt_target");
		return;
	}
	receipt_reason(receipt, reason);
	if (receipt->state != RECEIPT_DELIVERED)
		refusal_of(job, &(struct refusal){
					.carrier = job_carrier(job, job->message.mo.carrier),
					.partition = partition,
					.id = span_text(id),
					.customer = job->message.mo.customer,
					.error = receipt->error,
				});
	values[OUTCOME_KIND] = span_text("dr");
	values[OUTCOME_BACK] =
		partition == job->partition || job->sheaf ? entry_of(job) : span_text("");
	values[OUTCOME_NOW] = digits_of((int64_t)job->message.mo.heard_ms, &at);
	values[OUTCOME_ID] = span_text(id);
	values[OUTCOME_SEGMENT] = digits_of(segment, &part);
	values[OUTCOME_OUTCOME] = span_text(state);
	values[OUTCOME_REASON] = span_text(reason);
	left_out = job_parameters(job, told);
	values[OUTCOME_TLVS] = span_text(told);
	if (left_out)
		values[OUTCOME_TLVS_LEFT_OUT] = digits_of(left_out, &more);
	batch_add(threading->outcomes, partition, job, values);
}

static void on_seen(struct job *job, const struct bus_reply *reply)
{
	struct span target = bus_reply_span(reply);
	struct receipt receipt;

	if (bus_reply_type(reply) != BUS_STRING || job_verdict(job, reply) == JOB_VOID) {
		job_settled(&job, reply);
		return;
	}
	if (target.length == 0) {
		job_drop(&job, "receipt_early");
		return;
	}
	if (target.length == 1 && *target.at == PARKED_BEFORE) {
		/* An old one may be the one that was parked. */
		if (job->old && job->sheaf)
			job_over(&job);
		else
			job_drop(&job, job->old ? "receipt_early" : "receipt_repeated");
		return;
	}
	if (target.length >= sizeof(job->target) || read_receipt(&job->message.mo, &receipt) != 0) {
		job_aside(&job, "receipt_target");
		return;
	}
	memcpy(job->target, target.at, target.length);
	job->target[target.length] = '\0';
	apply_receipt(job, &receipt, receipt_word(&job->message.mo, &receipt));
}

/* Asks where the receipt belongs; it is parked where nobody knows yet. */
static void ask_where(struct job *job, const struct receipt *receipt, const struct meeting *meeting)
{
	char reason[REASON_MAX], told[TLV_TELL_SIZE];

	receipt_reason(receipt, reason);
	struct span values[MEET_WIDTH] = {{NULL, 0}};
	struct digits ttl, now;
	values[MEET_KIND] = span_text("dr");
	values[MEET_NAME] = span_text(meeting->name);
	values[MEET_TTL] = digits_of(RECEIPT_TTL_MS, &ttl);
	values[MEET_STATE] = span_text(receipt_word(&job->message.mo, receipt));
	values[MEET_REASON] = span_text(reason);
	values[MEET_NOW] = digits_of(now_ms(job), &now);
	(void)job_parameters(job, told);
	values[MEET_TLVS] = span_text(told);
	batch_add(job->threading->meetings, meeting->partition, job, values);
}

/* The receipt belongs where its result says, which goes before it. */
static void follow(struct job *job, const struct receipt *receipt, const char *target)
{
	snprintf(job->target, sizeof(job->target), "%s", target);
	apply_receipt(job, receipt, receipt_word(&job->message.mo, receipt));
}

/* One that has waited goes on: behind its result, or with a target of NULL by itself. */
static void resume(struct job *job, const char *target)
{
	struct receipt receipt;
	struct meeting meeting;

	if (meet_receipt(job, &receipt, &meeting) != 0)
		job_aside(&job, "receipt_without_id");
	else if (target)
		follow(job, &receipt, target);
	else
		ask_where(job, &receipt, &meeting);
}

void outcome_receipt(struct job *job)
{
	struct receipt receipt;
	struct meeting meeting;

	job->threading->counts[THREADING_RECEIPTS]++;
	if (meet_receipt(job, &receipt, &meeting) != 0) {
		job_aside(&job, "receipt_without_id");
		return;
	}
	if (!receipt_word(&job->message.mo, &receipt)) {
		job_drop(&job, "receipt_intermediate");
		return;
	}
	struct job *result = underway_find(job->threading, meeting.name);
	if (result && result->parked == JOB_PARKED_UNKNOWN)
		underway_wait(result, job);
	else if (result && result->parked == JOB_PARKED_NONE)
		follow(job, &receipt, result->target);
	else
		ask_where(job, &receipt, &meeting);
}

static void on_expected(struct job *job, const struct bus_reply *reply)
{
	if (bus_reply_type(reply) != BUS_STRING || job_verdict(job, reply) == JOB_VOID) {
		job_settled(&job, reply);
		return;
	}
	struct span parked = bus_reply_span(reply);
	struct job_queue waiting = job->receipts;
	struct job *receipt;
	char target[sizeof(job->target)];
	job->parked = parked.length ? JOB_PARKED_SOME : JOB_PARKED_NONE;
	job_queue_init(&job->receipts);
	memcpy(target, job->target, sizeof(target));
	apply_result(job, parked); /* before them, and it may be over then */
	while ((receipt = job_queue_next(&waiting)))
		resume(receipt, parked.length ? NULL : target);
}

void outcome_result(struct job *job)
{
	const struct message_result *result = &job->message.result;
	const struct settings_carrier *carrier = job_carrier(job, result->carrier);
	enum receipt_id_form form = carrier ? settings_response_id(carrier) : RECEIPT_ID_TEXT;
	struct meeting meeting;

	job->threading->counts[THREADING_RESULTS]++;
	if (result->outcome != MESSAGE_SENT ||
	    !meet(job, account_of(carrier, result->carrier), result->smsc_id, form, &meeting)) {
		apply_result(job, (struct span){NULL, 0});
		return;
	}
	snprintf(job->target, sizeof(job->target), "%u %.*s %u", job->partition,
		 (int)result->id.length, (const char *)result->id.at, result->segment);
	struct span values[MEET_WIDTH] = {{NULL, 0}};
	struct digits ttl, before, answered;
	values[MEET_KIND] = span_text("rs");
	values[MEET_NAME] = span_text(meeting.name);
	values[MEET_TTL] = digits_of(RECEIPT_TTL_MS, &ttl);
	if (result->answered_ms)
		values[MEET_NOW] = digits_of((int64_t)result->answered_ms, &answered);
	int64_t ahead = ahead_ms(result, now_ms(job));
	if (ahead)
		values[MEET_AHEAD] = digits_of(ahead, &before);
	values[MEET_TARGET] = span_text(job->target);
	underway_add(job, meeting.name);
	batch_add(job->threading->meetings, meeting.partition, job, values);
}

/* One of either kind has met what it belongs to, or not. */
static void on_met(struct job *job, const struct bus_reply *told)
{
	if (job->message.kind == MESSAGE_RESULT)
		on_expected(job, told);
	else
		on_seen(job, told);
}

static void on_outcome(struct job *job, const struct bus_reply *told)
{
	bool elsewhere = job->message.kind == MESSAGE_MO &&
			 (unsigned)strtoul(job->target, NULL, 10) != job->partition;

	if (elsewhere)
		on_elsewhere(job, told);
	else
		job_end(job, told);
}

struct batch *outcome_meetings(struct threading *threading)
{
	const struct batch_setup setup = {.function = "meet",
					  .names = meet_names,
					  .width = MEET_WIDTH,
					  .tag = key_receipts,
					  .done = on_met};

	return batch_create(threading, &setup);
}

struct batch *outcome_outcomes(struct threading *threading)
{
	const struct batch_setup setup = {.function = "outcomes",
					  .names = outcome_names,
					  .width = OUTCOME_WIDTH,
					  .briefs = outcome_briefs,
					  .brief_count = sizeof(outcome_briefs) /
							 sizeof(outcome_briefs[0]),
					  .fenced = true,
					  .tag = key_tag,
					  .done = on_outcome};

	return batch_create(threading, &setup);
}

void outcome_stopped(struct job *job)
{
	struct bus_args *args = job_call(job, "stopped");

	bus_args_field_integer(args, "now", now_ms(job));
	bus_args_field(args, "id", (struct span){job->record, job->record_length});
	bus_args_send(args, job->threading->bus, job_on_applied, job);
}
