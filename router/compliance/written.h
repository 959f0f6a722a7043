#ifndef BINDERY_ROUTER_COMPLIANCE_WRITTEN_H
#define BINDERY_ROUTER_COMPLIANCE_WRITTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * A number as people write it: `+1 (555) 010-0199`, `001 555…`, `tel:+1-555-010-0199`,
 * `+44 (0)20 7946 0000`, full-width digits, no-break blanks, dashes of every kind, quotes that a
 * spreadsheet left. It becomes `+` and 7 to 15 digits (E.164), or is refused.
 */

#define WRITTEN_MAX 17 /* octets of what it becomes, with a NUL */

enum written {
	WRITTEN_OK,
	WRITTEN_EMPTY,
	WRITTEN_NO_NUMBER, /* letters, or other signs that stand in no number */
	WRITTEN_LENGTH,	   /* too few or too many digits for an international number */
	WRITTEN_COUNTRY,   /* a national number, and nobody said of which country */
	WRITTEN_UNCLEAR,   /* fits the country that was said neither with it nor without, or both */
};

/* Whether it may stand for a country: 1 to 3 digits, the first no 0. */
bool written_is_country(const char *text);
/* `country` are the digits put before a national number (written_is_country()), or NULL. A number
 * with `+` or `00` in front, or `011` where the country is 1, has its own. Any other is national of
 * the country that was said, unless it begins with that country and only the rest is as long as
 * its numbers are. Where none was said, one that begins with 0 or has 10 digits or fewer is
 * refused, and more are read as a number with its country. */
enum written written_number(struct span text, const char *country, char out[WRITTEN_MAX]);
/* Why it is refused, as words for a person. */
const char *written_why(enum written verdict);

/* A moment as people write it: a day in UTC (2026-11-26), a moment in UTC (2026-11-26T09:30:00Z,
 * the seconds with a fraction or none), or milliseconds since 1970. NULL is the beginning, 0; a day
 * is where it begins, or with `end` where the next one does. False for anything else. */
bool written_moment(const char *text, bool end, uint64_t *ms);

#endif
