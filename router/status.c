#include "router/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/memory.h"
#include "config/verb.h"
#include "router/bus/errand.h"
#include "router/bus/key.h"
#include "router/compliance/archive.h"

/* Whether every partition was opened for this run of Redis. False, too, where that is not known. */
static bool is_open(const struct settings *settings, struct errand *errand, struct bus_args *args)
{
	char key[KEY_MAX];
	bool open = true;

	for (unsigned i = 0; i < settings->redis.partitions && open; i++) {
		bus_args_text(args, "GET");
		bus_args_text(args, key_open(i, key));
		open = errand_ask(errand, args) && errand_said(errand, bus_run(errand->bus));
	}
	return open;
}

/* Why nothing is sent; "" where something may be. For free(). */
static char *read_lock(bool open, struct errand *errand, struct bus_args *args)
{
	if (open)
		return memory_text("");
	bus_args_text(args, "GET");
	bus_args_text(args, KEY_LOCKED);
	bool told = errand_ask(errand, args) && errand->type == BUS_STRING;
	return memory_text(told ? errand->strings[0]
				: "No router has held the ledger against its last exported head "
				  "yet.");
}

static void on_head(struct span text, const char *name, void *context)
{
	struct head *head = context;

	(void)name;
	if (head_open(text, NULL, head) != 0)
		memset(head, 0, sizeof(*head));
}

/* How many records there are, and how many of them the last exported head covers. */
static void read_ledger(const struct settings *settings, struct errand *errand,
			struct bus_args *args, uint64_t counts[2])
{
	struct head *head = memory_array(1, sizeof(*head));
	char key[KEY_MAX];

	for (unsigned i = 0; i < settings->redis.partitions; i++) {
		bus_args_text(args, "HGET");
		bus_args_text(args, key_ledger_top(i, key));
		bus_args_text(args, "n");
		if (errand_ask(errand, args) && errand->type == BUS_STRING)
			counts[0] += strtoull(errand->strings[0], NULL, 10);
	}
	if (archive_heads(settings->ledger.directory, 1, on_head, head) > 0) {
		for (unsigned i = 0; i < head->count; i++)
			counts[1] += head->trees[i].size;
	}
	free(head);
}

/* Of one stream: how many events there are, added to `kept`, and the oldest's ms where others were
 * cut away before it, kept in `from` where that is later than what stands there. */
static void read_events(struct errand *errand, struct bus_args *args, const char *tag,
			uint64_t *kept, uint64_t *from)
{
	bus_args_call(args, "events_keep", tag);
	bus_args_field_text(args, "before", "0");
	bus_args_field_text(args, "most", "0");
	bus_args_field_text(args, "follows", "1");
	if (!errand_ask(errand, args) || errand->count < 5)
		return;
	uint64_t oldest = strtoull(errand->strings[3], NULL, 10);
	*kept += strtoull(errand->strings[2], NULL, 10);
	if (*errand->strings[4] && oldest > *from)
		*from = oldest;
}

/* Of a kind of events: how many are kept, and since when; 0 for all of them. */
struct kept {
	uint64_t count, from_ms;
};

/* Since when they are kept; "" for ever. */
static const char *since(const struct kept *kept, char out[32])
{
	time_t seconds = (time_t)(kept->from_ms / 1000);
	struct tm tm;

	*out = '\0';
	if (kept->from_ms && gmtime_r(&seconds, &tm))
		strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

struct told {
	char *why;
	uint64_t ledger[2];
	struct kept floor, conversations;
};

static void read_all(const struct settings *settings, struct errand *errand, struct bus_args *args,
		     struct told *told)
{
	char tag[KEY_MAX];

	told->why = read_lock(is_open(settings, errand, args), errand, args);
	read_ledger(settings, errand, args, told->ledger);
	read_events(errand, args, KEY_ACD_TAG, &told->floor.count, &told->floor.from_ms);
	for (unsigned i = 0; i < settings->redis.partitions; i++)
		read_events(errand, args, key_tag(i, tag), &told->conversations.count,
			    &told->conversations.from_ms);
}

static void print_kept(const char *of, const struct kept *kept)
{
	char from[32];

	printf("events\t%" PRIu64 " of %s, %s%s\n", kept->count, of,
	       *since(kept, from) ? "since " : "all of them", from);
}

static void print(const struct told *told)
{
	printf("redis\tready\nsending\t%s%s\n", *told->why ? "locked\t" : "open", told->why);
	printf("ledger\t%" PRIu64 " records, %" PRIu64 " of them under the last exported head\n",
	       told->ledger[0], told->ledger[1]);
	print_kept("the floor", &told->floor);
	print_kept("conversations", &told->conversations);
}

static void print_json(const struct told *told)
{
	const struct kept *kept[] = {&told->floor, &told->conversations};
	const char *names[] = {"floor", "conversations"};
	char from[32];

	printf("{\"redis\":\"ready\",\"sending\":\"%s\",\"why\":", *told->why ? "locked" : "open");
	verb_put_json(told->why);
	printf(",\"ledger\":{\"records\":%" PRIu64 ",\"covered\":%" PRIu64 "},\"events\":{",
	       told->ledger[0], told->ledger[1]);
	for (size_t i = 0; i < 2; i++)
		printf("%s\"%s\":{\"kept\":%" PRIu64 ",\"since\":\"%s\"}", i ? "," : "", names[i],
		       kept[i]->count, since(kept[i], from));
	puts("}}");
}

int status_command(const struct settings *settings, const struct bus_address *redis, bool json)
{
	struct told told = {0};
	struct errand errand;
	struct bus_args args;

	if (!errand_init(&errand, redis, "status"))
		return 1;
	bus_args_init(&args);
	read_all(settings, &errand, &args, &told);
	bus_args_finish(&args);
	errand_finish(&errand);
	(json ? print_json : print)(&told);
	int code = *told.why ? 1 : 0;
	free(told.why);
	return code;
}
