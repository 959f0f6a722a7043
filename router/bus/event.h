#ifndef BINDERY_ROUTER_BUS_EVENT_H
#define BINDERY_ROUTER_BUS_EVENT_H

#include "router/bus/bus.h"

/* Events as the Redis Functions write them down: {id, field, value…}. A field that is not there is
 * empty, or 0. Spans borrow from the reply. */

/* A function tells an event so, or as one text with a NUL between its values (base.lua's
 * packed_event). Either as the former, borrowed from `told`, which it is itself, or from `*kept_r`,
 * which the caller frees (NULL where there is nothing to free). NULL where it is no event. */
const struct bus_reply *event_unpack(const struct bus_reply *told, void **kept_r);

struct span event_id(const struct bus_reply *event);
struct span event_span(const struct bus_reply *event, const char *field);
int64_t event_integer(const struct bus_reply *event, const char *field);
bool event_is(const struct bus_reply *event, const char *field, const char *value);
/* The value, NUL-terminated, cut where it does not fit. Returns `out`. */
char *event_text(const struct bus_reply *event, const char *field, char *out, size_t capacity);

#endif
