#include "router/digest.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"
#include "router/rows.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>

#define TURN_S 1.0
#define PAGE 200 /* of each stream folded in one call */

struct part {
	struct digest *digest;
	unsigned partition;
	bool asked;
	char told[24]; /* how many changes of its figures are in the day's; "": nothing is */
};

struct digest {
	struct digest_links links;
	struct part *parts;
	struct bus_args args;
	ev_timer turn;
	bool open;
	unsigned generation; /* counts beginnings */
};

/* One call on its way. */
struct page {
	struct part *part;
	unsigned generation;
};

/* Those of today_figure() that are summed up here. */
static const char *const figures[] = {"first_responses", "first_response_ms", "responses",
				      "response_ms"};

static void fold(struct part *part);

/* Everything is asked for from the beginning. */
static void forget(struct digest *digest)
{
	for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++)
		today_clear(digest->links.today, figures[i]);
	for (unsigned i = 0; i < digest->links.partitions; i++) {
		digest->parts[i].asked = false;
		digest->parts[i].told[0] = '\0';
	}
	digest->generation++;
}

/* {more | ok, day, told, added | all, {field, value…}} → false where somebody else has folded what
 * this router was not told of. */
static bool take(struct part *part, const struct bus_reply *reply)
{
	struct today *today = part->digest->links.today;
	const struct bus_reply *pairs = bus_reply_at(reply, 4);
	int64_t day = bus_reply_integer(bus_reply_at(reply, 1));

	if (*part->told && !span_is(bus_reply_span(bus_reply_at(reply, 3)), "added"))
		return false;
	row_copy(bus_reply_span(bus_reply_at(reply, 2)), part->told, sizeof(part->told));
	today_turn(today, day);
	for (size_t i = 0; day == today_day(today) && i + 1 < bus_reply_count(pairs); i += 2)
		today_add(today, bus_reply_span(bus_reply_at(pairs, i)),
			  bus_reply_integer(bus_reply_at(pairs, i + 1)));
	return true;
}

static void on_folded(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct page *page = context;
	struct part *part = page->part;
	bool current = page->generation == part->digest->generation;

	(void)bus;
	free(page);
	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "digest_failed", "partition=%u error=%s", part->partition,
			  (const char *)bus_reply_span(reply).at);
	if (!current)
		return;
	part->asked = false;
	if (bus_reply_type(reply) != BUS_ARRAY)
		return;
	if (!take(part, reply))
		forget(part->digest);
	else if (span_is(bus_reply_span(bus_reply_at(reply, 0)), "more"))
		fold(part);
}

static void fold(struct part *part)
{
	struct digest *digest = part->digest;
	struct page *page = memory_array(1, sizeof(*page));
	int64_t now = (int64_t)(ev_now(digest->links.loop) * 1000.);
	char tag[KEY_MAX];

	*page = (struct page){part, digest->generation};
	part->asked = true;
	bus_args_call(&digest->args, "digest_fold", key_tag(part->partition, tag));
	bus_args_field_integer(&digest->args, "limit", PAGE);
	bus_args_field_integer(&digest->args, "now", now);
	bus_args_field_integer(&digest->args, "offset", today_offset_ms(now));
	bus_args_field_text(&digest->args, "told", part->told);
	bus_args_send(&digest->args, digest->links.bus, on_folded, page);
}

static void on_turn(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct digest *digest = timer->data;

	(void)loop;
	(void)revents;
	if (!digest->open || !bus_is_ready(digest->links.bus))
		return;
	for (unsigned i = 0; i < digest->links.partitions; i++) {
		if (!digest->parts[i].asked)
			fold(&digest->parts[i]);
	}
}

void digest_begin(struct digest *digest)
{
	forget(digest);
	digest->open = true;
}

void digest_end(struct digest *digest)
{
	digest->open = false;
	digest->generation++;
}

struct digest *digest_create(const struct digest_links *links)
{
	struct digest *digest = memory_array(1, sizeof(*digest));

	digest->links = *links;
	digest->parts = memory_array(links->partitions, sizeof(*digest->parts));
	for (unsigned i = 0; i < links->partitions; i++)
		digest->parts[i] = (struct part){.digest = digest, .partition = i};
	bus_args_init(&digest->args);
	ev_timer_init(&digest->turn, on_turn, TURN_S, TURN_S);
	digest->turn.data = digest;
	ev_timer_start(links->loop, &digest->turn);
	return digest;
}

void digest_destroy(struct digest **pointer)
{
	struct digest *digest = *pointer;

	if (!digest)
		return;
	*pointer = NULL;
	ev_timer_stop(digest->links.loop, &digest->turn);
	bus_args_finish(&digest->args);
	free(digest->parts);
	free(digest);
}
