/*
 * Rows are gathered by partition and go to Redis a thousand in a call, with a bounded number of
 * calls on the way: the file is read as fast as Redis takes it, and never kept.
 */
#include "router/compliance/import.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/memory.h"
#include "router/bus/key.h"
#include "router/compliance/csv.h"
#include "router/compliance/lot.h"
#include "router/compliance/seen.h"
#include "router/compliance/suppression.h"

#define CALLS_MAX 32 /* on the way */
#define PROGRESS_S 1.0
#define MEASURED 256 /* buckets of each partition that are measured at once */
#define SAMPLE 5000  /* numbers that are enough to say how large one is */

/* Rows on their way to one partition. */
struct batch {
	struct importing *importing;
	struct lot lot;
	uint64_t rows[LOT_ROWS];
	char numbers[LOT_ROWS][WRITTEN_MAX];
	char cells[LOT_ROWS][CSV_SHOWN + 1];
};

struct importing {
	const struct import_order *order;
	struct errand *errand;
	struct seal *seal;
	unsigned partitions;
	struct batch **gathering; /* of each partition, NULL while empty */
	struct bus_args args;
	unsigned calls;
	bool failed;
	char file[MERKLE_HEX];
	struct seen seen; /* numbers met in a dry run, which nobody else remembers */
	uint64_t rows, added, also, repeated, refused;
	uint64_t octets, size; /* of the file, read and in all */
	double began, told;
};

static double now_s(void)
{
	return ev_time();
}

static void tell(struct importing *importing, bool last)
{
	bool terminal = isatty(STDERR_FILENO);
	double now = now_s(), took = now - importing->began;

	if (!last && now - importing->told < PROGRESS_S)
		return;
	importing->told = now;
	fprintf(stderr,
		"%s%" PRIu64 " rows (%u %%), %" PRIu64 " added, %" PRIu64 " also, %" PRIu64
		" repeated, %" PRIu64 " refused, %.0f rows/s%s",
		terminal ? "\r" : "", importing->rows,
		importing->size ? (unsigned)(importing->octets * 100 / importing->size) : 100,
		importing->added, importing->also, importing->repeated, importing->refused,
		took > 0 ? (double)importing->rows / took : 0., terminal && !last ? "" : "\n");
}

static void put_outcome(struct importing *importing, uint64_t row, const char *cell,
			const char *number, const char *outcome)
{
	if (importing->order->quiet && *number)
		return;
	printf("%" PRIu64 "\t%s\t%s\t%s\n", row, cell, number, outcome);
}

static void on_added(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct batch *batch = context;
	struct importing *importing = batch->importing;
	struct span verdicts = bus_reply_span(reply);

	(void)bus;
	importing->calls--;
	if (bus_reply_type(reply) != BUS_STRING || verdicts.length != batch->lot.count) {
		if (!importing->failed)
			fprintf(stderr, "bindery-router: suppression: Redis refused: %.*s\n",
				(int)verdicts.length,
				verdicts.length ? (const char *)verdicts.at : "the answer is lost");
		importing->failed = true;
	}
	for (size_t i = 0; i < batch->lot.count && !importing->failed; i++) {
		char verdict = (char)verdicts.at[i];
		importing->added += verdict == '1';
		importing->also += verdict == '2';
		importing->repeated += verdict == '0';
		put_outcome(importing, batch->rows[i], batch->cells[i], batch->numbers[i],
			    lot_outcome(verdict));
	}
	free(batch);
	ev_break(importing->errand->loop, EVBREAK_ONE);
}

/* Waits until no more than so many calls are on the way. */
static void wait_for(struct importing *importing, unsigned calls)
{
	while (importing->calls > calls && !importing->failed) {
		ev_run(importing->errand->loop, 0);
		if (!bus_is_ready(importing->errand->bus) && !importing->failed) {
			fprintf(stderr, "bindery-router: suppression: Redis does not answer\n");
			importing->failed = true;
		}
	}
}

static void on_tick(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)revents;
	tell(timer->data, false);
	ev_break(loop, EVBREAK_ONE);
}

static void send_batch(struct importing *importing, unsigned partition)
{
	struct batch *batch = importing->gathering[partition];
	const struct import_order *order = importing->order;
	struct bus_args *args = &importing->args;

	if (!batch)
		return;
	importing->gathering[partition] = NULL;
	lot_call(&batch->lot,
		 &(struct lot_order){order->batch, order->scope, order->source, order->by,
				     order->reason, importing->file, order->dry},
		 partition, (uint64_t)(now_s() * 1000.), args);
	importing->calls++;
	bus_args_send(args, importing->errand->bus, on_added, batch);
	if (importing->calls >= CALLS_MAX)
		wait_for(importing, CALLS_MAX / 2);
}

static void take_cell(struct importing *importing, struct span cell)
{
	char number[WRITTEN_MAX], shown[CSV_SHOWN + 1];
	struct suppression_place place;
	enum written verdict = written_number(cell, importing->order->country, number);

	csv_show(cell, shown);
	if (verdict != WRITTEN_OK || !suppression_place(number, &place)) {
		importing->refused++;
		put_outcome(importing, importing->rows, shown, "", written_why(verdict));
		return;
	}
	if (importing->order->dry && seen_add(&importing->seen, number)) {
		importing->repeated++;
		put_outcome(importing, importing->rows, shown, number, "repeated");
		return;
	}
	struct span span = {(const uint8_t *)number, strlen(number)};
	unsigned partition = key_partition(span, importing->partitions);
	struct batch **at = &importing->gathering[partition];
	if (!*at) {
		*at = memory_array(1, sizeof(**at));
		(*at)->importing = importing;
	}
	struct batch *batch = *at;
	size_t i = batch->lot.count;
	batch->rows[i] = importing->rows;
	memcpy(batch->numbers[i], number, sizeof(number));
	memcpy(batch->cells[i], shown, sizeof(shown));
	(void)lot_add(&batch->lot, importing->seal, number); /* it has a place, as was seen above */
	if (batch->lot.count == LOT_ROWS)
		send_batch(importing, partition);
}

static void read_rows(struct importing *importing, FILE *file)
{
	struct span cells[CSV_CELLS_MAX];
	char *line = NULL, separator = ',';
	size_t room = 0, column = 0;
	ssize_t length;

	while (!importing->failed && (length = getline(&line, &room, file)) >= 0) {
		bool names = false;
		importing->octets += (uint64_t)length;
		importing->rows++;
		if (!csv_end_line(line)) {
			take_cell(importing, span_text(line)); /* which is no number */
			continue;
		}
		if (importing->rows == 1)
			separator = csv_separator(line);
		size_t count = csv_split(line, separator, cells);
		if (importing->rows == 1)
			column = csv_number_column(cells, count, importing->order->column, &names);
		if (!names && (count > 1 || cells[0].length))
			take_cell(importing,
				  column < count ? cells[column] : (struct span){NULL, 0});
		if (importing->rows % LOT_ROWS == 0)
			tell(importing, false);
	}
	free(line);
}

/* The hash of the file names it in the ledger: who keeps the file can prove what was in it. */
static bool hash_file(struct importing *importing, FILE *file)
{
	struct stat about;
	uint8_t hash[MERKLE_HASH];

	if (fstat(fileno(file), &about) != 0 || !S_ISREG(about.st_mode)) {
		fprintf(stderr, "bindery-router: suppression: %s: is no regular file\n",
			importing->order->path);
		return false;
	}
	importing->size = (uint64_t)about.st_size;
	void *all = about.st_size ? mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE,
					 fileno(file), 0)
				  : NULL;
	if (all == MAP_FAILED) {
		fprintf(stderr, "bindery-router: suppression: %s: %s\n", importing->order->path,
			strerror(errno));
		return false;
	}
	bool text = !all || !memchr(all, '\0', (size_t)about.st_size);
	merkle_hash((struct span){all, (size_t)about.st_size}, hash);
	if (all)
		munmap(all, (size_t)about.st_size);
	if (!text)
		fprintf(stderr, "bindery-router: suppression: %s: it has a NUL, so it is no text\n",
			importing->order->path);
	merkle_hex(hash, importing->file);
	return text;
}

struct measure {
	int64_t numbers, octets;
};

static void on_measured(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct measure *measure = context;

	(void)bus;
	measure->numbers += bus_reply_integer(bus_reply_at(reply, 0));
	measure->octets += bus_reply_integer(bus_reply_at(reply, 1));
}

/* Octets that Redis spends on a number, from as many buckets as it takes to find some. */
static void tell_size(struct importing *importing)
{
	struct measure measure = {0};
	char tag[KEY_MAX];

	for (unsigned from = 0; from < SUPPRESSION_BUCKETS && measure.numbers < SAMPLE;
	     from += MEASURED) {
		for (unsigned i = 0; i < importing->partitions; i++) {
			bus_args_call(&importing->args, "bulk_measure", key_tag(i, tag));
			bus_args_field_integer(&importing->args, "from", from);
			bus_args_field_integer(&importing->args, "count", MEASURED);
			if (!errand_read(importing->errand, &importing->args, on_measured,
					 &measure))
				return;
		}
	}
	if (measure.numbers)
		fprintf(stderr, "%.1f octets of Redis a number\n",
			(double)measure.octets / (double)measure.numbers);
}

static bool run(struct importing *importing, FILE *file)
{
	struct errand *errand = importing->errand;
	ev_timer tick;

	if (!hash_file(importing, file))
		return false;
	/* Said first, so that one that is broken off can be taken back. */
	if (!importing->order->dry)
		fprintf(stderr, "batch %s\n", importing->order->batch);
	ev_timer_stop(errand->loop, &errand->limit); /* it takes as long as it takes */
	ev_timer_init(&tick, on_tick, PROGRESS_S, PROGRESS_S);
	tick.data = importing;
	ev_timer_start(errand->loop, &tick);
	read_rows(importing, file);
	for (unsigned i = 0; i < importing->partitions && !importing->failed; i++)
		send_batch(importing, i);
	wait_for(importing, 0);
	ev_timer_stop(errand->loop, &tick);
	tell(importing, true);
	bool whole = !importing->failed && !ferror(file);
	if (!whole && !importing->order->dry)
		fprintf(stderr, "batch %s is not whole\n", importing->order->batch);
	return whole;
}

bool import_run(const struct settings *settings, struct errand *errand, struct seal *seal,
		const struct import_order *order)
{
	struct importing importing = {.order = order,
				      .errand = errand,
				      .seal = seal,
				      .partitions = settings->redis.partitions,
				      .began = now_s(),
				      .told = now_s()};
	FILE *file = fopen(order->path, "re");

	if (!file) {
		fprintf(stderr, "bindery-router: suppression: %s: %s\n", order->path,
			strerror(errno));
		return false;
	}
	importing.gathering = memory_array(importing.partitions, sizeof(struct batch *));
	bus_args_init(&importing.args);
	bool whole = run(&importing, file);
	if (whole && !order->dry && importing.rows > 0)
		tell_size(&importing);
	/* Calls that are still on the way come back before what they speak of goes. */
	if (importing.calls)
		bus_destroy(&errand->bus);
	for (unsigned i = 0; i < importing.partitions; i++)
		free(importing.gathering[i]);
	free(importing.gathering);
	seen_finish(&importing.seen);
	bus_args_finish(&importing.args);
	fclose(file);
	return whole;
}
