/* The wiring: one loop, one connection for all work, the rooms told of Redis coming and going in
 * the order in which they depend on one another. */
#include "router/daemon.h"

#include "config/listener.h"
#include "config/log.h"
#include "config/memory.h"
#include "config/metrics.h"
#include "config/notify.h"
#include "router/bus/bus.h"
#include "router/bus/functions_log.h"
#include "router/bus/key.h"
#include "router/compliance/follower.h"
#include "router/compliance/keywords.h"
#include "router/compliance/rulebook.h"
#include "router/daybook.h"
#include "router/desk.h"
#include "router/directory/directory.h"
#include "router/door/compliance.h"
#include "router/door/door.h"
#include "router/lead.h"
#include "router/projector.h"
#include "router/queues.h"
#include "router/reload.h"
#include "router/routing/offers.h"
#include "router/rows.h"
#include "router/tallies.h"
#include "router/threading/threading.h"

#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BINDS_S 1.0 /* how often the gateways' word on their binds is read */
#define STOP_TURN_S 0.05
#define STOP_TURNS 100 /* of those agents' sockets are given to take their backlog */

struct daemon {
	struct settings live;		 /* borrows, and so does everybody from it */
	const struct settings *settings; /* &live */
	struct reload reload;
	const char **carrier_names;
	struct door_settings door_settings;
	struct ev_loop *loop;
	struct bus_address address;
	struct bus *bus;
	struct bus_ear *ear; /* for changes that others make to queues and skills */
	struct numbers *numbers;
	struct directory *directory;
	struct offers_queue *queues;
	struct queues_links queues_links;
	struct offers *offers;
	struct seal *seal;
	struct archive *archive;
	struct follower *follower; /* of the ledger */
	struct compliance *compliance;
	struct keywords *keywords;
	struct rulebook *rulebook;
	struct threading *threading;
	struct projector *projector;
	struct desk *desk;
	struct today *today; /* figures of the day */
	struct daybook *daybook;
	struct door *door;
	struct metrics *metrics;
	struct bus_args args;
	bool threading_open, floor_open, notified, stopping;
	unsigned bound, bound_reading; /* carriers with a bind, as last read and being read */
	unsigned stop_turns;
	ev_timer binds, watchdog, stop;
	ev_signal terminate, interrupt, hangup;
};

struct bus_address daemon_redis(const struct settings *settings)
{
	const struct settings_redis *redis = &settings->redis;

	return (struct bus_address){
		.socket = *redis->socket ? redis->socket : NULL,
		.host = redis->host,
		.port = (int)redis->port,
		.password = *redis->password ? redis->password : NULL,
	};
}

/* The projector begins once what it asks of is there: the leases and the floor. */
static void open_projector(struct daemon *daemon)
{
	if (daemon->threading_open && daemon->floor_open)
		projector_open(daemon->projector);
}

static void on_threading_opened(void *context)
{
	struct daemon *daemon = context;

	daemon->threading_open = true;
	follower_begin(daemon->follower);
	offers_begin(daemon->offers, threading_fence(daemon->threading, THREADING_FLOOR));
}

static void on_threading_closed(void *context)
{
	struct daemon *daemon = context;

	daemon->threading_open = false;
	follower_end(daemon->follower);
	daemon->floor_open = false;
	daybook_end(daemon->daybook);
	offers_end(daemon->offers);
	projector_close(daemon->projector);
}

/* Its sockets go where the work is. */
static void on_threading_refused(void *context)
{
	struct daemon *daemon = context;

	offers_forsake(daemon->offers);
	door_rest(daemon->door);
}

static void on_conversation_event(unsigned partition, const struct bus_reply *event,
				  const struct threading_message *message, void *context)
{
	struct daemon *daemon = context;

	projector_event(daemon->projector, partition, event, message);
}

static void on_floor_opened(void *context)
{
	struct daemon *daemon = context;
	bool first = !daemon->floor_open;

	daemon->floor_open = true;
	if (!first)
		return;
	open_projector(daemon);
	desk_begin(daemon->desk);
	daybook_begin(daemon->daybook);
}

static void on_floor_event(const struct bus_reply *event, void *context)
{
	struct daemon *daemon = context;

	daybook_event(daemon->daybook, event);
	projector_event(daemon->projector, PROJECTOR_FLOOR, event, NULL);
}

static void on_floor_deadline(enum offers_deadline deadline, const struct offers_due *due,
			      void *context)
{
	struct daemon *daemon = context;

	projector_deadline(daemon->projector, deadline, due);
}

/* Nothing is read before the rules in force are known. */
static void on_rules(void *context)
{
	struct daemon *daemon = context;

	threading_begin(daemon->threading);
}

static void on_ready(void *context)
{
	struct daemon *daemon = context;

	log_event(LOG_INFO, "redis_ready", "socket=%s", daemon->settings->redis.socket);
	rulebook_begin(daemon->rulebook);
	if (daemon->notified)
		return;
	daemon->notified = true;
	notify_ready();
}

static void on_lost(const char *why, void *context)
{
	struct daemon *daemon = context;

	log_event(LOG_ERROR, "redis_lost", "error=%s socket=%s", why,
		  daemon->settings->redis.socket);
	daemon->floor_open = false;
	daybook_end(daemon->daybook);
	threading_end(daemon->threading);
	offers_end(daemon->offers);
	projector_close(daemon->projector);
}

static bool is_standby(void *context)
{
	struct daemon *daemon = context;

	return threading_is_standby(daemon->threading);
}

static struct floor *floor_now(void *context)
{
	struct daemon *daemon = context;

	return daemon->floor_open ? offers_floor(daemon->offers) : NULL;
}

static bool is_ready(char *why, size_t capacity, void *context)
{
	struct daemon *daemon = context;
	const char *reason = NULL;

	if (bus_is_unserved(daemon->bus))
		reason = "The functions in Redis are newer and do not serve this router.";
	else if (!bus_is_ready(daemon->bus))
		reason = "Redis does not answer.";
	else if (is_standby(daemon))
		reason = "Another router works; this one stands by.";
	else if (!projector_is_live(daemon->projector))
		reason = "The router is catching up.";
	else if (daemon->settings->carriers_count && daemon->bound == 0)
		reason = "No carrier has a bind.";
	/* A lock of sending is what somebody has to do something about, so it is said first. */
	if (bus_is_ready(daemon->bus) && !is_standby(daemon) &&
	    !follower_is_open(daemon->follower, why, capacity))
		return false;
	if (reason)
		snprintf(why, capacity, "%s", reason);
	return !reason;
}

static void on_binds_read(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct daemon *daemon = context;
	struct span said = bus_reply_span(reply);

	(void)bus;
	/* NUL-terminated behind the span. */
	if (said.length && !strstr((const char *)said.at, "bound=0"))
		daemon->bound_reading++;
}

static void on_binds_counted(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct daemon *daemon = context;

	(void)bus;
	daemon->bound = reply ? daemon->bound_reading : 0;
}

static void on_binds(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct daemon *daemon = timer->data;
	char key[KEY_MAX];

	(void)loop;
	(void)revents;
	daemon->bound_reading = 0;
	for (size_t i = 0; i < daemon->settings->carriers_count; i++) {
		bus_args_text(&daemon->args, "GET");
		bus_args_text(&daemon->args,
			      key_gateway_status(daemon->settings->carriers[i].name, key));
		bus_args_send(&daemon->args, daemon->bus, on_binds_read, daemon);
	}
	bus_args_text(&daemon->args, "PING");
	bus_args_send(&daemon->args, daemon->bus, on_binds_counted, daemon);
}

static char *render_metrics(void *context)
{
	struct daemon *daemon = context;
	size_t length;

	tallies_count(daemon->threading, daemon->metrics);
	tallies_floor(daemon->offers, daemon->metrics);
	tallies_bus(daemon->bus, daemon->metrics);
	tallies_ledger(daemon->follower, daemon->metrics);
	projector_measure(daemon->projector, daemon->metrics);
	return metrics_render(daemon->metrics, &length);
}

static void on_stopped(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct daemon *daemon = timer->data;

	(void)revents;
	if (door_people(daemon->door) == 0 || --daemon->stop_turns == 0)
		ev_break(loop, EVBREAK_ALL);
}

static void on_terminate(struct ev_loop *loop, ev_signal *signal, int revents)
{
	struct daemon *daemon = signal->data;

	(void)revents;
	if (daemon->stopping) {
		ev_break(loop, EVBREAK_ALL);
		return;
	}
	daemon->stopping = true;
	daemon->stop_turns = STOP_TURNS;
	log_event(LOG_INFO, "stopping", "signal=%d", signal->signum);
	notify_stopping(0);
	door_drain(daemon->door);
	threading_release(daemon->threading);
	ev_timer_start(loop, &daemon->stop);
}

/* The names of all carriers, for the door. */
static void name_carriers(struct daemon *daemon)
{
	const struct settings *settings = daemon->settings;

	daemon->carrier_names = memory_resize(daemon->carrier_names, settings->carriers_count + 1,
					      sizeof(*daemon->carrier_names));
	for (size_t i = 0; i < settings->carriers_count; i++)
		daemon->carrier_names[i] = settings->carriers[i].name;
	daemon->door_settings.carriers = daemon->carrier_names;
	daemon->door_settings.carriers_count = settings->carriers_count;
}

static void on_hangup(struct ev_loop *loop, ev_signal *signal, int revents)
{
	struct daemon *daemon = signal->data;

	(void)loop;
	(void)revents;
	if (daemon->stopping)
		return;
	if (daemon->notified)
		notify_reloading();
	if (reload_take(&daemon->reload))
		name_carriers(daemon);
	if (daemon->notified)
		notify_ready();
}

static void on_watchdog(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)timer;
	(void)revents;
	notify_watchdog();
}

static const char *fence_of(unsigned partition, void *context)
{
	struct daemon *daemon = context;

	return threading_fence(daemon->threading, partition);
}

/* The keys and the folder of the ledger, without which nothing can be written into it. */
static int open_ledger(struct daemon *daemon)
{
	const struct settings *settings = daemon->settings;
	char why[SEAL_ERROR_MAX], path[ARCHIVE_ERROR_MAX];
	int error = seal_create(&settings->ledger, true, &daemon->seal, why);

	if (!error)
		error = archive_open(settings->ledger.directory, settings->redis.partitions,
				     ARCHIVE_WRITE, &daemon->archive, why);
	if (!error) {
		snprintf(path, sizeof(path), "%s/public.pem", settings->ledger.directory);
		error = seal_write_public(daemon->seal, path);
		if (error)
			snprintf(why, sizeof(why), "public.pem: %s", strerror(-error));
	}
	if (error)
		log_event(LOG_ERROR, "ledger_failed", "why=%s", why);
	return error;
}

static void build_rooms(struct daemon *daemon)
{
	const struct settings *settings = daemon->settings;
	const struct settings_router *router = &settings->router;

	daemon->follower = follower_create(
		&(struct follower_links){daemon->loop, daemon->bus, settings, daemon->seal,
					 daemon->archive, fence_of, daemon});
	daemon->keywords = keywords_create(settings);
	daemon->rulebook = rulebook_create(&(struct rulebook_links){
		daemon->loop, daemon->bus, daemon->keywords, on_rules, daemon});
	daemon->compliance = compliance_create(&(struct compliance_links){
		settings, daemon->seal, daemon->archive, daemon->keywords});
	daemon->directory = directory_create(daemon->loop, &daemon->address);
	directory_seed(daemon->directory, settings);
	daemon->numbers = numbers_create(settings);
	daemon->queues = queues_create(settings);
	daemon->offers =
		offers_create(daemon->loop, daemon->bus,
			      &(struct offers_settings){
				      .instance = router->instance,
				      .queues = daemon->queues,
				      .queue_count = settings->queues_count,
				      .offline_grace_ms = (uint64_t)router->offline_grace_s * 1000,
				      .reclaim_ms = (uint64_t)router->reclaim_s * 1000},
			      &(struct offers_events){.happened = on_floor_event,
						      .opened = on_floor_opened,
						      .deadline = on_floor_deadline,
						      .context = daemon});
	daemon->queues_links =
		(struct queues_links){settings, daemon->directory, daemon->offers, daemon->numbers};
	queues_follow(&daemon->queues_links);
	daemon->threading = threading_create(
		daemon->loop, daemon->bus,
		&(struct threading_settings){
			.instance = router->instance,
			.partitions = settings->redis.partitions,
			.parts_timeout_ms = (uint64_t)router->parts_timeout_s * 1000,
			.duplicate_window_ms = (uint64_t)router->duplicate_window_s * 1000,
			.redis = &daemon->address,
			.settings = settings,
			.numbers = daemon->numbers,
			.seal = daemon->seal,
			.keywords = daemon->keywords,
		},
		&(struct threading_events){on_threading_opened, on_threading_closed,
					   on_threading_refused, on_conversation_event, daemon});
	daemon->projector = projector_create(&(struct projector_links){
		daemon->loop, daemon->bus, daemon->threading, daemon->offers, daemon->numbers,
		daemon->directory, settings->redis.partitions, &settings->events});
	daemon->today = today_create();
	daemon->daybook = daybook_create(
		&(struct daybook_links){daemon->loop, daemon->bus, daemon->today, floor_now, daemon,
					settings->redis.partitions, daemon->directory});
	daemon->desk = desk_create(&(struct desk_links){
		daemon->loop, daemon->bus, daemon->offers, daemon->projector, daemon->threading,
		daemon->numbers, settings->redis.partitions, settings, daemon->directory});
}

static int open_door(struct daemon *daemon)
{
	const struct settings_http *http = &daemon->settings->http;
	struct door_links links = {.loop = daemon->loop,
				   .redis = daemon->address,
				   .desk = daemon->desk,
				   .lead = lead_obey,
				   .today = daemon->today,
				   .directory = daemon->directory,
				   .compliance = daemon->compliance,
				   .ready = is_ready,
				   .standby = is_standby,
				   .floor = floor_now,
				   .metrics = render_metrics,
				   .context = daemon};
	struct door_settings *door = &daemon->door_settings;

	*door = (struct door_settings){
		.listen = http->listen,
		.port = http->port,
		.console = http->console,
		.docs = http->docs,
		.certificate = http->certificate,
		.private_key = http->private_key,
		.secure_cookies = http->secure_cookies,
		.origins = (const char *const *)http->origins,
		.origins_count = http->origins_count,
		.session_idle_s = http->session_idle_min * 60,
		.session_max_s = http->session_max_h * 3600,
		.client_requests_per_s = http->client_requests_per_s,
		.partitions = daemon->settings->redis.partitions,
	};
	links.accepts_failed = listener_metric(daemon->metrics, "listener=\"door\"");
	name_carriers(daemon);
	int error = door_create(door, &links, &daemon->door);
	projector_show(daemon->projector, daemon->door);
	if (error)
		log_event(LOG_ERROR, "listen_failed", "address=%s port=%u error=%s", http->listen,
			  http->port, strerror(-error));
	else
		log_event(LOG_INFO, "listening", "address=%s port=%u", http->listen,
			  door_port(daemon->door));
	return error;
}

static void watch(struct daemon *daemon)
{
	ev_timer_init(&daemon->binds, on_binds, 0., BINDS_S);
	ev_timer_init(&daemon->stop, on_stopped, STOP_TURN_S, STOP_TURN_S);
	ev_signal_init(&daemon->terminate, on_terminate, SIGTERM);
	ev_signal_init(&daemon->interrupt, on_terminate, SIGINT);
	ev_signal_init(&daemon->hangup, on_hangup, SIGHUP);
	daemon->binds.data = daemon->stop.data = daemon;
	daemon->terminate.data = daemon->interrupt.data = daemon->hangup.data = daemon;
	ev_timer_start(daemon->loop, &daemon->binds);
	ev_signal_start(daemon->loop, &daemon->terminate);
	ev_signal_start(daemon->loop, &daemon->interrupt);
	ev_signal_start(daemon->loop, &daemon->hangup);
	signal(SIGPIPE, SIG_IGN);
	uint64_t interval = notify_watchdog_ms();
	ev_timer_init(&daemon->watchdog, on_watchdog, (double)interval / 1000.,
		      (double)interval / 1000.);
	if (interval)
		ev_timer_start(daemon->loop, &daemon->watchdog);
}

static void on_told(const char *channel, struct span payload, void *context)
{
	struct daemon *daemon = context;

	(void)payload;
	if (strcmp(channel, RULEBOOK_CHANNEL) == 0) {
		rulebook_look(daemon->rulebook);
		return;
	}
	offers_reread(daemon->offers);
	daybook_read(daemon->daybook);
}

static void finish(struct daemon *daemon)
{
	/* First the bus: what is asked of it is answered while those who asked are still there. */
	directory_close(daemon->directory);
	door_destroy(&daemon->door);
	bus_ear_destroy(&daemon->ear);
	bus_destroy(&daemon->bus);
	desk_destroy(&daemon->desk);
	daybook_destroy(&daemon->daybook);
	today_destroy(&daemon->today);
	projector_destroy(&daemon->projector);
	threading_destroy(&daemon->threading);
	follower_destroy(&daemon->follower); /* told by the former that its tenure is over */
	archive_close(&daemon->archive);
	compliance_destroy(&daemon->compliance);
	rulebook_destroy(&daemon->rulebook);
	keywords_destroy(&daemon->keywords);
	seal_destroy(&daemon->seal);
	offers_destroy(&daemon->offers);
	numbers_destroy(&daemon->numbers);
	metrics_destroy(&daemon->metrics);
	bus_args_finish(&daemon->args);
	queues_destroy(&daemon->queues, daemon->settings->queues_count);
	directory_destroy(&daemon->directory);
	reload_finish(&daemon->reload);
	free(daemon->carrier_names);
	ev_loop_destroy(daemon->loop);
}

int daemon_run(const struct settings *settings, const char *path)
{
	struct daemon daemon = {.live = *settings, .loop = ev_default_loop(0)};
	struct bus_events events = {on_ready, on_lost, &daemon};

	daemon.settings = &daemon.live;
	log_init((enum log_level)settings->log.level, settings->log.mask_numbers);
	if (open_ledger(&daemon) != 0) {
		archive_close(&daemon.archive);
		seal_destroy(&daemon.seal);
		return 1;
	}
	daemon.address = daemon_redis(settings);
	daemon.metrics = metrics_create();
	bus_args_init(&daemon.args);
	daemon.bus = bus_create(daemon.loop, &daemon.address, &events);
	bus_on_functions(daemon.bus, functions_log);
	build_rooms(&daemon);
	daemon.reload = (struct reload){.path = path,
					.live = &daemon.live,
					.numbers = daemon.numbers,
					.threading = daemon.threading};
	daemon.ear = bus_ear_create(daemon.loop, &daemon.address, on_told, &daemon);
	bus_ear_subscribe(daemon.ear, KEY_STAFF_CHANNEL);
	bus_ear_subscribe(daemon.ear, RULEBOOK_CHANNEL);
	watch(&daemon);
	int error = open_door(&daemon);
	if (!error) {
		log_event(LOG_INFO, "started", "version=%s instance=%s partitions=%u",
			  BINDERY_VERSION, settings->router.instance, settings->redis.partitions);
		ev_run(daemon.loop, 0);
		log_event(LOG_INFO, "stopped", "instance=%s", settings->router.instance);
	}
	finish(&daemon);
	return error ? 1 : 0;
}
