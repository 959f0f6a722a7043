#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/compliance/merkle.h"

#include <string.h>

/* The leaves of RFC 6962 §2.1 as every log of certificates has them, by sha256sum. */
static void a_leaf_is_the_hash_of_the_record_behind_a_zero(void **state)
{
	static const struct {
		const char *record, *leaf;
	} table[] = {
		{"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
		{"L123456", "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"},
	};
	uint8_t leaf[MERKLE_HASH];
	char hex[MERKLE_HEX];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		merkle_leaf(span_text(table[i].record), leaf);
		assert_string_equal(merkle_hex(leaf, hex), table[i].leaf);
	}
}

static void a_record_of_no_octets_may_have_no_address(void **state)
{
	uint8_t leaf[MERKLE_HASH];
	char hex[MERKLE_HEX];

	(void)state;
	merkle_leaf((struct span){NULL, 0}, leaf);
	assert_string_equal(merkle_hex(leaf, hex),
			    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

/* The eight entries of the tests of Certificate Transparency's own implementations, and the root of
 * the tree after each. */
static const struct {
	uint8_t octets[16];
	size_t length;
	const char *root;
} grown[] = {
	{{0}, 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
	{{0x00}, 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
	{{0x10}, 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
	{{0x20, 0x21}, 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
	{{0x30, 0x31}, 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
	{{0x40, 0x41, 0x42, 0x43},
	 4,
	 "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
	{{0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57},
	 8,
	 "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
	{{0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e,
	  0x6f},
	 16,
	 "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
};
#define GROWN (sizeof(grown) / sizeof(*grown))

static void grown_leaves(uint8_t leaves[GROWN][MERKLE_HASH])
{
	for (size_t i = 0; i < GROWN; i++)
		merkle_leaf((struct span){grown[i].octets, grown[i].length}, leaves[i]);
}

static void a_tree_has_the_roots_of_certificate_transparency(void **state)
{
	uint8_t leaves[GROWN][MERKLE_HASH], root[MERKLE_HASH];
	struct merkle tree;
	char hex[MERKLE_HEX];

	(void)state;
	grown_leaves(leaves);
	merkle_init(&tree);
	merkle_root(&tree, root);
	assert_string_equal(merkle_hex(root, hex),
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (size_t i = 0; i < GROWN; i++) {
		merkle_add(&tree, leaves[i]);
		merkle_root(&tree, root);
		assert_string_equal(merkle_hex(root, hex), grown[i].root);
	}
}

static void an_audit_path_leads_from_its_leaf_to_the_root(void **state)
{
	static const char *const path_of_6[] = {
		"ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"};
	uint8_t leaves[GROWN][MERKLE_HASH], path[MERKLE_PROOF_MAX][MERKLE_HASH];
	char hex[MERKLE_HEX];

	(void)state;
	grown_leaves(leaves);
	assert_int_equal(merkle_inclusion((const uint8_t(*)[MERKLE_HASH])leaves, 1, 0, path), 0);
	/* Leaf 5 of 8: its neighbour, the pair behind, the four before. */
	assert_int_equal(merkle_inclusion((const uint8_t(*)[MERKLE_HASH])leaves, 8, 5, path), 3);
	merkle_hex(path[2], hex);
	assert_string_equal(hex, path_of_6[1]);
	merkle_hex(path[1], hex);
	assert_string_equal(hex, path_of_6[0]);
}

static void a_tree_that_is_a_subtree_is_not_told_in_its_own_proof(void **state)
{
	uint8_t leaves[GROWN][MERKLE_HASH], path[MERKLE_PROOF_MAX][MERKLE_HASH];

	(void)state;
	grown_leaves(leaves);
	assert_int_equal(merkle_consistency((const uint8_t(*)[MERKLE_HASH])leaves, 8, 8, path), 0);
	assert_int_equal(merkle_consistency((const uint8_t(*)[MERKLE_HASH])leaves, 8, 4, path), 1);
	assert_int_equal(merkle_consistency((const uint8_t(*)[MERKLE_HASH])leaves, 8, 6, path), 3);
	assert_int_equal(merkle_consistency((const uint8_t(*)[MERKLE_HASH])leaves, 7, 3, path), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leaf_is_the_hash_of_the_record_behind_a_zero),
		cmocka_unit_test(a_record_of_no_octets_may_have_no_address),
		cmocka_unit_test(a_tree_has_the_roots_of_certificate_transparency),
		cmocka_unit_test(an_audit_path_leads_from_its_leaf_to_the_root),
		cmocka_unit_test(a_tree_that_is_a_subtree_is_not_told_in_its_own_proof),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
