#ifndef BINDERY_ROUTER_THREADING_IDENTITY_H
#define BINDERY_ROUTER_THREADING_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/hex.h"
#include "smpp/span.h"

/*
 * Ids of conversations and messages: RFC 9562 version 4 UUIDs whose last three digits are the
 * partition, so that who has an id knows where its keys are. 110 random bits are left.
 */

#define IDENTITY_MAX HEX_UUID_MAX
#define IDENTITY_PARTITIONS_MAX 4096

/* Makes an id of 16 random octets. partition is 0..IDENTITY_PARTITIONS_MAX-1. */
void identity_make(const uint8_t random[16], unsigned partition, char out[IDENTITY_MAX]);

/* The partition in an id, or -EINVAL where it is not the text of a UUID in lower case. */
__attribute__((warn_unused_result)) int identity_partition(struct span id);

/* 16 octets from the kernel. */
void identity_random(uint8_t out[16]);

#endif
