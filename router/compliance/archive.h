#ifndef BINDERY_ROUTER_COMPLIANCE_ARCHIVE_H
#define BINDERY_ROUTER_COMPLIANCE_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "router/compliance/head.h"
#include "router/compliance/merkle.h"

/*
 * What is kept of the ledger outside of Redis, in one folder:
 *
 *   leaves-<partition>  a row of 48 octets for each record: the id of its entry in Redis (two
 *                       64-bit numbers, high octet first) and its leaf
 *   head-<UTC>          a signed tree head (head.h); the names sort by time
 *   given-up-<UTC>      says that heads and rows up to that time are not gone by any more: who, why
 *   lost-<partition>-<row>-<UTC>  rows from that one on that Redis has other records for, or none
 *   public.pem          the key that heads are signed with
 */

#define ARCHIVE_ERROR_MAX 5120
#define ARCHIVE_STAMP_MAX 24 /* 20261125T195959123Z */

struct archive_row {
	uint64_t ms, sequence; /* of the entry's id */
	uint8_t leaf[MERKLE_HASH];
};

struct archive;

enum archive_use { ARCHIVE_READ, ARCHIVE_WRITE };

/* To be written, makes the folder where it is missing. Copies `folder`. Returns 0 or -errno with
 * `why`. */
__attribute__((warn_unused_result)) int archive_open(const char *folder, unsigned partitions,
						     enum archive_use use, struct archive **archive,
						     char why[ARCHIVE_ERROR_MAX]);
void archive_close(struct archive **archive);

/* How many whole rows a partition has; what a crash left half is not one. */
uint64_t archive_rows(struct archive *archive, unsigned partition);
/* Reads `count` rows from `from` on; false where they are not there. */
bool archive_read(struct archive *archive, unsigned partition, uint64_t from,
		  struct archive_row *rows, size_t count);
__attribute__((warn_unused_result)) int archive_append(struct archive *archive, unsigned partition,
						       const struct archive_row *rows,
						       size_t count);
/* Whether a row from `from` on names an entry; what a crash left there instead of one does not. */
bool archive_names(struct archive *archive, unsigned partition, uint64_t from);
/* Moves the rows from `from` on into a file of their own; fewer are left then. */
__attribute__((warn_unused_result)) int
archive_set_aside(struct archive *archive, unsigned partition, uint64_t from, uint64_t now_ms);
/* When rows of a partition were last written, and when somebody last gave up what there was ("" if
 * never). They sort by time. */
void archive_written(struct archive *archive, unsigned partition, char stamp[ARCHIVE_STAMP_MAX]);
void archive_given_up(struct archive *archive, char stamp[ARCHIVE_STAMP_MAX]);

/* Has all rows on disk, then writes a head as a file of its own. */
__attribute__((warn_unused_result)) int archive_put_head(struct archive *archive, uint64_t at_ms,
							 struct span text);
/* Writes that the heads so far are not gone by any more. */
__attribute__((warn_unused_result)) int archive_give_up(const char *folder, uint64_t at_ms,
							struct span text);

/* Calls `each` for the newest `most` heads that are gone by, the oldest of them first. `text`
 * is borrowed for the call. Returns how many, or -errno. */
typedef void archive_each(struct span text, const char *name, void *context);
long archive_heads(const char *folder, size_t most, archive_each *each, void *context);
/* The same for the newest alone, at hardly any cost where the folder has not changed since. */
long archive_newest(struct archive *archive, archive_each *each, void *context);

#endif
