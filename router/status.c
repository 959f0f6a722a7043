#include "router/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static void print_lock(struct errand *errand, struct bus_args *args)
{
	bus_args_text(args, "GET");
	bus_args_text(args, KEY_LOCKED);
	bool told = errand_ask(errand, args) && errand->type == BUS_STRING;
	printf("sending\tlocked\t%s\n",
	       told ? errand->strings[0]
		    : "No router has held the ledger against its last exported head yet.");
}

static void on_head(struct span text, const char *name, void *context)
{
	struct head *head = context;

	(void)name;
	if (head_open(text, NULL, head) != 0)
		memset(head, 0, sizeof(*head));
}

static void print_ledger(const struct settings *settings, struct errand *errand,
			 struct bus_args *args)
{
	struct head *head = calloc(1, sizeof(*head));
	uint64_t records = 0, covered = 0;
	char key[KEY_MAX];

	for (unsigned i = 0; i < settings->redis.partitions; i++) {
		bus_args_text(args, "HGET");
		bus_args_text(args, key_ledger_top(i, key));
		bus_args_text(args, "n");
		if (errand_ask(errand, args) && errand->type == BUS_STRING)
			records += strtoull(errand->strings[0], NULL, 10);
	}
	if (head && archive_heads(settings->ledger.directory, 1, on_head, head) > 0) {
		for (unsigned i = 0; i < head->count; i++)
			covered += head->trees[i].size;
	}
	printf("ledger\t%" PRIu64 " records, %" PRIu64 " of them under the last exported head\n",
	       records, covered);
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

static void print_events(const char *of, uint64_t kept, uint64_t from)
{
	char since[32] = "all of them";
	time_t seconds = (time_t)(from / 1000);
	struct tm tm;

	if (from && gmtime_r(&seconds, &tm))
		strftime(since, sizeof(since), "since %Y-%m-%dT%H:%M:%SZ", &tm);
	printf("events\t%" PRIu64 " of %s, %s\n", kept, of, since);
}

static void print_history(const struct settings *settings, struct errand *errand,
			  struct bus_args *args)
{
	uint64_t kept = 0, from = 0;
	char tag[KEY_MAX];

	read_events(errand, args, KEY_ACD_TAG, &kept, &from);
	print_events("the floor", kept, from);
	kept = from = 0;
	for (unsigned i = 0; i < settings->redis.partitions; i++)
		read_events(errand, args, key_tag(i, tag), &kept, &from);
	print_events("conversations", kept, from);
}

int status_command(const struct settings *settings, const struct bus_address *redis)
{
	struct errand errand;
	struct bus_args args;

	if (!errand_init(&errand, redis, "status"))
		return 1;
	bus_args_init(&args);
	printf("redis\tready\n");
	bool open = is_open(settings, &errand, &args);
	if (open)
		printf("sending\topen\n");
	else
		print_lock(&errand, &args);
	print_ledger(settings, &errand, &args);
	print_history(settings, &errand, &args);
	bus_args_finish(&args);
	errand_finish(&errand);
	return open ? 0 : 1;
}
