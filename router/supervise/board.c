/* What is on the floor; board_look.c has what is shown of it. */
#include "router/supervise/board_internal.h"

#include "config/memory.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#define SERVICE_LEVEL_S 20 /* of a queue of which nothing was told */
#define SERVICE_LEVEL_PCT 80

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void copy(char *out, size_t capacity, const char *text)
{
	size_t length = strlen(text);

	if (length >= capacity)
		length = capacity - 1;
	memcpy(out, text, length);
	out[length] = '\0';
}

void *board_find(void *const *tree, const char *name)
{
	char key[FLOOR_NAME_MAX + 1];

	copy(key, sizeof(key), name);
	void *const *found = tfind(key, tree, compare);
	return found ? *found : NULL;
}

/* One that is not there yet. */
static void *add(void **tree, const char *name, size_t size)
{
	char *fresh = memory_array(1, size);

	copy(fresh, FLOOR_NAME_MAX + 1, name);
	if (!tsearch(fresh, tree, compare))
		abort();
	return fresh;
}

struct board_line *board_line_of(struct board *board, const char *queue)
{
	struct board_line *line = board_find(&board->lines, queue);

	if (line)
		return line;
	line = add(&board->lines, queue, sizeof(*line));
	line->facts.service_level_s = SERVICE_LEVEL_S;
	line->facts.service_level_pct = SERVICE_LEVEL_PCT;
	heap_init(&line->waiting);
	line->next = board->first_line;
	board->first_line = line;
	return line;
}

static struct board_worker *worker_of(struct board *board, const char *agent)
{
	struct board_worker *worker = board_find(&board->workers, agent);

	if (worker)
		return worker;
	worker = add(&board->workers, agent, sizeof(*worker));
	worker->next = board->first_worker;
	board->first_worker = worker;
	return worker;
}

struct board *board_create(void)
{
	return memory_array(1, sizeof(struct board));
}

/* Out of its queue and from its agent. */
static void lift(struct board_place_entry *entry)
{
	struct board_line *line = entry->line;

	if (line) {
		heap_remove(&line->waiting, &entry->age);
		line->connected -= entry->state == BOARD_CONNECTED;
		line->parked -= entry->state == BOARD_PARKED;
		entry->line = NULL;
	}
	if (entry->worker) {
		*entry->link = entry->next;
		if (entry->next)
			entry->next->link = entry->link;
		entry->worker = NULL;
	}
}

static void free_entry(void *pointer)
{
	struct board_place_entry *entry = pointer;

	lift(entry);
	free(entry->skills);
	free(entry);
}

static void free_seats(struct board_line *line)
{
	while (line->seats) {
		struct board_seat *seat = line->seats;
		line->seats = seat->next;
		free(seat);
	}
	line->seat_count = 0;
}

static void free_line(void *pointer)
{
	struct board_line *line = pointer;

	heap_finish(&line->waiting);
	free(line);
}

void board_clear(struct board *board)
{
	tdestroy(board->entries, free_entry);
	board->entries = NULL;
	for (struct board_line *line = board->first_line; line; line = line->next)
		free_seats(line);
	tdestroy(board->workers, free);
	board->workers = NULL;
	board->first_worker = NULL;
}

void board_destroy(struct board **pointer)
{
	struct board *board = *pointer;

	if (!board)
		return;
	*pointer = NULL;
	board_clear(board);
	tdestroy(board->lines, free_line);
	free(board);
}

void board_queue(struct board *board, const char *queue, const struct board_queue_facts *facts)
{
	board_line_of(board, queue)->facts = *facts;
}

void board_member(struct board *board, const char *queue, const char *agent, unsigned ring)
{
	struct board_line *line = board_line_of(board, queue);
	struct board_worker *worker = worker_of(board, agent);
	struct board_seat **link = &line->seats;

	while (*link && (*link)->worker != worker)
		link = &(*link)->next;
	struct board_seat *seat = *link;
	if (ring == 0 && seat) {
		*link = seat->next;
		free(seat);
		line->seat_count--;
	} else if (ring > 0 && !seat) {
		seat = memory_array(1, sizeof(*seat));
		*seat = (struct board_seat){line->seats, worker, ring};
		line->seats = seat;
		line->seat_count++;
	} else if (seat) {
		seat->ring = ring;
	}
}

struct board_book *board_book(struct board *board, const char *queue)
{
	return &board_line_of(board, queue)->book;
}

void board_books(struct board *board, board_each_book *each, void *context)
{
	for (struct board_line *line = board->first_line; line; line = line->next)
		each(&line->row, &line->book, context);
}

uint64_t board_service_level_ms(struct board *board, const char *queue)
{
	return (uint64_t)board_line_of(board, queue)->facts.service_level_s * 1000;
}

void board_agent(struct board *board, const char *agent, const struct board_agent_facts *facts)
{
	struct board_worker *worker = worker_of(board, agent);

	worker->facts = *facts;
	worker->known = true;
}

void board_presence(struct board *board, const char *agent, const char *presence, uint64_t since_ms)
{
	struct board_worker *worker = worker_of(board, agent);

	copy(worker->presence, sizeof(worker->presence), presence);
	worker->presence_since_ms = since_ms;
}

static void set_down(struct board_place_entry *entry, struct board_line *line,
		     struct board_worker *worker)
{
	bool waits = entry->state == BOARD_WAITING || entry->state == BOARD_ALERTING;

	entry->line = line;
	if (waits)
		heap_put(&line->waiting, &entry->age, entry->since_ms);
	line->connected += entry->state == BOARD_CONNECTED;
	line->parked += entry->state == BOARD_PARKED;
	if (!worker)
		return;
	entry->worker = worker;
	entry->link = &worker->first;
	entry->next = worker->first;
	if (entry->next)
		entry->next->link = &entry->next;
	worker->first = entry;
}

void board_put(struct board *board, const char *conversation, const struct board_place *place)
{
	struct board_place_entry *entry = board_find(&board->entries, conversation);

	if (!entry) {
		entry = add(&board->entries, conversation, sizeof(*entry));
		entry->age.tie = entry->id;
	}
	lift(entry);
	copy(entry->customer, sizeof(entry->customer), place->customer);
	copy(entry->ours, sizeof(entry->ours), place->ours);
	copy(entry->kind, sizeof(entry->kind), place->kind);
	free(entry->skills);
	entry->skills = *place->skills ? memory_text(place->skills) : NULL;
	entry->since_ms = place->since_ms;
	entry->entered_ms = place->entered_ms;
	entry->priority = place->priority;
	entry->state = place->state;
	set_down(entry, board_line_of(board, place->queue),
		 *place->agent ? worker_of(board, place->agent) : NULL);
}

void board_leave(struct board *board, const char *conversation)
{
	struct board_place_entry *entry = board_find(&board->entries, conversation);

	if (!entry)
		return;
	tdelete(entry->id, &board->entries, compare);
	free_entry(entry);
}

bool board_has_queue(const struct board *board, const char *queue)
{
	return board_find(&board->lines, queue) != NULL;
}

bool board_has_agent(const struct board *board, const char *agent)
{
	const struct board_worker *worker = board_find(&board->workers, agent);

	return worker && worker->known;
}
