#ifndef BINDERY_SMPP_UDH_H
#define BINDERY_SMPP_UDH_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/gsm7.h"
#include "smpp/span.h"

/* The user data header, 3GPP TS 23.040 §9.2.3.24, and the SAR TLVs that say the same thing. */

#define UDH_OCTETS_MAX 256 /* a length octet and what it can count */
#define UDH_WRITE_MAX 13   /* the longest that udh_write() makes */

enum udh_element {
	UDH_CONCAT_8 = 0x00,
	UDH_PORTS_8 = 0x04,
	UDH_PORTS_16 = 0x05,
	UDH_CONCAT_16 = 0x08,
	UDH_SINGLE_SHIFT = 0x24,
	UDH_LOCKING_SHIFT = 0x25,
};

enum udh_concat_kind {
	UDH_CONCAT_NONE = 0,
	UDH_CONCAT_REF8,
	UDH_CONCAT_REF16,
	UDH_CONCAT_SAR,
};

/* Which part of which message this is. total is 1..255 and number 1..total, except for
 * UDH_CONCAT_NONE, where all are 0. */
struct udh_concat {
	enum udh_concat_kind kind;
	uint16_t reference;
	uint8_t total, number;
};

struct udh {
	size_t length;	/* octets with the length octet: what comes before the text; 0 if malformed
			 */
	bool malformed; /* the header does not fit its own lengths: the whole body is text */
	struct udh_concat concat;
	bool has_ports;
	uint16_t destination_port, source_port;
	struct gsm7_shift shift;
	uint8_t ignored; /* elements not known to us, or with a length or value they cannot have */
};

/* Reads the header at the start of `body`, for a PDU whose esm_class has the UDHI bit (0x40). Of a
 * repeated element the last counts; a concatenation of 0 parts, or with a part number out of
 * range, is ignored (§9.2.3.24.1). */
void udh_read(struct span body, struct udh *udh);

/* Reads sar_msg_ref_num, sar_total_segments and sar_segment_seqnum (SMPP 3.4 §5.3.2.22) out of a
 * PDU's raw TLVs. UDH_CONCAT_NONE unless all three are there and in range. */
struct udh_concat udh_concat_of_tlvs(struct span tlvs);

/* Writes a header with these elements, at most UDH_WRITE_MAX octets, and returns its length: 0
 * when there is nothing to say. UDH_CONCAT_SAR writes no element. */
size_t udh_write(const struct udh_concat *concat, struct gsm7_shift shift, uint8_t *out);

#endif
