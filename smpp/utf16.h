#ifndef BINDERY_SMPP_UTF16_H
#define BINDERY_SMPP_UTF16_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/span.h"
#include "smpp/utf8.h"

/*
 * UTF-16BE, which is what data_coding 8 means in practice (SMPP 3.4 §5.2.19 says UCS-2).
 *
 * The decoder is fed span after span, so that a pair which a sender cut between two segments is
 * still one character. A lone surrogate becomes U+FFFD. A leading U+FEFF is a mark and not text; a
 * leading U+FFFE says that the sender wrote little-endian, and it is read so.
 */

#define UTF16_OCTETS_MAX 4 /* octets of one character */

struct utf16_decoder {
	bool begun, little_endian;
	bool has_octet; /* an octet waits for the other half of its unit */
	uint8_t octet;
	uint16_t high; /* a high surrogate that waits for its low one, or 0 */
	bool lone;     /* a lone surrogate was replaced */
	bool odd;      /* an octet stood alone and was replaced */
};

void utf16_decoder_init(struct utf16_decoder *decoder);

/* Decodes one span. An octet left over from the span before is joined to this one only when this
 * one's length is odd too; otherwise it was a stray and becomes U+FFFD. */
void utf16_decoder_feed(struct utf16_decoder *decoder, struct span octets, struct utf8_buffer *out);

/* Writes what is still waiting as U+FFFD. */
void utf16_decoder_end(struct utf16_decoder *decoder, struct utf8_buffer *out);

/* Writes one character, 2 or 4 octets, and returns their number; a value that is no character
 * becomes U+FFFD. */
size_t utf16_put(uint32_t point, uint8_t *out);

#endif
