#ifndef BINDERY_GATEWAY_STANDING_H
#define BINDERY_GATEWAY_STANDING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "smpp/span.h"

/* What a carrier's gateway said of itself, shown: the line of {gw}:status:<carrier> and those of
 * {gw}:binds:<carrier>, both of `key=value` with blanks between. Pure but for writing to `out`. */

struct standing {
	const char *carrier;
	struct span status; /* empty: the gateway is silent */
	struct span binds;
	struct span hold; /* "pause", "drain" or empty */
};

#define STANDING_VALUE_MAX 160

/* The value of `name` in a line, cut to STANDING_VALUE_MAX with its NUL; false, and "", without it.
 */
bool standing_value(struct span line, const char *name, char out[STANDING_VALUE_MAX]);

/* Its gateway is too old for the Redis Functions, and does nothing. */
bool standing_is_unserved(struct span status);

/* A table for a person; `now_ms` since 1970. */
void standing_print(const struct standing *standing, uint64_t now_ms, FILE *out);
/* A JSON object on one line: the status' values, `hold`, and `bind_list`. */
void standing_json(const struct standing *standing, FILE *out);

#endif
