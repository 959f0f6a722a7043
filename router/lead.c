#include "router/lead_internal.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"
#include "router/routing/floor_view.h"
#include "router/rows.h"
#include "router/threading/identity.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>

/* One that waits, as the floor has it. */
struct waiting {
	char conversation[FLOOR_NAME_MAX + 1];
	char skills[512];
	uint64_t enqueued_ms;
	int priority;
	unsigned ring;
	bool preferring, no_agent;
};

static void leading_free(struct leading *leading)
{
	free(leading->waiting);
	free(leading);
}

void lead_end(struct leading *leading, enum desk_code code, const char *detail)
{
	struct lead_answer answer = {.code = code, .detail = detail};

	leading->done(&answer, leading->context);
	leading_free(leading);
}

bool lead_answered(struct leading *leading, const struct bus_reply *reply)
{
	bool fenced = bus_reply_count(reply) == 1 && lead_said(reply, "fenced");

	if (reply && bus_reply_type(reply) != BUS_ERROR && !fenced)
		return true;
	if (reply && !fenced)
		log_event(LOG_ERROR, "order_failed", "by=%s error=%s", leading->by,
			  (const char *)bus_reply_span(reply).at);
	lead_end(leading, DESK_UNAVAILABLE, fenced ? DESK_FENCED : DESK_UNREACHABLE);
	return false;
}

bool lead_said(const struct bus_reply *reply, const char *word)
{
	struct span span = bus_reply_span(bus_reply_at(reply, 0));

	return span_is(span, word);
}

uint64_t lead_now_ms(const struct desk *desk)
{
	return (uint64_t)(ev_now(desk->links.loop) * 1000.);
}

static struct offers_order order_of(const struct leading *leading)
{
	return (struct offers_order){leading->by, leading->agent, span_text(leading->ref)};
}

/* Agents */

static void on_offers(enum offers_verdict verdict, void *context)
{
	struct leading *leading = context;

	if (verdict == OFFERS_UNAVAILABLE)
		lead_end(leading, DESK_UNAVAILABLE, DESK_UNREACHABLE);
	else if (verdict == OFFERS_CONFLICT)
		lead_end(leading, DESK_CONFLICT, "This conversation does not wait any more.");
	else if (verdict == OFFERS_OK)
		lead_end(leading, DESK_OK, "");
	else if (leading->kind == LEAD_ASSIGN)
		lead_end(leading, DESK_AGENT_BUSY, LEAD_NOT_NOW);
	else
		lead_end(leading, DESK_NO_TARGET, "This agent is not there.");
}

/* That they were never on the floor does not keep them from being signed out. */
static void on_left(enum offers_verdict verdict, void *context)
{
	on_offers(verdict == OFFERS_BUSY ? OFFERS_OK : verdict, context);
}

static void on_sessions_ended(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct leading *leading = context;
	struct offers_order order = order_of(leading);

	(void)bus;
	if (!lead_answered(leading, reply))
		return;
	if (lead_said(reply, "no"))
		lead_end(leading, DESK_NOT_FOUND, "There is no such agent.");
	else
		offers_order_status(leading->desk->links.offers, &order, OFFERS_SIGNED_OUT,
				    (struct offers_ask){on_left, leading});
}

/* First the sessions, so that nobody comes back in between; asked again, what is left is done. */
static void sign_out(struct leading *leading)
{
	struct bus_args *args = &leading->desk->args;

	bus_args_call(args, "user_sign_out", KEY_USER_TAG);
	bus_args_field_text(args, "agent", leading->agent);
	bus_args_field_text(args, "by", leading->by);
	bus_args_field_text(args, "ref", leading->ref);
	bus_args_field_integer(args, "now", (int64_t)lead_now_ms(leading->desk));
	bus_args_send(args, leading->desk->links.bus, on_sessions_ended, leading);
}

/* Conversations */

struct bus_args *lead_call(struct leading *leading, const char *function)
{
	struct bus_args *args = &leading->desk->args;
	char key[KEY_MAX];

	bus_args_call(args, function, key_tag(leading->partition, key));
	bus_args_field_text(args, "fence",
			    threading_fence(leading->desk->links.threading, leading->partition));
	bus_args_field_integer(args, "now", (int64_t)lead_now_ms(leading->desk));
	bus_args_field_text(args, "conv", leading->conversation);
	bus_args_field_text(args, "by", leading->by);
	bus_args_field_text(args, "ref", leading->ref);
	return args;
}

/* The customer's number is shown as in the log. */
static void on_thread(const struct desk_answer *thread, void *context)
{
	struct leading *leading = context;
	struct lead_answer answer = {.code = thread->code,
				     .detail = thread->detail,
				     .about = span_text(leading->conversation)};
	struct desk_answer shown = *thread;
	struct desk_conversation conversation;
	char masked[LOG_NUMBER_MAX];

	if (thread->conversation_count) {
		conversation = thread->conversations[0];
		conversation.customer = span_text(log_number(conversation.customer, masked));
		shown.conversations = &conversation;
	}
	answer.thread = &shown;
	leading->done(&answer, leading->context);
	leading_free(leading);
}

static void read_thread(struct leading *leading)
{
	desk_read_along(leading->desk, (struct desk_ask){leading->by, on_thread, leading},
			span_text(leading->conversation),
			(struct desk_page){span_text(leading->before), leading->limit});
}

static void on_read_along(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct leading *leading = context;

	(void)bus;
	if (!lead_answered(leading, reply))
		return;
	if (lead_said(reply, "no"))
		lead_end(leading, DESK_NOT_FOUND, "There is no such conversation.");
	else
		read_thread(leading);
}

/* What waits in a queue: its order from the floor, whom it is about from Redis. */

static void keep_waiting(const struct floor_waiting_view *view, void *context)
{
	struct leading *leading = context;
	struct waiting *waiting = &leading->waiting[leading->waiting_count++];

	row_copy(span_text(view->conversation), waiting->conversation,
		 sizeof(waiting->conversation));
	row_copy(span_text(view->skills), waiting->skills, sizeof(waiting->skills));
	waiting->enqueued_ms = view->enqueued_ms;
	waiting->priority = view->priority;
	waiting->ring = view->ring;
	waiting->preferring = view->preferring;
	waiting->no_agent = view->no_agent;
}

static void tell_rows(struct leading *leading, const struct lead_row *rows, size_t count)
{
	struct lead_answer answer = {
		.code = DESK_OK,
		.detail = "",
		.about = span_text(leading->kind == LEAD_AGENT ? leading->agent : leading->queue),
		.rows = rows,
		.row_count = count,
		.total = leading->total,
	};

	leading->done(&answer, leading->context);
	leading_free(leading);
}

static struct span mask(struct span customer, char out[LOG_NUMBER_MAX])
{
	return customer.length ? span_text(log_number(customer, out)) : customer;
}

static void on_parties(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct leading *leading = context;
	struct lead_row rows[LEAD_ROWS_MAX];
	char masked[LEAD_ROWS_MAX][LOG_NUMBER_MAX];
	size_t count = 0;

	(void)bus;
	if (!lead_answered(leading, reply))
		return;
	for (size_t i = 0; i < leading->waiting_count; i++) {
		const struct waiting *waiting = &leading->waiting[i];
		const struct bus_reply *parties = bus_reply_at(reply, i);
		struct span customer = bus_reply_span(bus_reply_at(parties, 1));
		if (!customer.length)
			continue; /* gone since */
		rows[count] = (struct lead_row){
			.conversation = span_text(waiting->conversation),
			.state = span_text("waiting"),
			.customer = mask(customer, masked[count]),
			.ours = bus_reply_span(bus_reply_at(parties, 0)),
			.queue = span_text(leading->queue),
			.skills = span_text(waiting->skills),
			.kind = bus_reply_span(bus_reply_at(parties, 2)),
			.since_ms = waiting->enqueued_ms,
			.priority = waiting->priority,
			.ring = waiting->ring,
			.preferring = waiting->preferring,
			.no_agent = waiting->no_agent,
		};
		count++;
	}
	tell_rows(leading, rows, count);
}

static void list_queue(struct leading *leading)
{
	struct bus_args *args = &leading->desk->args;

	leading->waiting = memory_array(LEAD_ROWS_MAX, sizeof(*leading->waiting));
	leading->total =
		floor_list_waiting(offers_floor(leading->desk->links.offers), leading->queue,
				   (struct floor_page){0, LEAD_ROWS_MAX}, keep_waiting, leading);
	if (leading->waiting_count == 0) {
		tell_rows(leading, NULL, 0);
		return;
	}
	bus_args_call(args, "conv_parties", KEY_ACD_TAG);
	for (size_t i = 0; i < leading->waiting_count; i++)
		bus_args_text(args, leading->waiting[i].conversation);
	bus_args_send(args, leading->desk->links.bus, on_parties, leading);
}

/* What an agent has (agent_view). */

static struct lead_row row_of(const struct bus_reply *row, char masked[LOG_NUMBER_MAX])
{
	struct span state = bus_reply_span(bus_reply_at(row, 1));

	if (bus_reply_count(row) < 10)
		return (struct lead_row){
			.conversation = bus_reply_span(bus_reply_at(row, 0)),
			.state = state,
			.leg = (unsigned)bus_reply_integer(bus_reply_at(row, 2)),
			.until_ms = (uint64_t)bus_reply_integer(bus_reply_at(row, 3)),
			.queue = bus_reply_span(bus_reply_at(row, 4)),
			.ours = bus_reply_span(bus_reply_at(row, 5)),
			.customer = mask(bus_reply_span(bus_reply_at(row, 6)), masked),
		};
	return (struct lead_row){
		.conversation = bus_reply_span(bus_reply_at(row, 0)),
		.state = state,
		.until_ms = (uint64_t)bus_reply_integer(bus_reply_at(row, 3)),
		.queue = bus_reply_span(bus_reply_at(row, 4)),
		.ours = bus_reply_span(bus_reply_at(row, 5)),
		.customer = mask(bus_reply_span(bus_reply_at(row, 6)), masked),
		.since_ms = (uint64_t)bus_reply_integer(bus_reply_at(row, 7)),
		.priority = (int)bus_reply_integer(bus_reply_at(row, 10)),
		.skills = bus_reply_span(bus_reply_at(row, 11)),
		.ring = (unsigned)bus_reply_integer(bus_reply_at(row, 12)),
		.kind = bus_reply_span(bus_reply_at(row, 13)),
	};
}

static void on_agent_view(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct leading *leading = context;
	struct lead_row rows[LEAD_ROWS_MAX];
	char masked[LEAD_ROWS_MAX][LOG_NUMBER_MAX];
	size_t count = 0;

	(void)bus;
	if (!lead_answered(leading, reply))
		return;
	for (size_t i = 3; i < bus_reply_count(reply) && count < LEAD_ROWS_MAX; i++, count++)
		rows[count] = row_of(bus_reply_at(reply, i), masked[count]);
	leading->total = bus_reply_count(reply) > 3 ? (unsigned)bus_reply_count(reply) - 3 : 0;
	tell_rows(leading, rows, count);
}

static void list_agent(struct leading *leading)
{
	struct bus_args *args = &leading->desk->args;

	bus_args_call(args, "agent_view", KEY_ACD_TAG);
	bus_args_field_text(args, "agent", leading->agent);
	bus_args_send(args, leading->desk->links.bus, on_agent_view, leading);
}

/* The last hours, by the minute: `<minute> <figure>` of each hour. */

static void read_point(struct lead_point minutes[60], struct span field, unsigned value)
{
	static const char *const names[LEAD_FIGURES] = {
		[LEAD_OFFERED] = "offered",	[LEAD_ANSWERED] = "answered",
		[LEAD_ABANDONED] = "abandoned", [LEAD_IN_TIME] = "in_time",
		[LEAD_WAITING] = "waiting",	[LEAD_ON_QUEUE] = "on_queue",
	};
	const char *space = memchr(field.at, ' ', field.length);
	unsigned long minute = field.length ? strtoul((const char *)field.at, NULL, 10) : 60;

	for (size_t i = 0; space && minute < 60 && i < LEAD_FIGURES; i++) {
		if (strcmp(space + 1, names[i]) == 0)
			minutes[minute].values[i] = value;
	}
}

/* Those of the hour in which something was. */
static size_t read_hour(const struct bus_reply *hour, struct lead_point out[60])
{
	const struct bus_reply *fields = bus_reply_at(hour, 1);
	uint64_t begins_ms = (uint64_t)bus_reply_integer(bus_reply_at(hour, 0));
	struct lead_point minutes[60] = {{0}}, nothing = {0};
	size_t count = 0;

	for (size_t i = 0; i + 1 < bus_reply_count(fields); i += 2)
		read_point(minutes, bus_reply_span(bus_reply_at(fields, i)),
			   (unsigned)bus_reply_integer(bus_reply_at(fields, i + 1)));
	for (size_t i = 0; i < 60; i++) {
		if (memcmp(minutes[i].values, nothing.values, sizeof(nothing.values)) == 0)
			continue;
		out[count] = minutes[i];
		out[count++].at_ms = begins_ms + i * 60000;
	}
	return count;
}

static void on_points(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct leading *leading = context;
	static struct lead_point points[LEAD_POINTS_MAX];
	struct lead_answer answer = {.code = DESK_OK,
				     .detail = "",
				     .about = span_text(leading->queue),
				     .points = points};

	(void)bus;
	if (!lead_answered(leading, reply))
		return;
	for (size_t i = 0; i < bus_reply_count(reply) && i <= LEAD_HOURS_MAX; i++)
		answer.point_count +=
			read_hour(bus_reply_at(reply, i), points + answer.point_count);
	leading->done(&answer, leading->context);
	leading_free(leading);
}

static void read_points(struct leading *leading)
{
	struct bus_args *args = &leading->desk->args;

	bus_args_call(args, "points_read", KEY_ACD_TAG);
	bus_args_field_text(args, "q", strcmp(leading->queue, "*") == 0 ? "" : leading->queue);
	bus_args_field_integer(args, "hours", leading->hours);
	bus_args_field_integer(args, "now", (int64_t)lead_now_ms(leading->desk));
	bus_args_send(args, leading->desk->links.bus, on_points, leading);
}

/* A consultation is read and moved as the conversation that it is about. */
static bool find_partition(struct leading *leading)
{
	char *end_of = strstr(leading->conversation, "~c");

	if (end_of && leading->kind != LEAD_ASSIGN)
		*end_of = '\0';
	int partition = identity_partition((struct span){(const uint8_t *)leading->conversation,
							 strcspn(leading->conversation, "~")});
	if (partition < 0 || (unsigned)partition >= leading->desk->links.partitions)
		return false;
	leading->partition = (unsigned)partition;
	return true;
}

static bool is_about_conversation(enum lead_kind kind)
{
	return kind == LEAD_ASSIGN || kind == LEAD_TRANSFER || kind == LEAD_CLOSE ||
	       kind == LEAD_READ || kind == LEAD_THREAD;
}

static void obey(struct leading *leading)
{
	struct offers *offers = leading->desk->links.offers;
	struct offers_order order = order_of(leading);
	struct offers_ask ask = {on_offers, leading};

	switch (leading->kind) {
	case LEAD_ASSIGN:
		offers_assign(offers, &order, span_text(leading->conversation), ask);
		break;
	case LEAD_STATUS:
		offers_order_status(offers, &order,
				    leading->on_queue ? OFFERS_ON_QUEUE : OFFERS_OFF_QUEUE, ask);
		break;
	case LEAD_PRESENCE:
		if (row_is_presence(leading->desk->links.directory, span_text(leading->presence)))
			offers_order_presence(offers, &order, leading->presence, ask);
		else
			lead_end(leading, DESK_NO_TARGET, DESK_NO_PRESENCE);
		break;
	case LEAD_CAPACITY:
		offers_capacity(offers, leading->agent, leading->limit, ask);
		break;
	case LEAD_RETIRE:
		offers_retire(offers, leading->agent, ask);
		break;
	case LEAD_SIGN_OUT:
		sign_out(leading);
		break;
	case LEAD_TRANSFER:
	case LEAD_CLOSE:
		lead_take(leading);
		break;
	case LEAD_READ:
		bus_args_send(lead_call(leading, "read_along"), leading->desk->links.bus,
			      on_read_along, leading);
		break;
	case LEAD_THREAD:
		read_thread(leading);
		break;
	case LEAD_QUEUE:
		list_queue(leading);
		break;
	case LEAD_AGENT:
		list_agent(leading);
		break;
	case LEAD_POINTS:
		read_points(leading);
		break;
	}
}

void lead_obey(struct desk *desk, const struct lead_order *order, lead_done *done, void *context)
{
	struct leading *leading = memory_array(1, sizeof(*leading));

	leading->desk = desk;
	leading->kind = order->kind;
	leading->done = done;
	leading->context = context;
	leading->limit = order->limit;
	leading->hours = order->hours;
	leading->on_queue = order->on_queue;
	row_copy(span_text(order->by), leading->by, sizeof(leading->by));
	row_copy(order->agent, leading->agent, sizeof(leading->agent));
	row_copy(order->queue, leading->queue, sizeof(leading->queue));
	row_copy(order->presence, leading->presence, sizeof(leading->presence));
	row_copy(order->conversation, leading->conversation, sizeof(leading->conversation));
	row_copy(order->ref, leading->ref, sizeof(leading->ref));
	row_copy(order->before, leading->before, sizeof(leading->before));
	if (is_about_conversation(leading->kind) && !find_partition(leading))
		lead_end(leading, DESK_NOT_FOUND, "There is no such conversation.");
	else
		obey(leading);
}
