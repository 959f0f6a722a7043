#include "router/desk.h"

#include "config/log.h"
#include "config/memory.h"
#include "config/settings_route.h"
#include "router/bus/key.h"
#include "router/door/user.h"
#include "router/rows.h"
#include "router/threading/identity.h"
#include "smpp/message.h"
#include "smpp/segment.h"

#include <errno.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An ask on its way, with copies of what it borrows. */
struct asking {
	struct desk *desk;
	struct desk_ask ask;
	char agent[DESK_AGENT_MAX + 1];
	char conversation[IDENTITY_MAX];
	char ref[65];
	char wrapup[257], notes[4001];
	char *text;
	size_t text_length;
	unsigned partition, segments;
	bool on_queue;
	char id[IDENTITY_MAX];			/* of the message that it makes */
	const struct settings_carrier *carrier; /* that takes it */
	char route[SETTINGS_WAYS_TEXT_MAX];	/* and those that may take it instead */
};

struct desk_up {
	struct desk *desk;
	struct desk_up *next;
	char agent[DESK_AGENT_MAX + 1];
	char connection[128];
	bool gone;    /* before its capacity was read */
	bool reading; /* its capacity */
};

static struct span text_span(const char *text)
{
	return (struct span){(const uint8_t *)text, strlen(text)};
}

static uint64_t now_ms(const struct desk *desk)
{
	return (uint64_t)(ev_now(desk->links.loop) * 1000.);
}

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

void desk_view(struct desk *desk, unsigned partition, struct span conversation, bus_done *done,
	       void *context)
{
	char key[KEY_MAX];

	bus_args_call(&desk->args, "conv_view", key_tag(partition, key));
	bus_args_field(&desk->args, "conv", conversation);
	bus_args_send(&desk->args, desk->links.bus, done, context);
}

static struct asking *asking_create(struct desk *desk, struct desk_ask ask)
{
	struct asking *asking = memory_array(1, sizeof(*asking));

	asking->desk = desk;
	asking->ask = ask;
	row_copy(text_span(ask.agent), asking->agent, sizeof(asking->agent));
	return asking;
}

static void asking_end(struct asking *asking, enum desk_code code, const char *detail)
{
	desk_refuse(asking->ask, code, detail);
	free(asking->text);
	free(asking);
}

static bool word_is(const struct bus_reply *reply, const char *word)
{
	struct span span = bus_reply_span(bus_reply_at(reply, 0));

	return span.length == strlen(word) && memcmp(span.at, word, span.length) == 0;
}

/* Whether the answer can be used; where not, the ask has been refused. */
static bool answered(struct asking *asking, const struct bus_reply *reply)
{
	if (!reply) {
		asking_end(asking, DESK_UNAVAILABLE, DESK_UNREACHABLE);
		return false;
	}
	if (bus_reply_type(reply) == BUS_ERROR) {
		log_event(LOG_ERROR, "ask_failed", "agent=%s error=%s", asking->agent,
			  (const char *)bus_reply_span(reply).at);
		asking_end(asking, DESK_UNAVAILABLE, DESK_UNREACHABLE);
		return false;
	}
	return true;
}

static void on_offer_answered(enum offers_verdict verdict, void *context)
{
	static const struct {
		enum desk_code code;
		const char *detail;
	} answers[] = {
		[OFFERS_OK] = {DESK_OK, ""},
		[OFFERS_CONFLICT] = {DESK_CONFLICT, "This offer has ended."},
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
	if (!answered(asking, reply))
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

static void up_free(struct desk_up *up)
{
	struct desk_up **at = &up->desk->ups;

	while (*at && *at != up)
		at = &(*at)->next;
	if (*at)
		*at = up->next;
	free(up);
}

static void on_up_capacity(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct desk_up *up = context;

	(void)bus;
	up->reading = false;
	if (up->gone)
		up_free(up);
	else if (reply)
		offers_up(up->desk->links.offers, up->agent, up->connection, capacity_of(reply));
}

static void say_up(struct desk_up *up)
{
	if (up->reading || up->gone)
		return;
	up->reading = true;
	read_capacity(up->desk, up->agent, on_up_capacity, up);
}

void desk_connected(struct desk *desk, const char *agent, const char *connection)
{
	struct desk_up *up = memory_array(1, sizeof(*up));

	up->desk = desk;
	row_copy(text_span(agent), up->agent, sizeof(up->agent));
	row_copy(text_span(connection), up->connection, sizeof(up->connection));
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
	if (up->reading) {
		up->gone = true;
		return;
	}
	offers_down(desk->links.offers, agent, connection);
	up_free(up);
}

void desk_begin(struct desk *desk)
{
	for (struct desk_up *up = desk->ups; up; up = up->next)
		say_up(up);
}

static const struct number *number_of_view(const struct desk *desk, const struct bus_reply *view)
{
	return numbers_find(desk->links.numbers, bus_reply_span(bus_reply_at(view, 3)));
}

/* Chooses the carriers and plans the text for the first of them. DESK_OK, or why it cannot be sent
 * so, with a sentence in `detail`. */
static enum desk_code plan_text(struct asking *asking, const struct bus_reply *view,
				struct segment_plan *plan, const char **detail)
{
	const struct desk_links *links = &asking->desk->links;
	const struct settings_carrier *ways[SETTINGS_WAYS_MAX];
	const struct number *number = number_of_view(asking->desk, view);
	struct span customer = bus_reply_span(bus_reply_at(view, 4));
	struct span text = {(const uint8_t *)asking->text, asking->text_length};

	*detail = "No carrier is configured for this number.";
	if (!number)
		return DESK_NO_ROUTE;
	if (numbers_find(links->numbers, customer)) {
		*detail = "The customer's number is one of our own; it would come back.";
		return DESK_NO_ROUTE;
	}
	size_t count = settings_route(links->settings, bus_reply_span(bus_reply_at(view, 3)),
				      customer, number->carrier, ways);
	if (count == 0)
		return DESK_NO_ROUTE;
	asking->carrier = ways[0];
	settings_route_text(ways, count, asking->route);
	*detail = "The text needs more segments than the carrier takes.";
	struct segment_options options = settings_segments(asking->carrier);
	int error = segment_plan(text, &options, plan);
	if (error == -E2BIG)
		return DESK_TOO_LONG;
	return error ? DESK_NO_ROUTE : DESK_OK;
}

static void on_accepted(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	struct threading_message text = {
		.text = {(const uint8_t *)asking->text, asking->text_length},
		.segments = asking->segments,
	};
	struct desk_message message = {
		.text = text.text,
		.author = text_span(asking->agent),
		.segments = asking->segments,
		.outbound = true,
	};
	struct desk_answer answer = {.detail = "", .messages = &message, .message_count = 1};

	(void)bus;
	if (!answered(asking, reply))
		return;
	if (word_is(reply, "suppressed")) {
		asking_end(asking, DESK_SUPPRESSED, "The customer has opted out.");
		return;
	}
	if (word_is(reply, "not_yours")) {
		asking_end(asking, DESK_NOT_YOURS, "This conversation is not yours.");
		return;
	}
	bool again = word_is(reply, "again");
	message.id = again ? bus_reply_span(bus_reply_at(reply, 1)) : text_span(asking->id);
	message.at = bus_reply_span(bus_reply_at(reply, again ? 2 : 1));
	message.state = again ? bus_reply_span(bus_reply_at(reply, 3)) : text_span("queued");
	message.at_ms = message.at.length ? strtoull((const char *)message.at.at, NULL, 10) : 0;
	asking->ask.done(&answer, asking->ask.context);
	if (!again)
		projector_event(asking->desk->links.projector, asking->partition,
				bus_reply_at(reply, 2), &text);
	free(asking->text);
	free(asking);
}

/* The record that a gateway will take. */
static int encode_reply(const struct asking *asking, const struct bus_reply *view, uint8_t *record,
			size_t capacity)
{
	uint64_t now = now_ms(asking->desk);
	struct message message = {
		.kind = MESSAGE_MT,
		.mt = {
			.id = text_span(asking->id),
			.conversation = text_span(asking->conversation),
			.carrier = text_span(asking->carrier->name),
			.ours = bus_reply_span(bus_reply_at(view, 3)),
			.customer = bus_reply_span(bus_reply_at(view, 4)),
			.text = {(const uint8_t *)asking->text, asking->text_length},
			.class = MESSAGE_INTERACTIVE,
			.receipt = true,
			.accepted_ms = now,
			.expires_ms = now + (uint64_t)asking->carrier->validity_s * 1000,
		}};

	return message_encode(&message, record, capacity);
}

static void accept_reply(struct asking *asking, const struct number *number, struct span record)
{
	struct desk *desk = asking->desk;
	struct bus_args *args = &desk->args;
	char key[KEY_MAX];

	bus_args_call(args, "mt_accept", key_tag(asking->partition, key));
	bus_args_field_integer(args, "now", (int64_t)now_ms(desk));
	bus_args_field_text(args, "conv", asking->conversation);
	bus_args_field_text(args, "agent", asking->agent);
	bus_args_field_text(args, "ref", asking->ref);
	bus_args_field_text(args, "id", asking->id);
	bus_args_field(args, "text",
		       (struct span){(const uint8_t *)asking->text, asking->text_length});
	bus_args_field_text(args, "carrier", asking->carrier->name);
	bus_args_field_text(args, "route", asking->route);
	bus_args_field_text(args, "class", "interactive");
	bus_args_field(args, "record", record);
	bus_args_field_text(args, "scopes", number->scopes);
	bus_args_field_integer(args, "segs", asking->segments);
	bus_args_send(args, desk->links.bus, on_accepted, asking);
}

static void on_send_view(struct bus *bus, const struct bus_reply *reply, void *context)
{
	static uint8_t record[MESSAGE_RECORD_MAX];
	struct asking *asking = context;
	struct segment_plan plan;
	uint8_t random[16];

	(void)bus;
	if (!answered(asking, reply))
		return;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		asking_end(asking, DESK_NOT_FOUND, "There is no such conversation.");
		return;
	}
	const char *detail;
	const struct number *number = number_of_view(asking->desk, reply);
	enum desk_code code = plan_text(asking, reply, &plan, &detail);
	if (code != DESK_OK) {
		asking_end(asking, code, detail);
		return;
	}
	identity_random(random);
	identity_make(random, asking->partition, asking->id);
	asking->segments = plan.segments;
	int length = encode_reply(asking, reply, record, sizeof(record));
	if (length < 0) {
		asking_end(asking, DESK_TOO_LONG, "The text is too long.");
		return;
	}
	accept_reply(asking, number, (struct span){record, (size_t)length});
}

static bool is_blank(struct span text)
{
	for (size_t i = 0; i < text.length; i++) {
		if (!strchr(" \t\r\n", text.at[i]))
			return false;
	}
	return true;
}

static struct asking *asking_about(struct desk *desk, struct desk_ask ask, struct span conversation)
{
	int partition = desk_partition(desk, ask, conversation);

	if (partition < 0)
		return NULL;
	struct asking *asking = asking_create(desk, ask);
	asking->partition = (unsigned)partition;
	row_copy(conversation, asking->conversation, sizeof(asking->conversation));
	return asking;
}

void desk_send(struct desk *desk, struct desk_ask ask, struct span conversation, struct span text,
	       struct span ref)
{
	if (is_blank(text)) {
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

static void answer_plan(struct asking *asking, const struct segment_plan *plan)
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
	if (!answered(asking, reply))
		return;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		asking_end(asking, DESK_NOT_FOUND, "There is no such conversation.");
		return;
	}
	const char *detail;
	enum desk_code code = plan_text(asking, reply, &plan, &detail);
	if (code != DESK_OK) {
		asking_end(asking, code, detail);
		return;
	}
	answer_plan(asking, &plan);
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

static void on_closed(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;

	(void)bus;
	if (!answered(asking, reply))
		return;
	if (word_is(reply, "not_yours")) {
		asking_end(asking, DESK_NOT_YOURS, "This conversation is not yours.");
		return;
	}
	if (word_is(reply, "ok"))
		projector_event(asking->desk->links.projector, asking->partition,
				bus_reply_at(reply, 1), NULL);
	asking_end(asking, DESK_OK, "");
}

static bool is_code(const struct number *number, const char *wrapup)
{
	const char *const *codes = row_wrapup_codes(number);

	while (*codes && strcmp(*codes, wrapup) != 0)
		codes++;
	return *codes;
}

static void on_close_view(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	struct desk *desk = asking->desk;
	struct bus_args *args = &desk->args;
	char key[KEY_MAX];

	(void)bus;
	if (!answered(asking, reply))
		return;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		asking_end(asking, DESK_NOT_FOUND, "There is no such conversation.");
		return;
	}
	if (!is_code(number_of_view(desk, reply), asking->wrapup)) {
		asking_end(asking, DESK_WRAPUP_UNKNOWN, "The queue has no such wrap-up code.");
		return;
	}
	bus_args_call(args, "close", key_tag(asking->partition, key));
	bus_args_field_integer(args, "now", (int64_t)now_ms(desk));
	bus_args_field_text(args, "conv", asking->conversation);
	bus_args_field_text(args, "agent", asking->agent);
	bus_args_field_text(args, "wrapup", asking->wrapup);
	bus_args_field_text(args, "notes", asking->notes);
	bus_args_send(args, desk->links.bus, on_closed, asking);
}

void desk_close(struct desk *desk, struct desk_ask ask, struct span conversation,
		struct desk_wrapup wrapup)
{
	struct asking *asking = asking_about(desk, ask, conversation);

	if (!asking)
		return;
	row_copy(wrapup.code, asking->wrapup, sizeof(asking->wrapup));
	row_copy(wrapup.notes, asking->notes, sizeof(asking->notes));
	desk_view(desk, asking->partition, conversation, on_close_view, asking);
}

struct desk *desk_create(const struct desk_links *links)
{
	struct desk *desk = memory_array(1, sizeof(*desk));

	desk->links = *links;
	bus_args_init(&desk->args);
	return desk;
}

void desk_destroy(struct desk **pointer)
{
	struct desk *desk = *pointer;

	if (!desk)
		return;
	*pointer = NULL;
	while (desk->ups)
		up_free(desk->ups);
	bus_args_finish(&desk->args);
	free(desk);
}
