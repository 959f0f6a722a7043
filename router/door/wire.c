#include "router/door/wire.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/door/writer.h"

static const char *const type_names[] = {
	[WIRE_HELLO] = "hello",	    [WIRE_STATUS] = "status", [WIRE_ACCEPT] = "accept",
	[WIRE_DECLINE] = "decline", [WIRE_SEND] = "send",     [WIRE_PLAN] = "plan",
	[WIRE_THREAD] = "thread",   [WIRE_CLOSE] = "close",   [WIRE_DISCONNECT] = "disconnect",
	[WIRE_WRAPUP] = "wrapup",
};
#define TYPE_COUNT (sizeof(type_names) / sizeof(type_names[0]))

/* What a string member must hold. */
struct want {
	const char *name;
	size_t least, most; /* octets */
	bool optional;
};

/* "<name> <what>", the sentence for the client. */
static int refuse(struct wire_fault *fault, const char *code, const char *name, const char *what)
{
	fault->code = code;
	snprintf(fault->message, sizeof(fault->message), "%s %s", name, what);
	return -EINVAL;
}

static int get_string(const json_t *root, const struct want *want, struct span *out,
		      struct wire_fault *fault)
{
	const json_t *member = json_object_get(root, want->name);

	if (!member || (want->optional && json_is_null(member))) {
		if (want->optional)
			return 0;
		return refuse(fault, "bad_frame", want->name, "is missing");
	}
	if (!json_is_string(member))
		return refuse(fault, "bad_frame", want->name, "must be a string");
	size_t length = json_string_length(member);
	if (length < want->least)
		return refuse(fault, strcmp(want->name, "text") == 0 ? "empty" : "bad_frame",
			      want->name, "is empty");
	if (length > want->most)
		return refuse(fault, strcmp(want->name, "text") == 0 ? "too_long" : "bad_frame",
			      want->name, "is too long");
	*out = (struct span){(const uint8_t *)json_string_value(member), length};
	return 0;
}

static int get_unsigned(const json_t *root, const char *name, unsigned most, unsigned *out,
			struct wire_fault *fault)
{
	const json_t *member = json_object_get(root, name);

	if (!member)
		return refuse(fault, "bad_frame", name, "is missing");
	if (!json_is_integer(member))
		return refuse(fault, "bad_frame", name, "must be a whole number");
	json_int_t value = json_integer_value(member);
	if (value < 1 || value > (json_int_t)most)
		return refuse(fault, "bad_frame", name, "is out of range");
	*out = (unsigned)value;
	return 0;
}

static bool is_text(struct span span, const char *text)
{
	return span.length == strlen(text) && memcmp(span.at, text, span.length) == 0;
}

static int read_hello(struct wire_frame *frame, struct wire_fault *fault)
{
	static const struct want last = {"last", 0, WIRE_ID_MAX, true};
	static const struct want token = {"token", 0, WIRE_TOKEN_MAX, true};
	int error = get_string(frame->root, &last, &frame->last, fault);

	if (!error)
		error = get_string(frame->root, &token, &frame->token, fault);
	if (!error && frame->last.length && !wire_is_id(frame->last))
		error = refuse(fault, "bad_frame", "last", "is not an event id");
	return error;
}

static int read_status(struct wire_frame *frame, struct wire_fault *fault)
{
	static const struct want want = {"routing", 1, 32, false};
	struct span routing = {0};
	int error = get_string(frame->root, &want, &routing, fault);

	if (error)
		return error;
	frame->on_queue = is_text(routing, "on_queue");
	if (!frame->on_queue && !is_text(routing, "off_queue"))
		return refuse(fault, "bad_frame", "routing", "must be on_queue or off_queue");
	return 0;
}

static int read_thread(struct wire_frame *frame, struct wire_fault *fault)
{
	static const struct want before = {"before", 0, WIRE_ID_MAX, true};
	int error = get_string(frame->root, &before, &frame->before, fault);

	if (error)
		return error;
	frame->limit = WIRE_THREAD_DEFAULT;
	if (!json_object_get(frame->root, "limit"))
		return 0;
	return get_unsigned(frame->root, "limit", DESK_PAGE_MAX, &frame->limit, fault);
}

static int read_close(struct wire_frame *frame, struct wire_fault *fault)
{
	static const struct want wrapup = {"wrapup", 0, WIRE_WRAPUP_MAX, false};
	static const struct want notes = {"notes", 0, WIRE_NOTES_MAX, true};
	int error = get_string(frame->root, &wrapup, &frame->wrapup, fault);

	return error ? error : get_string(frame->root, &notes, &frame->notes, fault);
}

static int read_wrapup(struct wire_frame *frame, struct wire_fault *fault)
{
	static const struct want wrapup = {"wrapup", 0, WIRE_WRAPUP_MAX, true};
	static const struct want notes = {"notes", 0, WIRE_NOTES_MAX, true};
	int error = get_unsigned(frame->root, "leg", INT32_MAX, &frame->leg, fault);

	if (!error)
		error = get_string(frame->root, &wrapup, &frame->wrapup, fault);
	return error ? error : get_string(frame->root, &notes, &frame->notes, fault);
}

static int read_disconnect(struct wire_frame *frame, struct wire_fault *fault)
{
	const json_t *acw = json_object_get(frame->root, "acw");

	if (!acw || json_is_null(acw))
		return 0;
	if (!json_is_boolean(acw))
		return refuse(fault, "bad_frame", "acw", "must be true or false");
	frame->after = json_is_true(acw) ? DESK_AFTER_WANTED : DESK_AFTER_UNWANTED;
	return 0;
}

/* The members that the frame's type asks for. */
static int read_members(struct wire_frame *frame, struct wire_fault *fault)
{
	static const struct want conversation = {"conversation", 1, WIRE_CONVERSATION_MAX, false};
	static const struct want reply = {"text", 1, DESK_TEXT_MAX, false};
	static const struct want draft = {"text", 0, DESK_TEXT_MAX, false};

	if (frame->type == WIRE_HELLO)
		return read_hello(frame, fault);
	if (frame->type == WIRE_STATUS)
		return read_status(frame, fault);
	int error = get_string(frame->root, &conversation, &frame->conversation, fault);
	if (error)
		return error;
	switch (frame->type) {
	case WIRE_ACCEPT:
	case WIRE_DECLINE:
		return get_unsigned(frame->root, "epoch", INT32_MAX, &frame->epoch, fault);
	case WIRE_SEND:
		return get_string(frame->root, &reply, &frame->text, fault);
	case WIRE_PLAN:
		return get_string(frame->root, &draft, &frame->text, fault);
	case WIRE_THREAD:
		return read_thread(frame, fault);
	case WIRE_CLOSE:
		return read_close(frame, fault);
	case WIRE_DISCONNECT:
		return read_disconnect(frame, fault);
	case WIRE_WRAPUP:
		return read_wrapup(frame, fault);
	case WIRE_HELLO:
	case WIRE_STATUS:
		break;
	}
	return 0;
}

static int read_frame(struct wire_frame *frame, struct wire_fault *fault)
{
	static const struct want ref = {"ref", 1, WIRE_REF_MAX, false};
	static const struct want type = {"type", 1, 32, false};
	struct span name = {0};

	if (!json_is_object(frame->root))
		return refuse(fault, "bad_frame", "a frame", "is one JSON object");
	int error = get_string(frame->root, &ref, &frame->ref, fault);
	if (error)
		return error;
	memcpy(fault->ref, frame->ref.at, frame->ref.length);
	fault->ref[frame->ref.length] = '\0';
	error = get_string(frame->root, &type, &name, fault);
	if (error)
		return error;
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		if (is_text(name, type_names[i])) {
			frame->type = (enum wire_type)i;
			return read_members(frame, fault);
		}
	}
	return refuse(fault, "unknown_type", "type", "is not one of the protocol");
}

int wire_frame_init(struct span text, struct wire_frame *frame, struct wire_fault *fault)
{
	json_error_t why;

	*frame = (struct wire_frame){0};
	*fault = (struct wire_fault){0};
	if (text.length > WIRE_FRAME_MAX)
		return refuse(fault, "too_long", "a frame", "is at most 65536 octets");
	frame->root = json_loadb((const char *)text.at, text.length, JSON_REJECT_DUPLICATES, &why);
	/* The parser's words may quote octets of the client, so they are not sent back. */
	if (!frame->root)
		return refuse(fault, "bad_json", "the frame", "is not valid JSON");
	int error = read_frame(frame, fault);
	if (error)
		wire_frame_finish(frame);
	return error;
}

void wire_frame_finish(struct wire_frame *frame)
{
	json_decref(frame->root);
	*frame = (struct wire_frame){0};
}

/* One number of an id and what is left behind it; false where there is none or it is too large. */
static bool read_number(struct span *rest, uint64_t *out)
{
	uint64_t value = 0;
	size_t i = 0;

	for (; i < rest->length && rest->at[i] >= '0' && rest->at[i] <= '9'; i++) {
		unsigned digit = rest->at[i] - (unsigned)'0';
		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (i == 0)
		return false;
	rest->at += i;
	rest->length -= i;
	*out = value;
	return true;
}

static bool read_id(struct span id, uint64_t out[2])
{
	if (id.length > WIRE_ID_MAX || !read_number(&id, &out[0]))
		return false;
	if (!id.length || *id.at != '-')
		return false;
	id.at++;
	id.length--;
	return read_number(&id, &out[1]) && id.length == 0;
}

bool wire_is_id(struct span id)
{
	uint64_t numbers[2];

	return read_id(id, numbers);
}

int wire_id_compare(struct span left, struct span right)
{
	uint64_t a[2] = {0};
	uint64_t b[2] = {0};

	if (!read_id(left, a) || !read_id(right, b))
		return 0;
	if (a[0] != b[0])
		return a[0] < b[0] ? -1 : 1;
	if (a[1] != b[1])
		return a[1] < b[1] ? -1 : 1;
	return 0;
}

static void begin(struct writer *writer, const char *type)
{
	writer_init(writer);
	writer_begin_object(writer, NULL);
	writer_text(writer, "type", type);
}

static char *end(struct writer *writer)
{
	writer_end_object(writer);
	return writer_take(writer);
}

static void optional(struct writer *writer, const char *key, struct span value)
{
	if (value.length)
		writer_string(writer, key, value);
}

static void put_message(struct writer *writer, const char *key, const struct desk_message *message)
{
	writer_begin_object(writer, key);
	writer_string(writer, "id", message->id);
	writer_string(writer, "at", message->at);
	writer_integer(writer, "at_ms", message->at_ms);
	writer_text(writer, "direction", message->outbound ? "out" : "in");
	writer_string(writer, "text", message->text);
	writer_integer(writer, "segments", message->segments);
	writer_string(writer, "author", message->author);
	optional(writer, "keyword", message->keyword);
	if (message->automatic)
		writer_bool(writer, "automatic", true);
	if (message->partial)
		writer_bool(writer, "partial", true);
	optional(writer, "state", message->state);
	optional(writer, "reason", message->reason);
	writer_end_object(writer);
}

static void put_conversation(struct writer *writer, const char *key,
			     const struct desk_conversation *conversation)
{
	const char *const *code = conversation->wrapup_codes;

	writer_begin_object(writer, key);
	writer_string(writer, "id", conversation->id);
	writer_string(writer, "customer", conversation->customer);
	writer_string(writer, "ours", conversation->ours);
	writer_string(writer, "queue", conversation->queue);
	writer_string(writer, "state", conversation->state);
	writer_integer(writer, "leg", conversation->leg);
	writer_bool(writer, "opted_out", conversation->opted_out);
	writer_integer(writer, "created_ms", conversation->created_ms);
	writer_begin_array(writer, "wrapup_codes");
	for (; code && *code; code++)
		writer_text(writer, NULL, *code);
	writer_end_array(writer);
	writer_end_object(writer);
}

/* `text` at its commas; an empty one is no item. */
static void put_list(struct writer *writer, const char *key, struct span text)
{
	size_t begin_at = 0;

	writer_begin_array(writer, key);
	for (size_t i = 0; text.length && i <= text.length; i++) {
		if (i < text.length && text.at[i] != ',')
			continue;
		writer_string(writer, NULL, (struct span){text.at + begin_at, i - begin_at});
		begin_at = i + 1;
	}
	writer_end_array(writer);
}

static void put_offer(struct writer *writer, const char *key, const struct desk_offer *offer)
{
	writer_begin_object(writer, key);
	writer_string(writer, "conversation", offer->conversation);
	writer_integer(writer, "epoch", offer->epoch);
	writer_string(writer, "queue", offer->queue);
	writer_string(writer, "customer", offer->customer);
	writer_string(writer, "ours", offer->ours);
	writer_integer(writer, "expires_ms", offer->expires_ms);
	writer_integer(writer, "waiting_since_ms", offer->waiting_since_ms);
	writer_bool(writer, "last_agent", offer->last_agent);
	optional(writer, "how", offer->how);
	writer_signed(writer, "priority", offer->priority);
	put_list(writer, "skills", offer->skills);
	writer_integer(writer, "ring", offer->ring);
	writer_end_object(writer);
}

static void put_agent(struct writer *writer, const char *key, const struct desk_agent *agent)
{
	writer_begin_object(writer, key);
	writer_string(writer, "name", agent->name);
	writer_string(writer, "routing", agent->routing);
	writer_integer(writer, "capacity", agent->capacity);
	writer_integer(writer, "load", agent->load);
	writer_end_object(writer);
}

static void put_plan(struct writer *writer, const char *key, const struct desk_plan *plan)
{
	writer_begin_object(writer, key);
	writer_text(writer, "coding", plan->coding);
	writer_integer(writer, "segments", plan->segments);
	writer_integer(writer, "used", plan->used);
	writer_integer(writer, "limit", plan->limit);
	if (plan->forced_by.length) {
		writer_begin_object(writer, "forced_by");
		writer_string(writer, "character", plan->forced_by);
		writer_integer(writer, "offset", plan->forced_offset);
		writer_end_object(writer);
	}
	writer_end_object(writer);
}

char *wire_event_offer(const struct desk_offer *offer)
{
	struct writer writer;

	begin(&writer, "offer");
	put_offer(&writer, "offer", offer);
	return end(&writer);
}

char *wire_event_offer_ended(struct span conversation, unsigned epoch, const char *reason)
{
	struct writer writer;

	begin(&writer, "offer_ended");
	writer_string(&writer, "conversation", conversation);
	writer_integer(&writer, "epoch", epoch);
	writer_text(&writer, "reason", reason);
	return end(&writer);
}

char *wire_event_connected(const struct desk_conversation *conversation)
{
	struct writer writer;

	begin(&writer, "connected");
	put_conversation(&writer, "conversation", conversation);
	return end(&writer);
}

char *wire_event_message(struct span conversation, const struct desk_message *message)
{
	struct writer writer;

	begin(&writer, "message");
	writer_string(&writer, "conversation", conversation);
	put_message(&writer, "message", message);
	return end(&writer);
}

char *wire_event_message_state(struct span conversation, struct span message, struct span state,
			       struct span reason)
{
	struct writer writer;

	begin(&writer, "message_state");
	writer_string(&writer, "conversation", conversation);
	writer_string(&writer, "message", message);
	writer_string(&writer, "state", state);
	optional(&writer, "reason", reason);
	return end(&writer);
}

char *wire_event_opt(struct span conversation, bool opted_out)
{
	struct writer writer;

	begin(&writer, "opt");
	writer_string(&writer, "conversation", conversation);
	writer_bool(&writer, "opted_out", opted_out);
	return end(&writer);
}

char *wire_event_closed(const struct desk_closed *closed)
{
	struct writer writer;

	begin(&writer, "closed");
	writer_string(&writer, "conversation", closed->conversation);
	writer_string(&writer, "wrapup", closed->wrapup);
	if (closed->leg)
		writer_integer(&writer, "leg", closed->leg);
	optional(&writer, "reason", closed->reason);
	return end(&writer);
}

static void put_work(struct writer *writer, const struct desk_after_call *after)
{
	writer_integer(writer, "leg", after->leg);
	writer_begin_object(writer, "acw");
	writer_string(writer, "mode", after->mode);
	if (after->until_ms)
		writer_integer(writer, "until_ms", after->until_ms);
	writer_end_object(writer);
}

char *wire_event_disconnected(const struct desk_after_call *after)
{
	struct writer writer;

	begin(&writer, "disconnected");
	writer_string(&writer, "conversation", after->conversation.id);
	put_work(&writer, after);
	return end(&writer);
}

char *wire_event_agent(const struct desk_agent *agent)
{
	struct writer writer;

	begin(&writer, "agent");
	put_agent(&writer, "agent", agent);
	return end(&writer);
}

char *wire_ack(struct span ref, enum wire_type asked, const struct desk_answer *answer)
{
	struct writer writer;

	begin(&writer, "ack");
	writer_string(&writer, "ref", ref);
	if (asked == WIRE_SEND && answer && answer->message_count)
		put_message(&writer, "message", answer->messages);
	if (asked == WIRE_PLAN && answer && answer->plan)
		put_plan(&writer, "plan", answer->plan);
	if (asked == WIRE_THREAD && answer) {
		writer_begin_array(&writer, "messages");
		for (size_t i = 0; i < answer->message_count; i++)
			put_message(&writer, NULL, &answer->messages[i]);
		writer_end_array(&writer);
		writer_bool(&writer, "more", answer->more);
		if (answer->conversation_count)
			put_conversation(&writer, "conversation", answer->conversations);
	}
	return end(&writer);
}

char *wire_error(struct span ref, const char *code, const char *message)
{
	struct writer writer;

	begin(&writer, "error");
	if (ref.length)
		writer_string(&writer, "ref", ref);
	else
		writer_null(&writer, "ref");
	writer_text(&writer, "code", code);
	writer_text(&writer, "message", message);
	return end(&writer);
}

char *wire_snapshot(const struct desk_answer *answer, uint64_t now_ms)
{
	static const struct desk_agent nobody = {0};
	struct writer writer;

	begin(&writer, "snapshot");
	writer_string(&writer, "id", answer->last_id);
	writer_integer(&writer, "now", now_ms);
	put_agent(&writer, "agent", answer->agent ? answer->agent : &nobody);
	writer_begin_array(&writer, "offers");
	for (size_t i = 0; i < answer->offer_count; i++)
		put_offer(&writer, NULL, &answer->offers[i]);
	writer_end_array(&writer);
	writer_begin_array(&writer, "conversations");
	for (size_t i = 0; i < answer->conversation_count; i++)
		put_conversation(&writer, NULL, &answer->conversations[i]);
	writer_end_array(&writer);
	writer_begin_array(&writer, "after_call");
	for (size_t i = 0; i < answer->after_call_count; i++) {
		writer_begin_object(&writer, NULL);
		put_conversation(&writer, "conversation", &answer->after_calls[i].conversation);
		put_work(&writer, &answer->after_calls[i]);
		writer_end_object(&writer);
	}
	writer_end_array(&writer);
	return end(&writer);
}

const char *wire_desk_code(enum desk_code code)
{
	switch (code) {
	case DESK_OK:
		return NULL;
	case DESK_NOT_YOURS:
		return "not_yours";
	case DESK_CONFLICT:
		return "conflict";
	case DESK_SUPPRESSED:
		return "suppressed";
	case DESK_TOO_LONG:
		return "too_long";
	case DESK_EMPTY:
		return "empty";
	case DESK_NO_ROUTE:
		return "no_route";
	case DESK_WRAPUP_UNKNOWN:
		return "wrapup_unknown";
	case DESK_NOT_FOUND:
		return "not_found";
	case DESK_UNAVAILABLE:
		break;
	}
	return "unavailable";
}
