#include "router/compliance/merkle.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smpp/hex.h"

/* SHA-256 of a prefix and two stretches of octets. */
static void digest(struct span prefix, struct span left, struct span right,
		   uint8_t out[MERKLE_HASH])
{
	static EVP_MD_CTX *context;
	static EVP_MD *sha256;

	/* Fetched once: that costs more than hashing a record does. These fail only where there is
	 * no memory, or no SHA-256 in the library. */
	if (!context) {
		context = EVP_MD_CTX_new();
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	}
	if (!context || !sha256 || !EVP_DigestInit_ex(context, sha256, NULL) ||
	    !EVP_DigestUpdate(context, prefix.at, prefix.length) ||
	    !EVP_DigestUpdate(context, left.at, left.length) ||
	    !EVP_DigestUpdate(context, right.at, right.length) ||
	    !EVP_DigestFinal_ex(context, out, NULL)) {
		fputs("SHA-256 is not available\n", stderr);
		exit(1);
	}
}

void merkle_hash(struct span octets, uint8_t out[MERKLE_HASH])
{
	digest((struct span){NULL, 0}, octets, (struct span){NULL, 0}, out);
}

void merkle_leaf(struct span record, uint8_t out[MERKLE_HASH])
{
	static const uint8_t zero[1] = {0x00};

	digest((struct span){zero, 1}, record, (struct span){NULL, 0}, out);
}

static void join(const uint8_t left[MERKLE_HASH], const uint8_t right[MERKLE_HASH],
		 uint8_t out[MERKLE_HASH])
{
	static const uint8_t one[1] = {0x01};
	uint8_t node[MERKLE_HASH];

	digest((struct span){one, 1}, (struct span){left, MERKLE_HASH},
	       (struct span){right, MERKLE_HASH}, node);
	memcpy(out, node, MERKLE_HASH);
}

void merkle_init(struct merkle *tree)
{
	tree->size = 0;
}

void merkle_add(struct merkle *tree, const uint8_t leaf[MERKLE_HASH])
{
	uint8_t carry[MERKLE_HASH];
	unsigned i = 0;

	memcpy(carry, leaf, MERKLE_HASH);
	for (; tree->size >> i & 1; i++)
		join(tree->peaks[i], carry, carry);
	memcpy(tree->peaks[i], carry, MERKLE_HASH);
	tree->size++;
}

void merkle_root(const struct merkle *tree, uint8_t root[MERKLE_HASH])
{
	uint8_t sum[MERKLE_HASH];
	bool any = false;

	for (unsigned i = 0; i < 64; i++) {
		if (!(tree->size >> i & 1))
			continue;
		if (any)
			join(tree->peaks[i], sum, sum);
		else
			memcpy(sum, tree->peaks[i], MERKLE_HASH);
		any = true;
	}
	if (!any)
		merkle_hash((struct span){NULL, 0}, sum);
	memcpy(root, sum, MERKLE_HASH);
}

/* The hash of the leaves from `from` up to `to`. */
static void range_root(const uint8_t (*leaves)[MERKLE_HASH], uint64_t from, uint64_t to,
		       uint8_t out[MERKLE_HASH])
{
	struct merkle tree;

	merkle_init(&tree);
	for (uint64_t i = from; i < to; i++)
		merkle_add(&tree, leaves[i]);
	merkle_root(&tree, out);
}

/* The largest power of two below `count`, which is 2 or more. */
static uint64_t left_half(uint64_t count)
{
	uint64_t half = 1;

	while (half * 2 < count)
		half *= 2;
	return half;
}

/* Proofs are found from the root downwards and told from the leaves upwards. */
static void reverse(uint8_t path[][MERKLE_HASH], size_t count)
{
	uint8_t hash[MERKLE_HASH];

	for (size_t i = 0; i < count / 2; i++) {
		memcpy(hash, path[i], MERKLE_HASH);
		memcpy(path[i], path[count - 1 - i], MERKLE_HASH);
		memcpy(path[count - 1 - i], hash, MERKLE_HASH);
	}
}

size_t merkle_inclusion(const uint8_t (*leaves)[MERKLE_HASH], uint64_t count, uint64_t index,
			uint8_t path[MERKLE_PROOF_MAX][MERKLE_HASH])
{
	uint64_t from = 0, to = count;
	size_t length = 0;

	while (to - from > 1) {
		uint64_t middle = from + left_half(to - from);
		if (index < middle) {
			range_root(leaves, middle, to, path[length++]);
			to = middle;
		} else {
			range_root(leaves, from, middle, path[length++]);
			from = middle;
		}
	}
	reverse(path, length);
	return length;
}

size_t merkle_consistency(const uint8_t (*leaves)[MERKLE_HASH], uint64_t count, uint64_t before,
			  uint8_t path[MERKLE_PROOF_MAX][MERKLE_HASH])
{
	uint64_t from = 0, to = count;
	size_t length = 0;

	while (to != before) {
		uint64_t middle = from + left_half(to - from);
		if (before <= middle) {
			range_root(leaves, middle, to, path[length++]);
			to = middle;
		} else {
			range_root(leaves, from, middle, path[length++]);
			from = middle;
		}
	}
	/* Where the older tree is a subtree of its own, who asks has its hash. */
	if (from != 0)
		range_root(leaves, from, to, path[length++]);
	reverse(path, length);
	return length;
}

char *merkle_hex(const uint8_t hash[MERKLE_HASH], char out[MERKLE_HEX])
{
	hex_put((struct span){hash, MERKLE_HASH}, out);
	return out;
}

bool merkle_unhex(struct span text, uint8_t *out, size_t octets)
{
	return text.length == 2 * octets && hex_read(text, out);
}
