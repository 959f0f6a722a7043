#ifndef BINDERY_SMPP_TLV_TELL_H
#define BINDERY_SMPP_TLV_TELL_H

#include <stddef.h>

#include "smpp/span.h"

/* Optional parameters of a vendor's for people: by the names that a carrier's configuration gives
 * them, and otherwise by number and in hex. */

#define TLV_NAMES_MAX 32
#define TLV_NAME_OCTETS_MAX 32
#define TLV_TELL_COUNT_MAX 16	/* parameters of one PDU that are told */
#define TLV_TELL_OCTETS_MAX 128 /* of a value */
/* Octets that suffice for all that is told, with the NUL: a name, a blank, 0x and hex, a newline.
 */
#define TLV_TELL_SIZE                                                                              \
	((size_t)TLV_TELL_COUNT_MAX * (TLV_NAME_OCTETS_MAX + 4 + 2 * TLV_TELL_OCTETS_MAX) + 1)

enum tlv_form {
	TLV_FORM_TEXT,	 /* UTF-8 without control characters; NULs at its end are left out */
	TLV_FORM_NUMBER, /* 1 to 8 octets, big-endian */
	TLV_FORM_HEX,
};

/* A parameter's name; of settings, so the types are theirs. */
struct tlv_naming {
	char *name; /* 1..TLV_NAME_OCTETS_MAX letters, digits, . _ - */
	unsigned tag;
	enum tlv_form form;
};

struct tlv_namings {
	const struct tlv_naming *at;
	size_t count;
};

/* NULL where it has none. */
const struct tlv_naming *tlv_naming(const struct tlv_namings *namings, unsigned tag);

/* Writes one value in its form, or as 0x and hex where it does not fit that, with a NUL. Returns
 * its length, -EMSGSIZE for one above TLV_TELL_OCTETS_MAX or a `capacity` below 3 + twice its
 * octets. */
__attribute__((warn_unused_result)) int tlv_tell_value(enum tlv_form form, struct span value,
						       char *out, size_t capacity);

/* Writes those that are named, and those that neither the names nor the specification know, in
 * their order: `name value` or `0x1401 0xhex`, each with a newline behind it. Returns how many were
 * left out: values that are too long, and what stands behind TLV_TELL_COUNT_MAX. */
unsigned tlv_tell(struct span tlvs, const struct tlv_namings *namings, char out[TLV_TELL_SIZE]);

#endif
