/*
 * The connection, made again for as long as the process lives. hiredis keeps the queue of
 * callbacks; this file adds the states around it (idle → connecting → loading → ready) and answers
 * what is given while there is no connection, in the next turn of the loop so that a caller is
 * never called back from inside its own call. A bus that is destroyed from inside a callback stays
 * until hiredis has let go of it and the callback has returned; every entry asks reap() at its end.
 */
#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <hiredis/adapters/libev.h>

#include "router/bus/connection.h"
#include "router/bus/library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MIN_S 0.05
#define RETRY_MAX_S 2.0
#define RUN_MAX 41 /* 40 hexadecimal digits and a NUL */

enum bus_state { BUS_IDLE, BUS_CONNECTING, BUS_LOADING, BUS_READY };

/* One call that waits for its answer. */
struct call {
	struct bus *bus;
	bus_done *done;
	void *context;
	struct call *next; /* in the list of the refused, or of the free */
};

struct bus {
	struct ev_loop *loop;
	struct bus_endpoint endpoint;
	struct bus_events events;
	struct redisAsyncContext *redis;
	enum bus_state state;
	bool told; /* `lost` was said for this outage */
	bool closing;
	unsigned calling; /* callbacks of the caller's that we are inside of */
	double retry_s;
	char run[RUN_MAX];
	size_t pending;
	size_t asked;	 /* of them those that Redis was sent */
	double heard_at; /* of the last answer, or of the first call since there was none to wait
			    for */
	ev_timer retry;
	ev_timer refuse;
	struct call *refused, **refused_end;
	struct call *spare;
};

static void begin(struct bus *bus);

static struct call *call_create(struct bus *bus, bus_done *done, void *context)
{
	struct call *call = bus->spare;

	if (call)
		bus->spare = call->next;
	else
		call = bus_allocate(sizeof(*call));
	*call = (struct call){bus, done, context, NULL};
	return call;
}

/* Answers a call and keeps its memory for the next one. */
static void call_answer(struct call *call, const struct bus_reply *reply)
{
	struct bus *bus = call->bus;
	bus_done *done = call->done;
	void *context = call->context;

	bus->pending--;
	call->next = bus->spare;
	bus->spare = call;
	bus->calling++;
	if (done)
		done(bus, reply, context);
	bus->calling--;
}

static void on_reply(struct redisAsyncContext *redis, void *reply, void *context)
{
	struct call *call = context;

	(void)redis;
	call->bus->asked--;
	call->bus->heard_at = ev_now(call->bus->loop);
	call_answer(call, reply);
}

static void answer_refused(struct bus *bus)
{
	struct call *call = bus->refused;

	bus->refused = NULL;
	bus->refused_end = &bus->refused;
	while (call) {
		struct call *next = call->next;
		call_answer(call, NULL);
		call = next;
	}
}

/* Frees what bus_destroy() could not. What is sent while it answers is refused in its turn. */
static void reap(struct bus *bus)
{
	if (!bus->closing || bus->calling || bus->redis)
		return;
	while (bus->refused)
		answer_refused(bus);
	ev_timer_stop(bus->loop, &bus->retry);
	ev_timer_stop(bus->loop, &bus->refuse);
	while (bus->spare) {
		struct call *next = bus->spare->next;
		free(bus->spare);
		bus->spare = next;
	}
	bus_endpoint_finish(&bus->endpoint);
	free(bus);
}

static void on_refuse(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct bus *bus = timer->data;

	(void)loop;
	(void)revents;
	answer_refused(bus);
	reap(bus);
}

static void refuse(struct bus *bus, struct call *call)
{
	*bus->refused_end = call;
	bus->refused_end = &call->next;
	if (!ev_is_active(&bus->refuse)) {
		ev_timer_set(&bus->refuse, 0., 0.);
		ev_timer_start(bus->loop, &bus->refuse);
	}
}

static void tell_lost(struct bus *bus, const char *why)
{
	if (bus->told || bus->closing)
		return;
	bus->told = true;
	bus->calling++;
	if (bus->events.lost)
		bus->events.lost(why, bus->events.context);
	bus->calling--;
}

/* The connection is gone or never came; hiredis has freed it, or is about to. */
static void fall_back(struct bus *bus, const char *why)
{
	bus->redis = NULL;
	bus->state = BUS_IDLE;
	tell_lost(bus, why);
	if (bus->closing)
		return;
	ev_timer_stop(bus->loop, &bus->retry);
	ev_timer_set(&bus->retry, bus->retry_s, 0.);
	ev_timer_start(bus->loop, &bus->retry);
	bus->retry_s = bus->retry_s * 2 > RETRY_MAX_S ? RETRY_MAX_S : bus->retry_s * 2;
}

static void on_disconnect(const struct redisAsyncContext *redis, int status)
{
	struct bus *bus = redis->data;

	if (redis == bus->redis)
		fall_back(bus, status == REDIS_OK ? "closed" : redis->errstr);
	reap(bus);
}

/* What Redis says while the connection is being made; true where it is a yes. */
static bool agreed(struct bus *bus, struct redisAsyncContext *redis, const struct redisReply *reply)
{
	if (!reply || bus->closing)
		return false; /* the disconnect that follows, or bus_destroy, says the rest */
	if (reply->type != REDIS_REPLY_ERROR)
		return true;
	tell_lost(bus, reply->str);
	redisAsyncDisconnect(redis);
	return false;
}

static void on_loaded(struct redisAsyncContext *redis, void *answer, void *context)
{
	struct bus *bus = context;

	if (!agreed(bus, redis, answer))
		return;
	bus->state = BUS_READY;
	bus->told = false;
	bus->retry_s = RETRY_MIN_S;
	bus->calling++;
	if (bus->events.ready)
		bus->events.ready(bus->events.context);
	bus->calling--;
}

/* INFO says it in a line `run_id:<40 hexadecimal digits>`. */
static void on_told_run(struct redisAsyncContext *redis, void *answer, void *context)
{
	static const char label[] = "run_id:";
	const struct redisReply *reply = answer;
	struct bus *bus = context;

	if (!agreed(bus, redis, reply))
		return;
	const char *at = reply->str ? strstr(reply->str, label) : NULL;
	if (at) {
		at += strlen(label);
		snprintf(bus->run, sizeof(bus->run), "%.*s", (int)strcspn(at, "\r\n"), at);
	}
	redisAsyncCommand(redis, on_loaded, bus, "FUNCTION LOAD REPLACE %b", library_text,
			  library_length);
}

static void on_greeted(struct redisAsyncContext *redis, void *answer, void *context)
{
	struct bus *bus = context;

	if (agreed(bus, redis, answer))
		redisAsyncCommand(redis, on_told_run, bus, "INFO server");
}

/* The library is sent only to a Redis that lets us in: from anybody else it takes no argument of
 * that length, and would say so instead of naming the password. */
static void on_connect(const struct redisAsyncContext *redis, int status)
{
	struct bus *bus = redis->data;

	if (status != REDIS_OK) {
		fall_back(bus, redis->errstr);
		reap(bus);
		return;
	}
	bus->state = BUS_LOADING;
	if (bus->endpoint.password)
		redisAsyncCommand(bus->redis, on_greeted, bus, "AUTH %s", bus->endpoint.password);
	else
		redisAsyncCommand(bus->redis, on_greeted, bus, "PING");
}

static void begin(struct bus *bus)
{
	bus->state = BUS_CONNECTING;
	bus->redis = bus_endpoint_connect(&bus->endpoint);
	if (bus->redis->err) {
		struct redisAsyncContext *failed = bus->redis;
		fall_back(bus, failed->errstr);
		redisAsyncFree(failed);
		return;
	}
	bus->redis->data = bus;
	redisLibevAttach(bus->loop, bus->redis);
	redisAsyncSetConnectCallback(bus->redis, on_connect);
	redisAsyncSetDisconnectCallback(bus->redis, on_disconnect);
}

static void on_retry(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	begin(timer->data);
	reap(timer->data);
}

struct bus *bus_create(struct ev_loop *loop, const struct bus_address *address,
		       const struct bus_events *events)
{
	struct bus *bus = bus_allocate(sizeof(*bus));

	memset(bus, 0, sizeof(*bus));
	bus->loop = loop;
	bus->events = *events;
	bus->retry_s = RETRY_MIN_S;
	bus->refused_end = &bus->refused;
	bus_endpoint_init(&bus->endpoint, address);
	ev_timer_init(&bus->retry, on_retry, 0., 0.);
	ev_timer_init(&bus->refuse, on_refuse, 0., 0.);
	bus->retry.data = bus;
	bus->refuse.data = bus;
	ev_timer_start(loop, &bus->retry);
	return bus;
}

void bus_destroy(struct bus **pointer)
{
	struct bus *bus = *pointer;

	if (!bus)
		return;
	*pointer = NULL;
	bus->closing = true;
	bus->state = BUS_IDLE;
	ev_timer_stop(bus->loop, &bus->retry);
	/* Inside one of its callbacks hiredis frees its context only afterwards, and
	 * on_disconnect() says when. */
	bool later = bus->redis && (bus->redis->c.flags & REDIS_IN_CALLBACK);
	bus->calling++;
	if (bus->redis)
		redisAsyncFree(bus->redis);
	if (!later)
		bus->redis = NULL;
	bus->calling--;
	reap(bus);
}

bool bus_is_ready(const struct bus *bus)
{
	return bus->state == BUS_READY &&
	       (bus->asked == 0 || ev_now(bus->loop) - bus->heard_at < BUS_STALL_S);
}

const char *bus_run(const struct bus *bus)
{
	return bus->state == BUS_READY ? bus->run : "";
}

size_t bus_pending(const struct bus *bus)
{
	return bus->pending;
}

void bus_send(struct bus *bus, const struct span *arguments, size_t count, bus_done *done,
	      void *context)
{
	static const char *texts[BUS_ARGUMENTS_MAX];
	static size_t lengths[BUS_ARGUMENTS_MAX];
	struct call *call = call_create(bus, done, context);

	bus->pending++;
	if (bus->state != BUS_READY || count == 0 || count > BUS_ARGUMENTS_MAX) {
		refuse(bus, call);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		texts[i] = arguments[i].length ? (const char *)arguments[i].at : "";
		lengths[i] = arguments[i].length;
	}
	if (redisAsyncCommandArgv(bus->redis, on_reply, call, (int)count, texts, lengths) !=
	    REDIS_OK) {
		refuse(bus, call);
		return;
	}
	if (bus->asked++ == 0)
		bus->heard_at = ev_now(bus->loop);
}
