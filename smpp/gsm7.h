#ifndef BINDERY_SMPP_GSM7_H
#define BINDERY_SMPP_GSM7_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/span.h"
#include "smpp/utf8.h"

/*
 * The GSM 7-bit default alphabet, its extension table and the national language tables
 * (3GPP TS 23.038 §6.2.1 and annex A). A septet stands in one octet here; gsm7_pack() and
 * gsm7_packed_at() go to and from the packed form (§6.1.2.1).
 */

#define GSM7_ESCAPE 0x1B
#define GSM7_CR 0x0D
#define GSM7_SEPTETS_MAX 2 /* septets of one character: itself, or an escape and another */

/* National language identifiers, 3GPP TS 23.038 §6.2.1.2.4. */
enum gsm7_language {
	GSM7_DEFAULT = 0,
	GSM7_TURKISH = 1,
	GSM7_SPANISH = 2, /* has a single shift table only */
	GSM7_PORTUGUESE = 3,
	GSM7_BENGALI = 4, /* and Assamese */
	GSM7_GUJARATI = 5,
	GSM7_HINDI = 6,
	GSM7_KANNADA = 7,
	GSM7_MALAYALAM = 8,
	GSM7_ORIYA = 9,
	GSM7_PUNJABI = 10,
	GSM7_TAMIL = 11,
	GSM7_TELUGU = 12,
	GSM7_URDU = 13,
};
#define GSM7_LANGUAGES_COUNT 14 /* identifiers that have a table, 0 included */

/* Which tables a message uses, as identifiers from its UDH (elements 0x25 and 0x24). One that we
 * have no table for is read by the default table, as §6.2.1.2.4 asks. */
struct gsm7_shift {
	uint8_t locking, single;
};

struct gsm7_decoder {
	struct gsm7_shift shift;
	bool escaped;	     /* the last septet was an escape */
	bool foreign;	     /* an octet above 0x7F came; it was read as Latin-1 */
	bool unknown_escape; /* an escape led to nothing that the tables hold */
	bool unassigned;     /* a septet that the tables leave empty; it was read as U+FFFD */
};

/* "turkish" to "urdu"; NULL for 0 and for what has no table. */
const char *gsm7_language_name(uint8_t language);

/* Reads such a name. Returns 0, or -EINVAL. */
__attribute__((warn_unused_result)) int gsm7_language(const char *name, uint8_t *language);

bool gsm7_has_locking(uint8_t language);
bool gsm7_has_single(uint8_t language);

void gsm7_decoder_init(struct gsm7_decoder *decoder, struct gsm7_shift shift);

/* Decodes unpacked septets. An escape at the end of one span joins the first septet of the next.
 * An escape to an empty place shows the character of the main table; a double escape or one at
 * the very end shows a space (§6.2.1.1). An empty place of the main table, which the standard does
 * not speak of, shows U+FFFD. Nothing is dropped. */
void gsm7_decoder_feed(struct gsm7_decoder *decoder, struct span septets, struct utf8_buffer *out);
void gsm7_decoder_end(struct gsm7_decoder *decoder, struct utf8_buffer *out);

/* Writes the septets of one character, at most GSM7_SEPTETS_MAX, and returns their number: 0 when
 * the tables do not hold it. */
size_t gsm7_put(uint32_t point, struct gsm7_shift shift, uint8_t *out);

/* Encodes UTF-8 as unpacked septets and returns their number; -EILSEQ when the text is malformed
 * or holds a character that the tables do not, -EMSGSIZE when `capacity` is too small. */
__attribute__((warn_unused_result)) int gsm7_encode(struct span text, struct gsm7_shift shift,
						    uint8_t *out, size_t capacity);

/* Bits left empty after a UDH of `octets` so that the text starts on a septet boundary, 0..6
 * (3GPP TS 23.040 §9.2.3.24). */
unsigned gsm7_fill_bits(size_t octets);

/* Packs septets after `fill` empty bits, 0..6. Returns the number of octets, or -EMSGSIZE. `out`
 * may be where the septets stand. */
__attribute__((warn_unused_result)) int gsm7_pack(struct span septets, unsigned fill, uint8_t *out,
						  size_t capacity);

/* The number of whole septets after `fill` bits. SMPP counts octets, so seven bits at the very end
 * can be padding: zero, or a final "@", is taken for it, and a CR is removed (3GPP TS 23.038
 * §6.1.2.3.1, by which who means one there writes two). */
size_t gsm7_packed_count(struct span packed, unsigned fill);

/* The septet `index`, below gsm7_packed_count(). */
uint8_t gsm7_packed_at(struct span packed, unsigned fill, size_t index);

#endif
