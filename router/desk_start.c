/* A conversation that an agent begins, on behalf of a queue and from its number. */
#include "router/asking.h"

#include "config/memory.h"
#include "router/bus/key.h"
#include "router/compliance/quiet.h"
#include "router/rows.h"
#include "smpp/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct span field(const struct bus_reply *view, size_t i)
{
	return bus_reply_span(bus_reply_at(view, i));
}

static struct span ours_of(const struct asking *asking)
{
	return asking_span(asking->number->number->address);
}

static const char *why_not(enum written written)
{
	switch (written) {
	case WRITTEN_COUNTRY:
		return "Write the number with + and its country's digits.";
	case WRITTEN_LENGTH:
		return "A number has 7 to 15 digits, its country's included.";
	default:
		return "This is not a telephone number.";
	}
}

/* Whom it is to, and from which number; NULL where that cannot be, and the ask has been refused. */
static struct asking *starting(struct desk *desk, struct desk_ask ask,
			       const struct desk_start *start)
{
	struct asking *asking = asking_create(desk, ask);
	enum written written = written_number(start->customer, NULL, asking->customer);

	row_copy(start->ref, asking->ref, sizeof(asking->ref));
	row_copy(start->queue, asking->queue, sizeof(asking->queue));
	asking->text = memory_copy(start->text.at, start->text.length);
	asking->text_length = start->text.length;
	asking->number = numbers_of_queue(desk->links.numbers, start->queue);
	if (written != WRITTEN_OK) {
		asking_end(asking, DESK_BAD_NUMBER, why_not(written));
		return NULL;
	}
	if (!asking->number) {
		asking_end(asking, DESK_NO_TARGET, "No number of ours belongs to this queue.");
		return NULL;
	}
	asking->partition = key_partition(asking_span(asking->customer), desk->links.partitions);
	return asking;
}

bool asking_may_call(struct asking *asking, const char *customer,
		     const struct settings_programme *programme)
{
	uint64_t now = asking_now_ms(asking->desk), opens;
	char detail[192];

	if (quiet_is_open(customer, programme, now, &opens))
		return true;
	uint64_t minutes = opens ? (opens - now + 59999) / 60000 : 0;
	if (minutes)
		snprintf(detail, sizeof(detail),
			 "It is too early or too late there to write first; in %" PRIu64
			 " h %" PRIu64 " min you may.",
			 minutes / 60, minutes % 60);
	else
		snprintf(detail, sizeof(detail),
			 "There is no hour this week in which you may write first.");
	asking_end(asking, DESK_QUIET, detail);
	return false;
}

static bool is_planned(struct asking *asking, struct segment_plan *plan)
{
	const char *detail;
	enum desk_code code =
		asking_plan(asking, ours_of(asking), asking_span(asking->customer), plan, &detail);

	if (code == DESK_OK)
		return true;
	asking_end(asking, code, detail);
	return false;
}

/* Whose it is, and where. */
static void refuse_open(struct asking *asking, const struct bus_reply *view)
{
	struct span agent = field(view, 2);
	struct span queue = field(view, 3);
	char detail[256];

	if (span_is(agent, asking->agent))
		snprintf(detail, sizeof(detail),
			 "You have an open conversation with this number already.");
	else if (agent.length)
		snprintf(detail, sizeof(detail), "%.*s has an open conversation with this number.",
			 (int)agent.length, (const char *)agent.at);
	else
		snprintf(detail, sizeof(detail), "A conversation with this number waits in %.*s.",
			 (int)queue.length, (const char *)queue.at);
	asking_end(asking, DESK_OPEN, detail);
}

static void answer_started(struct asking *asking, struct span position)
{
	struct desk_conversation conversation = {
		.id = asking_span(asking->conversation),
		.customer = asking_span(asking->customer),
		.ours = ours_of(asking),
		.queue = asking_span(asking->queue),
		.queue_name = desk_queue_name(asking->desk, asking_span(asking->queue)),
		.state = asking_span("connected"),
		.leg = asking->leg,
		.wrapup_codes = numbers_wrapup_codes(asking->desk->links.numbers,
						     asking_span(asking->queue)),
	};
	struct desk_message message = {
		.id = asking_span(asking->id),
		.at = position,
		.text = {(const uint8_t *)asking->text, asking->text_length},
		.author = asking_span(asking->agent),
		.state = asking_span("queued"),
		.at_ms = position.length ? strtoull((const char *)position.at, NULL, 10) : 0,
		.segments = asking->segments,
		.outbound = true,
	};
	struct desk_answer answer = {.detail = "",
				     .conversations = &conversation,
				     .conversation_count = 1,
				     .messages = &message,
				     .message_count = position.length ? 1 : 0};

	asking->ask.done(&answer, asking->ask.context);
}

/* It was done before: what was answered then. */
static bool is_again(struct asking *asking, const struct bus_reply *reply)
{
	if (!asking_word(reply, "again"))
		return false;
	row_copy(field(reply, 1), asking->conversation, sizeof(asking->conversation));
	row_copy(field(reply, 2), asking->id, sizeof(asking->id));
	asking->leg = (unsigned)bus_reply_integer(bus_reply_at(reply, 3));
	asking->segments = (unsigned)bus_reply_integer(bus_reply_at(reply, 5));
	answer_started(asking, field(reply, 4));
	free(asking->text);
	free(asking);
	return true;
}

static void on_started(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	struct projector *projector = asking->desk->links.projector;
	struct threading_message text = {
		.text = {(const uint8_t *)asking->text, asking->text_length},
		.segments = asking->segments,
	};

	(void)bus;
	if (!asking_answered(asking, reply) || is_again(asking, reply))
		return;
	if (asking_word(reply, "suppressed")) {
		asking_end(asking, DESK_SUPPRESSED,
			   "The customer has opted out of messages from this number.");
		return;
	}
	if (!asking_word(reply, "ok")) {
		asking_end(asking, DESK_OPEN,
			   "The customer has written in this moment, or somebody else has.");
		return;
	}
	answer_started(asking, field(reply, 1));
	for (size_t i = 2; i < bus_reply_count(reply); i++)
		projector_event(projector, asking->partition, bus_reply_at(reply, i), &text);
	free(asking->text);
	free(asking);
}

/* The pair's conversation goes on inside its window; else a new one begins. */
static void choose_conversation(struct asking *asking, const struct bus_reply *view)
{
	uint64_t window = (uint64_t)asking->number->number->threading_window_min * 60000;
	uint64_t closed = (uint64_t)bus_reply_integer(bus_reply_at(view, 5));
	uint8_t random[16];

	row_copy(field(view, 0), asking->seen, sizeof(asking->seen));
	if (asking->seen[0] && window && asking_now_ms(asking->desk) - closed <= window) {
		memcpy(asking->conversation, asking->seen, sizeof(asking->seen));
		asking->leg = (unsigned)bus_reply_integer(bus_reply_at(view, 4)) + 1;
		return;
	}
	identity_random(random);
	identity_make(random, asking->partition, asking->conversation);
	asking->leg = 1;
}

static void on_pair(struct bus *bus, const struct bus_reply *reply, void *context)
{
	static uint8_t record[MESSAGE_RECORD_MAX];
	struct asking *asking = context;
	struct segment_plan plan;
	uint8_t random[16];

	(void)bus;
	if (!asking_answered(asking, reply) || is_again(asking, reply))
		return;
	if (bus_reply_count(reply) && !span_is(field(reply, 1), "closed")) {
		refuse_open(asking, reply);
		return;
	}
	if (!asking_may_call(asking, asking->customer, asking->number->programme) ||
	    !is_planned(asking, &plan))
		return;
	choose_conversation(asking, reply);
	identity_random(random);
	identity_make(random, asking->partition, asking->id);
	asking->segments = plan.segments;
	int length = asking_encode(asking, ours_of(asking), asking_span(asking->customer), record,
				   sizeof(record));
	if (length < 0) {
		asking_end(asking, DESK_TOO_LONG, "The text is too long.");
		return;
	}
	struct bus_args *args = asking_call_once(asking, "start");
	bus_args_field(args, "ours", ours_of(asking));
	bus_args_field_text(args, "customer", asking->customer);
	bus_args_field_text(args, "queue", asking->queue);
	bus_args_field_text(args, "seen", asking->seen);
	bus_args_field_integer(args, "leg", asking->leg);
	bus_args_field_integer(
		args, "idle",
		row_inactivity_ms(asking->desk->links.directory, asking_span(asking->queue)));
	asking_message(asking, asking->number->scopes, (struct span){record, (size_t)length});
	bus_args_send(args, asking->desk->links.bus, on_started, asking);
}

void desk_start(struct desk *desk, struct desk_ask ask, const struct desk_start *start)
{
	if (asking_is_blank(start->text)) {
		desk_refuse(ask, DESK_EMPTY, "There is no text to send.");
		return;
	}
	struct asking *asking = starting(desk, ask, start);
	if (!asking)
		return;
	struct bus_args *args = asking_call_once(asking, "pair_view");
	bus_args_field(args, "ours", ours_of(asking));
	bus_args_field_text(args, "customer", asking->customer);
	bus_args_send(args, desk->links.bus, on_pair, asking);
}

void desk_start_plan(struct desk *desk, struct desk_ask ask, const struct desk_start *start)
{
	struct asking *asking = starting(desk, ask, start);
	struct segment_plan plan;

	if (asking && is_planned(asking, &plan))
		asking_answer_plan(asking, &plan);
}
