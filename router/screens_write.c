/*
 * Entries of agents' streams: behind the newest that is known, or by push(), which finds it out.
 * Once another router has been seen to write there, everything goes by push(), until this one
 * begins anew: one that stalled for longer than its lease may have events in hand that the other
 * has written, and newer ones behind them.
 */
#include "router/screens_internal.h"

#include "config/log.h"
#include "router/bus/key.h"
#include "router/door/door.h"
#include "router/rows.h"

#include <stdio.h>
#include <string.h>

#define FRAME_WORDS 3	 /* source, id, frame */
#define APPENDED_MAX 128 /* entries in a row that are written without push() */
#define SOURCES_MAX 64	 /* of one of them */

static void on_pushed(struct bus *bus, const struct bus_reply *reply, void *context);
static void on_appended(struct bus *bus, const struct bus_reply *reply, void *context);

static struct span frame_word(const struct batch *batch, size_t i, size_t word)
{
	return bus_args_at(&batch->args, SCREENS_CALL_WORDS + FRAME_WORDS * i + word);
}

/* The newest event of each source of a batch, as `s` of an entry has them; false where they are too
 * many. */
static bool put_sources(struct bus_args *args, const struct batch *batch)
{
	char text[SOURCES_MAX * (SCREENS_SOURCE_MAX + SCREENS_ID_MAX + 2)] = "";
	struct {
		struct span source, id;
	} newest[SOURCES_MAX];
	size_t count = 0, length = 0;

	for (size_t i = 0; i < batch->count; i++) {
		struct span source = frame_word(batch, i, 0), id = frame_word(batch, i, 1);
		size_t k = 0;
		while (k < count && !span_same(newest[k].source, source))
			k++;
		if (k == SOURCES_MAX)
			return false;
		if (k == count)
			newest[count++].source = source;
		else if (wire_id_compare(id, newest[k].id) <= 0)
			continue;
		newest[k].id = id;
	}
	for (size_t k = 0; k < count; k++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%.*s %.*s",
					   k ? " " : "", (int)newest[k].source.length,
					   (const char *)newest[k].source.at,
					   (int)newest[k].id.length, (const char *)newest[k].id.at);
	bus_args_span(args, (struct span){(const uint8_t *)text, length});
	return true;
}

/* What nobody can have written before goes behind the newest entry, where that is known; Redis
 * refuses it if somebody else has written since. Now and then push() notes which events are in the
 * stream. */
static bool append(struct line *line)
{
	struct bus_args *args = &line->screens->args;
	const struct batch *batch = line->sent;
	char id[WIRE_ID_MAX + 1], key[KEY_MAX];

	if (batch->read || line->shared || line->appended == APPENDED_MAX ||
	    batch->count > REEL_STRIDE || !reel_next(line->newest, id))
		return false;
	bus_args_text(args, "XADD");
	bus_args_text(args, key_agent_events(line->agent, key));
	bus_args_text(args, id);
	bus_args_text(args, "s");
	if (!put_sources(args, batch)) {
		bus_args_clear(args);
		return false;
	}
	for (size_t i = 0; i < batch->count; i++)
		bus_args_field(args, "j", frame_word(batch, i, 2));
	line->appended++;
	bus_args_send(args, line->screens->bus, on_appended, line);
	return true;
}

static void push(struct line *line)
{
	line->appended = 0;
	bus_args_send(&line->sent->args, line->screens->bus, on_pushed, line);
}

static void tell_written(struct line *line, const char *before, size_t count)
{
	struct screens *screens = line->screens;

	for (size_t i = 0; i < count; i++)
		screens->entries[i] = (struct feed_entry){span_text(screens->ids[i]),
							  frame_word(line->sent, i, 2)};
	if (screens->door)
		door_written(screens->door, line->agent, span_text(before), screens->entries,
			     count);
}

/* What push() says: the newest entry before, and the id of each frame, "" of one that was there,
 * which of what is not read anew somebody else has written. */
static void take_pushed(struct line *line, struct span answer)
{
	struct screens *screens = line->screens;
	const char *at = (const char *)answer.at, *end = at + answer.length;
	char before[WIRE_ID_MAX + 1];
	size_t count = 0;

	row_copy(span_text(at), before, sizeof(before));
	if (*line->newest && strcmp(line->newest, before) != 0)
		line->shared = true;
	memcpy(line->newest, before, sizeof(before));
	at += strlen(at);
	while (at < end && count < line->sent->count && count < REEL_STRIDE) {
		struct span id = span_text(at + 1);
		row_copy(id, screens->ids[count], sizeof(screens->ids[count]));
		if (id.length)
			memcpy(line->newest, screens->ids[count], sizeof(line->newest));
		else if (!line->sent->read)
			line->shared = true;
		at += 1 + id.length;
		count++;
	}
	tell_written(line, before, count);
}

static void on_pushed(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct line *line = context;
	bool written = bus_reply_type(reply) == BUS_STRING;

	(void)bus;
	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "push_failed", "agent=%s error=%s", line->agent,
			  (const char *)bus_reply_span(reply).at);
	if (written)
		take_pushed(line, bus_reply_span(reply));
	screens_wrote(line, written);
}

/* Who else has written, or why it could not be, push() finds out. */
static void on_appended(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct line *line = context;
	char before[WIRE_ID_MAX + 1];
	size_t count = line->sent->count;

	(void)bus;
	if (bus_reply_type(reply) == BUS_ERROR) {
		push(line);
		return;
	}
	if (bus_reply_type(reply) == BUS_STRING) {
		memcpy(before, line->newest, sizeof(before));
		row_copy(bus_reply_span(reply), line->newest, sizeof(line->newest));
		for (size_t i = 0; i < count; i++)
			reel_frame(span_text(line->newest), i, count, line->screens->ids[i]);
		tell_written(line, before, count);
	}
	screens_wrote(line, bus_reply_type(reply) == BUS_STRING);
}

void screens_write(struct line *line)
{
	if (!append(line))
		push(line);
}
