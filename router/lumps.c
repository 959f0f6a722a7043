#include "router/lumps.h"

#include "config/memory.h"
#include "router/routing/floor.h"
#include "router/routing/named.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS 60000

enum kind { AGENT, QUEUE };
#define KINDS 2

/* Of named.h. */
struct lump {
	char name[FLOOR_NAME_MAX + 1];
	struct lump *next;
	int64_t at_ms; /* the first of them */
	int64_t answered, in_time, wait_ms, wait_max_ms;
	int64_t legs, talk_ms;
};

struct lumps {
	void *trees[KINDS]; /* of search.h */
	struct lump *first[KINDS];
	size_t count;
};

struct lumps *lumps_create(void)
{
	return memory_array(1, sizeof(struct lumps));
}

void lumps_clear(struct lumps *lumps)
{
	for (size_t i = 0; i < KINDS; i++)
		tdestroy(lumps->trees[i], free);
	memset(lumps, 0, sizeof(*lumps));
}

void lumps_destroy(struct lumps **pointer)
{
	struct lumps *lumps = *pointer;

	if (!lumps)
		return;
	*pointer = NULL;
	lumps_clear(lumps);
	free(lumps);
}

/* Whether there is one of that minute, or may be. */
static bool has_room(const struct lumps *lumps, enum kind kind, const char *name, int64_t at_ms)
{
	const struct lump *lump = named_find(&lumps->trees[kind], name);

	return lump ? lump->at_ms / MINUTE_MS == at_ms / MINUTE_MS
		    : lumps->count + KINDS <= LUMPS_MAX;
}

static struct lump *lump_of(struct lumps *lumps, enum kind kind, const char *name, int64_t at_ms)
{
	struct lump *lump = named_find(&lumps->trees[kind], name);

	if (lump)
		return lump;
	lump = named_entry(&lumps->trees[kind], name, sizeof(*lump));
	lump->at_ms = at_ms;
	lump->next = lumps->first[kind];
	lumps->first[kind] = lump;
	lumps->count++;
	return lump;
}

/* That of the agent and that of the queue, or false. */
static bool find(struct lumps *lumps, const struct lump_of *of, struct lump *found_r[KINDS])
{
	const struct span spans[KINDS] = {[AGENT] = of->agent, [QUEUE] = of->queue};
	char names[KINDS][FLOOR_NAME_MAX + 1];

	for (size_t i = 0; i < KINDS; i++) {
		if (spans[i].length == 0 || spans[i].length > FLOOR_NAME_MAX)
			return false;
		memcpy(names[i], spans[i].at, spans[i].length);
		names[i][spans[i].length] = '\0';
		if (!has_room(lumps, i, names[i], of->at_ms))
			return false;
	}
	for (size_t i = 0; i < KINDS; i++)
		found_r[i] = lump_of(lumps, i, names[i], of->at_ms);
	return true;
}

bool lumps_answered(struct lumps *lumps, const struct lump_of *of, int64_t wait_ms, bool in_time)
{
	struct lump *found[KINDS];

	if (!find(lumps, of, found))
		return false;
	found[AGENT]->answered++;
	found[QUEUE]->answered++;
	found[QUEUE]->in_time += in_time;
	found[QUEUE]->wait_ms += wait_ms;
	if (wait_ms > found[QUEUE]->wait_max_ms)
		found[QUEUE]->wait_max_ms = wait_ms;
	return true;
}

bool lumps_talked(struct lumps *lumps, const struct lump_of *of, int64_t talk_ms)
{
	struct lump *found[KINDS];

	if (!find(lumps, of, found))
		return false;
	for (size_t i = 0; i < KINDS; i++) {
		found[i]->legs++;
		found[i]->talk_ms += talk_ms;
	}
	return true;
}

size_t lumps_count(const struct lumps *lumps)
{
	return lumps->count;
}

/* '' where there was nothing of the kind. */
static void say(struct bus_args *args, bool there, int64_t value)
{
	if (there)
		bus_args_integer(args, value);
	else
		bus_args_text(args, "");
}

static void say_agent(const struct lump *agent, struct bus_args *args)
{
	bus_args_text(args, "agent");
	bus_args_text(args, agent->name);
	bus_args_integer(args, agent->at_ms);
	say(args, agent->answered > 0, agent->answered);
	say(args, agent->legs > 0, agent->talk_ms);
}

static void say_queue(const struct lump *queue, struct bus_args *args)
{
	bool answered = queue->answered > 0, talked = queue->legs > 0;

	bus_args_text(args, "queue");
	bus_args_text(args, queue->name);
	bus_args_integer(args, queue->at_ms);
	say(args, answered, queue->answered);
	say(args, queue->in_time > 0, queue->in_time);
	say(args, answered, queue->wait_ms);
	say(args, answered, queue->wait_max_ms);
	say(args, talked, queue->legs);
	say(args, talked, queue->talk_ms);
}

void lumps_say(const struct lumps *lumps, struct bus_args *args)
{
	for (const struct lump *agent = lumps->first[AGENT]; agent; agent = agent->next)
		say_agent(agent, args);
	for (const struct lump *queue = lumps->first[QUEUE]; queue; queue = queue->next)
		say_queue(queue, args);
}
