/* What the Redis Functions count, summed over the partitions. */
#include "config/log.h"
#include "router/bus/key.h"
#include "router/threading/job.h"

#include <ev.h>
#include <inttypes.h>
#include <string.h>

static const char *const names[] = {
	[THREADING_RECEIPT_EARLY] = "receipt_early",
	[THREADING_RECEIPT_LATE] = "receipt_late",
	[THREADING_RECEIPT_REPEATED] = "receipt_repeated",
	[THREADING_RECEIPT_REGRESSED] = "receipt_regressed",
	[THREADING_RECEIPT_INTERMEDIATE] = "receipt_intermediate",
	[THREADING_RECEIPT_ORPHAN] = "receipt_orphan",
	[THREADING_RECEIPT_CROWDED] = "receipt_crowded",
	[THREADING_RECEIPT_OVERDUE] = "receipt_overdue",
	[THREADING_REROUTED] = "rerouted",
	[THREADING_DIVERTED] = "diverted",
	[THREADING_EXPIRED] = "expired",
	[THREADING_PARAMETERS_LEFT_OUT] = "parameters_left_out",
	[THREADING_REVIEW_OPEN] = "review_open",
	[THREADING_REVIEW_DUE] = "review_due",
	[THREADING_REVIEW_ESCALATED] = "review_escalated",
};

const char *threading_tally_name(enum threading_tally tally)
{
	return names[tally];
}

uint64_t threading_tally(const struct threading *threading, enum threading_tally tally)
{
	return threading->tallies[tally];
}

/* Somebody has to ask that carrier what its receipts are of. */
static void tell_crowded(struct threading *threading)
{
	uint64_t before = threading->tallies[THREADING_RECEIPT_CROWDED];
	uint64_t now = threading->tallied[THREADING_RECEIPT_CROWDED];
	unsigned count;

	if (threading->tallies_read && now > before &&
	    log_due(&threading->crowded, (uint64_t)(ev_now(threading->loop) * 1000.), &count))
		log_event(LOG_WARN, "receipts_crowded_out", "total=%" PRIu64 " note=%s", now,
			  "more receipts of ids that no answer has named than are kept");
}

/* With the last reply the sums are whole. */
static void on_counts(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct threading *threading = context;

	(void)bus;
	for (size_t i = 0; i < THREADING_TALLIES; i++)
		threading->tallied[i] +=
			(uint64_t)bus_reply_integer(bus_reply_field(reply, names[i]));
	if (--threading->tally_replies > 0)
		return;
	tell_crowded(threading);
	memcpy(threading->tallies, threading->tallied, sizeof(threading->tallies));
	threading->tallies_read = true;
}

void tally_read(struct threading *threading)
{
	struct bus_args *args = &threading->args;
	char key[KEY_MAX];

	if (threading->tally_replies)
		return;
	memset(threading->tallied, 0, sizeof(threading->tallied));
	threading->tally_replies = 2 * threading->settings.partitions;
	for (unsigned i = 0; i < threading->settings.partitions; i++) {
		bus_args_text(args, "HGETALL");
		bus_args_text(args, key_count(i, key));
		bus_args_send(args, threading->bus, on_counts, threading);
		bus_args_text(args, "HGETALL");
		bus_args_text(args, key_receipts_count(i, key));
		bus_args_send(args, threading->bus, on_counts, threading);
	}
}
