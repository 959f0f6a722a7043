#include "smpp/utf16.h"

void utf16_decoder_init(struct utf16_decoder *decoder)
{
	*decoder = (struct utf16_decoder){0};
}

/* A unit that cannot complete the waiting high surrogate leaves that one alone. */
static void drop_high(struct utf16_decoder *decoder, struct utf8_buffer *out)
{
	if (decoder->high == 0)
		return;
	decoder->high = 0;
	decoder->lone = true;
	utf8_append(out, UTF8_REPLACEMENT);
}

static void take_unit(struct utf16_decoder *decoder, uint16_t unit, struct utf8_buffer *out)
{
	bool is_low = unit >= 0xDC00 && unit <= 0xDFFF;

	if (is_low && decoder->high != 0) {
		uint32_t point = 0x10000u + ((uint32_t)(decoder->high - 0xD800) << 10) +
				 (uint32_t)(unit - 0xDC00);
		decoder->high = 0;
		utf8_append(out, point);
		return;
	}
	drop_high(decoder, out);
	if (unit >= 0xD800 && unit <= 0xDBFF) {
		decoder->high = unit;
		return;
	}
	if (is_low)
		decoder->lone = true;
	utf8_append(out, unit); /* A lone low surrogate becomes U+FFFD there. */
}

static void take_octets(struct utf16_decoder *decoder, uint8_t first, uint8_t second,
			struct utf8_buffer *out)
{
	uint16_t unit = (uint16_t)(first << 8 | second);

	if (!decoder->begun) {
		decoder->begun = true;
		decoder->little_endian = unit == 0xFFFE;
		if (unit == 0xFEFF || unit == 0xFFFE)
			return;
	}
	if (decoder->little_endian)
		unit = (uint16_t)(second << 8 | first);
	take_unit(decoder, unit, out);
}

static void drop_octet(struct utf16_decoder *decoder, struct utf8_buffer *out)
{
	if (!decoder->has_octet)
		return;
	decoder->has_octet = false;
	decoder->odd = true;
	drop_high(decoder, out);
	utf8_append(out, UTF8_REPLACEMENT);
}

void utf16_decoder_feed(struct utf16_decoder *decoder, struct span octets, struct utf8_buffer *out)
{
	size_t i = 0;

	if (decoder->has_octet && octets.length % 2 == 1) {
		decoder->has_octet = false;
		take_octets(decoder, decoder->octet, octets.at[0], out);
		i = 1;
	} else if (octets.length > 0) {
		drop_octet(decoder, out);
	}
	for (; i + 1 < octets.length; i += 2)
		take_octets(decoder, octets.at[i], octets.at[i + 1], out);
	if (i < octets.length) {
		decoder->has_octet = true;
		decoder->octet = octets.at[i];
	}
}

void utf16_decoder_end(struct utf16_decoder *decoder, struct utf8_buffer *out)
{
	drop_octet(decoder, out);
	drop_high(decoder, out);
}

static size_t put_unit(uint32_t unit, uint8_t *out)
{
	out[0] = (uint8_t)(unit >> 8);
	out[1] = (uint8_t)unit;
	return 2;
}

size_t utf16_put(uint32_t point, uint8_t *out)
{
	if (point > UTF8_POINT_MAX || (point >= 0xD800 && point <= 0xDFFF))
		point = UTF8_REPLACEMENT;
	if (point < 0x10000)
		return put_unit(point, out);
	put_unit(0xD800 | ((point - 0x10000) >> 10), out);
	put_unit(0xDC00 | ((point - 0x10000) & 0x3FF), out + 2);
	return 4;
}
