#include "router/routing/mirror.h"

#include "router/bus/event.h"

#include <string.h>

#define SKILLS_TEXT_MAX 4096 /* octets of the skills of a conversation */

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

static bool leaves(const struct bus_reply *event)
{
	return event_is(event, "e", "accepted") || event_is(event, "e", "released") ||
	       event_is(event, "e", "moved") || event_is(event, "e", "assigned") ||
	       event_is(event, "e", "parked");
}

/* What an event says of a conversation that waits; the strings are kept in `texts`. */
struct texts {
	char queue[FLOOR_NAME_MAX + 1], last[FLOOR_NAME_MAX + 1], from[FLOOR_NAME_MAX + 1];
	char skills[SKILLS_TEXT_MAX], preferred[SKILLS_TEXT_MAX];
};

static struct floor_place event_place(const struct bus_reply *event, struct texts *texts)
{
	bool consult = event_is(event, "kind", "consult");

	return (struct floor_place){
		.queue = event_text(event, "q", texts->queue, sizeof(texts->queue)),
		.enqueued_ms = (uint64_t)event_integer(event, "since"),
		.last_agent = event_text(event, "last", texts->last, sizeof(texts->last)),
		.tried = event_is(event, "tried", "1"),
		.priority = (int)event_integer(event, "prio"),
		.skills = event_text(event, "skills", texts->skills, sizeof(texts->skills)),
		.entered_ms = (uint64_t)event_integer(event, "entered"),
		.preferred = event_text(event, "pref", texts->preferred, sizeof(texts->preferred)),
		.preferred_until_ms = (uint64_t)event_integer(event, "pref_until"),
		.except = consult ? event_text(event, "from", texts->from, sizeof(texts->from))
				  : NULL,
	};
}

static void event_conversation(struct floor *floor, const struct bus_reply *event)
{
	char id[FLOOR_NAME_MAX + 1];
	struct texts texts;

	event_text(event, "c", id, sizeof(id));
	if (event_is(event, "e", "waiting")) {
		struct floor_place place = event_place(event, &texts);
		floor_wait(floor, id, &place);
	} else if (event_is(event, "e", "unoffered")) {
		struct floor_place place = event_place(event, &texts);
		floor_wait_again(floor, id, &place);
	} else if (event_is(event, "e", "offer")) {
		floor_ring(floor, id, (unsigned)event_integer(event, "epoch"),
			   (uint64_t)event_integer(event, "until"));
	} else if (leaves(event)) {
		floor_leave(floor, id);
		/* What was asked beside it is the conversation itself now. */
		floor_leave(floor, event_text(event, "consult", id, sizeof(id)));
	}
}

static void event_staff(struct floor *floor, const struct bus_reply *event)
{
	char who[FLOOR_NAME_MAX + 1], what[FLOOR_NAME_MAX + 1];

	event_text(event, "who", who, sizeof(who));
	if (event_is(event, "e", "member"))
		floor_member(floor, event_text(event, "q", what, sizeof(what)), who,
			     (unsigned)event_integer(event, "ring"));
	else if (event_is(event, "e", "skill"))
		floor_skill(floor, who, event_text(event, "skill", what, sizeof(what)),
			    (unsigned)event_integer(event, "level"));
}

void mirror_event(struct floor *floor, const struct bus_reply *event)
{
	event_conversation(floor, event);
	event_agent(floor, event);
	event_staff(floor, event);
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

/* {name, routing, load, cap, conns, since, …} */
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

/* {id, state, agent, queue, epoch, at, until, last, tried, leg, prio, skills, entered, kind,
 * from, pref, pref_until} */
static void load_conversation(struct floor *floor, const struct bus_reply *row)
{
	char id[FLOOR_NAME_MAX + 1], queue[FLOOR_NAME_MAX + 1], last[FLOOR_NAME_MAX + 1];
	char from[FLOOR_NAME_MAX + 1];
	struct span state = column(row, 1);
	struct floor_place place = {
		.queue = text(column(row, 3), queue),
		.enqueued_ms = (uint64_t)bus_reply_integer(bus_reply_at(row, 5)),
		.last_agent = text(column(row, 7), last),
		.tried = bus_reply_integer(bus_reply_at(row, 8)) == 1,
		.priority = (int)bus_reply_integer(bus_reply_at(row, 10)),
		/* NUL-terminated behind the span. */
		.skills = (const char *)column(row, 11).at,
		.entered_ms = (uint64_t)bus_reply_integer(bus_reply_at(row, 12)),
		.preferred = (const char *)column(row, 15).at,
		.preferred_until_ms = (uint64_t)bus_reply_integer(bus_reply_at(row, 16)),
		.except = is(column(row, 13), "consult") ? text(column(row, 14), from) : NULL,
	};

	if (!is(state, "waiting") && !is(state, "alerting"))
		return;
	text(column(row, 0), id);
	floor_wait(floor, id, &place);
	if (is(state, "alerting"))
		floor_ring(floor, id, (unsigned)bus_reply_integer(bus_reply_at(row, 4)),
			   (uint64_t)bus_reply_integer(bus_reply_at(row, 6)));
}

/* {queue, agent, ring, …}, or {agent, skill, level, …} */
static void load_pairs(struct floor *floor, const struct bus_reply *row, bool skills)
{
	char first[FLOOR_NAME_MAX + 1], name[FLOOR_NAME_MAX + 1];

	text(column(row, 0), first);
	for (size_t i = 1; i + 1 < bus_reply_count(row); i += 2) {
		unsigned number = (unsigned)bus_reply_integer(bus_reply_at(row, i + 1));
		text(column(row, i), name);
		if (skills)
			floor_skill(floor, first, name, number);
		else
			floor_member(floor, first, name, number);
	}
}

void mirror_load(struct floor *floor, const struct bus_reply *reply)
{
	const struct bus_reply *agents = bus_reply_at(reply, 1);
	const struct bus_reply *conversations = bus_reply_at(reply, 2);
	const struct bus_reply *members = bus_reply_at(reply, 3);
	const struct bus_reply *skills = bus_reply_at(reply, 4);

	for (size_t i = 0; i < bus_reply_count(members); i++)
		load_pairs(floor, bus_reply_at(members, i), false);
	for (size_t i = 0; i < bus_reply_count(skills); i++)
		load_pairs(floor, bus_reply_at(skills, i), true);
	for (size_t i = 0; i < bus_reply_count(agents); i++)
		load_agent(floor, bus_reply_at(agents, i));
	for (size_t i = 0; i < bus_reply_count(conversations); i++)
		load_conversation(floor, bus_reply_at(conversations, i));
}
