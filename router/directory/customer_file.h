#ifndef BINDERY_ROUTER_DIRECTORY_CUSTOMER_FILE_H
#define BINDERY_ROUTER_DIRECTORY_CUSTOMER_FILE_H

#include "router/compliance/csv.h"
#include "router/compliance/written.h"
#include "router/directory/customer.h"

/*
 * A CSV file of customers, row by row. Its first row names the columns, one of which is the number;
 * every other row is somebody, with the fields that its cells say. A cell that is empty says
 * nothing. Pure: what Redis has is the caller's to ask and to write.
 */

#define CUSTOMER_WHAT_MAX 256

struct customer_head {
	char fields[CSV_CELLS_MAX][CUSTOMER_FIELD_MAX]; /* "" of a column that is nothing's */
	char names[CSV_CELLS_MAX][CSV_SHOWN + 1];	/* as the file has them */
	size_t count;
};
bool customer_head_has(const struct customer_head *head, const char *field);
/* What a person calls the field. */
const char *customer_label(const char *field);

struct customer_row {
	unsigned line; /* of the file, from 1 */
	bool refused;
	char cell[CSV_SHOWN + 1]; /* that was to be the number */
	char number[WRITTEN_MAX];
	/* Why it is refused; once it was compared, else, which fields change. */
	char what[CUSTOMER_WHAT_MAX];
	struct directory_field fields[CSV_CELLS_MAX]; /* names are the head's, values its own */
	size_t count;
};
void customer_row_finish(struct customer_row *row);
void customer_row_refuse(struct customer_row *row, const char *why);

enum customer_outcome {
	CUSTOMER_CREATED,
	CUSTOMER_CHANGED,
	CUSTOMER_UNCHANGED,
	CUSTOMER_REPEATED,
	CUSTOMER_REFUSED,
	CUSTOMER_OUTCOMES,
};
const char *customer_outcome_name(enum customer_outcome outcome);
/* What the row does to who has its number, NULL for nobody: the fields that stay as they are are
 * taken out of it. */
enum customer_outcome customer_row_compare(struct customer_row *row,
					   const struct directory_entity *before);
/* What became of writing it: a refusal's reason goes into the row. False where Redis did not
 * answer. */
bool customer_row_written(struct customer_row *row, enum directory_verdict verdict,
			  enum customer_outcome *outcome);

/* To be zeroed; then `at` and what is known are set. */
struct customer_file {
	char *at; /* what is left of the text, which is changed; NULL at its end */
	unsigned line;
	char separator; /* NUL: the one of the first row */
	char country[4];
	struct customer_head head;     /* without columns until the first row was read */
	char wrong[CUSTOMER_WHAT_MAX]; /* why nothing can be read of it; "" */
};
/* The next row that has cells, zeroed before; to be finished. False at the end, and where `wrong`
 * says why. Borrows the file until it is finished. */
bool customer_file_next(struct customer_file *file, struct customer_row *row);

#endif
