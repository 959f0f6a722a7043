#include "smpp/gsm7.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "smpp/gsm7-tables.h"

#define SCRIPTS_FIRST 0x0600u /* above Latin, Greek and Cyrillic */

static const char *const language_names[GSM7_LANGUAGES_COUNT] = {
	[GSM7_TURKISH] = "turkish",
	[GSM7_SPANISH] = "spanish",
	[GSM7_PORTUGUESE] = "portuguese",
	[GSM7_BENGALI] = "bengali",
	[GSM7_GUJARATI] = "gujarati",
	[GSM7_HINDI] = "hindi",
	[GSM7_KANNADA] = "kannada",
	[GSM7_MALAYALAM] = "malayalam",
	[GSM7_ORIYA] = "oriya",
	[GSM7_PUNJABI] = "punjabi",
	[GSM7_TAMIL] = "tamil",
	[GSM7_TELUGU] = "telugu",
	[GSM7_URDU] = "urdu",
};

const char *gsm7_language_name(uint8_t language)
{
	return language < GSM7_LANGUAGES_COUNT ? language_names[language] : NULL;
}

int gsm7_language(const char *name, uint8_t *language)
{
	for (uint8_t i = 1; i < GSM7_LANGUAGES_COUNT; i++) {
		if (strcmp(name, language_names[i]) == 0) {
			*language = i;
			return 0;
		}
	}
	return -EINVAL;
}

bool gsm7_has_locking(uint8_t language)
{
	return gsm7_tables_locking(language);
}

bool gsm7_has_single(uint8_t language)
{
	return gsm7_tables_single(language);
}

static const uint16_t *main_table(struct gsm7_shift shift)
{
	const uint16_t *table = gsm7_tables_locking(shift.locking);

	return table ? table : gsm7_tables_locking(GSM7_DEFAULT);
}

static const uint16_t *escape_table(struct gsm7_shift shift)
{
	const uint16_t *table = gsm7_tables_single(shift.single);

	return table ? table : gsm7_tables_single(GSM7_DEFAULT);
}

void gsm7_decoder_init(struct gsm7_decoder *decoder, struct gsm7_shift shift)
{
	*decoder = (struct gsm7_decoder){.shift = shift};
}

static void append_place(struct gsm7_decoder *decoder, uint32_t point, struct utf8_buffer *out)
{
	decoder->unassigned |= point == 0;
	utf8_append(out, point == 0 ? UTF8_REPLACEMENT : point);
}

static void take_escaped(struct gsm7_decoder *decoder, uint8_t septet, struct utf8_buffer *out)
{
	uint32_t point = escape_table(decoder->shift)[septet];

	decoder->escaped = false;
	if (point == 0) {
		decoder->unknown_escape = true;
		point = septet == GSM7_ESCAPE ? ' ' : main_table(decoder->shift)[septet];
	}
	append_place(decoder, point, out);
}

void gsm7_decoder_feed(struct gsm7_decoder *decoder, struct span septets, struct utf8_buffer *out)
{
	const uint16_t *table = main_table(decoder->shift);

	for (size_t i = 0; i < septets.length; i++) {
		uint8_t septet = septets.at[i];

		if (septet > 0x7F) {
			gsm7_decoder_end(decoder, out);
			decoder->foreign = true;
			utf8_append(out, septet);
		} else if (decoder->escaped) {
			take_escaped(decoder, septet, out);
		} else if (septet == GSM7_ESCAPE) {
			decoder->escaped = true;
		} else {
			append_place(decoder, table[septet], out);
		}
	}
}

void gsm7_decoder_end(struct gsm7_decoder *decoder, struct utf8_buffer *out)
{
	if (!decoder->escaped)
		return;
	decoder->escaped = false;
	decoder->unknown_escape = true;
	utf8_append(out, ' ');
}

/* The place of a character in a table, or -1. Most letters, digits and signs stand at their ASCII
 * value in every table, which spares the search for nearly all text. Scripts from Arabic on stand
 * in the order of Unicode, soon after the low seven bits of their code points. */
static int find(const uint16_t *table, uint32_t point)
{
	unsigned start = point < SCRIPTS_FIRST ? 0 : point - 1;

	if (point == 0 || point > 0xFFFF)
		return -1;
	if (point < GSM7_TABLES_SIZE && table[point] == point)
		return (int)point;
	for (unsigned i = 0; i < GSM7_TABLES_SIZE; i++) {
		unsigned place = (start + i) % GSM7_TABLES_SIZE;

		if (table[place] == point)
			return (int)place;
	}
	return -1;
}

size_t gsm7_put(uint32_t point, struct gsm7_shift shift, uint8_t *out)
{
	int place = find(main_table(shift), point);
	if (place >= 0) {
		out[0] = (uint8_t)place;
		return 1;
	}
	place = find(escape_table(shift), point);
	if (place < 0)
		return 0;
	out[0] = GSM7_ESCAPE;
	out[1] = (uint8_t)place;
	return 2;
}

int gsm7_encode(struct span text, struct gsm7_shift shift, uint8_t *out, size_t capacity)
{
	size_t length = 0;

	for (size_t offset = 0; offset < text.length;) {
		uint8_t septets[GSM7_SEPTETS_MAX];
		size_t count = gsm7_put(utf8_next(text, &offset), shift, septets);

		if (count == 0)
			return -EILSEQ;
		if (count > capacity - length || length + count > INT_MAX)
			return -EMSGSIZE;
		for (size_t i = 0; i < count; i++)
			out[length++] = septets[i];
	}
	return (int)length;
}

unsigned gsm7_fill_bits(size_t octets)
{
	return (unsigned)((7 - octets * 8 % 7) % 7);
}

int gsm7_pack(struct span septets, unsigned fill, uint8_t *out, size_t capacity)
{
	if (septets.length > INT_MAX / 8 || (fill + septets.length * 7 + 7) / 8 > capacity)
		return -EMSGSIZE;

	uint32_t bits = 0; /* what is not written yet, the oldest bit lowest */
	unsigned waiting = fill;
	size_t length = 0;
	for (size_t i = 0; i < septets.length; i++) {
		bits |= (uint32_t)(septets.at[i] & 0x7F) << waiting;
		waiting += 7;
		if (waiting >= 8) {
			out[length++] = (uint8_t)bits;
			bits >>= 8;
			waiting -= 8;
		}
	}
	if (waiting > 0 && septets.length > 0)
		out[length++] = (uint8_t)bits;
	return (int)length;
}

uint8_t gsm7_packed_at(struct span packed, unsigned fill, size_t index)
{
	size_t bit = fill + index * 7;
	uint32_t pair = packed.at[bit / 8];

	if (bit % 8 > 1)
		pair |= (uint32_t)packed.at[bit / 8 + 1] << 8;
	return (uint8_t)((pair >> (bit % 8)) & 0x7F);
}

size_t gsm7_packed_count(struct span packed, unsigned fill)
{
	size_t bits = packed.length * 8;
	size_t count = bits > fill ? (bits - fill) / 7 : 0;
	bool ends_with_octet = count > 0 && fill + count * 7 == bits;

	if (ends_with_octet && count > 1) { /* one alone is no padding: no septets have no octet */
		uint8_t last = gsm7_packed_at(packed, fill, count - 1);
		count -= last == 0 || last == GSM7_CR;
	}
	return count;
}
