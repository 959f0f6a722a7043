#include "router/door/feed.h"

#include <assert.h>
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/bus/key.h"
#include "router/door/reel.h"

#define BUCKETS 1024

struct feed {
	struct feed_table *table;
	struct feed *next;
	char channel[KEY_MAX];
	char key[KEY_MAX];
	char cursor[WIRE_ID_MAX + 1];
	struct feed_reader *readers;
	bool reading; /* the answer to a read will come, and holds this feed alive */
	bool again;   /* something was written since that read was sent */
	bool rewound; /* that read began behind what a reader needs */
};

/* One page of a reader that catches up. */
struct feed_catch {
	struct feed_reader *reader; /* NULL: it left */
	bool gone;		    /* the stream does not reach back to its id */
};

struct feed_table {
	struct ev_loop *loop;
	struct bus *bus;
	struct bus_ear *ear;
	struct counters *counters;
	ev_timer poll;
	struct feed *buckets[BUCKETS];
	bool closing;
};

static void set_cursor(char cursor[WIRE_ID_MAX + 1], struct span id)
{
	size_t length = id.length < WIRE_ID_MAX ? id.length : WIRE_ID_MAX;

	memcpy(cursor, id.at, length);
	cursor[length] = '\0';
}

static struct feed **bucket_of(struct feed_table *table, const char *channel)
{
	return &table->buckets[span_hash(span_text(channel)) % BUCKETS];
}

static struct feed *find(struct feed_table *table, const char *channel)
{
	struct feed *feed = *bucket_of(table, channel);

	while (feed && strcmp(feed->channel, channel) != 0)
		feed = feed->next;
	return feed;
}

static void drop_if_idle(struct feed *feed)
{
	struct feed **link = bucket_of(feed->table, feed->channel);

	if (feed->readers || feed->reading)
		return;
	while (*link != feed)
		link = &(*link)->next;
	*link = feed->next;
	if (!feed->table->closing)
		bus_ear_unsubscribe(feed->table->ear, feed->channel);
	free(feed);
}

static void read_after(struct feed *feed, const char *cursor, bus_done *done, void *context)
{
	char after[WIRE_ID_MAX + 2];
	char page[16];
	struct span arguments[6] = {span_text("XRANGE"), span_text(feed->key)};

	snprintf(after, sizeof(after), "(%s", cursor);
	arguments[2] = span_text(after);
	arguments[3] = span_text("+");
	arguments[4] = span_text("COUNT");
	snprintf(page, sizeof(page), "%d", FEED_PAGE);
	arguments[5] = span_text(page);
	bus_send(feed->table->bus, arguments, 6, done, context);
}

/* Empty where it is not the text of an object with a member. */
static struct span checked_json(struct span json)
{
	if (json.length < 3 || json.at[0] != '{' || json.at[1] != '"')
		return (struct span){0};
	return json;
}

static bool is_frame(const struct bus_reply *fields, size_t at)
{
	return span_is(bus_reply_span(bus_reply_at(fields, at)), "j");
}

static void hand_over(struct feed_reader *reader, struct span id, struct span json)
{
	set_cursor(reader->cursor, id);
	if (json.length)
		reader->calls->event(reader, id, json);
	else
		reader->feed->table->counters->events_unreadable_total++;
}

static void fan_out(struct feed *feed, struct span id, struct span json)
{
	assert(feed);
	if (!wire_is_id(id))
		return;
	if (wire_id_compare(id, span_text(feed->cursor)) > 0)
		set_cursor(feed->cursor, id);
	for (struct feed_reader *reader = feed->readers; reader; reader = reader->next) {
		if (reader->live && wire_id_compare(id, span_text(reader->cursor)) > 0)
			hand_over(reader, id, json);
	}
}

/* To all who are live, or to that reader alone; what it has had already is left out. */
static void hand_frame(struct feed *feed, struct feed_reader *reader, struct span id,
		       struct span json)
{
	if (!reader)
		fan_out(feed, id, json);
	else if (wire_id_compare(id, span_text(reader->cursor)) > 0)
		hand_over(reader, id, json);
}

/* The frames of an entry; one without any is a frame that cannot be read. */
static void hand_entry(struct feed *feed, struct feed_reader *reader, const struct bus_reply *entry)
{
	const struct bus_reply *fields = bus_reply_at(entry, 1);
	struct span whole = bus_reply_span(bus_reply_at(entry, 0));
	size_t size = bus_reply_count(fields), count = 0, i = 0;
	char id[WIRE_ID_MAX + 1];

	for (size_t at = 0; at < size; at += 2)
		count += is_frame(fields, at);
	if (count == 0)
		hand_frame(feed, reader, whole, (struct span){0});
	for (size_t at = 0; at < size; at += 2) {
		if (!is_frame(fields, at))
			continue;
		reel_frame(whole, i++, count, id);
		hand_frame(feed, reader, span_text(id),
			   checked_json(bus_reply_span(bus_reply_at(fields, at + 1))));
	}
}

static bool has_live(const struct feed *feed)
{
	const struct feed_reader *reader = feed->readers;

	while (reader && !reader->live)
		reader = reader->next;
	return reader != NULL;
}

static void on_page(struct bus *bus, const struct bus_reply *reply, void *context);

static void pump(struct feed *feed)
{
	if (feed->reading) {
		feed->again = true;
		return;
	}
	if (feed->table->closing || !has_live(feed) || !bus_is_ready(feed->table->bus))
		return;
	feed->reading = true;
	feed->again = false;
	read_after(feed, feed->cursor, on_page, feed);
}

static void on_page(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct feed *feed = context;
	size_t count = bus_reply_count(reply);

	(void)bus;
	for (size_t i = 0; i < count && !feed->rewound; i++)
		hand_entry(feed, NULL, bus_reply_at(reply, i));
	feed->reading = feed->rewound = false;
	if (feed->again || count == FEED_PAGE)
		pump(feed);
	drop_if_idle(feed);
}

static void on_woken(const char *channel, struct span payload, void *context)
{
	struct feed *feed = find(context, channel);

	(void)payload;
	if (feed)
		pump(feed);
}

void feed_poll(struct feed_table *table)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct feed *feed = table->buckets[i]; feed; feed = feed->next) {
			pump(feed);
			for (struct feed_reader *reader = feed->readers; reader;
			     reader = reader->next)
				feed_resume(reader);
		}
	}
}

static void on_poll(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	feed_poll(timer->data);
}

/* Whether entries behind `cursor` are missing from the stream that XINFO describes: it is younger
 * than the cursor, or something between the cursor and its first entry was trimmed. */
static bool is_gone(const struct bus_reply *info, struct span cursor)
{
	struct span last = bus_reply_span(bus_reply_field(info, "last-generated-id"));
	struct span first = bus_reply_span(bus_reply_field(info, "recorded-first-entry-id"));
	int64_t length = bus_reply_integer(bus_reply_field(info, "length"));
	int64_t added = bus_reply_integer(bus_reply_field(info, "entries-added"));

	if (bus_reply_type(info) != BUS_ARRAY)
		return strncmp((const char *)cursor.at, "0-0", cursor.length) != 0;
	if (wire_id_compare(cursor, last) > 0)
		return true;
	if (wire_id_compare(cursor, last) == 0 || length == added)
		return false;
	return length == 0 || wire_id_compare(cursor, first) < 0;
}

static void on_info(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct feed_catch *catch = context;

	(void)bus;
	if (catch->reader && reply)
		catch->gone = is_gone(reply, span_text(catch->reader->cursor));
}

static void catch_up(struct feed_reader *reader);

static void go_live(struct feed_reader *reader)
{
	struct feed *feed = reader->feed;

	assert(feed);
	/* What others were handed over meanwhile this one has not had. */
	bool behind = wire_id_compare(span_text(reader->cursor), span_text(feed->cursor)) < 0;

	if (behind || (!has_live(feed) && !feed->reading))
		set_cursor(feed->cursor, span_text(reader->cursor));
	feed->rewound = feed->rewound || (behind && feed->reading);
	reader->live = true;
	pump(feed);
}

static void on_catch(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct feed_catch *catch = context;
	struct feed_reader *reader = catch->reader;
	bool gone = catch->gone;
	size_t count = bus_reply_count(reply);

	(void)bus;
	free(catch);
	if (!reader)
		return;
	reader->catch = NULL;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		reader->held = true; /* the poll tries again */
		return;
	}
	if (gone && reader->verify) {
		feed_leave(reader);
		reader->calls->lost(reader);
		return;
	}
	reader->verify = true;
	for (size_t i = 0; i < count; i++)
		hand_entry(reader->feed, reader, bus_reply_at(reply, i));
	if (count < FEED_PAGE)
		go_live(reader);
	else
		catch_up(reader);
}

static void catch_up(struct feed_reader *reader)
{
	struct feed *feed = reader->feed;
	struct span info[3] = {span_text("XINFO"), span_text("STREAM"), span_text(feed->key)};

	reader->held = reader->calls->is_full(reader) || !bus_is_ready(feed->table->bus);
	if (reader->held || feed->table->closing)
		return;
	struct feed_catch *catch = memory_array(1, sizeof(*catch));
	catch->reader = reader;
	reader->catch = catch;
	bus_send(feed->table->bus, info, 3, on_info, catch);
	read_after(feed, reader->cursor, on_catch, catch);
}

void feed_written(struct feed_table *table, const char *agent, struct span before,
		  const struct feed_entry *entries, size_t count)
{
	char channel[KEY_MAX];
	struct feed *feed = find(table, key_agent_channel(agent, channel));

	if (!feed || !has_live(feed))
		return;
	if (!wire_is_id(before) || wire_id_compare(before, span_text(feed->cursor)) > 0) {
		pump(feed);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (entries[i].id.length &&
		    wire_id_compare(entries[i].id, span_text(feed->cursor)) > 0)
			fan_out(feed, entries[i].id, checked_json(entries[i].json));
	}
}

void feed_resume(struct feed_reader *reader)
{
	if (reader->feed && reader->held && !reader->catch)
		catch_up(reader);
}

struct feed_table *feed_create(struct ev_loop *loop, const struct bus_address *address,
			       struct bus *bus, struct counters *counters)
{
	struct feed_table *table = memory_array(1, sizeof(*table));

	table->loop = loop;
	table->bus = bus;
	table->counters = counters;
	table->ear = bus_ear_create(loop, address, on_woken, table);
	ev_timer_init(&table->poll, on_poll, FEED_POLL_S, FEED_POLL_S);
	table->poll.data = table;
	ev_timer_start(loop, &table->poll);
	return table;
}

void feed_close(struct feed_table *table)
{
	table->closing = true;
	ev_timer_stop(table->loop, &table->poll);
	bus_ear_destroy(&table->ear);
}

void feed_destroy(struct feed_table **pointer)
{
	struct feed_table *table = *pointer;

	if (!table)
		return;
	*pointer = NULL;
	feed_close(table);
	for (size_t i = 0; i < BUCKETS; i++) {
		while (table->buckets[i]) {
			struct feed *feed = table->buckets[i];
			while (feed->readers)
				feed_leave(feed->readers);
			if (table->buckets[i] != feed)
				continue;
			table->buckets[i] = feed->next;
			free(feed);
		}
	}
	free(table);
}

static struct feed *feed_of(struct feed_table *table, const char *agent)
{
	char channel[KEY_MAX];
	struct feed *feed = find(table, key_agent_channel(agent, channel));

	if (feed)
		return feed;
	struct feed **bucket = bucket_of(table, channel);
	feed = memory_array(1, sizeof(*feed));
	feed->table = table;
	feed->next = *bucket;
	*bucket = feed;
	memcpy(feed->channel, channel, sizeof(channel));
	key_agent_events(agent, feed->key);
	set_cursor(feed->cursor, span_text("0-0"));
	bus_ear_subscribe(table->ear, feed->channel);
	return feed;
}

void feed_join(struct feed_table *table, const char *agent, struct feed_reader *reader,
	       struct span id, bool verify)
{
	struct feed *feed = feed_of(table, agent);

	reader->feed = feed;
	reader->next = feed->readers;
	feed->readers = reader;
	reader->live = false;
	reader->verify = verify;
	set_cursor(reader->cursor, id.length ? id : span_text("0-0"));
	catch_up(reader);
}

void feed_leave(struct feed_reader *reader)
{
	struct feed *feed = reader->feed;

	if (!feed)
		return;
	struct feed_reader **link = &feed->readers;
	while (*link != reader)
		link = &(*link)->next;
	*link = reader->next;
	if (reader->catch)
		reader->catch->reader = NULL;
	reader->catch = NULL;
	reader->feed = NULL;
	reader->live = reader->held = false;
	drop_if_idle(feed);
}
