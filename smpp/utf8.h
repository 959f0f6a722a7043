#ifndef BINDERY_SMPP_UTF8_H
#define BINDERY_SMPP_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/* UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing above U+10FFFF. */

#define UTF8_REPLACEMENT 0xFFFDu
#define UTF8_MALFORMED UINT32_MAX /* not a code point; what utf8_next() returns for bad octets */
#define UTF8_POINT_MAX 0x10FFFFu
#define UTF8_OCTETS_MAX 4 /* octets of one character */

/* Where the decoders of this room write their text. The caller owns `at`; `length` octets of it
 * are used. Once a character did not fit, `full` is set and nothing more is written, so that a
 * character is never cut. */
struct utf8_buffer {
	uint8_t *at;
	size_t length, capacity;
	bool full;
};

/* Starts an empty buffer over the caller's `capacity` octets. */
void utf8_buffer_init(struct utf8_buffer *buffer, uint8_t *at, size_t capacity);

/* Appends one character; a value that is no character becomes U+FFFD. */
void utf8_append(struct utf8_buffer *buffer, uint32_t point);

/* Reads the character at `*offset`, which must be below text.length, and moves `*offset` past it.
 * For malformed octets it returns UTF8_MALFORMED and moves past the longest prefix that could have
 * begun a character, at least one octet (Unicode 15 §3.9, "maximal subpart"). */
uint32_t utf8_next(struct span text, size_t *offset);

/* Writes one character, at most UTF8_OCTETS_MAX octets, and returns their number; a value that is
 * no character becomes U+FFFD. */
size_t utf8_put(uint32_t point, uint8_t *out);

bool utf8_valid(struct span text);

/* How many of the first `most` octets of well-formed text are whole characters. */
size_t utf8_cut(struct span text, size_t most);

/* Copies `text` with every malformed sequence as U+FFFD: at most three octets for each octet.
 * Returns 0, or -EMSGSIZE when `out` is full. */
__attribute__((warn_unused_result)) int utf8_repair(struct span text, struct utf8_buffer *out);

#endif
