/* Messages that no agent writes: planned, made once by their key, accepted. */
#include "router/asking.h"

#include "config/memory.h"
#include "router/bus/key.h"
#include "router/compliance/quiet.h"
#include "router/compliance/written.h"
#include "router/rows.h"
#include "smpp/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ONCE_MS 86400000 /* how long a key is known */
#define MINUTE_MS 60000u
#define DESK_PAST "This time is over."

struct agentless {
	struct asking *asking;
	const struct number *number;
	char by[DESK_AGENT_MAX + 1];
	char digest[65];
	const struct settings_category *category; /* NULL for none */
	bool active;
	bool past; /* its time is over: it can only have been made before */
};

static void agentless_end(struct agentless *agentless, enum desk_code code, const char *detail)
{
	asking_end(agentless->asking, code, detail);
	free(agentless);
}

static bool answered(struct agentless *agentless, const struct bus_reply *reply)
{
	if (asking_answered(agentless->asking, reply))
		return true;
	free(agentless);
	return false;
}

/* Who has opted out of a category alone gets all that is said to be of another. */
static void end_suppressed(struct agentless *agentless, struct span scope)
{
	bool guessed = !agentless->category && scope.length > 2 && memcmp(scope.at, "c:", 2) == 0;

	agentless_end(agentless, DESK_SUPPRESSED,
		      guessed ? "The recipient has opted out of a category of the sender's "
				"messages, and this one names none."
			      : "The recipient has opted out.");
}

static void on_accepted(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct agentless *agentless = context;
	struct asking *asking = agentless->asking;
	struct threading_message text = {
		.text = {(const uint8_t *)asking->text, asking->text_length},
		.segments = asking->segments,
	};
	bool again = asking_word(reply, "again");

	(void)bus;
	if (!answered(agentless, reply))
		return;
	if (asking_word(reply, "suppressed")) {
		end_suppressed(agentless, bus_reply_span(bus_reply_at(reply, 1)));
		return;
	}
	if (asking_word(reply, "crowded")) {
		agentless_end(agentless, DESK_CROWDED,
			      "So many messages wait for this recipient that no more can.");
		return;
	}
	struct span at = bus_reply_span(bus_reply_at(reply, 2));
	struct desk_message message = {
		.schedule_ms = again ? (uint64_t)bus_reply_integer(bus_reply_at(reply, 4))
				     : asking->schedule_ms,
		.id = asking_span(asking->id),
		.at = at,
		.at_ms = at.length ? strtoull((const char *)at.at, NULL, 10) : 0,
		.text = text.text,
		.author = asking_span(asking->agent),
		.state = again ? bus_reply_span(bus_reply_at(reply, 3)) : asking_span("queued"),
		.segments = asking->segments,
		.outbound = true,
	};
	struct desk_conversation conversation = {
		.id = bus_reply_span(bus_reply_at(reply, 1)),
		.ours = asking_span(agentless->number->number->address),
		.customer = asking_span(agentless->asking->customer),
	};
	struct desk_answer answer = {.detail = "",
				     .messages = &message,
				     .message_count = 1,
				     .conversations = &conversation,
				     .conversation_count = 1};
	asking->ask.done(&answer, asking->ask.context);
	if (!again)
		projector_event(asking->desk->links.projector, asking->partition,
				bus_reply_at(reply, 3), &text);
	free(asking->text);
	free(asking);
	free(agentless);
}

/* When it may be sent; what has a time of its own gets that at which its hours are open. False
 * where they never are. */
static bool find_windows(struct agentless *agentless, char windows[QUIET_TEXT_MAX])
{
	struct asking *asking = agentless->asking;
	uint64_t from = asking_now_ms(asking->desk);

	if (asking->schedule_ms <= from)
		asking->schedule_ms = 0;
	else
		from = asking->schedule_ms;
	uint64_t until = asking_expires_ms(asking);
	enum quiet quiet =
		quiet_windows(asking->customer, agentless->number->programme, from, until, windows);
	if (!asking->schedule_ms)
		return quiet != QUIET_NEVER;
	if (quiet == QUIET_NONE)
		snprintf(windows, QUIET_TEXT_MAX, "%" PRIu64 "-%" PRIu64, from / MINUTE_MS,
			 until / MINUTE_MS + 1);
	asking->schedule_ms = strtoull(windows, NULL, 10) * MINUTE_MS;
	return quiet != QUIET_NEVER;
}

/* Where it waits until then: with the carrier or here. */
static void add_schedule(const struct asking *asking, struct bus_args *args)
{
	if (!asking->schedule_ms)
		return;
	bus_args_field_integer(args, "schedule", (int64_t)asking->schedule_ms);
	if (asking->carrier->schedule_delivery_time != SETTINGS_VALIDITY_NONE)
		bus_args_field_text(args, "ahead", "1");
}

static void accept_message(struct agentless *agentless)
{
	static uint8_t record[MESSAGE_RECORD_MAX];
	struct asking *asking = agentless->asking;
	const struct settings_number *number = agentless->number->number;
	struct span customer = asking_span(agentless->asking->customer);
	char windows[QUIET_TEXT_MAX], scopes[NUMBERS_MESSAGE_MAX];

	if (!find_windows(agentless, windows)) {
		agentless_end(agentless, DESK_QUIET,
			      "No hour in which it may be sent there comes before it is too late.");
		return;
	}
	int length = asking_encode(asking, asking_span(number->address), customer, record,
				   sizeof(record));
	if (length < 0) {
		agentless_end(agentless, DESK_TOO_LONG, "The text is too long.");
		return;
	}
	/* `conv` and `agent` are those of the asking: the id of a new one, the author. */
	struct bus_args *args = asking_call(asking, "mt_agentless");
	bus_args_field_text(args, "by", agentless->by);
	bus_args_field_text(args, "ours", number->address);
	bus_args_field(args, "customer", customer);
	bus_args_field_text(args, "queue", agentless->number->queue);
	bus_args_field_integer(args, "window", (int64_t)number->threading_window_min * 60000);
	bus_args_field_text(args, "active", agentless->active ? "1" : "");
	bus_args_field_text(args, "w", windows);
	add_schedule(asking, args);
	bus_args_field_text(args, "marketing",
			    agentless->category && agentless->category->marketing ? "1" : "");
	numbers_message_scopes(agentless->number, agentless->category, scopes);
	asking_message(asking, scopes, (struct span){record, (size_t)length});
	bus_args_send(args, asking->desk->links.bus, on_accepted, agentless);
}

/* What the key was used for before, `<digest> <message id>`, or nil. */
static void on_once(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct agentless *agentless = context;
	struct span before = bus_reply_span(reply);
	size_t digest = strlen(agentless->digest);

	(void)bus;
	if (!answered(agentless, reply))
		return;
	if (before.length) {
		if (before.length <= digest + 1 ||
		    memcmp(before.at, agentless->digest, digest) != 0) {
			agentless_end(agentless, DESK_KEY_REUSED,
				      "This Idempotency-Key came with another message.");
			return;
		}
		row_copy((struct span){before.at + digest + 1, before.length - digest - 1},
			 agentless->asking->id, sizeof(agentless->asking->id));
	}
	if (!before.length && agentless->past) {
		agentless_end(agentless, DESK_BAD_TIME, DESK_PAST);
		return;
	}
	accept_message(agentless);
}

static void claim_key(struct agentless *agentless, struct span key)
{
	struct bus_args *args = &agentless->asking->desk->args;
	char name[KEY_MAX], value[128], text[129];

	row_copy(key, text, sizeof(text));
	snprintf(value, sizeof(value), "%s %s", agentless->digest, agentless->asking->id);
	bus_args_text(args, agentless->past ? "GET" : "SET");
	bus_args_text(args, key_once(agentless->by, text, name));
	if (!agentless->past) {
		bus_args_text(args, value);
		bus_args_text(args, "NX");
		bus_args_text(args, "GET");
		bus_args_text(args, "PX");
		bus_args_integer(args, ONCE_MS);
	}
	bus_args_send(args, agentless->asking->desk->links.bus, on_once, agentless);
}

/* The number that it is sent from: as it is written in the file, or as people write it. */
static const struct number *find_number(const struct numbers *numbers, struct span from)
{
	const struct number *number = numbers_find(numbers, from);
	char written[WRITTEN_MAX];

	if (!number && written_number(from, NULL, written) == WRITTEN_OK)
		number = numbers_find(numbers, asking_span(written));
	return number;
}

/* NULL with `known` false where the number's programme has none of that name. */
static const struct settings_category *find_category(const struct number *number, struct span name,
						     bool *known)
{
	const struct settings_programme *programme = number->programme;

	*known = name.length == 0;
	for (size_t i = 0; programme && i < programme->categories_count; i++) {
		const struct settings_category *category = &programme->categories[i];
		*known = name.length && strlen(category->name) == name.length &&
			 memcmp(category->name, name.at, name.length) == 0;
		if (*known)
			return category;
	}
	*known = name.length == 0;
	return NULL;
}

/* Reads when it is to be delivered, as the next whole minute. What is said to be now, a minute ago
 * at the most, is at once. A sentence on what will not do, or NULL. */
static const char *read_schedule(struct span text, uint64_t now_ms, struct agentless *agentless)
{
	char moment[40];
	int64_t unix_s;
	uint64_t ms;

	if (!text.length)
		return NULL;
	if (time_parse(text, (int64_t)(now_ms / 1000), &unix_s) == 0) {
		ms = unix_s > 0 ? (uint64_t)unix_s * 1000 : 0;
	} else {
		row_copy(text, moment, sizeof(moment));
		if (text.length >= sizeof(moment) || !written_moment(moment, false, &ms))
			return "This is neither a moment in UTC nor a time of SMPP.";
	}
	if (ms > now_ms + MESSAGE_SCHEDULE_MAX_S * UINT64_C(1000))
		return "This time is more than 31 days away.";
	agentless->past = ms + MINUTE_MS < now_ms;
	if (ms > now_ms)
		agentless->asking->schedule_ms = (ms + MINUTE_MS - 1) / MINUTE_MS * MINUTE_MS;
	return NULL;
}

void desk_agentless(struct desk *desk, struct desk_ask ask, const struct desk_agentless *message)
{
	const struct number *number = find_number(desk->links.numbers, message->from);
	char customer[WRITTEN_MAX];
	enum written verdict = written_number(message->to, NULL, customer);
	struct segment_plan plan;
	const char *detail;
	uint8_t random[16];

	if (!number) {
		desk_refuse(ask, DESK_NOT_OURS, "The sender is none of the numbers here.");
		return;
	}
	if (verdict != WRITTEN_OK) {
		desk_refuse(ask, DESK_BAD_NUMBER,
			    verdict == WRITTEN_COUNTRY
				    ? "toAddress is a national number; write it with + and its "
				      "country."
				    : written_why(verdict));
		return;
	}
	if (asking_is_blank(message->text)) {
		desk_refuse(ask, DESK_EMPTY, "There is no text to send.");
		return;
	}
	bool known;
	const struct settings_category *category = find_category(number, message->category, &known);
	if (!known) {
		desk_refuse(ask, DESK_NO_CATEGORY, "The sender's programme has no such category.");
		return;
	}
	struct agentless *agentless = memory_array(1, sizeof(*agentless));
	struct asking *asking = asking_create(desk, ask);
	agentless->category = category;
	agentless->asking = asking;
	agentless->number = number;
	agentless->active = message->active;
	asking->flash = message->flash;
	row_copy(asking_span(customer), asking->customer, sizeof(asking->customer));
	row_copy(asking_span(message->by), agentless->by, sizeof(agentless->by));
	row_copy(message->digest, agentless->digest, sizeof(agentless->digest));
	asking->partition = key_partition(asking_span(customer), desk->links.partitions);
	detail = read_schedule(message->schedule, asking_now_ms(desk), agentless);
	if (!detail && agentless->past && !message->key.length)
		detail = DESK_PAST;
	if (detail) {
		agentless_end(agentless, DESK_BAD_TIME, detail);
		return;
	}
	asking->text = memory_copy(message->text.at, message->text.length);
	asking->text_length = message->text.length;
	enum desk_code code = asking_plan(asking, asking_span(number->number->address),
					  asking_span(customer), &plan, &detail);
	if (code != DESK_OK) {
		agentless_end(agentless, code, detail);
		return;
	}
	asking->segments = plan.segments;
	asking->class = MESSAGE_TRANSACTIONAL;
	identity_random(random);
	identity_make(random, asking->partition, asking->conversation);
	identity_random(random);
	identity_make(random, asking->partition, asking->id);
	if (message->key.length)
		claim_key(agentless, message->key);
	else
		accept_message(agentless);
}
