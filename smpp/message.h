#ifndef BINDERY_SMPP_MESSAGE_H
#define BINDERY_SMPP_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * The record that crosses between the processes: what the gateway heard, what it is to send, what
 * became of it. A record is an opaque value of a Redis stream field; this is its only codec.
 *
 * Layout, all integers big-endian: one octet MESSAGE_VERSION, one octet enum message_kind, then
 * fields of {one octet tag, four octets length, value}. A reader skips tags that it does not know
 * and refuses a version above its own, a kind that it does not know, a field that runs past the
 * end, a repeated field and a missing mandatory one: the caller puts such a record aside.
 */

#define MESSAGE_VERSION 1
/* Octets of one record: twice a PDU of PDU_SIZE_MAX, since a message_payload is the body too. */
#define MESSAGE_RECORD_MAX ((size_t)144 * 1024)
#define MESSAGE_ADDRESS_MAX 24		/* a canonical address, without a NUL */
#define MESSAGE_NAME_MAX 64		/* a carrier's name, an id */
#define MESSAGE_VALIDITY_MAX_S 2678400u /* 31 days, what time_format_relative() can say */
#define MESSAGE_SCHEDULE_MAX_S 2678400u /* a message waits no longer for its time */

enum message_kind {
	MESSAGE_MO = 1,	    /* a deliver_sm or data_sm, receipts included */
	MESSAGE_MT = 2,	    /* an outbound message, before it is cut into segments */
	MESSAGE_RESULT = 3, /* the outcome of one segment's submit_sm */
};

enum message_class {
	MESSAGE_INTERACTIVE = 0,
	MESSAGE_TRANSACTIONAL = 1,
	MESSAGE_BULK = 2,
};
#define MESSAGE_CLASS_COUNT 3

/* As the streams of a class are called, "bulk". Never NULL. */
const char *message_class_name(enum message_class class);

/* What was heard. Addresses stand twice: canonical (`+` and digits, short-code digits, or text) as
 * the threading key, and raw with TON/NPI as evidence. */
struct message_mo {
	struct span carrier; /* the account's name in bindery.conf, 1..MESSAGE_NAME_MAX */
	uint32_t bind;	     /* which of the carrier's binds, from 0 */
	uint32_t sequence;   /* the PDU's sequence_number */
	uint64_t heard_ms;   /* Unix time, ms */
	uint64_t broken_ms;  /* Unix time, ms, of a break shortly before it, 0 = none: an equal
			      * message  heard until then may be this one, whose answer got lost */
	struct span ours, customer;
	struct span raw_source, raw_destination;
	uint8_t source_ton, source_npi, destination_ton, destination_npi;
	uint8_t esm_class, protocol_id, data_coding;
	bool from_payload; /* body is the message_payload TLV (0x0424) */
	struct span body;  /* short_message, or message_payload where that stands in for it */
	struct span tlvs;  /* every TLV of the PDU, raw, in its order */
};

/* What is to be sent. Text is UTF-8; the gateway cuts it with segment_plan() by the carrier's
 * settings and the reference that stands beside the record in the stream, so that a second attempt
 * carries the same references. */
struct message_mt {
	struct span id;		  /* the message's id, 1..MESSAGE_NAME_MAX */
	struct span conversation; /* may be empty */
	struct span carrier;
	struct span ours, customer;
	struct span text;
	enum message_class class;
	bool receipt;	      /* ask for a delivery receipt */
	uint64_t accepted_ms; /* Unix time, ms */
	uint64_t expires_ms;  /* not sent after this; 0 = no limit */
	bool flash;	      /* message class 0: segment_options.flash */
	uint32_t validity_s; /* validity_period for the SMSC, to MESSAGE_VALIDITY_MAX_S; 0 = none */
	uint64_t schedule_ms; /* schedule_delivery_time for the SMSC, Unix time, ms; 0 = at once */
	bool once; /* never submitted again where its outcome is unknown, whatever the policy */
};

enum message_outcome {
	MESSAGE_SENT = 1, /* submit_sm_resp ESME_ROK, smsc_id is the carrier's id (may be empty) */
	MESSAGE_FAILED = 2,  /* refused for good; `status` says why, or 0 with `reason` */
	MESSAGE_UNKNOWN = 3, /* no answer came, or a crash ate it, and policy is `hold`,
			      * or it may go out once alone */
	MESSAGE_RESENT = 4,  /* outcome was unknown and policy is `resubmit`: sent once more */
};

struct message_result {
	struct span id; /* of the message_mt */
	struct span carrier;
	uint32_t bind;
	uint16_t segment, segments; /* segment counts from 0; segments is 1..255 */
	enum message_outcome outcome;
	uint32_t status; /* SMPP command_status */
	struct span smsc_id;
	struct span reason; /* a word where no status tells it: "expired", "response_timeout" */
	uint64_t submitted_ms, answered_ms; /* 0 where it did not happen */
	uint64_t schedule_ms; /* Unix time, ms: the carrier was told to keep it until then */
};

struct message {
	enum message_kind kind;
	union {
		struct message_mo mo;
		struct message_mt mt;
		struct message_result result;
	};
};

/* Writes `message` as a record. Returns the number of octets, or -EMSGSIZE when `capacity` or
 * MESSAGE_RECORD_MAX is too small, or -EINVAL when a mandatory field is missing or too long. */
__attribute__((warn_unused_result)) int message_encode(const struct message *message, uint8_t *out,
						       size_t capacity);

/* Reads a record; the spans in `message` borrow from `record`. Returns 0; -EPROTO for a malformed
 * record, -ENOTSUP for a later version or an unknown kind, -EMSGSIZE above MESSAGE_RECORD_MAX.
 * `message` is written only on success. */
__attribute__((warn_unused_result)) int message_decode(struct span record, struct message *message);

/* Fingerprint by which a repeated MO is known: account, canonical addresses, esm_class,
 * data_coding, body and the TLVs that identify a message; not the bind, sequence or times. */
uint64_t message_fingerprint(const struct message_mo *mo);

#endif
