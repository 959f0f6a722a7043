/* What is on the list: of one number with its history, or all that fits a filter. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/compliance/csv.h"
#include "router/compliance/lot.h"
#include "router/compliance/officer_internal.h"
#include "router/compliance/roll.h"

#define HISTORY_AT_ONCE 200

typedef void put_entry(const struct roll_entry *entry);

struct listing {
	struct officer *officer;
	put_entry *put;
	uint64_t since_ms;
	uint64_t count;
	struct roll roll;
	bool read;
	/* Of one number. */
	uint64_t told, total;
};

static const char *text(struct span span)
{
	return span.length ? (const char *)span.at : "";
}

static bool is_wanted(struct span span, const char *wanted)
{
	return !wanted || span_is(span, wanted);
}

static void put_line(const struct roll_entry *entry)
{
	printf("%s\t%s\t%s\t%s\t%s\t%s\n", text(entry->number), text(entry->scope),
	       text(entry->source), text(entry->at), text(entry->by), text(entry->reference));
}

static void put_row(const struct roll_entry *entry)
{
	const struct span cells[] = {entry->number, entry->scope, entry->source,
				     entry->at,	    entry->by,	  entry->reference};

	/* A number's own + is no formula's: it is quoted by the apostrophe like any. */
	csv_put_row(stdout, cells, sizeof(cells) / sizeof(*cells));
}

static void offer(const struct roll_entry *entry, void *context)
{
	struct listing *listing = context;
	const struct officer *officer = listing->officer;

	if (!is_wanted(entry->scope, officer->options.scope ? officer->scope : NULL) ||
	    !is_wanted(entry->source, officer->options.source) ||
	    strtoull(text(entry->at), NULL, 10) < listing->since_ms)
		return;
	listing->count++;
	listing->put(entry);
}

static void on_rows(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct listing *listing = context;

	(void)bus;
	listing->read = roll_take(&listing->roll, reply, offer, listing);
}

static bool read_all(struct listing *listing)
{
	struct officer *officer = listing->officer;
	bool done = true;

	roll_init(&listing->roll, officer->place->settings->redis.partitions);
	while (done && roll_ask(&listing->roll, &officer->args))
		done = errand_read(&officer->errand, &officer->args, on_rows, listing) &&
		       listing->read;
	roll_finish(&listing->roll);
	return done;
}

static int list_all(struct officer *officer, put_entry *put)
{
	struct listing listing = {
		.officer = officer,
		.put = put,
	};

	if (!written_moment(officer->options.since, false, &listing.since_ms))
		return EXIT_USAGE;
	bool done = read_all(&listing);

	return done && fflush(stdout) == 0 ? EXIT_DONE : EXIT_NO;
}

int officer_export(struct officer *officer)
{
	fputs("number,scope,source,at,by,reference\n", stdout);
	return list_all(officer, put_row);
}

/* {scope, source, entry or batch, at, by}… of one number */
static void offer_rows(struct listing *listing, const struct bus_reply *rows)
{
	const char *number = listing->officer->number;

	for (size_t i = 0; i < bus_reply_count(rows); i++) {
		const struct bus_reply *row = bus_reply_at(rows, i);
		offer(&(struct roll_entry){.number = span_text(number),
					   .scope = bus_reply_span(bus_reply_at(row, 0)),
					   .source = bus_reply_span(bus_reply_at(row, 1)),
					   .reference = bus_reply_span(bus_reply_at(row, 2)),
					   .at = bus_reply_span(bus_reply_at(row, 3)),
					   .by = bus_reply_span(bus_reply_at(row, 4))},
		      listing);
	}
}

/* What is in force, of the first page alone, and a page of {what, scope, source, by, approved, at,
 * entry, note}… */
static void on_history(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct listing *listing = context;
	const struct bus_reply *past = bus_reply_at(reply, 2);

	(void)bus;
	if (listing->told == 0) {
		offer_rows(listing, bus_reply_at(reply, 0));
		offer_rows(listing, bus_reply_at(reply, 1));
	}
	for (size_t i = 0; i < bus_reply_count(past); i++) {
		const struct bus_reply *row = bus_reply_at(past, i);
		printf("history\t%s", listing->officer->number);
		for (size_t j = 0; j < bus_reply_count(row); j++)
			printf("\t%s", text(bus_reply_span(bus_reply_at(row, j))));
		putchar('\n');
	}
	listing->told += HISTORY_AT_ONCE;
	listing->total = (uint64_t)bus_reply_integer(bus_reply_at(reply, 3));
}

int officer_search(struct officer *officer)
{
	struct listing listing = {.officer = officer, .put = put_line};
	char who[MERKLE_HEX];

	if (!officer->options.word)
		return list_all(officer, put_line);
	seal_number(officer->seal, span_text(officer->number), who);
	do {
		bus_args_call(&officer->args, "suppression_of", officer->tag);
		bus_args_field_text(&officer->args, "customer", officer->number);
		bus_args_field_text(&officer->args, "who", who);
		bus_args_field_integer(&officer->args, "from", (int64_t)listing.told);
		bus_args_field_integer(&officer->args, "limit", HISTORY_AT_ONCE);
		if (!errand_read(&officer->errand, &officer->args, on_history, &listing))
			return EXIT_NO;
	} while (listing.told < listing.total);
	/* 1 where it may be written to, so that a script can ask. */
	return listing.count ? EXIT_DONE : EXIT_NO;
}

/* Called for each batch that stands in a partition's lists. */
typedef void batch_told(const struct lot_told *list, void *context);

static bool read_batches(struct officer *officer, batch_told *told, void *context)
{
	struct errand *errand = &officer->errand;
	char *text = memory_text("");
	char key[KEY_MAX];
	struct lot_told list;
	bool answered = true;

	for (unsigned i = 0; answered && i < officer->place->settings->redis.partitions; i++) {
		bus_args_text(&officer->args, "HVALS");
		bus_args_text(&officer->args, key_lists(i, key));
		answered = errand_ask(errand, &officer->args);
		for (size_t j = 0; answered && j < errand->count; j++) {
			if (lot_read(errand->strings[j], &text, &list))
				told(&list, context);
		}
	}
	free(text);
	return answered;
}

static void print_batch(const struct lot_told *list, void *context)
{
	(void)context;
	printf("%s\t%s\t%s\t%s\t%s\t%s\n", list->batch, list->scope, list->source, list->at,
	       list->by, list->reason);
}

int officer_batches(struct officer *officer)
{
	return read_batches(officer, print_batch, NULL) ? EXIT_DONE : EXIT_NO;
}

struct wanted {
	const char *batch;
	bool found;
};

static void compare_batch(const struct lot_told *list, void *context)
{
	struct wanted *wanted = context;

	wanted->found |= strcmp(list->batch, wanted->batch) == 0;
}

bool officer_has_batch(struct officer *officer, const char *batch)
{
	struct wanted wanted = {.batch = batch};

	if (!read_batches(officer, compare_batch, &wanted))
		return false;
	if (!wanted.found)
		officer_complain(EXIT_NO, "no such batch; `suppression batches` lists them", batch);
	return wanted.found;
}
