#include "router/door/counters.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"

#define LINE_MAX_OCTETS 256

static const struct {
	const char *name, *kind, *help;
	size_t offset;
} table[] = {
#define COUNTERS_ROW(name, kind, help) {#name, #kind, help, offsetof(struct counters, name)},
	COUNTERS(COUNTERS_ROW)};
#define TABLE_COUNT (sizeof(table) / sizeof(table[0]))

char *counters_text(const struct counters *counters, const char *before)
{
	size_t length = before ? strlen(before) : 0;
	size_t capacity = length + TABLE_COUNT * 3 * LINE_MAX_OCTETS;
	char *text = memory_array(capacity, 1);

	snprintf(text, capacity, "%s", before ? before : "");
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		uint64_t value;
		memcpy(&value, (const char *)counters + table[i].offset, sizeof(value));
		int wrote = snprintf(text + length, capacity - length,
				     "# HELP bindery_door_%s %s\n# TYPE bindery_door_%s %s\n"
				     "bindery_door_%s %" PRIu64 "\n",
				     table[i].name, table[i].help, table[i].name, table[i].kind,
				     table[i].name, value);
		if (wrote > 0)
			length += (size_t)wrote;
	}
	return text;
}
