#ifndef BINDERY_SMPP_CODING_H
#define BINDERY_SMPP_CODING_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/gsm7.h"
#include "smpp/span.h"
#include "smpp/utf16.h"
#include "smpp/utf8.h"

/* What data_coding says about a body (SMPP 3.4 §5.2.19, 3GPP TS 23.038 §4), and the way from a
 * body in any coding to UTF-8. */

enum coding {
	CODING_GSM7 = 0,    /* a septet in each octet */
	CODING_GSM7_PACKED, /* eight septets in seven octets */
	CODING_ASCII,
	CODING_LATIN1,
	CODING_UCS2,	/* read and written as UTF-16BE */
	CODING_BINARY,	/* not text; shown as hex */
	CODING_UNKNOWN, /* a data_coding that we cannot read; shown as hex and flagged */
};
#define CODING_COUNT 7

#define CODING_NO_CLASS (-1)

struct coding_meaning {
	enum coding coding;
	int message_class; /* 0 (flash) to 3, or CODING_NO_CLASS */
};

/* What to know about a decoded text; none of them means that something was dropped. */
enum coding_flag {
	CODING_FLAG_FOREIGN = 1 << 0, /* octets above 0x7F in a 7-bit coding, read as Latin-1 */
	CODING_FLAG_ESCAPE = 1 << 1,  /* an escape that leads nowhere */
	CODING_FLAG_LONE_SURROGATE = 1 << 2,
	CODING_FLAG_ODD_LENGTH = 1 << 3,
	CODING_FLAG_BINARY = 1 << 4,	 /* the text is the hex of the body */
	CODING_FLAG_UNKNOWN = 1 << 5,	 /* the same, because data_coding is unknown */
	CODING_FLAG_BAD_UDH = 1 << 6,	 /* the header could not be read and is part of the text */
	CODING_FLAG_PARTIAL = 1 << 7,	 /* parts are missing */
	CODING_FLAG_UNASSIGNED = 1 << 8, /* a septet that the tables leave empty, read as U+FFFD */
};

/* Room that the text of a body of `octets` always fits into. */
#define CODING_TEXT_MAX(octets) (4 * (size_t)(octets) + 8)

/* `default_alphabet` is the carrier's setting: CODING_GSM7, CODING_GSM7_PACKED, CODING_LATIN1 or
 * CODING_ASCII. It is what data_coding 0 and the class groups without an alphabet mean. */
struct coding_meaning coding_of(uint8_t data_coding, enum coding default_alphabet);

/* "gsm7", "gsm7_packed", "ascii", "latin1", "ucs2", "binary", "unknown". */
const char *coding_name(enum coding coding);

/* Reads a name that can be a default alphabet. Returns 0, or -EINVAL. */
__attribute__((warn_unused_result)) int coding_alphabet(const char *name, enum coding *alphabet);

/* Decodes a body span after span, so that what a sender cut between two segments is joined. */
struct coding_decoder {
	enum coding coding;
	unsigned flags; /* enum coding_flag, complete after coding_decoder_end() */
	struct gsm7_decoder gsm7;
	struct utf16_decoder utf16;
};

void coding_decoder_init(struct coding_decoder *decoder, enum coding coding,
			 struct gsm7_shift shift);

/* `fill` is the number of fill bits before the text, used by CODING_GSM7_PACKED only. */
void coding_decoder_feed(struct coding_decoder *decoder, struct span body, unsigned fill,
			 struct utf8_buffer *out);
void coding_decoder_end(struct coding_decoder *decoder, struct utf8_buffer *out);

/* One body without a header in one call. Returns 0, or -EMSGSIZE when `out` is full; `flags` gets
 * enum coding_flag. */
__attribute__((warn_unused_result)) int coding_decode(enum coding coding, struct span body,
						      struct utf8_buffer *out, unsigned *flags);

#endif
