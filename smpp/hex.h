#ifndef BINDERY_SMPP_HEX_H
#define BINDERY_SMPP_HEX_H

#include "smpp/span.h"

/* Octets as hexadecimal digits, two each. They are written in lower case. */

/* Writes the digits and a NUL: room for 2 * octets.length + 1. → Where the NUL stands. */
char *hex_put(struct span octets, char *out);
/* A UUID of 16 random octets (RFC 9562 §5.4): version and variant take six bits of octets 6 and 8.
 */
#define HEX_UUID_MAX 37 /* with the NUL */
void hex_put_uuid(const uint8_t random[16], char out[HEX_UUID_MAX]);
/* What a digit in lower case stands for, or one in either case; -1 for anything else. */
int hex_digit(uint8_t digit);
int hex_digit_any(uint8_t digit);
/* The octets of digits in lower case: room for digits.length / 2. False where it is not all pairs
 * of them; then what is in `out` means nothing. */
bool hex_read(struct span digits, uint8_t *out) __attribute__((warn_unused_result));

#endif
