#include "router/history.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"

#include <ev.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_S 2.  /* how often all of them are looked at */
#define CUT_FEW 50 /* what was cut in one call for there to be no more at once */
#define OTHERS 3   /* streams behind those of the partitions: the floor, users, carriers */

struct stream {
	struct history *history;
	char tag[KEY_MAX];
	bool followed; /* by the projector */
	bool asked;
	bool full; /* the number is what bounds it */
	uint64_t kept, cut, oldest_ms;
};

struct history {
	struct history_links links;
	struct stream *streams;
	unsigned count;
	struct bus_args args;
	ev_timer timer;
};

static void look(struct stream *stream);

static uint64_t number(const struct bus_reply *reply, size_t at)
{
	struct span text = bus_reply_span(bus_reply_at(reply, at));

	return text.length ? strtoull((const char *)text.at, NULL, 10) : 0;
}

/* Told once: reports do not go as far back as was asked for. */
static void note_full(struct stream *stream, bool full)
{
	uint64_t now = (uint64_t)(ev_now(stream->history->links.loop) * 1000.);

	if (full && !stream->full)
		log_event(LOG_WARN, "events_cut",
			  "source=%s:events kept=%" PRIu64 " oldest_s=%" PRIu64
			  " why=\"more than keep_most in less than keep_h\"",
			  stream->tag, stream->kept,
			  stream->oldest_ms < now ? (now - stream->oldest_ms) / 1000 : 0);
	stream->full = full;
}

static void on_kept(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct stream *stream = context;

	(void)bus;
	stream->asked = false;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		if (bus_reply_type(reply) == BUS_ERROR)
			log_event(LOG_ERROR, "events_keep_failed", "source=%s:events error=%s",
				  stream->tag, (const char *)bus_reply_span(reply).at);
		return;
	}
	uint64_t old = number(reply, 0), many = number(reply, 1);
	stream->kept = number(reply, 2);
	stream->oldest_ms = number(reply, 3);
	stream->cut += many;
	if (many)
		note_full(stream, true);
	else if (old)
		note_full(stream, false);
	if (old + many >= CUT_FEW)
		look(stream);
}

static void look(struct stream *stream)
{
	struct history *history = stream->history;
	struct bus_args *args = &history->args;
	uint64_t now = (uint64_t)(ev_now(history->links.loop) * 1000.);
	uint64_t keep = history->links.keep_ms;

	stream->asked = true;
	bus_args_call(args, "events_keep", stream->tag);
	bus_args_field_integer(args, "before", (int64_t)(now > keep ? now - keep : 0));
	bus_args_field_integer(args, "most", history->links.most);
	bus_args_field_text(args, "follows", stream->followed ? "1" : "0");
	bus_args_send(args, history->links.bus, on_kept, stream);
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct history *history = timer->data;

	(void)loop;
	(void)revents;
	if (!bus_is_ready(history->links.bus))
		return;
	for (unsigned i = 0; i < history->count; i++) {
		if (!history->streams[i].asked)
			look(&history->streams[i]);
	}
}

struct history *history_create(const struct history_links *links)
{
	static const char *const others[OTHERS] = {KEY_ACD_TAG, KEY_USER_TAG, KEY_GATEWAY_TAG};
	struct history *history = memory_array(1, sizeof(*history));

	history->links = *links;
	history->count = links->partitions + OTHERS;
	history->streams = memory_array(history->count, sizeof(*history->streams));
	for (unsigned i = 0; i < history->count; i++) {
		history->streams[i].history = history;
		history->streams[i].followed = i <= links->partitions;
	}
	for (unsigned i = 0; i < links->partitions; i++)
		key_tag(i, history->streams[i].tag);
	for (unsigned i = 0; i < OTHERS; i++)
		snprintf(history->streams[links->partitions + i].tag, KEY_MAX, "%s", others[i]);
	bus_args_init(&history->args);
	ev_timer_init(&history->timer, on_timer, LOOK_S, LOOK_S);
	history->timer.data = history;
	ev_timer_start(links->loop, &history->timer);
	return history;
}

void history_destroy(struct history **pointer)
{
	struct history *history = *pointer;

	if (!history)
		return;
	*pointer = NULL;
	ev_timer_stop(history->links.loop, &history->timer);
	bus_args_finish(&history->args);
	free(history->streams);
	free(history);
}

void history_measure(const struct history *history, struct metrics *metrics)
{
	uint64_t now = (uint64_t)(ev_now(history->links.loop) * 1000.);

	for (unsigned i = 0; i < history->count; i++) {
		const struct stream *stream = &history->streams[i];
		uint64_t oldest = stream->oldest_ms ? stream->oldest_ms : now;
		char labels[KEY_MAX + 16];
		snprintf(labels, sizeof(labels), "stream=\"%.*s\"", (int)strlen(stream->tag) - 2,
			 stream->tag + 1);
		metric_set(metrics_gauge(metrics, "bindery_events_kept", "Events that are kept.",
					 labels),
			   (int64_t)stream->kept);
		metric_set(metrics_gauge(metrics, "bindery_events_oldest_s",
					 "Age of the oldest event that is kept.", labels),
			   (int64_t)(now > oldest ? (now - oldest) / 1000 : 0));
		struct metric *cut = metrics_counter(
			metrics, "bindery_events_cut_total",
			"Events cut away before their time, being more than keep_most.", labels);
		metric_add(cut, stream->cut - (uint64_t)metric_value(cut));
	}
}
