#include "router/routing/mirror.h"

#include "router/bus/event.h"

#include <string.h>

#define MIRROR_AGENT_COLUMNS 10 /* before their skills */
#define SKILLS_TEXT_MAX 4096	/* octets of the skills of a conversation */

static enum floor_routing routing(struct span word)
{
	return span_is(word, "idle")		 ? FLOOR_IDLE
	       : span_is(word, "interacting")	 ? FLOOR_INTERACTING
	       : span_is(word, "not_responding") ? FLOOR_NOT_RESPONDING
						 : FLOOR_OFF_QUEUE;
}

static bool takes(enum floor_routing routing)
{
	return routing == FLOOR_IDLE || routing == FLOOR_INTERACTING;
}

static void event_agent(struct floor *floor, const struct bus_reply *event)
{
	char name[FLOOR_NAME_MAX + 1], presence[FLOOR_NAME_MAX + 1];
	enum floor_routing now = routing(event_span(event, "ar"));
	struct floor_agent_facts facts = {
		.takes = takes(now),
		.routing = now,
		.routing_since_ms = (uint64_t)event_integer(event, "ars"),
		.after_call = (unsigned)event_integer(event, "aw"),
		.load = (unsigned)event_integer(event, "al"),
		.capacity = (unsigned)event_integer(event, "ac"),
		.connections = (unsigned)event_integer(event, "an"),
		.since_ms = (uint64_t)event_integer(event, "as"),
	};

	event_text(event, "a", name, sizeof(name));
	if (!*name)
		return;
	floor_agent(floor, name, &facts);
	if (event_is(event, "why", "presence"))
		floor_presence(floor, name,
			       event_text(event, "presence", presence, sizeof(presence)),
			       (uint64_t)event_integer(event, "at"));
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
		if (event_is(event, "last", "1"))
			floor_tried(floor, id);
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

static unsigned number(const struct bus_reply *row, size_t i)
{
	return (unsigned)bus_reply_integer(bus_reply_at(row, i));
}

/* Members of a queue, {queue, agent, ring…}, or skills of an agent, {agent, …, skill, level…}. */
static unsigned pairs(struct floor *floor, const struct bus_reply *row, bool skills, bool check)
{
	char first[FLOOR_NAME_MAX + 1], name[FLOOR_NAME_MAX + 1];
	size_t begin = skills ? MIRROR_AGENT_COLUMNS : 1;
	unsigned there = 0, same = 0;

	text(column(row, 0), first);
	for (size_t i = begin; i + 1 < bus_reply_count(row); i += 2, there++) {
		text(column(row, i), name);
		if (check)
			same += skills ? floor_has_skill(floor, first, name, number(row, i + 1))
				       : floor_has_member(floor, first, name, number(row, i + 1));
		else if (skills)
			floor_skill(floor, first, name, number(row, i + 1));
		else
			floor_member(floor, first, name, number(row, i + 1));
	}
	if (!check)
		return 0;
	unsigned known =
		skills ? floor_skill_count(floor, first) : floor_member_count(floor, first);
	return same != there || known != there;
}

/* {name, routing, load, cap, conns, since, routing_since, presence, presence_since, after, …} */
static unsigned agent_row(struct floor *floor, const struct bus_reply *row, bool check)
{
	char name[FLOOR_NAME_MAX + 1], presence[FLOOR_NAME_MAX + 1];
	enum floor_routing now = routing(column(row, 1));
	struct floor_agent_facts facts = {
		.takes = takes(now),
		.routing = now,
		.routing_since_ms = (uint64_t)bus_reply_integer(bus_reply_at(row, 6)),
		.after_call = number(row, 9),
		.load = number(row, 2),
		.capacity = number(row, 3),
		.connections = number(row, 4),
		.since_ms = (uint64_t)bus_reply_integer(bus_reply_at(row, 5)),
	};

	text(column(row, 0), name);
	if (check && !floor_has_agent(floor, name, &facts))
		return 1;
	if (!check) {
		floor_agent(floor, name, &facts);
		floor_presence(floor, name, text(column(row, 7), presence),
			       (uint64_t)bus_reply_integer(bus_reply_at(row, 8)));
	}
	return pairs(floor, row, true, check);
}

/* {id, state, agent, queue, epoch, at, until, last, tried, leg, prio, skills, entered, kind, from,
 * pref, pref_until} */
static unsigned conversation_row(struct floor *floor, const struct bus_reply *row, bool check)
{
	char id[FLOOR_NAME_MAX + 1], queue[FLOOR_NAME_MAX + 1], last[FLOOR_NAME_MAX + 1];
	char from[FLOOR_NAME_MAX + 1];
	bool rings = span_is(column(row, 1), "alerting");
	struct floor_place place = {
		.queue = text(column(row, 3), queue),
		.enqueued_ms = (uint64_t)bus_reply_integer(bus_reply_at(row, 5)),
		.last_agent = text(column(row, 7), last),
		.tried = number(row, 8) == 1,
		.priority = (int)bus_reply_integer(bus_reply_at(row, 10)),
		/* NUL-terminated behind the span. */
		.skills = (const char *)column(row, 11).at,
		.entered_ms = (uint64_t)bus_reply_integer(bus_reply_at(row, 12)),
		.preferred = (const char *)column(row, 15).at,
		.preferred_until_ms = (uint64_t)bus_reply_integer(bus_reply_at(row, 16)),
		.except = span_is(column(row, 13), "consult") ? text(column(row, 14), from) : NULL,
	};

	text(column(row, 0), id);
	if (check)
		return rings ? !floor_has_ringing(floor, id, number(row, 4))
			     : !floor_has_waiting(floor, id, &place);
	floor_wait(floor, id, &place);
	if (rings)
		floor_ring(floor, id, number(row, 4),
			   (uint64_t)bus_reply_integer(bus_reply_at(row, 6)));
	return 0;
}

static unsigned one_row(struct floor *floor, enum mirror_list list, const struct bus_reply *row,
			bool check)
{
	switch (list) {
	case MIRROR_QUEUES:
		return pairs(floor, row, false, check);
	case MIRROR_AGENTS:
		return agent_row(floor, row, check);
	case MIRROR_WAITING:
	case MIRROR_ALERTING:
		return conversation_row(floor, row, check);
	}
	return 0;
}

void mirror_load(struct floor *floor, enum mirror_list list, const struct bus_reply *page)
{
	const struct bus_reply *rows = bus_reply_at(page, 3);

	for (size_t i = 0; i < bus_reply_count(rows); i++)
		one_row(floor, list, bus_reply_at(rows, i), false);
}

bool mirror_is_last(const struct bus_reply *page)
{
	return span_is(column(page, 0), "0");
}

/* How many more or fewer wait and ring; what is being offered does either. */
static unsigned count_differs(const struct floor *floor, const struct bus_reply *page)
{
	struct floor_figures figures = floor_figures(floor);
	unsigned ringing = number(page, 2), there = number(page, 1) + ringing;
	unsigned here = figures.waiting + figures.ringing + figures.offering;

	if (there != here)
		return there > here ? there - here : here - there;
	return ringing < figures.ringing || ringing > figures.ringing + figures.offering;
}

unsigned mirror_check(struct floor *floor, enum mirror_list list, const struct bus_reply *page)
{
	const struct bus_reply *rows = bus_reply_at(page, 3);
	unsigned found = 0;

	if (list == MIRROR_ALERTING && mirror_is_last(page))
		found = count_differs(floor, page);
	for (size_t i = 0; i < bus_reply_count(rows); i++)
		found += one_row(floor, list, bus_reply_at(rows, i), true);
	return found;
}

const char *mirror_list_name(enum mirror_list list)
{
	static const char *const names[] = {"queues", "agents", "waiting", "alerting"};

	return names[list];
}
