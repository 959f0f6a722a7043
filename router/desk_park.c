/* What an agent puts aside, and takes up again. */
#include "router/asking.h"

#include "router/rows.h"

#define PARK_MAX_MS (366ull * 86400 * 1000)

static void on_done(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;

	(void)bus;
	if (!asking_answered(asking, reply) || asking_not_yours(asking, reply))
		return;
	if (asking_word(reply, "ok"))
		projector_event(asking->desk->links.projector, asking->partition,
				bus_reply_at(reply, 1), NULL);
	asking_end(asking, DESK_OK, "");
}

static void on_park_view(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;

	(void)bus;
	if (!asking_viewed(asking, reply))
		return;
	bool wakes =
		row_wakes(asking->desk->links.directory, bus_reply_span(bus_reply_at(reply, 5)));
	struct bus_args *args = asking_call(asking, "park");
	bus_args_field_text(args, "ref", asking->ref);
	bus_args_field_integer(args, "until", (int64_t)asking->until_ms);
	bus_args_field_text(args, "wake", wakes ? "1" : "0");
	bus_args_send(args, asking->desk->links.bus, on_done, asking);
}

void desk_park(struct desk *desk, struct desk_ask ask, struct span conversation, uint64_t until_ms,
	       struct span ref)
{
	uint64_t now = asking_now_ms(desk);

	if (until_ms && (until_ms <= now || until_ms > now + PARK_MAX_MS)) {
		desk_refuse(ask, DESK_BAD_TIME, "Choose a time to come, within a year.");
		return;
	}
	struct asking *asking = asking_about(desk, ask, conversation);
	if (!asking)
		return;
	row_copy(ref, asking->ref, sizeof(asking->ref));
	asking->until_ms = until_ms;
	desk_view(desk, asking->partition, conversation, on_park_view, asking);
}

void desk_resume(struct desk *desk, struct desk_ask ask, struct span conversation)
{
	struct asking *asking = asking_about(desk, ask, conversation);

	if (asking)
		bus_args_send(asking_call(asking, "resume"), desk->links.bus, on_done, asking);
}
