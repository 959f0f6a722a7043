#include "router/routing/mirror.h"

#include "router/bus/event.h"

#include <string.h>

static bool is(struct span value, const char *word)
{
	return value.length == strlen(word) && memcmp(value.at, word, value.length) == 0;
}

static bool takes(struct span routing)
{
	return is(routing, "idle") || is(routing, "interacting");
}

static void event_agent(struct floor *floor, const struct bus_reply *event)
{
	char name[FLOOR_NAME_MAX + 1];
	struct floor_agent_facts facts = {
		.takes = takes(event_span(event, "ar")),
		.load = (unsigned)event_integer(event, "al"),
		.capacity = (unsigned)event_integer(event, "ac"),
		.connections = (unsigned)event_integer(event, "an"),
		.since_ms = (uint64_t)event_integer(event, "as"),
	};

	event_text(event, "a", name, sizeof(name));
	if (*name)
		floor_agent(floor, name, &facts);
}

static void event_conversation(struct floor *floor, const struct bus_reply *event)
{
	char id[FLOOR_NAME_MAX + 1], queue[FLOOR_NAME_MAX + 1], last[FLOOR_NAME_MAX + 1];
	uint64_t since = (uint64_t)event_integer(event, "since");

	event_text(event, "c", id, sizeof(id));
	if (event_is(event, "e", "waiting")) {
		struct floor_place place = {event_text(event, "q", queue, sizeof(queue)), since,
					    event_text(event, "last", last, sizeof(last)), false};
		floor_wait(floor, id, &place);
	} else if (event_is(event, "e", "unoffered")) {
		floor_wait_again(floor, id, since);
	} else if (event_is(event, "e", "offer")) {
		floor_ring(floor, id, (unsigned)event_integer(event, "epoch"),
			   (uint64_t)event_integer(event, "until"));
	} else if (event_is(event, "e", "accepted") || event_is(event, "e", "released")) {
		floor_leave(floor, id);
	}
}

void mirror_event(struct floor *floor, const struct bus_reply *event)
{
	event_conversation(floor, event);
	event_agent(floor, event);
}

static struct span column(const struct bus_reply *row, size_t i)
{
	return bus_reply_span(bus_reply_at(row, i));
}

static char *text(struct span value, char out[FLOOR_NAME_MAX + 1])
{
	size_t length = value.length > FLOOR_NAME_MAX ? FLOOR_NAME_MAX : value.length;

	if (length)
		memcpy(out, value.at, length);
	out[length] = '\0';
	return out;
}

/* {name, routing, load, cap, conns, since} */
static void load_agent(struct floor *floor, const struct bus_reply *row)
{
	char name[FLOOR_NAME_MAX + 1];
	struct floor_agent_facts facts = {
		.takes = takes(column(row, 1)),
		.load = (unsigned)bus_reply_integer(bus_reply_at(row, 2)),
		.capacity = (unsigned)bus_reply_integer(bus_reply_at(row, 3)),
		.connections = (unsigned)bus_reply_integer(bus_reply_at(row, 4)),
		.since_ms = (uint64_t)bus_reply_integer(bus_reply_at(row, 5)),
	};

	floor_agent(floor, text(column(row, 0), name), &facts);
}

/* {id, state, agent, queue, epoch, at, until, last, tried, leg} */
static void load_conversation(struct floor *floor, const struct bus_reply *row)
{
	char id[FLOOR_NAME_MAX + 1], queue[FLOOR_NAME_MAX + 1], last[FLOOR_NAME_MAX + 1];
	struct span state = column(row, 1);
	struct floor_place place = {
		text(column(row, 3), queue),
		(uint64_t)bus_reply_integer(bus_reply_at(row, 5)),
		text(column(row, 7), last),
		bus_reply_integer(bus_reply_at(row, 8)) == 1,
	};

	if (!is(state, "waiting") && !is(state, "alerting"))
		return;
	text(column(row, 0), id);
	floor_wait(floor, id, &place);
	if (is(state, "alerting"))
		floor_ring(floor, id, (unsigned)bus_reply_integer(bus_reply_at(row, 4)),
			   (uint64_t)bus_reply_integer(bus_reply_at(row, 6)));
}

void mirror_load(struct floor *floor, const struct bus_reply *reply)
{
	const struct bus_reply *agents = bus_reply_at(reply, 1);
	const struct bus_reply *conversations = bus_reply_at(reply, 2);

	for (size_t i = 0; i < bus_reply_count(agents); i++)
		load_agent(floor, bus_reply_at(agents, i));
	for (size_t i = 0; i < bus_reply_count(conversations); i++)
		load_conversation(floor, bus_reply_at(conversations, i));
}
