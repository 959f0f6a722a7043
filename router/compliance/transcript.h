#ifndef BINDERY_ROUTER_COMPLIANCE_TRANSCRIPT_H
#define BINDERY_ROUTER_COMPLIANCE_TRANSCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "router/bus/bus.h"
#include "router/compliance/archive.h"

/*
 * An export of the ledger (export.h) being written, by whoever has a Redis to ask: the command line
 * waits for each answer, HTTP has them come. transcript_ask() says what to ask next, its answer is
 * given to transcript_take(), until there is nothing to ask any more. Heads come first: what they
 * cover has been written by then.
 */

#define TRANSCRIPT_LIMIT 500 /* records asked for at once */

struct transcript {
	struct archive *archive; /* borrowed */
	unsigned partitions, partition;
	uint64_t records;
	/* Of the page that was read last. */
	uint64_t first, count;
	bool besides; /* are asked for, of that page */
	bool begun;   /* the partition's first line was written */
	char after[48];
};

/* Borrows the archive. Writes the opening and the heads. Returns 0, or -errno where no heads can be
 * read, and there are none then. */
__attribute__((warn_unused_result)) int transcript_begin(struct transcript *transcript,
							 struct archive *archive,
							 const char *folder, unsigned partitions,
							 FILE *out);
/* Adds a call to `args`. False at the end, which was written then. */
bool transcript_ask(struct transcript *transcript, struct bus_args *args, FILE *out);
void transcript_take(struct transcript *transcript, const struct bus_reply *reply, FILE *out);

#endif
