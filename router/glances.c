#include "router/glances.h"

#include "config/memory.h"
#include "router/bus/event.h"
#include "router/door/desk.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)DESK_GLANCE_MAX * 4 + 4)

/* Behind it stand the conversation's id and the text. */
struct kept {
	unsigned texts;
	size_t id_length, text_length;
	uint8_t octets[];
};

struct glances {
	size_t count;
	struct kept *kept[GLANCES_MAX];
};

static size_t place_of(struct span conversation)
{
	uint64_t hash = span_hash(conversation);

	return (size_t)((hash ^ hash >> 32) % GLANCES_MAX);
}

static bool is_of(const struct kept *kept, struct span conversation)
{
	return kept && span_same((struct span){kept->octets, kept->id_length}, conversation);
}

struct glances *glances_create(void)
{
	return memory_array(1, sizeof(struct glances));
}

void glances_destroy(struct glances **pointer)
{
	struct glances *glances = *pointer;

	if (!glances)
		return;
	*pointer = NULL;
	glances_clear(glances);
	free(glances);
}

static void put(struct glances *glances, struct span conversation, struct span text)
{
	struct kept **place = &glances->kept[place_of(conversation)];
	size_t length = text.length < TEXT_MAX ? text.length : TEXT_MAX;
	struct kept *kept = memory_array(1, sizeof(*kept) + conversation.length + length);

	kept->texts = 1;
	kept->id_length = conversation.length;
	kept->text_length = length;
	memcpy(kept->octets, conversation.at, conversation.length);
	if (length)
		memcpy(kept->octets + conversation.length, text.at, length);
	glances->count += *place == NULL;
	free(*place);
	*place = kept;
}

static void forget(struct glances *glances, struct span conversation)
{
	struct kept **place = &glances->kept[place_of(conversation)];

	if (!is_of(*place, conversation))
		return;
	free(*place);
	*place = NULL;
	glances->count--;
}

void glances_event(struct glances *glances, const struct bus_reply *event,
		   const struct threading_message *message)
{
	struct span conversation = event_span(event, "c");

	if (conversation.length == 0)
		return;
	struct kept *kept = glances->kept[place_of(conversation)];
	/* What is partial may be something else when it is whole. */
	bool waits = event_is(event, "e", "mo") && event_is(event, "s", "queued") && message &&
		     !message->partial;
	if (waits && event_is(event, "how", "new"))
		put(glances, conversation, message->text);
	else if (waits && event_is(event, "how", "open") && is_of(kept, conversation))
		kept->texts++;
	else
		forget(glances, conversation);
}

bool glances_of(const struct glances *glances, struct span conversation, struct glance *out)
{
	const struct kept *kept = glances->kept[place_of(conversation)];

	if (!is_of(kept, conversation))
		return false;
	*out = (struct glance){kept->texts, {kept->octets + kept->id_length, kept->text_length}};
	return true;
}

void glances_clear(struct glances *glances)
{
	for (size_t i = 0; glances->count; i++) {
		glances->count -= glances->kept[i] != NULL;
		free(glances->kept[i]);
		glances->kept[i] = NULL;
	}
}
