#ifndef BINDERY_ROUTER_COMPLIANCE_FOLLOWER_H
#define BINDERY_ROUTER_COMPLIANCE_FOLLOWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"
#include "router/bus/bus.h"
#include "router/compliance/archive.h"
#include "router/compliance/seal.h"

struct ev_loop;

/*
 * Follows the ledgers of all partitions in the router that works: grows their trees, keeps the
 * leaves outside of Redis, exports signed heads, and is the one who allows the gateways to send.
 * That it does for each partition only once the ledger in Redis is at least as long as the last
 * exported head, begins with the very records that the head was signed over, and has behind them
 * every record that a leaf was kept of; after a restore from an older copy, it is not.
 */
struct follower;

struct follower_links {
	struct ev_loop *loop; /* borrows all of them */
	struct bus *bus;
	const struct settings *settings;
	struct seal *seal;
	struct archive *archive;
	/* The token of the router's tenure of a partition. */
	const char *(*fence)(unsigned partition, void *context);
	void *context;
};

struct follower *follower_create(const struct follower_links *links);
/* Exports a last head where something happened since the one before. */
void follower_destroy(struct follower **follower);

/* The partitions are this router's, or are so no more. */
void follower_begin(struct follower *follower);
void follower_end(struct follower *follower);

#define FOLLOWER_WHY_MAX 320
/* Whether sending is allowed in all partitions; where it is not, why, as a sentence. */
bool follower_is_open(const struct follower *follower, char *why, size_t capacity);
/* Records in all trees, and those of them that the last head covers. */
uint64_t follower_records(const struct follower *follower);
uint64_t follower_covered(const struct follower *follower);

#endif
