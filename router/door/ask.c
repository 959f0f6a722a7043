#include "router/door/ask.h"

#include <string.h>

#include "config/memory.h"

struct ask *ask_create(struct ask_list *list, unsigned type, struct span ref, const char *agent)
{
	struct ask *ask = memory_array(1, sizeof(*ask));

	ask->list = list;
	ask->type = type;
	ask->ref_length = ref.length < WIRE_REF_MAX ? ref.length : WIRE_REF_MAX;
	if (ask->ref_length)
		memcpy(ask->ref, ref.at, ask->ref_length);
	strncpy(ask->agent, agent, DESK_AGENT_MAX);
	ask->next = list->first;
	list->first = ask;
	list->count++;
	return ask;
}

void *ask_end(struct ask *ask)
{
	struct ask_list *list = ask->list;

	if (!list)
		return NULL;
	struct ask **link = &list->first;
	while (*link != ask)
		link = &(*link)->next;
	*link = ask->next;
	list->count--;
	return list->owner;
}

void ask_orphan(struct ask_list *list)
{
	for (struct ask *ask = list->first; ask; ask = ask->next)
		ask->list = NULL;
	*list = (struct ask_list){0};
}

/* Of a conversation that is there, or of one that is to begin. */
static void ask_plan(struct desk *desk, struct desk_ask ask, const struct wire_frame *frame,
		     const struct desk_start *start)
{
	if (frame->conversation.length)
		desk_plan(desk, ask, frame->conversation, frame->text);
	else
		desk_start_plan(desk, ask, start);
}

/* What they are, and say that they do. */
static void ask_self(struct desk *desk, struct desk_ask ask, const struct wire_frame *frame)
{
	if (frame->type == WIRE_STATUS)
		desk_status(desk, ask, frame->on_queue);
	else
		desk_presence(desk, ask, frame->presence);
}

/* To others, at once or once they accept. */
static void ask_give(struct desk *desk, struct desk_ask ask, const struct wire_frame *frame)
{
	struct desk_transfer transfer = {
		.queue = frame->queue,
		.agent = frame->agent,
		.note = frame->note,
		.ref = frame->ref,
		.priority = frame->has_priority ? &frame->priority : NULL,
	};
	if (frame->has_skills)
		transfer.skills = span_text(frame->skills);

	if (frame->type == WIRE_TRANSFER)
		desk_transfer(desk, ask, frame->conversation, &transfer);
	else if (frame->type == WIRE_CONSULT)
		desk_consult(desk, ask, frame->conversation, &transfer);
	else
		desk_consult_end(desk, ask, frame->conversation, frame->ref);
}

/* What is put aside, and what is past. */
static void ask_aside(struct desk *desk, struct desk_ask ask, const struct wire_frame *frame)
{
	struct desk_page page = {frame->before, frame->limit};

	if (frame->type == WIRE_PARK)
		desk_park(desk, ask, frame->conversation, frame->until_ms, frame->ref);
	else if (frame->type == WIRE_RESUME)
		desk_resume(desk, ask, frame->conversation);
	else if (frame->type == WIRE_HISTORY)
		desk_history(desk, ask, frame->conversation, page);
	else if (frame->type == WIRE_PAST)
		desk_past(desk, ask, frame->conversation,
			  &(struct desk_past_page){frame->of, page, false});
	else
		desk_earlier(desk, ask, frame->conversation, frame->of, page);
}

void ask_desk(struct ask *mine, struct desk *desk, const struct wire_frame *frame, desk_done *done)
{
	struct desk_ask ask = {mine->agent, done, mine};
	struct desk_start start = {frame->queue, frame->customer, frame->text, frame->ref};

	switch (frame->type) {
	case WIRE_STATUS:
	case WIRE_PRESENCE:
		ask_self(desk, ask, frame);
		break;
	case WIRE_ACCEPT:
	case WIRE_DECLINE:
		desk_offer_answer(desk, ask, frame->conversation, frame->epoch,
				  frame->type == WIRE_ACCEPT);
		break;
	case WIRE_SEND:
		desk_send(desk, ask, frame->conversation, frame->text, frame->ref);
		break;
	case WIRE_PLAN:
		ask_plan(desk, ask, frame, &start);
		break;
	case WIRE_RESPONSES:
		desk_responses(desk, ask, frame->queue);
		break;
	case WIRE_CUSTOMER:
		desk_customer(desk, ask, frame->customer);
		break;
	case WIRE_START:
		desk_start(desk, ask, &start);
		break;
	case WIRE_THREAD:
		desk_thread(desk, ask, frame->conversation,
			    (struct desk_page){frame->before, frame->limit});
		break;
	case WIRE_CLOSE:
		desk_close(desk, ask, frame->conversation,
			   (struct desk_wrapup){frame->wrapup, frame->notes, frame->ref});
		break;
	case WIRE_RETRY:
		desk_retry(desk, ask, frame->conversation, frame->of, frame->ref);
		break;
	case WIRE_NOTE:
		desk_note(desk, ask, frame->conversation, frame->text, frame->ref);
		break;
	case WIRE_TARGETS:
		desk_targets(desk, ask, frame->conversation);
		break;
	case WIRE_TRANSFER:
	case WIRE_CONSULT:
	case WIRE_CONSULT_END:
		ask_give(desk, ask, frame);
		break;
	case WIRE_DISCONNECT:
		desk_disconnect(desk, ask, frame->conversation, frame->after, frame->ref);
		break;
	case WIRE_WRAPUP:
		desk_wrap(desk, ask, frame->conversation, frame->leg,
			  (struct desk_wrapup){frame->wrapup, frame->notes, frame->ref});
		break;
	case WIRE_PARK:
	case WIRE_RESUME:
	case WIRE_HISTORY:
	case WIRE_EARLIER:
	case WIRE_PAST:
		ask_aside(desk, ask, frame);
		break;
	case WIRE_HELLO:
	case WIRE_PING:
		break;
	}
}
