#ifndef BINDERY_ROUTER_COMPLIANCE_LEDGER_H
#define BINDERY_ROUTER_COMPLIANCE_LEDGER_H

#include "smpp/span.h"

#define LEDGER_LEAF_MAX 65 /* 64 hexadecimal digits and a NUL */

/* The leaf hash of a consent event's record, RFC 6962 §2.1: SHA-256(0x00 ‖ record), in lower-case
 * hexadecimal. Stands beside the event from the day it is written, so that a tree can be grown over
 * all of them. */
void ledger_leaf(struct span record, char out[LEDGER_LEAF_MAX]);

#endif
