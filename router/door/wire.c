/* What a client said: the only reader of an agent's JSON. */
#include "router/door/wire.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_names[] = {
	[WIRE_HELLO] = "hello",
	[WIRE_STATUS] = "status",
	[WIRE_PRESENCE] = "presence",
	[WIRE_ACCEPT] = "accept",
	[WIRE_DECLINE] = "decline",
	[WIRE_SEND] = "send",
	[WIRE_RETRY] = "retry",
	[WIRE_PLAN] = "plan",
	[WIRE_THREAD] = "thread",
	[WIRE_CLOSE] = "close",
	[WIRE_NOTE] = "note",
	[WIRE_TARGETS] = "targets",
	[WIRE_TRANSFER] = "transfer",
	[WIRE_DISCONNECT] = "disconnect",
	[WIRE_WRAPUP] = "wrapup",
	[WIRE_CONSULT] = "consult",
	[WIRE_CONSULT_END] = "consult_end",
	[WIRE_START] = "start",
	[WIRE_RESPONSES] = "responses",
	[WIRE_CUSTOMER] = "customer",
	[WIRE_PARK] = "park",
	[WIRE_RESUME] = "resume",
	[WIRE_HISTORY] = "history",
	[WIRE_EARLIER] = "earlier",
	[WIRE_PAST] = "past",
	[WIRE_PING] = "ping",
};
#define UNTIL_MAX 9007199254740991LL /* what every reader of JSON can count */
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
	frame->on_queue = span_is(routing, "on_queue");
	if (!frame->on_queue && !span_is(routing, "off_queue"))
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

static int read_earlier(struct wire_frame *frame, struct wire_fault *fault)
{
	static const struct want of = {"of", 1, WIRE_CONVERSATION_MAX, false};
	static const struct want goes_on = {"of", 1, WIRE_CONVERSATION_MAX, true};
	int error = get_string(frame->root, frame->type == WIRE_PAST ? &goes_on : &of, &frame->of,
			       fault);

	return error ? error : read_thread(frame, fault);
}

static int read_close(struct wire_frame *frame, struct wire_fault *fault)
{
	static const struct want wrapup = {"wrapup", 0, WIRE_WRAPUP_MAX, false};
	static const struct want notes = {"notes", 0, WIRE_NOTES_MAX, true};
	int error = get_string(frame->root, &wrapup, &frame->wrapup, fault);

	return error ? error : get_string(frame->root, &notes, &frame->notes, fault);
}

/* Skills as one text with commas, of which none has any. */
static int read_skills(struct wire_frame *frame, struct wire_fault *fault)
{
	const json_t *skills = json_object_get(frame->root, "skills");
	const json_t *skill;
	size_t i, length = 0;

	if (!skills || json_is_null(skills))
		return 0;
	if (!json_is_array(skills))
		return refuse(fault, "bad_frame", "skills", "must be a list");
	json_array_foreach(skills, i, skill)
	{
		const char *text = json_string_value(skill);
		size_t octets = json_string_length(skill);
		if (!text || octets == 0 || strlen(text) != octets || strchr(text, ','))
			return refuse(fault, "bad_frame", "skills", "must be ids of skills");
		if (length + (length > 0) + octets >= sizeof(frame->skills))
			return refuse(fault, "bad_frame", "skills", "are too many");
		length += (size_t)snprintf(frame->skills + length, sizeof(frame->skills) - length,
					   "%s%s", length ? "," : "", text);
	}
	frame->has_skills = true;
	return 0;
}

/* What it asks for from now on; what is left out stays. */
static int read_needs(struct wire_frame *frame, struct wire_fault *fault)
{
	const json_t *priority = json_object_get(frame->root, "priority");

	if (priority && !json_is_null(priority)) {
		json_int_t value = json_integer_value(priority);
		if (!json_is_integer(priority) || value < -DESK_PRIORITY_MAX ||
		    value > DESK_PRIORITY_MAX)
			return refuse(fault, "bad_frame", "priority",
				      "must be a whole number, -1000..1000");
		frame->priority = (int)value;
		frame->has_priority = true;
	}
	return read_skills(frame, fault);
}

static int read_transfer(struct wire_frame *frame, struct wire_fault *fault)
{
	static const struct want queue = {"queue", 1, DESK_AGENT_MAX, true};
	static const struct want agent = {"agent", 1, DESK_AGENT_MAX, true};
	static const struct want note = {"note", 0, WIRE_NOTES_MAX, true};
	int error = get_string(frame->root, &queue, &frame->queue, fault);

	if (!error)
		error = get_string(frame->root, &agent, &frame->agent, fault);
	if (!error)
		error = get_string(frame->root, &note, &frame->note, fault);
	if (!error && (frame->queue.length != 0) == (frame->agent.length != 0))
		error = refuse(fault, "bad_frame", "it", "is for a queue or for an agent");
	return error ? error : read_needs(frame, fault);
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

/* A conversation that is to begin. */
static int read_start(struct wire_frame *frame, const struct want *text, struct wire_fault *fault)
{
	static const struct want queue = {"queue", 1, DESK_AGENT_MAX, false};
	static const struct want customer = {"customer", 1, WIRE_CUSTOMER_MAX, false};
	int error = get_string(frame->root, &queue, &frame->queue, fault);

	if (!error)
		error = get_string(frame->root, &customer, &frame->customer, fault);
	return error ? error : get_string(frame->root, text, &frame->text, fault);
}

/* Left out or null: until the agent says so. */
static int read_park(struct wire_frame *frame, struct wire_fault *fault)
{
	const json_t *until = json_object_get(frame->root, "until_ms");

	if (!until || json_is_null(until))
		return 0;
	if (!json_is_integer(until))
		return refuse(fault, "bad_frame", "until_ms", "must be a whole number");
	if (json_integer_value(until) < 1 || json_integer_value(until) > UNTIL_MAX)
		return refuse(fault, "bad_frame", "until_ms", "is out of range");
	frame->until_ms = (uint64_t)json_integer_value(until);
	return 0;
}

static int read_targets(struct wire_frame *frame, struct wire_fault *fault)
{
	static const struct want about = {"conversation", 1, WIRE_CONVERSATION_MAX, true};

	return get_string(frame->root, &about, &frame->conversation, fault);
}

static int read_presence(struct wire_frame *frame, struct wire_fault *fault)
{
	static const struct want presence = {"presence", 1, DESK_AGENT_MAX, false};

	return get_string(frame->root, &presence, &frame->presence, fault);
}

/* The members that the frame's type asks for. */
static int read_members(struct wire_frame *frame, struct wire_fault *fault)
{
	static const struct want conversation = {"conversation", 1, WIRE_CONVERSATION_MAX, false};
	static const struct want message = {"message", 1, WIRE_CONVERSATION_MAX, false};
	static const struct want reply = {"text", 1, DESK_TEXT_MAX, false};
	static const struct want note = {"text", 1, WIRE_NOTES_MAX, false};
	static const struct want draft = {"text", 0, DESK_TEXT_MAX, false};
	static const struct want queue = {"queue", 1, DESK_AGENT_MAX, false};
	static const struct want customer = {"customer", 1, WIRE_CUSTOMER_MAX, false};

	if (frame->type == WIRE_HELLO)
		return read_hello(frame, fault);
	if (frame->type == WIRE_TARGETS)
		return read_targets(frame, fault);
	if (frame->type == WIRE_STATUS)
		return read_status(frame, fault);
	if (frame->type == WIRE_PRESENCE)
		return read_presence(frame, fault);
	if (frame->type == WIRE_RESPONSES)
		return get_string(frame->root, &queue, &frame->queue, fault);
	if (frame->type == WIRE_CUSTOMER)
		return get_string(frame->root, &customer, &frame->customer, fault);
	if (frame->type == WIRE_START)
		return read_start(frame, &reply, fault);
	if (frame->type == WIRE_PLAN && !json_object_get(frame->root, "conversation"))
		return read_start(frame, &draft, fault);
	int error = get_string(frame->root, &conversation, &frame->conversation, fault);
	if (error)
		return error;
	switch (frame->type) {
	case WIRE_ACCEPT:
	case WIRE_DECLINE:
		return get_unsigned(frame->root, "epoch", INT32_MAX, &frame->epoch, fault);
	case WIRE_SEND:
		return get_string(frame->root, &reply, &frame->text, fault);
	case WIRE_RETRY:
		return get_string(frame->root, &message, &frame->of, fault);
	case WIRE_PLAN:
		return get_string(frame->root, &draft, &frame->text, fault);
	case WIRE_THREAD:
	case WIRE_HISTORY:
		return read_thread(frame, fault);
	case WIRE_EARLIER:
	case WIRE_PAST:
		return read_earlier(frame, fault);
	case WIRE_CLOSE:
		return read_close(frame, fault);
	case WIRE_NOTE:
		return get_string(frame->root, &note, &frame->text, fault);
	case WIRE_TRANSFER:
	case WIRE_CONSULT:
		return read_transfer(frame, fault);
	case WIRE_DISCONNECT:
		return read_disconnect(frame, fault);
	case WIRE_WRAPUP:
		return read_wrapup(frame, fault);
	case WIRE_PARK:
		return read_park(frame, fault);
	case WIRE_RESUME:
	case WIRE_HELLO:
	case WIRE_STATUS:
	case WIRE_PRESENCE:
	case WIRE_TARGETS:
	case WIRE_START:
	case WIRE_RESPONSES:
	case WIRE_CUSTOMER:
	case WIRE_CONSULT_END:
	case WIRE_PING:
		break;
	}
	return 0;
}

static bool has_members(enum wire_type type)
{
	return type != WIRE_PING;
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
		if (span_is(name, type_names[i])) {
			frame->type = (enum wire_type)i;
			return has_members(frame->type) ? read_members(frame, fault) : 0;
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
