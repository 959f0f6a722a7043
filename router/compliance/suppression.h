#ifndef BINDERY_ROUTER_COMPLIANCE_SUPPRESSION_H
#define BINDERY_ROUTER_COMPLIANCE_SUPPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"

/*
 * Scopes of suppression as they are written on a customer's list: `all`, `p:<programme>`,
 * `n:<our number>`, `c:<programme>:<category>`, where a `|` in a name is written `_`. A message is
 * covered when any of the scopes of its number is on the list.
 */

/* What an opt-out sent to `ours` covers. A programme's scope without a programme is the number's.
 * Writes a NUL-terminated name, cut to `capacity`. */
void suppression_scope(enum settings_scope kind, const char *programme, const char *ours, char *out,
		       size_t capacity);

/* What an opt-out from one category of a programme's messages covers: `c:<programme>:<category>`.
 */
void suppression_category(const char *programme, const char *category, char *out, size_t capacity);

/* Every scope that covers a message from `ours`, with `|` between. */
void suppression_scopes(const char *programme, const char *ours, char *out, size_t capacity);

/* Where a number is kept in imported lists (functions/bulk.lua): the bucket, and its place there.
 * False for what is no `+` and 1 to 15 digits. */
struct suppression_place {
	unsigned bucket;
	uint64_t field;
};
#define SUPPRESSION_BUCKETS 16381
bool suppression_place(const char *number, struct suppression_place *place);

/* A scope as a person writes it: `all`, `programme:NAME`, `number:+1555…`,
 * `category:PROGRAMME:NAME`, or as it is on a list. False where the settings have no such
 * programme, number or category. */
#define SUPPRESSION_SCOPE_MAX 160 /* octets, with a NUL */
bool suppression_read_scope(const struct settings *settings, const char *text,
			    char out[SUPPRESSION_SCOPE_MAX]);
/* The same whether the settings have it or not, which what stands on lists may outlive. */
bool suppression_read_any(const char *text, char out[SUPPRESSION_SCOPE_MAX]);

/* Whether what was put on lists as `scope` still means something, and where it was by a text to
 * `ours` ("" where by none) still covers what that number sends. Not where its programme, or its
 * category, has another name now or none, or where the number belongs to another one. */
bool suppression_is_known(const struct settings *settings, const char *scope, const char *ours);

#endif
