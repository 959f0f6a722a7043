/* What an agent does with a conversation beside answering it: notes, and giving it to others. */
#include "router/asking.h"

#include "config/memory.h"
#include "router/bus/key.h"
#include "router/routing/floor_view.h"
#include "router/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Notes */

static void on_noted(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	struct span text = asking_span(asking->notes);

	(void)bus;
	if (!asking_answered(asking, reply) || asking_not_yours(asking, reply))
		return;
	struct span at = bus_reply_span(bus_reply_at(reply, 1));
	struct desk_message message = {
		.id = at,
		.at = at,
		.text = text,
		.author = asking_span(asking->agent),
		.at_ms = at.length ? strtoull((const char *)at.at, NULL, 10) : 0,
		.note = true,
	};
	struct desk_answer answer = {.detail = "", .messages = &message, .message_count = 1};
	struct threading_message noted = {.text = text};
	asking->ask.done(&answer, asking->ask.context);
	if (asking_word(reply, "ok"))
		projector_event(asking->desk->links.projector, asking->partition,
				bus_reply_at(reply, 2), &noted);
	free(asking);
}

void desk_note(struct desk *desk, struct desk_ask ask, struct span conversation, struct span text,
	       struct span ref)
{
	if (asking_is_blank(text)) {
		desk_refuse(ask, DESK_EMPTY, "There is no text to note.");
		return;
	}
	struct asking *asking = asking_about(desk, ask, conversation);
	if (!asking)
		return;
	row_copy(ref, asking->ref, sizeof(asking->ref));
	row_copy(text, asking->notes, sizeof(asking->notes));
	struct bus_args *args = asking_call_once(asking, "note");
	bus_args_field_text(args, "text", asking->notes);
	bus_args_send(args, desk->links.bus, on_noted, asking);
}

/* Whom a conversation may be given to */

struct listing {
	const char *asker;
	const struct directory *directory;
	struct desk_target *targets;
	size_t count;
};

static struct desk_target *add_target(struct listing *listing)
{
	listing->targets =
		memory_resize(listing->targets, listing->count + 1, sizeof(*listing->targets));
	return &listing->targets[listing->count++];
}

static void list_queue(const struct floor_queue_view *queue, void *context)
{
	struct listing *listing = context;

	*add_target(listing) = (struct desk_target){
		.name = queue->name,
		.title =
			directory_name(listing->directory, DIRECTORY_QUEUE, span_text(queue->name)),
		.queue = true,
		.waiting = queue->waiting,
		.available = queue->on_queue > 0,
	};
}

static void list_agent(const struct floor_agent_view *agent, void *context)
{
	struct listing *listing = context;

	if (agent->facts.connections == 0 || strcmp(agent->name, listing->asker) == 0)
		return;
	*add_target(listing) = (struct desk_target){
		.name = agent->name,
		.title = directory_name(listing->directory, DIRECTORY_USER, span_text(agent->name)),
		.available = agent->facts.takes && agent->facts.load < agent->facts.capacity,
	};
}

static void tell_targets(struct desk *desk, struct desk_ask ask, struct desk_answer *answer)
{
	struct floor *floor = offers_floor(desk->links.offers);
	struct listing listing = {.asker = ask.agent, .directory = desk->links.directory};

	floor_each_queue(floor, list_queue, &listing);
	floor_each_agent(floor, list_agent, &listing);
	answer->detail = "";
	answer->targets = listing.targets;
	answer->target_count = listing.count;
	ask.done(answer, ask.context);
	free(listing.targets);
}

static void on_needs(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	const struct bus_reply *place = bus_reply_at(reply, 0);
	struct desk_answer answer = {0};

	(void)bus;
	if (!asking_answered(asking, reply))
		return;
	answer.has_needs = span_is(bus_reply_span(bus_reply_at(place, 5)), asking->agent);
	answer.skills = bus_reply_span(bus_reply_at(place, 6));
	answer.priority = (int)bus_reply_integer(bus_reply_at(place, 7));
	tell_targets(asking->desk, asking->ask, &answer);
	free(asking);
}

void desk_targets(struct desk *desk, struct desk_ask ask, struct span conversation)
{
	struct bus_args *args = &desk->args;

	if (!conversation.length) {
		tell_targets(desk, ask, &(struct desk_answer){0});
		return;
	}
	struct asking *asking = asking_about(desk, ask, conversation);
	if (!asking)
		return;
	bus_args_call(args, "conv_parties", KEY_ACD_TAG);
	bus_args_text(args, asking->conversation);
	bus_args_send(args, desk->links.bus, on_needs, asking);
}

/* Transfers */

static void on_transferred(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	struct threading_message noted = {.text = asking_span(asking->notes)};

	(void)bus;
	if (!asking_answered(asking, reply) || asking_not_yours(asking, reply) ||
	    asking_target_busy(asking, reply))
		return;
	for (size_t i = 1; asking_word(reply, "ok") && i < bus_reply_count(reply); i++)
		projector_event(asking->desk->links.projector, asking->partition,
				bus_reply_at(reply, i), &noted);
	asking_end(asking, DESK_OK, "");
}

/* Whether it may go there; where not, the ask has ended. */
static bool may_go(struct asking *asking)
{
	struct offers *offers = asking->desk->links.offers;

	if (asking->queue[0] && !floor_has_queue(offers_floor(offers), asking->queue)) {
		asking_end(asking, DESK_NO_TARGET, "There is no such queue.");
		return false;
	}
	if (strcmp(asking->target, asking->agent) == 0) {
		asking_end(asking, DESK_NO_TARGET, "It is yours already.");
		return false;
	}
	/* Said by the function, which knows whether this is a repetition of what they have taken.
	 */
	asking->busy = asking->target[0] && !offers_can_take(offers, asking->target);
	return true;
}

static void on_transfer_view(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;

	(void)bus;
	if (!asking_viewed(asking, reply))
		return;
	struct bus_args *args = asking_call_once(asking, "transfer");
	bus_args_field_text(args, "queue", asking->queue);
	bus_args_field_text(args, "target", asking->target);
	bus_args_field_text(args, "note", asking->notes);
	bus_args_field_text(args, "skills", asking->skills);
	bus_args_field_text(args, "prio", asking->priority);
	bus_args_field_text(args, "busy", asking->busy ? "1" : "0");
	asking_put_work(asking, asking_queue(reply));
	bus_args_send(args, asking->desk->links.bus, on_transferred, asking);
}

struct span asking_new_skills(const struct asking *asking)
{
	return asking->skills[0] ? span_text(asking->skills + 1) : (struct span){NULL, 0};
}

/* Whether each of them is there; where not, the ask has ended. */
static bool put_needs(struct asking *asking, const struct desk_transfer *transfer)
{
	const struct directory *directory = asking->desk->links.directory;
	const char *skills = (const char *)transfer->skills.at;

	if (transfer->priority)
		snprintf(asking->priority, sizeof(asking->priority), "%d", *transfer->priority);
	if (!skills)
		return true;
	snprintf(asking->skills, sizeof(asking->skills), "=%.*s", (int)transfer->skills.length,
		 skills);
	for (const char *at = asking->skills + 1; *at; at += *at == ',') {
		struct span skill = {(const uint8_t *)at, strcspn(at, ",")};
		if (directory && !directory_find(directory, DIRECTORY_SKILL, skill)) {
			asking_end(asking, DESK_NO_SKILL, "There is no such skill.");
			return false;
		}
		at += skill.length;
	}
	return true;
}

struct asking *asking_transfer(struct desk *desk, struct desk_ask ask, struct span conversation,
			       const struct desk_transfer *transfer)
{
	struct asking *asking = asking_about(desk, ask, conversation);

	if (!asking)
		return NULL;
	row_copy(transfer->ref, asking->ref, sizeof(asking->ref));
	row_copy(transfer->queue, asking->queue, sizeof(asking->queue));
	row_copy(transfer->agent, asking->target, sizeof(asking->target));
	if (!asking_is_blank(transfer->note))
		row_copy(transfer->note, asking->notes, sizeof(asking->notes));
	return may_go(asking) && put_needs(asking, transfer) ? asking : NULL;
}

void desk_transfer(struct desk *desk, struct desk_ask ask, struct span conversation,
		   const struct desk_transfer *transfer)
{
	struct asking *asking = asking_transfer(desk, ask, conversation, transfer);

	if (asking)
		desk_view(desk, asking->partition, conversation, on_transfer_view, asking);
}
