/*
 * Files of customers, in pieces: the client parts a file into pieces of whole rows, each is
 * answered row by row, and nothing of it is kept here. First it is read who has the numbers, then
 * what differs is written with the version that was read, so that nobody's change is lost.
 */
#include "router/door/customers_internal.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/bus/key.h"
#include "router/compliance/seen.h"
#include "router/directory/customer_file.h"
#include "router/door/body.h"

#define PIECE_MAX 60000 /* octets of rows */
#define ROWS_MAX 1000
#define LINES_MAX 1000000000

struct importing;

struct row {
	struct importing *importing;
	struct customer_row row;
	char version[24];
	unsigned partition;
	enum customer_outcome outcome;
};

struct importing {
	const struct api *api;
	struct http_request *request;
	char who[DESK_AGENT_MAX + 1];
	bool dry, failed;
	char *text;
	struct customer_file file;
	struct row *rows;
	size_t count;
	unsigned waiting;
};

static void importing_free(struct importing *importing)
{
	for (size_t i = 0; i < importing->count; i++)
		customer_row_finish(&importing->rows[i].row);
	free(importing->rows);
	free(importing->text);
	free(importing);
}

/* The answer */

static void put_columns(const struct importing *importing, struct writer *writer)
{
	const struct customer_head *head = &importing->file.head;

	writer_begin_array(writer, "columns");
	for (size_t i = 0; i < head->count; i++) {
		writer_begin_object(writer, NULL);
		writer_text(writer, "name", head->names[i]);
		writer_text(writer, "field", head->fields[i]);
		writer_text(writer, "label", customer_label(head->fields[i]));
		writer_end_object(writer);
	}
	writer_end_array(writer);
}

static void put_counts(const struct importing *importing, struct writer *writer)
{
	for (unsigned kind = 0; kind < CUSTOMER_OUTCOMES; kind++) {
		size_t count = 0;
		for (size_t i = 0; i < importing->count; i++)
			count += importing->rows[i].outcome == kind;
		writer_integer(writer, customer_outcome_name(kind), count);
	}
}

static void answer(struct importing *importing)
{
	const char separator[] = {importing->file.separator, '\0'};
	struct writer writer;

	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_bool(&writer, "dry", importing->dry);
	writer_text(&writer, "separator", separator);
	put_columns(importing, &writer);
	put_counts(importing, &writer);
	writer_begin_array(&writer, "outcomes");
	for (size_t i = 0; i < importing->count; i++) {
		const struct customer_row *row = &importing->rows[i].row;
		writer_begin_object(&writer, NULL);
		writer_integer(&writer, "row", row->line);
		writer_text(&writer, "cell", row->cell);
		writer_text(&writer, "number", row->number);
		writer_text(&writer, "outcome", customer_outcome_name(importing->rows[i].outcome));
		writer_text(&writer, "what", row->what);
		writer_end_object(&writer);
	}
	writer_end_array(&writer);
	writer_end_object(&writer);
	body_answer(importing->request, 200, &writer);
}

static void one_less(struct importing *importing)
{
	if (--importing->waiting)
		return;
	if (importing->failed)
		body_unavailable(importing->request);
	else
		answer(importing);
	importing_free(importing);
}

/* Writing */

static void on_put(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct row *row = context;
	struct importing *importing = row->importing;

	(void)bus;
	if (!customer_row_written(&row->row, directory_verdict_of(reply), &row->outcome))
		importing->failed = true;
	one_less(importing);
}

static void write_row(struct row *row, const struct directory_entity *before)
{
	struct importing *importing = row->importing;
	char id[CUSTOMER_ID_MAX];
	struct bus_args args;

	if (!before && !customers_make_id(row->partition, id)) {
		importing->failed = true;
		return;
	}
	snprintf(row->version, sizeof(row->version), "%llu",
		 before ? (unsigned long long)before->version : 0ULL);
	importing->waiting++;
	bus_args_init(&args);
	customer_put(&args, &(struct customer_change){.partition = row->partition,
						      .id = before ? before->id : id,
						      .number = row->row.number,
						      .by = importing->who,
						      .version = row->version,
						      .now_ms = session_now_ms(),
						      .before = before,
						      .fields = row->row.fields,
						      .count = row->row.count});
	bus_args_send(&args, importing->api->sessions->bus, on_put, row);
	bus_args_finish(&args);
}

static void on_found(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct row *row = context;
	struct importing *importing = row->importing;
	struct directory_entity *before = directory_entity_create(DIRECTORY_KINDS, reply);

	(void)bus;
	importing->failed |= bus_reply_type(reply) != BUS_ARRAY;
	row->outcome = customer_row_compare(&row->row, before);
	if (!importing->dry && !importing->failed &&
	    (row->outcome == CUSTOMER_CREATED || row->outcome == CUSTOMER_CHANGED))
		write_row(row, before);
	directory_entity_destroy(&before);
	one_less(importing);
}

static void send_row(struct importing *importing, struct row *row, struct seen *seen,
		     struct bus_args *args)
{
	row->importing = importing;
	row->outcome = row->row.refused ? CUSTOMER_REFUSED : CUSTOMER_REPEATED;
	if (row->row.refused)
		return;
	if (seen_add(seen, row->row.number)) {
		snprintf(row->row.what, sizeof(row->row.what),
			 "a later row has this number; that one counts");
		return;
	}
	importing->waiting++;
	row->partition =
		key_partition(span_text(row->row.number), customers_partitions(importing->api));
	customer_get(args, row->partition, "", row->row.number);
	bus_args_send(args, importing->api->sessions->bus, on_found, row);
}

/* Of several rows with one number the last one counts. */
static void send_rows(struct importing *importing)
{
	struct seen seen = {0};
	struct bus_args args;

	importing->waiting = 1;
	bus_args_init(&args);
	for (size_t i = importing->count; i-- > 0;)
		send_row(importing, &importing->rows[i], &seen, &args);
	seen_finish(&seen);
	bus_args_finish(&args);
	one_less(importing);
}

/* Reading */

/* What is wrong with the rows, NULL for nothing. */
static const char *read_rows(struct importing *importing)
{
	struct customer_row row;

	while (customer_file_next(&importing->file, &row)) {
		if (importing->count == ROWS_MAX) {
			customer_row_finish(&row);
			return "A piece has at most 1000 rows.";
		}
		importing->rows[importing->count++].row = row;
	}
	return importing->file.wrong[0] ? importing->file.wrong : NULL;
}

/* The columns of a piece behind the first. False where they are not what was answered. */
static bool read_columns(struct customer_head *head, const json_t *list)
{
	size_t count = json_array_size(list);

	if (!list)
		return true;
	for (size_t i = 0; i < count && i < CSV_CELLS_MAX; i++) {
		const char *field = json_string_value(json_array_get(list, i));
		if (!field ||
		    (*field && (!customer_is_field(field) || customer_head_has(head, field))))
			return false;
		snprintf(head->fields[i], CUSTOMER_FIELD_MAX, "%s", field);
		head->count = i + 1;
	}
	return count <= CSV_CELLS_MAX && customer_head_has(head, CUSTOMER_NUMBER);
}

/* What is wrong with the order, NULL for nothing. */
static const char *read_order(struct importing *importing, const json_t *root)
{
	const json_t *rows = json_object_get(root, "rows");
	const json_t *line = json_object_get(root, "firstRow");
	const char *text = json_string_value(rows);
	const char *separator = json_string_value(json_object_get(root, "separator"));
	struct customer_file *file = &importing->file;
	json_int_t first = line ? json_integer_value(line) : 1;

	importing->dry = json_is_true(json_object_get(root, "dry"));
	if (!text || json_string_length(rows) > PIECE_MAX ||
	    strlen(text) != json_string_length(rows))
		return "rows must be a text of at most 60000 octets, without NUL.";
	if (first < 1 || first > LINES_MAX)
		return "firstRow must be a whole number, 1..1000000000.";
	file->line = (unsigned)first;
	if (!body_text(root, "country", file->country, sizeof(file->country) - 1) ||
	    (file->country[0] && !written_is_country(file->country)))
		return "country must be 1 to 3 digits.";
	if (separator && *separator && (!strchr(",;\t", *separator) || separator[1]))
		return "separator must be a comma, a semicolon or a tab.";
	if (separator)
		file->separator = *separator;
	if (!read_columns(&file->head, json_object_get(root, "columns")))
		return "columns must be what the first piece was answered.";
	importing->text = memory_text(text);
	file->at = importing->text;
	importing->rows = memory_array(ROWS_MAX, sizeof(*importing->rows));
	return read_rows(importing);
}

void customers_import(const struct api *api, struct http_request *request, const char *who)
{
	json_t *root = body_read(request);

	if (!root)
		return;
	struct importing *importing = memory_array(1, sizeof(*importing));
	importing->api = api;
	importing->request = request;
	snprintf(importing->who, sizeof(importing->who), "%s", who);
	const char *wrong = read_order(importing, root);
	json_decref(root);
	if (!wrong) {
		send_rows(importing);
		return;
	}
	body_refuse(request, wrong);
	importing_free(importing);
}
