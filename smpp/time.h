#ifndef BINDERY_SMPP_TIME_H
#define BINDERY_SMPP_TIME_H

#include <stdint.h>

#include "smpp/span.h"

/* SMPP times, §7.1.1: absolute "YYMMDDhhmmsstnnp" (local time and its offset from UTC in quarters
 * of an hour) and relative "YYMMDDhhmmss000R". */

#define TIME_SIZE 17		   /* sixteen characters and a NUL */
#define TIME_RELATIVE_MAX 2678400u /* seconds, 31 days: the longest that needs no months */

/* Write a time. Return 0 or -ERANGE: absolute for 2000..2099 in UTC, relative up to
 * TIME_RELATIVE_MAX. */
__attribute__((warn_unused_result)) int time_format_absolute(int64_t unix_s, char out[TIME_SIZE]);
__attribute__((warn_unused_result)) int time_format_relative(uint64_t seconds, char out[TIME_SIZE]);

/* Reads either form; a relative one counts from `now_s`, a month as a calendar month. Returns 0 or
 * -EINVAL; `unix_s` is written only on success. */
__attribute__((warn_unused_result)) int time_parse(struct span text, int64_t now_s,
						   int64_t *unix_s);

#endif
