#include "router/daybook.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/event.h"
#include "router/bus/key.h"
#include "router/digest.h"
#include "router/directory/directory.h"
#include "router/lumps.h"
#include "router/routing/floor_view.h"
#include "router/rows.h"
#include "router/supervise/board.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>

#define TURN_S 1.0
#define SAMPLE_TURNS 5
#define PAGE 100	 /* events folded in one call */
#define SAMPLED_MAX 1000 /* queues */
#define TOLD_SENT 64	 /* events, or sums, that are folded without waiting for the turn */
#define TOLD_MAX 400	 /* and those that are kept for it; more are read instead */
#define TOLD_VALUES 6	 /* of one, at most */
#define TOLD_ID_MAX 44

_Static_assert(TOLD_MAX *TOLD_VALUES + LUMPS_MAX * LUMP_VALUES + 16 <= BUS_ARGUMENTS_MAX,
	       "they go in one call");

struct daybook {
	struct daybook_links links;
	struct digest *digest;
	struct bus_args args;
	ev_timer turn;
	bool open;    /* the sums have been read */
	bool reading; /* or are being */
	bool asked;   /* and not answered */
	unsigned turns, generation;
	char cursor[32]; /* of the reading */
	bool doubted;	 /* others have written since the reading under way was asked for */
	bool live;	 /* every event behind the cursor of Redis is in `told` or `lumps` */
	struct lumps *lumps;
	size_t told_count;
	size_t told_length, told_capacity;
	char *told;		  /* what is said of each: a length and so many octets, of
				     each value */
	char behind[TOLD_ID_MAX]; /* the cursor of Redis */
	char newest[TOLD_ID_MAX]; /* of those in `told` */
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

static void call(struct daybook *daybook, const char *function, bus_done *done)
{
	struct page *page = memory_array(1, sizeof(*page));
	int64_t now = now_ms(daybook);

	*page = (struct page){daybook, daybook->generation};
	daybook->asked = true;
	bus_args_call(&daybook->args, function, KEY_ACD_TAG);
	bus_args_field_integer(&daybook->args, "now", now);
	bus_args_field_integer(&daybook->args, "offset", today_offset_ms(now));
	bus_args_field_integer(&daybook->args, "limit", PAGE);
	bus_args_field_integer(&daybook->args, "day", today_day(daybook->links.today));
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

/* Only reading can say what is behind the cursor. */
static void forget_told(struct daybook *daybook)
{
	daybook->live = false;
	daybook->doubted = daybook->asked;
	lumps_clear(daybook->lumps);
	daybook->told_count = 0;
	daybook->told_length = 0;
}

static void take(struct daybook *daybook, const struct bus_reply *pairs, size_t first)
{
	for (size_t i = first; i + 1 < bus_reply_count(pairs); i += 2)
		today_set(daybook->links.today, bus_reply_span(bus_reply_at(pairs, i)),
			  bus_reply_integer(bus_reply_at(pairs, i + 1)));
}

static void on_folded(struct bus *bus, const struct bus_reply *reply, void *context);

/* How much there is to be told. */
static size_t untold(const struct daybook *daybook)
{
	return daybook->told_count + lumps_count(daybook->lumps);
}

/* Called with something to be told. */
static void send_told(struct daybook *daybook)
{
	struct page *page = memory_array(1, sizeof(*page));
	struct bus_args *args = &daybook->args;
	int64_t now = now_ms(daybook);
	const char *at = daybook->told;

	*page = (struct page){daybook, daybook->generation};
	daybook->asked = true;
	bus_args_call(args, "today_told", KEY_ACD_TAG);
	bus_args_integer(args, now);
	bus_args_integer(args, today_offset_ms(now));
	bus_args_text(args, daybook->behind);
	bus_args_text(args, daybook->newest);
	while (at < daybook->told + daybook->told_length) {
		uint16_t length;
		memcpy(&length, at, sizeof(length));
		at += sizeof(length);
		bus_args_span(args, (struct span){(const uint8_t *)at, length});
		at += length;
	}
	lumps_say(daybook->lumps, args);
	lumps_clear(daybook->lumps);
	daybook->told_count = 0;
	daybook->told_length = 0;
	bus_args_send(args, daybook->links.bus, on_folded, page);
}

static void on_folded(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct daybook *current = ((struct page *)context)->daybook;
	bool known = ((struct page *)context)->generation == current->generation;
	struct daybook *daybook = answered(context, reply);
	struct span word = bus_reply_span(bus_reply_at(reply, 0));

	(void)bus;
	if (!daybook || span_is(word, "moved")) {
		if (known)
			forget_told(current);
		return;
	}
	row_copy(bus_reply_span(bus_reply_at(reply, 1)), daybook->behind, sizeof(daybook->behind));
	int64_t day = bus_reply_integer(bus_reply_at(reply, 2));
	today_turn(daybook->links.today, day);
	if (day == today_day(daybook->links.today))
		take(daybook, reply, 3);
	if (span_is(word, "more")) {
		call(daybook, "today_fold", on_folded);
		return;
	}
	daybook->live = !daybook->doubted;
	daybook->doubted = false;
	if (untold(daybook) >= TOLD_SENT)
		send_told(daybook);
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
	else if (!daybook->live)
		call(daybook, "today_fold", on_folded);
	else if (untold(daybook))
		send_told(daybook);
	if (daybook->turns++ % SAMPLE_TURNS == 0)
		take_sample(daybook);
}

static void put(struct daybook *daybook, struct span value)
{
	if (value.length)
		memcpy(daybook->told + daybook->told_length, value.at, value.length);
	daybook->told_length += value.length;
}

/* A value, of which `length` octets are going to be put. */
static void begin_value(struct daybook *daybook, size_t length)
{
	uint16_t octets = (uint16_t)length;

	if (daybook->told_length + sizeof(octets) + length > daybook->told_capacity) {
		daybook->told_capacity = 2 * (daybook->told_length + sizeof(octets) + length);
		daybook->told = memory_resize(daybook->told, daybook->told_capacity, 1);
	}
	put(daybook, (struct span){(const uint8_t *)&octets, sizeof(octets)});
}

static void put_value(struct daybook *daybook, struct span value)
{
	begin_value(daybook, value.length);
	put(daybook, value);
}

/* Within how much time that queue is to answer, as today.lua reads it; false where it is not known
 * here. */
static bool promise_of(const struct daybook *daybook, struct span queue, int64_t *promised_ms_r)
{
	const struct directory_entity *entity =
		directory_find(daybook->links.directory, DIRECTORY_QUEUE, queue);

	if (!entity)
		return false;
	*promised_ms_r = 1000 * directory_number(entity, "service_level_s",
						 board_usual_level.service_level_s);
	return true;
}

/* Added to the sums; false where it is not what nearly all are, or has to be told by itself. */
static bool put_lump(struct daybook *daybook, const struct bus_reply *event)
{
	struct lump_of of = {event_span(event, "a"), event_span(event, "q"),
			     event_integer(event, "at")};

	int64_t promised;

	if (event_is(event, "e", "accepted") && event_is(event, "consult", "")) {
		bool entered = event_span(event, "entered").length != 0;
		int64_t wait = of.at_ms - event_integer(event, entered ? "entered" : "since");
		wait = wait > 0 ? wait : 0;
		return promise_of(daybook, of.queue, &promised) &&
		       lumps_answered(daybook->lumps, &of, wait, wait <= promised);
	}
	return event_is(event, "e", "released") && !event_is(event, "acw", "pending") &&
	       event_span(event, "talk").length &&
	       lumps_talked(daybook->lumps, &of, event_integer(event, "talk"));
}

static void put_state(struct daybook *daybook, const struct bus_reply *event, struct span routing)
{
	put_value(daybook, (struct span){(const uint8_t *)"state", 5});
	put_value(daybook, event_span(event, "a"));
	put_value(daybook, routing);
	put_value(daybook, event_span(event, "at"));
	daybook->told_count++;
}

/* As TOLD of today.lua has them, a NUL behind each. */
static const char *const told_fields[] = {"e",	  "c",	     "a",      "q",	  "at",	   "leg",
					  "kind", "consult", "from",   "entered", "since", "why",
					  "how",  "acw",     "from_q", "talk"};

/* False where it is too long. `routing` is empty where the agent is what they were. */
static bool put_told(struct daybook *daybook, const struct bus_reply *event, struct span routing)
{
	const size_t count = sizeof(told_fields) / sizeof(*told_fields);
	struct span values[sizeof(told_fields) / sizeof(*told_fields) + 1];
	size_t length = count + 1 + routing.length;

	for (size_t i = 0; i < count; i++) {
		values[i] = event_span(event, told_fields[i]);
		length += values[i].length;
	}
	values[count] = routing;
	if (length > UINT16_MAX)
		return false;
	put_value(daybook, (struct span){NULL, 0});
	begin_value(daybook, length);
	for (size_t i = 0; i <= count; i++) {
		put(daybook, values[i]);
		daybook->told[daybook->told_length++] = '\0';
	}
	return true;
}

static void keep_told(struct daybook *daybook, const struct bus_reply *event)
{
	/* Since this very moment: they were something else before. */
	bool changed = event_integer(event, "ars") == event_integer(event, "at");
	struct span routing = changed ? event_span(event, "ar") : (struct span){NULL, 0};

	if (daybook->told_count == TOLD_MAX) {
		forget_told(daybook);
		return;
	}
	row_copy(event_id(event), daybook->newest, sizeof(daybook->newest));
	if (event_is(event, "e", "offer") || put_lump(daybook, event)) {
		if (routing.length)
			put_state(daybook, event, routing);
		return;
	}
	if (!put_told(daybook, event, routing)) {
		forget_told(daybook);
		return;
	}
	daybook->told_count++;
}

void daybook_event(struct daybook *daybook, const struct bus_reply *event)
{
	if (!daybook->live)
		return;
	keep_told(daybook, event);
	if (untold(daybook) >= TOLD_SENT && !daybook->asked)
		send_told(daybook);
}

void daybook_read(struct daybook *daybook)
{
	forget_told(daybook);
}

void daybook_begin(struct daybook *daybook)
{
	int64_t now = now_ms(daybook);

	daybook->open = true;
	daybook->reading = true;
	daybook->asked = false;
	forget_told(daybook);
	daybook->generation++;
	row_copy((struct span){(const uint8_t *)"0", 1}, daybook->cursor, sizeof(daybook->cursor));
	today_turn(daybook->links.today, (now + today_offset_ms(now)) / TODAY_DAY_MS);
	digest_begin(daybook->digest);
	call(daybook, "today_read", on_read);
}

void daybook_end(struct daybook *daybook)
{
	daybook->open = false;
	digest_end(daybook->digest);
	forget_told(daybook);
	daybook->generation++;
}

struct daybook *daybook_create(const struct daybook_links *links)
{
	struct daybook *daybook = memory_array(1, sizeof(*daybook));

	daybook->links = *links;
	daybook->digest = digest_create(
		&(struct digest_links){links->loop, links->bus, links->today, links->partitions});
	daybook->lumps = lumps_create();
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
	digest_destroy(&daybook->digest);
	lumps_destroy(&daybook->lumps);
	ev_timer_stop(daybook->links.loop, &daybook->turn);
	bus_args_finish(&daybook->args);
	free(daybook->told);
	free(daybook);
}
