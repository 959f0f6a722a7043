#ifndef BINDERY_ROUTER_COMPLIANCE_REVIEW_H
#define BINDERY_ROUTER_COMPLIANCE_REVIEW_H

#include <stdint.h>

/* When a text that a person has to read (VERDICT_AMBIGUOUS) is to be decided. Times are ms since
 * 1970; days and hours are those of the machine's time zone. Pure but for the zone. */

/* `hour` (0..23) of the same day, where that is Monday to Friday and the hour has not come; else of
 * the next such day. */
uint64_t review_due_ms(uint64_t now_ms, unsigned hour);

/* From then on it is escalated. */
uint64_t review_late_ms(uint64_t now_ms);

/* The places of what review_read() of review.lua tells. */
enum review_field {
	REVIEW_CUSTOMER,
	REVIEW_OURS,
	REVIEW_CONVERSATION,
	REVIEW_SCOPE,
	REVIEW_RULE,
	REVIEW_AT,
	REVIEW_DUE,
	REVIEW_LATE,
	REVIEW_STATE,
	REVIEW_BY,
	REVIEW_DECIDED,
	REVIEW_NOTE,
	REVIEW_MORE,
	REVIEW_TOLD,
	REVIEW_SAID, /* and behind it */
};

#endif
