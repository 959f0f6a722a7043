#ifndef BINDERY_ROUTER_COMPLIANCE_IMPORT_H
#define BINDERY_ROUTER_COMPLIANCE_IMPORT_H

#include <stdbool.h>

#include "config/settings.h"
#include "router/bus/errand.h"
#include "router/compliance/seal.h"

/*
 * A CSV file of numbers is put on the suppression list as one batch. Each row's outcome goes to
 * standard output, `row <tab> cell <tab> number <tab> outcome`, in the order in which Redis
 * answers: added, also (another entry covers the same already; this one is noted beside it),
 * repeated, or why it is refused. The batch, once the file is known to be text, and progress go to
 * standard error.
 */
struct import_order {
	const char *path;
	const char *batch, *scope, *source, *by, *reason;
	const char *country; /* of national numbers, or NULL */
	unsigned column;     /* from 1; 0 = found by the first row's names, else 1 */
	bool dry;	     /* nothing is written */
	bool quiet;	     /* no rows on standard output but those that are refused */
};

/* Returns whether all of the file was read and every row answered. */
bool import_run(const struct settings *settings, struct errand *errand, struct seal *seal,
		const struct import_order *order);

#endif
