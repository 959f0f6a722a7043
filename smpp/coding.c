#include "smpp/coding.h"

#include <errno.h>
#include <string.h>

#include "smpp/hex.h"

static const char *const names[CODING_COUNT] = {
	[CODING_GSM7] = "gsm7",	      [CODING_GSM7_PACKED] = "gsm7_packed",
	[CODING_ASCII] = "ascii",     [CODING_LATIN1] = "latin1",
	[CODING_UCS2] = "ucs2",	      [CODING_BINARY] = "binary",
	[CODING_UNKNOWN] = "unknown",
};

const char *coding_name(enum coding coding)
{
	return (unsigned)coding < CODING_COUNT ? names[coding] : "unknown";
}

int coding_alphabet(const char *name, enum coding *alphabet)
{
	for (int i = 0; i <= CODING_LATIN1; i++) {
		if (strcmp(name, names[i]) == 0) {
			*alphabet = (enum coding)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* SMPP 3.4 §5.2.19, values below 0x10. */
static enum coding plain_coding(uint8_t data_coding, enum coding default_alphabet)
{
	switch (data_coding) {
	case 0x00:
		return default_alphabet;
	case 0x01:
		return CODING_ASCII;
	case 0x02:
	case 0x04:
		return CODING_BINARY;
	case 0x03:
		return CODING_LATIN1;
	case 0x08:
		return CODING_UCS2;
	default:
		return CODING_UNKNOWN;
	}
}

/* 3GPP TS 23.038 §4, the general group with a class, uncompressed: bits 3 and 2 are the
 * alphabet. */
static enum coding classed_coding(uint8_t data_coding, enum coding default_alphabet)
{
	switch (data_coding & 0x0C) {
	case 0x00:
		return default_alphabet;
	case 0x04:
		return CODING_BINARY;
	case 0x08:
		return CODING_UCS2;
	default:
		return CODING_UNKNOWN;
	}
}

struct coding_meaning coding_of(uint8_t data_coding, enum coding default_alphabet)
{
	struct coding_meaning meaning = {CODING_UNKNOWN, CODING_NO_CLASS};

	switch (data_coding & 0xF0) {
	case 0x00:
		meaning.coding = plain_coding(data_coding, default_alphabet);
		break;
	case 0x10:
		meaning.coding = classed_coding(data_coding, default_alphabet);
		meaning.message_class = data_coding & 0x03;
		break;
	case 0xC0:
	case 0xD0:
		meaning.coding = default_alphabet;
		break;
	case 0xE0:
		meaning.coding = CODING_UCS2;
		break;
	case 0xF0:
		meaning.coding = data_coding & 0x04 ? CODING_BINARY : default_alphabet;
		meaning.message_class = data_coding & 0x03;
		break;
	default:
		break;
	}
	return meaning;
}

void coding_decoder_init(struct coding_decoder *decoder, enum coding coding,
			 struct gsm7_shift shift)
{
	*decoder = (struct coding_decoder){.coding = coding};
	gsm7_decoder_init(&decoder->gsm7, shift);
	utf16_decoder_init(&decoder->utf16);
}

static void append_octets(struct span body, struct utf8_buffer *out)
{
	for (size_t i = 0; i < body.length; i++)
		utf8_append(out, body.at[i]);
}

static bool has_high_octet(struct span body)
{
	for (size_t i = 0; i < body.length; i++) {
		if (body.at[i] > 0x7F)
			return true;
	}
	return false;
}

static void append_hex(struct span body, struct utf8_buffer *out)
{
	char digits[3];

	for (size_t i = 0; i < body.length; i++) {
		hex_put((struct span){&body.at[i], 1}, digits);
		utf8_append(out, (uint8_t)digits[0]);
		utf8_append(out, (uint8_t)digits[1]);
	}
}

static void feed_packed(struct gsm7_decoder *decoder, struct span body, unsigned fill,
			struct utf8_buffer *out)
{
	size_t count = gsm7_packed_count(body, fill);

	for (size_t i = 0; i < count; i++) {
		uint8_t septet = gsm7_packed_at(body, fill, i);
		gsm7_decoder_feed(decoder, (struct span){&septet, 1}, out);
	}
}

void coding_decoder_feed(struct coding_decoder *decoder, struct span body, unsigned fill,
			 struct utf8_buffer *out)
{
	switch (decoder->coding) {
	case CODING_GSM7:
		gsm7_decoder_feed(&decoder->gsm7, body, out);
		break;
	case CODING_GSM7_PACKED:
		feed_packed(&decoder->gsm7, body, fill, out);
		break;
	case CODING_ASCII:
		if (has_high_octet(body))
			decoder->flags |= CODING_FLAG_FOREIGN;
		append_octets(body, out);
		break;
	case CODING_LATIN1:
		append_octets(body, out);
		break;
	case CODING_UCS2:
		utf16_decoder_feed(&decoder->utf16, body, out);
		break;
	case CODING_BINARY:
		decoder->flags |= CODING_FLAG_BINARY;
		append_hex(body, out);
		break;
	case CODING_UNKNOWN:
		decoder->flags |= CODING_FLAG_UNKNOWN;
		append_hex(body, out);
		break;
	}
}

void coding_decoder_end(struct coding_decoder *decoder, struct utf8_buffer *out)
{
	gsm7_decoder_end(&decoder->gsm7, out);
	utf16_decoder_end(&decoder->utf16, out);
	if (decoder->gsm7.foreign)
		decoder->flags |= CODING_FLAG_FOREIGN;
	if (decoder->gsm7.unknown_escape)
		decoder->flags |= CODING_FLAG_ESCAPE;
	if (decoder->gsm7.unassigned)
		decoder->flags |= CODING_FLAG_UNASSIGNED;
	if (decoder->utf16.lone)
		decoder->flags |= CODING_FLAG_LONE_SURROGATE;
	if (decoder->utf16.odd)
		decoder->flags |= CODING_FLAG_ODD_LENGTH;
}

int coding_decode(enum coding coding, struct span body, struct utf8_buffer *out, unsigned *flags)
{
	struct coding_decoder decoder;

	coding_decoder_init(&decoder, coding, (struct gsm7_shift){0});
	coding_decoder_feed(&decoder, body, 0, out);
	coding_decoder_end(&decoder, out);
	if (out->full)
		return -EMSGSIZE;
	*flags = decoder.flags;
	return 0;
}
