#include "smpp/udh.h"

#include <string.h>

/* SMPP 3.4 §5.3.2. */
enum {
	TLV_SAR_REFERENCE = 0x020C,
	TLV_SAR_TOTAL = 0x020E,
	TLV_SAR_NUMBER = 0x020F,
};

static uint16_t read_16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* `value` is reference, total, number; the last two are its last two octets. */
static bool read_concat(struct span value, enum udh_concat_kind kind, struct udh *udh)
{
	size_t width = kind == UDH_CONCAT_REF16 ? 2 : 1;
	if (value.length != width + 2)
		return false;

	uint8_t total = value.at[width], number = value.at[width + 1];
	if (total == 0 || number == 0 || number > total)
		return false;
	udh->concat = (struct udh_concat){
		.kind = kind,
		.reference = width == 2 ? read_16(value.at) : value.at[0],
		.total = total,
		.number = number,
	};
	return true;
}

static bool read_ports(struct span value, size_t width, struct udh *udh)
{
	if (value.length != 2 * width)
		return false;
	udh->has_ports = true;
	udh->destination_port = width == 2 ? read_16(value.at) : value.at[0];
	udh->source_port = width == 2 ? read_16(value.at + 2) : value.at[1];
	return true;
}

static bool read_language(struct span value, uint8_t *language)
{
	if (value.length != 1)
		return false;
	*language = value.at[0];
	return true;
}

static bool read_element(uint8_t element, struct span value, struct udh *udh)
{
	switch (element) {
	case UDH_CONCAT_8:
		return read_concat(value, UDH_CONCAT_REF8, udh);
	case UDH_CONCAT_16:
		return read_concat(value, UDH_CONCAT_REF16, udh);
	case UDH_PORTS_8:
		return read_ports(value, 1, udh);
	case UDH_PORTS_16:
		return read_ports(value, 2, udh);
	case UDH_SINGLE_SHIFT:
		return read_language(value, &udh->shift.single);
	case UDH_LOCKING_SHIFT:
		return read_language(value, &udh->shift.locking);
	default:
		return false;
	}
}

void udh_read(struct span body, struct udh *udh)
{
	*udh = (struct udh){.malformed = true};
	if (body.length == 0 || (size_t)body.at[0] + 1 > body.length)
		return;

	struct udh read = {.length = (size_t)body.at[0] + 1};
	for (size_t at = 1; at < read.length;) {
		if (read.length - at < 2 || body.at[at + 1] > read.length - at - 2)
			return;
		struct span value = {body.at + at + 2, body.at[at + 1]};
		if (!read_element(body.at[at], value, &read))
			read.ignored++;
		at += 2 + value.length;
	}
	*udh = read;
}

struct udh_concat udh_concat_of_tlvs(struct span tlvs)
{
	struct udh_concat concat = {.kind = UDH_CONCAT_SAR};
	bool has_reference = false;

	for (size_t at = 0; tlvs.length - at >= 4;) {
		uint16_t tag = read_16(tlvs.at + at);
		size_t length = read_16(tlvs.at + at + 2);
		const uint8_t *value = tlvs.at + at + 4;

		if (length > tlvs.length - at - 4)
			break;
		if (tag == TLV_SAR_REFERENCE && length == 2) {
			has_reference = true;
			concat.reference = read_16(value);
		} else if (tag == TLV_SAR_TOTAL && length == 1) {
			concat.total = value[0];
		} else if (tag == TLV_SAR_NUMBER && length == 1) {
			concat.number = value[0];
		}
		at += 4 + length;
	}
	if (!has_reference || concat.number == 0 || concat.number > concat.total)
		return (struct udh_concat){0};
	return concat;
}

static size_t put_element(uint8_t *out, uint8_t element, const uint8_t *value, uint8_t length)
{
	out[0] = element;
	out[1] = length;
	memcpy(out + 2, value, length);
	return 2 + (size_t)length;
}

size_t udh_write(const struct udh_concat *concat, struct gsm7_shift shift, uint8_t *out)
{
	uint8_t low = (uint8_t)concat->reference;
	uint8_t high = (uint8_t)(concat->reference >> 8);
	size_t length = 1;

	if (concat->kind == UDH_CONCAT_REF8) {
		uint8_t value[] = {low, concat->total, concat->number};
		length += put_element(out + length, UDH_CONCAT_8, value, sizeof(value));
	} else if (concat->kind == UDH_CONCAT_REF16) {
		uint8_t value[] = {high, low, concat->total, concat->number};
		length += put_element(out + length, UDH_CONCAT_16, value, sizeof(value));
	}
	if (shift.single != GSM7_DEFAULT)
		length += put_element(out + length, UDH_SINGLE_SHIFT, &shift.single, 1);
	if (shift.locking != GSM7_DEFAULT)
		length += put_element(out + length, UDH_LOCKING_SHIFT, &shift.locking, 1);
	if (length == 1)
		return 0;
	out[0] = (uint8_t)(length - 1);
	return length;
}
