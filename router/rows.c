#include "router/rows.h"

#include <stdlib.h>
#include <string.h>

/* The value behind `field` in {id, field, value…}, or NULL. */
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

struct span row_span(const struct bus_reply *event, const char *field)
{
	return bus_reply_span(find(event, field));
}

int64_t row_integer(const struct bus_reply *event, const char *field)
{
	return bus_reply_integer(find(event, field));
}

bool row_is(const struct bus_reply *event, const char *field, const char *value)
{
	struct span span = row_span(event, field);

	return span.length == strlen(value) && memcmp(span.at, value, span.length) == 0;
}

void row_copy(struct span value, char *out, size_t capacity)
{
	size_t length = value.length < capacity ? value.length : capacity - 1;

	if (length)
		memcpy(out, value.at, length);
	out[length] = '\0';
}

struct span row_keyword(struct span verdict)
{
	static const struct {
		const char *verdict, *keyword;
	} names[] = {{"OPT_OUT", "opt_out"}, {"OPT_IN", "opt_in"}, {"HELP", "help"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (verdict.length == strlen(names[i].verdict) &&
		    memcmp(verdict.at, names[i].verdict, verdict.length) == 0)
			return (struct span){(const uint8_t *)names[i].keyword,
					     strlen(names[i].keyword)};
	}
	return (struct span){NULL, 0};
}

struct desk_offer row_offer(const struct bus_reply *event)
{
	return (struct desk_offer){
		.conversation = row_span(event, "c"),
		.queue = row_span(event, "q"),
		.customer = row_span(event, "customer"),
		.ours = row_span(event, "ours"),
		.expires_ms = (uint64_t)row_integer(event, "until"),
		.waiting_since_ms = (uint64_t)row_integer(event, "since"),
		.epoch = (unsigned)row_integer(event, "epoch"),
		.last_agent = row_is(event, "last", "1"),
	};
}

const char *const *row_wrapup_codes(const struct number *number)
{
	static const char *const none[] = {NULL};

	return number ? (const char *const *)number->wrapup_codes : none;
}
