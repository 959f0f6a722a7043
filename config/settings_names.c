#include "config/settings_names.h"

#include <stdlib.h>
#include <string.h>

#include "config/memory.h"

const char *settings_names_of(const void *element)
{
	const char *name;

	memcpy(&name, element, sizeof(name));
	return name;
}

/* The later in the file is the one to blame. */
static int order(const void *a, const void *b)
{
	const void *one = *(const void *const *)a, *other = *(const void *const *)b;
	int result = strcmp(settings_names_of(one), settings_names_of(other));

	return result ? result : (one > other) - (one < other);
}

static struct settings_names sort(const void *list, size_t size, size_t count)
{
	struct settings_names names = {memory_array(count, sizeof(*names.all)), count};

	for (size_t i = 0; i < count; i++)
		names.all[i] = (const char *)list + i * size;
	qsort(names.all, count, sizeof(*names.all), order);
	return names;
}

void settings_names_sort(struct settings *settings)
{
	settings->carrier_names =
		sort(settings->carriers, sizeof(*settings->carriers), settings->carriers_count);
	settings->number_names =
		sort(settings->numbers, sizeof(*settings->numbers), settings->numbers_count);
	settings->programme_names = sort(settings->programmes, sizeof(*settings->programmes),
					 settings->programmes_count);
	settings->queue_names =
		sort(settings->queues, sizeof(*settings->queues), settings->queues_count);
}

void settings_names_free(struct settings *settings)
{
	free(settings->carrier_names.all);
	free(settings->number_names.all);
	free(settings->programme_names.all);
	free(settings->queue_names.all);
}

const void *settings_names_find(const struct settings_names *names, const char *name)
{
	size_t low = 0, high = names->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(settings_names_of(names->all[middle]), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == names->count || strcmp(settings_names_of(names->all[low]), name) != 0)
		return NULL;
	return names->all[low];
}
