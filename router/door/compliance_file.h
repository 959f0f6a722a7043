#ifndef BINDERY_ROUTER_DOOR_COMPLIANCE_FILE_H
#define BINDERY_ROUTER_DOOR_COMPLIANCE_FILE_H

#include <stdio.h>

#include "router/door/compliance_internal.h"

/*
 * A copy of what the console lists, as a file that is sent in pieces while it is made. Who takes
 * one, of what, and how many rows it had is written to the audit: that it begins before its first
 * octet leaves, and how it ended. What a file is made from is its owner's, who has struct
 * comply_file as the first member of what comply_keep() made.
 */

#define COMPLY_PIECE 65536	/* octets from which a piece is let go */
#define COMPLY_FILE_NAME_MAX 48 /* octets with a NUL */
#define COMPLY_ABOUT_MAX 1024	/* octets of what the audit says of it, with a NUL */

struct comply_file {
	struct comply comply;
	/* Of its owner. */
	char name[COMPLY_FILE_NAME_MAX]; /* of the list, as the audit has it */
	const char *type, *ending;	 /* Content-Type; `csv` */
	char about[COMPLY_ABOUT_MAX];	 /* what of it: lines `field<tab><tab>value` */
	uint64_t rows;
	FILE *out; /* the piece that is being made */
	/* Makes a piece: it writes to `out`, and says comply_file_piece(), comply_file_end() or
	 * comply_file_fail(), at once or later. */
	void (*more)(struct comply_file *file);
	void (*finish)(struct comply_file *file); /* frees what it has beside the file; or NULL */
	/* Of the file. */
	char *bytes;
	size_t length;
	bool told; /* the audit knows the end */
};

/* Takes `file`, and answers its request. */
void comply_file_begin(struct comply_file *file);
/* Each is the last that touches the file in that turn. */
void comply_file_piece(struct comply_file *file);
void comply_file_end(struct comply_file *file);
void comply_file_fail(struct comply_file *file);
/* Says that it is that list as CSV. */
void comply_file_csv(struct comply_file *file, const char *list);
/* Adds what was asked for by these parts of the query to `about`; NULL behind the last. */
void comply_file_asked(struct comply_file *file, const char *const names[]);
/* Adds a line to `about`; values of the query are cut and lose their control characters. */
void comply_file_about(struct comply_file *file, const char *field, const char *value);

/* Rows of a list, the newest of all partitions first. */
struct comply_sheet {
	const char *name;
	/* What the columns are called in the rows' JSON: `raw.body` is a member's member; of a
	 * list, all, on lines of their own. NULL behind the last. */
	const char *const *columns;
	struct comply_source source;
};
/* The report of that range as a file (compliance_report.c). */
void comply_report_send(struct comply *comply);
/* The records of a number with their evidence, likewise (compliance_evidence.c). */
void comply_dossier_send(struct comply *comply);
/* The suppression list, likewise (compliance_roll.c). */
void comply_roll_send(struct comply *comply);
/* The first line, and a row from its JSON. */
void comply_sheet_head(FILE *out, const char *const *columns);
void comply_sheet_row(FILE *out, const char *const *columns, const char *json);
/* Answers with the sheet; copies it, and `wish_size` octets of its wish. */
void comply_sheet_send(struct comply *comply, const struct comply_sheet *sheet, size_t wish_size);

#endif
