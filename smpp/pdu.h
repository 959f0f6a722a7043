#ifndef BINDERY_SMPP_PDU_H
#define BINDERY_SMPP_PDU_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/command.h"
#include "smpp/span.h"
#include "smpp/status.h"

/*
 * Every PDU of SMPP 3.4 §4 as one flat value. A field that the command does not have is empty or
 * 0. Spans borrow from the octets that were decoded and carry no NUL. Requests are read strictly
 * where guessing could change a message, responses never fail: a carrier's odd response costs an
 * anomaly, not the bind.
 */

#define PDU_HEADER_SIZE 16
#define PDU_SIZE_MAX ((size_t)68 * 1024) /* command_length, by default */
#define PDU_SHORT_MESSAGE_MAX 254	 /* octets, SMPP 3.4 §5.2.22 */
#define PDU_STRING_MAX 255 /* octets accepted of any C-Octet String, without its NUL */
/* Of a password as we write one: carriers hand out longer ones than the eight octets of SMPP 3.4
 * §5.2.2. */
#define PDU_SECRET_MAX 64
#define PDU_DESTINATIONS_MAX 255
#define PDU_ANSWER_MAX 32 /* octets of whatever pdu_answer() writes */

struct pdu_header {
	uint32_t length, command, status, sequence;
};

struct pdu_address {
	uint8_t ton, npi;
	struct span number; /* as it stands on the wire */
};

/* What was odd about a PDU that was accepted all the same; bits of pdu.anomalies. */
enum pdu_anomaly {
	PDU_LONG_STRING = 1 << 0,   /* a C-Octet String above its limit in the specification */
	PDU_UNTERMINATED = 1 << 1,  /* a response's last string ended by the PDU, not by NUL */
	PDU_SHORT_BODY = 1 << 2,    /* a response that lacks fields */
	PDU_ERROR_BODY = 1 << 3,    /* an error response that has a body */
	PDU_TRAILING = 1 << 4,	    /* octets after the body that are no TLV */
	PDU_TWO_BODIES = 1 << 5,    /* short_message and message_payload; short_message wins */
	PDU_LONG_MESSAGE = 1 << 6,  /* sm_length 255 */
	PDU_ODD_SEQUENCE = 1 << 7,  /* sequence_number 0 or above 0x7FFFFFFF */
	PDU_ODD_STATUS = 1 << 8,    /* a request whose command_status is not 0 */
	PDU_REPEATED_TLV = 1 << 9,  /* a tag twice among those that carry the message; first wins */
	PDU_TLV_OVERFLOW = 1 << 10, /* more than TLV_COUNT_MAX parameters; the rest is ignored */
};
#define PDU_ANOMALY_COUNT 11

struct pdu {
	struct pdu_header header;
	uint32_t anomalies; /* enum pdu_anomaly, ored */

	uint8_t interface_version; /* bind_* */
	uint8_t esm_class, protocol_id, priority_flag;
	uint8_t registered_delivery, replace_if_present_flag;
	uint8_t data_coding, sm_default_msg_id;
	uint8_t message_state, error_code; /* query_sm_resp */
	uint8_t list_count;
	bool from_payload; /* decoding only: body is the message_payload TLV */

	/* bind_*, outbind (the first two), bind_*_resp (system_id) */
	struct span system_id, password, system_type;
	struct pdu_address address_range;

	/* submit_sm, deliver_sm, data_sm, submit_multi, replace_sm, query_sm, cancel_sm;
	 * alert_notification keeps its esme_addr in `destination` */
	struct span service_type;
	struct pdu_address source, destination;
	struct span schedule_delivery_time, validity_period;
	struct span short_message;
	struct span body; /* decoding only: short_message, or message_payload in its stead */

	/* the responses that carry an id, and query, cancel, replace */
	struct span message_id;
	struct span final_date;

	/* submit_multi: destinations; submit_multi_resp: those that failed. Raw, list_count
	 * elements, for the walks below */
	struct span list;

	struct span tlvs; /* whole parameters only, in their order: smpp/tlv.h */
};

/* Reads the sixteen octets of a header. `bytes` holds at least PDU_HEADER_SIZE, else false. */
bool pdu_header(struct span bytes, struct pdu_header *header);

/* Reads one whole PDU, header included, as frame_next() gives it. Returns ESME_ROK, or the
 * command_status to refuse it with: ESME_RINVCMDLEN (command_length is not the span's, or the body
 * ends early), ESME_RINVMSGLEN (sm_length runs past the end), ESME_RINVCMDID (unknown command),
 * ESME_RINVNUMDESTS, ESME_RINVDESTFLAG, or the status of a string above PDU_STRING_MAX
 * (ESME_RINVSRCADR and its kin). `pdu` is written only on ESME_ROK. */
__attribute__((warn_unused_result)) enum status pdu_decode(struct span bytes, struct pdu *pdu);

/* Writes the PDU that header.command names; header.length is computed, `body` and `from_payload`
 * are not looked at, `tlvs` goes behind the body as it is. The body of submit_sm_resp and of
 * bind_*_resp is left out where header.status is not 0 (SMPP 3.4 §4.1.2, §4.4.2). Returns the
 * octets written; -EMSGSIZE when `capacity` is too small; -EINVAL for an unknown command, a string
 * above its limit in the specification or with a NUL inside, a short_message above
 * PDU_SHORT_MESSAGE_MAX, TLVs or a list that are not whole, or a sequence outside
 * 1..0x7FFFFFFF in a request. */
__attribute__((warn_unused_result)) int pdu_encode(const struct pdu *pdu, uint8_t *out,
						   size_t capacity);

/* Writes the answer to a request with that status: its own response with empty fields, or
 * generic_nack for an unknown command or a broken length. The sequence is the request's, whatever
 * it is. Returns the octets (at most PDU_ANSWER_MAX), 0 when the request has no answer (outbind,
 * alert_notification, any response), or -EMSGSIZE. */
__attribute__((warn_unused_result)) int pdu_answer(const struct pdu_header *request,
						   uint32_t status, uint8_t *out, size_t capacity);

/* A generic_nack; sequence 0 where that of the offending PDU could not be read. */
__attribute__((warn_unused_result)) int pdu_nack(uint32_t sequence, uint32_t status, uint8_t *out,
						 size_t capacity);

/* One destination of submit_multi: an SME address, or a distribution list when `list_name` is not
 * empty. One unsuccess_sme of submit_multi_resp: an address and its error_status_code. */
struct pdu_destination {
	struct pdu_address address;
	struct span list_name;
	uint32_t status;
};

/* Take the first element off `rest`; false when it is empty or broken. */
bool pdu_next_destination(struct span *rest, struct pdu_destination *destination);
bool pdu_next_unsuccess(struct span *rest, struct pdu_destination *destination);

/* Writes one element of pdu.list for submit_multi. Octets, -EMSGSIZE or -EINVAL. */
__attribute__((warn_unused_result)) int
pdu_put_destination(const struct pdu_destination *destination, uint8_t *out, size_t capacity);

/* The name of one bit, "two_bodies". Never NULL. */
const char *pdu_anomaly_name(enum pdu_anomaly anomaly);

#endif
