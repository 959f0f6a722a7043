#include "router/bus/event.h"

#include <string.h>

static const struct bus_reply *find(const struct bus_reply *event, const char *field)
{
	size_t length = strlen(field);

	for (size_t i = 1; i + 1 < bus_reply_count(event); i += 2) {
		struct span name = bus_reply_span(bus_reply_at(event, i));
		if (name.length == length && memcmp(name.at, field, length) == 0)
			return bus_reply_at(event, i + 1);
	}
	return NULL;
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

	return span.length == strlen(value) && memcmp(span.at, value, span.length) == 0;
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
