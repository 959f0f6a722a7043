/* An offer on its agent's screen, with what its customer said. */
#include "router/projector_internal.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/event.h"
#include "router/door/wire.h"
#include "router/rows.h"

#include <stdlib.h>

#define OFFER_FIELDS 7 /* texts of a desk_offer that come with its event */

static struct screens_hold *hold_for(struct step *step, struct span agent)
{
	struct screens_frame out = projection_frame(step, agent);

	step->open++;
	return screens_hold(step->source->projector->screens, &out, step);
}

/* An offer that is told once its customer's words have been read. */
struct offering {
	struct projector *projector;
	struct screens_hold *hold;
	struct desk_offer offer;
	void *copies[OFFER_FIELDS]; /* of what it borrowed */
};

static char *offer_frame(struct projector *projector, struct desk_offer *offer)
{
	offer->queue_name =
		directory_name(projector->links.directory, DIRECTORY_QUEUE, offer->queue);
	return wire_event_offer(offer);
}

static void on_glance(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct offering *offering = context;
	struct desk_offer *offer = &offering->offer;
	struct row_glance glance;
	char *frame = NULL;

	(void)bus;
	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "glance_failed", "error=%s",
			  (const char *)bus_reply_span(reply).at);
	if (bus_reply_type(reply) == BUS_ARRAY) {
		row_put_glance(offer, reply, &glance);
		frame = offer_frame(offering->projector, offer);
	}
	screens_fill(&offering->hold, frame);
	for (size_t i = 0; i < OFFER_FIELDS; i++)
		free(offering->copies[i]);
	free(offering);
}

/* Where its customer's words are known. */
static bool push_known_offer(struct step *step, const struct bus_reply *event)
{
	struct projector *projector = step->source->projector;
	struct desk_offer offer = row_offer(event);
	struct row_glance beginnings;
	struct glance glance;

	if (!glances_of(projector->glances, offer.conversation, &glance))
		return false;
	row_put_text(&offer, glance.text, glance.texts, &beginnings);
	projection_push(step, event_span(event, "a"), offer_frame(projector, &offer));
	return true;
}

void projection_offer(struct step *step, const struct bus_reply *event)
{
	struct projector *projector = step->source->projector;
	struct offering *offering;

	if (push_known_offer(step, event))
		return;
	offering = memory_array(1, sizeof(*offering));
	struct desk_offer *offer = &offering->offer;
	*offer = row_offer(event);
	struct span *const borrowed[OFFER_FIELDS] = {
		&offer->conversation, &offer->queue,  &offer->customer, &offer->ours,
		&offer->how,	      &offer->skills, &offer->asked_by};
	if (!row_ask_glance(&projector->args, offer->conversation)) {
		free(offering);
		return;
	}
	for (size_t i = 0; i < OFFER_FIELDS; i++) {
		offering->copies[i] = memory_copy(borrowed[i]->at, borrowed[i]->length);
		borrowed[i]->at = offering->copies[i];
	}
	offering->projector = projector;
	offering->hold = hold_for(step, event_span(event, "a"));
	bus_args_send(&projector->args, projector->links.bus, on_glance, offering);
}
