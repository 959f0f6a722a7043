#include "smpp/utf8.h"

#include <errno.h>
#include <string.h>

void utf8_buffer_init(struct utf8_buffer *buffer, uint8_t *at, size_t capacity)
{
	*buffer = (struct utf8_buffer){.at = at, .capacity = capacity};
}

static bool is_surrogate(uint32_t point)
{
	return point >= 0xD800 && point <= 0xDFFF;
}

size_t utf8_put(uint32_t point, uint8_t *out)
{
	if (point > UTF8_POINT_MAX || is_surrogate(point))
		point = UTF8_REPLACEMENT;
	if (point < 0x80) {
		out[0] = (uint8_t)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (uint8_t)(0xC0 | (point >> 6));
		out[1] = (uint8_t)(0x80 | (point & 0x3F));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (uint8_t)(0xE0 | (point >> 12));
		out[1] = (uint8_t)(0x80 | ((point >> 6) & 0x3F));
		out[2] = (uint8_t)(0x80 | (point & 0x3F));
		return 3;
	}
	out[0] = (uint8_t)(0xF0 | (point >> 18));
	out[1] = (uint8_t)(0x80 | ((point >> 12) & 0x3F));
	out[2] = (uint8_t)(0x80 | ((point >> 6) & 0x3F));
	out[3] = (uint8_t)(0x80 | (point & 0x3F));
	return 4;
}

void utf8_append(struct utf8_buffer *buffer, uint32_t point)
{
	uint8_t octets[UTF8_OCTETS_MAX];
	size_t length = utf8_put(point, octets);

	if (buffer->full || length > buffer->capacity - buffer->length) {
		buffer->full = true;
		return;
	}
	memcpy(buffer->at + buffer->length, octets, length);
	buffer->length += length;
}

/* The second octet is what tells an overlong form, a surrogate and a value above U+10FFFF, so its
 * range depends on the first (Unicode 15, table 3-7). */
static bool second_octet_fits(uint8_t first, uint8_t second)
{
	switch (first) {
	case 0xE0:
		return second >= 0xA0 && second <= 0xBF;
	case 0xED:
		return second >= 0x80 && second <= 0x9F;
	case 0xF0:
		return second >= 0x90 && second <= 0xBF;
	case 0xF4:
		return second >= 0x80 && second <= 0x8F;
	default:
		return (second & 0xC0) == 0x80;
	}
}

static unsigned octets_after(uint8_t first)
{
	if (first >= 0xC2 && first <= 0xDF)
		return 1;
	if (first >= 0xE0 && first <= 0xEF)
		return 2;
	if (first >= 0xF0 && first <= 0xF4)
		return 3;
	return 0;
}

uint32_t utf8_next(struct span text, size_t *offset)
{
	uint8_t first = text.at[(*offset)++];
	if (first < 0x80)
		return first;

	unsigned rest = octets_after(first);
	if (rest == 0 || *offset == text.length || !second_octet_fits(first, text.at[*offset]))
		return UTF8_MALFORMED;

	uint32_t point = first & (0x3Fu >> rest);
	for (unsigned i = 0; i < rest; i++) {
		if (*offset == text.length || (text.at[*offset] & 0xC0) != 0x80)
			return UTF8_MALFORMED;
		point = (point << 6) | (text.at[(*offset)++] & 0x3Fu);
	}
	return point;
}

bool utf8_valid(struct span text)
{
	for (size_t offset = 0; offset < text.length;) {
		if (utf8_next(text, &offset) == UTF8_MALFORMED)
			return false;
	}
	return true;
}

int utf8_repair(struct span text, struct utf8_buffer *out)
{
	for (size_t offset = 0; offset < text.length;)
		utf8_append(out, utf8_next(text, &offset));
	return out->full ? -EMSGSIZE : 0;
}

size_t utf8_cut(struct span text, size_t most)
{
	if (most >= text.length)
		return text.length;
	while (most > 0 && (text.at[most] & 0xC0) == 0x80)
		most--;
	return most;
}
