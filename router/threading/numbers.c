#include "router/threading/numbers.h"

#include "config/memory.h"
#include "router/compliance/suppression.h"

#include <stdlib.h>
#include <string.h>

/* The wrap-up codes of a queue, NULL-terminated. */
struct queue {
	const char *name;
	const char **codes;
};

struct numbers {
	size_t count;
	struct number *sorted; /* by address */
	size_t queues_count;
	struct queue *queues; /* by name */
};

static int compare_texts(struct span a, const char *b)
{
	size_t length = strlen(b);
	size_t shared = a.length < length ? a.length : length;
	int order = shared ? memcmp(a.at, b, shared) : 0;

	if (order)
		return order;
	return a.length == length ? 0 : a.length < length ? -1 : 1;
}

static int compare_numbers(const void *left, const void *right)
{
	const struct number *a = left;
	const struct number *b = right;

	return strcmp(a->number->address, b->number->address);
}

static int compare_queues(const void *left, const void *right)
{
	const struct queue *a = left;
	const struct queue *b = right;

	return strcmp(a->name, b->name);
}

static const char **codes_of(const struct settings_queue *queue)
{
	size_t count = queue->wrap_up_codes_count;
	const char **codes = memory_array(count + 1, sizeof(*codes));

	for (size_t i = 0; i < count; i++)
		codes[i] = queue->wrap_up_codes[i];
	return codes;
}

struct numbers *numbers_create(const struct settings *settings)
{
	struct numbers *numbers = memory_array(1, sizeof(*numbers));

	numbers->queues_count = settings->queues_count;
	numbers->queues = memory_array(settings->queues_count + 1, sizeof(*numbers->queues));
	for (size_t i = 0; i < settings->queues_count; i++)
		numbers->queues[i] =
			(struct queue){settings->queues[i].name, codes_of(&settings->queues[i])};
	qsort(numbers->queues, numbers->queues_count, sizeof(*numbers->queues), compare_queues);
	numbers->count = settings->numbers_count;
	numbers->sorted = memory_array(numbers->count + 1, sizeof(*numbers->sorted));
	for (size_t i = 0; i < numbers->count; i++) {
		const struct settings_number *number = &settings->numbers[i];
		struct number *entry = &numbers->sorted[i];
		enum settings_scope kind = SETTINGS_SCOPE_NUMBER;

		entry->number = number;
		entry->carrier = settings_carrier(settings, number->carrier);
		entry->queue = settings_queue(settings, number->queue);
		entry->programme = settings_programme(settings, number->programme);
		entry->skills = settings_join(number->skills, number->skills_count, ',');
		if (entry->programme)
			kind = entry->programme->scope;
		suppression_scope(kind, number->programme, number->address, entry->scope,
				  sizeof(entry->scope));
		suppression_scopes(number->programme, number->address, entry->scopes,
				   sizeof(entry->scopes));
	}
	qsort(numbers->sorted, numbers->count, sizeof(*numbers->sorted), compare_numbers);
	return numbers;
}

void numbers_destroy(struct numbers **pointer)
{
	struct numbers *numbers = *pointer;

	if (!numbers)
		return;
	*pointer = NULL;
	for (size_t i = 0; i < numbers->count; i++)
		free(numbers->sorted[i].skills);
	for (size_t i = 0; i < numbers->queues_count; i++)
		free(numbers->queues[i].codes);
	free(numbers->queues);
	free(numbers->sorted);
	free(numbers);
}

const struct number *numbers_find(const struct numbers *numbers, struct span address)
{
	size_t low = 0, high = numbers->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct number *number = &numbers->sorted[middle];
		int order = compare_texts(address, number->number->address);
		if (order == 0)
			return number;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const char *const *numbers_wrapup_codes(const struct numbers *numbers, struct span queue)
{
	static const char *const none[] = {NULL};
	size_t low = 0, high = numbers->queues_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_texts(queue, numbers->queues[middle].name);
		if (order == 0)
			return (const char *const *)numbers->queues[middle].codes;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return none;
}

bool numbers_covers(const struct number *number, struct span scope)
{
	const char *at = number ? number->scopes : "all";

	while (*at) {
		size_t length = strcspn(at, "|");
		if (length == scope.length && memcmp(at, scope.at, length) == 0)
			return true;
		at += length + (at[length] == '|');
	}
	return false;
}
