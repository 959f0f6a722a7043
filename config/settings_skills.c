#include "config/settings_skills.h"

#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "config/settings.h"

struct names {
	char **all;
	size_t count;
};

static void take(struct names *names, char *const *more, size_t count)
{
	names->all = memory_resize(names->all, names->count + count + 1, sizeof(*names->all));
	if (count)
		memcpy(names->all + names->count, more, count * sizeof(*more));
	names->count += count;
}

static int order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All that are named, as often as they are; names.all is to be freed. */
static struct names read_names(const struct settings *settings)
{
	struct names names = {NULL, 0};

	for (size_t i = 0; i < settings->numbers_count; i++)
		take(&names, settings->numbers[i].skills, settings->numbers[i].skills_count);
	for (size_t i = 0; i < settings->queues_count; i++) {
		const struct settings_queue *queue = &settings->queues[i];
		for (size_t j = 0; j < queue->rings_count; j++)
			take(&names, queue->rings[j].drops, queue->rings[j].drops_count);
	}
	return names;
}

bool settings_has_skill(const struct settings *settings, const char *skill)
{
	struct names names = read_names(settings);
	bool found = false;

	for (size_t i = 0; i < names.count && !found; i++)
		found = strcmp(names.all[i], skill) == 0;
	free(names.all);
	return found;
}

size_t settings_skills(const struct settings *settings)
{
	struct names names = read_names(settings);
	size_t different = 0;

	if (names.count)
		qsort(names.all, names.count, sizeof(*names.all), order);
	for (size_t i = 0; i < names.count; i++)
		different += i == 0 || strcmp(names.all[i], names.all[i - 1]) != 0;
	free(names.all);
	return different;
}
