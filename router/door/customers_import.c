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
#include "router/compliance/csv.h"
#include "router/compliance/written.h"
#include "router/door/body.h"

#define PIECE_MAX 60000 /* octets of rows */
#define ROWS_MAX 1000
#define LINES_MAX 1000000000
#define WHAT_MAX 256
#define COUNTRY_MAX 3
#define WRONG_HEAD                                                                                 \
	"The first row must name the columns, and one of them must be the number (number, phone, " \
	"mobile)."

static const char *const outcomes[] = {"created", "changed", "unchanged", "repeated", "refused"};

enum outcome { CREATED, CHANGED, UNCHANGED, REPEATED, REFUSED };

struct importing;

struct row {
	struct importing *importing;
	unsigned line; /* of the file, from 1 */
	char cell[CSV_SHOWN + 1], number[WRITTEN_MAX], what[WHAT_MAX], version[24];
	unsigned partition;
	enum outcome outcome;
	struct directory_field fields[CSV_CELLS_MAX]; /* values are ours, names the columns' */
	size_t count;
};

struct importing {
	const struct api *api;
	struct http_request *request;
	char who[DESK_AGENT_MAX + 1], country[COUNTRY_MAX + 1], separator[2], wrong[WHAT_MAX];
	bool dry, failed;
	unsigned line;
	char *text;
	/* "" of a column that is nothing's. */
	char columns[CSV_CELLS_MAX][CUSTOMER_FIELD_MAX];
	char names[CSV_CELLS_MAX][CSV_SHOWN + 1];
	size_t columns_count;
	struct row *rows;
	size_t count;
	unsigned waiting;
};

static void importing_free(struct importing *importing)
{
	for (size_t i = 0; i < importing->count; i++) {
		for (size_t j = 0; j < importing->rows[i].count; j++)
			free(importing->rows[i].fields[j].value);
	}
	free(importing->rows);
	free(importing->text);
	free(importing);
}

static void refuse(struct row *row, const char *why)
{
	row->outcome = REFUSED;
	snprintf(row->what, sizeof(row->what), "%s", why);
}

/* The answer */

static bool is_own(const char *field)
{
	return strncmp(field, CUSTOMER_OWN, strlen(CUSTOMER_OWN)) == 0;
}

/* What a person calls the field. */
static const char *label_of(const char *field)
{
	if (strcmp(field, CUSTOMER_NUMBER) == 0)
		return "Number";
	for (const struct customer_field *one = customer_fields(); one->field; one++) {
		if (strcmp(one->field, field) == 0)
			return one->label;
	}
	return is_own(field) ? field + strlen(CUSTOMER_OWN) : "";
}

static void put_columns(const struct importing *importing, struct writer *writer)
{
	writer_begin_array(writer, "columns");
	for (size_t i = 0; i < importing->columns_count; i++) {
		writer_begin_object(writer, NULL);
		writer_text(writer, "name", importing->names[i]);
		writer_text(writer, "field", importing->columns[i]);
		writer_text(writer, "label", label_of(importing->columns[i]));
		writer_end_object(writer);
	}
	writer_end_array(writer);
}

static void put_counts(const struct importing *importing, struct writer *writer)
{
	for (unsigned kind = CREATED; kind <= REFUSED; kind++) {
		size_t count = 0;
		for (size_t i = 0; i < importing->count; i++)
			count += importing->rows[i].outcome == kind;
		writer_integer(writer, outcomes[kind], count);
	}
}

static void answer(struct importing *importing)
{
	struct writer writer;

	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_bool(&writer, "dry", importing->dry);
	writer_text(&writer, "separator", importing->separator);
	put_columns(importing, &writer);
	put_counts(importing, &writer);
	writer_begin_array(&writer, "outcomes");
	for (size_t i = 0; i < importing->count; i++) {
		const struct row *row = &importing->rows[i];
		writer_begin_object(&writer, NULL);
		writer_integer(&writer, "row", row->line);
		writer_text(&writer, "cell", row->cell);
		writer_text(&writer, "number", row->number);
		writer_text(&writer, "outcome", outcomes[row->outcome]);
		writer_text(&writer, "what", row->what);
		writer_end_object(&writer);
	}
	writer_end_array(&writer);
	writer_end_object(&writer);
	body_answer(importing->request, 200, &writer);
}

static void importing_end(struct importing *importing)
{
	if (importing->failed)
		body_unavailable(importing->request);
	else
		answer(importing);
	importing_free(importing);
}

static void one_less(struct importing *importing)
{
	if (--importing->waiting == 0)
		importing_end(importing);
}

/* Writing */

static void on_put(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct row *row = context;
	struct importing *importing = row->importing;

	(void)bus;
	switch (directory_verdict_of(reply)) {
	case DIRECTORY_OK:
		break;
	case DIRECTORY_MISSING:
	case DIRECTORY_CONFLICT:
	case DIRECTORY_TAKEN:
		refuse(row, "somebody else has changed this customer in the same moment");
		break;
	case DIRECTORY_FULL:
		refuse(row, "100000 customers of this part of the numbers are the most");
		break;
	case DIRECTORY_UNAVAILABLE:
		importing->failed = true;
		break;
	}
	one_less(importing);
}

/* Leaves of the row's fields those that change something, and says so. */
static void keep_changes(struct row *row, const struct directory_entity *before)
{
	size_t kept = 0, length = 0;

	for (size_t i = 0; i < row->count; i++) {
		struct directory_field field = row->fields[i];
		if (before && strcmp(directory_text(before, field.name), field.value) == 0) {
			free(field.value);
			continue;
		}
		row->fields[kept++] = field;
		const char *name = field.name + (is_own(field.name) ? strlen(CUSTOMER_OWN) : 0);
		if (length < sizeof(row->what))
			length += (size_t)snprintf(row->what + length, sizeof(row->what) - length,
						   "%s%s", length ? ", " : "", name);
	}
	row->count = kept;
}

/* Whether the fields of an operator's own are not too many. */
static bool has_room(const struct row *row, const struct directory_entity *before)
{
	size_t own = 0;

	for (size_t i = 0; before && i < before->count; i++)
		own += is_own(before->fields[i].name);
	for (size_t i = 0; i < row->count; i++)
		own += is_own(row->fields[i].name) &&
		       !(before && *directory_text(before, row->fields[i].name));
	return own <= CUSTOMER_OWN_MOST;
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
						      .number = row->number,
						      .by = importing->who,
						      .version = row->version,
						      .now_ms = session_now_ms(),
						      .before = before,
						      .fields = row->fields,
						      .count = row->count});
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
	keep_changes(row, before);
	row->outcome = !before ? CREATED : row->count ? CHANGED : UNCHANGED;
	if (!has_room(row, before))
		refuse(row, "a customer has at most 30 custom fields");
	else if (!importing->dry && !importing->failed && row->outcome != UNCHANGED)
		write_row(row, before);
	directory_entity_destroy(&before);
	one_less(importing);
}

/* Of several rows with one number the last one counts. */
static bool is_repeated(const struct importing *importing, size_t at)
{
	for (size_t i = at + 1; i < importing->count; i++) {
		if (importing->rows[i].outcome != REFUSED &&
		    strcmp(importing->rows[i].number, importing->rows[at].number) == 0)
			return true;
	}
	return false;
}

static void send_rows(struct importing *importing)
{
	struct bus_args args;

	importing->waiting = 1;
	bus_args_init(&args);
	for (size_t i = 0; i < importing->count; i++) {
		struct row *row = &importing->rows[i];
		if (row->outcome == REFUSED)
			continue;
		if (is_repeated(importing, i)) {
			refuse(row, "a later row has this number; that one counts");
			row->outcome = REPEATED;
			continue;
		}
		importing->waiting++;
		row->partition =
			key_partition(span_text(row->number), customers_partitions(importing->api));
		customer_get(&args, row->partition, "", row->number);
		bus_args_send(&args, importing->api->sessions->bus, on_found, row);
	}
	bus_args_finish(&args);
	one_less(importing);
}

/* Reading */

static bool is_said(const struct importing *importing, const char *field)
{
	for (size_t i = 0; i < importing->columns_count; i++) {
		if (strcmp(importing->columns[i], field) == 0)
			return true;
	}
	return false;
}

/* The first row. False where `wrong` says why. */
static bool read_head(struct importing *importing, const struct span *cells, size_t count)
{
	char field[CUSTOMER_FIELD_MAX];
	size_t own = 0;

	for (size_t i = 0; i < count; i++) {
		bool known = customer_column(cells[i], field) && !is_said(importing, field);
		csv_show(cells[i], importing->names[i]);
		snprintf(importing->columns[i], CUSTOMER_FIELD_MAX, "%s", known ? field : "");
		importing->columns_count = i + 1;
		own += is_own(importing->columns[i]);
	}
	if (!is_said(importing, CUSTOMER_NUMBER))
		snprintf(importing->wrong, sizeof(importing->wrong), WRONG_HEAD);
	else if (own > CUSTOMER_OWN_MOST)
		snprintf(importing->wrong, sizeof(importing->wrong),
			 "The first row names %zu custom fields, allowed are 30.", own);
	else
		return true;
	return false;
}

static struct span trimmed(struct span cell)
{
	while (cell.length && (*cell.at == ' ' || *cell.at == '\t')) {
		cell.at++;
		cell.length--;
	}
	while (cell.length && (cell.at[cell.length - 1] == ' ' || cell.at[cell.length - 1] == '\t'))
		cell.length--;
	return cell;
}

static void take_number(struct row *row, struct span cell)
{
	const char *country = row->importing->country;
	enum written verdict = written_number(cell, *country ? country : NULL, row->number);

	csv_show(cell, row->cell);
	if (verdict == WRITTEN_OK)
		return;
	row->number[0] = '\0';
	refuse(row, verdict == WRITTEN_COUNTRY ? "number: it is national, and no country was said"
					       : written_why(verdict));
}

/* A line's end within a cell becomes a blank: values are of one line. */
static void take_value(struct row *row, const char *field, struct span cell)
{
	char *value = memory_copy(cell.at, cell.length);

	for (char *at = value; *at; at++) {
		if (*at == '\n' || *at == '\r' || *at == '\t')
			*at = ' ';
	}
	if (customer_is_value((struct span){(uint8_t *)value, cell.length})) {
		row->fields[row->count++] = (struct directory_field){(char *)field, value};
		return;
	}
	free(value);
	snprintf(row->what, sizeof(row->what),
		 "%s: %zu octets, allowed are 256 without control characters",
		 field + (is_own(field) ? strlen(CUSTOMER_OWN) : 0), cell.length);
	row->outcome = REFUSED;
}

static void take_row(struct importing *importing, const struct span *cells, size_t count)
{
	struct row *row = &importing->rows[importing->count++];

	row->importing = importing;
	row->line = importing->line;
	row->outcome = UNCHANGED;
	if (count > importing->columns_count) {
		csv_show(cells[0], row->cell);
		snprintf(row->what, sizeof(row->what),
			 "%zu cells, allowed are the %zu of the first row", count,
			 importing->columns_count);
		row->outcome = REFUSED;
		return;
	}
	for (size_t i = 0; i < importing->columns_count && row->outcome != REFUSED; i++) {
		struct span cell = trimmed(i < count ? cells[i] : (struct span){NULL, 0});
		if (strcmp(importing->columns[i], CUSTOMER_NUMBER) == 0)
			take_number(row, cell);
		else if (*importing->columns[i] && cell.length)
			take_value(row, importing->columns[i], cell);
	}
}

static void take_unclosed(struct importing *importing, const char *text)
{
	struct row *row = &importing->rows[importing->count++];

	row->importing = importing;
	row->line = importing->line;
	csv_show(span_text(text), row->cell);
	refuse(row, "a quote is not closed");
}

static const char *without_mark(const char *text)
{
	return strncmp(text, "\xEF\xBB\xBF", 3) == 0 ? text + 3 : text;
}

/* False where `wrong` says why. */
static bool read_rows(struct importing *importing)
{
	struct span cells[CSV_CELLS_MAX];
	char *next, *at = importing->text;
	bool closed;
	unsigned lines;

	if (importing->line == 1)
		at += without_mark(at) - at;
	if (!importing->separator[0])
		importing->separator[0] = csv_separator(at);
	for (; at; at = next, importing->line += lines) {
		next = csv_end_row(at, importing->separator[0], &lines, &closed);
		size_t length = strlen(at);
		if (length && at[length - 1] == '\r')
			at[length - 1] = '\0';
		if (importing->count == ROWS_MAX) {
			snprintf(importing->wrong, sizeof(importing->wrong),
				 "A piece has at most 1000 rows.");
			return false;
		}
		if (!closed && importing->columns_count) {
			take_unclosed(importing, at);
			continue;
		}
		size_t count = csv_split(at, importing->separator[0], cells);
		if (!importing->columns_count) {
			if (!read_head(importing, cells, count))
				return false;
		} else if (count > 1 || cells[0].length) {
			take_row(importing, cells, count);
		}
	}
	return true;
}

/* The columns of a piece behind the first. False where they are not what was answered. */
static bool read_columns(struct importing *importing, const json_t *list)
{
	size_t count = json_array_size(list);

	if (!list)
		return true;
	for (size_t i = 0; i < count && i < CSV_CELLS_MAX; i++) {
		const char *field = json_string_value(json_array_get(list, i));
		struct span own =
			span_text(field && is_own(field) ? field + strlen(CUSTOMER_OWN) : NULL);
		bool known = field && (!*field || strcmp(field, CUSTOMER_NUMBER) == 0 ||
				       customer_is_own(own));
		for (const struct customer_field *one = customer_fields(); field && one->field;
		     one++)
			known |= strcmp(one->field, field) == 0;
		if (!known || (*field && is_said(importing, field)))
			return false;
		snprintf(importing->columns[i], CUSTOMER_FIELD_MAX, "%s", field);
		importing->columns_count = i + 1;
	}
	return count > 0 && count <= CSV_CELLS_MAX && is_said(importing, CUSTOMER_NUMBER);
}

/* What is wrong with the order, NULL for nothing. */
static const char *read_order(struct importing *importing, const json_t *root)
{
	const json_t *rows = json_object_get(root, "rows");
	const json_t *line = json_object_get(root, "firstRow");
	const char *text = json_string_value(rows);
	const char *separator = json_string_value(json_object_get(root, "separator"));

	importing->dry = json_is_true(json_object_get(root, "dry"));
	json_int_t first = line ? json_integer_value(line) : 1;
	if (!text || json_string_length(rows) > PIECE_MAX ||
	    strlen(text) != json_string_length(rows))
		return "rows must be a text of at most 60000 octets, without NUL.";
	if (first < 1 || first > LINES_MAX)
		return "firstRow must be a whole number, 1..1000000000.";
	importing->line = (unsigned)first;
	if (!body_text(root, "country", importing->country, COUNTRY_MAX) ||
	    strspn(importing->country, "0123456789") != strlen(importing->country))
		return "country must be 1 to 3 digits.";
	if (separator && *separator && (!strchr(",;\t", *separator) || separator[1]))
		return "separator must be a comma, a semicolon or a tab.";
	if (separator)
		importing->separator[0] = *separator;
	if (!read_columns(importing, json_object_get(root, "columns")))
		return "columns must be what the first piece was answered.";
	importing->text = memory_text(text);
	importing->rows = memory_array(ROWS_MAX, sizeof(*importing->rows));
	return NULL;
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
	if (!wrong && !read_rows(importing))
		wrong = importing->wrong;
	if (!wrong) {
		send_rows(importing);
		return;
	}
	body_refuse(request, wrong);
	importing_free(importing);
}
