#ifndef BINDERY_GATEWAY_CARRIER_INTERNAL_H
#define BINDERY_GATEWAY_CARRIER_INTERNAL_H

#include "gateway/carrier.h"

/* Between carrier.c, which wires a carrier together and shows it, and carrier_life.c, which starts,
 * holds, changes and ends it. */

/* Whose the carrier is, which says whether it binds and sends. */
void carrier_init_lease(struct carrier *carrier);
/* Makes binds until there are `count`. They are stopped. */
void carrier_add_binds(struct carrier *carrier, unsigned count);
/* A bind stands whose SMSC takes no TLVs: long messages are cut with a header from now on. */
void carrier_do_without_tlvs(struct carrier *carrier);

#endif
