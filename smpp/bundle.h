#ifndef BINDERY_SMPP_BUNDLE_H
#define BINDERY_SMPP_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * Records (smpp/message.h) behind one another in one value of a stream: under load what comes back
 * of a partition's messages crosses in bundles, since an entry of its own for each costs Redis more
 * than what it says.
 *
 * Layout of an item: one octet enum bundle_kind, one octet length of the customer, four octets
 * length of the record (big-endian), the customer, the record.
 */

enum bundle_kind {
	BUNDLE_RESULT = 1,
	BUNDLE_RECEIPT = 2,
};

#define BUNDLE_ITEMS_MAX 64

struct bundle_item {
	enum bundle_kind kind;
	struct span customer; /* canonical address, up to 255 octets; may be empty */
	struct span record;
};

/* How many octets it takes. */
size_t bundle_size(const struct bundle_item *item);
/* Writes it; `out` has room for bundle_size(). Returns what is behind it. */
uint8_t *bundle_put(uint8_t *out, const struct bundle_item *item);

/* Takes the first item off `rest`; its spans borrow. False at the end, and where the rest is none
 * (`rest` is then not empty). */
bool bundle_take(struct span *rest, struct bundle_item *item);
/* How many items it has, 1..BUNDLE_ITEMS_MAX; 0 for what is no bundle. */
size_t bundle_count(struct span bundle);

#endif
