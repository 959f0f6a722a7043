#include "router/door/door.h"

#include <errno.h>
#include <ev.h>
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "config/listener.h"
#include "config/log.h"
#include "config/memory.h"
#include "router/bus/functions_log.h"
#include "router/door/api.h"
#include "router/door/origin.h"
#include "router/door/socket.h"
#include "router/door/watch.h"

#define RECEIVE_OCTETS 16384
#define KEEP_ALIVE_S 30
#define SPARE_FILES 1024 /* beside the connections: of the library and of everybody else */

struct door {
	const struct door_settings *settings;
	struct door_links links;
	struct counters counters;
	struct asset_table *console, *documents;
	struct bus *bus;
	struct hasher *hasher;
	struct listener *listener;
	struct session_store sessions;
	struct signin signin;
	struct rate *rate;
	struct feed_table *feeds;
	struct socket_table *sockets;
	struct watch_table *watches;
	struct api api;
	struct http http;
	struct http_turns turns;
	struct lws_protocols protocols[4];
	struct lws_context *context;
	struct lws_vhost *vhost;
	size_t connections_max;
	bool draining;
};

/* What is spoken where. */
static const struct spoken {
	const char *path, *protocol, *what;
} spoken[] = {
	{"/agent", "bindery.agent.v1", "the subprotocol is bindery.agent.v1, and no other"},
	{"/floor", "bindery.floor.v1", "the subprotocol is bindery.floor.v1, and no other"},
};

/* A page may open a socket only from an origin of ours; the cookie alone proves nothing
 * about who asks. */
static bool may_upgrade(const struct door *door, struct lws *wsi)
{
	char origin[HTTP_ORIGIN_MAX];
	char host[HTTP_ORIGIN_MAX];
	int length = lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN);
	struct span said = {(const uint8_t *)origin,
			    http_header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof(origin))};
	struct span asked = {(const uint8_t *)host,
			     http_header(wsi, WSI_TOKEN_HOST, host, sizeof(host))};

	if (length <= 0)
		return true; /* not a browser */
	return origin_allowed(said, asked, door->settings->origins, door->settings->origins_count);
}

static const struct spoken *spoken_at(const char *path)
{
	for (size_t i = 0; i < sizeof(spoken) / sizeof(spoken[0]); i++) {
		if (strcmp(path, spoken[i].path) == 0)
			return &spoken[i];
	}
	return NULL;
}

static int confirm_upgrade(struct door *door, struct lws *wsi, const char *kind)
{
	char path[HTTP_VALUE_MAX];
	char protocols[HTTP_VALUE_MAX];

	http_header(wsi, WSI_TOKEN_GET_URI, path, sizeof(path));
	http_header(wsi, WSI_TOKEN_PROTOCOL, protocols, sizeof(protocols));
	if (!kind || strcmp(kind, "websocket") != 0)
		return http_refuse_upgrade(wsi, "400 Bad Request", "websocket is all there is");
	const struct spoken *wanted = spoken_at(path);
	if (!wanted)
		return http_refuse_upgrade(wsi, "404 Not Found",
					   "the sockets are at /agent and /floor");
	/* Of several the library would take the first that it knows, whatever is spoken at the
	 * path. */
	if (strcmp(protocols, wanted->protocol) != 0)
		return http_refuse_upgrade(wsi, "400 Bad Request", wanted->what);
	if (door->draining)
		return http_refuse_upgrade(wsi, "503 Service Unavailable", "going away");
	/* Whether another router works is not known before the floor is this one's. */
	if (door->links.floor && !door->links.floor(door->links.context))
		return http_refuse_upgrade(wsi, "503 Service Unavailable", "standing by");
	if (!may_upgrade(door, wsi)) {
		door->counters.requests_forged_total++;
		return http_refuse_upgrade(wsi, "403 Forbidden", "Origin is not allowed");
	}
	return 0;
}

static int on_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		   size_t length)
{
	struct door *door = lws_context_user(lws_get_context(wsi));
	struct http_request *none = NULL;

	switch ((int)reason) {
	case LWS_CALLBACK_WSI_CREATE:
		door->counters.connections++;
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		/* The library's own pipe is destroyed without having been created. */
		door->counters.connections -= door->counters.connections > 0;
		http_forget(wsi);
		return 0;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return confirm_upgrade(door, wsi, in);
	default:
		return http_event(&door->http, wsi, (int)reason, user ? user : &none,
				  (struct span){in, length});
	}
}

static int on_agent(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		    size_t length)
{
	struct door *door = lws_context_user(lws_get_context(wsi));

	if (!user)
		return 0;
	return line_event(socket_lines(door->sockets), wsi, (int)reason, user,
			  (struct span){in, length});
}

static int on_watch(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		    size_t length)
{
	struct door *door = lws_context_user(lws_get_context(wsi));

	if (!user)
		return 0;
	return line_event(watch_lines(door->watches), wsi, (int)reason, user,
			  (struct span){in, length});
}

/* The library's own words go where ours go. */
static void on_library_log(int level, const char *line)
{
	size_t length = strcspn(line, "\n");

	if (level == LLL_ERR)
		log_event(LOG_WARN, "websockets", "text=%.*s", (int)length, line);
	else
		log_event(LOG_DEBUG, "websockets", "text=%.*s", (int)length, line);
}

static bool is_given(const char *text)
{
	return text && *text;
}

static void on_accepted(int connection, void *context)
{
	struct door *door = context;

	if (door->counters.connections >= door->connections_max) {
		door->counters.connections_refused_total++;
		close(connection);
		return;
	}
	/* The library closes what it does not take. */
	(void)!lws_adopt_socket_vhost(door->vhost, connection);
}

/* The library's own pings are off (line.h has ours): it would put a timer in order among those of
 * all connections at every pong, which with 5,000 agents is a tenth of a millisecond each. */
static const lws_retry_bo_t no_pings;

static int open_library(struct door *door)
{
	const struct door_settings *settings = door->settings;
	void *loops[] = {door->links.loop};
	bool tls = is_given(settings->certificate) && is_given(settings->private_key);
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = door->protocols,
		.gid = -1,
		.uid = -1,
		.options = LWS_SERVER_OPTION_LIBEV,
		.foreign_loops = loops,
		.user = door,
		.vhost_name = "bindery",
		.max_http_header_pool = (unsigned short)door->connections_max,
		.max_http_header_data2 = HTTP_HEADERS_MAX,
		.timeout_secs = HTTP_REQUEST_TIMEOUT_S,
		.timeout_secs_ah_idle = HTTP_REQUEST_TIMEOUT_S,
		.keepalive_timeout = KEEP_ALIVE_S,
		.alpn = "http/1.1",
		.retry_and_idle_policy = &no_pings,
		.server_string = "bindery",
	};

	if (tls) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = settings->certificate;
		info.ssl_private_key_filepath = settings->private_key;
	}
	lws_set_log_level(LLL_ERR | LLL_WARN, on_library_log);
	door->context = lws_create_context(&info);
	if (!door->context)
		return -EINVAL;
	door->vhost = lws_get_vhost_by_name(door->context, "bindery");
	return 0;
}

/* The API and the agents' socket serve without them, so none of it is fatal. */
static void load_files(struct door *door)
{
	static const char *const names[] = {"/asyncapi.yaml", "/openapi.yaml"};
	const struct door_settings *settings = door->settings;
	int error = 0;

	door->console = asset_create();
	door->documents = asset_create();
	if (is_given(settings->console))
		error = asset_load(door->console, settings->console);
	if (error)
		log_event(LOG_WARN, "console_unreadable", "folder=%s error=%s", settings->console,
			  strerror(-error));
	for (size_t i = 0; is_given(settings->docs) && i < 2; i++) {
		char file[1024];
		snprintf(file, sizeof(file), "%s%s", settings->docs, names[i]);
		error = asset_load_file(door->documents, file, names[i]);
		if (error)
			log_event(LOG_WARN, "document_unreadable", "file=%s error=%s", file,
				  strerror(-error));
	}
}

static void on_signed_out(const char *hash, void *context)
{
	struct door *door = context;

	line_sign_out(socket_lines(door->sockets), hash);
	line_sign_out(watch_lines(door->watches), hash);
}

static void on_user_changed(const char *name, void *context)
{
	struct door *door = context;

	line_check_user(socket_lines(door->sockets), name);
	line_check_user(watch_lines(door->watches), name);
}

static struct floor *floor_now(void *context)
{
	const struct door *door = context;

	return door->links.floor ? door->links.floor(door->links.context) : NULL;
}

static void on_ready(void *context)
{
	struct door *door = context;

	log_event(LOG_INFO, "door_store_ready", "agents=%zu",
		  line_count(socket_lines(door->sockets)));
	feed_poll(door->feeds);
}

void door_written(struct door *door, const char *agent, struct span before,
		  const struct feed_entry *entries, size_t count)
{
	feed_written(door->feeds, agent, before, entries, count);
}

static void on_lost(const char *why, void *context)
{
	(void)context;
	log_event(LOG_WARN, "door_store_lost", "why=%s", why);
}

static void connect_parts(struct door *door)
{
	const struct door_settings *settings = door->settings;
	struct bus_events events = {on_ready, on_lost, door};

	door->bus = bus_create(door->links.loop, &door->links.redis, &events);
	bus_on_functions(door->bus, functions_log_done);
	door->sessions = (struct session_store){door->bus, settings->session_idle_s,
						settings->session_max_s};
	door->signin = (struct signin){door->bus, door->hasher, &door->sessions, &door->counters};
	door->feeds = feed_create(door->links.loop, &door->links.redis, door->bus, &door->counters);
	struct socket_links sockets = {door->links.loop, door->links.desk, door->feeds,
				       &door->sessions, &door->counters};
	door->sockets = socket_create(&sockets);
	door->watches = watch_create(&(struct watch_links){.loop = door->links.loop,
							   .sessions = &door->sessions,
							   .directory = door->links.directory,
							   .floor = floor_now,
							   .lead = door->links.lead,
							   .today = door->links.today,
							   .desk = door->links.desk,
							   .signed_out = on_user_changed,
							   .context = door,
							   .counters = &door->counters});
	door->rate = rate_create(settings->client_requests_per_s);
	door->api = (struct api){.settings = settings,
				 .links = &door->links,
				 .counters = &door->counters,
				 .assets = door->console,
				 .documents = door->documents,
				 .sessions = &door->sessions,
				 .signin = &door->signin,
				 .rate = door->rate,
				 .signed_out = on_signed_out,
				 .user_changed = on_user_changed,
				 .context = door};
	door->http = (struct http){.origins = settings->origins,
				   .origins_count = settings->origins_count,
				   .tls = is_given(settings->certificate),
				   .counters = &door->counters,
				   .turns = &door->turns,
				   .handle = api_handle,
				   .context = &door->api};
	door->protocols[0] = (struct lws_protocols){.name = "http",
						    .callback = on_http,
						    .per_session_data_size = sizeof(void *),
						    .rx_buffer_size = RECEIVE_OCTETS};
	door->protocols[1] = (struct lws_protocols){.name = spoken[0].protocol,
						    .callback = on_agent,
						    .per_session_data_size = sizeof(void *),
						    .rx_buffer_size = RECEIVE_OCTETS};
	door->protocols[2] = (struct lws_protocols){.name = spoken[1].protocol,
						    .callback = on_watch,
						    .per_session_data_size = sizeof(void *),
						    .rx_buffer_size = RECEIVE_OCTETS};
}

/* The library finds a connection by its file's number where it may use all that the process may
 * have open, and else looks through its list of them for each callback. */
static void limit_files(const struct door *door)
{
	struct rlimit files;
	rlim_t enough = door->connections_max + SPARE_FILES;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > enough) {
		files.rlim_cur = enough;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}

int door_create(const struct door_settings *settings, const struct door_links *links,
		struct door **out)
{
	struct door *door = memory_array(1, sizeof(*door));

	door->settings = settings;
	door->links = *links;
	door->connections_max =
		settings->connections_max ? settings->connections_max : DOOR_CONNECTIONS_DEFAULT;
	limit_files(door);
	/* OpenSSL writes without MSG_NOSIGNAL. */
	signal(SIGPIPE, SIG_IGN);
	/* First, while there is little to copy into the other process. */
	int error = hasher_create(links->loop, &door->hasher);
	if (!error)
		error = listener_create(links->loop, settings->listen, settings->port,
					links->accepts_failed, &door->listener);
	if (!error) {
		load_files(door);
		connect_parts(door);
		error = open_library(door);
	}
	if (error) {
		door_destroy(&door);
		return error;
	}
	listener_start(door->listener, on_accepted, door);
	log_event(LOG_INFO, "door_open", "listen=%s port=%u tls=%d",
		  settings->listen ? settings->listen : "", door_port(door), door->http.tls);
	*out = door;
	return 0;
}

void door_destroy(struct door **pointer)
{
	struct door *door = *pointer;

	if (!door)
		return;
	*pointer = NULL;
	door->draining = true;
	listener_destroy(&door->listener);
	if (door->context)
		lws_context_destroy(door->context);
	/* Whoever waits for one of these is answered by their end, so they go before what asked. */
	hasher_destroy(&door->hasher);
	if (door->bus) {
		feed_close(door->feeds);
		bus_destroy(&door->bus);
	}
	feed_destroy(&door->feeds);
	socket_destroy(&door->sockets);
	watch_destroy(&door->watches);
	rate_destroy(&door->rate);
	asset_destroy(&door->console);
	asset_destroy(&door->documents);
	free(door);
}

void door_rest(struct door *door)
{
	line_drain(socket_lines(door->sockets));
	line_drain(watch_lines(door->watches));
}

void door_drain(struct door *door)
{
	door->draining = true;
	door->http.draining = true;
	listener_destroy(&door->listener);
	line_drain(socket_lines(door->sockets));
	line_drain(watch_lines(door->watches));
}

size_t door_people(const struct door *door)
{
	return line_count(socket_lines(door->sockets)) + line_count(watch_lines(door->watches));
}

unsigned door_port(const struct door *door)
{
	return door->listener ? listener_port(door->listener) : 0;
}
