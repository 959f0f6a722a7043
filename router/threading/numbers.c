#include "router/threading/numbers.h"

#include "config/memory.h"
#include "router/compliance/suppression.h"

#include <stdlib.h>
#include <string.h>

struct numbers {
	size_t count;
	struct number *sorted; /* by address */
};

static int compare_addresses(struct span a, const char *b)
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

static const char **codes_of(const struct settings_queue *queue)
{
	size_t count = queue ? queue->wrap_up_codes_count : 0;
	const char **codes = memory_array(count + 1, sizeof(*codes));

	for (size_t i = 0; i < count; i++)
		codes[i] = queue->wrap_up_codes[i];
	return codes;
}

struct numbers *numbers_create(const struct settings *settings)
{
	struct numbers *numbers = memory_array(1, sizeof(*numbers));

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
		entry->wrapup_codes = codes_of(entry->queue);
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
	for (size_t i = 0; i < numbers->count; i++) {
		free(numbers->sorted[i].wrapup_codes);
		free(numbers->sorted[i].skills);
	}
	free(numbers->sorted);
	free(numbers);
}

const struct number *numbers_find(const struct numbers *numbers, struct span address)
{
	size_t low = 0, high = numbers->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct number *number = &numbers->sorted[middle];
		int order = compare_addresses(address, number->number->address);
		if (order == 0)
			return number;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
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
