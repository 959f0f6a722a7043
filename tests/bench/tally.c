#include "tests/bench/tally.h"

#include <stdlib.h>
#include <string.h>

static void *array(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		abort();
	return memory;
}

void tally_init(struct tally *tally, uint32_t capacity, uint32_t conversations)
{
	*tally = (struct tally){.capacity = capacity, .conversations = conversations};
	tally->sent = array(capacity, sizeof(*tally->sent));
	tally->conversation = array(capacity, sizeof(*tally->conversation));
	tally->newest = array(conversations, sizeof(*tally->newest));
	for (int mark = 0; mark < TALLY_MARKS; mark++)
		tally->marks[mark].at = array(capacity, sizeof(uint64_t));
}

void tally_finish(struct tally *tally)
{
	free(tally->sent);
	free(tally->conversation);
	free(tally->newest);
	for (int mark = 0; mark < TALLY_MARKS; mark++)
		free(tally->marks[mark].at);
}

void tally_begin(struct tally *tally)
{
	for (int mark = 0; mark < TALLY_MARKS; mark++) {
		struct tally_count *count = &tally->marks[mark];
		memset(count->at, 0, tally->count * sizeof(*count->at));
		count->count = count->duplicates = 0;
		count->last = 0;
	}
	memset(tally->newest, 0, tally->conversations * sizeof(*tally->newest));
	tally->base += tally->count;
	tally->count = tally->strays = tally->disordered = 0;
}

bool tally_full(const struct tally *tally)
{
	return tally->count == tally->capacity;
}

uint32_t tally_send(struct tally *tally, uint32_t conversation, uint64_t at)
{
	uint32_t index = tally->count++;

	tally->sent[index] = at;
	tally->conversation[index] = conversation;
	return tally->base + index;
}

uint32_t tally_conversation(const struct tally *tally, uint32_t sequence)
{
	uint32_t index = sequence - tally->base;

	return index < tally->count ? tally->conversation[index] : UINT32_MAX;
}

bool tally_note(struct tally *tally, enum tally_mark mark, uint32_t sequence, uint64_t at)
{
	struct tally_count *count = &tally->marks[mark];
	uint32_t index = sequence - tally->base;

	if (index >= tally->count) {
		tally->strays++;
		return false;
	}
	if (count->at[index]) {
		count->duplicates++;
		return false;
	}
	count->at[index] = at;
	count->count++;
	count->last = at;
	if (mark == TALLY_SEEN) {
		uint32_t *newest = &tally->newest[tally->conversation[index]];
		tally->disordered += sequence + 1 < *newest;
		*newest = sequence + 1;
	}
	return true;
}

static int compare(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

struct tally_latency tally_latency(const struct tally *tally, enum tally_mark mark)
{
	const struct tally_count *count = &tally->marks[mark];
	struct tally_latency latency = {0};
	uint32_t *all, found = 0;

	if (count->count == 0)
		return latency;
	all = array(count->count, sizeof(*all));
	for (uint32_t i = 0; i < tally->count; i++) {
		uint64_t at = count->at[i];
		if (at)
			all[found++] =
				at > tally->sent[i] ? (uint32_t)((at - tally->sent[i]) / 1000) : 0;
	}
	qsort(all, found, sizeof(*all), compare);
	latency.p50_us = all[(uint64_t)found * 50 / 100];
	latency.p90_us = all[(uint64_t)found * 90 / 100];
	latency.p99_us = all[(uint64_t)found * 99 / 100];
	latency.max_us = all[found - 1];
	free(all);
	return latency;
}
