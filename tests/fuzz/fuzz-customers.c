/* Any octets as a file of customers, and as what somebody searches for: rows have values that may
 * be kept, and a number or a reason; what is searched for is lines of words. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "router/directory/customer_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_row(const struct customer_file *file, struct customer_row *row)
{
	assert(row->line >= 1 && row->line < file->line);
	assert(row->count < file->head.count);
	assert(row->refused ? row->what[0] != '\0' : row->number[0] == '+');
	for (size_t i = 0; i < row->count; i++) {
		assert(customer_is_field(row->fields[i].name));
		assert(customer_is_value(span_text(row->fields[i].value)));
		assert(row->fields[i].value[0]);
	}
	if (!row->refused)
		assert(customer_row_compare(row, NULL) == CUSTOMER_CREATED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct customer_query query;
	struct customer_row row;

	assert(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	if (size <= CUSTOMER_QUERY_MAX) {
		customer_query_init(&query, text);
		assert(!strstr(query.words, "\n\n") && query.words[0] != '\n');
		assert(!query.also[0] || query.words[0]);
	}
	struct customer_file file = {.at = text, .line = 1, .country = "46"};
	while (customer_file_next(&file, &row)) {
		check_row(&file, &row);
		customer_row_finish(&row);
	}
	free(text);
	return 0;
}
