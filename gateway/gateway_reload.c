#include "gateway/gateway_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "config/secret.h"
#include "gateway/former.h"
#include "gateway/link_tls.h"

#define UNBOUND_MAX 32768 /* octets of names; those beyond are taken for bound */

/* The TLS of one carrier, or NULL without. */
static int load_tls(const struct settings_carrier *carrier, char *why,
		    struct link_tls_context **context)
{
	const struct link_tls_settings settings = {
		.ca_file = carrier->tls_ca_file,
		.certificate = carrier->tls_certificate,
		.private_key = carrier->tls_private_key,
		.verify = carrier->tls_verify,
	};

	*context = NULL;
	return carrier->tls ? link_tls_load(&settings, why, context) : 0;
}

int gateway_check(const struct settings *settings, settings_report *report, void *context)
{
	char why[LINK_TLS_WHY_MAX], line[SETTINGS_PLACE_MAX + SETTINGS_ERROR_MAX];
	int result = 0;

	for (size_t i = 0; i < settings->carriers_count; i++) {
		const struct settings_carrier *carrier = &settings->carriers[i];
		struct link_tls_context *tls;
		if (secret_is_elsewhere(carrier->tls_certificate) ||
		    secret_is_elsewhere(carrier->tls_private_key))
			continue;
		if (load_tls(carrier, why, &tls) == 0) {
			link_tls_unload(&tls);
			continue;
		}
		snprintf(line, sizeof(line), "%s: carrier \"%s\": %s", carrier->place,
			 carrier->name, why);
		report(line, context);
		result = -EINVAL;
	}
	return result;
}

static struct carrier *find_carrier(const struct gateway *gateway, const char *name)
{
	for (size_t i = 0; i < gateway->carriers_count; i++) {
		struct carrier *carrier = gateway->carriers[i];
		if (!carrier->leaving && strcmp(carrier->settings->name, name) == 0)
			return carrier;
	}
	return NULL;
}

void gateway_add(struct gateway *gateway, const struct carrier_setup *setup)
{
	struct carrier *carrier = carrier_create(setup);

	gateway->carriers = memory_resize(gateway->carriers, gateway->carriers_count + 1,
					  sizeof(struct carrier *));
	gateway->carriers[gateway->carriers_count++] = carrier;
	bus_ear_subscribe(gateway->ear, carrier->channel);
	bus_ear_subscribe(gateway->ear, carrier->order_channel);
	if (bus_is_ready(gateway->bus))
		carrier_redis_ready(carrier);
	if (setup->former)
		carrier_leave(carrier);
	else
		carrier_start(carrier);
}

/* The files were good a moment ago; should they not be now, the carrier goes on with what it has.
 */
static void take_carrier(struct gateway *gateway, struct carrier_setup *setup)
{
	struct carrier *carrier = find_carrier(gateway, setup->carrier->name);
	char why[LINK_TLS_WHY_MAX];

	if (load_tls(setup->carrier, why, &setup->tls) != 0) {
		log_event(LOG_ERROR, "settings", "carrier=%s error=%s", setup->carrier->name, why);
		return;
	}
	if (setup->tls && !setup->carrier->tls_verify)
		log_event(LOG_WARN, "tls_unverified", "carrier=%s", setup->carrier->name);
	if (!carrier)
		gateway_add(gateway, setup);
	else if (carrier_change(carrier, setup))
		log_event(LOG_INFO, "rebinding", "carrier=%s", setup->carrier->name);
}

static const char *name_unbound(const void *context)
{
	static char names[UNBOUND_MAX];
	const struct gateway *gateway = context;
	size_t length = 0;

	for (size_t i = 0; i < gateway->carriers_count; i++) {
		const struct carrier *carrier = gateway->carriers[i];
		if (!outbound_sends(&carrier->outbound) &&
		    length + MESSAGE_NAME_MAX + 2 < sizeof(names))
			length += (size_t)snprintf(names + length, sizeof(names) - length, "|%.64s",
						   carrier->settings->name);
	}
	snprintf(names + length, sizeof(names) - length, "|");
	return names;
}

struct carrier_setup gateway_carrier_setup(struct gateway *gateway, const struct settings *settings)
{
	return (struct carrier_setup){.turn = &gateway->turn,
				      .store = &gateway->store,
				      .settings = settings,
				      .metrics = gateway->metrics,
				      .unbound = name_unbound,
				      .gateway = gateway};
}

void gateway_take(struct gateway *gateway, const struct settings *settings)
{
	struct carrier_setup setup = gateway_carrier_setup(gateway, settings);

	for (size_t i = 0; i < gateway->carriers_count; i++) {
		struct carrier *carrier = gateway->carriers[i];
		if (carrier->leaving || settings_carrier(settings, carrier->settings->name))
			continue;
		log_event(LOG_INFO, "leaving", "carrier=%s", carrier->settings->name);
		carrier_leave(carrier);
	}
	for (size_t i = 0; i < settings->carriers_count; i++) {
		setup.carrier = &settings->carriers[i];
		take_carrier(gateway, &setup);
	}
	gateway->settings = settings;
	former_note(gateway);
}

void gateway_forget_settings(struct gateway *gateway, bool all)
{
	size_t kept = 0;

	for (size_t i = 0; i < gateway->loaded_count; i++) {
		struct settings *settings = gateway->loaded[i];
		bool used = !all && settings == gateway->settings;
		for (size_t j = 0; j < gateway->carriers_count && !all; j++)
			used = used || gateway->carriers[j]->owner == settings;
		if (used)
			gateway->loaded[kept++] = settings;
		else
			settings_destroy(&settings);
	}
	gateway->loaded_count = kept;
	if (all)
		free(gateway->loaded);
}

static void log_left(const struct carrier *carrier)
{
	int64_t waiting = carrier->outbound.left_behind;

	if (waiting == 0)
		log_event(LOG_INFO, "left", "carrier=%s", carrier->settings->name);
	else
		log_event(LOG_WARN, "left", "carrier=%s waiting=%" PRId64 " note=%s",
			  carrier->settings->name, waiting,
			  "messages without another carrier stay until one of this name is back");
}

void gateway_reap(struct gateway *gateway)
{
	size_t kept = 0, count = gateway->carriers_count;

	for (size_t i = 0; i < count; i++) {
		struct carrier *carrier = gateway->carriers[i];
		if (!carrier_is_gone(carrier)) {
			gateway->carriers[kept++] = carrier;
			continue;
		}
		log_left(carrier);
		former_left(gateway, carrier);
		bus_ear_unsubscribe(gateway->ear, carrier->channel);
		bus_ear_unsubscribe(gateway->ear, carrier->order_channel);
		carrier_destroy(&carrier);
	}
	gateway->carriers_count = kept;
	if (kept == count)
		return;
	gateway_forget_settings(gateway, false);
	if (gateway->reload_again && gateway->stop == STOP_NOT)
		gateway_reload(gateway);
	former_look(gateway);
}

static void log_report(const char *line, void *context)
{
	unsigned *errors = context;

	(*errors)++;
	log_event(LOG_ERROR, "settings", "error=%s", line);
}

static bool same(const char *one, const char *other)
{
	return strcmp(one, other) == 0;
}

/* What only a new process can take. */
static void tell_what_waits(const struct settings *old, const struct settings *new)
{
	if (!same(old->redis.socket, new->redis.socket) ||
	    !same(old->redis.host, new->redis.host) || old->redis.port != new->redis.port ||
	    !same(old->redis.password, new->redis.password) ||
	    old->redis.partitions != new->redis.partitions)
		log_event(LOG_WARN, "needs_restart", "key=redis");
	if (!same(old->gateway.instance, new->gateway.instance) ||
	    !same(old->gateway.listen, new->gateway.listen) ||
	    old->gateway.port != new->gateway.port)
		log_event(LOG_WARN, "needs_restart", "key=gateway");
}

void gateway_reload(struct gateway *gateway)
{
	struct settings *settings = NULL;
	unsigned errors = 0;

	gateway->reload_again = false;
	if (settings_load(gateway->path, SETTINGS_SECRETS_CARRIERS, log_report, &errors,
			  &settings) != 0 ||
	    gateway_check(settings, log_report, &errors) != 0) {
		settings_destroy(&settings);
		log_event(LOG_ERROR, "reload_refused", "file=%s errors=%u note=%s", gateway->path,
			  errors, "nothing was changed");
		return;
	}
	if (former_wanted(gateway, settings)) {
		gateway->reload_again = true;
		settings_destroy(&settings);
		log_event(LOG_INFO, "reload_deferred", "why=%s",
			  "a carrier that is in the file again is still leaving");
		return;
	}
	gateway->loaded = memory_resize(gateway->loaded, gateway->loaded_count + 1,
					sizeof(struct settings *));
	gateway->loaded[gateway->loaded_count++] = settings;
	log_init((enum log_level)settings->log.level, settings->log.mask_numbers);
	tell_what_waits(gateway->settings, settings);
	gateway_take(gateway, settings);
	gateway_forget_settings(gateway, false);
	log_event(LOG_INFO, "reloaded", "file=%s carriers=%zu", gateway->path,
		  settings->carriers_count);
}
