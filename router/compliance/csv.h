#ifndef BINDERY_ROUTER_COMPLIANCE_CSV_H
#define BINDERY_ROUTER_COMPLIANCE_CSV_H

#include <stddef.h>
#include <stdio.h>

#include "smpp/span.h"

/* One row of a CSV file (RFC 4180; `;` and tab part cells too, whichever comes first in the file).
 * A cell in quotes may hold what parts cells, and `""` for a quote; it does not go over lines. */

#define CSV_CELLS_MAX 64

/* Parts `line`, which it changes, into cells at `separator`. Returns how many, at most
 * CSV_CELLS_MAX; what is behind them is left out. */
size_t csv_split(char *line, char separator, struct span cells[CSV_CELLS_MAX]);
/* The separator that a file's first line uses; `,` where it has none. */
char csv_separator(const char *line);

/* Writes a cell with quotes where it needs them. One that begins with = + - @, tab or return gets
 * an apostrophe in front, so that no spreadsheet takes it for a formula. */
void csv_put(FILE *out, struct span cell);

#endif
