/* Reading the floor: whole, page by page, into a floor that takes the mirror's place; or to make
 * sure that the mirror is so, while matching goes on. */
#include "router/routing/offers_internal.h"

#include "config/log.h"
#include "router/bus/key.h"
#include "router/routing/mirror.h"

#define SWEEP_S 30.0 /* how often the mirror is held against Redis */
/* After an error, or a refusal that the mirror cannot explain; and till it is read once more, while
 * matching goes on. */
#define RETRY_S 0.25
#define PAGE 250	/* rows read at once */
#define PAGE_CHECKED 50 /* the same while offers are made, which wait for it */

struct floor *offers_empty_floor(const struct offers *offers)
{
	struct floor *floor = floor_create();

	for (size_t i = 0; i < offers->queue_count; i++)
		floor_queue(floor, offers->queues[i]->name, &offers->queues[i]->facts);
	return floor;
}

static void read_page(struct offers *offers, enum mirror_list list, struct span cursor);
static void failed(struct offers *offers);
static void wait_a_moment(struct offers *offers);

/* What has been read is the floor now. */
static void adopt(struct offers *offers, struct span newest)
{
	bool first = !offers->open;

	offers_seen(offers, newest);
	floor_destroy(&offers->floor);
	offers->floor = offers->fresh;
	offers->fresh = NULL;
	offers->reading = false;
	offers->open = true;
	offers->changed = true;
	if (offers->again)
		wait_a_moment(offers);
	if (first)
		offers->events.opened(offers->events.context);
}

static void checked(struct offers *offers)
{
	offers->checking = false;
	offers->sweeps++;
	offers->sweep_found += offers->found;
	if (offers->found) {
		log_event(LOG_WARN, "floor_corrected", "differences=%u", offers->found);
		offers_load(offers);
		return;
	}
	offers->reading = false;
	offers->changed = true;
}

static void on_page(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct call *call = context;
	struct offers *offers = call->offers;
	enum mirror_list list = call->list;
	bool current = call->generation == offers->generation && call->round == offers->round;

	(void)bus;
	offers_call_end(call, OFFERS_OK);
	if (!current)
		return;
	if (bus_reply_type(reply) != BUS_ARRAY || bus_reply_count(reply) != 5) {
		if (bus_reply_type(reply) == BUS_ERROR)
			log_event(LOG_ERROR, "floor_failed", "error=%s",
				  (const char *)bus_reply_span(reply).at);
		failed(offers);
		return;
	}
	if (offers->fresh)
		mirror_load(offers->fresh, list, reply);
	else
		offers->found += mirror_check(offers->floor, list, reply);
	bool last = mirror_is_last(reply);
	/* The last page's cursor is that of the next list's first. */
	if (!last || list + 1 < MIRROR_LISTS)
		read_page(offers, last ? list + 1 : list, bus_reply_span(bus_reply_at(reply, 0)));
	else if (offers->fresh)
		adopt(offers, bus_reply_span(bus_reply_at(reply, 4)));
	else
		checked(offers);
}

static void read_page(struct offers *offers, enum mirror_list list, struct span cursor)
{
	struct call *call = offers_call_create(offers, (struct offers_ask){NULL, NULL});

	call->list = list;
	call->round = offers->round;
	offers_call(offers, "floor_read");
	bus_args_field_text(&offers->args, "of", mirror_list_name(list));
	bus_args_field(&offers->args, "cursor", cursor);
	bus_args_field_integer(&offers->args, "limit", offers->fresh ? PAGE : PAGE_CHECKED);
	bus_args_send(&offers->args, offers->bus, on_page, call);
}

static void begin(struct offers *offers)
{
	offers->round++;
	offers->found = 0;
	read_page(offers, MIRROR_QUEUES, (struct span){(const uint8_t *)"0", 1});
}

void offers_read_on(struct offers *offers)
{
	if (!offers->reading || offers->checking || offers->fresh || offers->making > 0 ||
	    ev_is_active(&offers->retry))
		return;
	if (offers->open && offers->doubted)
		offers->checking = true;
	else
		offers->fresh = offers_empty_floor(offers);
	offers->doubted = false;
	begin(offers);
}

void offers_read_nothing(struct offers *offers)
{
	offers->reading = offers->checking = offers->doubted = offers->again = false;
	offers->round++;
	floor_destroy(&offers->fresh);
	ev_timer_stop(offers->loop, &offers->retry);
}

void offers_load(struct offers *offers)
{
	offers_read_nothing(offers);
	offers->reading = true;
	offers_read_on(offers);
}

void offers_check(struct offers *offers)
{
	if (offers->reading || offers->checking)
		return;
	offers->checking = true;
	begin(offers);
}

static void wait_a_moment(struct offers *offers)
{
	if (ev_is_active(&offers->retry))
		return;
	ev_timer_set(&offers->retry, RETRY_S, 0.);
	ev_timer_start(offers->loop, &offers->retry);
}

/* After a moment, so that what goes on failing does not go on at full speed. */
static void read_later(struct offers *offers)
{
	offers->reading = true;
	wait_a_moment(offers);
}

void offers_doubt(struct offers *offers)
{
	/* Where it is to be read whole, nothing needs to be made sure of. */
	if (!offers->reading || offers->checking)
		offers->doubted = true;
	offers->checking = false;
	offers->round++;
	read_later(offers);
}

/* A page was refused: the same again. */
static void failed(struct offers *offers)
{
	offers->doubted = offers->checking;
	offers->checking = false;
	floor_destroy(&offers->fresh);
	offers->round++;
	read_later(offers);
}

static void on_retry(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct offers *offers = timer->data;

	(void)loop;
	(void)revents;
	if (offers->again)
		offers_load(offers);
	else
		offers_read_on(offers);
}

static void on_sweep(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct offers *offers = timer->data;

	(void)loop;
	(void)revents;
	if (offers->open)
		offers_check(offers);
}

void offers_read_init(struct offers *offers)
{
	ev_timer_init(&offers->sweep, on_sweep, SWEEP_S, SWEEP_S);
	ev_timer_init(&offers->retry, on_retry, RETRY_S, 0.);
	offers->sweep.data = offers;
	offers->retry.data = offers;
	ev_timer_start(offers->loop, &offers->sweep);
}

void offers_read_finish(struct offers *offers)
{
	offers_read_nothing(offers);
	ev_timer_stop(offers->loop, &offers->sweep);
}
