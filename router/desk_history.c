/* What a customer wrote before, and what became of it. */
#include "router/asking.h"

#include "router/rows.h"

#include <stdlib.h>

#define LEGS_MAX 20 /* of one conversation, as the function `history` tells them */

static struct span at(const struct bus_reply *row, size_t i)
{
	return bus_reply_span(bus_reply_at(row, i));
}

/* Whether the rows are the agent's to read; where not, the ask has ended. */
static bool may_read(struct asking *asking, const struct bus_reply *reply)
{
	if (!asking_answered(asking, reply))
		return false;
	if (bus_reply_type(reply) == BUS_ARRAY)
		return true;
	asking_end(asking, DESK_NOT_YOURS, "This conversation is not yours.");
	return false;
}

static struct desk_past read_past(const struct desk *desk, const struct bus_reply *row,
				  struct desk_past_leg *legs)
{
	const struct bus_reply *rows = bus_reply_at(row, 5);
	size_t count = bus_reply_count(rows) < LEGS_MAX ? bus_reply_count(rows) : LEGS_MAX;

	for (size_t i = 0; i < count; i++) {
		const struct bus_reply *leg = bus_reply_at(rows, i);
		legs[i] = (struct desk_past_leg){
			.leg = (unsigned)bus_reply_integer(bus_reply_at(leg, 0)),
			.agent = at(leg, 1),
			.queue = at(leg, 2),
			.queue_name = desk_queue_name(desk, at(leg, 2)),
			.ended_ms = (uint64_t)bus_reply_integer(bus_reply_at(leg, 3)),
			.by = at(leg, 4),
			.wrapup = at(leg, 5),
			.notes = at(leg, 6),
		};
	}
	return (struct desk_past){
		.id = at(row, 0),
		.ours = at(row, 1),
		.queue = at(row, 2),
		.queue_name = desk_queue_name(desk, at(row, 2)),
		.state = at(row, 3),
		.created_ms = (uint64_t)bus_reply_integer(bus_reply_at(row, 4)),
		.legs = legs,
		.leg_count = count,
	};
}

static void on_history(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	struct desk_past past[DESK_HISTORY_MAX];
	struct desk_past_leg legs[DESK_HISTORY_MAX][LEGS_MAX];
	size_t rows = bus_reply_count(reply);

	(void)bus;
	if (!may_read(asking, reply))
		return;
	size_t count = rows > asking->limit ? asking->limit : rows;
	for (size_t i = 0; i < count; i++)
		past[i] = read_past(asking->desk, bus_reply_at(reply, i), legs[i]);
	struct desk_answer answer = {
		.detail = "", .past = past, .past_count = count, .more = rows > count};
	asking->ask.done(&answer, asking->ask.context);
	free(asking);
}

static void on_earlier(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	struct desk_message messages[DESK_PAGE_MAX];
	size_t rows = bus_reply_count(reply);

	(void)bus;
	if (!may_read(asking, reply))
		return;
	size_t count = rows > asking->limit ? asking->limit : rows;
	for (size_t i = 0; i < count; i++)
		messages[count - 1 - i] = desk_read_row(bus_reply_at(reply, i));
	struct desk_answer answer = {
		.detail = "", .messages = messages, .message_count = count, .more = rows > count};
	asking->ask.done(&answer, asking->ask.context);
	free(asking);
}

/* The whole of one answer of `past`, which is too much for the stack. */
struct past_answer {
	struct desk_past past[DESK_PAST_MAX];
	struct desk_past_leg legs[DESK_PAST_MAX][LEGS_MAX];
	struct desk_message messages[DESK_PAGE_MAX];
	size_t used; /* of messages */
};

static void read_messages(struct past_answer *read, const struct bus_reply *rows,
			  struct desk_past *past)
{
	size_t count = bus_reply_count(rows);

	if (count > DESK_PAGE_MAX - read->used)
		count = DESK_PAGE_MAX - read->used;
	for (size_t i = 0; i < count; i++)
		read->messages[read->used + count - 1 - i] = desk_read_row(bus_reply_at(rows, i));
	past->messages = read->messages + read->used;
	past->message_count = count;
	read->used += count;
}

static void on_past(struct bus *bus, const struct bus_reply *reply, void *context)
{
	static struct past_answer read;
	struct asking *asking = context;
	size_t count = bus_reply_count(reply) < 2 ? 0 : bus_reply_count(reply) - 2;

	(void)bus;
	if (!may_read(asking, reply))
		return;
	read.used = 0;
	if (count > DESK_PAST_MAX)
		count = DESK_PAST_MAX;
	for (size_t i = 0; i < count; i++) {
		const struct bus_reply *row = bus_reply_at(reply, i + 2);
		read.past[i] = read_past(asking->desk, row, read.legs[i]);
		read.past[i].more = at(row, 6).length != 0;
		read_messages(&read, bus_reply_at(row, 7), &read.past[i]);
	}
	struct desk_answer answer = {
		.detail = "",
		.past = read.past,
		.past_count = count,
		.past_customer = at(reply, 1),
		.more = at(reply, 0).length != 0,
	};
	asking->ask.done(&answer, asking->ask.context);
	free(asking);
}

static struct bus_args *page_call(struct asking *asking, const char *function,
				  struct desk_page page, unsigned most)
{
	struct bus_args *args = asking_call(asking, function);

	asking->limit = page.limit < 1 ? 1 : page.limit > most ? most : page.limit;
	bus_args_field(args, "before", page.before);
	bus_args_field_integer(args, "limit", asking->limit);
	return args;
}

void desk_history(struct desk *desk, struct desk_ask ask, struct span conversation,
		  struct desk_page page)
{
	struct asking *asking = asking_about(desk, ask, conversation);

	if (!asking)
		return;
	bus_args_send(page_call(asking, "history", page, DESK_HISTORY_MAX), desk->links.bus,
		      on_history, asking);
}

void desk_earlier(struct desk *desk, struct desk_ask ask, struct span conversation, struct span of,
		  struct desk_page page)
{
	struct asking *asking = asking_about(desk, ask, conversation);

	if (!asking)
		return;
	struct bus_args *args = page_call(asking, "earlier", page, DESK_PAGE_MAX);
	bus_args_field(args, "of", of);
	bus_args_send(args, desk->links.bus, on_earlier, asking);
}

void desk_past(struct desk *desk, struct desk_ask ask, struct span conversation,
	       const struct desk_past_page *page)
{
	struct asking *asking = asking_about(desk, ask, conversation);

	if (!asking)
		return;
	struct bus_args *args = page_call(asking, "past", page->page, DESK_PAGE_MAX);
	bus_args_field(args, "of", page->of);
	bus_args_field_text(args, "along", page->along ? "1" : "");
	bus_args_send(args, desk->links.bus, on_past, asking);
}
