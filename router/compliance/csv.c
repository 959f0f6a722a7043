#include "router/compliance/csv.h"

#include <stdbool.h>
#include <string.h>

static bool is_one_of(char octet, const char *octets)
{
	return octet && strchr(octets, octet);
}

char csv_separator(const char *line)
{
	bool quoted = false;

	for (; *line && *line != '\n'; line++) {
		if (*line == '"')
			quoted = !quoted;
		else if (!quoted && is_one_of(*line, ",;\t"))
			return *line;
	}
	return ',';
}

bool csv_end_line(char *line)
{
	size_t length = strcspn(line, "\n");
	bool quoted = false;

	while (length && line[length - 1] == '\r')
		length--;
	line[length] = '\0';
	for (; *line; line++) {
		if (*line == '\r' && !quoted)
			return false;
		quoted ^= *line == '"';
	}
	return true;
}

/* A cell in quotes, which are taken out where it stands. Returns what is behind it. */
static char *quoted(char *at, struct span *cell)
{
	char *to = at;
	char *from = at + 1;

	for (; *from; from++) {
		if (*from == '"' && from[1] == '"')
			from++;
		else if (*from == '"')
			break;
		*to++ = *from;
	}
	*cell = (struct span){(const uint8_t *)at, (size_t)(to - at)};
	return *from ? from + 1 : from;
}

size_t csv_split(char *line, char separator, struct span cells[CSV_CELLS_MAX])
{
	const char ends[] = {separator, '\0'};
	size_t count = 0;

	for (char *at = line; count < CSV_CELLS_MAX;) {
		struct span *cell = &cells[count++];
		if (*at == '"') {
			at = quoted(at, cell);
			at += strcspn(at, ends);
		} else {
			cell->at = (const uint8_t *)at;
			cell->length = strcspn(at, ends);
			at += cell->length;
		}
		if (!*at)
			break;
		at++;
	}
	return count;
}

/* Where a cell in quotes ends, of which `at` is the first; NULL where it does not. */
static char *closing(char *at)
{
	for (size_t i = 1; i < CSV_QUOTED_MAX && at[i]; i++) {
		if (at[i] != '"')
			continue;
		if (at[i + 1] != '"')
			return at + i + 1;
		i++;
	}
	return NULL;
}

static char *end_line(char *text)
{
	char *end = strchr(text, '\n');

	if (!end)
		return NULL;
	*end = '\0';
	return end[1] ? end + 1 : NULL;
}

char *csv_end_row(char *text, char separator, unsigned *lines, bool *closed)
{
	const char ends[] = {separator, '\n', '\0'};
	char *at = text;

	*lines = 1;
	*closed = true;
	while (*at) {
		if (*at == '"') {
			at = closing(at);
			*closed = at != NULL;
		}
		if (!at)
			return end_line(text);
		at += strcspn(at, ends);
		if (*at == '\n')
			break;
		at += *at != '\0';
	}
	for (const char *line = text; line < at; line++)
		*lines += *line == '\n';
	return *at ? end_line(at) : NULL;
}

/* Spreadsheets of East Asia take the wide forms of = + - @ for them. */
static bool begins_formula(struct span cell)
{
	static const char *const wide[] = {"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D",
					   "\xEF\xBC\xA0"};

	for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++) {
		if (cell.length >= 3 && memcmp(cell.at, wide[i], 3) == 0)
			return true;
	}
	return cell.length && is_one_of((char)cell.at[0], "=+-@\t\r\n");
}

void csv_put(FILE *out, struct span cell)
{
	bool formula = begins_formula(cell);
	bool quotes = false;

	for (size_t i = 0; i < cell.length && !quotes; i++)
		quotes = is_one_of((char)cell.at[i], ",;\"\t\r\n");
	if (quotes)
		fputc('"', out);
	if (formula)
		fputc('\'', out);
	for (size_t i = 0; quotes && i < cell.length; i++) {
		if (cell.at[i] == '"')
			fputc('"', out);
		fputc(cell.at[i], out);
	}
	if (quotes)
		fputc('"', out);
	else if (cell.length)
		fwrite(cell.at, 1, cell.length, out);
}

void csv_show(struct span cell, char out[CSV_SHOWN + 1])
{
	size_t length = cell.length < CSV_SHOWN ? cell.length : CSV_SHOWN;

	for (size_t i = 0; i < length; i++)
		out[i] = (char)(cell.at[i] < 0x20 || cell.at[i] == 0x7F ? ' ' : cell.at[i]);
	out[length] = '\0';
}

static bool names_number(struct span cell)
{
	static const char *const names[] = {"number",	 "phone", "msisdn", "mobile",
					    "telephone", "tel",	  "cell",   "phone_number"};
	char lower[32];

	if (cell.length >= sizeof(lower))
		return false;
	for (size_t i = 0; i < cell.length; i++)
		lower[i] = (char)(cell.at[i] >= 'A' && cell.at[i] <= 'Z' ? cell.at[i] + 32
									 : cell.at[i]);
	lower[cell.length] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(lower, names[i]) == 0)
			return true;
	}
	return false;
}

size_t csv_number_column(const struct span *cells, size_t count, unsigned asked, bool *names)
{
	*names = false;
	for (size_t i = 0; i < count; i++) {
		if (!names_number(cells[i]))
			continue;
		*names = true;
		return asked ? asked - 1 : i;
	}
	return asked ? asked - 1 : 0;
}

void csv_put_row(FILE *out, const struct span *cells, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i)
			fputc(',', out);
		csv_put(out, cells[i]);
	}
	fputc('\n', out);
}
