/* How a carrier begins, is held and let go, changes and ends. */
#include "gateway/carrier_internal.h"

#include <string.h>
#include <unistd.h>

#include "config/listener.h"
#include "config/log.h"
#include "gateway/clock.h"
#include "gateway/link_tls.h"
#include "gateway/reroute.h"
#include "gateway/store.h"

#define START_WITHOUT_REDIS_MS 2000

void carrier_add_binds(struct carrier *carrier, unsigned count)
{
	carrier->binds_wanted = count;
	for (unsigned i = carrier->live.binds; i < count; i++) {
		carrier->bind_setup.index = i;
		carrier->binds[i] = bind_create(&carrier->bind_setup);
	}
	if (carrier->live.binds < count)
		carrier->live.binds = count;
}

void carrier_do_without_tlvs(struct carrier *carrier)
{
	enum segment_concatenation wanted = carrier->live.concatenation;

	if (wanted != SEGMENT_SAR && wanted != SEGMENT_PAYLOAD)
		return;
	carrier->live.concatenation = wanted == SEGMENT_SAR ? SEGMENT_UDH16 : SEGMENT_UDH8;
	log_event(LOG_WARN, "concatenation_lowered", "carrier=%s from=%s to=%s", carrier->live.name,
		  wanted == SEGMENT_SAR ? "sar" : "payload",
		  wanted == SEGMENT_SAR ? "udh16" : "udh8");
}

/* An SMSC connected to us in order to say outbind, SMPP 3.4 §2.2.1. */
static void on_outbind(int fd, void *context)
{
	struct carrier *carrier = context;

	for (unsigned i = 0; i < carrier->binds_wanted; i++) {
		if (bind_adopt(carrier->binds[i], fd))
			return;
	}
	log_event(LOG_INFO, "outbind_unwanted", "carrier=%s", carrier->live.name);
	close(fd);
}

/* Tried again each second, since whoever has the port now may let go of it. */
static void carrier_listen(struct carrier *carrier)
{
	const struct settings_outbind *settings = &carrier->live.outbind;
	int error;

	if (settings->port == 0 || carrier->outbind || !carrier->started || carrier->stopping ||
	    lease_is_others(&carrier->lease))
		return;
	error = listener_create(carrier->turn->loop, settings->listen, settings->port,
				carrier->accepts_failed, &carrier->outbind);
	if (error == 0) {
		listener_start(carrier->outbind, on_outbind, carrier);
		carrier->cannot_listen = false;
		log_event(LOG_INFO, "listening", "carrier=%s address=%s port=%u",
			  carrier->live.name, settings->listen, settings->port);
	} else if (!carrier->cannot_listen) {
		carrier->cannot_listen = true;
		log_event(LOG_ERROR, "cannot_listen", "carrier=%s address=%s port=%u why=%s",
			  carrier->live.name, settings->listen, settings->port, strerror(-error));
	}
}

static bool carrier_may_bind(const struct carrier *carrier)
{
	return carrier->started && !carrier->stopping && carrier->order != CARRIER_DRAIN &&
	       !lease_is_others(&carrier->lease);
}

static void carrier_start_binds(struct carrier *carrier)
{
	for (unsigned i = 0; carrier_may_bind(carrier) && i < carrier->binds_wanted; i++)
		bind_start(carrier->binds[i]);
}

static void carrier_drain(struct carrier *carrier)
{
	if (!carrier->draining)
		carrier->drain_since_ms = clock_ms();
	carrier->draining = true;
}

/* Does what the order asks for, as often as it is called. */
static void carrier_obey(struct carrier *carrier)
{
	static const enum outbound_hold holds[] = {
		[CARRIER_GO] = OUTBOUND_GOES,
		[CARRIER_PAUSE] = OUTBOUND_PAUSES,
		[CARRIER_DRAIN] = OUTBOUND_ENDS,
	};

	if (carrier->stopping)
		return;
	outbound_hold(&carrier->outbound, holds[carrier->order]);
	carrier->started = true;
	if (carrier->order == CARRIER_DRAIN) {
		carrier_drain(carrier);
		carrier_tick(carrier);
		return;
	}
	carrier->draining = false;
	carrier_start_binds(carrier);
	carrier_listen(carrier);
}

static void carrier_stand_by(struct carrier *carrier)
{
	listener_destroy(&carrier->outbind);
	carrier_stop(carrier);
}

/* Its binds stand, or not, as whose the carrier is wants it. */
static void on_lease(enum lease_change change, void *context)
{
	struct carrier *carrier = context;
	struct span other = lease_instance(carrier->lease.other);

	switch (change) {
	case LEASE_BEGINS:
		log_event(LOG_INFO, "lease_begins", "carrier=%s instance=%s", carrier->live.name,
			  carrier->instance);
		outbound_begin(&carrier->outbound);
		break;
	case LEASE_GOES_ON:
		outbound_wake(&carrier->outbound, UINT32_MAX, MESSAGE_INTERACTIVE);
		break;
	case LEASE_LOST:
		log_event(LOG_ERROR, "lease_lost", "carrier=%s instance=%s other=%.*s note=%s",
			  carrier->live.name, carrier->instance, (int)other.length,
			  (const char *)other.at,
			  "Redis did not hear of this gateway for too long");
		outbound_yield(&carrier->outbound);
		carrier_stand_by(carrier);
		break;
	case LEASE_REFUSED:
		log_event(LOG_WARN, "standing_by", "carrier=%s instance=%s other=%.*s note=%s",
			  carrier->live.name, carrier->instance, (int)other.length,
			  (const char *)other.at, "a carrier has one gateway at a time");
		carrier_stand_by(carrier);
		break;
	}
	carrier_start_binds(carrier);
	turn_defer(carrier->turn, &carrier->tell);
}

void carrier_init_lease(struct carrier *carrier)
{
	const struct lease_setup setup = {
		.store = carrier->store,
		.carrier = &carrier->live,
		.instance = carrier->instance,
		.changed = on_lease,
		.context = carrier,
	};

	lease_init(&carrier->lease, &setup);
}

void carrier_release(struct carrier *carrier)
{
	/* Whoever has it next asks what became of what is in flight. */
	store_flush_all(carrier->store);
	lease_end(&carrier->lease);
}

static void on_order(struct bus *bus, const struct bus_reply *reply, void *context)
{
	static const char *const names[] = {"resume", "pause", "drain"};
	struct carrier *carrier = context;
	enum carrier_order order = carrier->order;
	struct span value = bus_reply_span(reply);

	(void)bus;
	carrier->order_asked = false;
	if (!reply || bus_reply_type(reply) == BUS_ERROR)
		return;
	if (bus_reply_type(reply) == BUS_NIL)
		order = CARRIER_GO;
	else if (span_is(value, names[CARRIER_PAUSE]))
		order = CARRIER_PAUSE;
	else if (span_is(value, names[CARRIER_DRAIN]))
		order = CARRIER_DRAIN;
	else
		log_event(LOG_ERROR, "unknown_order", "carrier=%s order=%.*s", carrier->live.name,
			  (int)value.length, (const char *)value.at);
	if (carrier->started && order == carrier->order)
		return;
	if (order != carrier->order)
		log_event(LOG_WARN, "ordered", "carrier=%s order=%s", carrier->live.name,
			  names[order]);
	carrier->order = order;
	carrier_obey(carrier);
	turn_defer(carrier->turn, &carrier->tell);
}

void carrier_look(struct carrier *carrier)
{
	const struct span arguments[] = {
		{(const uint8_t *)"GET", 3},
		{(const uint8_t *)carrier->order_key, strlen(carrier->order_key)},
	};

	if (carrier->fencing || !bus_is_ready(carrier->store->bus))
		return;
	carrier->order_asked = true;
	bus_send(carrier->store->bus, arguments, 2, on_order, carrier);
}

void carrier_start(struct carrier *carrier)
{
	carrier->start_by_ms = clock_ms() + START_WITHOUT_REDIS_MS;
	lease_ask(&carrier->lease);
	carrier_look(carrier);
}

static void on_fence(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct carrier *carrier = context;

	(void)bus;
	(void)reply;
	carrier->fenced = true;
}

/* Replies come in the order of the commands, so what is answered after the last one is the last. */
static void carrier_fence(struct carrier *carrier)
{
	const struct span ping = {(const uint8_t *)"PING", 4};

	if (!carrier->leaving || carrier->fencing || !carrier_is_stopped(carrier))
		return;
	/* What another gateway has in flight is its own business. */
	if (lease_is_others(&carrier->lease))
		carrier->recovering = false;
	if (carrier->recovering && !outbound_is_recovered(&carrier->outbound))
		return;
	if (!carrier->handing_over && !carrier->wanted && !lease_is_others(&carrier->lease)) {
		carrier->handing_over = true;
		reroute_leave(&carrier->outbound);
	}
	if (!outbound_is_idle(&carrier->outbound))
		return;
	carrier_tell(carrier);
	carrier_release(carrier);
	carrier->fencing = true;
	turn_forget(carrier->turn, &carrier->tell);
	outbound_halt(&carrier->outbound);
	metric_set(carrier->bound, 0);
	metric_set(carrier->window_used, 0);
	metric_set(carrier->credentials_refused, 0);
	metric_set(carrier->waiting, 0);
	metric_set(carrier->standby, 0);
	bus_send(carrier->store->bus, &ping, 1, on_fence, carrier);
}

void carrier_tick(struct carrier *carrier)
{
	uint64_t now_ms = clock_ms();

	if (!carrier->started && !carrier->stopping && carrier->start_by_ms &&
	    now_ms >= carrier->start_by_ms) {
		carrier_obey(carrier);
		carrier_look(carrier);
	}
	carrier_listen(carrier);
	if (!carrier->fencing)
		lease_ask(&carrier->lease);
	if (!carrier->fencing)
		backlog_look(&carrier->backlog, now_ms);
	if (carrier->draining &&
	    (outbound_is_idle(&carrier->outbound) ||
	     now_ms - carrier->drain_since_ms >= carrier->bind_setup.drain_ms)) {
		carrier->draining = false;
		carrier_stop(carrier);
	}
	carrier_fence(carrier);
}

static bool same(const char *one, const char *other)
{
	return strcmp(one, other) == 0;
}

static bool same_hosts(const struct settings_carrier *one, const struct settings_carrier *other)
{
	if (one->hosts_count != other->hosts_count)
		return false;
	for (size_t i = 0; i < one->hosts_count; i++) {
		if (one->hosts[i].port != other->hosts[i].port ||
		    !same(one->hosts[i].host, other->hosts[i].host))
			return false;
	}
	return true;
}

static bool same_tls(const struct settings_carrier *one, const struct settings_carrier *other)
{
	return one->tls == other->tls && one->tls_verify == other->tls_verify &&
	       same(one->tls_ca_file, other->tls_ca_file) && same(one->tls_name, other->tls_name) &&
	       same(one->tls_certificate, other->tls_certificate) &&
	       same(one->tls_private_key, other->tls_private_key);
}

/* Whether a bind made with the one is what the other asks for. */
static bool same_bind(const struct settings_carrier *one, const struct settings_carrier *other)
{
	return same_hosts(one, other) && same_tls(one, other) &&
	       same(one->system_id, other->system_id) && same(one->password, other->password) &&
	       same(one->system_type, other->system_type) &&
	       same(one->address_range, other->address_range) &&
	       one->address_range_ton == other->address_range_ton &&
	       one->address_range_npi == other->address_range_npi &&
	       same(one->local_address, other->local_address) &&
	       one->bind_type == other->bind_type &&
	       one->interface_version == other->interface_version && one->pdu_max == other->pdu_max;
}

static bool same_outbind(const struct settings_outbind *one, const struct settings_outbind *other)
{
	return one->port == other->port && same(one->listen, other->listen);
}

/* Binds that are too many end in good order. Their places stay, for a message may name them. */
static void carrier_fit_binds(struct carrier *carrier, unsigned count)
{
	carrier_add_binds(carrier, count);
	for (unsigned i = count; i < carrier->live.binds; i++)
		bind_stop(carrier->binds[i]);
	for (unsigned i = 0; carrier_may_bind(carrier) && i < count; i++) {
		if (bind_is_stopped(carrier->binds[i]) || carrier->binds[i]->session.stopping)
			bind_start(carrier->binds[i]);
	}
}

bool carrier_change(struct carrier *carrier, const struct carrier_setup *setup)
{
	const struct settings_carrier old = carrier->live;
	struct link_tls_context *old_tls = carrier->tls;
	bool rebind = !same_bind(&old, setup->carrier);

	carrier->live = *setup->carrier;
	carrier->live.binds = old.binds;
	carrier->owner = setup->settings;
	carrier->instance = setup->settings->gateway.instance;
	carrier->tls = carrier->bind_setup.tls = setup->tls;
	carrier->bind_setup.drain_ms = setup->settings->gateway.drain_s * 1000ull;
	for (unsigned i = 0; i < carrier->live.binds; i++) {
		carrier->binds[i]->setup.drain_ms = carrier->bind_setup.drain_ms;
		bind_change(carrier->binds[i], carrier->tls, rebind);
	}
	link_tls_unload(&old_tls);
	carrier_fit_binds(carrier, setup->carrier->binds);
	for (unsigned i = 0; i < carrier->live.binds; i++) {
		if (bind_is_bound(carrier->binds[i]) && !carrier->binds[i]->tlvs)
			carrier_do_without_tlvs(carrier);
	}
	if (!same_outbind(&old.outbind, &carrier->live.outbind))
		listener_destroy(&carrier->outbind);
	carrier->cannot_listen = false;
	carrier_listen(carrier);
	outbound_change(&carrier->outbound);
	return rebind;
}

void carrier_leave(struct carrier *carrier)
{
	carrier->leaving = true;
	listener_destroy(&carrier->outbind);
	carrier_hold(carrier);
	carrier_drain(carrier);
}

bool carrier_is_gone(const struct carrier *carrier)
{
	return carrier->leaving && carrier->fenced;
}
