#ifndef BINDERY_GATEWAY_GATEWAY_INTERNAL_H
#define BINDERY_GATEWAY_GATEWAY_INTERNAL_H

#include <ev.h>
#include <stdint.h>

#include "config/metrics.h"
#include "config/settings.h"
#include "gateway/carrier.h"
#include "gateway/gateway.h"
#include "gateway/store.h"
#include "gateway/turn.h"
#include "gateway/watch.h"
#include "router/bus/bus.h"

/* Between gateway.c, which is the daemon's life, and gateway_reload.c, which makes its carriers
 * what the settings say. */

enum stop_state {
	STOP_NOT,
	STOP_HOLDING,	/* nothing new is taken, what was taken goes on */
	STOP_UNBINDING, /* the windows empty and the binds unbind */
};

struct gateway {
	struct ev_loop *loop;
	const struct settings *settings; /* the latest */
	struct settings **loaded;	 /* those of reloads that a carrier may still borrow from */
	size_t loaded_count;
	const char *path;
	struct turn turn;
	struct store store;
	struct bus *bus;
	struct bus_ear *ear;
	struct metrics *metrics;
	struct metric *redis_up, *functions_unserved, *functions_reloaded;
	struct watch *watch;
	struct carrier **carriers;
	size_t carriers_count;
	ev_signal terminate, interrupt, reload;
	ev_timer second, stopping, watchdog;
	enum stop_state stop;
	uint64_t stop_since_ms;
	bool reload_again; /* asked for while a carrier that it names was leaving */
	struct bus_args arguments;
};

/* Reads the file and takes it, or says why not. */
void gateway_reload(struct gateway *gateway);
/* Makes the carriers those of `settings`, of which gateway_check() was content. */
void gateway_take(struct gateway *gateway, const struct settings *settings);
/* What a carrier needs of the gateway; which one it is, and its TLS, are still to be said. */
struct carrier_setup gateway_carrier_setup(struct gateway *gateway,
					   const struct settings *settings);
/* Makes a carrier and starts it. A former one ends by itself. */
void gateway_add(struct gateway *gateway, const struct carrier_setup *setup);
/* Destroys carriers that have left. */
void gateway_reap(struct gateway *gateway);
/* Frees settings that nobody borrows from any more, or all of them. */
void gateway_forget_settings(struct gateway *gateway, bool all);

#endif
