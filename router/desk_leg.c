/* The end of a leg: disconnected, wrapped up, or both in one. */
#include "router/asking.h"

#include "router/rows.h"

#include <string.h>

static const char *const *codes_of(const struct asking *asking, struct span queue)
{
	return numbers_wrapup_codes(asking->desk->links.numbers, queue);
}

/* A queue that has no codes asks for none. */
static bool has_code(const struct asking *asking, struct span queue)
{
	const char *const *codes = codes_of(asking, queue);

	if (!*codes)
		return !*asking->wrapup;
	while (*codes && strcmp(*codes, asking->wrapup) != 0)
		codes++;
	return *codes;
}

static void on_done(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;

	(void)bus;
	if (!asking_answered(asking, reply) || asking_not_yours(asking, reply))
		return;
	if (asking_word(reply, "queue")) {
		/* It was moved between the view and the word. */
		asking_end(asking, DESK_NOT_YOURS, "This conversation is not yours.");
		return;
	}
	if (asking_word(reply, "late")) {
		asking_end(asking, DESK_CONFLICT,
			   "It was over before this came: the code and the notes are not kept.");
		return;
	}
	if (asking_word(reply, "wrapup")) {
		asking_end(asking, DESK_WRAPUP_UNKNOWN, "The queue asks for a wrap-up code.");
		return;
	}
	if (asking_word(reply, "ok"))
		projector_event(asking->desk->links.projector, asking->partition,
				bus_reply_at(reply, 1), NULL);
	asking_end(asking, DESK_OK, "");
}

static void put_wrapup(struct asking *asking)
{
	bus_args_field_text(&asking->desk->args, "wrapup", asking->wrapup);
	bus_args_field_text(&asking->desk->args, "notes", asking->notes);
}

/* Whether the code may be used; where not, the ask has ended. */
static bool accepts_code(struct asking *asking, const struct bus_reply *view)
{
	if (has_code(asking, asking_queue(view)))
		return true;
	asking_end(asking, DESK_WRAPUP_UNKNOWN, "The queue has no such wrap-up code.");
	return false;
}

static void send_close(struct asking *asking, struct span queue, bus_done *done)
{
	struct bus_args *args = asking_call_placed(asking, "close");

	asking_put_work(asking, queue);
	put_wrapup(asking);
	bus_args_field(args, "queue", queue);
	bus_args_send(args, asking->desk->links.bus, done, asking);
}

static void on_close_view(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;

	(void)bus;
	if (asking_viewed(asking, reply) && accepts_code(asking, reply))
		send_close(asking, asking_queue(reply), on_done);
}

static void view_and_close(struct asking *asking)
{
	desk_view(asking->desk, asking->partition, asking_span(asking->conversation), on_close_view,
		  asking);
}

/* It is in another queue than it was remembered to be. */
static void on_close_guessed(struct bus *bus, const struct bus_reply *reply, void *context)
{
	if (asking_word(reply, "queue"))
		view_and_close(context);
	else
		on_done(bus, reply, context);
}

static void on_disconnect_view(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;

	(void)bus;
	if (!asking_viewed(asking, reply))
		return;
	struct bus_args *args = asking_call_once(asking, "disconnect");
	asking_put_work(asking, asking_queue(reply));
	bus_args_send(args, asking->desk->links.bus, on_done, asking);
}

static void on_wrap_view(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asking *asking = context;

	(void)bus;
	if (!asking_viewed(asking, reply))
		return;
	if (*asking->wrapup && !accepts_code(asking, reply))
		return;
	bool coded = *codes_of(asking, asking_queue(reply));
	struct bus_args *args = asking_call(asking, "wrapup");
	bus_args_field_integer(args, "leg", asking->leg);
	bus_args_field_text(args, "uncoded", coded ? "" : "1");
	put_wrapup(asking);
	bus_args_send(args, asking->desk->links.bus, on_done, asking);
}

static struct asking *wrapping(struct desk *desk, struct desk_ask ask, struct span conversation,
			       struct desk_wrapup wrapup)
{
	struct asking *asking = asking_about(desk, ask, conversation);

	if (!asking)
		return NULL;
	row_copy(wrapup.code, asking->wrapup, sizeof(asking->wrapup));
	row_copy(wrapup.notes, asking->notes, sizeof(asking->notes));
	row_copy(wrapup.ref, asking->ref, sizeof(asking->ref));
	return asking;
}

void desk_close(struct desk *desk, struct desk_ask ask, struct span conversation,
		struct desk_wrapup wrapup)
{
	struct asking *asking = wrapping(desk, ask, conversation, wrapup);

	if (!asking)
		return;
	const char *queue = projector_queue_of(desk->links.projector, conversation);
	if (queue && has_code(asking, asking_span(queue)))
		send_close(asking, asking_span(queue), on_close_guessed);
	else
		view_and_close(asking);
}

void desk_disconnect(struct desk *desk, struct desk_ask ask, struct span conversation,
		     enum desk_after after, struct span ref)
{
	struct asking *asking = asking_about(desk, ask, conversation);

	if (!asking)
		return;
	asking->after = after;
	row_copy(ref, asking->ref, sizeof(asking->ref));
	desk_view(desk, asking->partition, conversation, on_disconnect_view, asking);
}

void desk_wrap(struct desk *desk, struct desk_ask ask, struct span conversation, unsigned leg,
	       struct desk_wrapup wrapup)
{
	struct asking *asking = wrapping(desk, ask, conversation, wrapup);

	if (!asking)
		return;
	asking->leg = leg;
	struct bus_args *view = desk_view_call(desk, asking->partition, conversation);
	bus_args_field_integer(view, "leg", leg);
	bus_args_send(view, desk->links.bus, on_wrap_view, asking);
}
