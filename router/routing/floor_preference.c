/* Agents whom a conversation prefers: they alone are asked for a while. */
#include "router/routing/floor_internal.h"

#include "config/memory.h"

#include <stdlib.h>
#include <string.h>

/* `ann:70` */
static void read_one(struct floor *floor, struct conversation *conversation, const char *text,
		     size_t length)
{
	char name[FLOOR_NAME_MAX + 1];
	size_t named = length;

	while (named > 0 && text[named - 1] != ':')
		named--;
	if (named < 2 || named - 1 > FLOOR_NAME_MAX ||
	    conversation->preference_count == FLOOR_PREFERRED_MAX)
		return;
	memcpy(name, text, named - 1);
	name[named - 1] = '\0';
	struct agent *agent = named_entry(&floor->agents, name, sizeof(*agent));
	if (agent == conversation->except)
		return;
	conversation->preferences[conversation->preference_count++] = (struct preference){
		.agent = agent,
		.conversation = conversation,
		.score = (unsigned)strtoul(text + named, NULL, 10),
		.node.tie = conversation->id,
	};
}

void floor_prefer(struct floor *floor, struct conversation *conversation, const char *text)
{
	floor_prefer_nobody(conversation);
	if (!text || !*text)
		return;
	conversation->preferences = memory_array(FLOOR_PREFERRED_MAX, sizeof(struct preference));
	while (*text) {
		size_t length = strcspn(text, ",");
		read_one(floor, conversation, text, length);
		text += length + (text[length] == ',');
	}
}

void floor_prefer_nobody(struct conversation *conversation)
{
	free(conversation->preferences);
	conversation->preferences = NULL;
	conversation->preference_count = 0;
}

void floor_put_wanted(struct floor *floor, struct conversation *conversation)
{
	for (size_t i = 0; i < conversation->preference_count; i++)
		heap_put(&conversation->preferences[i].agent->wanted,
			 &conversation->preferences[i].node, floor_age_score(conversation));
	conversation->preferred_end.tie = conversation->id;
	heap_put(&floor->preferred_ends, &conversation->preferred_end,
		 conversation->preferred_until_ms);
}

void floor_take_wanted(struct floor *floor, struct conversation *conversation)
{
	for (size_t i = 0; i < conversation->preference_count; i++)
		heap_remove(&conversation->preferences[i].agent->wanted,
			    &conversation->preferences[i].node);
	heap_remove(&floor->preferred_ends, &conversation->preferred_end);
}

struct agent *floor_preferred(const struct conversation *conversation)
{
	const struct preference *best = NULL;

	for (size_t i = 0; i < conversation->preference_count; i++) {
		const struct preference *one = &conversation->preferences[i];
		if (floor_is_able(one->agent) &&
		    (!best || one->score > best->score ||
		     (one->score == best->score &&
		      heap_is_before(&one->agent->node, &best->agent->node))))
			best = one;
	}
	return best ? best->agent : NULL;
}
