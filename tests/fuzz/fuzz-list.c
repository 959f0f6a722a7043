/* Any octets as a row of a list: its cells are within it, a number is one or refused, and a cell
 * that was written begins with nothing that a spreadsheet takes for a formula. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/compliance/csv.h"
#include "router/compliance/suppression.h"
#include "router/compliance/written.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_number(struct span cell)
{
	struct suppression_place place;
	char number[WRITTEN_MAX];

	if (written_number(cell, "46", number) != WRITTEN_OK)
		return;
	assert(number[0] == '+' && strlen(number) >= 8);
	assert(strspn(number + 1, "0123456789") == strlen(number + 1));
	assert(suppression_place(number, &place));
	assert(place.bucket < SUPPRESSION_BUCKETS);
	assert(place.field * SUPPRESSION_BUCKETS + place.bucket == strtoull(number + 1, NULL, 10));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span cells[CSV_CELLS_MAX];
	char *line = malloc(size + 1), *put = NULL;
	size_t length = 0;

	assert(line);
	if (size)
		memcpy(line, data, size);
	line[size] = '\0';
	FILE *out = open_memstream(&put, &length);
	assert(out);
	size_t count = csv_split(line, csv_separator(line), cells);
	assert(count >= 1 && count <= CSV_CELLS_MAX);
	for (size_t i = 0; i < count; i++) {
		assert((const char *)cells[i].at >= line);
		assert((const char *)cells[i].at + cells[i].length <= line + size);
		check_number(cells[i]);
	}
	csv_put(out, cells[0]);
	fclose(out);
	assert(!length || !strchr("=+-@\t\r", put[put[0] == '"' && length > 1 ? 1 : 0]));
	free(put);
	free(line);
	return 0;
}
