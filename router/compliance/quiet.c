#include "router/compliance/quiet.h"

#include "router/compliance/zones.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEP_MIN 15u /* every zone is a multiple of it from UTC */
#define DAYS_MAX 31u
#define WEEK_MS (UINT64_C(7) * 86400000)
#define STEPS_MAX (DAYS_MAX * 24u * 60u / STEP_MIN)
#define SAFE                                                                                       \
	{                                                                                          \
		9, 20, 12, 20                                                                      \
	}

/* Hours of the day, 0..24, in which messages may be sent. */
struct hours {
	unsigned from, to, sunday_from, sunday_to;
};

/* 47 CFR 64.1200(c)(1); Fla. Stat. 501.616, 15 O.S. 775C.3, ORS 646.563; Tex. Bus. & Com. Code
 * 301.051. Safe is what is within all of them. */
static const struct hours presets[] = {
	[SETTINGS_HOURS_FEDERAL] = {8, 21, 8, 21}, [SETTINGS_HOURS_FL] = {8, 20, 8, 20},
	[SETTINGS_HOURS_OK] = {8, 20, 8, 20},	   [SETTINGS_HOURS_OR] = {8, 20, 8, 20},
	[SETTINGS_HOURS_TX] = {9, 21, 12, 21},	   [SETTINGS_HOURS_SAFE] = SAFE,
};

struct looking {
	struct hours hours;
	uint64_t first_min; /* of the first step */
	uint64_t now_min;   /* in it; no window begins before */
	unsigned steps;
	bool closed[STEPS_MAX];
};

static void close_hours(void *context)
{
	struct looking *looking = context;

	for (unsigned i = 0; i < looking->steps; i++) {
		time_t at = (time_t)((looking->first_min + (uint64_t)i * STEP_MIN) * 60);
		struct tm there;
		localtime_r(&at, &there);
		bool sunday = there.tm_wday == 0;
		unsigned minute = (unsigned)(there.tm_hour * 60 + there.tm_min);
		unsigned from = sunday ? looking->hours.sunday_from : looking->hours.from;
		unsigned to = sunday ? looking->hours.sunday_to : looking->hours.to;
		if (minute < from * 60 || minute >= to * 60)
			looking->closed[i] = true;
	}
}

static void look(struct looking *looking, const char *number)
{
	const char *zones[ZONES_MAX];
	size_t count = zones_of(number, zones);

	if (count == 0)
		zones[count++] = "";
	for (size_t i = 0; i < count; i++) {
		/* Where it is not known what time it is there, none is right. */
		if (zones_in(zones[i], close_hours, looking) != 0)
			memset(looking->closed, true, sizeof(looking->closed));
	}
}

/* The rows of open steps as text; how many there are. */
static unsigned write_windows(const struct looking *looking, char out[QUIET_TEXT_MAX])
{
	unsigned count = 0;
	size_t length = 0;

	for (unsigned i = 0, end; i < looking->steps; i = end + 1) {
		for (end = i; end < looking->steps && !looking->closed[end];)
			end++;
		if (end == i)
			continue;
		uint64_t from_min = looking->first_min + (uint64_t)i * STEP_MIN;
		if (from_min < looking->now_min)
			from_min = looking->now_min;
		length += (size_t)snprintf(out + length, QUIET_TEXT_MAX - length,
					   "%s%" PRIu64 "-%" PRIu64, count ? "," : "", from_min,
					   looking->first_min + (uint64_t)end * STEP_MIN);
		count++;
	}
	return count;
}

static void nothing(void *context)
{
	(void)context;
}

bool quiet_check(const struct settings *settings, settings_report *report, void *context)
{
	if (zones_in("Europe/London", nothing, NULL) == 0)
		return true;
	for (size_t i = 0; i < settings->programmes_count; i++) {
		char line[SETTINGS_ERROR_MAX];
		const struct settings_programme *programme = &settings->programmes[i];
		if (programme->hours.preset == SETTINGS_HOURS_NONE)
			continue;
		snprintf(line, sizeof(line),
			 "programme \"%s\": hours need time zones, of which this machine has no "
			 "data (tzdata); allowed without is \"none\"",
			 programme->name);
		report(line, context);
		return false;
	}
	return true;
}

static struct hours hours_of(const struct settings_programme *programme)
{
	if (!programme)
		return (struct hours)SAFE;
	const struct settings_hours *own = &programme->hours;
	if (own->preset == SETTINGS_HOURS_OWN)
		return (struct hours){own->from, own->to, own->sunday_from, own->sunday_to};
	return presets[own->preset];
}

enum quiet quiet_windows(const char *number, const struct settings_programme *programme,
			 uint64_t now_ms, uint64_t until_ms, char out[QUIET_TEXT_MAX])
{
	struct looking looking = {.first_min = now_ms / 60000 / STEP_MIN * STEP_MIN,
				  .now_min = now_ms / 60000};

	out[0] = '\0';
	if (programme && programme->hours.preset == SETTINGS_HOURS_NONE)
		return QUIET_NONE;
	uint64_t until_min = until_ms / 60000;
	if (until_min <= looking.first_min)
		return QUIET_NEVER;
	uint64_t steps = (until_min - looking.first_min + STEP_MIN - 1) / STEP_MIN;
	looking.steps = (unsigned)(steps < STEPS_MAX ? steps : STEPS_MAX);
	looking.hours = hours_of(programme);
	look(&looking, number);
	return write_windows(&looking, out) ? QUIET_WINDOWS : QUIET_NEVER;
}

bool quiet_is_open(const char *number, const struct settings_programme *programme, uint64_t now_ms,
		   uint64_t *opens_ms)
{
	char windows[QUIET_TEXT_MAX];

	*opens_ms = 0;
	switch (quiet_windows(number, programme, now_ms, now_ms + WEEK_MS, windows)) {
	case QUIET_NONE:
		return true;
	case QUIET_NEVER:
		return false;
	case QUIET_WINDOWS:
		break;
	}
	*opens_ms = strtoull(windows, NULL, 10) * 60000;
	return *opens_ms <= now_ms;
}
