#include "router/directory/customer_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "smpp/utf8.h"

#define WRONG_HEAD                                                                                 \
	"The first row must name the columns, and one of them must be the number (number, phone, " \
	"mobile)."
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

/* As an operator named it, where it is theirs. */
static const char *name_of(const char *field)
{
	const char *own = customer_own(field);

	return own ? own : field;
}

const char *customer_label(const char *field)
{
	if (strcmp(field, CUSTOMER_NUMBER) == 0)
		return "Number";
	for (const struct customer_field *one = customer_fields(); one->field; one++) {
		if (strcmp(one->field, field) == 0)
			return one->label;
	}
	return name_of(field);
}

const char *customer_outcome_name(enum customer_outcome outcome)
{
	static const char *const names[] = {"created", "changed", "unchanged", "repeated",
					    "refused"};

	return names[outcome];
}

/* The first row */

bool customer_head_has(const struct customer_head *head, const char *field)
{
	for (size_t i = 0; i < head->count; i++) {
		if (strcmp(head->fields[i], field) == 0)
			return true;
	}
	return false;
}

/* False where `wrong` says why. */
static bool read_head(struct customer_file *file, const struct span *cells, size_t count)
{
	struct customer_head *head = &file->head;
	char field[CUSTOMER_FIELD_MAX];
	size_t own = 0;

	for (size_t i = 0; i < count; i++) {
		bool known = customer_column(cells[i], field) && !customer_head_has(head, field);
		csv_show(cells[i], head->names[i]);
		snprintf(head->fields[i], CUSTOMER_FIELD_MAX, "%s", known ? field : "");
		head->count = i + 1;
		own += customer_own(head->fields[i]) != NULL;
	}
	if (!customer_head_has(head, CUSTOMER_NUMBER))
		snprintf(file->wrong, sizeof(file->wrong), WRONG_HEAD);
	else if (own > CUSTOMER_OWN_MOST)
		snprintf(file->wrong, sizeof(file->wrong),
			 "The first row names %zu custom fields, allowed are 30.", own);
	else
		return true;
	return false;
}

/* The others */

void customer_row_finish(struct customer_row *row)
{
	for (size_t i = 0; i < row->count; i++)
		free(row->fields[i].value);
	row->count = 0;
}

void customer_row_refuse(struct customer_row *row, const char *why)
{
	row->refused = true;
	snprintf(row->what, sizeof(row->what), "%s", why);
}

static bool is_blank(uint8_t octet)
{
	return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n';
}

static struct span trimmed(struct span cell)
{
	while (cell.length && is_blank(*cell.at)) {
		cell.at++;
		cell.length--;
	}
	while (cell.length && is_blank(cell.at[cell.length - 1]))
		cell.length--;
	return cell;
}

static void take_number(struct customer_row *row, struct span cell, const char *country)
{
	enum written verdict = written_number(cell, *country ? country : NULL, row->number);

	csv_show(cell, row->cell);
	if (verdict == WRITTEN_OK)
		return;
	row->number[0] = '\0';
	customer_row_refuse(row, verdict == WRITTEN_COUNTRY
					 ? "number: it is national, and no country was said"
					 : written_why(verdict));
}

static bool is_text(struct span text)
{
	for (size_t at = 0; at < text.length;) {
		if (utf8_next(text, &at) == UTF8_MALFORMED)
			return false;
	}
	return true;
}

/* A line's end within a cell becomes a blank: values are of one line. */
static void take_value(struct customer_row *row, const char *field, struct span cell)
{
	char *value = memory_copy(cell.at, cell.length);

	for (char *at = value; *at; at++) {
		if (*at == '\n' || *at == '\r' || *at == '\t')
			*at = ' ';
	}
	bool fits = customer_is_value((struct span){(uint8_t *)value, cell.length});
	if (fits && is_text(cell)) {
		row->fields[row->count++] = (struct directory_field){(char *)field, value};
		return;
	}
	free(value);
	row->refused = true;
	if (fits)
		snprintf(row->what, sizeof(row->what), "%s: it is not UTF-8", name_of(field));
	else
		snprintf(row->what, sizeof(row->what),
			 "%s: %zu octets, allowed are 256 without control characters",
			 name_of(field), cell.length);
}

static void read_row(const struct customer_file *file, struct customer_row *row,
		     const struct span *cells, size_t count)
{
	const struct customer_head *head = &file->head;

	if (count > head->count) {
		csv_show(cells[0], row->cell);
		row->refused = true;
		snprintf(row->what, sizeof(row->what),
			 "%zu cells, allowed are the %zu of the first row", count, head->count);
		return;
	}
	for (size_t i = 0; i < head->count && !row->refused; i++) {
		struct span cell = trimmed(i < count ? cells[i] : (struct span){NULL, 0});
		if (strcmp(head->fields[i], CUSTOMER_NUMBER) == 0)
			take_number(row, cell, file->country);
		else if (*head->fields[i] && cell.length)
			take_value(row, head->fields[i], cell);
	}
}

/* Without the mark in front of the file and the return behind the line. */
static char *next_line(struct customer_file *file, unsigned *lines, bool *closed)
{
	char *text = file->at;

	if (file->line == 1 && strncmp(text, BYTE_ORDER_MARK, 3) == 0)
		text += 3;
	if (!file->separator)
		file->separator = csv_separator(text);
	file->at = csv_end_row(text, file->separator, lines, closed);
	size_t length = strlen(text);
	if (length && text[length - 1] == '\r')
		text[length - 1] = '\0';
	return text;
}

bool customer_file_next(struct customer_file *file, struct customer_row *row)
{
	struct span cells[CSV_CELLS_MAX];
	unsigned lines;
	bool closed;

	while (file->at) {
		*row = (struct customer_row){.line = file->line};
		char *text = next_line(file, &lines, &closed);
		file->line += lines;
		if (!closed && file->head.count) {
			csv_show(span_text(text), row->cell);
			customer_row_refuse(row, "a quote is not closed");
			return true;
		}
		size_t count = csv_split(text, file->separator, cells);
		if (!file->head.count) {
			if (!read_head(file, cells, count))
				return false;
		} else if (count > 1 || cells[0].length) {
			read_row(file, row, cells, count);
			return true;
		}
	}
	return false;
}

/* What it does */

/* Whether the fields of an operator's own are not too many. */
static bool has_room(const struct customer_row *row, const struct directory_entity *before)
{
	size_t own = 0;

	for (size_t i = 0; before && i < before->count; i++)
		own += customer_own(before->fields[i].name) != NULL;
	for (size_t i = 0; i < row->count; i++)
		own += customer_own(row->fields[i].name) &&
		       !(before && *directory_text(before, row->fields[i].name));
	return own <= CUSTOMER_OWN_MOST;
}

enum customer_outcome customer_row_compare(struct customer_row *row,
					   const struct directory_entity *before)
{
	size_t kept = 0, length = 0;

	for (size_t i = 0; i < row->count; i++) {
		struct directory_field field = row->fields[i];
		if (before && strcmp(directory_text(before, field.name), field.value) == 0) {
			free(field.value);
			continue;
		}
		row->fields[kept++] = field;
		if (length < sizeof(row->what))
			length += (size_t)snprintf(row->what + length, sizeof(row->what) - length,
						   "%s%s", length ? ", " : "", name_of(field.name));
	}
	row->count = kept;
	if (!has_room(row, before)) {
		customer_row_refuse(row, "a customer has at most 30 custom fields");
		return CUSTOMER_REFUSED;
	}
	return !before ? CUSTOMER_CREATED : kept ? CUSTOMER_CHANGED : CUSTOMER_UNCHANGED;
}

bool customer_row_written(struct customer_row *row, enum directory_verdict verdict,
			  enum customer_outcome *outcome)
{
	switch (verdict) {
	case DIRECTORY_OK:
		return true;
	case DIRECTORY_MISSING:
	case DIRECTORY_CONFLICT:
	case DIRECTORY_TAKEN:
		customer_row_refuse(row,
				    "somebody else has changed this customer in the same moment");
		break;
	case DIRECTORY_FULL:
		customer_row_refuse(row,
				    "100000 customers of this part of the numbers are the most");
		break;
	case DIRECTORY_SKILLS_FULL: /* none of customers */
	case DIRECTORY_LAST:
	case DIRECTORY_LEAVING:
	case DIRECTORY_UNAVAILABLE:
		return false;
	}
	*outcome = CUSTOMER_REFUSED;
	return true;
}
