#ifndef BINDERY_ROUTER_SUPERVISE_BOARD_H
#define BINDERY_ROUTER_SUPERVISE_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "router/routing/floor.h"
#include "router/supervise/day.h"

/*
 * The floor as a supervisor sees it: every conversation on it, every agent, and figures for every
 * queue. Pure: told of each change, looked at once a second while somebody watches. It is beside
 * the floor of routing, which forgets a conversation once an agent has it and knows nothing of
 * figures.
 */

#define BOARD_CUSTOMER_MAX 32 /* octets of a number with its NUL */
#define BOARD_KIND_MAX 16
#define BOARD_PRESENCE_MAX 65

struct board;
struct board_queue_row;

struct board *board_create(void);
void board_destroy(struct board **board);
/* Forgets conversations, agents and members; what queues are, and their day, stays. */
void board_clear(struct board *board);

struct board_queue_facts {
	unsigned service_level_s, service_level_pct;
	bool members_only;   /* else everybody serves it for as long as it has no members */
	unsigned ring_count; /* up to FLOOR_RINGS_MAX */
	uint64_t ring_ms[FLOOR_RINGS_MAX];
};

/* What a queue is from now on. One that was never told of has the default service level. */
void board_queue(struct board *board, const char *queue, const struct board_queue_facts *facts);
/* `agent` is a member in that ring (from 1), or with 0 none any more. */
void board_member(struct board *board, const char *queue, const char *agent, unsigned ring);
/* What is kept of a queue; counted in, written and sampled by whoever has the board. */
struct board_book {
	struct day day, written, sampled;
	bool quiet; /* the last sample was of a queue where nothing was */
};
/* Never NULL, until board_destroy(). */
struct board_book *board_book(struct board *board, const char *queue);
typedef void board_each_book(const struct board_queue_row *row, struct board_book *book,
			     void *context);
/* All of them, with what the last look found. */
void board_books(struct board *board, board_each_book *each, void *context);
uint64_t board_service_level_ms(struct board *board, const char *queue);

enum board_routing {
	BOARD_OFF_QUEUE,
	BOARD_IDLE,
	BOARD_INTERACTING,
	BOARD_NOT_RESPONDING,
};
#define BOARD_ROUTINGS 4

struct board_agent_facts {
	enum board_routing routing;
	uint64_t routing_since_ms;
	unsigned load, capacity, connections, after_call;
};

void board_agent(struct board *board, const char *agent, const struct board_agent_facts *facts);
void board_presence(struct board *board, const char *agent, const char *presence,
		    uint64_t since_ms);

enum board_state { BOARD_WAITING, BOARD_ALERTING, BOARD_CONNECTED, BOARD_PARKED };

struct board_place {
	const char *queue, *agent, *customer, *ours, *skills, *kind; /* copied; none is NULL */
	uint64_t since_ms, entered_ms;
	int priority;
	enum board_state state;
};

/* The conversation is there and like that; known ones are changed. */
void board_put(struct board *board, const char *conversation, const struct board_place *place);
/* It is on the floor no more. */
void board_leave(struct board *board, const char *conversation);

/* What is shown. Spans of time are from the look; `version` says when it last changed. */
struct board_queue_row {
	const char *id;
	uint64_t version;
	unsigned waiting, alerting, connected, parked;
	unsigned late; /* of those that wait or ring: for longer than the service level */
	unsigned agents[BOARD_ROUTINGS]; /* who serve it and are connected */
	unsigned members;		 /* 0 where everybody may serve it */
	unsigned service_level_s, service_level_pct;
	uint64_t oldest_ms; /* since when the first of those that wait or ring waits, or 0 */
	struct day day;
};

struct board_agent_row {
	const char *id, *presence;
	uint64_t version, presence_since_ms;
	struct board_agent_facts facts;
};

struct board_entry_row {
	const char *id, *queue, *agent;
	const char *customer, *ours, *skills, *kind;
	uint64_t since_ms, entered_ms;
	int priority;
	unsigned ring; /* from 0 */
	enum board_state state;
};

/* Brings every row up to now; returns the version, larger than the last if anything changed. */
uint64_t board_look(struct board *board, uint64_t now_ms);
/* Rows of a version above `after`, as the last look found them; borrowed for the time of the call.
 */
typedef void board_each_queue(const struct board_queue_row *row, void *context);
typedef void board_each_agent(const struct board_agent_row *row, void *context);
typedef void board_each_entry(const struct board_entry_row *row, void *context);
void board_queues(const struct board *board, uint64_t after, board_each_queue *each, void *context);
void board_agents(const struct board *board, uint64_t after, board_each_agent *each, void *context);
/* What waits or rings in a queue, first who is next by age and priority; or what an agent has.
 * BOARD_LIST_MAX at most; returns how many there are. */
#define BOARD_LIST_MAX 200
unsigned board_waiting(struct board *board, const char *queue, uint64_t now_ms,
		       board_each_entry *each, void *context);
unsigned board_held(struct board *board, const char *agent, uint64_t now_ms, board_each_entry *each,
		    void *context);
/* The conversation's place; false where it is not on the floor. */
bool board_entry(struct board *board, const char *conversation, uint64_t now_ms,
		 struct board_entry_row *row);
bool board_has_queue(const struct board *board, const char *queue);
bool board_has_agent(const struct board *board, const char *agent);

#endif
