#include "router/compliance/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/memory.h"
#include "router/compliance/zones.h"

#define QUARTER_MS 900000u
#define DAY_QUARTERS 96u
#define DAY_S 86400
#define DEFAULT_DAYS 7

/* What is asked, in the words of the zone. */
struct planning {
	struct report *report;
	const struct report_query *query;
	uint64_t now_ms;
	int error;
};

/* A day as midnight where the clock is set to. */
static bool read_day(const char *text, int more, time_t *at)
{
	struct tm day = {.tm_isdst = -1};
	const char *end = strptime(text, "%Y-%m-%d", &day);

	if (!end || *end || strlen(text) != 10)
		return false;
	day.tm_mday += more;
	*at = mktime(&day);
	return *at > 0;
}

static time_t midnight(time_t at, int more)
{
	struct tm day;

	localtime_r(&at, &day);
	day.tm_hour = day.tm_min = day.tm_sec = 0;
	day.tm_mday += more;
	day.tm_isdst = -1;
	return mktime(&day);
}

static int read_range(const struct planning *planning, time_t *since, time_t *until)
{
	time_t now = (time_t)(planning->now_ms / 1000);
	const char *from = planning->query->since ? planning->query->since : "";
	const char *to = planning->query->until ? planning->query->until : "";
	unsigned most = planning->report->hours ? REPORT_HOURS_DAYS_MAX : REPORT_DAYS_MAX;

	*until = midnight(now, 1);
	if (*to && !read_day(to, 1, until))
		return -EINVAL;
	*since = midnight(*until - 1, 1 - DEFAULT_DAYS);
	if (*from && !read_day(from, 0, since))
		return -EINVAL;
	if (*since >= *until)
		return -EINVAL;
	/* A day of changed clocks is an hour longer. */
	return (*until - *since) / DAY_S > (time_t)most ? -ERANGE : 0;
}

static void plan(void *context)
{
	struct planning *planning = context;
	struct report *report = planning->report;
	time_t since = 0, until = 0;
	struct tm there;

	planning->error = read_range(planning, &since, &until);
	if (planning->error)
		return;
	report->first_quarter = (uint64_t)since * 1000 / QUARTER_MS;
	report->quarters = (size_t)((uint64_t)(until - since) * 1000 / QUARTER_MS);
	report->bucket_of = memory_array(report->quarters, sizeof(*report->bucket_of));
	report->buckets = memory_array(report->quarters, sizeof(*report->buckets));
	for (size_t i = 0; i < report->quarters; i++) {
		time_t at = (time_t)((report->first_quarter + i) * QUARTER_MS / 1000);
		struct report_bucket bucket = {.from_ms = (uint64_t)at * 1000};
		localtime_r(&at, &there);
		strftime(bucket.label, sizeof(bucket.label),
			 report->hours ? "%Y-%m-%d %H:00" : "%Y-%m-%d", &there);
		size_t last = report->buckets_count;
		/* An hour that comes twice when the clocks are changed is shown as one. */
		if (last == 0 || strcmp(report->buckets[last - 1].label, bucket.label) != 0)
			report->buckets[report->buckets_count++] = bucket;
		report->bucket_of[i] = (uint16_t)(report->buckets_count - 1);
	}
}

/* The name of a place in tzdata, and no way out of its folder. */
static bool is_zone(const char *zone)
{
	static const char signs[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_+-/";

	return strlen(zone) < REPORT_ZONE_MAX && strspn(zone, signs) == strlen(zone) &&
	       zone[0] != '/';
}

int report_init(struct report *report, const struct report_query *query, uint64_t now_ms)
{
	struct planning planning = {report, query, now_ms, 0};
	const char *zone = query->zone ? query->zone : "";

	*report = (struct report){.hours = query->hours};
	if (!is_zone(zone))
		return -ENOENT;
	snprintf(report->zone, sizeof(report->zone), "%s", zone);
	if (zones_in(report->zone, plan, &planning) != 0)
		return -ENOENT;
	return planning.error;
}

void report_finish(struct report *report)
{
	free(report->bucket_of);
	free(report->buckets);
	*report = (struct report){0};
}

void report_days(const struct report *report, uint64_t *first, uint64_t *last)
{
	*first = report->first_quarter / DAY_QUARTERS;
	*last = (report->first_quarter + report->quarters - 1) / DAY_QUARTERS;
}

bool report_key(const struct report *report, uint64_t day, const char *field,
		char key[REPORT_KEY_MAX])
{
	char *end;
	uint64_t quarter = day * DAY_QUARTERS + strtoull(field, &end, 10);

	if (end == field || *end != '\t' || quarter < report->first_quarter ||
	    quarter - report->first_quarter >= report->quarters)
		return false;
	snprintf(key, REPORT_KEY_MAX, "%05u%s",
		 (unsigned)report->bucket_of[quarter - report->first_quarter], end);
	return true;
}

size_t report_cell(char *text, char *places[REPORT_PLACES])
{
	char *at = text;

	for (size_t i = 0; i < REPORT_PLACES; i++) {
		char *tab = strchr(at, '\t');
		if (tab)
			*tab++ = '\0';
		at = tab ? tab : at + strlen(at);
		places[i] = at;
	}
	return strtoul(text, NULL, 10);
}
