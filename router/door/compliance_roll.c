/* The suppression list as a file: whoever may not be written to now, in which scope and since when,
 * in no order. It is read piece by piece, so that ten million entries take no more than a few. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/compliance/csv.h"
#include "router/compliance/roll.h"
#include "router/door/compliance_file.h"

static const char *const columns[] = {"number", "scope",   "source",  "dateCreated",
				      "by",	"entryId", "batchId", NULL};

struct rolling {
	struct comply_file file;
	struct roll roll;
	char scope[SUPPRESSION_SCOPE_MAX]; /* what is wished for, "" for any */
	char source[SUPPRESSION_SCOPE_MAX];
	uint64_t since_ms;
};

static bool is_wished(const char *wish, struct span value)
{
	return !*wish || span_is(value, wish);
}

static void put_row(const struct roll_entry *entry, void *context)
{
	struct rolling *rolling = context;
	uint64_t at = strtoull(entry->at.length ? (const char *)entry->at.at : "0", NULL, 10);
	char scope[COMPLY_SCOPE_WORDS], date[BODY_TIME_MAX], id[COMPLY_PATH_MAX] = "";

	if (!is_wished(rolling->scope, entry->scope) ||
	    !is_wished(rolling->source, entry->source) || at < rolling->since_ms)
		return;
	if (!entry->listed && entry->reference.length)
		snprintf(id, sizeof(id), "%u.%.*s",
			 key_partition(entry->number, comply_partitions(&rolling->file.comply)),
			 (int)entry->reference.length, (const char *)entry->reference.at);
	const struct span cells[] = {
		entry->number,
		span_text(comply_scope_words(entry->scope, scope)),
		entry->source,
		span_text(body_time(at, date)),
		entry->by,
		span_text(id),
		entry->listed ? entry->reference : (struct span){NULL, 0},
	};
	csv_put_row(rolling->file.out, cells, sizeof(cells) / sizeof(*cells));
	rolling->file.rows++;
}

static void on_rows(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct rolling *rolling = context;
	struct comply_file *file = &rolling->file;

	(void)bus;
	if (roll_take(&rolling->roll, reply, put_row, rolling))
		comply_file_piece(file); /* which may be empty: it takes longer */
	else
		comply_file_fail(file);
}

static void roll_more(struct comply_file *file)
{
	struct rolling *rolling = (struct rolling *)file;
	struct bus_args args;

	bus_args_init(&args);
	if (roll_ask(&rolling->roll, &args))
		comply_send(&file->comply, &args, on_rows, rolling);
	else
		comply_file_end(file);
	bus_args_finish(&args);
}

static void roll_first(struct comply_file *file)
{
	comply_sheet_head(file->out, columns);
	file->more = roll_more;
	roll_more(file);
}

static void finish(struct comply_file *file)
{
	roll_finish(&((struct rolling *)file)->roll);
}

void comply_roll_send(struct comply *comply)
{
	static const char *const queries[] = {"scope", "source", "since", NULL};
	const char *scope = http_query(comply->request, "scope");
	const char *source = http_query(comply->request, "source");
	struct rolling wish = {.scope = ""};

	if (scope && *scope && !comply_scope(comply, scope, wish.scope))
		return;
	if (!comply_moment(comply, "since", false, &wish.since_ms))
		return;
	snprintf(wish.source, sizeof(wish.source), "%s", source ? source : "");
	struct rolling *rolling = comply_keep(comply, sizeof(*rolling));
	struct comply_file *file = &rolling->file;
	memcpy(rolling->scope, wish.scope, sizeof(wish.scope));
	memcpy(rolling->source, wish.source, sizeof(wish.source));
	rolling->since_ms = wish.since_ms;
	roll_init(&rolling->roll, comply_partitions(comply));
	comply_file_csv(file, "suppressions");
	file->more = roll_first;
	file->finish = finish;
	comply_file_asked(file, queries);
	comply_file_begin(file);
}
