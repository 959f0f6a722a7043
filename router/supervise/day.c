#include "router/supervise/day.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

char *day_date(uint64_t now_ms, char out[DAY_DATE_MAX])
{
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm local = {0};

	localtime_r(&seconds, &local);
	strftime(out, DAY_DATE_MAX, "%Y-%m-%d", &local);
	return out;
}

char *day_format(const struct day *day, const char *date, char out[DAY_TEXT_MAX])
{
	snprintf(out, DAY_TEXT_MAX,
		 "%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, date,
		 day->offered, day->answered, day->abandoned, day->moved, day->in_time,
		 day->wait_ms);
	return out;
}

struct day day_parse(struct span text, const char *date)
{
	char copy[DAY_TEXT_MAX], of[DAY_DATE_MAX];
	struct day day;

	if (text.length == 0 || text.length >= sizeof(copy))
		return (struct day){0};
	memcpy(copy, text.at, text.length);
	copy[text.length] = '\0';
	int found = sscanf(
		copy, "%10s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
		of, &day.offered, &day.answered, &day.abandoned, &day.moved, &day.in_time,
		&day.wait_ms);
	if (found != 7 || strcmp(of, date) != 0)
		return (struct day){0};
	return day;
}

struct day day_since(const struct day *day, const struct day *before)
{
	return (struct day){
		.offered = day->offered - before->offered,
		.answered = day->answered - before->answered,
		.abandoned = day->abandoned - before->abandoned,
		.moved = day->moved - before->moved,
		.in_time = day->in_time - before->in_time,
		.wait_ms = day->wait_ms - before->wait_ms,
	};
}

bool day_is_empty(const struct day *day)
{
	return !day->offered && !day->answered && !day->abandoned && !day->moved;
}
