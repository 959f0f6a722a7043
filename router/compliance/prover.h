#ifndef BINDERY_ROUTER_COMPLIANCE_PROVER_H
#define BINDERY_ROUTER_COMPLIANCE_PROVER_H

#include "router/compliance/merkle.h"

/*
 * merkle_inclusion() for a tree that is not held in memory: its leaves are given one after the
 * other, as many at a time as the caller likes.
 */

struct prover_part {
	uint64_t from, to; /* the leaves whose tree is a hash of the path */
	struct merkle tree;
};

struct prover {
	uint64_t size, index, next; /* `next` is the leaf that is to be given now */
	size_t count;
	uint8_t leaf[MERKLE_HASH];
	struct merkle whole;
	struct prover_part parts[MERKLE_PROOF_MAX]; /* the outermost first */
};

/* `index` < `size`. Some 130 KiB. */
void prover_init(struct prover *prover, uint64_t size, uint64_t index);
void prover_add(struct prover *prover, const uint8_t leaf[MERKLE_HASH]);
bool prover_is_done(const struct prover *prover);
/* Once it is done: the root of all leaves and the path. Returns how many hashes that has. */
size_t prover_path(const struct prover *prover, uint8_t root[MERKLE_HASH],
		   uint8_t path[MERKLE_PROOF_MAX][MERKLE_HASH]);

#endif
