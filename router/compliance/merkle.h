#ifndef BINDERY_ROUTER_COMPLIANCE_MERKLE_H
#define BINDERY_ROUTER_COMPLIANCE_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * The hash tree of RFC 6962 §2.1 with SHA-256: a leaf is the hash of 0x00 and the record, a node
 * that of 0x01 and its two children, and the left of a node's children is the largest full tree
 * that is smaller than the whole.
 */

#define MERKLE_HASH 32	    /* octets */
#define MERKLE_PROOF_MAX 64 /* hashes of a proof */

/* A tree that grows: its full subtrees, the one of 2^i leaves at i where bit i of `size` is set. */
struct merkle {
	uint64_t size;
	uint8_t peaks[64][MERKLE_HASH];
};

void merkle_init(struct merkle *tree);
void merkle_add(struct merkle *tree, const uint8_t leaf[MERKLE_HASH]);
/* The tree's hash; of no leaves the hash of nothing. */
void merkle_root(const struct merkle *tree, uint8_t root[MERKLE_HASH]);

void merkle_hash(struct span octets, uint8_t out[MERKLE_HASH]); /* SHA-256 alone */
void merkle_leaf(struct span record, uint8_t out[MERKLE_HASH]);

/* The audit path of leaf `index` (< count) in the tree of `count` leaves, §2.1.1. Returns how many
 * hashes it has. */
size_t merkle_inclusion(const uint8_t (*leaves)[MERKLE_HASH], uint64_t count, uint64_t index,
			uint8_t path[MERKLE_PROOF_MAX][MERKLE_HASH]);
/* The proof that the tree of the first `before` leaves (1..count) is part of that of `count`,
 * §2.1.2. Returns how many hashes it has. */
size_t merkle_consistency(const uint8_t (*leaves)[MERKLE_HASH], uint64_t count, uint64_t before,
			  uint8_t path[MERKLE_PROOF_MAX][MERKLE_HASH]);

#define MERKLE_HEX 65 /* a hash in lower-case hexadecimal with its NUL */
char *merkle_hex(const uint8_t hash[MERKLE_HASH], char out[MERKLE_HEX]);
/* Reads exactly `octets` octets of lower-case hexadecimal; false for anything else. */
bool merkle_unhex(struct span text, uint8_t *out, size_t octets);

#endif
