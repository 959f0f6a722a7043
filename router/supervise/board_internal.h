#ifndef BINDERY_ROUTER_SUPERVISE_BOARD_INTERNAL_H
#define BINDERY_ROUTER_SUPERVISE_BOARD_INTERNAL_H

#include "router/routing/heap.h"
#include "router/supervise/board.h"

/* What board.c and board_look.c share. Each begins with its name, so that a name finds it. */

struct board_worker {
	char name[FLOOR_NAME_MAX + 1];
	struct board_worker *next; /* of all */
	struct board_agent_facts facts;
	char presence[BOARD_PRESENCE_MAX];
	uint64_t presence_since_ms;
	struct board_place_entry *first; /* what it has */
	bool known;			 /* Redis has told of it, not only of something of its */
	struct board_agent_row row;	 /* as last looked at */
};

struct board_line {
	char name[FLOOR_NAME_MAX + 1];
	struct board_line *next; /* of all */
	struct board_queue_facts facts;
	struct board_seat *seats;
	unsigned seat_count, connected, parked;
	struct heap waiting; /* and ringing, by since when */
	struct board_book book;
	struct board_queue_row row; /* as last looked at */
};

/* An agent in a queue. */
struct board_seat {
	struct board_seat *next;
	struct board_worker *worker;
	unsigned ring;
};

struct board_place_entry {
	char id[FLOOR_NAME_MAX + 1];
	char customer[BOARD_CUSTOMER_MAX], ours[BOARD_CUSTOMER_MAX], kind[BOARD_KIND_MAX];
	char *skills; /* NULL for none */
	struct board_line *line;
	struct board_worker *worker;		/* or NULL */
	struct board_place_entry *next, **link; /* of the worker's */
	uint64_t since_ms, entered_ms;
	int priority;
	enum board_state state;
	struct heap_node age; /* in line->waiting */
};

struct board {
	void *workers, *lines, *entries; /* trees of search.h */
	struct board_worker *first_worker;
	struct board_line *first_line;
	uint64_t version;
};

#define BOARD_OWNER(node, type, member)                                                            \
	((struct type *)(void *)((char *)(node)-offsetof(struct type, member)))

struct board_line *board_line_of(struct board *board, const char *queue);
/* NULL where there is none. */
void *board_find(void *const *tree, const char *name);

#endif
