#ifndef BINDERY_SMPP_PDU_JSON_H
#define BINDERY_SMPP_PDU_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"
#include "smpp/tlv_tell.h"

/* PDUs for people and tests: one JSON object a PDU, on one line, without a newline. Strings are
 * escaped octet by octet (\u0000 to \u00ff); short_message and the values of TLVs are hex; a
 * password is written as its length. */

/* Octets that suffice for any PDU of PDU_SIZE_MAX. */
#define PDU_JSON_SIZE ((size_t)512 * 1024)

/* Describes a PDU, header included; one that cannot be read becomes {"error":…}. A parameter that
 * is in `namings` has that name, and its value also as `told`. Writes a NUL-terminated string,
 * returns its length or -EMSGSIZE. */
__attribute__((warn_unused_result)) int pdu_json(struct span pdu, const struct tlv_namings *namings,
						 char *out, size_t capacity);

/* Reads hex digits into octets; blanks or colons may stand between octets and 0x before all.
 * Returns their number, -EINVAL for anything else, -EMSGSIZE when `capacity` is too small. */
__attribute__((warn_unused_result)) int pdu_json_unhex(struct span text, uint8_t *out,
						       size_t capacity);

#endif
