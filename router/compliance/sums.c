#include "router/compliance/sums.h"

#include <stdlib.h>
#include <string.h>

#include "config/memory.h"

#define PLACES_LEAST 256

void sums_init(struct sums *sums)
{
	*sums = (struct sums){.places_count = PLACES_LEAST};
	sums->places = memory_array(sums->places_count, sizeof(*sums->places));
}

void sums_finish(struct sums *sums)
{
	for (size_t i = 0; i < sums->count; i++)
		free(sums->rows[i].text);
	free(sums->rows);
	free(sums->places);
	*sums = (struct sums){0};
}

/* FNV-1a. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	return hash;
}

/* Where it stands, or would. */
static uint32_t *place_of(const struct sums *sums, const char *text)
{
	size_t at = hash_of(text) & (sums->places_count - 1);

	while (sums->places[at] && strcmp(sums->rows[sums->places[at] - 1].text, text) != 0)
		at = (at + 1) & (sums->places_count - 1);
	return &sums->places[at];
}

static void grow(struct sums *sums)
{
	free(sums->places);
	sums->places_count *= 2;
	sums->places = memory_array(sums->places_count, sizeof(*sums->places));
	for (size_t i = 0; i < sums->count; i++)
		*place_of(sums, sums->rows[i].text) = (uint32_t)i + 1;
}

bool sums_add(struct sums *sums, const char *text, uint64_t by)
{
	uint32_t *place = place_of(sums, text);

	if (*place) {
		sums->rows[*place - 1].sum += by;
		return true;
	}
	if (sums->count == SUMS_MAX)
		return false;
	if (sums->count == sums->room) {
		sums->room = sums->room ? sums->room * 2 : 64;
		sums->rows = memory_resize(sums->rows, sums->room, sizeof(*sums->rows));
	}
	sums->rows[sums->count++] = (struct sums_row){memory_text(text), by};
	*place = (uint32_t)sums->count;
	if (sums->count * 2 > sums->places_count)
		grow(sums);
	return true;
}

uint64_t sums_of(const struct sums *sums, const char *text)
{
	uint32_t place = *place_of(sums, text);

	return place ? sums->rows[place - 1].sum : 0;
}

static int by_text(const void *left, const void *right)
{
	return strcmp(((const struct sums_row *)left)->text,
		      ((const struct sums_row *)right)->text);
}

void sums_sort(struct sums *sums)
{
	if (sums->count)
		qsort(sums->rows, sums->count, sizeof(*sums->rows), by_text);
	memset(sums->places, 0, sums->places_count * sizeof(*sums->places));
	for (size_t i = 0; i < sums->count; i++)
		*place_of(sums, sums->rows[i].text) = (uint32_t)i + 1;
}
