#ifndef BINDERY_ROUTER_COMPLIANCE_ZONES_DATA_H
#define BINDERY_ROUTER_COMPLIANCE_ZONES_DATA_H

#include <stddef.h>

/* What zones.mjs makes of the package when Bindery is built: prefixes in their order, each with a
 * list, whose members are zones_members[zones_starts[list]] to [zones_starts[list + 1]]. */
struct zones_row {
	const char *prefix; /* digits, without a + */
	unsigned short list;
};

extern const char zones_source[];
extern const char *const zones_names[];
extern const unsigned short zones_members[], zones_starts[];
extern const struct zones_row zones_rows[];
extern const size_t zones_rows_count;

#endif
