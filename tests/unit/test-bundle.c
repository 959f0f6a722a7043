#include "smpp/bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct span octets(const uint8_t *at, size_t length)
{
	return (struct span){at, length};
}

static const uint8_t known[] = {
	1, 3, 0, 0, 0, 2, '+',	'4', '6', 0xAA, 0xBB, /* a result */
	2, 0, 0, 0, 0, 1, 0xCC,			      /* a receipt of nobody known */
};

static void it_is_laid_out_as_the_header_says(void **state)
{
	const struct bundle_item items[] = {
		{BUNDLE_RESULT, span_text("+46"), octets(known + 9, 2)},
		{BUNDLE_RECEIPT, {NULL, 0}, octets(known + 17, 1)},
	};
	uint8_t out[sizeof(known)], *end = out;

	(void)state;
	assert_int_equal(bundle_size(&items[0]) + bundle_size(&items[1]), sizeof(known));
	for (size_t i = 0; i < 2; i++)
		end = bundle_put(end, &items[i]);
	assert_ptr_equal(end, out + sizeof(out));
	assert_memory_equal(out, known, sizeof(known));
}

static void its_items_are_read_in_their_order(void **state)
{
	struct span rest = octets(known, sizeof(known));
	struct bundle_item item;

	(void)state;
	assert_int_equal(bundle_count(rest), 2);
	assert_true(bundle_take(&rest, &item));
	assert_int_equal(item.kind, BUNDLE_RESULT);
	assert_true(span_is(item.customer, "+46"));
	assert_true(span_same(item.record, octets(known + 9, 2)));
	assert_true(bundle_take(&rest, &item));
	assert_int_equal(item.kind, BUNDLE_RECEIPT);
	assert_int_equal(item.customer.length, 0);
	assert_true(span_same(item.record, octets(known + 17, 1)));
	assert_false(bundle_take(&rest, &item));
	assert_int_equal(rest.length, 0);
}

static void a_record_may_be_long(void **state)
{
	static uint8_t record[70000], out[sizeof(record) + 16];
	const struct bundle_item put = {BUNDLE_RECEIPT, span_text("5"),
					octets(record, sizeof(record))};
	struct span rest = octets(out, bundle_size(&put));
	struct bundle_item item;

	(void)state;
	for (size_t i = 0; i < sizeof(record); i++)
		record[i] = (uint8_t)i;
	bundle_put(out, &put);
	assert_true(bundle_take(&rest, &item));
	assert_true(span_same(item.record, put.record));
}

/* However it is cut, and with any octet that is not what it should be, nothing is read of it that
 * is not there. */
static void what_is_none_is_known(void **state)
{
	uint8_t spoilt[sizeof(known)];

	(void)state;
	assert_int_equal(bundle_count(octets(NULL, 0)), 0);
	for (size_t length = 0; length < sizeof(known); length++)
		assert_int_equal(bundle_count(octets(known, length)), length == 11 ? 1 : 0);
	for (size_t i = 0; i < 6; i++) {
		memcpy(spoilt, known, sizeof(known));
		spoilt[i] = 0xFF;
		assert_int_equal(bundle_count(octets(spoilt, sizeof(spoilt))), 0);
	}
}

static void it_has_no_more_than_the_most(void **state)
{
	static uint8_t out[(BUNDLE_ITEMS_MAX + 1) * 16];
	const struct bundle_item item = {BUNDLE_RESULT, span_text("1"), span_text("r")};
	uint8_t *end = out;

	(void)state;
	for (size_t i = 0; i < BUNDLE_ITEMS_MAX; i++)
		end = bundle_put(end, &item);
	assert_int_equal(bundle_count(octets(out, (size_t)(end - out))), BUNDLE_ITEMS_MAX);
	end = bundle_put(end, &item);
	assert_int_equal(bundle_count(octets(out, (size_t)(end - out))), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_laid_out_as_the_header_says),
		cmocka_unit_test(its_items_are_read_in_their_order),
		cmocka_unit_test(a_record_may_be_long),
		cmocka_unit_test(what_is_none_is_known),
		cmocka_unit_test(it_has_no_more_than_the_most),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
