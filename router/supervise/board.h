#ifndef BINDERY_ROUTER_SUPERVISE_BOARD_H
#define BINDERY_ROUTER_SUPERVISE_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "router/routing/floor_view.h"

/*
 * The figures of every queue and agent, as supervisors are shown them. Pure: the floor is looked at
 * once a second while somebody watches, and whoever has seen the last look is told only what
 * differs.
 */

#define BOARD_ROUTINGS 4 /* of enum floor_routing */

struct board;

struct board *board_create(void);
void board_destroy(struct board **board);

struct board_level {
	unsigned service_level_s, service_level_pct;
};

/* What a queue promises that says nothing of it: 80 % in 20 s. */
extern const struct board_level board_usual_level;

/* What a queue promises; one that was never told of promises 80 % in 20 s. It is shown from now on,
 * whatever the floor knows of it. */
void board_queue(struct board *board, const char *queue, const struct board_level *level);
/* It is deleted: it goes with the next look, or once nothing waits or rings in it any more. "" for
 * all. */
void board_drop_queue(struct board *board, const char *queue);

struct board_queue_row {
	const char *id;
	uint64_t version;   /* of the look in which it last differed */
	uint64_t oldest_ms; /* since when what has waited longest waits, 0 for nothing */
	unsigned waiting, ringing;
	unsigned late;			 /* of those that wait: for longer than it promises */
	unsigned members;		 /* 0 where everybody serves it */
	unsigned agents[BOARD_ROUTINGS]; /* who serve it and are connected */
	struct board_level level;
};

struct board_agent_row {
	const char *id, *presence;
	uint64_t version, presence_since_ms;
	struct floor_agent_facts facts;
};

/* Brings every row up to now: an agent whom the floor has no more goes. Returns the version, larger
 * than the last. `floor` may be NULL: then nothing is known of it and all figures are 0. */
uint64_t board_look(struct board *board, struct floor *floor, uint64_t now_ms);

/* Rows of a version above `after`, as the last look found them; borrowed for the time of the call.
 */
typedef void board_each_queue(const struct board_queue_row *row, void *context);
typedef void board_each_agent(const struct board_agent_row *row, void *context);
void board_queues(const struct board *board, uint64_t after, board_each_queue *each, void *context);
void board_agents(const struct board *board, uint64_t after, board_each_agent *each, void *context);

/* Ids of rows that went behind `after`, which is not 0. */
typedef void board_each_gone(const char *id, void *context);
void board_queues_gone(const struct board *board, uint64_t after, board_each_gone *each,
		       void *context);
void board_agents_gone(const struct board *board, uint64_t after, board_each_gone *each,
		       void *context);

#endif
