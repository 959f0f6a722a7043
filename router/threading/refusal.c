/* What others than our own keywords make of a customer's consent: a carrier refuses a message
 * because the customer opted out there; staff, a list or a carrier suppress somebody with whom
 * agents are talking. */
#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"
#include "router/compliance/seal.h"
#include "router/threading/job.h"
#include "smpp/status.h"

#include <ev.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTE_MAX 96

/* Receipts' errors that mean it and nothing else anywhere: twilio.com/docs/api/errors/21610,
 * developers.telnyx.com/api/errors/40300. A carrier's own stand in bindery.conf; SMPP has none. */
static const char *const usual[] = {"21610", "40300"};

static bool is_opt_out(const struct settings_carrier *carrier, uint32_t status, struct span error)
{
	for (size_t i = 0; status && i < carrier->statuses_count; i++) {
		if (carrier->statuses[i].status == status && carrier->statuses[i].opt_out)
			return true;
	}
	if (error.length == 0)
		return false;
	for (size_t i = 0; i < carrier->opt_out_errors_count; i++) {
		if (span_is(error, carrier->opt_out_errors[i]))
			return true;
	}
	for (size_t i = 0; !carrier->opt_out_errors_count && i < sizeof(usual) / sizeof(*usual);
	     i++) {
		if (span_is(error, usual[i]))
			return true;
	}
	return false;
}

struct stopping {
	struct threading *threading;
	const struct settings_carrier *carrier;
	unsigned partition;
	bool again; /* it has been asked anew, for whom Redis says */
	char note[NOTE_MAX], id[MESSAGE_NAME_MAX + 1];
};

static void ask(struct stopping *stopping, struct span customer);

static void on_stopped(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct stopping *stopping = context;
	struct span word = bus_reply_span(bus_reply_at(reply, 0));

	(void)bus;
	if (span_is(word, "who") && !stopping->again) {
		stopping->again = true;
		ask(stopping, bus_reply_span(bus_reply_at(reply, 1)));
		return;
	}
	if (span_is(word, "ok"))
		log_event(LOG_INFO, "carrier_opt_out", "carrier=%s why=\"%s\"",
			  stopping->carrier->name, stopping->note);
	else if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "carrier_opt_out_failed", "error=\"%s\"",
			  (const char *)bus_reply_span(reply).at);
	free(stopping);
}

static void ask(struct stopping *stopping, struct span customer)
{
	struct threading *threading = stopping->threading;
	struct bus_args *args = &threading->args;
	struct span note = {(const uint8_t *)stopping->note, strlen(stopping->note)};
	char key[KEY_MAX];

	bus_args_call(args, "carrier_stop", key_tag(stopping->partition, key));
	bus_args_field_text(args, "id", stopping->id);
	bus_args_field(args, "customer", customer);
	bus_args_field_integer(args, "now", (int64_t)(ev_now(threading->loop) * 1000.));
	bus_args_field_text(args, "by", stopping->carrier->name);
	bus_args_field(args, "note", note);
	seal_add(threading->settings.seal, args,
		 &(struct seal_beside){.customer = customer, .note = note});
	bus_args_send(args, threading->bus, on_stopped, stopping);
}

void refusal_of(const struct job *job, const struct refusal *refusal)
{
	const struct settings_carrier *carrier = refusal->carrier;
	struct span id = refusal->id, error = refusal->error;

	if (!carrier || id.length > MESSAGE_NAME_MAX ||
	    !is_opt_out(carrier, refusal->status, error))
		return;
	struct stopping *stopping = memory_array(1, sizeof(*stopping));
	stopping->threading = job->threading;
	stopping->carrier = carrier;
	stopping->partition = refusal->partition;
	memcpy(stopping->id, id.at, id.length);
	if (refusal->status)
		snprintf(stopping->note, NOTE_MAX, "%s (0x%08" PRIX32 ")",
			 status_name(refusal->status), refusal->status);
	else
		snprintf(stopping->note, NOTE_MAX, "receipt error %.*s",
			 error.length > 64 ? 64 : (int)error.length, (const char *)error.at);
	ask(stopping, refusal->customer);
}

void refusal_told(struct job *job, const char *function)
{
	struct bus_args *args = job_call(job, function);

	bus_args_field_integer(args, "now", (int64_t)(ev_now(job->threading->loop) * 1000.));
	bus_args_field(args, "customer", (struct span){job->record, job->record_length});
	bus_args_send(args, job->threading->bus, job_on_applied, job);
}
