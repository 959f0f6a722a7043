#include "gateway/gateway.h"

#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/listener.h"
#include "config/log.h"
#include "config/memory.h"
#include "config/metrics.h"
#include "config/notify.h"
#include "gateway/carrier.h"
#include "gateway/clock.h"
#include "gateway/former.h"
#include "gateway/gateway_internal.h"
#include "gateway/linger.h"
#include "router/bus/functions_log.h"

#define SECOND 1.
#define STOP_CHECK_S 0.02
#define STOP_SPARE_MS 7000 /* for unbinding, once draining has had its time */

void gateway_report(const char *line, void *context)
{
	(void)context;
	fprintf(stderr, "%s\n", line);
}

static void on_ready(void *context)
{
	struct gateway *gateway = context;

	log_event(LOG_INFO, "redis_ready", "partitions=%u", gateway->store.partitions);
	metric_set(gateway->redis_up, 1);
	for (size_t i = 0; i < gateway->carriers_count; i++)
		carrier_redis_ready(gateway->carriers[i]);
	former_note(gateway);
	former_look(gateway);
}

static void on_redis_lost(const char *why, void *context)
{
	struct gateway *gateway = context;

	log_event(LOG_ERROR, "redis_lost", "why=%s socket=%s host=%s port=%u", why,
		  gateway->settings->redis.socket, gateway->settings->redis.host,
		  gateway->settings->redis.port);
	metric_set(gateway->redis_up, 0);
}

static void on_functions(const struct bus_functions *functions, void *context)
{
	struct gateway *gateway = context;

	functions_log(functions, NULL);
	if (functions->change == BUS_FUNCTIONS_RELOADED)
		metric_add(gateway->functions_reloaded, 1);
}

static void on_woken(const char *channel, struct span payload, void *context)
{
	struct gateway *gateway = context;

	for (size_t i = 0; i < gateway->carriers_count; i++) {
		if (strcmp(gateway->carriers[i]->channel, channel) == 0)
			carrier_wake(gateway->carriers[i], payload);
		else if (strcmp(gateway->carriers[i]->order_channel, channel) == 0)
			carrier_look(gateway->carriers[i]);
	}
}

static void on_second(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct gateway *gateway = timer->data;

	(void)loop;
	(void)events;
	metric_set(gateway->functions_unserved, bus_is_unserved(gateway->bus));
	for (size_t i = 0; i < gateway->carriers_count; i++) {
		carrier_tick(gateway->carriers[i]);
		carrier_tell(gateway->carriers[i]);
	}
	gateway_reap(gateway);
}

static void on_watchdog(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)timer;
	(void)events;
	notify_watchdog();
}

static unsigned gateway_bound(const struct gateway *gateway)
{
	unsigned bound = 0;

	for (size_t i = 0; i < gateway->carriers_count; i++)
		bound += carrier_bound(gateway->carriers[i]);
	return bound;
}

/* A Redis that is full, read-only or whose disk is. */
static bool redis_takes_nothing(const struct gateway *gateway)
{
	for (size_t i = 0; i < gateway->carriers_count; i++) {
		if (gateway->carriers[i]->unwritten)
			return true;
	}
	return false;
}

static char *on_page(const char *path, bool *ok, void *context)
{
	struct gateway *gateway = context;
	size_t length;

	*ok = true;
	if (strcmp(path, "/healthz") == 0)
		return memory_text("ok\n");
	if (strcmp(path, "/metrics") == 0) {
		for (size_t i = 0; i < gateway->carriers_count; i++)
			carrier_tell(gateway->carriers[i]);
		return metrics_render(gateway->metrics, &length);
	}
	if (strcmp(path, "/readyz") != 0)
		return NULL;
	*ok = bus_is_ready(gateway->bus) && !redis_takes_nothing(gateway) &&
	      (gateway->carriers_count == 0 || gateway_bound(gateway) > 0);
	if (*ok)
		return memory_text("ready\n");
	if (bus_is_unserved(gateway->bus))
		return memory_text("too old for the functions in redis\n");
	if (!bus_is_ready(gateway->bus))
		return memory_text("no redis\n");
	return memory_text(redis_takes_nothing(gateway) ? "redis takes nothing\n" : "no bind\n");
}

static bool all(const struct gateway *gateway, bool (*test)(const struct carrier *))
{
	for (size_t i = 0; i < gateway->carriers_count; i++) {
		if (!test(gateway->carriers[i]))
			return false;
	}
	return true;
}

static uint64_t drain_ms(const struct gateway *gateway)
{
	return gateway->settings->gateway.drain_s * 1000ull;
}

/* Open answers are waited for before the binds go down, and while they do. */
static uint64_t stop_ms(const struct gateway *gateway)
{
	return 2 * drain_ms(gateway) + STOP_SPARE_MS;
}

/* Looks how far stopping has come. Polling is enough for something that happens once. */
static void on_stopping(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct gateway *gateway = timer->data;
	uint64_t passed_ms = clock_ms() - gateway->stop_since_ms;

	(void)events;
	if (gateway->stop == STOP_HOLDING &&
	    (passed_ms >= drain_ms(gateway) || all(gateway, carrier_is_idle))) {
		gateway->stop = STOP_UNBINDING;
		for (size_t i = 0; i < gateway->carriers_count; i++)
			carrier_stop(gateway->carriers[i]);
	}
	for (size_t i = 0; gateway->stop == STOP_UNBINDING && i < gateway->carriers_count; i++) {
		if (carrier_is_stopped(gateway->carriers[i]))
			carrier_release(gateway->carriers[i]);
	}
	if (gateway->stop == STOP_UNBINDING &&
	    (passed_ms >= stop_ms(gateway) ||
	     (all(gateway, carrier_is_stopped) && bus_pending(gateway->bus) == 0) ||
	     (all(gateway, carrier_is_stopped) && !bus_is_ready(gateway->bus))))
		ev_break(loop, EVBREAK_ALL);
}

static void on_stop_signal(struct ev_loop *loop, ev_signal *signal, int events)
{
	struct gateway *gateway = signal->data;

	(void)events;
	if (gateway->stop != STOP_NOT) {
		log_event(LOG_WARN, "stopping_at_once", "signal=%d", signal->signum);
		ev_break(loop, EVBREAK_ALL);
		return;
	}
	log_event(LOG_INFO, "stopping", "signal=%d", signal->signum);
	notify_stopping(stop_ms(gateway) + STOP_SPARE_MS);
	gateway->stop = STOP_HOLDING;
	gateway->stop_since_ms = clock_ms();
	for (size_t i = 0; i < gateway->carriers_count; i++)
		carrier_hold(gateway->carriers[i]);
	ev_timer_start(loop, &gateway->stopping);
}

static void on_reload(struct ev_loop *loop, ev_signal *signal, int events)
{
	struct gateway *gateway = signal->data;

	(void)loop;
	(void)events;
	if (gateway->stop != STOP_NOT)
		return;
	notify_reloading();
	gateway_reload(gateway);
	notify_ready();
}

static void gateway_watch_signals(struct gateway *gateway)
{
	ev_signal_init(&gateway->terminate, on_stop_signal, SIGTERM);
	ev_signal_init(&gateway->interrupt, on_stop_signal, SIGINT);
	ev_signal_init(&gateway->reload, on_reload, SIGHUP);
	gateway->terminate.data = gateway->interrupt.data = gateway->reload.data = gateway;
	ev_signal_start(gateway->loop, &gateway->terminate);
	ev_signal_start(gateway->loop, &gateway->interrupt);
	ev_signal_start(gateway->loop, &gateway->reload);
	(void)signal(SIGPIPE, SIG_IGN);
}

static void gateway_watch_time(struct gateway *gateway)
{
	double watchdog_s = (double)notify_watchdog_ms() / 1000.;

	ev_timer_init(&gateway->second, on_second, SECOND, SECOND);
	ev_timer_init(&gateway->stopping, on_stopping, STOP_CHECK_S, STOP_CHECK_S);
	ev_timer_init(&gateway->watchdog, on_watchdog, watchdog_s, watchdog_s);
	gateway->second.data = gateway->stopping.data = gateway;
	ev_timer_start(gateway->loop, &gateway->second);
	if (watchdog_s > 0)
		ev_timer_start(gateway->loop, &gateway->watchdog);
}

static void gateway_connect(struct gateway *gateway)
{
	const struct settings_redis *redis = &gateway->settings->redis;
	const struct bus_address address = {
		.socket = *redis->socket ? redis->socket : NULL,
		.host = *redis->host ? redis->host : NULL,
		.port = (int)redis->port,
		.password = *redis->password ? redis->password : NULL,
	};
	const struct bus_events events = {
		.ready = on_ready, .lost = on_redis_lost, .context = gateway};

	gateway->bus = bus_create(gateway->loop, &address, &events);
	bus_on_functions(gateway->bus, on_functions);
	gateway->ear = bus_ear_create(gateway->loop, &address, on_woken, gateway);
	store_init(&gateway->store, gateway->bus, &gateway->turn, redis->partitions);
}

static int gateway_open_watch(struct gateway *gateway)
{
	const struct settings_gateway *settings = &gateway->settings->gateway;
	int error;

	if (settings->port == 0)
		return 0;
	error = watch_create(gateway->loop, settings->listen, settings->port,
			     listener_metric(gateway->metrics, "listener=\"metrics\""),
			     &gateway->watch);
	if (error != 0) {
		log_event(LOG_ERROR, "cannot_listen", "address=%s port=%u why=%s", settings->listen,
			  settings->port, strerror(-error));
		return error;
	}
	watch_start(gateway->watch, on_page, gateway);
	return 0;
}

static void gateway_finish(struct gateway *gateway)
{
	bus_ear_destroy(&gateway->ear);
	store_flush_all(&gateway->store); /* so that all of it is answered */
	bus_destroy(&gateway->bus);
	for (size_t i = 0; i < gateway->carriers_count; i++)
		carrier_destroy(&gateway->carriers[i]);
	free(gateway->carriers);
	gateway_forget_settings(gateway, true);
	watch_destroy(&gateway->watch);
	bus_args_finish(&gateway->arguments);
	store_finish(&gateway->store);
	metrics_destroy(&gateway->metrics);
	turn_finish(&gateway->turn);
	linger_finish(gateway->loop);
	ev_loop_destroy(gateway->loop);
}

int gateway_run(const struct settings *settings, const char *path)
{
	struct gateway gateway = {.loop = ev_default_loop(0), .settings = settings, .path = path};

	log_init((enum log_level)settings->log.level, settings->log.mask_numbers);
	if (gateway_check(settings, gateway_report, NULL) != 0)
		return 1;
	gateway.metrics = metrics_create();
	gateway.redis_up =
		metrics_gauge(gateway.metrics, "bindery_redis_up", "Redis is there.", "");
	gateway.functions_unserved =
		metrics_gauge(gateway.metrics, "bindery_functions_unserved",
			      "1 while the functions in Redis are newer and do not serve this "
			      "program.",
			      "");
	gateway.functions_reloaded =
		metrics_counter(gateway.metrics, "bindery_functions_reloaded_total",
				"Times another program had put its functions in the place of "
				"ours.",
				"");
	turn_init(&gateway.turn, gateway.loop);
	bus_args_init(&gateway.arguments);
	if (gateway_open_watch(&gateway) != 0) {
		metrics_destroy(&gateway.metrics);
		return 1;
	}
	gateway_watch_signals(&gateway);
	gateway_watch_time(&gateway);
	gateway_connect(&gateway);
	gateway_take(&gateway, settings);
	log_event(LOG_INFO, "started", "instance=%s version=%s carriers=%zu",
		  settings->gateway.instance, BINDERY_VERSION, settings->carriers_count);
	notify_ready();
	ev_run(gateway.loop, 0);
	log_event(LOG_INFO, "stopped", "instance=%s", settings->gateway.instance);
	gateway_finish(&gateway);
	return 0;
}
