#include "router/compliance/rulebook.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"

#define LOOK_S 1.0
#define EPOCH_MAX 24

struct rulebook {
	struct rulebook_links links;
	char epoch[EPOCH_MAX]; /* that was taken; "" for none */
	bool asked, again;     /* a look is under way; another is wanted behind it */
	bool beginning;
	unsigned long taken, refused;
	struct bus_args args;
	ev_timer timer;
};

static bool take_one(struct keywords *keywords, const struct bus_reply *row, bool anew)
{
	struct span owner = bus_reply_span(bus_reply_at(row, 0));
	unsigned version = (unsigned)bus_reply_integer(bus_reply_at(row, 1));
	struct rules_fault fault = {""};
	struct ruleset *set = NULL;
	char name[RULESET_OWNER_MAX];

	if (owner.length < 3 || owner.length >= sizeof(name))
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)owner.length, (const char *)owner.at);
	if (!anew && keywords_version(keywords, name) == version)
		return true;
	int error = ruleset_read(bus_reply_span(bus_reply_at(row, 2)), &set, &fault);
	if (!error)
		error = keywords_put(keywords, name, version, &set, &fault);
	if (error)
		log_event(LOG_ERROR, "rules_refused", "owner=%s version=%u fault=\"%s\"", name,
			  version, fault.message);
	else
		log_event(LOG_INFO, "rules_in_force", "owner=%s version=%u", name, version);
	return !error;
}

static bool is_there(const char *owner, void *context)
{
	const struct bus_reply *reply = context;

	for (size_t i = 1; i < bus_reply_count(reply); i++) {
		struct span name = bus_reply_span(bus_reply_at(bus_reply_at(reply, i), 0));
		if (span_is(name, owner))
			return true;
	}
	return false;
}

unsigned rulebook_take(struct keywords *keywords, const struct bus_reply *reply, bool anew)
{
	unsigned refused = 0;

	/* Another Redis, or an older copy of it, may not know them. */
	if (anew)
		keywords_keep(keywords, is_there, (void *)reply);
	for (size_t i = 1; i < bus_reply_count(reply); i++)
		refused += take_one(keywords, bus_reply_at(reply, i), anew) ? 0 : 1;
	return refused;
}

static void on_read(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct rulebook *rulebook = context;
	struct span epoch = bus_reply_span(bus_reply_at(reply, 0));
	bool begun = rulebook->beginning;

	(void)bus;
	rulebook->asked = false;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		/* A connection that is lost is made again, and then it begins anew. */
		if (reply)
			log_event(LOG_ERROR, "rules_unreadable", "error=\"%s\"",
				  (const char *)bus_reply_span(reply).at);
		return;
	}
	if (epoch.length < EPOCH_MAX && (begun || bus_reply_count(reply) > 1)) {
		rulebook->refused += rulebook_take(rulebook->links.keywords, reply, begun);
		rulebook->taken++;
	}
	if (epoch.length < EPOCH_MAX)
		snprintf(rulebook->epoch, EPOCH_MAX, "%.*s", (int)epoch.length,
			 (const char *)epoch.at);
	rulebook->beginning = false;
	if (begun)
		rulebook->links.loaded(rulebook->links.context);
	if (rulebook->again)
		rulebook_look(rulebook);
}

void rulebook_look(struct rulebook *rulebook)
{
	char tag[KEY_MAX];

	rulebook->again = rulebook->asked;
	if (rulebook->asked || !bus_is_ready(rulebook->links.bus))
		return;
	rulebook->asked = true;
	bus_args_call(&rulebook->args, "rules_active", key_tag(0, tag));
	bus_args_field_text(&rulebook->args, "epoch", rulebook->epoch);
	bus_args_send(&rulebook->args, rulebook->links.bus, on_read, rulebook);
}

void rulebook_begin(struct rulebook *rulebook)
{
	rulebook->beginning = true;
	rulebook->epoch[0] = '\0'; /* it may be another Redis, or an older copy of it */
	rulebook_look(rulebook);
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct rulebook *rulebook = timer->data;

	(void)loop;
	(void)events;
	if (!rulebook->asked)
		rulebook_look(rulebook);
}

void rulebook_counts(const struct rulebook *rulebook, unsigned long *taken, unsigned long *refused)
{
	*taken = rulebook->taken;
	*refused = rulebook->refused;
}

struct rulebook *rulebook_create(const struct rulebook_links *links)
{
	struct rulebook *rulebook = memory_array(1, sizeof(*rulebook));

	rulebook->links = *links;
	bus_args_init(&rulebook->args);
	ev_timer_init(&rulebook->timer, on_timer, LOOK_S, LOOK_S);
	rulebook->timer.data = rulebook;
	ev_timer_start(links->loop, &rulebook->timer);
	return rulebook;
}

void rulebook_destroy(struct rulebook **pointer)
{
	struct rulebook *rulebook = *pointer;

	if (!rulebook)
		return;
	*pointer = NULL;
	ev_timer_stop(rulebook->links.loop, &rulebook->timer);
	bus_args_finish(&rulebook->args);
	free(rulebook);
}
