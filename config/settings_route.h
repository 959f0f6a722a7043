#ifndef BINDERY_CONFIG_SETTINGS_ROUTE_H
#define BINDERY_CONFIG_SETTINGS_ROUTE_H

#include <stddef.h>

#include "config/settings.h"
#include "smpp/span.h"

/* Which carriers take an outbound message. Pure: it depends on the settings and the two addresses
 * alone, so that all messages of one pair go by one carrier and keep their order. */

#define SETTINGS_WAYS_MAX 8
#define SETTINGS_WAYS_TEXT_MAX (SETTINGS_WAYS_MAX * 65 + 1)

/* Writes the carriers for a message from `ours` to `customer`, both canonical, the first choice
 * first, and returns how many there are. `fallback`, the number's own carrier, is the only one
 * where no route fits; it may be NULL, and then there may be none. */
size_t settings_route(const struct settings *settings, struct span ours, struct span customer,
		      const struct settings_carrier *fallback,
		      const struct settings_carrier *ways[SETTINGS_WAYS_MAX]);

/* The names as `a|b|c`, as the Redis Functions want them; "" where there is no second choice.
 * Returns `out`. */
char *settings_route_text(const struct settings_carrier *const *ways, size_t count,
			  char out[SETTINGS_WAYS_TEXT_MAX]);

#endif
