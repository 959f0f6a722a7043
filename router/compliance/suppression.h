#ifndef BINDERY_ROUTER_COMPLIANCE_SUPPRESSION_H
#define BINDERY_ROUTER_COMPLIANCE_SUPPRESSION_H

#include <stddef.h>

#include "config/settings.h"

/*
 * Scopes of suppression as they are written on a customer's list: `all`, `p:<programme>`,
 * `n:<our number>`, where a `|` in a name is written `_`. A message is covered when any of the
 * scopes of its number is on the list.
 */

/* What an opt-out sent to `ours` covers. A programme's scope without a programme is the number's.
 * Writes a NUL-terminated name, cut to `capacity`. */
void suppression_scope(enum settings_scope kind, const char *programme, const char *ours, char *out,
		       size_t capacity);

/* Every scope that covers a message from `ours`, with `|` between. */
void suppression_scopes(const char *programme, const char *ours, char *out, size_t capacity);

#endif
