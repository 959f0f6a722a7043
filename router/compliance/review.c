#include "router/compliance/review.h"

#include <stdbool.h>
#include <time.h>

#define LATE_MS UINT64_C(86400000)

static bool is_business(const struct tm *day)
{
	return day->tm_wday >= 1 && day->tm_wday <= 5;
}

uint64_t review_due_ms(uint64_t now_ms, unsigned hour)
{
	time_t now = (time_t)(now_ms / 1000);
	struct tm day;

	localtime_r(&now, &day);
	for (unsigned ahead = 0; ahead < 8; ahead++) {
		struct tm due = day;
		due.tm_mday += (int)ahead;
		due.tm_hour = (int)hour;
		due.tm_min = due.tm_sec = 0;
		due.tm_isdst = -1;
		time_t at = mktime(&due);
		if (at > now && is_business(&due))
			return (uint64_t)at * 1000;
	}
	return review_late_ms(now_ms);
}

uint64_t review_late_ms(uint64_t now_ms)
{
	return now_ms + LATE_MS;
}
