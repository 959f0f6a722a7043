#include "gateway/carrier.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/listener.h"
#include "config/memory.h"
#include "gateway/carrier_internal.h"
#include "gateway/clock.h"
#include "gateway/link_tls.h"
#include "gateway/meter.h"
#include "gateway/store.h"

static void on_heard(struct bind *bind, const struct pdu *pdu, void *context)
{
	struct carrier *carrier = context;

	inbound_take(&carrier->inbound, bind, pdu);
}

static void on_answered(struct bind *bind, const struct bind_answer *answer, void *context)
{
	struct carrier *carrier = context;

	outbound_answered(&carrier->outbound, bind, answer);
}

static void on_lost(struct bind *bind, uint64_t user, enum bind_lost why, void *context)
{
	struct carrier *carrier = context;

	outbound_lost(&carrier->outbound, bind, user, why);
}

static void on_changed(struct bind *bind, void *context)
{
	struct carrier *carrier = context;

	if (bind_is_bound(bind) && !bind->tlvs)
		carrier_do_without_tlvs(carrier);
	outbound_stir(&carrier->outbound);
	turn_defer(carrier->turn, &carrier->tell);
}

static void on_unsure(void *context)
{
	struct carrier *carrier = context;

	inbound_unsure(&carrier->inbound);
}

static const struct bind_events bind_events = {
	.heard = on_heard,
	.answered = on_answered,
	.lost = on_lost,
	.changed = on_changed,
	.unsure = on_unsure,
};

static const double seconds_bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
					0.5,   1,      2.5,   5,    10,	   30,	 0};

struct counter {
	struct metric **metric;
	const char *name, *help;
};

static void register_all(struct metrics *metrics, const char *labels,
			 const struct counter *counters, size_t count)
{
	for (size_t i = 0; i < count; i++)
		*counters[i].metric =
			metrics_counter(metrics, counters[i].name, counters[i].help, labels);
}

static void register_bind_counters(struct carrier *carrier, struct metrics *metrics,
				   const char *labels)
{
	const struct counter counters[] = {
		{&carrier->bind_counters.pdus_in, "bindery_pdus_in_total", "PDUs read."},
		{&carrier->bind_counters.pdus_out, "bindery_pdus_out_total", "PDUs written."},
		{&carrier->bind_counters.odd, "bindery_pdus_odd_total",
		 "PDUs read in spite of an oddity."},
		{&carrier->bind_counters.refused, "bindery_pdus_refused_total",
		 "Requests that were answered with an error."},
		{&carrier->bind_counters.broken, "bindery_links_broken_total",
		 "Links closed over a length or a half-read PDU."},
		{&carrier->bind_counters.unexpected, "bindery_session_unexpected_total",
		 "Events that the session's state does not provide for."},
		{&carrier->bind_counters.unmatched, "bindery_answers_unmatched_total",
		 "Answers to nothing that was asked."},
		{&carrier->bind_counters.late, "bindery_answers_late_total",
		 "Answers that came after their time was up."},
		{&carrier->bind_counters.binds, "bindery_binds_total", "Binds made."},
		{&carrier->bind_counters.bind_failures, "bindery_bind_failures_total",
		 "Binds that ended or did not come about."},
		{&carrier->bind_counters.untrusted, "bindery_tls_failures_total",
		 "Connections that failed over TLS."},
		{&carrier->bind_counters.congested, "bindery_congestion_total",
		 "Times that congestion_state made us slower."},
		{&carrier->bind_counters.pauses, "bindery_throttled_total",
		 "Answers that said we are too fast."},
	};

	register_all(metrics, labels, counters, sizeof(counters) / sizeof(counters[0]));
}

static void register_message_counters(struct carrier *carrier, struct metrics *metrics,
				      const char *labels)
{
	const struct counter counters[] = {
		{&carrier->inbound_counters.messages, "bindery_mo_total", "Messages heard."},
		{&carrier->inbound_counters.receipts, "bindery_receipts_total", "Receipts heard."},
		{&carrier->inbound_counters.kept, "bindery_mo_kept_total",
		 "Messages and receipts answered ESME_ROK."},
		{&carrier->inbound_counters.refused, "bindery_mo_refused_total",
		 "Messages and receipts that were left with the carrier."},
		{&carrier->inbound_counters.bad_address, "bindery_mo_bad_address_total",
		 "Messages with an address that cannot be one."},
		{&carrier->outbound_counters.taken, "bindery_mt_taken_total", "Messages taken."},
		{&carrier->outbound_counters.submitted, "bindery_mt_submitted_total",
		 "Segments written."},
		{&carrier->outbound_counters.sent, "bindery_mt_sent_total", "Segments accepted."},
		{&carrier->outbound_counters.failed, "bindery_mt_failed_total",
		 "Segments refused for good."},
		{&carrier->outbound_counters.unknown, "bindery_mt_unknown_total",
		 "Segments whose outcome nobody knows."},
		{&carrier->outbound_counters.resent, "bindery_mt_resent_total",
		 "Segments to be sent again since their outcome was unknown."},
		{&carrier->outbound_counters.given_up, "bindery_mt_given_up_total",
		 "Segments of unknown outcome that were sent again resubmits_max times."},
		{&carrier->outbound_counters.unsendable, "bindery_mt_unsendable_total",
		 "Messages that could not be read or cut."},
		{&carrier->outbound_counters.paused, "bindery_mt_put_off_total",
		 "Segments put off by the carrier's answer."},
		{&carrier->outbound_counters.expired, "bindery_mt_expired_total",
		 "Messages whose time was up."},
		{&carrier->outbound_counters.ended, "bindery_mt_ended_total",
		 "Messages ended by an opt-out after they were taken."},
		{&carrier->outbound_counters.recovered, "bindery_mt_recovered_total",
		 "Messages that were found in flight."},
	};

	register_all(metrics, labels, counters, sizeof(counters) / sizeof(counters[0]));
}

/* All the metrics of a carrier bear its name as their only label. */
static void register_counters(struct carrier *carrier, struct metrics *metrics)
{
	char labels[MESSAGE_NAME_MAX + 16];

	snprintf(labels, sizeof(labels), "carrier=\"%s\"", carrier->settings->name);
	register_bind_counters(carrier, metrics, labels);
	register_message_counters(carrier, metrics, labels);
	carrier->bind_counters.answer_seconds =
		metrics_histogram(metrics, "bindery_mt_answer_seconds",
				  "From submit_sm to its answer.", labels, seconds_bounds);
	carrier->inbound_counters.wait_seconds =
		metrics_histogram(metrics, "bindery_mo_answer_seconds",
				  "From deliver_sm to our answer.", labels, seconds_bounds);
	carrier->accepts_failed = listener_metric(metrics, labels);
	carrier->bound = metrics_gauge(metrics, "bindery_bound", "Binds that stand.", labels);
	carrier->window_used = metrics_gauge(metrics, "bindery_window_used",
					     "Submits that wait for an answer.", labels);
	carrier->credentials_refused =
		metrics_gauge(metrics, "bindery_credentials_refused",
			      "Binds of which the carrier refused the credentials.", labels);
	carrier->waiting =
		metrics_gauge(metrics, "bindery_mt_waiting",
			      "Messages that wait in Redis, every five seconds.", labels);
	carrier->standby = metrics_gauge(
		metrics, "bindery_carrier_standby",
		"Whether another gateway has the carrier, and this one stands by.", labels);
	carrier->held = metrics_gauge(metrics, "bindery_carrier_held",
				      "What an operator asked for: 1 paused, 2 drained.", labels);
}

static void carrier_name_keys(struct carrier *carrier)
{
	const char *name = carrier->live.name;

	key_outbound_channel(name, carrier->channel);
	key_gateway_channel(name, carrier->order_channel);
	key_gateway_status(name, carrier->status_key);
	key_gateway_hold(name, carrier->order_key);
}

static void tell(void *context)
{
	carrier_tell(context);
}

/* Nothing loaded has its name, which `setup` lent. */
static void carrier_outlive_settings(struct carrier *carrier)
{
	carrier->live.name = carrier->former = memory_text(carrier->live.name);
	carrier->recovering = true;
}

struct carrier *carrier_create(const struct carrier_setup *setup)
{
	struct carrier *carrier = memory_array(1, sizeof(*carrier));
	struct bind_setup *bind = &carrier->bind_setup;
	struct outbound_setup outbound = {
		.turn = setup->turn,
		.store = setup->store,
		.lease = &carrier->lease,
		.carrier = &carrier->live,
		.settings = &carrier->owner,
		.counters = &carrier->outbound_counters,
		.unbound = setup->unbound,
		.gateway = setup->gateway,
	};

	carrier->live = *setup->carrier;
	carrier->settings = &carrier->live;
	carrier->owner = setup->settings;
	carrier->tls = setup->tls;
	carrier->turn = setup->turn;
	carrier->store = setup->store;
	carrier->instance = setup->settings->gateway.instance;
	carrier->tell = (struct turn_task){.run = tell, .context = carrier};
	carrier->backlog = (struct backlog){.store = setup->store, .carrier = &carrier->live};
	carrier_name_keys(carrier);
	register_counters(carrier, setup->metrics);
	carrier->meter = meter_create(
		&(struct meter_setup){setup->turn, setup->store, &carrier->live, setup->metrics});
	*bind = (struct bind_setup){
		.turn = setup->turn,
		.carrier = &carrier->live,
		.tls = setup->tls,
		.meter = carrier->meter,
		.drain_ms = setup->settings->gateway.drain_s * 1000ull,
		.counters = &carrier->bind_counters,
		.events = &bind_events,
		.context = carrier,
	};
	carrier->binds = memory_array(SETTINGS_BINDS_MAX, sizeof(struct bind *));
	carrier->live.binds = 0;
	carrier_add_binds(carrier, setup->carrier->binds);
	inbound_init(&carrier->inbound, setup->store, &carrier->live,
		     setup->settings->router.duplicate_window_s * 1000ull);
	carrier->inbound.counters = &carrier->inbound_counters;
	carrier_init_lease(carrier);
	outbound.binds = carrier->binds;
	outbound_init(&carrier->outbound, &outbound);
	if (setup->former)
		carrier_outlive_settings(carrier);
	return carrier;
}

void carrier_destroy(struct carrier **carrier)
{
	struct carrier *gone = *carrier;

	if (!gone)
		return;
	listener_destroy(&gone->outbind);
	for (unsigned i = 0; i < gone->settings->binds; i++)
		bind_destroy(&gone->binds[i]);
	link_tls_unload(&gone->tls);
	free(gone->binds);
	outbound_finish(&gone->outbound);
	inbound_finish(&gone->inbound);
	meter_destroy(&gone->meter);
	turn_forget(gone->turn, &gone->tell);
	free(gone->former);
	free(gone);
	*carrier = NULL;
}

void carrier_redis_ready(struct carrier *carrier)
{
	outbound_ready(&carrier->outbound);
	lease_ask(&carrier->lease);
	carrier_look(carrier);
	carrier_tell(carrier);
}

/* The partition, and behind it a + where something interactive may wait there, a - where that is
 * transactional, a = where what waits does so in the queues of numbers with a pace of their own.
 * Anything else wakes all. */
void carrier_wake(struct carrier *carrier, struct span payload)
{
	uint8_t last = payload.length ? payload.at[payload.length - 1] : 0;
	bool paced = last == '=', marked = paced || last == '+' || last == '-';
	enum message_class class = last == '+'	 ? MESSAGE_INTERACTIVE
				   : last == '-' ? MESSAGE_TRANSACTIONAL
						 : MESSAGE_BULK;
	size_t digits = payload.length - marked;
	unsigned partition = 0;

	for (size_t i = 0; i < digits && partition <= KEY_PARTITIONS_MAX; i++) {
		unsigned digit = (unsigned)payload.at[i] - '0';
		partition = digit < 10 ? partition * 10 + digit : UINT32_MAX;
	}
	if (digits == 0 || partition > KEY_PARTITIONS_MAX)
		outbound_wake(&carrier->outbound, UINT32_MAX, MESSAGE_INTERACTIVE);
	else if (paced)
		paced_stir(&carrier->outbound, partition);
	else
		outbound_wake(&carrier->outbound, partition, class);
}

void carrier_hold(struct carrier *carrier)
{
	carrier->stopping = true;
	outbound_stop(&carrier->outbound);
}

bool carrier_is_idle(const struct carrier *carrier)
{
	return outbound_is_idle(&carrier->outbound);
}

void carrier_stop(struct carrier *carrier)
{
	for (unsigned i = 0; i < carrier->settings->binds; i++)
		bind_stop(carrier->binds[i]);
}

bool carrier_is_stopped(const struct carrier *carrier)
{
	for (unsigned i = 0; i < carrier->settings->binds; i++) {
		if (!bind_is_stopped(carrier->binds[i]))
			return false;
	}
	return true;
}

unsigned carrier_bound(const struct carrier *carrier)
{
	unsigned bound = 0;

	for (unsigned i = 0; i < carrier->settings->binds; i++)
		bound += bind_is_bound(carrier->binds[i]);
	return bound;
}

static unsigned carrier_window_used(const struct carrier *carrier)
{
	unsigned used = 0;

	for (unsigned i = 0; i < carrier->settings->binds; i++)
		used += window_used(carrier->binds[i]->window);
	return used;
}

static struct meter_totals carrier_totals(const struct carrier *carrier)
{
	const struct inbound_counters *in = &carrier->inbound_counters;
	const struct outbound_counters *out = &carrier->outbound_counters;
	unsigned binds = carrier->binds_wanted;

	return (struct meter_totals){
		.mo = (uint64_t)metric_value(in->messages),
		.receipts = (uint64_t)metric_value(in->receipts),
		.refused = (uint64_t)metric_value(in->refused),
		.submitted = (uint64_t)metric_value(out->submitted),
		.sent = (uint64_t)metric_value(out->sent),
		.failed = (uint64_t)metric_value(out->failed),
		.unknown = (uint64_t)metric_value(out->unknown),
		.throttled = (uint64_t)metric_value(carrier->bind_counters.pauses),
		.bound = carrier_bound(carrier),
		.binds = binds,
		.window = carrier_window_used(carrier),
		.window_max = binds * carrier->settings->window,
	};
}

/* Binds of which the SMSC refused the credentials. */
static unsigned carrier_refused(const struct carrier *carrier)
{
	unsigned refused = 0;

	for (unsigned i = 0; i < carrier->settings->binds; i++)
		refused += bind_is_refused(carrier->binds[i]);
	return refused;
}

static const char *carrier_state(const struct carrier *carrier)
{
	unsigned bound = carrier_bound(carrier);

	if (bus_is_unserved(carrier->store->bus))
		return "unserved";
	if (carrier->stopping)
		return "stopping";
	if (carrier->order == CARRIER_PAUSE)
		return bound ? "paused" : "down";
	if (carrier->order == CARRIER_DRAIN)
		return carrier_is_stopped(carrier) ? "drained" : "draining";
	if (bound == 0)
		return carrier_refused(carrier) ? "credentials_refused" : "down";
	return bound < carrier->binds_wanted ? "partly" : "bound";
}

size_t carrier_status(const struct carrier *carrier, char *out, size_t capacity)
{
	unsigned bound = carrier_bound(carrier), binds = carrier->binds_wanted;
	int length = snprintf(out, capacity,
			      "bound=%u binds=%u state=%s instance=%s window=%u window_max=%u "
			      "mo=%" PRId64 " receipts=%" PRId64 " refused=%" PRId64
			      " submitted=%" PRId64 " sent=%" PRId64 " failed=%" PRId64
			      " unknown=%" PRId64 " resent=%" PRId64 " throttled=%" PRId64
			      " credentials_refused=%u waiting=%" PRId64 " at_ms=%" PRIu64,
			      bound, binds, carrier_state(carrier), carrier->instance,
			      carrier_window_used(carrier), binds * carrier->settings->window,
			      metric_value(carrier->inbound_counters.messages),
			      metric_value(carrier->inbound_counters.receipts),
			      metric_value(carrier->inbound_counters.refused),
			      metric_value(carrier->outbound_counters.submitted),
			      metric_value(carrier->outbound_counters.sent),
			      metric_value(carrier->outbound_counters.failed),
			      metric_value(carrier->outbound_counters.unknown),
			      metric_value(carrier->outbound_counters.resent),
			      metric_value(carrier->bind_counters.pauses), carrier_refused(carrier),
			      carrier->backlog.waiting, clock_unix_ms());

	return length < (int)capacity ? (size_t)length : capacity - 1;
}

static void on_told(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct carrier *carrier = context;

	(void)bus;
	if (reply)
		carrier->unwritten = bus_reply_type(reply) == BUS_ERROR;
}

void carrier_tell(struct carrier *carrier)
{
	char status[CARRIER_STATUS_MAX], ttl[16];
	size_t length = carrier_status(carrier, status, sizeof(status));
	struct span arguments[6];
	const struct meter_totals totals = carrier_totals(carrier);

	if (carrier->fencing)
		return;
	meter_tell(carrier->meter, carrier->binds, &totals);
	metric_set(carrier->bound, carrier_bound(carrier));
	metric_set(carrier->window_used, carrier_window_used(carrier));
	metric_set(carrier->credentials_refused, carrier_refused(carrier));
	metric_set(carrier->held, carrier->order);
	metric_set(carrier->waiting, carrier->backlog.waiting);
	metric_set(carrier->standby, lease_is_others(&carrier->lease));
	bool unserved = bus_is_unserved(carrier->store->bus);
	if ((!bus_is_ready(carrier->store->bus) && !unserved) || lease_is_others(&carrier->lease))
		return;
	snprintf(ttl, sizeof(ttl), "%d", CARRIER_STATUS_TTL_MS);
	arguments[0] = (struct span){(const uint8_t *)"SET", 3};
	arguments[1] = span_text(carrier->status_key);
	arguments[2] = (struct span){(const uint8_t *)status, length};
	arguments[3] = (struct span){(const uint8_t *)"PX", 2};
	arguments[4] = span_text(ttl);
	/* One that cannot ask whose the carrier is says nothing over whoever has it now. */
	arguments[5] = (struct span){(const uint8_t *)"NX", 2};
	bus_send(carrier->store->bus, arguments, unserved ? 6 : 5, on_told, carrier);
}
