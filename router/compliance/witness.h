#ifndef BINDERY_ROUTER_COMPLIANCE_WITNESS_H
#define BINDERY_ROUTER_COMPLIANCE_WITNESS_H

#include "config/settings.h"
#include "router/bus/bus.h"
#include "router/compliance/seal.h"

/*
 * Redis remembers what the key of numbers made of one word. With another key the ledger would call
 * everybody by another name, and nobody would notice: that is logged. Borrows `settings` for as
 * long as the bus lives.
 */
void witness_ask(struct bus *bus, struct seal *seal, const struct settings_ledger *settings);

#endif
