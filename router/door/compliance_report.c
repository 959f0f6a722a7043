/*
 * Reports of what happened to consent. The sums of the days are read a day after the other, all
 * partitions of one at a time, so that a long range holds up nobody; then they are told as JSON, or
 * cell by cell as CSV.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/compliance/csv.h"
#include "router/compliance/report.h"
#include "router/compliance/sums.h"
#include "router/door/compliance_file.h"
#include "router/door/session.h"

#define PATH_MAX_OCTETS 400
#define OPEN_FIGURES 3

/* Figures as digest.lua calls them and as they are told. */
static const struct {
	const char *figure, *name;
} figures[] = {
	{"opt_out", "optOuts"},
	{"opt_out_again", "optOutsRepeated"},
	{"opt_in", "optIns"},
	{"help", "help"},
	{"unclear", "unclear"},
	{"unclear_more", "unclearMore"},
	{"decided", "decided"},
	{"decided_ms", "decidedMs"},
	{"decided_1h", "decidedWithin1h"},
	{"decided_4h", "decidedWithin4h"},
	{"decided_24h", "decidedWithin24h"},
	{"decided_late", "decidedLater"},
	{"removed", "removed"},
	{"listed", "listed"},
	{"confirm", "confirmations"},
	{"confirm_sent", "confirmationsSent"},
	{"confirm_late", "confirmationsLate"},
	{"confirm_missing", "confirmationsMissing"},
	{"confirm_ms", "confirmationsMs"},
	{"sent_after", "sentAfterOptOut"},
	{"blocked_accept", "blockedAtAccept"},
	{"blocked_dispatch", "blockedAtDispatch"},
	/* Parts of others, by their source. */
	{"opt_out:carrier", "carrierOptOuts"},
	{"decided:released", "released"},
	{"decided:opted_out", "optedOut"},
};
#define FIGURES (sizeof(figures) / sizeof(*figures))

static const char *const groups[] = {"number", "programme", "scope", "language", "source", "rule"};
#define GROUPS (sizeof(groups) / sizeof(*groups))

struct reporting;
typedef void reported(struct reporting *reporting, bool good);

/* A report being read. */
struct reporting {
	struct comply comply;
	struct report report;
	struct sums sums; /* what is to be told, as `add` has it */
	void (*add)(struct reporting *reporting, char key[REPORT_KEY_MAX], uint64_t sum);
	uint64_t day, last;
	unsigned waiting;
	bool failed, opens; /* what stands open is asked last */
	bool cut;	    /* there were more sums than SUMS_MAX */
	uint64_t open[OPEN_FIGURES];
	reported *done;
	void *context;
};

static void on_sums(struct bus *bus, const struct bus_reply *reply, void *context);

static void ask_all(struct reporting *reporting, const char *function)
{
	unsigned partitions = comply_partitions(&reporting->comply);
	struct bus_args args;
	char tag[KEY_MAX];

	/* All are asked before any answers. */
	reporting->waiting = partitions;
	bus_args_init(&args);
	for (unsigned i = 0; i < partitions; i++) {
		bus_args_call(&args, function, key_tag(i, tag));
		bus_args_field_integer(&args, "day", (int64_t)reporting->day);
		bus_args_field_integer(&args, "now", (int64_t)session_now_ms());
		comply_send(&reporting->comply, &args, on_sums, reporting);
	}
	bus_args_finish(&args);
}

static void go_on(struct reporting *reporting)
{
	if (reporting->failed || reporting->opens) {
		reporting->done(reporting, !reporting->failed);
	} else if (reporting->day == reporting->last) {
		reporting->opens = true;
		ask_all(reporting, "digest_open");
	} else {
		reporting->day++;
		ask_all(reporting, "digest_read");
	}
}

static void on_sums(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct reporting *reporting = context;
	char key[REPORT_KEY_MAX];

	(void)bus;
	reporting->failed |= bus_reply_type(reply) != BUS_ARRAY;
	for (size_t i = 0; reporting->opens && i < OPEN_FIGURES; i++)
		reporting->open[i] += (uint64_t)bus_reply_integer(bus_reply_at(reply, i));
	for (size_t i = 0; !reporting->opens && i + 1 < bus_reply_count(reply); i += 2) {
		struct span field = bus_reply_span(bus_reply_at(reply, i));
		if (report_key(&reporting->report, reporting->day, (const char *)field.at, key))
			reporting->add(reporting, key,
				       (uint64_t)bus_reply_integer(bus_reply_at(reply, i + 1)));
	}
	if (--reporting->waiting == 0)
		go_on(reporting);
}

static void reporting_end(struct reporting *reporting)
{
	report_finish(&reporting->report);
	sums_finish(&reporting->sums);
	free(reporting);
}

/* NULL once the request was answered. */
static struct reporting *reporting_create(struct comply *comply)
{
	struct http_request *request = comply->request;
	const char *by = http_query(request, "by");
	bool hours = by && strcmp(by, "hour") == 0;
	struct report_query query = {.since = http_query(request, "since"),
				     .until = http_query(request, "until"),
				     .zone = http_query(request, "zone"),
				     .hours = hours};
	struct report report;

	if (by && *by && !hours && strcmp(by, "day") != 0) {
		body_refuse(request, "by must be day or hour.");
		return NULL;
	}
	switch (report_init(&report, &query, session_now_ms())) {
	case 0:
		break;
	case -ENOENT:
		body_refuse(request, "zone must be a time zone of tzdata (Europe/Paris).");
		return NULL;
	case -ERANGE:
		body_refuse(request, "A report is of at most 400 days, or 31 by the hour.");
		return NULL;
	default:
		body_refuse(request, "since and until must be days (2026-11-26), in their order.");
		return NULL;
	}
	struct reporting *reporting = comply_keep(comply, sizeof(*reporting));
	reporting->report = report;
	sums_init(&reporting->sums);
	report_days(&report, &reporting->day, &reporting->last);
	return reporting;
}

static void reporting_begin(struct reporting *reporting, reported *done, void *context)
{
	reporting->done = done;
	reporting->context = context;
	ask_all(reporting, "digest_read");
}

/* Which programme a cell is of: that of its scope, else of our number. */
static const char *programme_of(const struct settings *settings, char *const places[REPORT_PLACES],
				char out[SUPPRESSION_SCOPE_MAX])
{
	const char *scope = places[REPORT_SCOPE];

	if (strncmp(scope, "p:", 2) == 0)
		return scope + 2;
	if (strncmp(scope, "c:", 2) == 0) {
		snprintf(out, SUPPRESSION_SCOPE_MAX, "%.*s", (int)strcspn(scope + 2, ":"),
			 scope + 2);
		return out;
	}
	const struct settings_number *number = settings_number(settings, places[REPORT_OURS]);
	return number ? number->programme : "";
}

static void add(struct reporting *reporting, const char *key, uint64_t sum)
{
	reporting->cut |= !sums_add(&reporting->sums, key, sum);
}

/* For JSON: `<bucket>`, `total` and `<group>\t<value>`, each with a tab and the figure behind. */
static void add_told(struct reporting *reporting, char cell[REPORT_KEY_MAX], uint64_t sum)
{
	char key[PATH_MAX_OCTETS], programme[SUPPRESSION_SCOPE_MAX], *places[REPORT_PLACES];
	size_t bucket = report_cell(cell, places);
	const char *figure = places[REPORT_FIGURE];
	const char *const values[GROUPS] = {
		places[REPORT_OURS],
		programme_of(comply_settings(&reporting->comply), places, programme),
		places[REPORT_SCOPE],
		places[REPORT_LANGUAGE],
		places[REPORT_SOURCE],
		places[REPORT_RULE]};

	snprintf(key, sizeof(key), "%zu\t%s", bucket, figure);
	add(reporting, key, sum);
	snprintf(key, sizeof(key), "%zu\t%s:%s", bucket, figure, places[REPORT_SOURCE]);
	add(reporting, key, sum);
	snprintf(key, sizeof(key), "total\t%s", figure);
	add(reporting, key, sum);
	snprintf(key, sizeof(key), "total\t%s:%s", figure, places[REPORT_SOURCE]);
	add(reporting, key, sum);
	for (size_t i = 0; i < GROUPS; i++) {
		snprintf(key, sizeof(key), "%s\t%s\t%s", groups[i], values[i], figure);
		add(reporting, key, sum);
	}
}

static void put_figures(struct writer *writer, const struct sums *told, const char *prefix)
{
	char key[PATH_MAX_OCTETS];

	for (size_t i = 0; i < FIGURES; i++) {
		snprintf(key, sizeof(key), "%s\t%s", prefix, figures[i].figure);
		writer_integer(writer, figures[i].name, sums_of(told, key));
	}
}

/* One group: {name, figure…} of each value, those that are 0 left out. `told` is sorted. */
static void put_group(struct writer *writer, const struct sums *told, const char *group)
{
	size_t length = strlen(group);
	char open[PATH_MAX_OCTETS] = "\n"; /* the value whose figures are being written */

	writer_begin_array(writer, group);
	for (size_t i = 0; i < told->count; i++) {
		const char *text = told->rows[i].text;
		if (strncmp(text, group, length) != 0 || text[length] != '\t')
			continue;
		const char *value = text + length + 1, *figure = strrchr(value, '\t') + 1;
		size_t value_length = (size_t)(figure - 1 - value);
		if (strlen(open) != value_length || strncmp(open, value, value_length) != 0) {
			if (*open != '\n')
				writer_end_object(writer);
			snprintf(open, sizeof(open), "%.*s", (int)value_length, value);
			writer_begin_object(writer, NULL);
			if (strcmp(group, "scope") == 0)
				comply_put_scope(writer, "name", span_text(open));
			else
				writer_text(writer, "name", open);
		}
		for (size_t j = 0; j < FIGURES; j++) {
			if (strcmp(figures[j].figure, figure) == 0)
				writer_integer(writer, figures[j].name, told->rows[i].sum);
		}
	}
	if (*open != '\n')
		writer_end_object(writer);
	writer_end_array(writer);
}

static void put_open(struct writer *writer, const struct reporting *reporting)
{
	static const char *const names[OPEN_FIGURES] = {"confirmationsOverdue", "reviews",
							"reviewsEscalated"};

	writer_begin_object(writer, "open");
	for (size_t i = 0; i < OPEN_FIGURES; i++)
		writer_integer(writer, names[i], reporting->open[i]);
	writer_end_object(writer);
}

static void put_report(struct writer *writer, struct reporting *reporting)
{
	const struct report *report = &reporting->report;
	const struct sums *told = &reporting->sums;
	char number[24];

	sums_sort(&reporting->sums);
	writer_begin_object(writer, NULL);
	writer_text(writer, "zone", report->zone);
	writer_text(writer, "by", report->hours ? "hour" : "day");
	body_put_time(writer, "dateAsked", session_now_ms());
	writer_bool(writer, "cut", reporting->cut);
	writer_begin_array(writer, "buckets");
	for (size_t i = 0; i < report->buckets_count; i++) {
		writer_begin_object(writer, NULL);
		writer_text(writer, "from", report->buckets[i].label);
		snprintf(number, sizeof(number), "%zu", i);
		put_figures(writer, told, number);
		writer_end_object(writer);
	}
	writer_end_array(writer);
	writer_begin_object(writer, "totals");
	put_figures(writer, told, "total");
	writer_end_object(writer);
	writer_begin_object(writer, "groups");
	for (size_t i = 0; i < GROUPS; i++)
		put_group(writer, told, groups[i]);
	writer_end_object(writer);
	put_open(writer, reporting);
	writer_end_object(writer);
}

static void on_report(struct reporting *reporting, bool good)
{
	struct writer writer;

	if (good) {
		writer_init(&writer);
		put_report(&writer, reporting);
		body_answer(reporting->comply.request, 200, &writer);
	} else {
		body_unavailable(reporting->comply.request);
	}
	reporting_end(reporting);
}

void comply_report(struct comply *comply)
{
	struct reporting *reporting = reporting_create(comply);

	if (!reporting)
		return;
	reporting->add = add_told;
	reporting_begin(reporting, on_report, NULL);
}

/* For CSV: a cell as it is. */
static void add_cell(struct reporting *reporting, char cell[REPORT_KEY_MAX], uint64_t sum)
{
	add(reporting, cell, sum);
}

/* The same as a file. */
struct report_file {
	struct comply_file file;
	struct reporting *reporting;
	size_t next;
};

static void put_row(struct report_file *copy)
{
	const struct reporting *reporting = copy->reporting;
	const struct report *report = &reporting->report;
	const struct sums_row *row = &reporting->sums.rows[copy->next++];
	char *places[REPORT_PLACES], sum[24], programme[SUPPRESSION_SCOPE_MAX];
	char scope[COMPLY_SCOPE_WORDS];
	size_t bucket = report_cell(row->text, places);

	snprintf(sum, sizeof(sum), "%" PRIu64, row->sum);
	const struct span cells[] = {
		span_text(report->buckets[bucket].label),
		span_text(places[REPORT_FIGURE]),
		span_text(places[REPORT_OURS]),
		span_text(programme_of(comply_settings(&reporting->comply), places, programme)),
		span_text(comply_scope_words(span_text(places[REPORT_SCOPE]), scope)),
		span_text(places[REPORT_LANGUAGE]),
		span_text(places[REPORT_SOURCE]),
		span_text(places[REPORT_RULE]),
		span_text(sum),
	};
	csv_put_row(copy->file.out, cells, sizeof(cells) / sizeof(*cells));
	copy->file.rows++;
}

static void write_more(struct comply_file *file)
{
	struct report_file *copy = (struct report_file *)file;

	while (copy->next < copy->reporting->sums.count && ftell(file->out) < COMPLY_PIECE)
		put_row(copy);
	if (copy->next == copy->reporting->sums.count)
		comply_file_end(file);
	else
		comply_file_piece(file);
}

static void on_read(struct reporting *reporting, bool good)
{
	struct report_file *copy = reporting->context;
	struct comply_file *file = &copy->file;

	/* A file that is not all of it must not look so. */
	if (!good || reporting->cut) {
		comply_file_fail(file);
		return;
	}
	sums_sort(&reporting->sums);
	fputs("from,figure,number,programme,scope,language,source,rule,count\n", file->out);
	file->more = write_more;
	write_more(file);
}

static void read_first(struct comply_file *file)
{
	struct report_file *copy = (struct report_file *)file;

	reporting_begin(copy->reporting, on_read, copy);
}

static void finish(struct comply_file *file)
{
	reporting_end(((struct report_file *)file)->reporting);
}

void comply_report_send(struct comply *comply)
{
	static const char *const queries[] = {"since", "until", "zone", "by", NULL};
	struct reporting *reporting = reporting_create(comply);

	if (!reporting)
		return;
	struct report_file *copy = comply_keep(comply, sizeof(*copy));
	struct comply_file *file = &copy->file;
	copy->reporting = reporting;
	reporting->add = add_cell;
	comply_file_csv(file, "report");
	file->more = read_first;
	file->finish = finish;
	comply_file_asked(file, queries);
	comply_file_begin(file);
}
