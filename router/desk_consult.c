/* Asking a colleague, or a queue, whether they take a conversation: until they do it stays. */
#include "router/asking.h"

#include "router/rows.h"

#include <string.h>

static void on_begun(enum offers_verdict verdict, void *context)
{
	struct asking *asking = context;

	if (verdict == OFFERS_OK)
		asking_end(asking, DESK_OK, "");
	else if (verdict == OFFERS_BUSY)
		asking_end(asking, DESK_AGENT_BUSY, "This agent cannot take it now.");
	else if (verdict == OFFERS_CONFLICT)
		asking_end(asking, DESK_CONFLICT, "Somebody is being asked about it already.");
	else
		asking_end(asking, DESK_UNAVAILABLE, DESK_UNREACHABLE);
}

/* The note is written, and where it is now is known. */
static void on_noted(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;
	struct threading_message noted = {.text = asking_span(asking->notes)};

	(void)bus;
	if (!asking_answered(asking, reply) || asking_not_yours(asking, reply) ||
	    asking_target_busy(asking, reply))
		return;
	if (bus_reply_count(reply) > 2)
		projector_event(asking->desk->links.projector, asking->partition,
				bus_reply_at(reply, 2), &noted);
	if (!asking->queue[0])
		row_copy(bus_reply_span(bus_reply_at(reply, 1)), asking->queue,
			 sizeof(asking->queue));
	offers_consult(asking->desk->links.offers, asking->agent,
		       &(struct offers_consult){
			       asking_span(asking->conversation), asking_span(asking->queue),
			       asking_span(asking->target), asking_span(asking->ref),
			       asking_new_skills(asking), asking_span(asking->priority)},
		       (struct offers_ask){on_begun, asking});
}

void desk_consult(struct desk *desk, struct desk_ask ask, struct span conversation,
		  const struct desk_transfer *transfer)
{
	struct asking *asking = asking_transfer(desk, ask, conversation, transfer);

	if (!asking)
		return;
	struct bus_args *args = asking_call_once(asking, "consult");
	bus_args_field_text(args, "note", asking->notes);
	bus_args_field_text(args, "busy", asking->busy ? "1" : "0");
	bus_args_send(args, desk->links.bus, on_noted, asking);
}

static void on_ended(enum offers_verdict verdict, void *context)
{
	struct asking *asking = context;

	if (verdict == OFFERS_OK)
		asking_end(asking, DESK_OK, "");
	else if (verdict == OFFERS_UNAVAILABLE)
		asking_end(asking, DESK_UNAVAILABLE, DESK_UNREACHABLE);
	else
		asking_end(asking, DESK_CONFLICT, "Nobody is being asked about it any more.");
}

void desk_consult_end(struct desk *desk, struct desk_ask ask, struct span conversation,
		      struct span ref)
{
	struct asking *asking = asking_about(desk, ask, conversation);

	if (asking)
		offers_consult_end(desk->links.offers, asking->agent,
				   asking_span(asking->conversation), ref,
				   (struct offers_ask){on_ended, asking});
}
