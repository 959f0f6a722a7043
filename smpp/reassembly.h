#ifndef BINDERY_SMPP_REASSEMBLY_H
#define BINDERY_SMPP_REASSEMBLY_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/coding.h"
#include "smpp/message.h"
#include "smpp/udh.h"

/*
 * From what was heard to text. The parts of a concatenated message are kept by the caller (the
 * router keeps the records in a Redis hash) and joined here, whole or as far as they came.
 */

#define REASSEMBLY_PARTS_MAX 255
#define REASSEMBLY_KEY_MAX 80  /* octets of a key, with its NUL */
#define REASSEMBLY_GAP 0x2026u /* U+2026, written where one or more parts are missing */

/* One deliver_sm, read as far as joining needs. Borrows from the message. */
struct reassembly_part {
	struct udh_concat concat; /* UDH_CONCAT_NONE: the message is whole as it is */
	enum coding coding;
	int message_class; /* 0 (flash) to 3, or CODING_NO_CLASS */
	unsigned fill;	   /* fill bits before packed septets */
	unsigned flags;	   /* CODING_FLAG_BAD_UDH or 0 */
	uint16_t destination_port, source_port;
	bool has_ports;
	struct gsm7_shift shift;
	struct span body; /* without its header */
};

/* Reads the header (esm_class UDHI), the SAR TLVs and data_coding of `mo`. A header in the body
 * wins over SAR TLVs. A total of 1 is a whole message. */
void reassembly_read(const struct message_mo *mo, enum coding default_alphabet,
		     struct reassembly_part *part);

/* The key under which the parts of one message meet: `<ours>:<customer>:<u|w|s><reference>:<total>`
 * with u = 8-bit, w = 16-bit, s = SAR, and the reference in lower-case hex. Returns its length
 * without the NUL; -EINVAL for a whole message, -EMSGSIZE when `capacity` is too small. */
__attribute__((warn_unused_result)) int reassembly_key(const struct message_mo *mo,
						       const struct udh_concat *concat, char *out,
						       size_t capacity);

struct reassembly_result {
	unsigned flags;	  /* enum coding_flag; CODING_FLAG_PARTIAL when a part is missing */
	unsigned total;	  /* parts that the message has */
	unsigned have;	  /* of them here, duplicates not counted */
	unsigned ignored; /* duplicates, and parts of another message */
};

/* Joins parts of one message in their order, whatever order they stand in; of parts with the same
 * number the first counts. Bodies of the same coding are joined before they are decoded, so an
 * escape or surrogate pair cut by the sender is whole again. A single part without concatenation
 * is just decoded. CODING_TEXT_MAX(sum of the bodies) + 3 * (total + 1) octets of room always
 * suffice. Returns 0, -EINVAL when `count` is 0 or above REASSEMBLY_PARTS_MAX * 4, -EMSGSIZE when
 * `out` is full. */
__attribute__((warn_unused_result)) int reassembly_join(const struct reassembly_part *parts,
							size_t count, struct utf8_buffer *out,
							struct reassembly_result *result);

/* The schedule of one concatenated message, with the clock as an argument. */
struct reassembly {
	uint8_t total;
	uint8_t have;
	bool delivered;	   /* the text was handed on, whole or partial */
	uint64_t first_ms; /* when its first part came */
	uint64_t parts[4]; /* bit n - 1 of these 256 is set when part n is here */
};

enum reassembly_verdict {
	REASSEMBLY_WAIT = 0,
	REASSEMBLY_COMPLETE,  /* deliver it: the last part came */
	REASSEMBLY_PARTIAL,   /* deliver what is there: the rest is overdue */
	REASSEMBLY_LATE,      /* deliver it again: a part of a message delivered partial came */
	REASSEMBLY_DUPLICATE, /* nothing new */
	REASSEMBLY_FOREIGN,   /* not a part of this message */
};

void reassembly_init(struct reassembly *reassembly, uint8_t total, uint64_t now_ms);
enum reassembly_verdict reassembly_add(struct reassembly *reassembly,
				       const struct udh_concat *concat);

/* Asks whether to stop waiting. A clock that went back starts the wait anew. */
enum reassembly_verdict reassembly_expire(struct reassembly *reassembly, uint64_t now_ms,
					  uint64_t timeout_ms);

#endif
