#include "router/bus/event.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "router/bus/allocate.h"

static const struct redisReply *raw(const struct bus_reply *reply)
{
	return (const struct redisReply *)(const void *)reply;
}

static const struct bus_reply *find(const struct bus_reply *event, const char *field)
{
	const struct redisReply *all = raw(event);
	size_t length = strlen(field), count = bus_reply_count(event);

	for (size_t i = 1; i + 1 < count; i += 2) {
		const struct redisReply *name = all->element[i];
		if (name->len == length && name->str && memcmp(name->str, field, length) == 0)
			return (const struct bus_reply *)(const void *)all->element[i + 1];
	}
	return NULL;
}

static size_t count_values(const char *text, size_t length)
{
	size_t count = 1;

	for (const char *at = memchr(text, '\0', length); at;
	     at = memchr(at + 1, '\0', (size_t)(text + length - at) - 1))
		count++;
	return count;
}

const struct bus_reply *event_unpack(const struct bus_reply *told, void **kept_r)
{
	const struct redisReply *text = raw(told);

	*kept_r = NULL;
	if (bus_reply_type(told) == BUS_ARRAY)
		return told;
	if (bus_reply_type(told) != BUS_STRING)
		return NULL;
	size_t count = count_values(text->str, text->len);
	if (count % 2 == 0)
		return NULL;
	/* The array, its elements, and where they are, in one piece. */
	struct redisReply *all = bus_allocate((count + 1) * sizeof(*all) + count * sizeof(void *));
	struct redisReply **element = (struct redisReply **)(void *)(all + count + 1);
	char *at = text->str;
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(at);
		all[i + 1] =
			(struct redisReply){.type = REDIS_REPLY_STRING, .str = at, .len = length};
		element[i] = &all[i + 1];
		at += length + 1;
	}
	all[0] = (struct redisReply){
		.type = REDIS_REPLY_ARRAY, .elements = count, .element = element};
	*kept_r = all;
	return (const struct bus_reply *)(const void *)all;
}

struct span event_id(const struct bus_reply *event)
{
	return bus_reply_span(bus_reply_at(event, 0));
}

struct span event_span(const struct bus_reply *event, const char *field)
{
	return bus_reply_span(find(event, field));
}

int64_t event_integer(const struct bus_reply *event, const char *field)
{
	return bus_reply_integer(find(event, field));
}

bool event_is(const struct bus_reply *event, const char *field, const char *value)
{
	struct span span = event_span(event, field);

	return span_is(span, value);
}

char *event_text(const struct bus_reply *event, const char *field, char *out, size_t capacity)
{
	struct span span = event_span(event, field);
	size_t length = span.length < capacity ? span.length : capacity - 1;

	if (length)
		memcpy(out, span.at, length);
	out[length] = '\0';
	return out;
}
