#ifndef BINDERY_ROUTER_SUPERVISE_DAY_H
#define BINDERY_ROUTER_SUPERVISE_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * What one day has brought to one queue. Pure. A conversation is offered to a queue when it begins
 * to wait there, and from then on ends in one of three ways: answered, abandoned (it was over
 * before anybody had it) or moved on (to another queue).
 */

struct day {
	uint64_t offered, answered, abandoned, moved;
	uint64_t in_time; /* of those answered: within the queue's service level */
	uint64_t wait_ms; /* of those answered, together */
};

#define DAY_TEXT_MAX 160 /* octets, with the NUL */
#define DAY_DATE_MAX 11	 /* 2026-11-25, with the NUL */

/* The date in the local time zone. Returns `out`. */
char *day_date(uint64_t now_ms, char out[DAY_DATE_MAX]);
/* As it is kept: the date, then the numbers in their order. Returns `out`. */
char *day_format(const struct day *day, const char *date, char out[DAY_TEXT_MAX]);
/* Reads it back; all zero where it is of another date or cannot be read. */
struct day day_parse(struct span text, const char *date);
/* What has come since `before`, which is of the same day. */
struct day day_since(const struct day *day, const struct day *before);
bool day_is_empty(const struct day *day);

#endif
