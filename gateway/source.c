#include "gateway/source.h"

#include <stdlib.h>
#include <string.h>

#include "config/memory.h"

static int source_order(const void *a, const void *b)
{
	const struct source *one = a, *other = b;

	return strcmp(one->address, other->address);
}

/* FNV-1a. */
static uint64_t print_of(const char *address)
{
	uint64_t print = UINT64_C(14695981039346656037);

	for (; *address; address++)
		print = (print ^ (uint8_t)*address) * UINT64_C(1099511628211);
	return print;
}

void sources_init(struct sources *sources, const struct settings *settings, uint64_t now_ms)
{
	sources->count = settings->numbers_count;
	sources->list = memory_array(sources->count, sizeof(*sources->list));
	for (size_t i = 0; i < sources->count; i++) {
		const struct settings_number *number = &settings->numbers[i];
		sources->list[i].address = memory_text(number->address);
		sources->list[i].print = print_of(number->address);
		throttle_init(&sources->list[i].throttle, number->throughput,
			      number->throughput_burst, now_ms);
	}
	qsort(sources->list, sources->count, sizeof(*sources->list), source_order);
}

void sources_change(struct sources *sources, const struct settings *settings, uint64_t now_ms)
{
	struct sources old = *sources;

	sources_init(sources, settings, now_ms);
	for (size_t i = 0; i < sources->count; i++) {
		struct throttle *throttle = &sources->list[i].throttle;
		const struct throttle wanted = *throttle;
		struct source *before = sources_find(&old, span_text(sources->list[i].address));
		if (!before)
			continue;
		*throttle = before->throttle;
		throttle_change(throttle, wanted.rate, wanted.burst, now_ms);
	}
	sources_finish(&old);
}

void sources_finish(struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++)
		free(sources->list[i].address);
	free(sources->list);
	*sources = (struct sources){NULL, 0};
}

/* Below 0, 0 or above it, as strcmp() has it. */
static int compare(struct span address, const char *with)
{
	size_t length = strlen(with);
	size_t shared = address.length < length ? address.length : length;
	int order = shared ? memcmp(address.at, with, shared) : 0;

	if (order)
		return order;
	return address.length == length ? 0 : address.length < length ? -1 : 1;
}

struct source *sources_find(const struct sources *sources, struct span address)
{
	size_t low = 0, high = sources->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(address, sources->list[middle].address);
		if (order == 0)
			return &sources->list[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool source_note(struct source *source, uint64_t pass, unsigned segments)
{
	uint64_t stock = (uint64_t)source->throttle.rate * SOURCE_STOCK_MS / 1000;
	unsigned before;

	if (stock == 0)
		stock = 1;
	if (source->pass != pass) {
		source->pass = pass;
		source->waiting = source->granted = 0;
	}
	before = source->waiting;
	source->waiting += segments;
	return before < stock && source->waiting >= stock;
}
