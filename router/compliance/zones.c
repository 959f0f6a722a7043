#include "router/compliance/zones.h"

#include "config/memory.h"
#include "router/compliance/zones_data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DIGITS_MAX 15
#define NAME_MAX_OCTETS 64
#define FOLDER "/usr/share/zoneinfo"

static const struct zones_row *row_of(const char *prefix)
{
	size_t low = 0, high = zones_rows_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(prefix, zones_rows[middle].prefix);
		if (order == 0)
			return &zones_rows[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

size_t zones_of(const char *number, const char *zones[ZONES_MAX])
{
	char digits[DIGITS_MAX + 1];
	const struct zones_row *row = NULL;
	size_t count = 0;

	if (number[0] != '+')
		return 0;
	snprintf(digits, sizeof(digits), "%s", number + 1);
	for (size_t length = strlen(digits); length > 0 && !row; length--) {
		digits[length] = '\0';
		row = row_of(digits);
	}
	for (size_t i = row ? zones_starts[row->list] : 0;
	     row && i < zones_starts[row->list + 1] && count < ZONES_MAX; i++)
		zones[count++] = zones_names[zones_members[i]];
	return count;
}

const char *zones_version(void)
{
	return zones_source;
}

int zones_in(const char *zone, void (*read)(void *context), void *context)
{
	char path[sizeof(FOLDER) + NAME_MAX_OCTETS + 1], name[NAME_MAX_OCTETS + 1];

	if (!*zone) {
		read(context);
		return 0;
	}
	if (strlen(zone) >= NAME_MAX_OCTETS)
		return -ENOENT;
	snprintf(path, sizeof(path), FOLDER "/%s", zone);
	if (access(path, R_OK) != 0)
		return -ENOENT;
	const char *before = getenv("TZ");
	char *kept = before ? memory_text(before) : NULL;
	snprintf(name, sizeof(name), ":%s", zone);
	setenv("TZ", name, 1);
	tzset();
	read(context);
	if (kept)
		setenv("TZ", kept, 1);
	else
		unsetenv("TZ");
	tzset();
	free(kept);
	return 0;
}
