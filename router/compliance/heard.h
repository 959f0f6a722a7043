#ifndef BINDERY_ROUTER_COMPLIANCE_HEARD_H
#define BINDERY_ROUTER_COMPLIANCE_HEARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * What a text was as it came, the evidence that stands beside its record in the ledger: the record
 * (smpp/message.h) of its PDU, or those of all parts that came of a concatenated one, in the order
 * of the parts. One record stands as it is. Several stand behind the octet HEARD_PARTS, which no
 * record begins with, each behind its length: four octets, the high one first.
 */

#define HEARD_PARTS 0xFF

/* For free(). `count` is at least 1. */
uint8_t *heard_join(const struct span *records, size_t count, size_t *length);
/* The next of its records; `*at` is 0 for the first. False behind the last, and where it is none.
 */
bool heard_next(struct span evidence, size_t *at, struct span *record);

#endif
