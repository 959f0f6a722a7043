#ifndef BINDERY_ROUTER_COMPLIANCE_EXPORT_H
#define BINDERY_ROUTER_COMPLIANCE_EXPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "router/compliance/head.h"
#include "router/compliance/merkle.h"
#include "router/compliance/seal.h"

/*
 * An export of the ledger, which proves itself with the public key alone. Lines of fields with tabs
 * between:
 *
 *   bindery-ledger 1 / at=<Unix ms> / trees=<partitions>   the first
 *   bindery-head 1 …, signature=…                          signed heads (head.h), the oldest first,
 *                                                          none behind a record
 *   kept / <partition> / <rows>                            how many leaves were kept outside Redis
 *   record / <leaf as it was kept, or -> / <record>        records (record.h) of each partition
 *   beside / <partition> / <n> / <salt> / <customer> / <note> / <evidence in hexadecimal>
 *   end / <records>                                        the last
 *
 * Customers and notes are escaped as the values of records are.
 */

#define EXPORT_OPENING "bindery-ledger 1"
#define EXPORT_HEADS_MAX 256

/* What a verification found. */
struct export_result {
	uint64_t records, besides, erased, faults, heads;
	uint64_t covered; /* records that the last head covers */
	uint64_t at_ms;	  /* of the last head */
	unsigned trees;
};

/* Reads an export and says every fault on `out`, a line each. Returns whether there was none. */
bool export_verify(FILE *file, const uint8_t key[SEAL_PUBLIC], FILE *out,
		   struct export_result *result);

/* The leaves of one partition, for free(), and the size that the last head gives it. NULL where the
 * file cannot be read. */
uint8_t (*export_leaves(FILE *file, unsigned partition, uint64_t *count,
			uint64_t *head_size))[MERKLE_HASH];

#endif
