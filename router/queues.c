#include "router/queues.h"

#include "config/memory.h"

#include <stdlib.h>
#include <string.h>

#define PREFERRED_WAIT_S 30

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

static bool says(const struct directory_entity *entity, const char *field, const char *word)
{
	return strcmp(directory_text(entity, field), word) == 0;
}

/* `timeout_s:skill,skill;timeout_s:…` in place: the rings' texts point into it. */
static void read_rings(char *text, struct floor_queue_facts *facts)
{
	char *rest = NULL;

	for (char *ring = strtok_r(text, ";", &rest); ring && facts->ring_count < FLOOR_RINGS_MAX;
	     ring = strtok_r(NULL, ";", &rest)) {
		char *colon = strchr(ring, ':');
		if (!colon)
			continue;
		facts->rings[facts->ring_count++] =
			(struct floor_ring){strtoull(ring, NULL, 10) * 1000, colon + 1};
	}
}

static void put_entity(const struct queues_links *links, const struct directory_entity *entity)
{
	char *rings = memory_text(directory_text(entity, "rings"));
	struct offers_queue queue = {
		.name = entity->id,
		.auto_answer = says(entity, "auto_answer", "1"),
		.alerting_timeout_ms =
			(uint64_t)directory_number(entity, "alerting_timeout_s", 30) * 1000,
		.facts = {.evaluation = says(entity, "evaluation", "best")  ? FLOOR_BEST
					: says(entity, "evaluation", "any") ? FLOOR_ANY
									    : FLOOR_ALL,
			  .last = says(entity, "last_agent", "members") ? FLOOR_LAST_MEMBERS
				  : says(entity, "last_agent", "off")	? FLOOR_LAST_OFF
									: FLOOR_LAST_ANY,
			  .least_loaded = says(entity, "least_loaded", "1"),
			  .priority_first = says(entity, "order", "priority_first"),
			  .members_only = says(entity, "members_only", "1")}};

	read_rings(rings, &queue.facts);
	offers_put_queue(links->offers, &queue);
	numbers_put_codes(links->numbers, entity->id, directory_text(entity, "wrapups"));
	free(rings);
}

static void follow(const struct queues_links *links, const char *id)
{
	const struct directory_entity *entity =
		directory_find(links->directory, DIRECTORY_QUEUE, span_text(id));

	if (settings_queue(links->settings, id))
		return;
	if (entity) {
		put_entity(links, entity);
	} else {
		offers_drop_queue(links->offers, id);
		numbers_put_codes(links->numbers, id, "");
	}
}

static void follow_all(const struct queues_links *links)
{
	for (size_t i = directory_count(links->directory, DIRECTORY_QUEUE); i-- > 0;)
		follow(links, directory_at(links->directory, DIRECTORY_QUEUE, i)->id);
	/* Those that went while nobody told. */
	for (size_t i = 0; offers_queue_at(links->offers, i); i++) {
		char *name = memory_text(offers_queue_at(links->offers, i));
		struct span span = {(const uint8_t *)name, strlen(name)};
		if (!settings_queue(links->settings, name) &&
		    !directory_find(links->directory, DIRECTORY_QUEUE, span)) {
			follow(links, name);
			i--;
		}
		free(name);
	}
}

/* A number whose queue is gone goes where the file says. */
static void follow_number(const struct queues_links *links, const struct directory_entity *entity)
{
	const char *queue = directory_text(entity, "queue");
	bool there = *queue && directory_find(links->directory, DIRECTORY_QUEUE, span_text(queue));

	numbers_put_route(links->numbers, entity->id, there ? queue : NULL,
			  directory_text(entity, "preferred"),
			  (uint64_t)directory_number(entity, "preferred_wait_s", PREFERRED_WAIT_S) *
				  1000);
}

/* Those that were led to the queue; with "" all. */
static void follow_numbers(const struct queues_links *links, const char *queue)
{
	for (size_t i = directory_count(links->directory, DIRECTORY_RECIPIENT); i-- > 0;) {
		const struct directory_entity *entity =
			directory_at(links->directory, DIRECTORY_RECIPIENT, i);
		if (!*queue || says(entity, "queue", queue))
			follow_number(links, entity);
	}
}

static void on_changed(enum directory_kind kind, const char *id, void *context)
{
	const struct queues_links *links = context;
	const struct directory_entity *entity =
		*id ? directory_find(links->directory, kind, span_text(id)) : NULL;

	if (kind == DIRECTORY_QUEUE && *id)
		follow(links, id);
	else if (kind == DIRECTORY_QUEUE)
		follow_all(links);
	/* What a user who is gone had of the floor has gone with them; so has a skill. */
	else if ((kind == DIRECTORY_USER || kind == DIRECTORY_SKILL) && *id && !entity)
		offers_reread(links->offers);
	if (kind == DIRECTORY_RECIPIENT && entity)
		follow_number(links, entity);
	else if (kind == DIRECTORY_QUEUE || kind == DIRECTORY_RECIPIENT)
		follow_numbers(links, kind == DIRECTORY_QUEUE ? id : "");
}

void queues_follow(struct queues_links *links)
{
	directory_observe(links->directory, on_changed, links);
}
