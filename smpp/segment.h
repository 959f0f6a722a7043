#ifndef BINDERY_SMPP_SEGMENT_H
#define BINDERY_SMPP_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/coding.h"
#include "smpp/span.h"
#include "smpp/udh.h"

/*
 * From a text to the segments that carry it: segment_plan() decides coding and cuts,
 * segment_build() makes the octets of one segment. Neither parts an escape from its septet nor a
 * surrogate pair (3GPP TS 23.038 §6.2.1.1, TS 23.040 §9.2.3.24.1); a letter and its marks or a
 * joined emoji are parted only where keeping them together would cost a segment more.
 *
 * Units are what the coding counts: septets of GSM 7-bit (an escape pair is two) and of ASCII (as
 * GSM 7-bit, which the SMSC makes of it), octets of Latin-1, 16-bit units of UCS-2. A message of
 * one segment holds 160, 140 or 70 of them; a header takes its octets off that.
 */

#define SEGMENT_SEGMENTS_MAX 255
#define SEGMENT_OCTETS_MAX 254 /* short_message, SMPP 3.4 §5.2.21 */
#define SEGMENT_PAYLOAD_MAX                                                                        \
	((size_t)40 * 1024) /* message_payload of SEGMENT_SEGMENTS_MAX segments */

enum segment_concatenation {
	SEGMENT_UDH8 = 0,
	SEGMENT_UDH16,
	SEGMENT_SAR,	 /* cut as for a 16-bit reference: the SMSC has to find room for a header */
	SEGMENT_PAYLOAD, /* one submit_sm with message_payload when it is longer than one segment */
};

struct segment_options {
	enum coding default_alphabet; /* what data_coding 0 means to the carrier */
	enum segment_concatenation concatenation;
	bool fold;   /* typographic quotes, dashes and spaces may become plain ones */
	bool latin1; /* data_coding 3 may be used where it is not the default alphabet */
	bool flash;  /* message class 0: data_coding 0x10 or 0x18, and no data_coding 3 */
	uint16_t
		languages; /* bit n allows the shift tables of national language n; with UDH only */
	uint16_t segments_max; /* 1..SEGMENT_SEGMENTS_MAX; 0 stands for that maximum */
};

struct segment_plan {
	enum coding coding;
	uint8_t data_coding;
	enum segment_concatenation concatenation;
	struct gsm7_shift shift;
	bool folded;	       /* some character was folded */
	uint16_t segments;     /* what the handset gets and the carrier bills */
	uint16_t submits;      /* PDUs to send: 1 for message_payload, otherwise `segments` */
	uint16_t units_each;   /* units that one segment holds */
	uint16_t units_last;   /* units used in the last segment */
	uint16_t units_left;   /* what still fits into the last segment */
	uint32_t units;	       /* of the whole text */
	bool forced;	       /* the default alphabet could not carry the text */
	uint32_t forced_point; /* the first character that it lacks */
	size_t forced_offset;  /* where that stands in the text, in octets */
	uint32_t starts[SEGMENT_SEGMENTS_MAX + 1]; /* octet offset of each segment, and the end */
};

/* What goes into one submit_sm. The caller owns `octets`: SEGMENT_OCTETS_MAX of them suffice,
 * except for a payload, where SEGMENT_PAYLOAD_MAX do. */
struct segment {
	uint8_t *octets;
	size_t capacity;
	size_t length;
	bool payload;	   /* the octets are the message_payload TLV, not short_message */
	uint8_t esm_class; /* 0, or 0x40 when the octets begin with a UDH; OR it into yours */
	uint8_t data_coding;
	struct udh_concat sar; /* for the three SAR TLVs; UDH_CONCAT_NONE when there are none */
};

/* Plans `text` (UTF-8) with the coding that takes the fewest segments and keeps every character;
 * shift tables only where they make it shorter. Returns 0; -EILSEQ when the text is not UTF-8;
 * -E2BIG when it needs more than segments_max; -EINVAL for options out of range. */
__attribute__((warn_unused_result)) int
segment_plan(struct span text, const struct segment_options *options, struct segment_plan *plan);

/* Builds the submit_sm `index` (0 .. plan->submits - 1) of the same text. `reference` is the
 * message's own, equal in all segments and at a resend; its low eight bits count for SEGMENT_UDH8.
 * Returns 0, -EINVAL when the index is out of range or the plan is not of this text, -EMSGSIZE
 * when `out` has no room. */
__attribute__((warn_unused_result)) int segment_build(const struct segment_plan *plan,
						      struct span text, unsigned index,
						      uint16_t reference, struct segment *out);

/* Describes a plan in one line, as
 * `coding=ucs2 data_coding=8 segments=2 units=75 left=59 forced=U+4F60@12`, or as a JSON object
 * with the same names and more. Returns the length without the NUL, or -EMSGSIZE. */
__attribute__((warn_unused_result)) int segment_describe(const struct segment_plan *plan, bool json,
							 char *out, size_t capacity);

#endif
