#include "router/threading/inbox.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/functions_log.h"
#include "router/bus/key.h"

#include <ev.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEASE_MS 4000
#define KEEP_S 1.0
#define RETRY_S 0.5
#define BLOCK_MS 2000
#define READ_COUNT 16 /* entries of one stream in one read */
#define BEHIND_MS 250
#define FENCE_MAX 128
#define ID_MAX 44

struct tenure {
	struct inbox *inbox;
	unsigned partition;
	bool held;
	char fence[FENCE_MAX];
};

/* A stream that is read: `in` and `back` of each partition. */
struct stream {
	unsigned partition;
	bool back;
	bool old;  /* what was there when it was opened has not all been read */
	bool more; /* the read that was answered last did not come to its end */
	char key[KEY_MAX];
	char last[ID_MAX]; /* the newest entry given out */
};

enum inbox_state { INBOX_IDLE, INBOX_CLAIMING, INBOX_OPEN };

struct inbox {
	struct ev_loop *loop;
	struct bus *bus, *reader;
	char *instance;
	unsigned partitions;
	struct inbox_events events;
	enum inbox_state state;
	unsigned held;
	unsigned claims;     /* not answered: another round would void what they bring */
	unsigned generation; /* counts openings; an answer to an older one is void */
	unsigned reading;    /* the generation of the read under way, 0 = none */
	unsigned owed;
	bool said_waiting;
	bool released;		/* for good */
	struct tenure *tenures; /* of the partitions, then of the floor */
	unsigned tenure_count;
	struct stream *streams; /* in the order of every XREAD */
	unsigned stream_count;
	ev_timer retry, keep, tick;
	struct bus_args args;
};

static void claim_all(struct inbox *inbox);

static void close_inbox(struct inbox *inbox)
{
	bool was_open = inbox->state == INBOX_OPEN;

	ev_timer_stop(inbox->loop, &inbox->keep);
	ev_timer_stop(inbox->loop, &inbox->retry);
	ev_timer_stop(inbox->loop, &inbox->tick);
	inbox->state = INBOX_IDLE;
	inbox->held = 0;
	inbox->owed = 0;
	inbox->generation++;
	for (unsigned i = 0; i < inbox->tenure_count; i++) {
		inbox->tenures[i].held = false;
		inbox->tenures[i].fence[0] = '\0';
	}
	if (was_open)
		inbox->events.closed(inbox->events.context);
}

static void retry_later(struct inbox *inbox, double seconds)
{
	ev_timer_stop(inbox->loop, &inbox->retry);
	ev_timer_set(&inbox->retry, seconds, 0.);
	ev_timer_start(inbox->loop, &inbox->retry);
}

static void give_out(struct inbox *inbox, struct stream *stream, const struct bus_reply *row)
{
	const struct bus_reply *fields = bus_reply_at(row, 1);
	struct inbox_entry entry = {
		.partition = stream->partition,
		.back = stream->back,
		.old = stream->old,
		.id = bus_reply_span(bus_reply_at(row, 0)),
		.kind = bus_reply_span(bus_reply_field(fields, "k")),
		.customer = bus_reply_span(bus_reply_field(fields, "c")),
		.record = bus_reply_span(bus_reply_field(fields, "r")),
	};

	if (entry.id.length == 0 || entry.id.length >= ID_MAX)
		return;
	memcpy(stream->last, entry.id.at, entry.id.length);
	stream->last[entry.id.length] = '\0';
	inbox->owed++;
	inbox->events.entry(&entry, inbox->events.context);
}

/* Redis answers in the order in which the streams were named, so the next one is behind `*from`. */
static struct stream *stream_of(struct inbox *inbox, struct span key, unsigned *from)
{
	while (*from < inbox->stream_count) {
		struct stream *stream = &inbox->streams[(*from)++];
		if (strlen(stream->key) == key.length &&
		    memcmp(stream->key, key.at, key.length) == 0)
			return stream;
	}
	return NULL;
}

static void read_more(struct inbox *inbox);

/* What comes back of a partition piles up: for so long no bulk is sent there (take.lua). Said again
 * for as long as it is so. */
static void say_behind(struct inbox *inbox, unsigned partition)
{
	char key[KEY_MAX];

	bus_args_text(&inbox->args, "SET");
	bus_args_text(&inbox->args, key_behind(partition, key));
	bus_args_text(&inbox->args, "1");
	bus_args_text(&inbox->args, "PX");
	bus_args_integer(&inbox->args, BEHIND_MS);
	bus_args_send(&inbox->args, inbox->bus, NULL, NULL);
}

static void note_read(struct inbox *inbox)
{
	bool full = inbox->owed >= INBOX_OWED_MAX;

	for (unsigned i = 0; i < inbox->stream_count; i++) {
		struct stream *stream = &inbox->streams[i];
		if (stream->back && (stream->more || full))
			say_behind(inbox, stream->partition);
		stream->old = stream->old && stream->more;
		stream->more = false;
	}
}

static void on_read(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct inbox *inbox = context;
	unsigned generation = inbox->reading;
	unsigned from = 0;

	(void)bus;
	inbox->reading = 0;
	if (!reply)
		return; /* the reader says when it is ready again */
	if (bus_reply_type(reply) == BUS_ERROR) {
		log_event(LOG_ERROR, "inbox_read_failed", "error=%s",
			  (const char *)bus_reply_span(reply).at);
		inbox_restart(inbox);
		return;
	}
	for (size_t i = 0; i < bus_reply_count(reply); i++) {
		const struct bus_reply *named = bus_reply_at(reply, i);
		const struct bus_reply *rows = bus_reply_at(named, 1);
		struct stream *stream =
			stream_of(inbox, bus_reply_span(bus_reply_at(named, 0)), &from);
		for (size_t j = 0; stream && j < bus_reply_count(rows); j++) {
			if (generation != inbox->generation)
				break;
			give_out(inbox, stream, bus_reply_at(rows, j));
		}
		if (stream)
			stream->more = bus_reply_count(rows) >= READ_COUNT;
	}
	if (generation == inbox->generation)
		note_read(inbox);
	read_more(inbox);
}

static void read_more(struct inbox *inbox)
{
	if (inbox->state != INBOX_OPEN || inbox->reading || !bus_is_ready(inbox->reader) ||
	    inbox->owed >= INBOX_OWED_MAX)
		return;
	inbox->reading = inbox->generation;
	bus_args_text(&inbox->args, "XREAD");
	bus_args_text(&inbox->args, "COUNT");
	bus_args_integer(&inbox->args, READ_COUNT);
	bus_args_text(&inbox->args, "BLOCK");
	bus_args_integer(&inbox->args, BLOCK_MS);
	bus_args_text(&inbox->args, "STREAMS");
	for (unsigned i = 0; i < inbox->stream_count; i++)
		bus_args_text(&inbox->args, inbox->streams[i].key);
	for (unsigned i = 0; i < inbox->stream_count; i++)
		bus_args_text(&inbox->args, inbox->streams[i].last);
	bus_args_send(&inbox->args, inbox->reader, on_read, inbox);
}

static void on_reader_ready(void *context)
{
	read_more(context);
}

static void open_inbox(struct inbox *inbox)
{
	inbox->state = INBOX_OPEN;
	inbox->said_waiting = false;
	for (unsigned i = 0; i < inbox->stream_count; i++) {
		snprintf(inbox->streams[i].last, sizeof(inbox->streams[i].last), "0-0");
		inbox->streams[i].old = true;
		inbox->streams[i].more = false;
	}
	ev_timer_again(inbox->loop, &inbox->keep);
	ev_timer_again(inbox->loop, &inbox->tick);
	log_event(LOG_INFO, "inbox_open", "partitions=%u", inbox->partitions);
	inbox->events.opened(inbox->events.context);
	read_more(inbox);
}

/* The tag whose lease it is. */
static char *tag_of(const struct inbox *inbox, unsigned tenure, char key[KEY_MAX])
{
	if (tenure < inbox->partitions)
		return key_tag(tenure, key);
	snprintf(key, KEY_MAX, "%s", KEY_ACD_TAG);
	return key;
}

static void on_claimed(struct bus *bus, const struct bus_reply *reply, void *context);

static void claim(struct inbox *inbox, unsigned tenure)
{
	char key[KEY_MAX];

	bus_args_call(&inbox->args, "lease", tag_of(inbox, tenure, key));
	bus_args_field_text(&inbox->args, "owner", inbox->instance);
	bus_args_field_integer(&inbox->args, "ttl", LEASE_MS);
	inbox->claims++;
	bus_args_send(&inbox->args, inbox->bus, on_claimed, &inbox->tenures[tenure]);
}

/* The floor comes first, and only who has it asks for the partitions: two that begin at once would
 * otherwise have a half of them each. What is held already is claimed anew, so that it does not run
 * out while the rest is waited for. */
static void claim_all(struct inbox *inbox)
{
	if (inbox->state == INBOX_OPEN || inbox->released || !bus_is_ready(inbox->bus))
		return;
	if (inbox->claims) {
		retry_later(inbox, RETRY_S);
		return;
	}
	inbox->state = INBOX_CLAIMING;
	claim(inbox, inbox->partitions);
}

static void say_refused(struct inbox *inbox, const struct tenure *tenure,
			const struct bus_reply *reply)
{
	if (bus_reply_type(reply) == BUS_ERROR) {
		log_event(LOG_ERROR, "lease_failed", "partition=%u error=%s", tenure->partition,
			  (const char *)bus_reply_span(reply).at);
	} else if (!inbox->said_waiting) {
		inbox->said_waiting = true;
		log_event(LOG_INFO, "lease_held", "partition=%u held_by=another left_ms=%lld",
			  tenure->partition, (long long)bus_reply_integer(bus_reply_at(reply, 1)));
		inbox->events.refused(inbox->events.context);
	}
}

static void on_claimed(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct tenure *tenure = context;
	struct inbox *inbox = tenure->inbox;
	struct span verdict = bus_reply_span(bus_reply_at(reply, 0));
	struct span token = bus_reply_span(bus_reply_at(reply, 1));
	bool held = verdict.length == 2 && token.length < FENCE_MAX;

	(void)bus;
	inbox->claims--;
	if (inbox->state != INBOX_CLAIMING || !reply)
		return; /* without a reply Redis is lost, and says when it is there again */
	inbox->held = inbox->held + held - tenure->held;
	tenure->held = held;
	if (!held) {
		say_refused(inbox, tenure, reply);
		retry_later(inbox, RETRY_S);
		return;
	}
	memcpy(tenure->fence, token.at, token.length);
	tenure->fence[token.length] = '\0';
	for (unsigned i = 0; tenure->partition == inbox->partitions && i < inbox->partitions; i++)
		claim(inbox, i);
	/* What is still asked for brings another token, though it was held before. */
	if (inbox->held == inbox->tenure_count && inbox->claims == 0)
		open_inbox(inbox);
}

static void on_kept(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct tenure *tenure = context;

	(void)bus;
	if (!reply || !tenure->held || bus_reply_integer(reply) == 1)
		return;
	log_event(LOG_WARN, "lease_lost", "partition=%u", tenure->partition);
	/* Asked for at once: whether another router works is known before anybody waits for it. */
	close_inbox(tenure->inbox);
	claim_all(tenure->inbox);
}

static void on_keep(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct inbox *inbox = timer->data;
	char key[KEY_MAX];

	(void)loop;
	(void)revents;
	for (unsigned i = 0; i < inbox->tenure_count; i++) {
		bus_args_call(&inbox->args, "lease_keep", tag_of(inbox, i, key));
		bus_args_field_text(&inbox->args, "fence", inbox->tenures[i].fence);
		bus_args_field_integer(&inbox->args, "ttl", LEASE_MS);
		bus_args_send(&inbox->args, inbox->bus, on_kept, &inbox->tenures[i]);
	}
}

static void on_retry(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	claim_all(timer->data);
}

static void on_tick(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct inbox *inbox = timer->data;

	(void)loop;
	(void)revents;
	inbox->events.tick(inbox->events.context);
	read_more(inbox);
}

struct inbox *inbox_create(struct ev_loop *loop, struct bus *bus,
			   const struct inbox_settings *settings, const struct inbox_events *events)
{
	struct inbox *inbox = memory_array(1, sizeof(*inbox));
	struct bus_events reader = {.ready = on_reader_ready, .context = inbox};

	inbox->loop = loop;
	inbox->generation = 1;
	inbox->bus = bus;
	inbox->instance = memory_text(settings->instance);
	inbox->partitions = settings->partitions;
	inbox->events = *events;
	inbox->tenure_count = inbox->partitions + 1;
	inbox->tenures = memory_array(inbox->tenure_count, sizeof(*inbox->tenures));
	for (unsigned i = 0; i < inbox->tenure_count; i++) {
		inbox->tenures[i].inbox = inbox;
		inbox->tenures[i].partition = i;
	}
	inbox->stream_count = inbox->partitions * 2;
	inbox->streams = memory_array(inbox->stream_count, sizeof(*inbox->streams));
	for (unsigned i = 0; i < inbox->stream_count; i++) {
		struct stream *stream = &inbox->streams[i];
		stream->partition = i / 2;
		stream->back = i % 2;
		(stream->back ? key_back : key_in)(stream->partition, stream->key);
	}
	bus_args_init(&inbox->args);
	ev_timer_init(&inbox->retry, on_retry, 0., 0.);
	ev_timer_init(&inbox->keep, on_keep, KEEP_S, KEEP_S);
	ev_timer_init(&inbox->tick, on_tick, 1., 1.);
	inbox->retry.data = inbox;
	inbox->keep.data = inbox;
	inbox->tick.data = inbox;
	inbox->reader = bus_create(loop, settings->redis, &reader);
	bus_on_functions(inbox->reader, functions_log_done);
	return inbox;
}

void inbox_destroy(struct inbox **pointer)
{
	struct inbox *inbox = *pointer;

	if (!inbox)
		return;
	*pointer = NULL;
	close_inbox(inbox);
	bus_destroy(&inbox->reader);
	bus_args_finish(&inbox->args);
	free(inbox->tenures);
	free(inbox->streams);
	free(inbox->instance);
	free(inbox);
}

void inbox_begin(struct inbox *inbox)
{
	claim_all(inbox);
}

void inbox_end(struct inbox *inbox)
{
	close_inbox(inbox);
}

void inbox_restart(struct inbox *inbox)
{
	close_inbox(inbox);
	retry_later(inbox, 1.);
}

void inbox_owe(struct inbox *inbox, size_t more)
{
	inbox->owed += (unsigned)more;
}

void inbox_return(struct inbox *inbox)
{
	if (inbox->owed > 0)
		inbox->owed--;
	if (inbox->owed < INBOX_OWED_MAX / 2)
		read_more(inbox);
}

void inbox_release(struct inbox *inbox)
{
	char key[KEY_MAX];

	inbox->released = true;
	for (unsigned i = 0; i < inbox->tenure_count; i++) {
		if (!inbox->tenures[i].held)
			continue;
		bus_args_call(&inbox->args, "lease_end", tag_of(inbox, i, key));
		bus_args_field_text(&inbox->args, "fence", inbox->tenures[i].fence);
		bus_args_send(&inbox->args, inbox->bus, NULL, NULL);
	}
	close_inbox(inbox);
}

bool inbox_is_standby(const struct inbox *inbox)
{
	return inbox->said_waiting && inbox->state != INBOX_OPEN;
}

bool inbox_is_open(const struct inbox *inbox)
{
	return inbox->state == INBOX_OPEN;
}

const char *inbox_fence(const struct inbox *inbox, unsigned partition)
{
	if (partition == INBOX_FLOOR)
		partition = inbox->partitions;
	return partition < inbox->tenure_count ? inbox->tenures[partition].fence : "";
}
