/*
 * The connection, made again for as long as the process lives. hiredis keeps the queue of
 * callbacks; this file adds the states around it (idle → connecting → loading → ready, or unserved
 * while newer functions there do not serve us) and answers
 * what is given while there is no connection, in the next turn of the loop so that a caller is
 * never called back from inside its own call. A bus that is destroyed from inside a callback stays
 * until hiredis has let go of it and the callback has returned; every entry asks reap() at its end.
 */
#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <hiredis/adapters/libev.h>

#include "router/bus/allocate.h"
#include "router/bus/connection.h"
#include "router/bus/functions.h"
#include "router/bus/library.h"
#include "router/bus/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MIN_S 0.05
#define RETRY_MAX_S 2.0
#define LOOK_S 1.0 /* how often the functions are looked at */
#define RUN_MAX 41 /* 40 hexadecimal digits and a NUL */

#define RELOADED_NOTE                                                                              \
	"they were removed, or an older program had put its own there: end it or upgrade it"
#define STAY_NOTE                                                                                  \
	"or, to stay with it, end all newer programs and say FUNCTION DELETE bindery with "        \
	"redis-cli, once nothing is left that it cannot read: bindery-gateway(8)"
#define NEWER_NOTE "they serve this program too: upgrade it when you can; " STAY_NOTE
#define LACKING_NOTE                                                                               \
	"they say that they serve this program, but lack a function that it calls: upgrade "       \
	"it; " STAY_NOTE
#define UNSERVED_NOTE "upgrade it; " STAY_NOTE

enum bus_state { BUS_IDLE, BUS_CONNECTING, BUS_LOADING, BUS_UNSERVED, BUS_READY };

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
	bus_functions_told *functions_told;
	struct functions_library there; /* as they were last looked at */
	enum functions_verdict verdict; /* that was told of them */
	bool looking;			/* asked for, or being replaced */
	bool missed;			/* a function was not found */
	bool lacking;			/* it was told of newer ones that they lack one */
	bool refused_ours;		/* told */
	const char *parting;		/* why we end the connection, or NULL */
	ev_timer retry;
	ev_timer refuse;
	ev_timer look;
	struct call *refused, **refused_end;
	struct call *spare;
	struct request request; /* the command that is being sent */
};

static void begin(struct bus *bus);
static void look(struct bus *bus);

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

static void copy(const struct redisReply *text, char *out, size_t capacity)
{
	snprintf(out, capacity, "%s", text->type == REDIS_REPLY_STRING ? text->str : "");
}

static bool is_not_found(const struct redisReply *reply)
{
	return reply && reply->type == REDIS_REPLY_ERROR &&
	       strstr(reply->str, "Function not found") != NULL;
}

static void on_reply(struct redisAsyncContext *redis, void *reply, void *context)
{
	struct call *call = context;
	struct bus *bus = call->bus;

	(void)redis;
	bus->asked--;
	bus->heard_at = ev_now(bus->loop);
	if (is_not_found(reply)) {
		bus->missed = true;
		look(bus);
	}
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
	ev_timer_stop(bus->loop, &bus->look);
	while (bus->spare) {
		struct call *next = bus->spare->next;
		free(bus->spare);
		bus->spare = next;
	}
	request_finish(&bus->request);
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
	bus->looking = bus->missed = false;
	ev_timer_stop(bus->loop, &bus->look);
	tell_lost(bus, bus->parting ? bus->parting : why);
	bus->parting = NULL;
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

static void tell_functions(struct bus *bus, enum bus_functions_change change, const char *note)
{
	const struct bus_functions told = {
		.change = change,
		.ours = library_version,
		.found = bus->there.version,
		.serves = bus->there.serves,
		.note = note,
	};

	bus->calling++;
	if (bus->functions_told)
		bus->functions_told(&told, bus->events.context);
	bus->calling--;
}

static void become_ready(struct bus *bus)
{
	if (bus->state == BUS_READY || bus->closing)
		return;
	bus->state = BUS_READY;
	bus->told = false;
	bus->retry_s = RETRY_MIN_S;
	ev_timer_again(bus->loop, &bus->look);
	bus->calling++;
	if (bus->events.ready)
		bus->events.ready(bus->events.context);
	bus->calling--;
}

/* A connection that was good ends first, so that everything on its way is answered. */
static void become_unserved(struct bus *bus)
{
	char why[2 * FUNCTIONS_VERSION_MAX + 256];

	if (bus->state == BUS_READY) {
		bus->parting = "newer functions came, which do not serve this program";
		redisAsyncDisconnect(bus->redis);
		return;
	}
	if (bus->state == BUS_UNSERVED)
		return;
	bus->state = BUS_UNSERVED;
	bus->retry_s = RETRY_MIN_S;
	ev_timer_again(bus->loop, &bus->look);
	if (bus->verdict != FUNCTIONS_UNSERVED)
		tell_functions(bus, BUS_FUNCTIONS_UNSERVED, UNSERVED_NOTE);
	bus->verdict = FUNCTIONS_UNSERVED;
	snprintf(
		why, sizeof(why),
		"its functions are of version %s and serve programs from %s on, this one is %s: %s",
		bus->there.version, bus->there.serves, library_version, UNSERVED_NOTE);
	tell_lost(bus, why);
}

static void on_loaded(struct redisAsyncContext *redis, void *answer, void *context)
{
	const struct redisReply *reply = answer;
	struct bus *bus = context;
	bool again = bus->state == BUS_READY;

	bus->looking = false;
	if (again && reply && reply->type == REDIS_REPLY_ERROR) {
		if (!bus->refused_ours)
			tell_functions(bus, BUS_FUNCTIONS_REFUSED, reply->str);
		bus->refused_ours = true;
		return;
	}
	if (!agreed(bus, redis, reply))
		return;
	bus->refused_ours = false;
	bus->verdict = FUNCTIONS_OURS;
	tell_functions(bus, again ? BUS_FUNCTIONS_RELOADED : BUS_FUNCTIONS_LOADED,
		       again ? RELOADED_NOTE : "");
	become_ready(bus);
}

/* Of the same version we replace another text as we begin, or where it lacks something: so the last
 * that began has its way, and nobody takes turns. */
static void judge(struct bus *bus)
{
	enum functions_verdict verdict =
		functions_judge(&bus->there, library_version, library_print);
	bool missed = bus->missed;
	bool ours_needed = missed || bus->state == BUS_LOADING;

	bus->missed = false;
	if (verdict == FUNCTIONS_OLDER || (verdict == FUNCTIONS_OTHER && ours_needed)) {
		bus->looking =
			redisAsyncCommand(bus->redis, on_loaded, bus, "FUNCTION LOAD REPLACE %b",
					  library_text, library_length) == REDIS_OK;
		return;
	}
	if (verdict == FUNCTIONS_UNSERVED) {
		become_unserved(bus);
		return;
	}
	if (verdict == FUNCTIONS_NEWER && bus->verdict != FUNCTIONS_NEWER)
		tell_functions(bus, BUS_FUNCTIONS_NEWER, NEWER_NOTE);
	if (verdict == FUNCTIONS_NEWER && missed && !bus->lacking)
		tell_functions(bus, BUS_FUNCTIONS_LACKING, LACKING_NOTE);
	bus->lacking = verdict == FUNCTIONS_NEWER && (missed || bus->lacking);
	bus->verdict = verdict;
	become_ready(bus);
}

static void on_library(struct redisAsyncContext *redis, void *answer, void *context)
{
	struct redisReply *reply = answer;
	struct bus *bus = context;

	bus->looking = false;
	if (!reply || bus->closing)
		return;
	bool told = reply->type == REDIS_REPLY_ARRAY && reply->elements >= 3;
	if (!told && !is_not_found(reply)) {
		if (bus->state == BUS_LOADING)
			(void)agreed(bus, redis, reply);
		return;
	}
	bus->there = (struct functions_library){0};
	if (told) {
		copy(reply->element[0], bus->there.version, sizeof(bus->there.version));
		copy(reply->element[1], bus->there.serves, sizeof(bus->there.serves));
		copy(reply->element[2], bus->there.print, sizeof(bus->there.print));
	}
	judge(bus);
}

static void look(struct bus *bus)
{
	if (!bus->looking && bus->state >= BUS_LOADING && !bus->closing)
		bus->looking = redisAsyncCommand(bus->redis, on_library, bus,
						 "FCALL_RO library 0") == REDIS_OK;
}

static void on_look(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	look(timer->data);
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
	look(bus);
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
	ev_timer_init(&bus->look, on_look, 0., LOOK_S);
	bus->retry.data = bus;
	bus->refuse.data = bus;
	bus->look.data = bus;
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
	ev_timer_stop(bus->loop, &bus->look);
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

void bus_on_functions(struct bus *bus, bus_functions_told *told)
{
	bus->functions_told = told;
}

bool bus_is_unserved(const struct bus *bus)
{
	return bus->state == BUS_UNSERVED;
}

const char *bus_run(const struct bus *bus)
{
	return bus->state == BUS_READY ? bus->run : "";
}

size_t bus_pending(const struct bus *bus)
{
	return bus->pending;
}

static bool may_send(const struct bus *bus, const struct span *arguments, size_t count)
{
	if (count == 0 || count > BUS_ARGUMENTS_MAX)
		return false;
	if (bus->state == BUS_UNSERVED)
		return arguments[0].length < 5 || memcmp(arguments[0].at, "FCALL", 5) != 0;
	return bus->state == BUS_READY;
}

void bus_send(struct bus *bus, const struct span *arguments, size_t count, bus_done *done,
	      void *context)
{
	struct request *request = &bus->request;
	struct call *call = call_create(bus, done, context);

	bus->pending++;
	if (!may_send(bus, arguments, count)) {
		refuse(bus, call);
		return;
	}
	request_write(request, arguments, count);
	int sent = redisAsyncFormattedCommand(bus->redis, on_reply, call,
					      (const char *)request->bytes, request->length);
	request_sent(request);
	if (sent != REDIS_OK) {
		refuse(bus, call);
		return;
	}
	if (bus->asked++ == 0)
		bus->heard_at = ev_now(bus->loop);
}
