#include <stdlib.h>
#include <string.h>

#include "smpp/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct span span, const uint8_t *data, size_t size)
{
	if (span.length > 0 && (span.at < data || span.at + span.length > data + size))
		abort();
}

/* The first octet says how many of those that follow are the body; the rest are TLVs. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct receipt receipt;
	char id[RECEIPT_ID_CANONICAL];
	size_t body = size > 1 ? data[0] % size : 0;

	if (size == 0)
		return 0;
	struct span text = {data + 1, body};
	struct span tlvs = {data + 1 + body, size - 1 - body};
	uint8_t wide[RECEIPT_TEXT_MAX];
	struct receipt narrowed;
	struct span narrow = receipt_text(0x44, 8, text, wide);
	if (receipt_parse(narrow, tlvs, &narrowed) == 0)
		check_inside(narrowed.stat, narrow.at, narrow.length);
	(void)receipt_sniff(text, tlvs);
	if (receipt_parse(text, tlvs, &receipt) != 0)
		return 0;
	check_inside(receipt.id, data, size);
	check_inside(receipt.text, data, size);
	check_inside(receipt.done_date, data, size);
	for (int form = RECEIPT_ID_TEXT; form <= RECEIPT_ID_HEX; form++) {
		int length = receipt_canonical_id(receipt.id, (enum receipt_id_form)form, id,
						  sizeof(id));
		if (length >= 0 && (size_t)length != strlen(id))
			abort();
	}
	return 0;
}
