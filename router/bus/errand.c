#include "router/bus/errand.h"

#include <errno.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "config/verb.h"

#define ANSWER_S 5.0

static void complain(const struct errand *errand, const char *what, const char *about)
{
	verb_complain(errand->verb, EXIT_NO, what, about);
}

static void forget(struct errand *errand)
{
	for (size_t i = 0; i < errand->count; i++)
		free(errand->strings[i]);
	free(errand->strings);
	free(errand->error);
	errand->strings = NULL;
	errand->error = NULL;
	errand->count = 0;
}

static char *text_of(struct span span)
{
	return memory_copy(span.at, span.length);
}

static void on_answer(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct errand *errand = context;
	bool one = bus_reply_type(reply) == BUS_STRING;

	errand->type = reply ? bus_reply_type(reply) : BUS_ERROR;
	errand->integer = bus_reply_integer(reply);
	if (errand->type == BUS_ERROR)
		errand->error = text_of(bus_reply_span(reply));
	if (errand->read && errand->type != BUS_ERROR) {
		errand->read(bus, reply, errand->read_context);
		ev_break(errand->loop, EVBREAK_ONE);
		return;
	}
	errand->count = one ? 1 : bus_reply_count(reply);
	errand->strings = memory_array(errand->count ? errand->count : 1, sizeof(char *));
	for (size_t i = 0; i < errand->count; i++)
		errand->strings[i] = text_of(bus_reply_span(one ? reply : bus_reply_at(reply, i)));
	ev_break(errand->loop, EVBREAK_ONE);
}

bool errand_ask(struct errand *errand, struct bus_args *args)
{
	forget(errand);
	ev_timer_stop(errand->loop, &errand->limit);
	/* A person may have typed a password since the loop last looked at its clock. */
	ev_now_update(errand->loop);
	ev_timer_set(&errand->limit, ANSWER_S, 0.);
	ev_timer_start(errand->loop, &errand->limit);
	bus_args_send(args, errand->bus, on_answer, errand);
	ev_run(errand->loop, 0);
	if (errand->timed_out)
		complain(errand, "no answer from Redis", NULL);
	else if (errand->type == BUS_ERROR)
		complain(errand, "Redis refused", errand->error);
	return !errand->timed_out && errand->type != BUS_ERROR;
}

bool errand_read(struct errand *errand, struct bus_args *args, bus_done *read, void *context)
{
	errand->read = read;
	errand->read_context = context;
	bool answered = errand_ask(errand, args);
	errand->read = NULL;
	return answered;
}

bool errand_said(const struct errand *errand, const char *word)
{
	return errand->count > 0 && strcmp(errand->strings[0], word) == 0;
}

static void on_ready(void *context)
{
	struct errand *errand = context;

	ev_break(errand->loop, EVBREAK_ONE);
}

static void on_lost(const char *why, void *context)
{
	struct errand *errand = context;

	snprintf(errand->why, sizeof(errand->why), "%s", why);
}

static void on_limit(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct errand *errand = timer->data;

	(void)revents;
	errand->timed_out = true;
	ev_break(loop, EVBREAK_ONE);
}

void errand_finish(struct errand *errand)
{
	ev_timer_stop(errand->loop, &errand->limit);
	bus_destroy(&errand->bus);
	forget(errand);
	ev_loop_destroy(errand->loop);
}

bool errand_init(struct errand *errand, const struct bus_address *redis, const char *verb)
{
	struct bus_events events = {on_ready, on_lost, errand};
	char about[ERRAND_WHY_MAX + 128];

	*errand = (struct errand){.loop = ev_loop_new(EVFLAG_AUTO), .verb = verb};
	if (!errand->loop) {
		complain(errand, "no event loop", strerror(errno));
		return false;
	}
	errand->bus = bus_create(errand->loop, redis, &events);
	ev_timer_init(&errand->limit, on_limit, ANSWER_S, 0.);
	errand->limit.data = errand;
	ev_timer_start(errand->loop, &errand->limit);
	ev_run(errand->loop, 0);
	if (!errand->timed_out)
		return true;
	snprintf(about, sizeof(about), "%s: %s", redis->socket ? redis->socket : redis->host,
		 errand->why[0] ? errand->why : "no answer");
	complain(errand, "cannot reach Redis", about);
	errand_finish(errand);
	return false;
}
