/* Replies: planned, recorded, accepted; and plans alone, for the counter. */
#include "router/asking.h"

#include "config/memory.h"
#include "router/compliance/verdict.h"
#include "router/rows.h"
#include "smpp/message.h"
#include "smpp/segment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOT_FAILED "This message has not failed, so it is not sent again."

enum desk_code asking_plan(struct asking *asking, struct span ours, struct span customer,
			   struct segment_plan *plan, const char **detail)
{
	const struct desk_links *links = &asking->desk->links;
	const struct settings_carrier *ways[SETTINGS_WAYS_MAX];
	const struct number *number = numbers_find(links->numbers, ours);
	struct span text = {(const uint8_t *)asking->text, asking->text_length};
	struct segment_options options;

	*detail = "No carrier is configured for this number.";
	if (!number)
		return DESK_NO_ROUTE;
	if (numbers_find(links->numbers, customer)) {
		*detail = "The customer's number is one of our own, so the message would come "
			  "back to us.";
		return DESK_NO_ROUTE;
	}
	size_t count = settings_route(links->settings, ours, customer, number->carrier, ways);
	if (count == 0) {
		*detail = number->stranded ? number->stranded : *detail;
		return DESK_NO_ROUTE;
	}
	asking->carrier = ways[0];
	settings_route_text(ways, count, asking->route);
	*detail = "The text needs more segments than the carrier takes.";
	options = settings_segments(asking->carrier);
	options.flash = asking->flash;
	int error = segment_plan(text, &options, plan);
	if (error == -E2BIG)
		return DESK_TOO_LONG;
	return error ? DESK_NO_ROUTE : DESK_OK;
}

static void on_send_view(struct bus *bus, const struct bus_reply *reply, void *context);

static void on_accepted(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	struct threading_message text = {
		.text = {(const uint8_t *)asking->text, asking->text_length},
		.segments = asking->segments,
	};
	struct desk_message message = {
		.text = text.text,
		.author = asking_span(asking->agent),
		.of = asking_span(asking->of),
		.segments = asking->segments,
		.outbound = true,
	};
	struct desk_answer answer = {.detail = "", .messages = &message, .message_count = 1};

	(void)bus;
	if (!asking_answered(asking, reply))
		return;
	if (asking_word(reply, "cold")) {
		asking->cold = true;
		desk_view(asking->desk, asking->partition, asking_span(asking->conversation),
			  on_send_view, asking);
		return;
	}
	if (asking_word(reply, "suppressed")) {
		asking_end(asking, DESK_SUPPRESSED, "The customer has opted out.");
		return;
	}
	if (asking_not_yours(asking, reply))
		return;
	if (asking_word(reply, "not_failed")) {
		asking_end(asking, DESK_NOT_FAILED, NOT_FAILED);
		return;
	}
	bool again = asking_word(reply, "again");
	message.id = again ? bus_reply_span(bus_reply_at(reply, 1)) : asking_span(asking->id);
	message.at = bus_reply_span(bus_reply_at(reply, again ? 2 : 1));
	message.state = again ? bus_reply_span(bus_reply_at(reply, 3)) : asking_span("queued");
	if (again) {
		/* What was said then, whatever the repetition says. */
		message.text = bus_reply_span(bus_reply_at(reply, 4));
		message.segments = (unsigned)bus_reply_integer(bus_reply_at(reply, 5));
		message.of = bus_reply_span(bus_reply_at(reply, 6));
	}
	message.at_ms = message.at.length ? strtoull((const char *)message.at.at, NULL, 10) : 0;
	asking->ask.done(&answer, asking->ask.context);
	if (!again)
		projector_event(asking->desk->links.projector, asking->partition,
				bus_reply_at(reply, 2), &text);
	free(asking->text);
	free(asking);
}

/* Of a conversation's view. */
static enum desk_code plan_text(struct asking *asking, const struct bus_reply *view,
				struct segment_plan *plan, const char **detail)
{
	return asking_plan(asking, bus_reply_span(bus_reply_at(view, 3)),
			   bus_reply_span(bus_reply_at(view, 4)), plan, detail);
}

uint64_t asking_expires_ms(const struct asking *asking)
{
	uint64_t now = asking_now_ms(asking->desk);
	uint64_t from = asking->schedule_ms > now ? asking->schedule_ms : now;

	return from + asking->carrier->validity_s * 1000ull;
}

int asking_encode(const struct asking *asking, struct span ours, struct span customer,
		  uint8_t *record, size_t capacity)
{
	uint64_t now = asking_now_ms(asking->desk);
	struct message message = {
		.kind = MESSAGE_MT,
		.mt = {
			.id = asking_span(asking->id),
			.conversation = asking_span(asking->conversation),
			.carrier = asking_span(asking->carrier->name),
			.ours = ours,
			.customer = customer,
			.text = {(const uint8_t *)asking->text, asking->text_length},
			.class = asking->class,
			.receipt = true,
			.flash = asking->flash,
			.accepted_ms = now,
			.expires_ms = asking_expires_ms(asking),
			.schedule_ms = asking->schedule_ms,
		}};

	return message_encode(&message, record, capacity);
}

void asking_message(struct asking *asking, const char *scopes, struct span record)
{
	struct bus_args *args = &asking->desk->args;

	bus_args_field_text(args, "id", asking->id);
	bus_args_field(args, "text",
		       (struct span){(const uint8_t *)asking->text, asking->text_length});
	bus_args_field_text(args, "carrier", asking->carrier->name);
	bus_args_field_text(args, "route", asking->route);
	bus_args_field_integer(args, "expires", (int64_t)asking_expires_ms(asking));
	bus_args_field_text(args, "class",
			    asking->class == MESSAGE_TRANSACTIONAL ? "transactional"
								   : "interactive");
	if (verdict_asks((struct span){(const uint8_t *)asking->text, asking->text_length}))
		bus_args_field_integer(args, "asked", (int64_t)asking_now_ms(asking->desk));
	bus_args_field(args, "record", record);
	bus_args_field_text(args, "scopes", scopes);
	bus_args_field_integer(args, "segs", asking->segments);
}

static void on_send_view(struct bus *bus, const struct bus_reply *reply, void *context)
{
	static uint8_t record[MESSAGE_RECORD_MAX];
	struct asking *asking = context;
	struct segment_plan plan;
	uint8_t random[16];

	(void)bus;
	if (!asking_viewed(asking, reply))
		return;
	const char *detail;
	const struct number *number = asking_number(asking, reply);
	char customer[WRITTEN_MAX];
	row_copy(bus_reply_span(bus_reply_at(reply, 4)), customer, sizeof(customer));
	if (asking->cold && !asking_may_call(asking, customer, number->programme))
		return;
	enum desk_code code = plan_text(asking, reply, &plan, &detail);
	if (code != DESK_OK) {
		asking_end(asking, code, detail);
		return;
	}
	identity_random(random);
	identity_make(random, asking->partition, asking->id);
	asking->segments = plan.segments;
	int length = asking_encode(asking, bus_reply_span(bus_reply_at(reply, 3)),
				   bus_reply_span(bus_reply_at(reply, 4)), record, sizeof(record));
	if (length < 0) {
		asking_end(asking, DESK_TOO_LONG, "The text is too long.");
		return;
	}
	struct bus_args *args = asking_call_once(asking, "mt_accept");
	bus_args_field_text(args, "hour", asking->cold ? "1" : "");
	if (asking->of[0])
		bus_args_field_text(args, "of", asking->of);
	asking_message(asking, number->scopes, (struct span){record, (size_t)length});
	bus_args_send(args, asking->desk->links.bus, on_accepted, asking);
}

void desk_send(struct desk *desk, struct desk_ask ask, struct span conversation, struct span text,
	       struct span ref)
{
	if (asking_is_blank(text)) {
		desk_refuse(ask, DESK_EMPTY, "There is no text to send.");
		return;
	}
	struct asking *asking = asking_about(desk, ask, conversation);
	if (!asking)
		return;
	row_copy(ref, asking->ref, sizeof(asking->ref));
	asking->text = memory_copy(text.at, text.length);
	asking->text_length = text.length;
	desk_view(desk, asking->partition, conversation, on_send_view, asking);
}

static void on_failed_text(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	struct span text = bus_reply_span(reply);

	(void)bus;
	if (!asking_answered(asking, reply))
		return;
	if (bus_reply_type(reply) != BUS_STRING) {
		asking_end(asking, DESK_NOT_FAILED, NOT_FAILED);
		return;
	}
	asking->text = memory_copy(text.at, text.length);
	asking->text_length = text.length;
	desk_view(asking->desk, asking->partition, asking_span(asking->conversation), on_send_view,
		  asking);
}

void desk_retry(struct desk *desk, struct desk_ask ask, struct span conversation,
		struct span message, struct span ref)
{
	struct asking *asking = asking_about(desk, ask, conversation);

	if (!asking)
		return;
	row_copy(ref, asking->ref, sizeof(asking->ref));
	row_copy(message, asking->of, sizeof(asking->of));
	struct bus_args *args = asking_call(asking, "mt_failed_text");
	bus_args_field_text(args, "m", asking->of);
	bus_args_send(args, desk->links.bus, on_failed_text, asking);
}

static const char *coding_shown(enum coding coding)
{
	switch (coding) {
	case CODING_LATIN1:
		return "Latin-1";
	case CODING_ASCII:
		return "ASCII";
	case CODING_UCS2:
		return "UCS-2";
	default:
		return "GSM-7";
	}
}

void asking_answer_plan(struct asking *asking, const struct segment_plan *plan)
{
	struct span text = {(const uint8_t *)asking->text, asking->text_length};
	uint8_t forced[UTF8_OCTETS_MAX];
	size_t offset = 0;
	struct desk_plan shown = {
		.coding = coding_shown(plan->coding),
		.segments = plan->segments,
		.used = plan->units,
		.limit = plan->units + plan->units_left,
	};
	struct desk_answer answer = {.code = DESK_OK, .detail = "", .plan = &shown};

	if (plan->forced && plan->coding == CODING_UCS2) {
		shown.forced_by = (struct span){forced, utf8_put(plan->forced_point, forced)};
		while (offset < plan->forced_offset && offset < text.length) {
			utf8_next(text, &offset);
			shown.forced_offset++;
		}
	}
	asking->ask.done(&answer, asking->ask.context);
	free(asking->text);
	free(asking);
}

static void on_plan_view(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	struct segment_plan plan;

	(void)bus;
	if (!asking_viewed(asking, reply))
		return;
	const char *detail;
	enum desk_code code = plan_text(asking, reply, &plan, &detail);
	if (code != DESK_OK) {
		asking_end(asking, code, detail);
		return;
	}
	asking_answer_plan(asking, &plan);
}

void desk_plan(struct desk *desk, struct desk_ask ask, struct span conversation, struct span text)
{
	struct asking *asking = asking_about(desk, ask, conversation);

	if (!asking)
		return;
	asking->text = memory_copy(text.at, text.length);
	asking->text_length = text.length;
	desk_view(desk, asking->partition, conversation, on_plan_view, asking);
}
