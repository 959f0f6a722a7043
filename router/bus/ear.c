/* Pub/sub on a connection of its own: Redis takes nothing but subscriptions on one that listens. An
 * ear that is destroyed when it is woken stays until hiredis has let go of it. */
#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <hiredis/adapters/libev.h>

#include "router/bus/allocate.h"
#include "router/bus/connection.h"

#include <stdlib.h>
#include <string.h>

#define RETRY_S 0.25

struct channel {
	char *name;
	struct channel *next;
};

struct bus_ear {
	struct ev_loop *loop;
	struct bus_endpoint endpoint;
	struct redisAsyncContext *redis;
	bus_woken *woken;
	void *context;
	bool connected; /* and the password said */
	bool closing;
	ev_timer retry;
	struct channel *channels;
};

static void on_message(struct redisAsyncContext *redis, void *answer, void *context)
{
	struct bus_ear *ear = context;
	const struct redisReply *reply = answer;

	(void)redis;
	if (!reply || ear->closing || reply->type != REDIS_REPLY_ARRAY || reply->elements != 3)
		return;
	const struct redisReply *kind = reply->element[0];
	const struct redisReply *name = reply->element[1];
	const struct redisReply *payload = reply->element[2];
	if (kind->type != REDIS_REPLY_STRING || name->type != REDIS_REPLY_STRING)
		return;
	if (strcmp(kind->str, "message") == 0 && payload->type == REDIS_REPLY_STRING)
		ear->woken(name->str,
			   (struct span){(const uint8_t *)payload->str, (size_t)payload->len},
			   ear->context);
	else if (strcmp(kind->str, "subscribe") == 0)
		ear->woken(name->str, (struct span){(const uint8_t *)"", 0}, ear->context);
}

static void listen_to(struct bus_ear *ear, const char *name)
{
	if (ear->connected)
		redisAsyncCommand(ear->redis, on_message, ear, "SUBSCRIBE %s", name);
}

static void finish(struct bus_ear *ear)
{
	while (ear->channels) {
		struct channel *next = ear->channels->next;
		free(ear->channels->name);
		free(ear->channels);
		ear->channels = next;
	}
	bus_endpoint_finish(&ear->endpoint);
	free(ear);
}

static void fall_back(struct bus_ear *ear)
{
	ear->redis = NULL;
	ear->connected = false;
	ev_timer_stop(ear->loop, &ear->retry);
	ev_timer_set(&ear->retry, RETRY_S, 0.);
	ev_timer_start(ear->loop, &ear->retry);
}

static void on_disconnect(const struct redisAsyncContext *redis, int status)
{
	struct bus_ear *ear = redis->data;

	(void)status;
	if (ear->closing)
		finish(ear);
	else if (redis == ear->redis)
		fall_back(ear);
}

static void on_connect(const struct redisAsyncContext *redis, int status)
{
	struct bus_ear *ear = redis->data;

	if (status != REDIS_OK) {
		fall_back(ear);
		return;
	}
	if (ear->endpoint.password)
		redisAsyncCommand(ear->redis, NULL, NULL, "AUTH %s", ear->endpoint.password);
	ear->connected = true;
	for (struct channel *channel = ear->channels; channel; channel = channel->next)
		listen_to(ear, channel->name);
}

static void begin(struct bus_ear *ear)
{
	struct redisAsyncContext *redis = bus_endpoint_connect(&ear->endpoint);

	if (redis->err) {
		redisAsyncFree(redis);
		fall_back(ear);
		return;
	}
	redis->data = ear;
	ear->redis = redis;
	redisLibevAttach(ear->loop, redis);
	redisAsyncSetConnectCallback(redis, on_connect);
	redisAsyncSetDisconnectCallback(redis, on_disconnect);
}

static void on_retry(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	begin(timer->data);
}

struct bus_ear *bus_ear_create(struct ev_loop *loop, const struct bus_address *address,
			       bus_woken *woken, void *context)
{
	struct bus_ear *ear = bus_allocate(sizeof(*ear));

	memset(ear, 0, sizeof(*ear));
	ear->loop = loop;
	ear->woken = woken;
	ear->context = context;
	bus_endpoint_init(&ear->endpoint, address);
	ev_timer_init(&ear->retry, on_retry, 0., 0.);
	ear->retry.data = ear;
	ev_timer_start(loop, &ear->retry);
	return ear;
}

void bus_ear_destroy(struct bus_ear **pointer)
{
	struct bus_ear *ear = *pointer;

	if (!ear)
		return;
	*pointer = NULL;
	ear->closing = true;
	ev_timer_stop(ear->loop, &ear->retry);
	/* A connection that stands says on_disconnect() when it is freed, be it at once or later.
	 */
	bool told = ear->connected;
	if (ear->redis)
		redisAsyncFree(ear->redis);
	if (!told)
		finish(ear);
}

void bus_ear_subscribe(struct bus_ear *ear, const char *name)
{
	struct channel *channel = bus_allocate(sizeof(*channel));
	size_t size = strlen(name) + 1;

	channel->name = memcpy(bus_allocate(size), name, size);
	channel->next = ear->channels;
	ear->channels = channel;
	listen_to(ear, name);
}

void bus_ear_unsubscribe(struct bus_ear *ear, const char *name)
{
	for (struct channel **at = &ear->channels; *at; at = &(*at)->next) {
		struct channel *channel = *at;
		if (strcmp(channel->name, name) != 0)
			continue;
		*at = channel->next;
		if (ear->connected)
			redisAsyncCommand(ear->redis, NULL, NULL, "UNSUBSCRIBE %s", name);
		free(channel->name);
		free(channel);
		return;
	}
}
