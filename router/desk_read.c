/* What a screen reads: a thread, page by page, and the whole of an agent's desk. */
#include "router/desk.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"
#include "router/rows.h"
#include "router/threading/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SNAPSHOT_MAX 256 /* conversations and offers of one agent */
#define VIEW_SCOPES 9	 /* where those of a conv_view begin */
#define STRINGS_MAX ((size_t)SNAPSHOT_MAX * 32)

static struct span at(const struct bus_reply *row, size_t i)
{
	return bus_reply_span(bus_reply_at(row, i));
}

static bool is_opted_out(const struct number *number, const struct bus_reply *view)
{
	for (size_t i = VIEW_SCOPES; i < bus_reply_count(view); i++) {
		if (numbers_covers(number, at(view, i)))
			return true;
	}
	return false;
}

/* The answer of conv_view, as long as it stands. */
static struct desk_conversation read_view(const struct desk *desk, struct span id,
					  const struct bus_reply *view)
{
	const struct number *number = numbers_find(desk->links.numbers, at(view, 3));

	return (struct desk_conversation){
		.id = id,
		.state = at(view, 0),
		.leg = (unsigned)bus_reply_integer(bus_reply_at(view, 2)),
		.ours = at(view, 3),
		.customer = at(view, 4),
		.queue = at(view, 5),
		.queue_name = desk_queue_name(desk, at(view, 5)),
		.created_ms = (uint64_t)bus_reply_integer(bus_reply_at(view, 6)),
		.parked_until_ms = (uint64_t)bus_reply_integer(bus_reply_at(view, 7)),
		.inactive_until_ms = (uint64_t)bus_reply_integer(bus_reply_at(view, 8)),
		.opted_out = is_opted_out(number, view),
		.wrapup_codes = numbers_wrapup_codes(desk->links.numbers, at(view, 5)),
	};
}

/* A thread: the conversation's view and the rows are asked for together. */

struct reading {
	struct desk *desk;
	struct desk_ask ask;
	char agent[DESK_AGENT_MAX + 1];
	char id[IDENTITY_MAX];
	unsigned limit;
	bool along; /* by somebody whose it need not be */
	bool refused;
	/* Copies of the view, which is answered before the rows are. */
	char fields[3][64];
	char queue[DIRECTORY_ID_MAX + 1], queue_name[DIRECTORY_ID_MAX + 1];
	struct desk_conversation conversation;
};

static void refuse_reading(struct reading *reading, enum desk_code code, const char *detail)
{
	reading->refused = true;
	desk_refuse(reading->ask, code, detail);
}

static struct span keep(struct span value, char *out, size_t capacity)
{
	row_copy(value, out, capacity);
	return span_text(out);
}

static void on_thread_view(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct reading *reading = context;
	struct desk_conversation *kept = &reading->conversation;

	(void)bus;
	if (reading->refused)
		return;
	if (!reply || bus_reply_type(reply) == BUS_ERROR) {
		refuse_reading(reading, DESK_UNAVAILABLE, DESK_UNREACHABLE);
		return;
	}
	if (bus_reply_type(reply) != BUS_ARRAY) {
		refuse_reading(reading, DESK_NOT_FOUND, "There is no such conversation.");
		return;
	}
	if (!reading->along && !span_is(at(reply, 1), reading->agent)) {
		refuse_reading(reading, DESK_NOT_YOURS, "This conversation is not yours.");
		return;
	}
	*kept = read_view(reading->desk, span_text(reading->id), reply);
	kept->state = keep(kept->state, reading->fields[0], sizeof(reading->fields[0]));
	kept->ours = keep(kept->ours, reading->fields[1], sizeof(reading->fields[1]));
	kept->customer = keep(kept->customer, reading->fields[2], sizeof(reading->fields[2]));
	kept->queue = keep(kept->queue, reading->queue, sizeof(reading->queue));
	kept->queue_name = keep(kept->queue_name, reading->queue_name, sizeof(reading->queue_name));
}

struct desk_message desk_read_row(const struct bus_reply *row)
{
	struct span position = bus_reply_span(bus_reply_field(row, "at"));
	struct span direction = bus_reply_span(bus_reply_field(row, "d"));
	bool outbound = span_is(direction, "o");

	return (struct desk_message){
		.id = outbound ? bus_reply_span(bus_reply_field(row, "m")) : position,
		.at = position,
		.text = bus_reply_span(bus_reply_field(row, "t")),
		.author = bus_reply_span(bus_reply_field(row, "a")),
		.keyword = row_keyword(bus_reply_span(bus_reply_field(row, "k"))),
		.state = bus_reply_span(bus_reply_field(row, "st")),
		.reason = bus_reply_span(bus_reply_field(row, "why")),
		.parameters = bus_reply_span(bus_reply_field(row, "tlvs")),
		.schedule_ms = (uint64_t)bus_reply_integer(bus_reply_field(row, "sch")),
		.of = bus_reply_span(bus_reply_field(row, "of")),
		.again = bus_reply_span(bus_reply_field(row, "again")),
		.at_ms = position.length ? strtoull((const char *)position.at, NULL, 10) : 0,
		.segments = (unsigned)bus_reply_integer(bus_reply_field(row, "n")),
		.outbound = outbound,
		.note = span_is(direction, "n"),
		.automatic = span_is(bus_reply_span(bus_reply_field(row, "x")), "1"),
		.partial = span_is(bus_reply_span(bus_reply_field(row, "p")), "1"),
	};
}

/* Who is asked about it may read it: it is looked at as by who asks, while it rings. */
static void on_beside(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct reading *reading = context;
	const struct bus_reply *beside = bus_reply_at(reply, 0);

	(void)bus;
	if (span_is(at(beside, 4), "alerting") && span_is(at(beside, 5), reading->agent))
		row_copy(at(beside, 3), reading->agent, sizeof(reading->agent));
	else
		refuse_reading(reading, DESK_NOT_YOURS, "You are not asked about it any more.");
}

static void read_beside(struct reading *reading, struct span id)
{
	struct bus_args *args = &reading->desk->args;

	bus_args_call(args, "conv_parties", KEY_ACD_TAG);
	bus_args_span(args, id);
	bus_args_send(args, reading->desk->links.bus, on_beside, reading);
}

static void on_thread(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct reading *reading = context;
	struct desk_message messages[DESK_PAGE_MAX];
	size_t rows = bus_reply_count(reply);

	(void)bus;
	if (!reading->refused && bus_reply_type(reply) != BUS_ARRAY)
		refuse_reading(reading, DESK_UNAVAILABLE, DESK_UNREACHABLE);
	if (!reading->refused) {
		size_t count = rows > reading->limit ? reading->limit : rows;
		for (size_t i = 0; i < count; i++)
			messages[count - 1 - i] = desk_read_row(bus_reply_at(reply, i));
		struct desk_answer answer = {
			.code = DESK_OK,
			.detail = "",
			.messages = messages,
			.message_count = count,
			.more = rows > count,
			.conversations = &reading->conversation,
			.conversation_count = 1,
		};
		reading->ask.done(&answer, reading->ask.context);
	}
	free(reading);
}

static void read_thread(struct desk *desk, struct desk_ask ask, struct span conversation,
			struct desk_page page, bool along)
{
	struct span whole = conversation;
	bool beside = row_beside(&whole);
	int partition = desk_partition(desk, ask, whole);
	char key[KEY_MAX];

	if (partition < 0)
		return;
	struct reading *reading = memory_array(1, sizeof(*reading));
	reading->desk = desk;
	reading->ask = ask;
	reading->along = along;
	reading->limit = page.limit < 1		      ? 1
			 : page.limit > DESK_PAGE_MAX ? DESK_PAGE_MAX
						      : page.limit;
	row_copy(span_text(ask.agent), reading->agent, sizeof(reading->agent));
	row_copy(whole, reading->id, sizeof(reading->id));
	if (beside)
		read_beside(reading, conversation);
	struct bus_args *view = desk_view_call(desk, (unsigned)partition, whole);
	if (!beside && !along)
		bus_args_field_text(view, "reader", reading->agent);
	bus_args_send(view, desk->links.bus, on_thread_view, reading);
	bus_args_call(&desk->args, "thread", key_tag((unsigned)partition, key));
	bus_args_field(&desk->args, "conv", whole);
	if (!beside && !along)
		bus_args_field_text(&desk->args, "reader", reading->agent);
	bus_args_field(&desk->args, "before", page.before);
	bus_args_field_integer(&desk->args, "limit", reading->limit);
	bus_args_send(&desk->args, desk->links.bus, on_thread, reading);
}

void desk_thread(struct desk *desk, struct desk_ask ask, struct span conversation,
		 struct desk_page page)
{
	read_thread(desk, ask, conversation, page, false);
}

void desk_read_along(struct desk *desk, struct desk_ask ask, struct span conversation,
		     struct desk_page page)
{
	read_thread(desk, ask, conversation, page, true);
}

/* The whole desk: the newest event's id first, then what there is, so that whatever changes in
 * between is told again by an event. */

struct snapshot {
	struct desk *desk;
	struct desk_ask ask;
	char agent[DESK_AGENT_MAX + 1];
	char last_id[48], routing[32], presence[DESK_AGENT_MAX + 1];
	struct desk_agent facts;
	struct desk_offer offers[SNAPSHOT_MAX];
	struct desk_conversation conversations[SNAPSHOT_MAX];
	struct desk_after_call after_calls[SNAPSHOT_MAX];
	struct desk_consult consults[SNAPSHOT_MAX];
	size_t offer_count, conversation_count, after_call_count, consult_count;
	unsigned open; /* answers to come */
	bool failed;
	void *strings[STRINGS_MAX];
	size_t string_count;
};

/* One conversation of it that is being read. */
struct viewing {
	struct snapshot *snapshot;
	char id[IDENTITY_MAX];
	unsigned leg;
};

static struct span keep_string(struct snapshot *snapshot, struct span value)
{
	if (snapshot->string_count == STRINGS_MAX)
		return (struct span){NULL, 0};
	void *copy = memory_copy(value.at, value.length);
	snapshot->strings[snapshot->string_count++] = copy;
	return (struct span){copy, value.length};
}

static void finish_snapshot(struct snapshot *snapshot)
{
	struct desk_answer answer = {
		.code = DESK_OK,
		.detail = "",
		.conversations = snapshot->conversations,
		.conversation_count = snapshot->conversation_count,
		.offers = snapshot->offers,
		.offer_count = snapshot->offer_count,
		.after_calls = snapshot->after_calls,
		.after_call_count = snapshot->after_call_count,
		.consults = snapshot->consults,
		.consult_count = snapshot->consult_count,
		.agent = &snapshot->facts,
		.last_id = {(const uint8_t *)snapshot->last_id, strlen(snapshot->last_id)},
	};

	if (--snapshot->open > 0)
		return;
	if (snapshot->failed)
		desk_refuse(snapshot->ask, DESK_UNAVAILABLE, DESK_UNREACHABLE);
	else
		snapshot->ask.done(&answer, snapshot->ask.context);
	for (size_t i = 0; i < snapshot->string_count; i++)
		free(snapshot->strings[i]);
	free(snapshot);
}

static void on_last_id(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct snapshot *snapshot = context;
	struct span id = at(bus_reply_at(reply, 0), 0);

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY)
		snapshot->failed = true;
	row_copy(id.length ? id : (struct span){(const uint8_t *)"0-0", 3}, snapshot->last_id,
		 sizeof(snapshot->last_id));
	finish_snapshot(snapshot);
}

static void on_presence(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct snapshot *snapshot = context;

	(void)bus;
	if (!reply || bus_reply_type(reply) == BUS_ERROR)
		snapshot->failed = true;
	else
		row_copy(bus_reply_span(reply), snapshot->presence, sizeof(snapshot->presence));
	snapshot->facts.presence = span_text(snapshot->presence);
	finish_snapshot(snapshot);
}

static struct desk_conversation keep_view(struct snapshot *snapshot, struct desk_conversation view)
{
	view.id = keep_string(snapshot, view.id);
	view.state = keep_string(snapshot, view.state);
	view.ours = keep_string(snapshot, view.ours);
	view.customer = keep_string(snapshot, view.customer);
	view.queue = keep_string(snapshot, view.queue);
	view.queue_name = keep_string(snapshot, view.queue_name);
	return view;
}

/* The answer of leg_view: nil where its after-call work is over, of which the floor will hear. */
static void on_leg_view(struct bus *bus, const struct bus_reply *reply, void *context)
{
	static const struct span state = {(const uint8_t *)"after_call", 10};
	struct viewing *viewing = context;
	struct snapshot *snapshot = viewing->snapshot;
	struct span id = {(const uint8_t *)viewing->id, strlen(viewing->id)};

	(void)bus;
	if (!reply || bus_reply_type(reply) == BUS_ERROR)
		snapshot->failed = true;
	else if (bus_reply_type(reply) == BUS_ARRAY && snapshot->after_call_count < SNAPSHOT_MAX) {
		struct desk_conversation view =
			read_view(snapshot->desk, id, bus_reply_at(reply, 2));
		view.state = state;
		view.leg = viewing->leg;
		snapshot->after_calls[snapshot->after_call_count++] = (struct desk_after_call){
			.conversation = keep_view(snapshot, view),
			.mode = keep_string(snapshot, at(reply, 0)),
			.until_ms = (uint64_t)bus_reply_integer(bus_reply_at(reply, 1)),
			.leg = viewing->leg,
		};
	}
	free(viewing);
	finish_snapshot(snapshot);
}

static void on_snapshot_view(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct viewing *viewing = context;
	struct snapshot *snapshot = viewing->snapshot;
	struct span id = {(const uint8_t *)viewing->id, strlen(viewing->id)};

	(void)bus;
	if (!reply || bus_reply_type(reply) == BUS_ERROR)
		snapshot->failed = true;
	else if ((span_is(at(reply, 0), "connected") || span_is(at(reply, 0), "parked")) &&
		 span_is(at(reply, 1), snapshot->agent) &&
		 snapshot->conversation_count < SNAPSHOT_MAX) {
		snapshot->conversations[snapshot->conversation_count++] =
			keep_view(snapshot, read_view(snapshot->desk, id, reply));
	}
	free(viewing);
	finish_snapshot(snapshot);
}

/* The words of an offer's customer. */
struct glancing {
	struct snapshot *snapshot;
	struct desk_offer *offer;
};

static void on_glance(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct glancing *glancing = context;
	struct snapshot *snapshot = glancing->snapshot;
	struct desk_offer *offer = glancing->offer;
	struct row_glance glance;

	(void)bus;
	if (bus_reply_type(reply) == BUS_ARRAY) {
		row_put_glance(offer, reply, &glance);
		offer->text = keep_string(snapshot, offer->text);
		offer->note = keep_string(snapshot, offer->note);
	} else {
		snapshot->failed = true;
	}
	free(glancing);
	finish_snapshot(snapshot);
}

static void add_offer(struct snapshot *snapshot, const struct bus_reply *row)
{
	struct bus_args *args = &snapshot->desk->args;

	if (snapshot->offer_count == SNAPSHOT_MAX || !row_ask_glance(args, at(row, 0)))
		return;
	struct glancing *glancing = memory_array(1, sizeof(*glancing));
	*glancing = (struct glancing){snapshot, &snapshot->offers[snapshot->offer_count++]};
	snapshot->open++;
	bus_args_send(args, snapshot->desk->links.bus, on_glance, glancing);
	*glancing->offer = (struct desk_offer){
		.conversation = keep_string(snapshot, at(row, 0)),
		.epoch = (unsigned)bus_reply_integer(bus_reply_at(row, 2)),
		.expires_ms = (uint64_t)bus_reply_integer(bus_reply_at(row, 3)),
		.queue = keep_string(snapshot, at(row, 4)),
		.ours = keep_string(snapshot, at(row, 5)),
		.customer = keep_string(snapshot, at(row, 6)),
		.waiting_since_ms = (uint64_t)bus_reply_integer(bus_reply_at(row, 7)),
		.last_agent = span_is(at(row, 8), snapshot->agent),
		.priority = (int)bus_reply_integer(bus_reply_at(row, 10)),
		.skills = keep_string(snapshot, at(row, 11)),
		.ring = (unsigned)bus_reply_integer(bus_reply_at(row, 12)),
		.how = keep_string(snapshot, at(row, 13)),
		.asked_by = span_is(at(row, 14), "consult") ? keep_string(snapshot, at(row, 15))
							    : (struct span){NULL, 0},
		.queue_name = keep_string(snapshot, desk_queue_name(snapshot->desk, at(row, 4))),
	};
}

/* Who is asked about what the agent has. */
static void add_consult(struct snapshot *snapshot, struct span conversation,
			const struct bus_reply *asked)
{
	bool rings = span_is(at(asked, 0), "alerting");

	if (snapshot->consult_count == SNAPSHOT_MAX)
		return;
	snapshot->consults[snapshot->consult_count++] = (struct desk_consult){
		.conversation = keep_string(snapshot, conversation),
		.ringing = keep_string(snapshot, at(asked, 1)),
		.queue = keep_string(snapshot, at(asked, 2)),
		.queue_name = keep_string(snapshot, desk_queue_name(snapshot->desk, at(asked, 2))),
		.since_ms = (uint64_t)bus_reply_integer(bus_reply_at(asked, 3)),
		.expires_ms = rings ? (uint64_t)bus_reply_integer(bus_reply_at(asked, 4)) : 0,
		.agent = keep_string(snapshot, at(asked, 5)),
	};
}

static void add_conversation(struct snapshot *snapshot, const struct bus_reply *row)
{
	int partition = identity_partition(at(row, 0));

	if (partition < 0)
		return;
	struct viewing *viewing = memory_array(1, sizeof(*viewing));
	viewing->snapshot = snapshot;
	row_copy(at(row, 0), viewing->id, sizeof(viewing->id));
	snapshot->open++;
	if (bus_reply_count(row) > 16)
		add_consult(snapshot, at(row, 0), bus_reply_at(row, 16));
	desk_view(snapshot->desk, (unsigned)partition, at(row, 0), on_snapshot_view, viewing);
}

static void add_after_call(struct snapshot *snapshot, const struct bus_reply *row)
{
	struct bus_args *args = &snapshot->desk->args;
	int partition = identity_partition(at(row, 0));
	char key[KEY_MAX];

	if (partition < 0)
		return;
	struct viewing *viewing = memory_array(1, sizeof(*viewing));
	viewing->snapshot = snapshot;
	viewing->leg = (unsigned)bus_reply_integer(bus_reply_at(row, 2));
	row_copy(at(row, 0), viewing->id, sizeof(viewing->id));
	snapshot->open++;
	bus_args_call(args, "leg_view", key_tag((unsigned)partition, key));
	bus_args_field_text(args, "conv", viewing->id);
	bus_args_field_integer(args, "leg", viewing->leg);
	bus_args_send(args, snapshot->desk->links.bus, on_leg_view, viewing);
}

static void on_agent_view(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct snapshot *snapshot = context;

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY)
		snapshot->failed = true;
	snapshot->facts.routing = keep(at(reply, 0), snapshot->routing, sizeof(snapshot->routing));
	snapshot->facts.load = (unsigned)bus_reply_integer(bus_reply_at(reply, 1));
	snapshot->facts.capacity = (unsigned)bus_reply_integer(bus_reply_at(reply, 2));
	for (size_t i = 3; i < bus_reply_count(reply); i++) {
		const struct bus_reply *row = bus_reply_at(reply, i);
		if (span_is(at(row, 1), "alerting"))
			add_offer(snapshot, row);
		else if (span_is(at(row, 1), "after_call"))
			add_after_call(snapshot, row);
		else
			add_conversation(snapshot, row);
	}
	finish_snapshot(snapshot);
}

void desk_snapshot(struct desk *desk, struct desk_ask ask)
{
	struct snapshot *snapshot = memory_array(1, sizeof(*snapshot));
	char key[KEY_MAX];

	snapshot->desk = desk;
	snapshot->ask = ask;
	snapshot->open = 3;
	row_copy(span_text(ask.agent), snapshot->agent, sizeof(snapshot->agent));
	snapshot->facts.name = span_text(snapshot->agent);
	bus_args_text(&desk->args, "XREVRANGE");
	bus_args_text(&desk->args, key_agent_events(snapshot->agent, key));
	bus_args_text(&desk->args, "+");
	bus_args_text(&desk->args, "-");
	bus_args_text(&desk->args, "COUNT");
	bus_args_text(&desk->args, "1");
	bus_args_send(&desk->args, desk->links.bus, on_last_id, snapshot);
	bus_args_text(&desk->args, "HGET");
	bus_args_text(&desk->args, key_agent(snapshot->agent, key));
	bus_args_text(&desk->args, "presence");
	bus_args_send(&desk->args, desk->links.bus, on_presence, snapshot);
	bus_args_call(&desk->args, "agent_view", KEY_ACD_TAG);
	bus_args_field_text(&desk->args, "agent", snapshot->agent);
	bus_args_send(&desk->args, desk->links.bus, on_agent_view, snapshot);
}
