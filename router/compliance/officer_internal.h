#ifndef BINDERY_ROUTER_COMPLIANCE_OFFICER_INTERNAL_H
#define BINDERY_ROUTER_COMPLIANCE_OFFICER_INTERNAL_H

#include "config/verb.h"
#include "router/bus/errand.h"
#include "router/bus/key.h"
#include "router/compliance/officer.h"
#include "router/compliance/seal.h"
#include "router/compliance/suppression.h"
#include "router/compliance/written.h"

/* What the officer's files share; nobody else includes it. */

/* `NAME value` on the command line; NULL where it was not given. */
struct officer_options {
	const char *word;   /* the number, file or id that it is about */
	const char *second; /* and what about it */
	const char *by, *reason, *reference, *scope, *source, *since, *batch, *country, *column;
	bool dry, quiet, from_stdin, json;
};

struct officer {
	const struct officer_place *place;
	struct officer_options options;
	struct errand errand;
	struct bus_args args;
	struct seal *seal;
	char number[WRITTEN_MAX], tag[KEY_MAX]; /* of the number that it is about */
	char scope[SUPPRESSION_SCOPE_MAX];
};

int officer_complain(enum exit_code code, const char *what, const char *about);
/* An id of our own making for a batch or a removal, that sorts by time. */
#define OFFICER_ID_MAX 40
void officer_make_id(char out[OFFICER_ID_MAX]);

int64_t officer_now_ms(void);
/* Adds the seal of a record about that number, and the note beside it. */
void officer_add_sealed(struct officer *officer, const char *number, const char *note);
/* `3.<id>` in options.word → officer->tag, and the id behind it; NULL for anything else. */
const char *officer_find_id(struct officer *officer);

/* officer_review.c */
int officer_review(struct officer *officer);
int officer_decide(struct officer *officer);
int officer_blocked(struct officer *officer);

/* officer_read.c */
int officer_search(struct officer *officer);
int officer_export(struct officer *officer);
int officer_batches(struct officer *officer);
/* False, and said, where no list was imported as that, or it cannot be known. */
bool officer_has_batch(struct officer *officer, const char *batch);

#endif
