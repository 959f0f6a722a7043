#ifndef BINDERY_ROUTER_COMPLIANCE_CSV_H
#define BINDERY_ROUTER_COMPLIANCE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "smpp/span.h"

/* One row of a CSV file (RFC 4180; `;` and tab part cells too, whichever comes first in the file).
 * A cell in quotes may hold what parts cells, and `""` for a quote; it does not go over lines. */

#define CSV_CELLS_MAX 64

/* Cuts off how a line ends: LF, CR LF or, before the end of a piece, CR. False where a CR stands
 * within it outside of quotes: of a file whose lines end in CR alone all rows are in one line. */
bool csv_end_line(char *line);
/* Parts `line`, which it changes, into cells at `separator`. Returns how many, at most
 * CSV_CELLS_MAX; what is behind them is left out. */
size_t csv_split(char *line, char separator, struct span cells[CSV_CELLS_MAX]);
#define CSV_QUOTED_MAX 60000
/* Ends the first row of `text`, which it changes: a cell in quotes may go over lines there, and the
 * row ends with the line in which the last one is closed. Where a quote is not closed within
 * CSV_QUOTED_MAX octets the row is its first line alone, and `closed` false. Returns what is behind
 * it, NULL where that is nothing; `lines` says how many there were. */
char *csv_end_row(char *text, char separator, unsigned *lines, bool *closed);
/* The separator that a file's first line uses, quotes aside; `,` where it has none. */
char csv_separator(const char *line);

/* Where the first row names its columns, it is no row of numbers (`names`). Returns the column of
 * the numbers, from 0; `asked` is what somebody said, from 1, or 0. */
size_t csv_number_column(const struct span *cells, size_t count, unsigned asked, bool *names);
/* The beginning of a cell without control characters. */
#define CSV_SHOWN 40
void csv_show(struct span cell, char out[CSV_SHOWN + 1]);

/* Writes a cell with quotes where it needs them. One that begins with = + - @, in their wide forms
 * too, a tab or a line's end gets an apostrophe in front, so that no spreadsheet takes it for a
 * formula. */
void csv_put(FILE *out, struct span cell);
/* Cells with commas between, and the end of the line. */
void csv_put_row(FILE *out, const struct span *cells, size_t count);

#endif
