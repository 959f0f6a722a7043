#ifndef BINDERY_ROUTER_COMPLIANCE_RECORD_H
#define BINDERY_ROUTER_COMPLIANCE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "smpp/span.h"

/*
 * A record of the ledger as text, which is what its leaf is the hash of: `name=value` with tabs
 * between, in the order in which they stand in Redis (functions/ledger.lua). Control characters and
 * `%` are written `%` and two hexadecimal digits. `p` (partition), `n` (its place there, from 0)
 * and `prev` (SHA-1 of the record before, "" for the first) come first.
 */

#define RECORD_MAX 16384 /* octets with a NUL */
#define RECORD_PREV_MAX 41

struct record_writer {
	char *at;
	size_t length, capacity;
	bool full;
};

void record_begin(struct record_writer *writer, char *at, size_t capacity);
/* Adds a field, escaped. */
void record_add(struct record_writer *writer, struct span name, struct span value);

/* A value written the same way, to a file; and read back where it stands, NUL-terminated. The
 * latter returns how many octets it has. */
void record_print(FILE *file, struct span value);
size_t record_unescape(char *text);

/* The value of a field as it is written, escapes and all, or an empty span with at == NULL. */
struct span record_field(struct span record, const char *name);
/* What a record begins with. */
struct record_place {
	unsigned partition;
	uint64_t n;
	struct span prev;
};
bool record_place(struct span record, struct record_place *place);
/* SHA-1 in hexadecimal, as the next record's `prev` has it. */
void record_chain(struct span record, char out[RECORD_PREV_MAX]);
/* A decimal number without sign and leading zeros; false for anything else. */
bool record_number(struct span text, uint64_t *number);

#endif
