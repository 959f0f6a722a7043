/*
 * Lists of numbers, in pieces: the client parts a file into pieces of whole lines, each is answered
 * row by row, and nothing of it is kept here. A piece that is sent again is done once. The batch is
 * somebody's: nobody else adds to it (functions/bulk.lua).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/compliance/csv.h"
#include "router/compliance/lot.h"
#include "router/compliance/seen.h"
#include "router/door/compliance_internal.h"
#include "router/door/pile.h"

#define PIECE_MAX 60000 /* octets of rows */
#define SOURCE_MAX 32

struct outcome {
	uint64_t row;
	char cell[CSV_SHOWN + 1], number[WRITTEN_MAX];
	const char *what;
};

struct importing;

/* What goes to one partition. */
struct share {
	struct importing *importing;
	struct lot lot;
	size_t outcomes[LOT_ROWS];
};

struct importing {
	struct comply comply;
	char batch[COMPLY_ID_MAX], scope[SUPPRESSION_SCOPE_MAX], source[SOURCE_MAX + 1];
	char reason[COMPLY_TEXT_MAX + 1], country[4], file[MERKLE_HEX];
	char separator[2];
	bool dry, names;
	unsigned column; /* from 1, 0: to be found */
	uint64_t first;	 /* row of the piece's first line, from 1 */
	char *text;
	struct outcome outcomes[LOT_ROWS];
	size_t count;
	struct seen seen;
	struct share **shares;
	unsigned waiting;
	bool failed, others;
};

static void importing_free(struct importing *importing)
{
	for (unsigned i = 0; i < comply_partitions(&importing->comply); i++)
		free(importing->shares[i]);
	free(importing->shares);
	seen_finish(&importing->seen);
	free(importing->text);
	free(importing);
}

static size_t count_of(const struct importing *importing, const char *what)
{
	size_t count = 0;

	for (size_t i = 0; i < importing->count; i++)
		count += strcmp(importing->outcomes[i].what, what) == 0;
	return count;
}

static void answer(struct importing *importing)
{
	static const char *const kinds[] = {"added", "also", "repeated"};
	struct writer writer;
	size_t refused = importing->count;

	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_text(&writer, "batchId", importing->batch);
	writer_bool(&writer, "dry", importing->dry);
	writer_integer(&writer, "column", importing->column);
	writer_text(&writer, "separator", importing->separator);
	writer_bool(&writer, "names", importing->names);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		size_t count = count_of(importing, kinds[i]);
		writer_integer(&writer, kinds[i], count);
		refused -= count;
	}
	writer_integer(&writer, "refused", refused);
	writer_begin_array(&writer, "outcomes");
	for (size_t i = 0; i < importing->count; i++) {
		const struct outcome *outcome = &importing->outcomes[i];
		writer_begin_object(&writer, NULL);
		writer_integer(&writer, "row", outcome->row);
		writer_text(&writer, "cell", outcome->cell);
		writer_text(&writer, "number", outcome->number);
		writer_text(&writer, "outcome", outcome->what);
		writer_end_object(&writer);
	}
	writer_end_array(&writer);
	writer_end_object(&writer);
	body_answer(importing->comply.request, 200, &writer);
}

static void importing_end(struct importing *importing)
{
	if (importing->others)
		http_error(importing->comply.request, 409, "batch.of.another",
			   "That batch is somebody else's.", NULL);
	else if (importing->failed)
		body_unavailable(importing->comply.request);
	else
		answer(importing);
	importing_free(importing);
}

static void on_share(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct share *share = context;
	struct importing *importing = share->importing;
	struct span digits = bus_reply_span(reply);

	(void)bus;
	if (comply_said(reply, "other"))
		importing->others = true;
	else if (bus_reply_type(reply) != BUS_STRING || digits.length != share->lot.count)
		importing->failed = true;
	else
		for (size_t i = 0; i < digits.length; i++)
			importing->outcomes[share->outcomes[i]].what =
				lot_outcome((char)digits.at[i]);
	if (--importing->waiting == 0)
		importing_end(importing);
}

static void take_cell(struct importing *importing, struct span cell, uint64_t row)
{
	struct outcome *outcome = &importing->outcomes[importing->count];
	char number[WRITTEN_MAX];
	enum written verdict =
		written_number(cell, importing->country[0] ? importing->country : NULL, number);

	*outcome = (struct outcome){.row = row, .what = written_why(verdict)};
	csv_show(cell, outcome->cell);
	/* In a dry run nobody else remembers what the piece had already. */
	if (verdict == WRITTEN_OK && importing->dry && seen_add(&importing->seen, number)) {
		outcome->what = "repeated";
	} else if (verdict == WRITTEN_OK) {
		struct span span = {(const uint8_t *)number, strlen(number)};
		unsigned partition = key_partition(span, comply_partitions(&importing->comply));
		struct share **share = &importing->shares[partition];
		if (!*share)
			*share = memory_array(1, sizeof(**share));
		(*share)->importing = importing;
		(*share)->outcomes[(*share)->lot.count] = importing->count;
		if (!lot_add(&(*share)->lot, comply_place(&importing->comply)->links.seal, number))
			outcome->what = written_why(WRITTEN_LENGTH);
	}
	if (verdict == WRITTEN_OK)
		memcpy(outcome->number, number, sizeof(number));
	importing->count++;
}

/* False where it has more rows than one piece may. */
static bool read_rows(struct importing *importing)
{
	struct span cells[CSV_CELLS_MAX];
	uint64_t row = importing->first;
	char *next;

	for (char *line = importing->text; line; line = next, row++) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		bool names = false, one = csv_end_line(line);
		if (!one && importing->count < LOT_ROWS) {
			take_cell(importing, span_text(line), row); /* which is no number */
			continue;
		}
		if (!importing->separator[0])
			importing->separator[0] = csv_separator(line);
		size_t count = csv_split(line, importing->separator[0], cells);
		if (row == 1) {
			importing->column = (unsigned)csv_number_column(cells, count,
									importing->column, &names) +
					    1;
			importing->names = names;
		}
		if (names || (count <= 1 && cells[0].length == 0))
			continue;
		if (importing->count == LOT_ROWS)
			return false;
		size_t column = importing->column ? importing->column - 1 : 0;
		take_cell(importing, column < count ? cells[column] : (struct span){NULL, 0}, row);
	}
	return true;
}

static void send_shares(struct importing *importing)
{
	const struct comply *comply = &importing->comply;
	struct lot_order order = {importing->batch, importing->scope,  importing->source,
				  comply->who,	    importing->reason, importing->file,
				  importing->dry};
	struct bus_args args;

	importing->waiting = 1;
	bus_args_init(&args);
	for (unsigned i = 0; i < comply_partitions(comply); i++) {
		struct share *share = importing->shares[i];
		if (!share || share->lot.count == 0)
			continue;
		importing->waiting++;
		lot_call(&share->lot, &order, i, session_now_ms(), &args);
		comply_send(comply, &args, on_share, share);
	}
	bus_args_finish(&args);
	if (--importing->waiting == 0)
		importing_end(importing);
}

static bool is_word(const char *text)
{
	return *text && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(text);
}

static bool read_number(const json_t *root, const char *name, json_int_t most, json_int_t *out)
{
	const json_t *value = json_object_get(root, name);

	*out = json_integer_value(value);
	return (!value || json_is_integer(value)) && *out >= 0 && *out <= most;
}

/* What is wrong with the order, NULL for nothing. */
static const char *read_order(struct importing *importing, const json_t *root)
{
	json_int_t column, first;
	const json_t *rows = json_object_get(root, "rows");
	uint8_t hash[MERKLE_HASH];

	importing->dry = json_is_true(json_object_get(root, "dry"));
	if (!body_text(root, "batchId", importing->batch, sizeof(importing->batch) - 1) ||
	    (importing->batch[0] && !is_word(importing->batch)))
		return "batchId must be one that was answered.";
	if (!body_text(root, "source", importing->source, SOURCE_MAX) ||
	    !is_word(importing->source) || strcmp(importing->source, "keyword") == 0)
		return "source must be 1 to 32 small letters, digits, _ and -, and not keyword.";
	if (!body_text(root, "country", importing->country, sizeof(importing->country) - 1) ||
	    (importing->country[0] && !written_is_country(importing->country)))
		return "country must be 1 to 3 digits.";
	if (!body_text(root, "file", importing->file, MERKLE_HEX - 1) ||
	    !merkle_unhex((struct span){(uint8_t *)importing->file, strlen(importing->file)}, hash,
			  sizeof(hash)))
		return "file must be the SHA-256 of the whole file, 64 hexadecimal digits.";
	const char *separator = json_string_value(json_object_get(root, "separator"));
	if (separator && *separator && (!strchr(",;\t", *separator) || separator[1]))
		return "separator must be a comma, a semicolon or a tab.";
	if (separator)
		importing->separator[0] = *separator;
	if (!read_number(root, "column", CSV_CELLS_MAX, &column) ||
	    !read_number(root, "firstRow", INT64_MAX / 2, &first))
		return "column must be 1..64, firstRow a whole number from 1 on.";
	importing->column = (unsigned)column;
	importing->first = first ? (uint64_t)first : 1;
	if (!json_is_string(rows) || json_string_length(rows) > PIECE_MAX)
		return "rows must be a text of at most 60000 octets.";
	importing->text = memory_text(json_string_value(rows));
	return NULL;
}

static void import(struct comply *comply, const json_t *root)
{
	struct importing *importing = comply_keep(comply, sizeof(*importing));
	char scope[SUPPRESSION_SCOPE_MAX];

	importing->shares = memory_array(comply_partitions(comply), sizeof(struct share *));
	const char *wrong = read_order(importing, root);
	if (!wrong && !body_text(root, "scope", scope, sizeof(scope) - 1))
		wrong = "scope must be a text.";
	if (!wrong && !importing->batch[0])
		comply_make_id(importing->batch);
	if (wrong) {
		body_refuse(comply->request, wrong);
	} else if (comply_scope(comply, scope, importing->scope) &&
		   comply_text(comply, root, "reason", importing->reason)) {
		if (read_rows(importing)) {
			send_shares(importing);
			return;
		}
		body_refuse(comply->request, "A piece has at most 1000 rows.");
	}
	importing_free(importing);
}

void comply_import(struct comply *comply)
{
	json_t *root = body_read(comply->request);

	if (root)
		import(comply, root);
	json_decref(root);
}

struct batches {
	struct comply comply;
	struct pile pile;
	unsigned waiting;
	bool failed;
	char *told; /* batches and scopes that were, each between newlines */
};

static void put_batch(struct batches *batches, struct span row)
{
	char *text = memory_copy(row.at, row.length);
	struct lot_told list;
	struct writer writer;

	if (lot_read(text, &batches->told, &list)) {
		writer_init(&writer);
		writer_begin_object(&writer, NULL);
		writer_text(&writer, "source", list.source);
		writer_text(&writer, "id", list.batch);
		writer_text(&writer, "by", list.by);
		writer_text(&writer, "reason", list.reason);
		comply_put_scope(&writer, "scope", span_text(list.scope));
		body_put_time(&writer, "dateCreated", strtoull(list.at, NULL, 10));
		writer_end_object(&writer);
		pile_add(&batches->pile, &(struct pile_row){.order = strtoll(list.at, NULL, 10),
							    .json = writer_take(&writer)});
	}
	free(text);
}

static void on_batches(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct batches *batches = context;

	(void)bus;
	batches->failed |= bus_reply_type(reply) != BUS_ARRAY;
	for (size_t i = 0; i < bus_reply_count(reply); i++)
		put_batch(batches, bus_reply_span(bus_reply_at(reply, i)));
	if (--batches->waiting)
		return;
	if (batches->failed) {
		pile_finish(&batches->pile);
		body_unavailable(batches->comply.request);
	} else {
		pile_answer(&batches->pile, batches->comply.request);
	}
	free(batches->told);
	free(batches);
}

void comply_batches(struct comply *comply)
{
	struct bus_args args;
	struct pile pile;
	char key[KEY_MAX];

	if (!pile_begin(&pile, comply->request, true))
		return;
	struct batches *batches = comply_keep(comply, sizeof(*batches));
	batches->pile = pile;
	batches->waiting = comply_partitions(comply);
	batches->told = memory_text("");
	bus_args_init(&args);
	for (unsigned i = 0; i < comply_partitions(comply); i++) {
		bus_args_text(&args, "HVALS");
		bus_args_text(&args, key_lists(i, key));
		comply_send(comply, &args, on_batches, batches);
	}
	bus_args_finish(&args);
}
