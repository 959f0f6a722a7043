#ifndef BINDERY_SMPP_TLV_H
#define BINDERY_SMPP_TLV_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * Optional parameters, SMPP 3.4 §3.2.4 and §5.3: two octets tag, two octets length, value. They
 * are kept as one raw span in their order and walked on demand; nothing is copied. Every walk ends
 * after TLV_COUNT_MAX parameters, whatever the span holds.
 */

#define TLV_HEADER_SIZE ((size_t)4)
#define TLV_COUNT_MAX 256

enum tlv_tag {
	TLV_RECEIPTED_MESSAGE_ID = 0x001E,
	TLV_SOURCE_SUBADDRESS = 0x0202,
	TLV_DEST_SUBADDRESS = 0x0203,
	TLV_USER_MESSAGE_REFERENCE = 0x0204,
	TLV_SOURCE_PORT = 0x020A,
	TLV_DESTINATION_PORT = 0x020B,
	TLV_SAR_MSG_REF_NUM = 0x020C,
	TLV_SAR_TOTAL_SEGMENTS = 0x020E,
	TLV_SAR_SEGMENT_SEQNUM = 0x020F,
	TLV_SC_INTERFACE_VERSION = 0x0210,
	TLV_NETWORK_ERROR_CODE = 0x0423,
	TLV_MESSAGE_PAYLOAD = 0x0424,
	TLV_DELIVERY_FAILURE_REASON = 0x0425,
	TLV_MORE_MESSAGES_TO_SEND = 0x0426,
	TLV_MESSAGE_STATE = 0x0427,
	TLV_CONGESTION_STATE = 0x0428,
};

struct tlv {
	uint16_t tag;
	struct span value; /* 0..65535 octets, borrows */
};

/* Takes the first parameter off `rest` into `tlv`. False, with both untouched, when `rest` is
 * empty or does not begin with a whole parameter. The caller bounds its loop, or relies on each
 * step taking at least TLV_HEADER_SIZE octets. */
bool tlv_next(struct span *rest, struct tlv *tlv);

/* The prefix of `bytes` that is whole parameters, at most TLV_COUNT_MAX of them. */
struct span tlv_valid(struct span bytes);

/* The first parameter with that tag. False, with `value` untouched, when there is none. */
bool tlv_find(struct span tlvs, uint16_t tag, struct span *value);

/* An integer parameter of 1..4 octets, big-endian, whatever length the specification gives it;
 * carriers send odd ones. False when absent, empty, longer, or more than `max`. */
bool tlv_number(struct span tlvs, uint16_t tag, uint32_t max, uint32_t *value);

/* A text parameter without the NULs that end it. False when absent. */
bool tlv_text(struct span tlvs, uint16_t tag, struct span *value);

/* Write one parameter. Return the octets written, -EMSGSIZE when `capacity` is too small, -EINVAL
 * for a value above 65535 octets. */
__attribute__((warn_unused_result)) int tlv_put(uint16_t tag, struct span value, uint8_t *out,
						size_t capacity);
__attribute__((warn_unused_result)) int tlv_put_u8(uint16_t tag, uint8_t value, uint8_t *out,
						   size_t capacity);
__attribute__((warn_unused_result)) int tlv_put_u16(uint16_t tag, uint16_t value, uint8_t *out,
						    size_t capacity);

/* The specification's name of a tag, "message_payload"; NULL for one that it does not define. */
const char *tlv_name(uint16_t tag);

#endif
