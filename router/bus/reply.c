/* What a reply says, without hiredis' types in anybody else's file. */
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "router/bus/bus.h"

static const struct redisReply *raw(const struct bus_reply *reply)
{
	return (const struct redisReply *)(const void *)reply;
}

enum bus_reply_type bus_reply_type(const struct bus_reply *reply)
{
	if (!reply)
		return BUS_NIL;
	switch (raw(reply)->type) {
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS:
		return BUS_STRING;
	case REDIS_REPLY_INTEGER:
		return BUS_INTEGER;
	case REDIS_REPLY_ARRAY:
		return BUS_ARRAY;
	case REDIS_REPLY_ERROR:
		return BUS_ERROR;
	default:
		return BUS_NIL;
	}
}

struct span bus_reply_span(const struct bus_reply *reply)
{
	enum bus_reply_type type = bus_reply_type(reply);

	if (type != BUS_STRING && type != BUS_ERROR)
		return (struct span){(const uint8_t *)"", 0};
	return (struct span){(const uint8_t *)raw(reply)->str, (size_t)raw(reply)->len};
}

int64_t bus_reply_integer(const struct bus_reply *reply)
{
	if (bus_reply_type(reply) == BUS_INTEGER)
		return raw(reply)->integer;
	if (bus_reply_type(reply) == BUS_STRING)
		return strtoll(raw(reply)->str, NULL, 10);
	return 0;
}

size_t bus_reply_count(const struct bus_reply *reply)
{
	return bus_reply_type(reply) == BUS_ARRAY ? (size_t)raw(reply)->elements : 0;
}

const struct bus_reply *bus_reply_at(const struct bus_reply *reply, size_t i)
{
	if (i >= bus_reply_count(reply))
		return NULL;
	return (const struct bus_reply *)(const void *)raw(reply)->element[i];
}

const struct bus_reply *bus_reply_field(const struct bus_reply *reply, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i + 1 < bus_reply_count(reply); i += 2) {
		struct span field = bus_reply_span(bus_reply_at(reply, i));
		if (field.length == length && memcmp(field.at, name, length) == 0)
			return bus_reply_at(reply, i + 1);
	}
	return NULL;
}
