/* What follows from asking a colleague whether they take a conversation. */
#include "router/projector_internal.h"

#include "router/bus/event.h"
#include "router/door/wire.h"
#include "router/routing/offers_step.h"
#include "router/rows.h"

#include <string.h>

/* The conversation's id of what is asked beside it. */
static struct span whole_of(struct span id)
{
	row_beside(&id);
	return id;
}

static void push_asked(struct step *step, const struct bus_reply *event)
{
	bool rings = event_is(event, "e", "offer");
	struct desk_consult consult = {
		.conversation = whole_of(event_span(event, "c")),
		.queue = event_span(event, "q"),
		.queue_name = directory_name(step->source->projector->links.directory,
					     DIRECTORY_QUEUE, event_span(event, "q")),
		.agent = event_span(event, rings ? "alone" : "target"),
		.since_ms = (uint64_t)event_integer(event, "entered"),
	};

	if (rings) {
		consult.ringing = event_span(event, "a");
		consult.expires_ms = (uint64_t)event_integer(event, "until");
	}
	projection_push(step, event_span(event, "from"), wire_event_consult(&consult));
}

static void push_ended(struct step *step, const struct bus_reply *event)
{
	static const struct {
		const char *why, *reason;
	} reasons[] = {{"declined", "declined"},
		       {"timeout", "timeout"},
		       {"rescinded", "gone"},
		       {"cancelled", "cancelled"}};
	const char *reason = "over";

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		if (event_is(event, "why", reasons[i].why))
			reason = reasons[i].reason;
	}
	projection_push(step, event_span(event, "from"),
			wire_event_consult_ended(whole_of(event_span(event, "c")), reason,
						 event_span(event, "alone")));
}

void projection_consult(struct step *step, const struct bus_reply *event)
{
	struct span from = event_span(event, "from");

	if (from.length == 0)
		return;
	if (event_is(event, "e", "accepted") && event_span(event, "consult").length) {
		projection_push(step, from,
				wire_event_consult_ended(event_span(event, "c"), "accepted",
							 event_span(event, "a")));
		return;
	}
	if (!event_is(event, "kind", "consult"))
		return;
	bool goes_on = event_is(event, "e", "waiting") || event_is(event, "e", "offer") ||
		       (event_is(event, "e", "unoffered") && !event_span(event, "alone").length);
	if (goes_on)
		push_asked(step, event);
	else if (event_is(event, "e", "released"))
		push_ended(step, event);
}

void projection_handed_over(struct step *step, const struct bus_reply *event)
{
	struct offers_place place = projection_place(step, event);
	struct offers_acw acw = projection_acw(event);

	projection_leg_ended(step, event);
	if (acw.mode == OFFERS_ACW_PENDING)
		offers_acw_begin(step->source->projector->links.offers, &place,
				 event_span(event, "a"), &acw, projection_asked(step));
}

void projection_hand_over(struct step *step, const struct bus_reply *event, struct bus_args *args)
{
	struct row_acw acw =
		row_acw(step->source->projector->links.directory, event_span(event, "from_q"));
	int64_t until = event_integer(event, "at") + (int64_t)acw.timeout_ms;

	bus_args_field(args, "from", event_span(event, "from"));
	bus_args_field(args, "queue", event_span(event, "q"));
	bus_args_field_text(args, "mode", acw.name);
	bus_args_field_text(args, "pending", row_acw_begins(&acw, DESK_AFTER_UNSAID) ? "1" : "0");
	bus_args_field_integer(args, "acw_until", acw.timeout_ms ? until : 0);
	bus_args_field_text(args, "acw_holds", acw.holds ? "1" : "0");
}
