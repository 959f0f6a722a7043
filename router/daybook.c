#include "router/daybook.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"
#include "router/routing/floor_view.h"
#include "router/rows.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TURN_S 1.0
#define SAMPLE_TURNS 5
#define PAGE 100	 /* events folded in one call */
#define SAMPLED_MAX 1000 /* queues */
#define DAY_MS 86400000LL

struct daybook {
	struct daybook_links links;
	struct bus_args args;
	ev_timer turn;
	bool open;    /* the sums have been read */
	bool reading; /* or are being */
	bool asked;   /* and not answered */
	unsigned turns, generation;
	int64_t day;
	char cursor[32]; /* of the reading */
};

/* One call on its way. */
struct page {
	struct daybook *daybook;
	unsigned generation;
};

static int64_t now_ms(const struct daybook *daybook)
{
	return (int64_t)(ev_now(daybook->links.loop) * 1000.);
}

/* Of the router's own time of day. */
static int64_t offset_ms(int64_t at_ms)
{
	time_t seconds = (time_t)(at_ms / 1000);
	struct tm local;

	return localtime_r(&seconds, &local) ? (int64_t)local.tm_gmtoff * 1000 : 0;
}

static void begin_day(struct daybook *daybook, int64_t day)
{
	daybook->day = day;
	today_begin(daybook->links.today, day, (uint64_t)(day * DAY_MS - offset_ms(day * DAY_MS)));
}

static void call(struct daybook *daybook, const char *function, bus_done *done)
{
	struct page *page = memory_array(1, sizeof(*page));
	int64_t now = now_ms(daybook);

	*page = (struct page){daybook, daybook->generation};
	daybook->asked = true;
	bus_args_call(&daybook->args, function, KEY_ACD_TAG);
	bus_args_field_integer(&daybook->args, "now", now);
	bus_args_field_integer(&daybook->args, "offset", offset_ms(now));
	bus_args_field_integer(&daybook->args, "limit", PAGE);
	bus_args_field_integer(&daybook->args, "day", daybook->day);
	bus_args_field_text(&daybook->args, "cursor", daybook->cursor);
	bus_args_send(&daybook->args, daybook->links.bus, done, page);
}

/* The daybook whose answer can be used, or NULL. */
static struct daybook *answered(void *context, const struct bus_reply *reply)
{
	struct page *page = context;
	struct daybook *daybook = page->daybook;
	bool current = page->generation == daybook->generation;

	free(page);
	if (current)
		daybook->asked = false;
	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "daybook_failed", "error=%s",
			  (const char *)bus_reply_span(reply).at);
	return current && bus_reply_type(reply) == BUS_ARRAY ? daybook : NULL;
}

static void take(struct daybook *daybook, const struct bus_reply *pairs, size_t first)
{
	for (size_t i = first; i + 1 < bus_reply_count(pairs); i += 2)
		today_set(daybook->links.today, bus_reply_span(bus_reply_at(pairs, i)),
			  bus_reply_integer(bus_reply_at(pairs, i + 1)));
}

static void on_folded(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct daybook *daybook = answered(context, reply);

	(void)bus;
	if (!daybook)
		return;
	begin_day(daybook, bus_reply_integer(bus_reply_at(reply, 1)));
	take(daybook, reply, 2);
	if (bus_reply_span(bus_reply_at(reply, 0)).length == strlen("more"))
		call(daybook, "today_fold", on_folded);
}

static void on_read(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct daybook *daybook = answered(context, reply);

	(void)bus;
	if (!daybook)
		return;
	take(daybook, bus_reply_at(reply, 1), 0);
	row_copy(bus_reply_span(bus_reply_at(reply, 0)), daybook->cursor, sizeof(daybook->cursor));
	if (strcmp(daybook->cursor, "0") != 0) {
		call(daybook, "today_read", on_read);
		return;
	}
	daybook->reading = false;
	call(daybook, "today_fold", on_folded);
}

/* Sampling: what stands now, of the floor and of every queue in which something waits. */

struct sampling {
	struct daybook *daybook;
	unsigned queues;
	unsigned waiting, on_queue;
};

static void sample(struct daybook *daybook, const char *queue, unsigned waiting, unsigned on_queue)
{
	bus_args_text(&daybook->args, queue);
	bus_args_integer(&daybook->args, waiting);
	bus_args_integer(&daybook->args, on_queue);
}

static void sample_queue(const struct floor_queue_view *queue, void *context)
{
	struct sampling *sampling = context;

	sampling->waiting += queue->waiting;
	if (queue->waiting && sampling->queues++ < SAMPLED_MAX)
		sample(sampling->daybook, queue->name, queue->waiting, queue->on_queue);
}

static void count_agent(const struct floor_agent_view *agent, void *context)
{
	struct sampling *sampling = context;

	sampling->on_queue += agent->facts.takes && agent->facts.connections > 0;
}

static void take_sample(struct daybook *daybook)
{
	struct floor *floor = daybook->links.floor(daybook->links.context);
	struct sampling sampling = {.daybook = daybook};

	if (!floor)
		return;
	bus_args_call(&daybook->args, "today_sample", KEY_ACD_TAG);
	bus_args_integer(&daybook->args, now_ms(daybook));
	floor_each_queue(floor, sample_queue, &sampling);
	floor_each_agent(floor, count_agent, &sampling);
	sample(daybook, "", sampling.waiting, sampling.on_queue);
	bus_args_send(&daybook->args, daybook->links.bus, NULL, NULL);
}

static void on_turn(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct daybook *daybook = timer->data;

	(void)loop;
	(void)revents;
	if (!daybook->open || daybook->asked)
		return;
	if (daybook->reading)
		call(daybook, "today_read", on_read);
	else
		call(daybook, "today_fold", on_folded);
	if (daybook->turns++ % SAMPLE_TURNS == 0)
		take_sample(daybook);
}

void daybook_begin(struct daybook *daybook)
{
	int64_t now = now_ms(daybook);

	daybook->open = true;
	daybook->reading = true;
	daybook->asked = false;
	daybook->generation++;
	row_copy((struct span){(const uint8_t *)"0", 1}, daybook->cursor, sizeof(daybook->cursor));
	begin_day(daybook, (now + offset_ms(now)) / DAY_MS);
	call(daybook, "today_read", on_read);
}

void daybook_end(struct daybook *daybook)
{
	daybook->open = false;
	daybook->generation++;
}

struct daybook *daybook_create(const struct daybook_links *links)
{
	struct daybook *daybook = memory_array(1, sizeof(*daybook));

	daybook->links = *links;
	bus_args_init(&daybook->args);
	ev_timer_init(&daybook->turn, on_turn, TURN_S, TURN_S);
	daybook->turn.data = daybook;
	ev_timer_start(links->loop, &daybook->turn);
	return daybook;
}

void daybook_destroy(struct daybook **pointer)
{
	struct daybook *daybook = *pointer;

	if (!daybook)
		return;
	*pointer = NULL;
	ev_timer_stop(daybook->links.loop, &daybook->turn);
	bus_args_finish(&daybook->args);
	free(daybook);
}
