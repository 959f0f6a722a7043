/* What a supervisor said: which members there are, how long they may be, which a type needs. */
#include "router/door/order.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum {
	REF = 1,
	TYPE = 2,
	TOKEN = 4,
	CONVERSATION = 8,
	AGENT = 16,
	QUEUE = 32,
	PRESENCE = 64,
	BEFORE = 128,
	ROUTING = 256,
};

static const struct {
	const char *name;
	size_t most; /* octets */
} members[] = {
	{"ref", WIRE_REF_MAX},
	{"type", 32},
	{"token", WIRE_TOKEN_MAX},
	{"conversation", WIRE_CONVERSATION_MAX},
	{"agent", DESK_AGENT_MAX},
	{"queue", DESK_AGENT_MAX},
	{"presence", DESK_AGENT_MAX},
	{"before", WIRE_ID_MAX},
	{"routing", 32},
};
#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

static const struct {
	const char *name;
	unsigned needs;
} types[] = {
	[ORDER_HELLO] = {"hello", 0},
	[ORDER_LOOK] = {"look", 0},
	[ORDER_READ] = {"read", 0},
	[ORDER_THREAD] = {"thread", CONVERSATION},
	[ORDER_POINTS] = {"points", QUEUE},
	[ORDER_ASSIGN] = {"assign", CONVERSATION | AGENT},
	[ORDER_TRANSFER] = {"transfer", CONVERSATION},
	[ORDER_CLOSE] = {"close", CONVERSATION},
	[ORDER_STATUS] = {"status", AGENT | ROUTING},
	[ORDER_PRESENCE] = {"presence", AGENT | PRESENCE},
	[ORDER_SIGN_OUT] = {"sign_out", AGENT},
	[ORDER_PING] = {"ping", 0},
};
#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

static int refuse(struct wire_fault *fault, const char *code, const char *name, const char *what)
{
	fault->code = code;
	snprintf(fault->message, sizeof(fault->message), "%s %s", name, what);
	return -EINVAL;
}

/* Every member that is there; those that are not stay empty. */
static int read_members(const json_t *root, struct span values[MEMBER_COUNT],
			struct wire_fault *fault)
{
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		const json_t *value = json_object_get(root, members[i].name);
		if (!value || json_is_null(value))
			continue;
		if (!json_is_string(value))
			return refuse(fault, "bad_frame", members[i].name, "must be a string");
		values[i] = (struct span){(const uint8_t *)json_string_value(value),
					  json_string_length(value)};
		if (values[i].length > members[i].most)
			return refuse(fault, "bad_frame", members[i].name, "is too long");
		if (memchr(values[i].at, 0, values[i].length))
			return refuse(fault, "bad_frame", members[i].name, "must not have a NUL");
		if ((1u << i) == REF)
			memcpy(fault->ref, values[i].at, values[i].length);
	}
	return 0;
}

static int check_needs(const struct order *order, const struct span values[MEMBER_COUNT],
		       struct wire_fault *fault)
{
	struct span routing = values[8];

	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		if ((types[order->type].needs & (1u << i)) && !values[i].length)
			return refuse(fault, "bad_frame", members[i].name, "is missing");
	}
	if (order->type == ORDER_STATUS && !span_is(routing, "on_queue") &&
	    !span_is(routing, "off_queue"))
		return refuse(fault, "bad_frame", "routing", "must be on_queue or off_queue");
	if (order->type == ORDER_TRANSFER &&
	    (order->queue.length != 0) == (order->agent.length != 0))
		return refuse(fault, "bad_frame", "a transfer", "is to a queue or to an agent");
	if (order->type == ORDER_LOOK && order->queue.length && order->agent.length)
		return refuse(fault, "bad_frame", "a look", "is at a queue or at an agent");
	if (order->before.length && !wire_is_id(order->before))
		return refuse(fault, "bad_frame", "before", "is not a position");
	return 0;
}

/* A whole number 1..most; what was left out stays. */
static int read_number(const json_t *root, const char *name, unsigned most, unsigned *out,
		       struct wire_fault *fault)
{
	const json_t *value = json_object_get(root, name);

	if (!value)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 1 ||
	    json_integer_value(value) > most)
		return refuse(fault, "bad_frame", name, "is out of range");
	*out = (unsigned)json_integer_value(value);
	return 0;
}

static int read_order(struct order *order, struct wire_fault *fault)
{
	struct span values[MEMBER_COUNT] = {{0}};

	if (!json_is_object(order->root))
		return refuse(fault, "bad_frame", "a frame", "is one JSON object");
	if (read_members(order->root, values, fault))
		return -EINVAL;
	if (!values[0].length || !values[1].length)
		return refuse(fault, "bad_frame", values[0].length ? "type" : "ref", "is missing");
	size_t type = 0;
	while (type < TYPE_COUNT && !span_is(values[1], types[type].name))
		type++;
	if (type == TYPE_COUNT)
		return refuse(fault, "unknown_type", "type", "is not one of the protocol");
	order->type = (enum order_type)type;
	order->ref = values[0];
	order->token = values[2];
	order->conversation = values[3];
	order->agent = values[4];
	order->queue = values[5];
	order->presence = values[6];
	order->before = values[7];
	order->on_queue = span_is(values[8], "on_queue");
	order->limit = WIRE_THREAD_DEFAULT;
	order->hours = 1;
	if (check_needs(order, values, fault) ||
	    read_number(order->root, "limit", DESK_PAGE_MAX, &order->limit, fault))
		return -EINVAL;
	return read_number(order->root, "hours", LEAD_HOURS_MAX, &order->hours, fault);
}

int order_init(struct span text, struct order *order, struct wire_fault *fault)
{
	json_error_t why;

	*order = (struct order){0};
	*fault = (struct wire_fault){0};
	if (text.length > WIRE_FRAME_MAX)
		return refuse(fault, "too_long", "a frame", "is at most 65536 octets");
	order->root = json_loadb((const char *)text.at, text.length, JSON_REJECT_DUPLICATES, &why);
	if (!order->root)
		return refuse(fault, "bad_json", "the frame", "is not valid JSON");
	int error = read_order(order, fault);
	if (error)
		order_finish(order);
	return error;
}

void order_finish(struct order *order)
{
	json_decref(order->root);
	*order = (struct order){0};
}
