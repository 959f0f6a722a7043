#include "smpp/message.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

/*
 * Both directions are driven by one table per kind, indexed by the field's tag, so that what is
 * written and what is read cannot drift apart. Tags are part of the record's format: a number is
 * never given to another field.
 */

#define HEADER_OCTETS 2	      /* version, kind */
#define FIELD_HEADER_OCTETS 5 /* tag, length */

struct field {
	uint16_t offset;   /* in the struct of the kind */
	uint8_t width;	   /* octets of an integer, or 0 for a span */
	bool mandatory;	   /* otherwise 0 or empty when absent, and not written then */
	uint64_t min, max; /* of the value, or of a span's length */
};

#define INTEGER(type, member, mandatory, min, max)                                                 \
	{                                                                                          \
		offsetof(struct type, member), sizeof(((struct type *)0)->member), mandatory, min, \
			max                                                                        \
	}
#define SPAN(type, member, mandatory, min, max)                                                    \
	{                                                                                          \
		offsetof(struct type, member), 0, mandatory, min, max                              \
	}

static const struct field mo_fields[] = {
	[1] = SPAN(message_mo, carrier, true, 1, MESSAGE_NAME_MAX),
	[2] = INTEGER(message_mo, bind, false, 0, UINT32_MAX),
	[3] = INTEGER(message_mo, sequence, false, 0, UINT32_MAX),
	[4] = INTEGER(message_mo, heard_ms, true, 0, UINT64_MAX),
	[5] = INTEGER(message_mo, broken_ms, false, 0, UINT64_MAX),
	[6] = SPAN(message_mo, ours, true, 0, MESSAGE_ADDRESS_MAX),
	[7] = SPAN(message_mo, customer, true, 0, MESSAGE_ADDRESS_MAX),
	[8] = SPAN(message_mo, raw_source, false, 0, MESSAGE_RECORD_MAX),
	[9] = SPAN(message_mo, raw_destination, false, 0, MESSAGE_RECORD_MAX),
	[10] = INTEGER(message_mo, source_ton, false, 0, UINT8_MAX),
	[11] = INTEGER(message_mo, source_npi, false, 0, UINT8_MAX),
	[12] = INTEGER(message_mo, destination_ton, false, 0, UINT8_MAX),
	[13] = INTEGER(message_mo, destination_npi, false, 0, UINT8_MAX),
	[14] = INTEGER(message_mo, esm_class, false, 0, UINT8_MAX),
	[15] = INTEGER(message_mo, protocol_id, false, 0, UINT8_MAX),
	[16] = INTEGER(message_mo, data_coding, false, 0, UINT8_MAX),
	[17] = SPAN(message_mo, body, true, 0, MESSAGE_RECORD_MAX),
	[18] = INTEGER(message_mo, from_payload, false, 0, 1),
	[19] = SPAN(message_mo, tlvs, false, 0, MESSAGE_RECORD_MAX),
};

static const struct field mt_fields[] = {
	[1] = SPAN(message_mt, id, true, 1, MESSAGE_NAME_MAX),
	[2] = SPAN(message_mt, conversation, false, 0, MESSAGE_NAME_MAX),
	[3] = SPAN(message_mt, carrier, true, 1, MESSAGE_NAME_MAX),
	[4] = SPAN(message_mt, ours, true, 0, MESSAGE_ADDRESS_MAX),
	[5] = SPAN(message_mt, customer, true, 1, MESSAGE_ADDRESS_MAX),
	[6] = SPAN(message_mt, text, true, 0, MESSAGE_RECORD_MAX),
	[7] = INTEGER(message_mt, class, false, 0, MESSAGE_CLASS_COUNT - 1),
	[8] = INTEGER(message_mt, receipt, false, 0, 1),
	[9] = INTEGER(message_mt, accepted_ms, true, 0, UINT64_MAX),
	[10] = INTEGER(message_mt, expires_ms, false, 0, UINT64_MAX),
	[11] = INTEGER(message_mt, flash, false, 0, 1),
	[12] = INTEGER(message_mt, validity_s, false, 0, MESSAGE_VALIDITY_MAX_S),
	[13] = INTEGER(message_mt, schedule_ms, false, 0, UINT64_MAX),
	[14] = INTEGER(message_mt, once, false, 0, 1),
};

static const struct field result_fields[] = {
	[1] = SPAN(message_result, id, true, 1, MESSAGE_NAME_MAX),
	[2] = SPAN(message_result, carrier, true, 1, MESSAGE_NAME_MAX),
	[3] = INTEGER(message_result, bind, false, 0, UINT32_MAX),
	[4] = INTEGER(message_result, segment, false, 0, UINT8_MAX - 1),
	[5] = INTEGER(message_result, segments, true, 1, UINT8_MAX),
	[6] = INTEGER(message_result, outcome, true, MESSAGE_SENT, MESSAGE_RESENT),
	[7] = INTEGER(message_result, status, false, 0, UINT32_MAX),
	[8] = SPAN(message_result, smsc_id, false, 0, MESSAGE_RECORD_MAX),
	[9] = SPAN(message_result, reason, false, 0, MESSAGE_NAME_MAX),
	[10] = INTEGER(message_result, submitted_ms, false, 0, UINT64_MAX),
	[11] = INTEGER(message_result, answered_ms, false, 0, UINT64_MAX),
	[12] = INTEGER(message_result, schedule_ms, false, 0, UINT64_MAX),
};

struct layout {
	const struct field *fields;
	unsigned count;	     /* tags 1 .. count - 1 */
	size_t union_offset; /* of the kind's struct in struct message */
};

#define LAYOUT(table, member)                                                                      \
	{                                                                                          \
		table, sizeof(table) / sizeof((table)[0]), offsetof(struct message, member)        \
	}

static const struct layout layouts[] = {
	[MESSAGE_MO] = LAYOUT(mo_fields, mo),
	[MESSAGE_MT] = LAYOUT(mt_fields, mt),
	[MESSAGE_RESULT] = LAYOUT(result_fields, result),
};

static const struct layout *layout_of(unsigned kind)
{
	if (kind == 0 || kind >= sizeof(layouts) / sizeof(layouts[0]))
		return NULL;
	return &layouts[kind];
}

static uint64_t load_integer(const uint8_t *at, uint8_t width)
{
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (width) {
	case 1:
		return *at;
	case 2:
		memcpy(&two, at, sizeof(two));
		return two;
	case 4:
		memcpy(&four, at, sizeof(four));
		return four;
	default:
		assert(width == 8);
		memcpy(&eight, at, sizeof(eight));
		return eight;
	}
}

static void store_integer(uint8_t *at, uint8_t width, uint64_t value)
{
	uint8_t one = (uint8_t)value;
	uint16_t two = (uint16_t)value;
	uint32_t four = (uint32_t)value;

	switch (width) {
	case 1:
		memcpy(at, &one, sizeof(one));
		break;
	case 2:
		memcpy(at, &two, sizeof(two));
		break;
	case 4:
		memcpy(at, &four, sizeof(four));
		break;
	default:
		assert(width == 8);
		memcpy(at, &value, sizeof(value));
		break;
	}
}

static uint64_t read_big_endian(const uint8_t *at, size_t width)
{
	uint64_t value = 0;

	for (size_t i = 0; i < width; i++)
		value = value << 8 | at[i];
	return value;
}

static void write_big_endian(uint8_t *at, size_t width, uint64_t value)
{
	for (size_t i = width; i > 0; i--) {
		at[i - 1] = (uint8_t)value;
		value >>= 8;
	}
}

/* What a field of a struct holds: an integer's value, or a span's length. */
static uint64_t field_size(const struct field *field, const uint8_t *base)
{
	struct span span;

	if (field->width != 0)
		return load_integer(base + field->offset, field->width);
	memcpy(&span, base + field->offset, sizeof(span));
	return span.length;
}

static size_t put_field(uint8_t tag, const struct field *field, const uint8_t *base, uint8_t *out)
{
	struct span span = {NULL, field->width};

	if (field->width == 0)
		memcpy(&span, base + field->offset, sizeof(span));
	out[0] = tag;
	write_big_endian(out + 1, 4, span.length);
	out += FIELD_HEADER_OCTETS;
	if (field->width != 0)
		write_big_endian(out, field->width, field_size(field, base));
	else if (span.length > 0)
		memcpy(out, span.at, span.length);
	return FIELD_HEADER_OCTETS + span.length;
}

/* What no single field shows. */
static bool consistent(const struct message *message)
{
	return message->kind != MESSAGE_RESULT ||
	       message->result.segment < message->result.segments;
}

int message_encode(const struct message *message, uint8_t *out, size_t capacity)
{
	const struct layout *layout = layout_of(message->kind);
	if (!layout || !consistent(message))
		return -EINVAL;
	if (capacity > MESSAGE_RECORD_MAX)
		capacity = MESSAGE_RECORD_MAX;
	if (capacity < HEADER_OCTETS)
		return -EMSGSIZE;

	const uint8_t *base = (const uint8_t *)message + layout->union_offset;
	size_t length = HEADER_OCTETS;
	out[0] = MESSAGE_VERSION;
	out[1] = (uint8_t)message->kind;
	for (unsigned tag = 1; tag < layout->count; tag++) {
		const struct field *field = &layout->fields[tag];
		uint64_t size = field_size(field, base);

		if (size == 0 && !field->mandatory)
			continue;
		if (field->width == 0 && size > MESSAGE_RECORD_MAX)
			return -EMSGSIZE;
		if (size < field->min || size > field->max)
			return -EINVAL;
		size_t octets = FIELD_HEADER_OCTETS + (field->width != 0 ? field->width : size);
		if (octets > capacity - length)
			return -EMSGSIZE;
		length += put_field((uint8_t)tag, field, base, out + length);
	}
	return (int)length;
}

static int take_field(const struct field *field, struct span value, uint8_t *base)
{
	uint64_t size = value.length;

	if (field->width != 0) {
		if (value.length != field->width)
			return -EPROTO;
		size = read_big_endian(value.at, field->width);
	}
	if (size < field->min || size > field->max)
		return -EPROTO;
	if (field->width != 0)
		store_integer(base + field->offset, field->width, size);
	else
		memcpy(base + field->offset, &value, sizeof(value));
	return 0;
}

/* A set of tags, of which there are 256. */
struct tags {
	uint64_t words[4];
};

static bool tags_has(const struct tags *tags, unsigned tag)
{
	return tags->words[tag / 64] >> (tag % 64) & 1;
}

static int take_fields(const struct layout *layout, struct span record, uint8_t *base,
		       struct tags *seen)
{
	for (size_t at = HEADER_OCTETS; at < record.length;) {
		if (record.length - at < FIELD_HEADER_OCTETS)
			return -EPROTO;
		uint8_t tag = record.at[at];
		size_t length = read_big_endian(record.at + at + 1, 4);
		at += FIELD_HEADER_OCTETS;
		if (length > record.length - at || tags_has(seen, tag))
			return -EPROTO;
		seen->words[tag / 64] |= UINT64_C(1) << (tag % 64);

		struct span value = {record.at + at, length};
		at += length;
		if (tag == 0 || tag >= layout->count)
			continue;
		int status = take_field(&layout->fields[tag], value, base);
		if (status != 0)
			return status;
	}
	return 0;
}

int message_decode(struct span record, struct message *message)
{
	if (record.length > MESSAGE_RECORD_MAX)
		return -EMSGSIZE;
	if (record.length < HEADER_OCTETS || record.at[0] == 0)
		return -EPROTO;
	const struct layout *layout = layout_of(record.at[1]);
	if (record.at[0] > MESSAGE_VERSION || !layout)
		return -ENOTSUP;

	struct message read;
	struct tags seen = {0};
	memset(&read, 0, sizeof(read));
	read.kind = (enum message_kind)record.at[1];
	int status = take_fields(layout, record, (uint8_t *)&read + layout->union_offset, &seen);
	if (status != 0)
		return status;
	for (unsigned tag = 1; tag < layout->count; tag++) {
		if (layout->fields[tag].mandatory && !tags_has(&seen, tag))
			return -EPROTO;
	}
	if (!consistent(&read))
		return -EPROTO;
	*message = read;
	return 0;
}

/* FNV-1a, 64 bits. */
#define FNV_BASIS UINT64_C(0xCBF29CE484222325)
#define FNV_PRIME UINT64_C(0x00000100000001B3)

static uint64_t mix(uint64_t hash, const uint8_t *at, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ at[i]) * FNV_PRIME;
	return hash;
}

/* The length goes in first, so that no two lists of spans run together to the same octets. */
static uint64_t mix_span(uint64_t hash, struct span span)
{
	uint8_t length[4];

	write_big_endian(length, sizeof(length), span.length);
	return mix(mix(hash, length, sizeof(length)), span.at, span.length);
}

/* SMPP 3.4 §5.3.2: receipted_message_id, user_message_reference, sar_msg_ref_num,
 * sar_total_segments, sar_segment_seqnum, message_state. */
static bool identifies(uint16_t tag)
{
	switch (tag) {
	case 0x001E:
	case 0x0204:
	case 0x020C:
	case 0x020E:
	case 0x020F:
	case 0x0427:
		return true;
	default:
		return false;
	}
}

uint64_t message_fingerprint(const struct message_mo *mo)
{
	uint64_t hash = mix_span(FNV_BASIS, mo->carrier);
	uint8_t octets[] = {mo->esm_class, mo->data_coding};

	hash = mix_span(hash, mo->ours);
	hash = mix_span(hash, mo->customer);
	hash = mix(hash, octets, sizeof(octets));
	hash = mix_span(hash, mo->body);
	for (size_t at = 0; mo->tlvs.length - at >= 4;) {
		const uint8_t *tlv = mo->tlvs.at + at;
		uint16_t tag = (uint16_t)read_big_endian(tlv, 2);
		size_t length = 4 + read_big_endian(tlv + 2, 2);

		if (length > mo->tlvs.length - at)
			break;
		if (identifies(tag))
			hash = mix(hash, tlv, length);
		at += length;
	}
	return hash;
}

const char *message_class_name(enum message_class class)
{
	static const char *const names[MESSAGE_CLASS_COUNT] = {
		[MESSAGE_INTERACTIVE] = "interactive",
		[MESSAGE_TRANSACTIONAL] = "transactional",
		[MESSAGE_BULK] = "bulk",
	};

	return (unsigned)class < MESSAGE_CLASS_COUNT ? names[class] : "none";
}
