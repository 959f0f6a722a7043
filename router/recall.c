#include "router/recall.h"

#include "config/memory.h"

#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct place {
	uint64_t hash; /* 0: nothing */
	const char *queue;
};

struct recall {
	void *queues; /* their names, of search.h */
	struct place places[RECALL_MAX];
};

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static uint64_t hash_of(struct span conversation)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < conversation.length; i++)
		hash = (hash ^ conversation.at[i]) * 1099511628211u;
	return hash ? hash : 1;
}

struct recall *recall_create(void)
{
	return memory_array(1, sizeof(struct recall));
}

void recall_destroy(struct recall **pointer)
{
	struct recall *recall = *pointer;

	if (!recall)
		return;
	*pointer = NULL;
	tdestroy(recall->queues, free);
	free(recall);
}

static const char *name_of(struct recall *recall, struct span queue)
{
	char *name = memory_copy(queue.at, queue.length);
	char *const *found = tsearch(name, &recall->queues, compare);

	if (!found)
		abort();
	if (*found != name)
		free(name);
	return *found;
}

void recall_put(struct recall *recall, struct span conversation, struct span queue)
{
	uint64_t hash = hash_of(conversation);
	struct place *place = &recall->places[hash % RECALL_MAX];

	*place = (struct place){hash, queue.length ? name_of(recall, queue) : NULL};
}

const char *recall_queue(const struct recall *recall, struct span conversation)
{
	uint64_t hash = hash_of(conversation);
	const struct place *place = &recall->places[hash % RECALL_MAX];

	return place->hash == hash ? place->queue : NULL;
}
