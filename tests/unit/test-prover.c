#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "router/compliance/prover.h"

#define LEAVES 70

/* The path of one leaf of a tree of so many, grown leaf by leaf, and from the whole of it. */
static void check_path(uint8_t leaves[LEAVES][MERKLE_HASH], uint64_t size, uint64_t index,
		       const uint8_t whole[MERKLE_HASH])
{
	static struct prover prover;
	uint8_t wanted[MERKLE_PROOF_MAX][MERKLE_HASH], path[MERKLE_PROOF_MAX][MERKLE_HASH];
	uint8_t root[MERKLE_HASH];
	size_t length =
		merkle_inclusion((const uint8_t(*)[MERKLE_HASH])leaves, size, index, wanted);

	prover_init(&prover, size, index);
	for (uint64_t i = 0; i < size; i++) {
		assert_false(prover_is_done(&prover));
		prover_add(&prover, leaves[i]);
	}
	assert_true(prover_is_done(&prover));
	assert_int_equal(prover_path(&prover, root, path), length);
	assert_memory_equal(path, wanted, length * MERKLE_HASH);
	assert_memory_equal(root, whole, MERKLE_HASH);
	assert_memory_equal(prover.leaf, leaves[index], MERKLE_HASH);
}

static void a_path_is_that_of_the_whole_tree(void **state)
{
	uint8_t leaves[LEAVES][MERKLE_HASH];
	uint8_t whole[MERKLE_HASH];

	(void)state;
	for (uint8_t i = 0; i < LEAVES; i++)
		merkle_leaf((struct span){&i, 1}, leaves[i]);
	for (uint64_t size = 1; size <= LEAVES; size++) {
		struct merkle tree;
		merkle_init(&tree);
		for (uint64_t i = 0; i < size; i++)
			merkle_add(&tree, leaves[i]);
		merkle_root(&tree, whole);
		for (uint64_t index = 0; index < size; index++)
			check_path(leaves, size, index, whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_that_of_the_whole_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
