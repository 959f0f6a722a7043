#include "router/rows.h"

#include "router/bus/event.h"

#include <stdlib.h>
#include <string.h>

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
		.conversation = event_span(event, "c"),
		.queue = event_span(event, "q"),
		.customer = event_span(event, "customer"),
		.ours = event_span(event, "ours"),
		.expires_ms = (uint64_t)event_integer(event, "until"),
		.waiting_since_ms = (uint64_t)event_integer(event, "since"),
		.epoch = (unsigned)event_integer(event, "epoch"),
		.last_agent = event_is(event, "last", "1"),
	};
}

const char *const *row_wrapup_codes(const struct number *number)
{
	static const char *const none[] = {NULL};

	return number ? (const char *const *)number->wrapup_codes : none;
}
