#include "router/supervise/day.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
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
	char copy[DAY_TEXT_MAX], *end = NULL;
	size_t length = strlen(date);
	struct day day = {0};
	uint64_t *numbers[] = {&day.offered, &day.answered, &day.abandoned,
			       &day.moved,   &day.in_time,  &day.wait_ms};

	if (text.length <= length || text.length >= sizeof(copy))
		return (struct day){0};
	memcpy(copy, text.at, text.length);
	copy[text.length] = '\0';
	if (strncmp(copy, date, length) != 0)
		return (struct day){0};
	const char *at = copy + length;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (at[0] != ' ' || at[1] < '0' || at[1] > '9')
			return (struct day){0};
		*numbers[i] = strtoull(at + 1, &end, 10);
		at = end;
	}
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
