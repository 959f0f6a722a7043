#ifndef BINDERY_ROUTER_COMPLIANCE_ENTRY_H
#define BINDERY_ROUTER_COMPLIANCE_ENTRY_H

#include <stdbool.h>

#include "router/bus/bus.h"
#include "router/compliance/archive.h"
#include "router/compliance/record.h"

/* Fields and values, those from `from` on, as a record's text with a NUL behind it. False where it
 * does not hold them all. */
bool entry_text(const struct bus_reply *fields, size_t from, char text[RECORD_MAX], size_t *length);
/* An entry of the ledger in Redis, {id, field, value…}, as a record and as the row that is kept of
 * it. False where it cannot be one; what could be read of it is its leaf then. */
bool entry_read(const struct bus_reply *entry, char text[RECORD_MAX], struct archive_row *row);

#endif
