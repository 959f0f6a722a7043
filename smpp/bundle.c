#include "smpp/bundle.h"

#include <string.h>

#define ITEM_HEADER 6

size_t bundle_size(const struct bundle_item *item)
{
	return ITEM_HEADER + item->customer.length + item->record.length;
}

static uint8_t *put(uint8_t *out, struct span span)
{
	if (span.length)
		memcpy(out, span.at, span.length);
	return out + span.length;
}

uint8_t *bundle_put(uint8_t *out, const struct bundle_item *item)
{
	size_t length = item->record.length;

	out[0] = (uint8_t)item->kind;
	out[1] = (uint8_t)item->customer.length;
	out[2] = (uint8_t)(length >> 24);
	out[3] = (uint8_t)(length >> 16);
	out[4] = (uint8_t)(length >> 8);
	out[5] = (uint8_t)length;
	return put(put(out + ITEM_HEADER, item->customer), item->record);
}

bool bundle_take(struct span *rest, struct bundle_item *item)
{
	const uint8_t *at = rest->at;

	if (rest->length < ITEM_HEADER || (at[0] != BUNDLE_RESULT && at[0] != BUNDLE_RECEIPT))
		return false;
	size_t customer = at[1];
	size_t record = (size_t)at[2] << 24 | (size_t)at[3] << 16 | (size_t)at[4] << 8 | at[5];
	if (rest->length - ITEM_HEADER < customer || rest->length - ITEM_HEADER - customer < record)
		return false;
	item->kind = (enum bundle_kind)at[0];
	item->customer = (struct span){at + ITEM_HEADER, customer};
	item->record = (struct span){at + ITEM_HEADER + customer, record};
	rest->at += ITEM_HEADER + customer + record;
	rest->length -= ITEM_HEADER + customer + record;
	return true;
}

size_t bundle_count(struct span bundle)
{
	struct bundle_item item;
	size_t count = 0;

	while (count < BUNDLE_ITEMS_MAX && bundle_take(&bundle, &item))
		count++;
	return bundle.length ? 0 : count;
}
