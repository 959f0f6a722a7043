/*
 * Lists as CSV, from the same rows as the pages are made of. Each partition gives its newest rows a
 * page at a time; what of them is the newest of all is written until one partition's page is used
 * up, whose next is asked for then. So a file of any length needs a page of each partition.
 */
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "config/scratch.h"
#include "router/compliance/csv.h"
#include "router/door/compliance_file.h"

#define ROWS_KEPT 3200 /* rows of all partitions that are asked for at once */
#define ROWS_LEAST 8
#define ROWS_MOST 200
#define ID_MAX 48
#define NAME_MAX_OCTETS 32

struct row {
	struct comply_row_place place;
	char *json;
};

/* What has come of one partition and was not written yet. */
struct lane {
	struct row *rows;
	size_t count, at;
	struct comply_row_place before; /* ms 0: from the newest */
	bool ended;
};

struct sheet {
	struct comply_file file;
	struct comply_sheet what;
	void *wish;
	struct lane *lanes;
	unsigned partitions, waiting;
	size_t limit;
	bool failed, headed;
};

/* A value as the text of a cell, in `cell`. */
static void put_value(FILE *cell, const json_t *value, bool first)
{
	if (!first)
		fputc('\n', cell);
	if (json_is_string(value))
		fwrite(json_string_value(value), 1, json_string_length(value), cell);
	else if (json_is_integer(value))
		fprintf(cell, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "yes" : "no", cell);
}

static void put_path(FILE *cell, const json_t *value, const char *path)
{
	char name[NAME_MAX_OCTETS];
	size_t length = strcspn(path, ".");
	const json_t *entry;
	size_t i;

	if (json_is_object(value)) {
		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		value = json_object_get(value, name);
		path += length + (path[length] == '.');
	}
	if (!json_is_array(value)) {
		if (json_is_object(value))
			put_path(cell, value, path);
		else
			put_value(cell, value, true);
		return;
	}
	json_array_foreach(value, i, entry)
	{
		if (json_is_object(entry))
			entry = json_object_get(entry, path);
		put_value(cell, entry, i == 0);
	}
}

void comply_sheet_head(FILE *out, const char *const *columns)
{
	for (size_t i = 0; columns[i]; i++) {
		if (i)
			fputc(',', out);
		csv_put(out, span_text(columns[i]));
	}
	fputc('\n', out);
}

void comply_sheet_row(FILE *out, const char *const *columns, const char *json)
{
	json_t *root = json_loads(json, 0, NULL);
	char *bytes = NULL;
	size_t length = 0;
	FILE *cell = scratch_open(&bytes, &length);

	for (size_t i = 0; columns[i]; i++) {
		rewind(cell);
		put_path(cell, root, columns[i]);
		fflush(cell);
		if (i)
			fputc(',', out);
		csv_put(out, (struct span){(const uint8_t *)bytes, (size_t)ftell(cell)});
	}
	fclose(cell);
	free(bytes);
	fputc('\n', out);
	json_decref(root);
}

static int by_place(const void *left, const void *right)
{
	return comply_newest_first(&((const struct row *)left)->place,
				   &((const struct row *)right)->place);
}

/* The lane whose next row is the newest of all; NULL where there is none. `short_of`: that of one
 * which has to be asked first cannot be known. */
static struct lane *newest(struct sheet *sheet, bool *short_of)
{
	struct lane *best = NULL;

	*short_of = false;
	for (unsigned i = 0; i < sheet->partitions; i++) {
		struct lane *lane = &sheet->lanes[i];
		if (lane->at < lane->count) {
			if (!best || by_place(&lane->rows[lane->at], &best->rows[best->at]) < 0)
				best = lane;
		} else if (!lane->ended) {
			*short_of = true;
		}
	}
	return best;
}

static void more(struct comply_file *file);

/* Writes what can be. */
static void write_rows(struct sheet *sheet)
{
	bool short_of;
	struct lane *lane;

	while ((lane = newest(sheet, &short_of)) && !short_of) {
		struct row *row = &lane->rows[lane->at++];
		comply_sheet_row(sheet->file.out, sheet->what.columns, row->json);
		free(row->json);
		row->json = NULL;
		sheet->file.rows++;
		if (ftell(sheet->file.out) >= COMPLY_PIECE)
			break;
	}
	if (!lane && !short_of)
		comply_file_end(&sheet->file);
	else
		comply_file_piece(&sheet->file); /* which may be empty: it takes longer */
}

struct asked {
	struct sheet *sheet;
	unsigned partition;
};

static void take_page(struct sheet *sheet, const struct bus_reply *reply, unsigned partition)
{
	struct lane *lane = &sheet->lanes[partition];
	bool stops = sheet->what.source.stops;
	size_t count = bus_reply_count(reply), first = stops;
	struct comply_row_place stop = {0};

	if (stops)
		stop = comply_place_of(bus_reply_span(bus_reply_at(reply, 0)), partition);
	lane->count = count > first ? count - first : 0;
	lane->at = 0;
	lane->rows = memory_resize(lane->rows, lane->count + 1, sizeof(*lane->rows));
	for (size_t i = 0; i < lane->count; i++) {
		const struct bus_reply *row = bus_reply_at(reply, first + i);
		lane->rows[i] = (struct row){
			comply_place_of(bus_reply_span(bus_reply_at(row, 0)), partition),
			sheet->what.source.json(&sheet->file.comply, row, partition)};
	}
	if (!stops && lane->count == sheet->limit)
		stop = lane->rows[lane->count - 1].place;
	if (lane->count)
		qsort(lane->rows, lane->count, sizeof(*lane->rows), by_place);
	lane->before = stop;
	lane->ended = stop.ms == 0;
}

static void on_page(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asked *asked = context;
	struct sheet *sheet = asked->sheet;

	(void)bus;
	if (bus_reply_type(reply) == BUS_ARRAY)
		take_page(sheet, reply, asked->partition);
	else
		sheet->failed = true;
	free(asked);
	if (--sheet->waiting)
		return;
	if (sheet->failed)
		comply_file_fail(&sheet->file);
	else
		write_rows(sheet);
}

static void ask_partition(struct sheet *sheet, unsigned partition, struct bus_args *args)
{
	const struct comply_source *source = &sheet->what.source;
	const struct lane *lane = &sheet->lanes[partition];
	struct asked *asked = memory_array(1, sizeof(*asked));
	char tag[KEY_MAX], before[ID_MAX] = "";

	*asked = (struct asked){sheet, partition};
	if (lane->before.ms)
		snprintf(before, sizeof(before), "%llu-%llu", (unsigned long long)lane->before.ms,
			 (unsigned long long)lane->before.sequence);
	bus_args_call(args, source->function, key_tag(partition, tag));
	bus_args_field_text(args, "before", before);
	bus_args_field_text(args, "inclusive", "");
	bus_args_field_integer(args, "limit", (int64_t)sheet->limit);
	if (source->add)
		source->add(sheet->wish, args);
	comply_send(&sheet->file.comply, args, on_page, asked);
}

static void more(struct comply_file *file)
{
	struct sheet *sheet = (struct sheet *)file;
	struct bus_args args;
	bool asks[HEAD_TREES_MAX] = {false};

	if (!sheet->headed)
		comply_sheet_head(file->out, sheet->what.columns);
	sheet->headed = true;
	/* All are asked before any answers: what is lost is answered in the next turn. */
	for (unsigned i = 0; i < sheet->partitions; i++) {
		asks[i] = !sheet->lanes[i].ended && sheet->lanes[i].at == sheet->lanes[i].count;
		sheet->waiting += asks[i];
	}
	if (sheet->waiting == 0) {
		write_rows(sheet);
		return;
	}
	bus_args_init(&args);
	for (unsigned i = 0; i < sheet->partitions; i++) {
		if (asks[i])
			ask_partition(sheet, i, &args);
	}
	bus_args_finish(&args);
}

static void finish(struct comply_file *file)
{
	struct sheet *sheet = (struct sheet *)file;

	for (unsigned i = 0; i < sheet->partitions; i++) {
		struct lane *lane = &sheet->lanes[i];
		for (size_t j = lane->at; j < lane->count; j++)
			free(lane->rows[j].json);
		free(lane->rows);
	}
	free(sheet->lanes);
	free(sheet->wish);
}

void comply_sheet_send(struct comply *comply, const struct comply_sheet *what, size_t wish_size)
{
	static const char *const queries[] = {"what", "scope", "source", "since", "until", NULL};
	struct sheet *sheet = comply_keep(comply, sizeof(*sheet));
	struct comply_file *file = &sheet->file;
	size_t limit = ROWS_KEPT / comply_partitions(comply);

	sheet->what = *what;
	if (wish_size)
		sheet->wish = memory_copy(what->source.wish, wish_size);
	sheet->partitions = comply_partitions(comply);
	sheet->limit = limit < ROWS_LEAST ? ROWS_LEAST : limit > ROWS_MOST ? ROWS_MOST : limit;
	sheet->lanes = memory_array(sheet->partitions, sizeof(*sheet->lanes));
	for (unsigned i = 0; i < sheet->partitions; i++)
		sheet->lanes[i].before.ms = what->source.until_ms;
	comply_file_csv(file, what->name);
	file->more = more;
	file->finish = finish;
	comply_file_asked(file, queries);
	comply_file_begin(file);
}
