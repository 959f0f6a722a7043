#ifndef BINDERY_GATEWAY_CARRIER_H
#define BINDERY_GATEWAY_CARRIER_H

#include <stdbool.h>
#include <stddef.h>

#include "config/metrics.h"
#include "config/settings.h"
#include "gateway/backlog.h"
#include "gateway/bind.h"
#include "gateway/inbound.h"
#include "gateway/lease.h"
#include "gateway/outbound.h"
#include "router/bus/key.h"

struct listener;
struct meter;
struct link_tls_context;
struct store;

/* What an operator asked for by `bindery-gateway pause|drain|resume`, kept in {gw}:hold:<carrier>
 * so that it outlives us. */
enum carrier_order {
	CARRIER_GO,
	CARRIER_PAUSE, /* takes nothing to send; the binds stand and hear */
	CARRIER_DRAIN, /* and unbinds once what was taken is over */
};

/* One carrier: its binds, its way in and its way out, wired together. */
struct carrier {
	/* A copy of the loaded settings, so that everybody can hold a pointer to it while a reload
	 * changes what is in it. Its strings belong to `owner`. `binds` counts those that exist,
	 * some of which may be stopped for good; `binds_wanted` is what was configured. */
	struct settings_carrier live;
	const struct settings_carrier *settings; /* &live */
	const struct settings *owner; /* borrows; not to be freed while it is named here */
	unsigned binds_wanted;
	struct link_tls_context *tls; /* NULL without TLS */
	struct listener *outbind;     /* NULL where nothing is listened for */
	struct bind_setup bind_setup;
	const struct store *store;
	const char *instance;
	char channel[KEY_MAX];	     /* on which it is woken */
	char order_channel[KEY_MAX]; /* on which it is told of an order */
	char status_key[KEY_MAX], order_key[KEY_MAX];
	struct bind **binds;
	struct inbound inbound;
	struct outbound outbound;
	struct bind_counters bind_counters;
	struct inbound_counters inbound_counters;
	struct outbound_counters outbound_counters;
	struct metric *bound, *window_used, *credentials_refused, *held, *waiting, *standby;
	struct lease lease;
	struct metric *accepts_failed; /* of `outbind` */
	struct meter *meter;
	struct backlog backlog;
	struct turn *turn;
	struct turn_task tell; /* the status */
	enum carrier_order order;
	bool started;	    /* the order was read, or Redis is not there to tell it */
	bool order_asked;   /* and not answered */
	bool cannot_listen; /* and said so */
	bool unwritten;	    /* Redis refused to write the last status */
	bool stopping, leaving;
	char *former;	      /* owned: the name of one that the file has no more; else NULL */
	bool recovering;      /* and it stays until what is in flight was found */
	bool wanted;	      /* is in the file again, and leaves what waits to its new self */
	bool handing_over;    /* what waits for it goes to others, or is told */
	bool draining;	      /* the binds are stopped once nothing is under way */
	bool fencing, fenced; /* no reply of Redis is under way any more */
	uint64_t start_by_ms, drain_since_ms;
};

struct carrier_setup {
	struct turn *turn;
	const struct store *store;
	const struct settings *settings;
	const struct settings_carrier *carrier;
	struct link_tls_context *tls; /* taken; NULL without TLS */
	struct metrics *metrics;
	const char *(*unbound)(const void *gateway); /* see outbound_setup */
	const void *gateway;
	bool former; /* what a gateway that died had in flight is all that is wanted of it */
};

/* Borrows what `setup` points to. */
struct carrier *carrier_create(const struct carrier_setup *setup);
/* The bus must be gone, or carrier_is_gone(), so that no reply comes any more. */
void carrier_destroy(struct carrier **carrier);

/* Begins: as soon as Redis told the order, or after two seconds without it. */
void carrier_start(struct carrier *carrier);
void carrier_redis_ready(struct carrier *carrier);
void carrier_wake(struct carrier *carrier, struct span payload);
/* There may be another order: asks Redis. */
void carrier_look(struct carrier *carrier);
/* Once a second: what is waited for. */
void carrier_tick(struct carrier *carrier);

/* Other settings of the same carrier; takes `setup->tls`. What only a new bind can change makes the
 * binds bind again, all else changes where it is. True when they do. */
bool carrier_change(struct carrier *carrier, const struct carrier_setup *setup);
/* It is no longer in the settings: drains and unbinds. carrier_is_gone() says when it may be
 * destroyed while the bus lives. */
void carrier_leave(struct carrier *carrier);
bool carrier_is_gone(const struct carrier *carrier);

/* Stopping has two steps: carrier_hold() takes nothing new, carrier_stop() unbinds. */
void carrier_hold(struct carrier *carrier);
bool carrier_is_idle(const struct carrier *carrier);
void carrier_stop(struct carrier *carrier);
bool carrier_is_stopped(const struct carrier *carrier);
/* Its binds are stopped for good: another gateway may have it. */
void carrier_release(struct carrier *carrier);

unsigned carrier_bound(const struct carrier *carrier);

/* Writes {gw}:status:<carrier> and refreshes the gauges. Call it every second; it also happens when
 * a bind comes or goes. */
void carrier_tell(struct carrier *carrier);
/* The status as text, `bound=2 binds=2 state=bound …`. Returns its length. */
size_t carrier_status(const struct carrier *carrier, char *out, size_t capacity);

#define CARRIER_STATUS_MAX 576
#define CARRIER_STATUS_TTL_MS 5000

#endif
