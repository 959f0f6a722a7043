#include "smpp/reassembly.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ESM_UDHI 0x40 /* SMPP 3.4 §5.2.12 */

void reassembly_read(const struct message_mo *mo, enum coding default_alphabet,
		     struct reassembly_part *part)
{
	struct coding_meaning meaning = coding_of(mo->data_coding, default_alphabet);
	struct udh udh = {0};

	if (mo->esm_class & ESM_UDHI)
		udh_read(mo->body, &udh);
	*part = (struct reassembly_part){
		.concat = udh.concat,
		.coding = meaning.coding,
		.message_class = meaning.message_class,
		.shift = udh.shift,
		.fill = gsm7_fill_bits(udh.length),
		.flags = udh.malformed ? CODING_FLAG_BAD_UDH : 0,
		.has_ports = udh.has_ports,
		.destination_port = udh.destination_port,
		.source_port = udh.source_port,
		.body = mo->body,
	};
	if (udh.length > 0)
		part->body = (struct span){mo->body.at + udh.length, mo->body.length - udh.length};
	if (part->concat.kind == UDH_CONCAT_NONE)
		part->concat = udh_concat_of_tlvs(mo->tlvs);
	if (part->concat.total == 1)
		part->concat = (struct udh_concat){0};
}

int reassembly_key(const struct message_mo *mo, const struct udh_concat *concat, char *out,
		   size_t capacity)
{
	static const char kinds[] = {
		[UDH_CONCAT_REF8] = 'u', [UDH_CONCAT_REF16] = 'w', [UDH_CONCAT_SAR] = 's'};

	if (concat->kind == UDH_CONCAT_NONE || (unsigned)concat->kind >= sizeof(kinds))
		return -EINVAL;
	if (mo->ours.length > MESSAGE_ADDRESS_MAX || mo->customer.length > MESSAGE_ADDRESS_MAX)
		return -EINVAL;

	struct span ours = mo->ours.at ? mo->ours : (struct span){(const uint8_t *)"", 0};
	struct span customer = mo->customer.at ? mo->customer : (struct span){ours.at, 0};
	int length =
		snprintf(out, capacity, "%.*s:%.*s:%c%x:%u", (int)ours.length,
			 (const char *)ours.at, (int)customer.length, (const char *)customer.at,
			 kinds[concat->kind], concat->reference, concat->total);
	return length < 0 || (size_t)length >= capacity ? -EMSGSIZE : length;
}

static bool same_message(const struct udh_concat *one, const struct udh_concat *other)
{
	return one->kind == other->kind && one->reference == other->reference &&
	       one->total == other->total;
}

/* The first part of each number; `order[0]` alone for a message that is not concatenated. */
struct order {
	const struct reassembly_part *parts[REASSEMBLY_PARTS_MAX];
};

static void sort_parts(const struct reassembly_part *parts, size_t count, struct order *order,
		       struct reassembly_result *result)
{
	const struct udh_concat *concat = &parts[0].concat;

	memset(order, 0, sizeof(*order));
	result->total = concat->kind == UDH_CONCAT_NONE || concat->total == 0 ? 1 : concat->total;
	for (size_t i = 0; i < count; i++) {
		unsigned number = concat->kind == UDH_CONCAT_NONE ? 1u : parts[i].concat.number;

		if (!same_message(concat, &parts[i].concat) || number == 0 ||
		    number > result->total || order->parts[number - 1]) {
			result->ignored++;
			continue;
		}
		order->parts[number - 1] = &parts[i];
		result->have++;
	}
}

static bool same_coding(const struct coding_decoder *decoder, const struct reassembly_part *part)
{
	return decoder->coding == part->coding &&
	       decoder->gsm7.shift.locking == part->shift.locking &&
	       decoder->gsm7.shift.single == part->shift.single;
}

/* A decoder goes on from part to part as long as nothing is missing and the coding stays. */
static void decode_parts(const struct order *order, struct utf8_buffer *out,
			 struct reassembly_result *result)
{
	struct coding_decoder decoder;
	bool open = false, gap = false;

	for (unsigned i = 0; i < result->total; i++) {
		const struct reassembly_part *part = order->parts[i];

		if (open && (!part || !same_coding(&decoder, part))) {
			coding_decoder_end(&decoder, out);
			result->flags |= decoder.flags;
			open = false;
		}
		if (!part) {
			if (!gap)
				utf8_append(out, REASSEMBLY_GAP);
			gap = true;
			continue;
		}
		gap = false;
		result->flags |= part->flags;
		if (!open)
			coding_decoder_init(&decoder, part->coding, part->shift);
		open = true;
		coding_decoder_feed(&decoder, part->body, part->fill, out);
	}
	if (open) {
		coding_decoder_end(&decoder, out);
		result->flags |= decoder.flags;
	}
}

int reassembly_join(const struct reassembly_part *parts, size_t count, struct utf8_buffer *out,
		    struct reassembly_result *result)
{
	if (count == 0 || count > 4 * (size_t)REASSEMBLY_PARTS_MAX)
		return -EINVAL;

	struct reassembly_result joined = {0};
	struct order order;
	sort_parts(parts, count, &order, &joined);
	if (joined.have < joined.total)
		joined.flags |= CODING_FLAG_PARTIAL;
	decode_parts(&order, out, &joined);
	if (out->full)
		return -EMSGSIZE;
	*result = joined;
	return 0;
}

void reassembly_init(struct reassembly *reassembly, uint8_t total, uint64_t now_ms)
{
	*reassembly = (struct reassembly){.total = total, .first_ms = now_ms};
}

enum reassembly_verdict reassembly_add(struct reassembly *reassembly,
				       const struct udh_concat *concat)
{
	if (concat->total != reassembly->total || concat->number == 0 ||
	    concat->number > reassembly->total)
		return REASSEMBLY_FOREIGN;

	uint64_t *word = &reassembly->parts[(concat->number - 1) / 64];
	uint64_t bit = UINT64_C(1) << ((concat->number - 1) % 64);
	if (*word & bit)
		return REASSEMBLY_DUPLICATE;
	*word |= bit;
	reassembly->have++;
	if (reassembly->delivered)
		return REASSEMBLY_LATE;
	if (reassembly->have < reassembly->total)
		return REASSEMBLY_WAIT;
	reassembly->delivered = true;
	return REASSEMBLY_COMPLETE;
}

enum reassembly_verdict reassembly_expire(struct reassembly *reassembly, uint64_t now_ms,
					  uint64_t timeout_ms)
{
	if (reassembly->delivered || reassembly->have == 0)
		return REASSEMBLY_WAIT;
	if (now_ms < reassembly->first_ms)
		reassembly->first_ms = now_ms;
	if (now_ms - reassembly->first_ms < timeout_ms)
		return REASSEMBLY_WAIT;
	reassembly->delivered = true;
	return REASSEMBLY_PARTIAL;
}
