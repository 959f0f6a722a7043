/* What is on the list: of one number with its history, or all that fits a filter. Entries of one
 * person are keys of their own, found by SCAN; those of lists are read bucket by bucket. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/compliance/csv.h"
#include "router/compliance/officer_internal.h"

#define BUCKETS_AT_ONCE 256
#define SCANNED "1000"

/* One entry of the list. */
struct entry {
	struct span number, scope, source, ref, at, by;
};

typedef void put_entry(const struct entry *entry);

struct listing {
	struct officer *officer;
	put_entry *put;
	uint64_t since_ms;
	uint64_t count;
	char *cursor;
	char **keys; /* of a page of SCAN */
	size_t keys_count;
	const char *key; /* the one that is read */
};

static const char *text(struct span span)
{
	return span.length ? (const char *)span.at : "";
}

static bool is_text(struct span span, const char *wanted)
{
	return !wanted ||
	       (span.length == strlen(wanted) && memcmp(text(span), wanted, span.length) == 0);
}

static void put_line(const struct entry *entry)
{
	printf("%s\t%s\t%s\t%s\t%s\t%s\n", text(entry->number), text(entry->scope),
	       text(entry->source), text(entry->at), text(entry->by), text(entry->ref));
}

static void put_row(const struct entry *entry)
{
	const struct span cells[] = {entry->number, entry->scope, entry->source,
				     entry->at,	    entry->by,	  entry->ref};

	for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++) {
		if (i)
			putchar(',');
		/* A number's own + is no formula's: it is quoted by the apostrophe like any. */
		csv_put(stdout, cells[i]);
	}
	putchar('\n');
}

static void offer(struct listing *listing, const struct entry *entry)
{
	const struct officer *officer = listing->officer;

	if (!is_text(entry->scope, officer->options.scope ? officer->scope : NULL) ||
	    !is_text(entry->source, officer->options.source) ||
	    strtoull(text(entry->at), NULL, 10) < listing->since_ms)
		return;
	listing->count++;
	listing->put(entry);
}

/* {number, {scope, source, batch, at, by}…}… */
static void on_bulk(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct listing *listing = context;

	(void)bus;
	for (size_t i = 0; i < bus_reply_count(reply); i++) {
		const struct bus_reply *row = bus_reply_at(reply, i);
		for (size_t j = 1; j < bus_reply_count(row); j++) {
			const struct bus_reply *list = bus_reply_at(row, j);
			offer(listing, &(struct entry){bus_reply_span(bus_reply_at(row, 0)),
						       bus_reply_span(bus_reply_at(list, 0)),
						       bus_reply_span(bus_reply_at(list, 1)),
						       bus_reply_span(bus_reply_at(list, 2)),
						       bus_reply_span(bus_reply_at(list, 3)),
						       bus_reply_span(bus_reply_at(list, 4))});
		}
	}
}

static bool list_bulk(struct listing *listing)
{
	struct officer *officer = listing->officer;
	char tag[KEY_MAX];

	for (unsigned i = 0; i < officer->place->settings->redis.partitions; i++) {
		for (int from = 0; from < SUPPRESSION_BUCKETS; from += BUCKETS_AT_ONCE) {
			bus_args_call(&officer->args, "bulk_read", key_tag(i, tag));
			bus_args_field_integer(&officer->args, "from", from);
			bus_args_field_integer(&officer->args, "count", BUCKETS_AT_ONCE);
			if (!errand_read(&officer->errand, &officer->args, on_bulk, listing))
				return false;
		}
	}
	return true;
}

/* {cursor, {key…}} */
static void on_scanned(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct listing *listing = context;
	const struct bus_reply *keys = bus_reply_at(reply, 1);
	struct span cursor = bus_reply_span(bus_reply_at(reply, 0));

	(void)bus;
	free(listing->cursor);
	listing->cursor = memory_copy(cursor.at, cursor.length);
	listing->keys_count = bus_reply_count(keys);
	listing->keys = memory_array(listing->keys_count, sizeof(*listing->keys));
	for (size_t i = 0; i < listing->keys_count; i++) {
		struct span key = bus_reply_span(bus_reply_at(keys, i));
		listing->keys[i] = memory_copy(key.at, key.length);
	}
}

/* {scope, source, entry or batch, at, by}… of one number */
static void offer_rows(struct listing *listing, const struct bus_reply *rows, const char *number)
{
	for (size_t i = 0; i < bus_reply_count(rows); i++) {
		const struct bus_reply *row = bus_reply_at(rows, i);
		offer(listing, &(struct entry){{(const uint8_t *)number, strlen(number)},
					       bus_reply_span(bus_reply_at(row, 0)),
					       bus_reply_span(bus_reply_at(row, 1)),
					       bus_reply_span(bus_reply_at(row, 2)),
					       bus_reply_span(bus_reply_at(row, 3)),
					       bus_reply_span(bus_reply_at(row, 4))});
	}
}

static void on_number(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct listing *listing = context;

	(void)bus;
	offer_rows(listing, bus_reply_at(reply, 0), listing->key);
}

/* `{c3}:opt:+1555…` */
static bool list_key(struct listing *listing, char *key)
{
	char *end = strchr(key, '}');
	const char *number = strstr(key, ":opt:");
	char tag[KEY_MAX];

	if (!end || !number)
		return true;
	snprintf(tag, sizeof(tag), "%.*s", (int)(end + 1 - key), key);
	listing->key = number + strlen(":opt:");
	bus_args_call(&listing->officer->args, "suppression_of", tag);
	bus_args_field_text(&listing->officer->args, "customer", listing->key);
	bus_args_field_text(&listing->officer->args, "who", "");
	return errand_read(&listing->officer->errand, &listing->officer->args, on_number, listing);
}

static bool list_persons(struct listing *listing)
{
	struct bus_args *args = &listing->officer->args;
	bool done = true;

	listing->cursor = memory_text("0");
	do {
		bus_args_text(args, "SCAN");
		bus_args_text(args, listing->cursor);
		bus_args_text(args, "MATCH");
		bus_args_text(args, "{c*}:opt:*");
		bus_args_text(args, "COUNT");
		bus_args_text(args, SCANNED);
		done = errand_read(&listing->officer->errand, args, on_scanned, listing);
		for (size_t i = 0; done && i < listing->keys_count; i++) {
			done = list_key(listing, listing->keys[i]);
			free(listing->keys[i]);
		}
		free(listing->keys);
		listing->keys = NULL;
	} while (done && strcmp(listing->cursor, "0") != 0);
	free(listing->cursor);
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
	bool done = list_persons(&listing) && list_bulk(&listing);

	return done && fflush(stdout) == 0 ? EXIT_DONE : EXIT_NO;
}

int officer_export(struct officer *officer)
{
	fputs("number,scope,source,at,by,reference\n", stdout);
	return list_all(officer, put_row);
}

/* {what, scope, source, by, approved, at, entry, note}… */
static void on_history(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct listing *listing = context;
	const struct bus_reply *past = bus_reply_at(reply, 2);

	(void)bus;
	offer_rows(listing, bus_reply_at(reply, 0), listing->officer->number);
	offer_rows(listing, bus_reply_at(reply, 1), listing->officer->number);
	for (size_t i = 0; i < bus_reply_count(past); i++) {
		const struct bus_reply *row = bus_reply_at(past, i);
		printf("history\t%s", listing->officer->number);
		for (size_t j = 0; j < bus_reply_count(row); j++)
			printf("\t%s", text(bus_reply_span(bus_reply_at(row, j))));
		putchar('\n');
	}
}

int officer_search(struct officer *officer)
{
	struct listing listing = {.officer = officer, .put = put_line};
	char who[MERKLE_HEX];

	if (!officer->options.word)
		return list_all(officer, put_line);
	struct span number = {(const uint8_t *)officer->number, strlen(officer->number)};
	bus_args_call(&officer->args, "suppression_of", officer->tag);
	bus_args_field_text(&officer->args, "customer", officer->number);
	bus_args_field_text(&officer->args, "who", seal_number(officer->seal, number, who));
	if (!errand_read(&officer->errand, &officer->args, on_history, &listing))
		return EXIT_NO;
	/* 1 where it may be written to, so that a script can ask. */
	return listing.count ? EXIT_DONE : EXIT_NO;
}

/* A row of `bulk`, `scope source batch at by reason` with tabs between, as a line; `told` are the
 * batches that were, each between newlines. */
static void put_batch(char *row, char **told)
{
	char *fields[6], line[OFFICER_ID_MAX + SUPPRESSION_SCOPE_MAX + 8];
	size_t count = 0;

	for (char *at = row; at && count < 6; count++) {
		fields[count] = at;
		at = count < 5 ? strchr(at, '\t') : NULL;
		if (at)
			*at++ = '\0';
	}
	if (count < 6)
		return;
	snprintf(line, sizeof(line), "\n%s %s\n", fields[2], fields[0]);
	if (strstr(*told, line))
		return;
	size_t had = strlen(*told), length = strlen(line);
	*told = memory_resize(*told, had + length + 1, 1);
	memcpy(*told + had, line, length + 1);
	printf("%s\t%s\t%s\t%s\t%s\t%s\n", fields[2], fields[0], fields[1], fields[3], fields[4],
	       fields[5]);
}

int officer_batches(struct officer *officer)
{
	struct errand *errand = &officer->errand;
	char *told = memory_text("");
	char key[KEY_MAX];
	int code = EXIT_DONE;

	for (unsigned i = 0; i < officer->place->settings->redis.partitions; i++) {
		bus_args_text(&officer->args, "HVALS");
		bus_args_text(&officer->args, key_lists(i, key));
		if (!errand_ask(errand, &officer->args)) {
			code = EXIT_NO;
			break;
		}
		for (size_t j = 0; j < errand->count; j++)
			put_batch(errand->strings[j], &told);
	}
	free(told);
	return code;
}
