#ifndef BINDERY_ROUTER_ROWS_H
#define BINDERY_ROUTER_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "router/bus/bus.h"
#include "router/door/desk.h"
#include "router/threading/numbers.h"

/* What the Redis Functions write down, in the words of the desk. */

/* NUL-terminated, cut where it does not fit. */
void row_copy(struct span value, char *out, size_t capacity);

/* A verdict's name as asyncapi.yaml spells it; empty for NONE. */
struct span row_keyword(struct span verdict);
/* The event `offer` of the floor. */
struct desk_offer row_offer(const struct bus_reply *event);
/* Of the number's queue; NULL-terminated, never NULL. */
const char *const *row_wrapup_codes(const struct number *number);

#endif
