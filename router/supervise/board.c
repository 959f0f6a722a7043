#include "router/supervise/board.h"

#include "config/memory.h"
#include "router/routing/named.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

const struct board_level board_usual_level = {.service_level_s = 20, .service_level_pct = 80};

/* Each begins with its name, so that a name finds it. */

struct line {
	char name[FLOOR_NAME_MAX + 1];
	struct line *next; /* of all */
	struct board_level level;
	struct board_queue_row row, fresh;
	bool dropped;  /* it is no queue any more */
	uint64_t gone; /* the version in which it went, 0: it is shown */
};

struct worker {
	char name[FLOOR_NAME_MAX + 1];
	struct worker *next; /* of all */
	char presence[FLOOR_NAME_MAX + 1];
	struct board_agent_row row;
	uint64_t seen; /* the version of the look that found it */
	uint64_t gone; /* as above */
};

struct board {
	void *lines, *workers; /* trees of search.h */
	struct line *first_line;
	struct worker *first_worker;
	uint64_t version, now_ms;
	struct floor *floor; /* during a look */
};

static struct line *line_of(struct board *board, const char *queue)
{
	struct line *line = named_find(&board->lines, queue);

	if (line)
		return line;
	line = named_entry(&board->lines, queue, sizeof(*line));
	line->level = board_usual_level;
	line->next = board->first_line;
	board->first_line = line;
	return line;
}

static struct worker *worker_of(struct board *board, const char *agent)
{
	struct worker *worker = named_find(&board->workers, agent);

	if (worker)
		return worker;
	worker = named_entry(&board->workers, agent, sizeof(*worker));
	worker->next = board->first_worker;
	board->first_worker = worker;
	return worker;
}

struct board *board_create(void)
{
	return memory_array(1, sizeof(struct board));
}

void board_destroy(struct board **pointer)
{
	struct board *board = *pointer;

	if (!board)
		return;
	*pointer = NULL;
	tdestroy(board->lines, free);
	tdestroy(board->workers, free);
	free(board);
}

void board_queue(struct board *board, const char *queue, const struct board_level *level)
{
	struct line *line = line_of(board, queue);

	line->level = *level;
	line->dropped = false;
}

void board_drop_queue(struct board *board, const char *queue)
{
	struct line *only = *queue ? named_find(&board->lines, queue) : NULL;

	if (only)
		only->dropped = true;
	for (struct line *line = board->first_line; line && !*queue; line = line->next)
		line->dropped = true;
}

static void see_queue(const struct floor_queue_view *view, void *context)
{
	struct board *board = context;
	struct line *line = line_of(board, view->name);
	uint64_t promised_ms = (uint64_t)line->level.service_level_s * 1000;
	struct board_queue_row *fresh = &line->fresh;

	fresh->waiting = view->waiting;
	fresh->ringing = view->ringing;
	fresh->members = view->members;
	fresh->oldest_ms = view->oldest_ms;
	memcpy(fresh->agents, view->agents, sizeof(fresh->agents));
	if (view->waiting && board->now_ms > promised_ms)
		fresh->late =
			floor_waiting_before(board->floor, view->name, board->now_ms - promised_ms);
}

static bool same_facts(const struct floor_agent_facts *a, const struct floor_agent_facts *b)
{
	return a->routing == b->routing && a->routing_since_ms == b->routing_since_ms &&
	       a->load == b->load && a->capacity == b->capacity &&
	       a->connections == b->connections && a->after_call == b->after_call;
}

static void see_agent(const struct floor_agent_view *view, void *context)
{
	struct board *board = context;
	struct worker *worker = worker_of(board, view->name);
	struct board_agent_row *row = &worker->row;

	worker->seen = board->version;
	if (row->version > 0 && !worker->gone && same_facts(&row->facts, &view->facts) &&
	    row->presence_since_ms == view->presence_since_ms)
		return;
	worker->gone = 0;
	named_copy(worker->presence, view->presence);
	*row = (struct board_agent_row){
		.id = worker->name,
		.presence = worker->presence,
		.presence_since_ms = view->presence_since_ms,
		.facts = view->facts,
		.version = board->version,
	};
}

static void begin_line(struct line *line)
{
	memset(&line->fresh, 0, sizeof(line->fresh)); /* it is compared as octets */
	line->fresh.id = line->name;
	line->fresh.level = line->level;
}

static void end_line(struct board *board, struct line *line)
{
	/* One that the floor has just told of. */
	if (!line->fresh.id) {
		line->fresh.id = line->name;
		line->fresh.level = line->level;
	}
	if (line->dropped && !line->fresh.waiting && !line->fresh.ringing) {
		line->gone = line->gone ? line->gone : board->version;
		return;
	}
	line->fresh.version = line->row.version;
	if (line->row.version > 0 && !line->gone &&
	    memcmp(&line->row, &line->fresh, sizeof(line->row)) == 0)
		return;
	line->gone = 0;
	line->row = line->fresh;
	line->row.version = board->version;
}

uint64_t board_look(struct board *board, struct floor *floor, uint64_t now_ms)
{
	board->version++;
	board->now_ms = now_ms;
	board->floor = floor;
	for (struct line *line = board->first_line; line; line = line->next)
		begin_line(line);
	if (floor) {
		floor_each_queue(floor, see_queue, board);
		floor_each_agent(floor, see_agent, board);
	}
	for (struct line *line = board->first_line; line; line = line->next)
		end_line(board, line);
	for (struct worker *worker = board->first_worker; floor && worker; worker = worker->next) {
		if (worker->seen != board->version && !worker->gone)
			worker->gone = board->version;
	}
	return board->version;
}

void board_queues(const struct board *board, uint64_t after, board_each_queue *each, void *context)
{
	for (const struct line *line = board->first_line; line; line = line->next) {
		if (!line->gone && line->row.version > after)
			each(&line->row, context);
	}
}

void board_agents(const struct board *board, uint64_t after, board_each_agent *each, void *context)
{
	for (const struct worker *worker = board->first_worker; worker; worker = worker->next) {
		if (!worker->gone && worker->row.version > after)
			each(&worker->row, context);
	}
}

void board_queues_gone(const struct board *board, uint64_t after, board_each_gone *each,
		       void *context)
{
	for (const struct line *line = board->first_line; line; line = line->next) {
		if (line->gone > after)
			each(line->name, context);
	}
}

void board_agents_gone(const struct board *board, uint64_t after, board_each_gone *each,
		       void *context)
{
	for (const struct worker *worker = board->first_worker; worker; worker = worker->next) {
		if (worker->gone > after)
			each(worker->name, context);
	}
}
