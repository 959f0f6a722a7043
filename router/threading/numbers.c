#include "router/threading/numbers.h"

#include "config/memory.h"
#include "router/compliance/suppression.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The wrap-up codes of a queue, NULL-terminated; all of it owned. Those that were replaced stay for
 * whoever still looks at them: people change codes now and then, not thousands of times. */
struct queue {
	char *name;
	const char **codes;
	char *text; /* into which `codes` point */
	struct queue *former;
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

/* Takes `text`, a code a line. */
static struct queue queue_of(const char *name, char *text)
{
	struct queue queue = {.name = memory_text(name), .text = text};
	size_t count = 0;

	for (const char *at = text; *at; at++)
		count += *at == '\n';
	queue.codes = memory_array(count + 2, sizeof(*queue.codes));
	count = 0;
	for (char *at = text; *at;) {
		size_t length = strcspn(at, "\n");
		bool more = at[length];
		at[length] = '\0';
		queue.codes[count++] = at;
		at += length + more;
	}
	return queue;
}

static void queue_finish(struct queue *queue)
{
	if (queue->former)
		queue_finish(queue->former);
	free(queue->former);
	free(queue->name);
	free(queue->codes);
	free(queue->text);
}

/* Where the queue stands, or would. */
static size_t place_of(const struct numbers *numbers, struct span name)
{
	size_t low = 0, high = numbers->queues_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_texts(name, numbers->queues[middle].name) <= 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static struct queue *find_queue(const struct numbers *numbers, struct span name)
{
	size_t at = place_of(numbers, name);

	if (at == numbers->queues_count || compare_texts(name, numbers->queues[at].name) != 0)
		return NULL;
	return &numbers->queues[at];
}

void numbers_put_codes(struct numbers *numbers, const char *name, const char *lines)
{
	struct span span = {(const uint8_t *)name, strlen(name)};
	struct queue *queue = find_queue(numbers, span);
	struct queue made = queue_of(name, memory_text(lines));

	if (queue) {
		made.former = memory_array(1, sizeof(*made.former));
		*made.former = *queue;
		*queue = made;
		return;
	}
	size_t at = place_of(numbers, span);
	numbers->queues =
		memory_resize(numbers->queues, numbers->queues_count + 1, sizeof(*numbers->queues));
	memmove(numbers->queues + at + 1, numbers->queues + at,
		(numbers->queues_count - at) * sizeof(*numbers->queues));
	numbers->queues[at] = made;
	numbers->queues_count++;
}

struct numbers *numbers_create(const struct settings *settings)
{
	struct numbers *numbers = memory_array(1, sizeof(*numbers));

	for (size_t i = 0; i < settings->queues_count; i++) {
		const struct settings_queue *queue = &settings->queues[i];
		char *lines = settings_join(queue->wrap_up_codes, queue->wrap_up_codes_count, '\n');
		numbers_put_codes(numbers, queue->name, lines);
		free(lines);
	}
	numbers->count = settings->numbers_count;
	numbers->sorted = memory_array(numbers->count + 1, sizeof(*numbers->sorted));
	for (size_t i = 0; i < numbers->count; i++) {
		const struct settings_number *number = &settings->numbers[i];
		struct number *entry = &numbers->sorted[i];
		enum settings_scope kind = SETTINGS_SCOPE_NUMBER;

		entry->number = number;
		entry->carrier = settings_carrier(settings, number->carrier);
		entry->queue = number->queue;
		entry->preferred = "";
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
	for (size_t i = 0; i < numbers->count; i++) {
		free(numbers->sorted[i].skills);
		free(numbers->sorted[i].stranded);
		free(numbers->sorted[i].routed[0]);
		free(numbers->sorted[i].routed[1]);
	}
	for (size_t i = 0; i < numbers->queues_count; i++)
		queue_finish(&numbers->queues[i]);
	free(numbers->queues);
	free(numbers->sorted);
	free(numbers);
}

static struct number *find(const struct numbers *numbers, struct span address)
{
	size_t low = 0, high = numbers->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct number *number = &numbers->sorted[middle];
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

const struct number *numbers_find(const struct numbers *numbers, struct span address)
{
	return find(numbers, address);
}

#define STRANDED_MAX 256

/* The number goes by that carrier, or by none and can say which one it had. */
static void put_carrier(struct number *number, const struct settings_carrier *carrier)
{
	char text[STRANDED_MAX];

	if (!carrier && number->carrier) {
		snprintf(text, sizeof(text),
			 "The carrier %s, which %s had, is not in the configuration any more, and "
			 "it has no other.",
			 number->carrier->name, number->number->address);
		free(number->stranded);
		number->stranded = memory_text(text);
	}
	number->carrier = carrier;
}

unsigned numbers_put_carriers(struct numbers *numbers, const struct settings *settings)
{
	const struct settings_carrier **carriers =
		memory_array(numbers->count + 1, sizeof(struct settings_carrier *));
	unsigned strangers = 0;

	for (size_t i = 0; i < settings->numbers_count; i++) {
		const struct settings_number *read = &settings->numbers[i];
		const struct number *number = find(numbers, span_text(read->address));
		if (number)
			carriers[number - numbers->sorted] =
				settings_carrier(settings, read->carrier);
		else
			strangers++;
	}
	for (size_t i = 0; i < numbers->count; i++)
		put_carrier(&numbers->sorted[i], carriers[i]);
	free(carriers);
	return strangers;
}

void numbers_put_route(struct numbers *numbers, const char *address, const char *queue,
		       const char *preferred, uint64_t preferred_wait_ms)
{
	struct number *number = find(numbers, span_text(address));

	if (!number)
		return;
	char *routed[] = {queue ? memory_text(queue) : NULL, memory_text(preferred)};
	free(number->routed[0]);
	free(number->routed[1]);
	memcpy(number->routed, routed, sizeof(routed));
	number->queue = queue ? routed[0] : number->number->queue;
	number->preferred = routed[1];
	number->preferred_wait_ms = preferred_wait_ms;
}

const struct number *numbers_of_queue(const struct numbers *numbers, struct span queue)
{
	for (size_t i = 0; i < numbers->count; i++) {
		if (compare_texts(queue, numbers->sorted[i].queue) == 0)
			return &numbers->sorted[i];
	}
	return NULL;
}

const char *const *numbers_wrapup_codes(const struct numbers *numbers, struct span queue)
{
	static const char *const none[] = {NULL};
	const struct queue *found = find_queue(numbers, queue);

	return found ? (const char *const *)found->codes : none;
}

/* Is the scope one of those that stand there, with a `|` between or before each? */
static bool is_among(const char *list, struct span scope)
{
	for (const char *at = list; *at;) {
		size_t length = strcspn(at, "|");
		if (length == scope.length && memcmp(at, scope.at, length) == 0)
			return true;
		at += length + (at[length] == '|');
	}
	return false;
}

bool numbers_covers(const struct number *number, struct span scope)
{
	return is_among(number ? number->scopes : "all", scope);
}

static bool append(char *list, size_t capacity, const char *scope)
{
	size_t length = strlen(list);

	if (strlen(scope) + 2 > capacity - length)
		return false;
	snprintf(list + length, capacity - length, "|%s", scope);
	return true;
}

static bool add_lost(struct number *number, const char *scope)
{
	size_t before = strlen(number->lost);

	if (strncmp(scope, "c:", 2) == 0)
		return is_among(number->lost_categories, span_text(scope)) ||
		       append(number->lost_categories, sizeof(number->lost_categories), scope);
	if (numbers_covers(number, span_text(scope)))
		return true;
	if (!append(number->lost, sizeof(number->lost), scope))
		return false;
	if (append(number->scopes, sizeof(number->scopes), scope))
		return true;
	number->lost[before] = '\0';
	return false;
}

bool numbers_cover(struct numbers *numbers, const char *scope, const char *address)
{
	const struct number *there = find(numbers, span_text(address));
	bool all = numbers->count > 0;

	for (size_t i = 0; i < numbers->count; i++) {
		struct number *number = &numbers->sorted[i];
		if (!there || number == there ||
		    (there->programme && number->programme == there->programme))
			all = add_lost(number, scope) && all;
	}
	return all;
}

static void add_category(const struct number *number, const struct settings_category *category,
			 char out[NUMBERS_MESSAGE_MAX])
{
	char scope[NUMBERS_CATEGORY_MAX];

	suppression_category(number->programme->name, category->name, scope, sizeof(scope));
	append(out, NUMBERS_MESSAGE_MAX, scope);
}

void numbers_message_scopes(const struct number *number, const struct settings_category *category,
			    char out[NUMBERS_MESSAGE_MAX])
{
	const struct settings_programme *programme = number->programme;
	bool any = !category && programme && programme->without_category == SETTINGS_WITHOUT_ANY;
	bool marketing = category ? category->marketing : any;

	snprintf(out, NUMBERS_MESSAGE_MAX, "%s%s", number->scopes,
		 marketing ? number->lost_categories : "");
	if (category)
		add_category(number, category, out);
	for (size_t i = 0; any && i < programme->categories_count; i++)
		add_category(number, &programme->categories[i], out);
}
