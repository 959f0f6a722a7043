#ifndef BINDERY_GATEWAY_CARRIER_H
#define BINDERY_GATEWAY_CARRIER_H

#include <stdbool.h>
#include <stddef.h>

#include "config/metrics.h"
#include "config/settings.h"
#include "gateway/bind.h"
#include "gateway/inbound.h"
#include "gateway/outbound.h"
#include "router/bus/key.h"

struct meter;
struct store;

/* One carrier: its binds, its way in and its way out, wired together. */
struct carrier {
	const struct settings_carrier *settings; /* borrows */
	const struct store *store;
	const char *instance;
	char channel[KEY_MAX]; /* on which it is woken */
	char status_key[KEY_MAX];
	struct bind **binds;
	struct inbound inbound;
	struct outbound outbound;
	struct bind_counters bind_counters;
	struct inbound_counters inbound_counters;
	struct outbound_counters outbound_counters;
	struct metric *bound, *window_used;
	struct meter *meter;
	struct turn *turn;
	struct turn_task tell; /* the status */
	bool stopping;
};

struct carrier_setup {
	struct turn *turn;
	const struct store *store;
	const struct settings *settings;
	const struct settings_carrier *carrier;
	struct metrics *metrics;
};

/* Borrows what `setup` points to. */
struct carrier *carrier_create(const struct carrier_setup *setup);
/* The bus must be gone, so that no reply comes any more. */
void carrier_destroy(struct carrier **carrier);

void carrier_start(struct carrier *carrier);
void carrier_redis_ready(struct carrier *carrier);
void carrier_wake(struct carrier *carrier, struct span payload);

/* Stopping has two steps: carrier_hold() takes nothing new, carrier_stop() unbinds. */
void carrier_hold(struct carrier *carrier);
bool carrier_is_idle(const struct carrier *carrier);
void carrier_stop(struct carrier *carrier);
bool carrier_is_stopped(const struct carrier *carrier);

unsigned carrier_bound(const struct carrier *carrier);

/* Writes {gw}:status:<carrier> and refreshes the gauges. Call it every second; it also happens when
 * a bind comes or goes. */
void carrier_tell(struct carrier *carrier);
/* The status as text, `bound=2 binds=2 state=bound …`. Returns its length. */
size_t carrier_status(const struct carrier *carrier, char *out, size_t capacity);

#define CARRIER_STATUS_MAX 512
#define CARRIER_STATUS_TTL_MS 5000

#endif
