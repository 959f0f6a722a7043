#include "router/compliance/prover.h"

#include <assert.h>
#include <string.h>

/* The largest power of two below `count` (> 1). */
static uint64_t split(uint64_t count)
{
	uint64_t half = 1;

	while (half * 2 < count)
		half *= 2;
	return half;
}

void prover_init(struct prover *prover, uint64_t size, uint64_t index)
{
	uint64_t from = 0, to = size;

	assert(index < size);
	memset(prover, 0, sizeof(*prover));
	prover->size = size;
	prover->index = index;
	merkle_init(&prover->whole);
	while (to - from > 1) {
		uint64_t middle = from + split(to - from);
		struct prover_part *part = &prover->parts[prover->count++];
		bool left = index < middle;
		part->from = left ? middle : from;
		part->to = left ? to : middle;
		merkle_init(&part->tree);
		from = left ? from : middle;
		to = left ? middle : to;
	}
}

void prover_add(struct prover *prover, const uint8_t leaf[MERKLE_HASH])
{
	uint64_t at = prover->next++;

	merkle_add(&prover->whole, leaf);
	if (at == prover->index) {
		memcpy(prover->leaf, leaf, MERKLE_HASH);
		return;
	}
	for (size_t i = 0; i < prover->count; i++) {
		struct prover_part *part = &prover->parts[i];
		if (at >= part->from && at < part->to) {
			merkle_add(&part->tree, leaf);
			return;
		}
	}
}

bool prover_is_done(const struct prover *prover)
{
	return prover->next == prover->size;
}

size_t prover_path(const struct prover *prover, uint8_t root[MERKLE_HASH],
		   uint8_t path[MERKLE_PROOF_MAX][MERKLE_HASH])
{
	merkle_root(&prover->whole, root);
	for (size_t i = 0; i < prover->count; i++)
		merkle_root(&prover->parts[prover->count - 1 - i].tree, path[i]);
	return prover->count;
}
