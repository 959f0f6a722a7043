#include "router/supervise/board_internal.h"

#include <string.h>

static unsigned ring_of(const struct board_place_entry *entry, uint64_t now_ms)
{
	const struct board_queue_facts *facts = &entry->line->facts;
	uint64_t end_ms = entry->entered_ms;

	for (unsigned ring = 0; ring < facts->ring_count; ring++) {
		end_ms += facts->ring_ms[ring];
		if (now_ms < end_ms)
			return ring;
	}
	return facts->ring_count;
}

static void count_agent(unsigned counts[BOARD_ROUTINGS], const struct board_worker *worker)
{
	if (worker->facts.connections > 0)
		counts[worker->facts.routing]++;
}

static void count_waiting(const struct board_line *line, uint64_t now_ms,
			  struct board_queue_row *row)
{
	uint64_t most_ms = (uint64_t)line->facts.service_level_s * 1000;

	for (size_t i = 1; i <= line->waiting.count; i++) {
		const struct board_place_entry *entry =
			BOARD_OWNER(line->waiting.nodes[i], board_place_entry, age);
		row->waiting += entry->state == BOARD_WAITING;
		row->alerting += entry->state == BOARD_ALERTING;
		row->late += now_ms > entry->entered_ms + most_ms;
	}
	const struct heap_node *first = heap_first(&line->waiting);
	row->oldest_ms = first ? first->score : 0;
}

static void look_at_queue(struct board *board, struct board_line *line,
			  const unsigned everybody[BOARD_ROUTINGS], uint64_t now_ms)
{
	struct board_queue_row row;

	memset(&row, 0, sizeof(row)); /* it is compared as octets */
	row.id = line->name;
	row.version = line->row.version;
	row.connected = line->connected;
	row.parked = line->parked;
	row.members = line->seat_count;
	row.service_level_s = line->facts.service_level_s;
	row.service_level_pct = line->facts.service_level_pct;
	row.day = line->book.day;
	count_waiting(line, now_ms, &row);
	for (const struct board_seat *seat = line->seats; seat; seat = seat->next)
		count_agent(row.agents, seat->worker);
	if (line->seat_count == 0 && !line->facts.members_only)
		memcpy(row.agents, everybody, sizeof(row.agents));
	if (row.version > 0 && memcmp(&row, &line->row, sizeof(row)) == 0)
		return;
	row.version = board->version + 1;
	memcpy(&line->row, &row, sizeof(row));
}

static bool same_agent(const struct board_agent_row *row, const struct board_worker *worker)
{
	const struct board_agent_facts *a = &row->facts, *b = &worker->facts;

	return row->version > 0 && a->routing == b->routing &&
	       a->routing_since_ms == b->routing_since_ms && a->load == b->load &&
	       a->capacity == b->capacity && a->connections == b->connections &&
	       a->after_call == b->after_call &&
	       row->presence_since_ms == worker->presence_since_ms;
}

static void look_at_agent(struct board *board, struct board_worker *worker)
{
	if (same_agent(&worker->row, worker))
		return;
	worker->row = (struct board_agent_row){
		.id = worker->name,
		.presence = worker->presence,
		.presence_since_ms = worker->presence_since_ms,
		.facts = worker->facts,
		.version = board->version + 1,
	};
}

uint64_t board_look(struct board *board, uint64_t now_ms)
{
	unsigned everybody[BOARD_ROUTINGS] = {0};

	for (struct board_worker *worker = board->first_worker; worker; worker = worker->next) {
		count_agent(everybody, worker);
		if (worker->known)
			look_at_agent(board, worker);
	}
	for (struct board_line *line = board->first_line; line; line = line->next)
		look_at_queue(board, line, everybody, now_ms);
	return ++board->version;
}

void board_queues(const struct board *board, uint64_t after, board_each_queue *each, void *context)
{
	for (const struct board_line *line = board->first_line; line; line = line->next) {
		if (line->row.version > after)
			each(&line->row, context);
	}
}

void board_agents(const struct board *board, uint64_t after, board_each_agent *each, void *context)
{
	for (const struct board_worker *worker = board->first_worker; worker;
	     worker = worker->next) {
		if (worker->row.version > after)
			each(&worker->row, context);
	}
}

static struct board_entry_row row_of(const struct board_place_entry *entry, uint64_t now_ms)
{
	return (struct board_entry_row){
		.id = entry->id,
		.queue = entry->line->name,
		.agent = entry->worker ? entry->worker->name : "",
		.customer = entry->customer,
		.ours = entry->ours,
		.skills = entry->skills ? entry->skills : "",
		.kind = entry->kind,
		.since_ms = entry->since_ms,
		.entered_ms = entry->entered_ms,
		.priority = entry->priority,
		.ring = ring_of(entry, now_ms),
		.state = entry->state,
	};
}

/* A point of priority is a minute of waiting. */
static int64_t score_of(const struct board_place_entry *entry)
{
	return (int64_t)entry->since_ms - (int64_t)entry->priority * 60000;
}

static bool is_before(const struct board_place_entry *a, const struct board_place_entry *b)
{
	int64_t left = score_of(a), right = score_of(b);

	return left != right ? left < right : strcmp(a->id, b->id) < 0;
}

/* The first BOARD_LIST_MAX of all, in their order; most are behind the last that was kept. */
static unsigned choose(const struct heap *waiting, const struct board_place_entry **kept)
{
	unsigned count = 0;

	for (size_t i = 1; i <= waiting->count; i++) {
		const struct board_place_entry *entry =
			BOARD_OWNER(waiting->nodes[i], board_place_entry, age);
		unsigned at = count < BOARD_LIST_MAX ? count++ : count;
		if (at == BOARD_LIST_MAX && !is_before(entry, kept[--at]))
			continue;
		for (; at > 0 && is_before(entry, kept[at - 1]); at--)
			kept[at] = kept[at - 1];
		kept[at] = entry;
	}
	return count;
}

unsigned board_waiting(struct board *board, const char *queue, uint64_t now_ms,
		       board_each_entry *each, void *context)
{
	const struct board_place_entry *kept[BOARD_LIST_MAX];
	const struct board_line *line = board_find(&board->lines, queue);
	unsigned count = line ? choose(&line->waiting, kept) : 0;

	for (unsigned i = 0; i < count; i++) {
		struct board_entry_row row = row_of(kept[i], now_ms);
		each(&row, context);
	}
	return line ? (unsigned)line->waiting.count : 0;
}

unsigned board_held(struct board *board, const char *agent, uint64_t now_ms, board_each_entry *each,
		    void *context)
{
	const struct board_worker *worker = board_find(&board->workers, agent);
	unsigned count = 0;

	for (const struct board_place_entry *entry = worker ? worker->first : NULL; entry;
	     entry = entry->next) {
		struct board_entry_row row = row_of(entry, now_ms);
		if (count++ < BOARD_LIST_MAX)
			each(&row, context);
	}
	return count;
}

bool board_entry(struct board *board, const char *conversation, uint64_t now_ms,
		 struct board_entry_row *row)
{
	const struct board_place_entry *entry = board_find(&board->entries, conversation);

	if (entry)
		*row = row_of(entry, now_ms);
	return entry != NULL;
}
