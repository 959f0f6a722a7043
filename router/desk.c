#include "router/asking.h"

#include "config/memory.h"
#include "router/bus/key.h"
#include "router/door/user.h"
#include "router/rows.h"

#include <assert.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN_S 1.0 /* how often what Redis refused to hear is said again */

struct desk_up {
	struct desk *desk;
	struct desk_up *next;
	char agent[DESK_AGENT_MAX + 1];
	char connection[128];
	bool saying; /* that it is up */
	bool said;   /* and Redis has it */
	bool gone;   /* while that was being said */
};

void desk_refuse(struct desk_ask ask, enum desk_code code, const char *detail)
{
	struct desk_answer answer = {.code = code, .detail = detail};

	ask.done(&answer, ask.context);
}

int desk_partition(struct desk *desk, struct desk_ask ask, struct span conversation)
{
	int partition = identity_partition(conversation);

	if (partition >= 0 && (unsigned)partition < desk->links.partitions)
		return partition;
	desk_refuse(ask, DESK_NOT_FOUND, "There is no such conversation.");
	return -1;
}

struct bus_args *desk_view_call(struct desk *desk, unsigned partition, struct span conversation)
{
	char key[KEY_MAX];

	bus_args_call(&desk->args, "conv_view", key_tag(partition, key));
	bus_args_field(&desk->args, "conv", conversation);
	return &desk->args;
}

void desk_view(struct desk *desk, unsigned partition, struct span conversation, bus_done *done,
	       void *context)
{
	bus_args_send(desk_view_call(desk, partition, conversation), desk->links.bus, done,
		      context);
}

struct span desk_queue_name(const struct desk *desk, struct span queue)
{
	return directory_name(desk->links.directory, DIRECTORY_QUEUE, queue);
}

/* Offers */

static void on_offer_answered(enum offers_verdict verdict, void *context)
{
	static const struct {
		enum desk_code code;
		const char *detail;
	} answers[] = {
		[OFFERS_OK] = {DESK_OK, ""},
		[OFFERS_CONFLICT] = {DESK_CONFLICT, "This offer has ended."},
		[OFFERS_BUSY] = {DESK_CONFLICT, "The agent cannot take it."},
		[OFFERS_UNAVAILABLE] = {DESK_UNAVAILABLE, DESK_UNREACHABLE},
	};

	asking_end(context, answers[verdict].code, answers[verdict].detail);
}

void desk_offer_answer(struct desk *desk, struct desk_ask ask, struct span conversation,
		       unsigned epoch, bool accept)
{
	struct asking *asking = asking_create(desk, ask);
	struct offers_ask offers_ask = {on_offer_answered, asking};

	if (accept)
		offers_accept(desk->links.offers, asking->agent, conversation, epoch, offers_ask);
	else
		offers_decline(desk->links.offers, asking->agent, conversation, epoch, offers_ask);
}

/* Presence on the floor. The capacity stands with the user, so it is read before each step. */

static void read_capacity(struct desk *desk, const char *agent, bus_done *done, void *context)
{
	char key[KEY_MAX];

	bus_args_text(&desk->args, "HGET");
	bus_args_text(&desk->args, key_user(agent, key));
	bus_args_text(&desk->args, "capacity");
	bus_args_send(&desk->args, desk->links.bus, done, context);
}

static unsigned capacity_of(const struct bus_reply *reply)
{
	int64_t capacity = bus_reply_integer(reply);

	if (bus_reply_type(reply) != BUS_STRING || capacity < 0)
		return USER_CAPACITY_DEFAULT;
	return capacity > USER_CAPACITY_MAX ? USER_CAPACITY_MAX : (unsigned)capacity;
}

static void on_status_capacity(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;

	(void)bus;
	if (!asking_answered(asking, reply))
		return;
	offers_status(asking->desk->links.offers, asking->agent, asking->on_queue,
		      capacity_of(reply), (struct offers_ask){on_offer_answered, asking});
}

void desk_status(struct desk *desk, struct desk_ask ask, bool on_queue)
{
	struct asking *asking = asking_create(desk, ask);

	asking->on_queue = on_queue;
	read_capacity(desk, asking->agent, on_status_capacity, asking);
}

void desk_presence(struct desk *desk, struct desk_ask ask, struct span presence)
{
	char name[DESK_AGENT_MAX + 1];

	if (!row_is_presence(desk->links.directory, presence)) {
		desk_refuse(ask, DESK_NO_TARGET, DESK_NO_PRESENCE);
		return;
	}
	struct asking *asking = asking_create(desk, ask);
	row_copy(presence, name, sizeof(name));
	offers_presence(desk->links.offers, asking->agent, name,
			(struct offers_ask){on_offer_answered, asking});
}

static void up_free(struct desk_up *up)
{
	struct desk_up **at = &up->desk->ups;

	while (*at != up) {
		assert(*at);
		at = &(*at)->next;
	}
	*at = up->next;
	free(up);
}

static void on_up_said(enum offers_verdict verdict, void *context)
{
	struct desk_up *up = context;

	up->saying = false;
	up->said = verdict == OFFERS_OK;
	if (!up->gone)
		return;
	offers_down(up->desk->links.offers, up->agent, up->connection);
	up_free(up);
}

static void on_up_capacity(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct desk_up *up = context;

	(void)bus;
	if (reply && bus_reply_type(reply) != BUS_ERROR && !up->gone) {
		offers_up(up->desk->links.offers, up->agent, up->connection, capacity_of(reply),
			  (struct offers_ask){on_up_said, up});
		return;
	}
	/* It may have been said before, and is gone since. */
	on_up_said(OFFERS_UNAVAILABLE, up);
}

static void say_up(struct desk_up *up)
{
	if (up->saying || up->gone)
		return;
	up->saying = true;
	read_capacity(up->desk, up->agent, on_up_capacity, up);
}

void desk_connected(struct desk *desk, const char *agent, const char *connection)
{
	struct desk_up *up = memory_array(1, sizeof(*up));

	up->desk = desk;
	row_copy(asking_span(agent), up->agent, sizeof(up->agent));
	row_copy(asking_span(connection), up->connection, sizeof(up->connection));
	up->next = desk->ups;
	desk->ups = up;
	say_up(up);
}

void desk_disconnected(struct desk *desk, const char *agent, const char *connection)
{
	struct desk_up *up = desk->ups;

	while (up && (up->gone || strcmp(up->connection, connection) != 0))
		up = up->next;
	if (!up)
		return;
	if (up->saying) {
		up->gone = true;
		return;
	}
	offers_down(desk->links.offers, agent, connection);
	up_free(up);
}

void desk_begin(struct desk *desk)
{
	for (struct desk_up *up = desk->ups; up; up = up->next) {
		up->said = false;
		say_up(up);
	}
}

/* What Redis refused to hear is said again: an agent it does not know of gets no offers. */
static void on_again(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct desk *desk = timer->data;

	(void)loop;
	(void)revents;
	for (struct desk_up *up = desk->ups; up; up = up->next) {
		if (!up->said)
			say_up(up);
	}
}

struct desk *desk_create(const struct desk_links *links)
{
	struct desk *desk = memory_array(1, sizeof(*desk));

	desk->links = *links;
	bus_args_init(&desk->args);
	ev_timer_init(&desk->again, on_again, AGAIN_S, AGAIN_S);
	desk->again.data = desk;
	ev_timer_start(links->loop, &desk->again);
	return desk;
}

void desk_destroy(struct desk **pointer)
{
	struct desk *desk = *pointer;

	if (!desk)
		return;
	*pointer = NULL;
	for (struct desk_up *up = desk->ups, *next; up; up = next) {
		next = up->next;
		free(up);
	}
	bus_args_finish(&desk->args);
	free(desk);
}
