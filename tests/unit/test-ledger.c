#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/compliance/ledger.h"

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
	char leaf[LEDGER_LEAF_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const char *record = table[i].record;
		ledger_leaf((struct span){(const uint8_t *)record, strlen(record)}, leaf);
		assert_string_equal(leaf, table[i].leaf);
	}
}

static void a_record_of_no_octets_may_have_no_address(void **state)
{
	char leaf[LEDGER_LEAF_MAX];

	(void)state;
	ledger_leaf((struct span){NULL, 0}, leaf);
	assert_string_equal(leaf,
			    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leaf_is_the_hash_of_the_record_behind_a_zero),
		cmocka_unit_test(a_record_of_no_octets_may_have_no_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
