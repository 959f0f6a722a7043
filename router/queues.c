#include "router/queues.h"

#include "config/memory.h"

#include <stdlib.h>

static struct offers_queue queue_of(const struct settings_queue *queue)
{
	static const enum floor_evaluation evaluations[] = {
		[SETTINGS_EVALUATE_ALL] = FLOOR_ALL,
		[SETTINGS_EVALUATE_BEST] = FLOOR_BEST,
		[SETTINGS_EVALUATE_ANY] = FLOOR_ANY,
	};
	static const enum floor_last lasts[] = {
		[SETTINGS_LAST_ANY] = FLOOR_LAST_ANY,
		[SETTINGS_LAST_MEMBERS] = FLOOR_LAST_MEMBERS,
		[SETTINGS_LAST_OFF] = FLOOR_LAST_OFF,
	};
	struct offers_queue made = {.name = queue->name,
				    .auto_answer = queue->auto_answer,
				    .alerting_timeout_ms =
					    (uint64_t)queue->alerting_timeout_s * 1000,
				    .facts = {
					    .evaluation = evaluations[queue->evaluation],
					    .last = lasts[queue->last_agent],
					    .least_loaded = queue->least_loaded,
					    .priority_first = queue->priority_first,
					    .members_only = queue->members_only,
					    .ring_count = (unsigned)queue->rings_count,
				    }};

	for (size_t i = 0; i < queue->rings_count; i++)
		made.facts.rings[i] = (struct floor_ring){
			(uint64_t)queue->rings[i].timeout_s * 1000,
			settings_join(queue->rings[i].drops, queue->rings[i].drops_count, ',')};
	return made;
}

struct offers_queue *queues_create(const struct settings *settings)
{
	struct offers_queue *queues = memory_array(settings->queues_count, sizeof(*queues));

	for (size_t i = 0; i < settings->queues_count; i++)
		queues[i] = queue_of(&settings->queues[i]);
	return queues;
}

void queues_destroy(struct offers_queue **queues, size_t count)
{
	for (size_t i = 0; *queues && i < count; i++) {
		for (unsigned j = 0; j < (*queues)[i].facts.ring_count; j++)
			free((char *)(*queues)[i].facts.rings[j].drops);
	}
	free(*queues);
	*queues = NULL;
}
