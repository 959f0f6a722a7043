/*
 * One lane a partition. Where the last row kept of it is still in Redis with the same leaf, it is
 * followed from there: `prev` ties that record to all before it. Where it is not, the ledger is
 * read from its beginning and has to hold what was exported and then every row kept, `known` says
 * that it does. A row without such a record in Redis goes only by somebody's word (`ledger resume`)
 * and into a file of its own.
 */
#include "router/compliance/follower.h"

#include <errno.h>
#include <ev.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"
#include "router/compliance/entry.h"
#include "router/compliance/witness.h"

#define TURN_S 0.25
#define LIMIT 500 /* records read at once */
#define ID_MAX 48
#define REMIND_TURNS 120 /* how often a lock is said again in the log */
#define LOCK_KEPT_S 60

enum lane_state {
	LANE_ASKS_LAST, /* is the last row kept still there? */
	LANE_READS,
	LANE_DIFFERS, /* it does not begin with what was exported */
	LANE_LOST,    /* it has another record than the one that was kept */
};

struct lane {
	struct follower *follower;
	unsigned partition;
	enum lane_state state;
	bool asked, known, opened, fits; /* `fits`: it begins with what was exported */
	struct merkle tree;
	uint64_t kept;	    /* rows */
	uint64_t there;	    /* records in Redis, as last heard */
	char after[ID_MAX]; /* the entry of the last record in the tree, or "" */
};

struct follower {
	struct follower_links links;
	unsigned partitions, turns;
	unsigned generation; /* of the tenure: an answer to an older one is void */
	bool active, said;
	struct lane *lanes;
	struct head *head; /* the last exported */
	char given_up[ARCHIVE_STAMP_MAX];
	bool signature_bad;
	double exported_at;
	struct bus_args args;
	ev_timer turn;
};

/* A call under way. */
struct question {
	struct lane *lane;
	unsigned generation;
};

static uint64_t exported_size(const struct lane *lane)
{
	const struct head *head = lane->follower->head;

	return lane->partition < head->count ? head->trees[lane->partition].size : 0;
}

static bool has_root(const struct lane *lane, const struct merkle *tree)
{
	uint8_t root[MERKLE_HASH];

	merkle_root(tree, root);
	return memcmp(root, lane->follower->head->trees[lane->partition].root, sizeof(root)) == 0;
}

/* Reads the rows kept of a partition into its tree. Whether they are what was exported. */
static bool read_kept(struct lane *lane)
{
	struct archive *archive = lane->follower->links.archive;
	struct archive_row rows[LIMIT];
	uint64_t exported = exported_size(lane);
	bool fits = exported == 0;

	for (uint64_t at = 0; at < lane->kept;) {
		size_t count = lane->kept - at < LIMIT ? (size_t)(lane->kept - at) : LIMIT;
		if (!archive_read(archive, lane->partition, at, rows, count))
			return false;
		for (size_t i = 0; i < count; i++) {
			merkle_add(&lane->tree, rows[i].leaf);
			if (lane->tree.size == exported)
				fits = has_root(lane, &lane->tree);
		}
		at += count;
		snprintf(lane->after, sizeof(lane->after), "%" PRIu64 "-%" PRIu64,
			 rows[count - 1].ms, rows[count - 1].sequence);
	}
	return fits;
}

static void read_anew(struct lane *lane)
{
	merkle_init(&lane->tree);
	lane->after[0] = '\0';
	lane->known = false;
	lane->fits = exported_size(lane) == 0;
	lane->state = LANE_READS;
}

static void lane_begin(struct lane *lane)
{
	merkle_init(&lane->tree);
	lane->asked = lane->known = lane->fits = lane->opened = false;
	lane->after[0] = '\0';
	lane->there = 0;
	lane->kept = archive_rows(lane->follower->links.archive, lane->partition);
	if (lane->kept == 0 || !read_kept(lane))
		read_anew(lane);
	else
		lane->state = LANE_ASKS_LAST;
}

struct newest {
	struct follower *follower;
	const uint8_t *key;
};

static void on_head(struct span text, const char *name, void *context)
{
	struct newest *newest = context;

	newest->follower->signature_bad = head_open(text, newest->key, newest->follower->head) != 0;
	if (newest->follower->signature_bad)
		log_event(LOG_ERROR, "ledger_head_bad", "file=%s", name);
}

static void read_head(struct follower *follower)
{
	uint8_t key[SEAL_PUBLIC];
	struct newest newest = {follower, key};

	memset(follower->head, 0, sizeof(*follower->head));
	archive_given_up(follower->links.archive, follower->given_up);
	follower->signature_bad = false;
	seal_public(follower->links.seal, key);
	long count = archive_newest(follower->links.archive, on_head, &newest);
	if (count < 0)
		log_event(LOG_ERROR, "ledger_folder", "error=%s", strerror((int)-count));
	follower->signature_bad = follower->signature_bad || count < 0;
}

static struct bus_args *lane_call(struct lane *lane, const char *function)
{
	char tag[KEY_MAX];

	bus_args_call(&lane->follower->args, function, key_tag(lane->partition, tag));
	return &lane->follower->args;
}

static void lane_ask(struct lane *lane, struct bus_args *args, bus_done *done)
{
	struct question *question = memory_array(1, sizeof(*question));

	*question = (struct question){lane, lane->follower->generation};
	lane->asked = true;
	bus_args_send(args, lane->follower->links.bus, done, question);
}

/* The lane of an answer; NULL where it came too late or is none. */
static struct lane *answered(struct question *question, const struct bus_reply *reply)
{
	struct lane *lane = question->lane;
	bool current = question->generation == lane->follower->generation;

	free(question);
	if (!current)
		return NULL;
	lane->asked = false;
	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "ledger_read_failed", "partition=%u error=%s", lane->partition,
			  (const char *)bus_reply_span(reply).at);
	return reply && bus_reply_type(reply) != BUS_ERROR ? lane : NULL;
}

static void on_opened(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct lane *lane = answered(context, reply);

	(void)bus;
	if (!lane)
		return;
	struct span said = bus_reply_span(reply);
	lane->opened = lane->known && said.length == 2 && memcmp(said.at, "ok", 2) == 0;
}

/* Lets the gateways send, or stops them. */
static void tell_gateways(struct lane *lane, bool open)
{
	struct follower *follower = lane->follower;
	struct bus_args *args = lane_call(lane, "ledger_open");

	bus_args_field_text(args, "fence",
			    follower->links.fence(lane->partition, follower->links.context));
	bus_args_field_text(args, "run", open ? bus_run(follower->links.bus) : "");
	lane_ask(lane, args, on_opened);
}

/* The tree has come to the length of the last head. */
static void hold_against_head(struct lane *lane)
{
	lane->fits = has_root(lane, &lane->tree);
	if (lane->fits)
		return;
	lane->state = LANE_DIFFERS;
	log_event(LOG_ERROR, "ledger_differs", "partition=%u records=%" PRIu64, lane->partition,
		  lane->tree.size);
}

static bool written_well(const struct lane *lane, int error)
{
	if (error)
		log_event(LOG_ERROR, "ledger_leaves_failed", "partition=%u error=%s",
			  lane->partition, strerror(-error));
	return !error;
}

/* Redis does not have what the rows from the tree's end on were kept of. Whether they may go. */
static bool let_go(struct lane *lane)
{
	struct archive *archive = lane->follower->links.archive;
	uint64_t now_ms = (uint64_t)(ev_now(lane->follower->links.loop) * 1000.);
	uint64_t from = lane->tree.size;
	char written[ARCHIVE_STAMP_MAX];

	archive_written(archive, lane->partition, written);
	if (archive_names(archive, lane->partition, from) &&
	    strcmp(written, lane->follower->given_up) > 0)
		return false;
	log_event(LOG_WARN, "ledger_rows_set_aside", "partition=%u from=%" PRIu64 " rows=%" PRIu64,
		  lane->partition, from, lane->kept - from);
	if (!written_well(lane, archive_set_aside(archive, lane->partition, from, now_ms)))
		return false;
	lane->kept = from;
	return true;
}

/* A record that is not in the tree yet is the one that was kept, where one was behind the head. */
static void hold_against_row(struct lane *lane, const struct archive_row *row)
{
	struct archive *archive = lane->follower->links.archive;
	struct archive_row kept;

	if (lane->known || !lane->fits || lane->tree.size >= lane->kept)
		return;
	if ((archive_read(archive, lane->partition, lane->tree.size, &kept, 1) &&
	     memcmp(kept.leaf, row->leaf, MERKLE_HASH) == 0) ||
	    let_go(lane))
		return;
	lane->state = LANE_LOST;
	log_event(LOG_ERROR, "ledger_lost", "partition=%u record=%" PRIu64, lane->partition,
		  lane->tree.size);
}

/* Adds what was read. */
static void take_entries(struct lane *lane, const struct bus_reply *reply)
{
	static char text[RECORD_MAX];
	struct archive_row rows[LIMIT];
	size_t count = 0, last = bus_reply_count(reply);

	for (size_t i = 1; i < last; i++) {
		const struct bus_reply *entry = bus_reply_at(reply, i);
		struct archive_row row = {0};
		/* What cannot be read is a leaf too; verify says which. */
		if (!entry_read(entry, text, &row))
			log_event(LOG_ERROR, "ledger_record_bad", "partition=%u record=%" PRIu64,
				  lane->partition, lane->tree.size);
		hold_against_row(lane, &row);
		if (lane->state != LANE_READS)
			break;
		struct span id = bus_reply_span(bus_reply_at(entry, 0));
		snprintf(lane->after, sizeof(lane->after), "%.*s", (int)id.length,
			 (const char *)id.at);
		merkle_add(&lane->tree, row.leaf);
		if (lane->tree.size > lane->kept + count)
			rows[count++] = row;
		if (!lane->fits && lane->tree.size == exported_size(lane))
			hold_against_head(lane);
	}
	(void)written_well(
		lane, archive_append(lane->follower->links.archive, lane->partition, rows, count));
	lane->kept = archive_rows(lane->follower->links.archive, lane->partition);
}

/* Whether the ledger has been found to hold all that it has to, once that can be told. */
static void judge(struct lane *lane)
{
	if (lane->known || !lane->fits || lane->state != LANE_READS)
		return;
	lane->known =
		lane->tree.size >= lane->kept || (lane->tree.size == lane->there && let_go(lane));
}

static void on_read(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct lane *lane = answered(context, reply);

	(void)bus;
	if (!lane)
		return;
	lane->there = (uint64_t)bus_reply_integer(bus_reply_at(reply, 0));
	if (lane->there < lane->tree.size) {
		log_event(LOG_ERROR, "ledger_shorter",
			  "partition=%u records=%" PRIu64 " were=%" PRIu64, lane->partition,
			  lane->there, lane->tree.size);
		lane_begin(lane);
		tell_gateways(lane, false);
		return;
	}
	take_entries(lane, reply);
	judge(lane);
	if (lane->known && !lane->opened && lane->state == LANE_READS)
		tell_gateways(lane, true);
}

static void lane_turn(struct lane *lane);

static void on_last(struct bus *bus, const struct bus_reply *reply, void *context)
{
	static char text[RECORD_MAX];
	struct lane *lane = answered(context, reply);
	struct archive_row row = {0}, kept;

	(void)bus;
	if (!lane)
		return;
	lane->there = (uint64_t)bus_reply_integer(bus_reply_at(reply, 0));
	bool same = bus_reply_count(reply) == 2 && entry_read(bus_reply_at(reply, 1), text, &row) &&
		    archive_read(lane->follower->links.archive, lane->partition, lane->kept - 1,
				 &kept, 1) &&
		    memcmp(row.leaf, kept.leaf, MERKLE_HASH) == 0;
	if (same) {
		lane->state = LANE_READS;
		lane->known = lane->fits = lane->kept >= exported_size(lane);
	} else {
		read_anew(lane);
	}
	lane_turn(lane);
}

static void lane_turn(struct lane *lane)
{
	if (lane->asked || lane->state == LANE_DIFFERS || lane->state == LANE_LOST)
		return;
	if (lane->state == LANE_ASKS_LAST) {
		struct bus_args *args = lane_call(lane, "ledger_at");
		bus_args_field_text(args, "at", lane->after);
		lane_ask(lane, args, on_last);
		return;
	}
	struct bus_args *args = lane_call(lane, "ledger_read");
	bus_args_field_text(args, "after", lane->after);
	bus_args_field_integer(args, "limit", LIMIT);
	lane_ask(lane, args, on_read);
}

static bool all_known(const struct follower *follower)
{
	for (unsigned i = 0; i < follower->partitions; i++) {
		if (!follower->lanes[i].known || follower->lanes[i].state != LANE_READS)
			return false;
	}
	return follower->active && !follower->signature_bad;
}

uint64_t follower_records(const struct follower *follower)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < follower->partitions; i++)
		sum += follower->lanes[i].tree.size;
	return sum;
}

uint64_t follower_covered(const struct follower *follower)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < follower->partitions; i++)
		sum += exported_size(&follower->lanes[i]);
	return sum;
}

static void export_head(struct follower *follower)
{
	struct head *head = memory_array(1, sizeof(*head));
	char *text = memory_array(HEAD_TEXT_MAX, 1);

	head->at_ms = (uint64_t)(ev_now(follower->links.loop) * 1000.);
	if (head->at_ms <= follower->head->at_ms)
		head->at_ms = follower->head->at_ms + 1;
	head->count = follower->partitions;
	for (unsigned i = 0; i < follower->partitions; i++) {
		head->trees[i].size = follower->lanes[i].tree.size;
		merkle_root(&follower->lanes[i].tree, head->trees[i].root);
	}
	size_t length = head_sign(head, follower->links.seal, text);
	int error = length ? archive_put_head(follower->links.archive, head->at_ms,
					      (struct span){(uint8_t *)text, length})
			   : -EIO;
	if (error) {
		log_event(LOG_ERROR, "ledger_head_failed", "error=%s", strerror(-error));
	} else {
		*follower->head = *head;
		log_event(LOG_INFO, "ledger_head", "records=%" PRIu64, follower_records(follower));
	}
	free(text);
	free(head);
}

/* For whoever asks for the status while the lock lasts. */
static void publish_lock(struct follower *follower, const char *why)
{
	struct bus_args *args = &follower->args;

	bus_args_text(args, why ? "SET" : "DEL");
	bus_args_text(args, KEY_LOCKED);
	if (why) {
		bus_args_text(args, why);
		bus_args_text(args, "EX");
		bus_args_integer(args, LOCK_KEPT_S);
	}
	bus_args_send(args, follower->links.bus, NULL, NULL);
}

static void remind(struct follower *follower)
{
	char why[FOLLOWER_WHY_MAX];
	bool open = follower_is_open(follower, why, sizeof(why));

	if (open && follower->said) {
		log_event(LOG_INFO, "sending_allowed", "records=%" PRIu64,
			  follower_records(follower));
		publish_lock(follower, NULL);
	} else if (!open && follower->turns > 8 &&
		   (!follower->said || follower->turns % REMIND_TURNS == 0)) {
		log_event(LOG_ERROR, "sending_locked", "why=%s", why);
		publish_lock(follower, why);
	} else {
		return;
	}
	follower->said = !open;
}

/* While sending is locked the folder is looked at again, for somebody may have put it right. */
static void look_again(struct follower *follower)
{
	uint64_t before = follower->head->at_ms;
	bool bad = follower->signature_bad;
	char given_up[ARCHIVE_STAMP_MAX];

	memcpy(given_up, follower->given_up, sizeof(given_up));
	read_head(follower);
	if (follower->head->at_ms == before && follower->signature_bad == bad &&
	    strcmp(follower->given_up, given_up) == 0)
		return;
	follower->generation++;
	for (unsigned i = 0; i < follower->partitions; i++)
		lane_begin(&follower->lanes[i]);
}

static void on_turn(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct follower *follower = timer->data;
	double interval = follower->links.settings->ledger.head_interval_s;

	(void)revents;
	if (!follower->active || !bus_is_ready(follower->links.bus))
		return;
	follower->turns++;
	if (!follower_is_open(follower, NULL, 0) && follower->turns % 8 == 0)
		look_again(follower);
	for (unsigned i = 0; i < follower->partitions && !follower->signature_bad; i++)
		lane_turn(&follower->lanes[i]);
	remind(follower);
	if (ev_now(loop) - follower->exported_at < interval || !all_known(follower))
		return;
	follower->exported_at = ev_now(loop);
	if (follower_records(follower) != follower_covered(follower))
		export_head(follower);
}

struct follower *follower_create(const struct follower_links *links)
{
	struct follower *follower = memory_array(1, sizeof(*follower));

	follower->links = *links;
	follower->partitions = links->settings->redis.partitions;
	follower->lanes = memory_array(follower->partitions, sizeof(*follower->lanes));
	follower->head = memory_array(1, sizeof(*follower->head));
	for (unsigned i = 0; i < follower->partitions; i++) {
		follower->lanes[i].follower = follower;
		follower->lanes[i].partition = i;
	}
	bus_args_init(&follower->args);
	ev_timer_init(&follower->turn, on_turn, 0., TURN_S);
	follower->turn.data = follower;
	return follower;
}

void follower_destroy(struct follower **pointer)
{
	struct follower *follower = *pointer;

	if (!follower)
		return;
	*pointer = NULL;
	follower_end(follower);
	bus_args_finish(&follower->args);
	free(follower->lanes);
	free(follower->head);
	free(follower);
}

void follower_begin(struct follower *follower)
{
	follower->active = true;
	follower->generation++;
	follower->turns = 0;
	follower->exported_at = ev_now(follower->links.loop);
	read_head(follower);
	witness_ask(follower->links.bus, follower->links.seal, &follower->links.settings->ledger);
	for (unsigned i = 0; i < follower->partitions; i++)
		lane_begin(&follower->lanes[i]);
	ev_timer_again(follower->links.loop, &follower->turn);
	ev_feed_event(follower->links.loop, &follower->turn, EV_TIMER);
}

void follower_end(struct follower *follower)
{
	if (all_known(follower) && follower_records(follower) != follower_covered(follower))
		export_head(follower);
	follower->active = false;
	follower->generation++;
	ev_timer_stop(follower->links.loop, &follower->turn);
}

static bool say_why(const struct lane *lane, char *why, size_t capacity)
{
	if (!lane->known && lane->state == LANE_DIFFERS)
		snprintf(why, capacity,
			 "Sending is locked: the ledger of partition %u does not continue its last "
			 "exported head of %" PRIu64 " records.",
			 lane->partition, exported_size(lane));
	else if (!lane->known && lane->there < exported_size(lane))
		snprintf(why, capacity,
			 "Sending is locked: the ledger of partition %u has %" PRIu64
			 " records, its last exported head %" PRIu64 ".",
			 lane->partition, lane->there, exported_size(lane));
	else if (!lane->known && lane->state == LANE_LOST)
		snprintf(why, capacity,
			 "Sending is locked: the ledger of partition %u has another record %" PRIu64
			 " than the one that its leaf was kept of.",
			 lane->partition, lane->tree.size);
	else if (!lane->known && lane->fits && lane->there < lane->kept)
		snprintf(why, capacity,
			 "Sending is locked: the ledger of partition %u has %" PRIu64
			 " records, leaves were kept of %" PRIu64 ".",
			 lane->partition, lane->there, lane->kept);
	else if (!lane->opened)
		snprintf(why, capacity, "The ledger is being read.");
	else
		return false;
	return true;
}

bool follower_is_open(const struct follower *follower, char *why, size_t capacity)
{
	char unwanted[1];

	if (!why) {
		why = unwanted;
		capacity = sizeof(unwanted);
	}
	if (follower->signature_bad) {
		snprintf(why, capacity,
			 "Sending is locked: the last exported head of the ledger cannot be read.");
		return false;
	}
	for (unsigned i = 0; i < follower->partitions; i++) {
		if (say_why(&follower->lanes[i], why, capacity))
			return false;
	}
	return true;
}
