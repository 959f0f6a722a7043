#ifndef BINDERY_ROUTER_COMPLIANCE_REPORT_H
#define BINDERY_ROUTER_COMPLIANCE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What happened to consent in a range of days, by day or hour of a time zone, put together from the
 * sums of quarters of an hour that functions/digest.lua keeps. Pure but for the machine's tzdata.
 */

#define REPORT_DAYS_MAX 400u
#define REPORT_HOURS_DAYS_MAX 31u /* by the hour */
#define REPORT_ZONE_MAX 48
#define REPORT_LABEL_MAX 20 /* 2026-11-26, 2026-11-26 14:00 */
#define REPORT_KEY_MAX 320

/* The places of a cell, behind its bucket. */
enum report_place {
	REPORT_FIGURE,
	REPORT_OURS,
	REPORT_SCOPE,
	REPORT_LANGUAGE,
	REPORT_SOURCE,
	REPORT_RULE,
	REPORT_PLACES,
};

struct report_bucket {
	char label[REPORT_LABEL_MAX];
	uint64_t from_ms;
};

struct report {
	char zone[REPORT_ZONE_MAX]; /* "" is the machine's own */
	bool hours;
	uint64_t first_quarter; /* since 1970 */
	size_t quarters;
	uint16_t *bucket_of; /* of each quarter */
	struct report_bucket *buckets;
	size_t buckets_count;
};

/* A cell is `<bucket, five digits>` and the REPORT_PLACES, with tabs between. */

/* What is asked for. */
struct report_query {
	const char *since, *until; /* days of the zone (2026-11-26), both of them in it; NULL or "":
				    * the last seven */
	const char *zone;	   /* NULL or "" is the machine's own */
	bool hours;
};

/* Returns 0; -EINVAL for what are no days or not in their order, -ERANGE for too many, -ENOENT for
 * a zone that is not known. `report` is to be finished only where it is 0. */
__attribute__((warn_unused_result)) int
report_init(struct report *report, const struct report_query *query, uint64_t now_ms);
void report_finish(struct report *report);
/* The days since 1970 (UTC) whose sums it needs: from the first to the last of them. */
void report_days(const struct report *report, uint64_t *first, uint64_t *last);
/* The cell of a field of that day's sums, as digest_read() has it. False where it is not in the
 * range. */
bool report_key(const struct report *report, uint64_t day, const char *field,
		char key[REPORT_KEY_MAX]);
/* Parts a cell's text, which it changes. Returns the number of its bucket. */
size_t report_cell(char *text, char *places[REPORT_PLACES]);

#endif
