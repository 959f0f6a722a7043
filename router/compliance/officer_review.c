/* Texts that a person has to read (functions/review.lua): what is open, and what was decided. And
 * sends that were blocked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/bus/event.h"
#include "router/compliance/officer_internal.h"
#include "router/compliance/review.h"

#define BLOCKED_AT_ONCE 1000

static struct span field_of(const struct bus_reply *review, enum review_field field)
{
	return bus_reply_span(bus_reply_at(review, field));
}

/* What a customer wrote, so that it changes no terminal and stays on its line. */
static void put_text(struct span text)
{
	for (size_t i = 0; i < text.length; i++) {
		if (text.at[i] == '\n')
			fputs("\\n", stdout);
		else if (text.at[i] == '\t')
			fputs("\\t", stdout);
		else if (text.at[i] < 0x20 || text.at[i] == 0x7F || text.at[i] == '\\')
			printf("\\x%02X", text.at[i]);
		else
			putchar(text.at[i]);
	}
}

static void put_field(const struct bus_reply *review, enum review_field field)
{
	put_text(field_of(review, field));
	putchar('\t');
}

/* A line of the work queue: its first text stands for all. */
static void put_item(unsigned partition, const char *id, const struct bus_reply *review)
{
	static const enum review_field fields[] = {
		REVIEW_CUSTOMER, REVIEW_OURS, REVIEW_SCOPE, REVIEW_AT,	 REVIEW_DUE,
		REVIEW_STATE,	 REVIEW_TOLD, REVIEW_RULE,  REVIEW_MORE, REVIEW_BY};

	printf("%u.%s\t", partition, id);
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		put_field(review, fields[i]);
	put_text(bus_reply_span(bus_reply_at(bus_reply_at(review, REVIEW_SAID), 4)));
	putchar('\n');
}

struct reading {
	struct officer *officer;
	const char *id;
	unsigned partition;
	bool found;
	char customer[WRITTEN_MAX];
};

static void on_item(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct reading *reading = context;

	(void)bus;
	reading->found = bus_reply_count(reply) > REVIEW_SAID;
	if (reading->found)
		put_item(reading->partition, reading->id, reply);
}

/* All its texts, a line each behind the first: conversation, position, rule, time, text. */
static void on_whole(struct bus *bus, const struct bus_reply *reply, void *context)
{
	on_item(bus, reply, context);
	for (size_t i = REVIEW_SAID; i < bus_reply_count(reply); i++) {
		printf("said\t");
		for (size_t j = 0; j < 5; j++) {
			put_text(bus_reply_span(bus_reply_at(bus_reply_at(reply, i), j)));
			putchar(j < 4 ? '\t' : '\n');
		}
	}
	struct span note = field_of(reply, REVIEW_NOTE);
	if (note.length == 0)
		return;
	printf("decided\t");
	put_field(reply, REVIEW_DECIDED);
	put_text(note);
	putchar('\n');
}

static bool read_review(struct reading *reading, bus_done *read)
{
	struct officer *officer = reading->officer;

	bus_args_call(&officer->args, "review_read", officer->tag);
	bus_args_field_text(&officer->args, "id", reading->id);
	return errand_read(&officer->errand, &officer->args, read, reading);
}

static bool list_partition(struct officer *officer, unsigned partition)
{
	bool good;

	key_tag(partition, officer->tag);
	bus_args_call(&officer->args, "reviews", officer->tag);
	if (!errand_ask(&officer->errand, &officer->args))
		return false;
	/* Each with when it is due. */
	size_t count = officer->errand.count / 2;
	char **ids = memory_array(count + 1, sizeof(*ids));
	for (size_t i = 0; i < count; i++)
		ids[i] = memory_text(officer->errand.strings[2 * i]);
	good = true;
	for (size_t i = 0; i < count && good; i++) {
		struct reading reading = {.officer = officer, .id = ids[i], .partition = partition};
		good = read_review(&reading, on_item);
	}
	for (size_t i = 0; i < count; i++)
		free(ids[i]);
	free(ids);
	return good;
}

int officer_review(struct officer *officer)
{
	if (officer->options.word) {
		struct reading reading = {.officer = officer, .id = officer_find_id(officer)};
		reading.partition = (unsigned)strtoul(officer->options.word, NULL, 10);
		if (reading.id && !read_review(&reading, on_whole))
			return EXIT_NO;
		return reading.found
			       ? EXIT_DONE
			       : officer_complain(EXIT_NO, "no such review", officer->options.word);
	}
	for (unsigned i = 0; i < officer->place->settings->redis.partitions; i++) {
		if (!list_partition(officer, i))
			return EXIT_NO;
	}
	return EXIT_DONE;
}

static void on_customer(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct reading *reading = context;
	struct span customer = field_of(reply, REVIEW_CUSTOMER);

	(void)bus;
	reading->found = customer.length > 0 && customer.length < sizeof(reading->customer);
	if (reading->found)
		memcpy(reading->customer, customer.at, customer.length);
}

int officer_decide(struct officer *officer)
{
	const struct officer_options *options = &officer->options;
	struct reading reading = {.officer = officer, .id = officer_find_id(officer)};
	bool out = strcmp(options->second, "opt-out") == 0;

	if (!reading.id || !read_review(&reading, on_customer) || !reading.found)
		return officer_complain(EXIT_NO, "no such review", options->word);
	bus_args_call(&officer->args, "review_decide", officer->tag);
	bus_args_field_text(&officer->args, "id", reading.id);
	bus_args_field_text(&officer->args, "by", options->by);
	bus_args_field_text(&officer->args, "yes", out ? "opt_out" : "release");
	bus_args_field_text(&officer->args, "scope", options->scope ? officer->scope : "");
	bus_args_field_integer(&officer->args, "now", officer_now_ms());
	officer_add_sealed(officer, reading.customer, options->reason);
	if (!errand_ask(&officer->errand, &officer->args))
		return EXIT_NO;
	if (!errand_said(&officer->errand, "ok"))
		return officer_complain(EXIT_NO, "was decided before", options->word);
	printf("%s\t%s\t%s\n", options->word, reading.customer, out ? "opted out" : "released");
	return EXIT_DONE;
}

/* One page of a partition's blocked sends, the newest first. */
struct page {
	struct officer *officer;
	uint64_t since_ms;
	size_t count;
	char last[48]; /* the id of the last */
};

static void on_page(struct bus *bus, const struct bus_reply *reply, void *context)
{
	static const char *const fields[] = {"at",   "where", "by",    "customer", "ours",
					     "conv", "m",     "scope", "entry"};
	struct page *page = context;
	const char *number = page->officer->number;

	(void)bus;
	page->count = bus_reply_count(reply);
	for (size_t i = 0; i < page->count; i++) {
		const struct bus_reply *row = bus_reply_at(reply, i);
		struct span id = event_id(row), customer = event_span(row, "customer");
		snprintf(page->last, sizeof(page->last), "%.*s", (int)id.length,
			 (const char *)id.at);
		if ((uint64_t)event_integer(row, "at") < page->since_ms ||
		    (*number && (customer.length != strlen(number) ||
				 memcmp(customer.at, number, customer.length) != 0)))
			continue;
		for (size_t j = 0; j < sizeof(fields) / sizeof(*fields); j++) {
			put_text(event_span(row, fields[j]));
			putchar(j + 1 < sizeof(fields) / sizeof(*fields) ? '\t' : '\n');
		}
	}
}

static bool blocked_in(struct officer *officer, const char *tag, uint64_t since_ms)
{
	struct page page = {officer, since_ms, 0, ""};

	do {
		bus_args_call(&officer->args, "blocked_read", tag);
		bus_args_field_text(&officer->args, "before", page.last);
		bus_args_field_integer(&officer->args, "limit", BLOCKED_AT_ONCE);
		if (!errand_read(&officer->errand, &officer->args, on_page, &page))
			return false;
	} while (page.count == BLOCKED_AT_ONCE);
	return true;
}

/* Of one number, or all of them. */
int officer_blocked(struct officer *officer)
{
	uint64_t since_ms = 0;
	char tag[KEY_MAX];

	if (!written_moment(officer->options.since, false, &since_ms))
		return EXIT_USAGE;
	if (officer->number[0])
		return blocked_in(officer, officer->tag, since_ms) ? EXIT_DONE : EXIT_NO;
	for (unsigned i = 0; i < officer->place->settings->redis.partitions; i++) {
		if (!blocked_in(officer, key_tag(i, tag), since_ms))
			return EXIT_NO;
	}
	return EXIT_DONE;
}
