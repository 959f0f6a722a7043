#ifndef BINDERY_SMPP_RECEIPT_H
#define BINDERY_SMPP_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * Delivery receipts: SMPP 3.4 §5.2.12 (esm_class), Appendix B (the text form), §5.2.28 and
 * §5.3.2.12, .31, .35 (message_state and the TLVs). The text form is read in any order and case,
 * with missing or extra fields, with `=` as with `:`, values in quotation marks or not, and by the
 * names that carriers give the fields (`state`, `message_id`); TLVs win where present.
 */

/* Octets of a raw id, and a capacity that suffices for any canonical one with its NUL. */
#define RECEIPT_ID_MAX 160
#define RECEIPT_ID_CANONICAL 200

/* The message type of an esm_class, its bits 2..5. */
enum receipt_type {
	RECEIPT_TYPE_MESSAGE = 0x00,	  /* an ordinary message */
	RECEIPT_TYPE_RECEIPT = 0x04,	  /* an SMSC delivery receipt */
	RECEIPT_TYPE_SME_ACK = 0x08,	  /* SME delivery acknowledgement */
	RECEIPT_TYPE_USER_ACK = 0x10,	  /* SME manual/user acknowledgement */
	RECEIPT_TYPE_ABORT = 0x18,	  /* conversation abort (Korean CDMA) */
	RECEIPT_TYPE_INTERMEDIATE = 0x20, /* intermediate delivery notification */
	RECEIPT_TYPE_OTHER = 0x3C,	  /* any other value of the bits */
};

enum receipt_type receipt_type(uint8_t esm_class);

/* message_state values, SMPP 3.4 §5.2.28; SCHEDULED and SKIPPED are SMPP 5.0. */
enum receipt_state {
	RECEIPT_SCHEDULED = 0,
	RECEIPT_ENROUTE = 1,
	RECEIPT_DELIVERED = 2,
	RECEIPT_EXPIRED = 3,
	RECEIPT_DELETED = 4,
	RECEIPT_UNDELIVERABLE = 5,
	RECEIPT_ACCEPTED = 6,
	RECEIPT_UNKNOWN = 7,
	RECEIPT_REJECTED = 8,
	RECEIPT_SKIPPED = 9,
};

/* Whether nothing follows after it. ACCEPTED and UNKNOWN are not final: a carrier may still say
 * what became of the message. (UNKNOWN all the same ends the waiting: router/threading.) */
bool receipt_is_final(enum receipt_state state);

/* "delivered"; "unknown" for a value outside the enum. */
const char *receipt_state_name(enum receipt_state state);

struct receipt {
	struct span id; /* raw, empty when there is none */
	bool has_state; /* false too where `stat` is a word that says nothing to us */
	enum receipt_state state;
	bool has_network_error; /* network_error_code: network type and code */
	uint8_t network_type;
	uint16_t network_error;
	/* Raw values of the text form, empty when missing. */
	struct span submitted, delivered; /* `sub:` and `dlvrd:` */
	struct span submit_date, done_date;
	struct span stat, error, text;
};

/* Reads a receipt out of its text and the TLVs of a deliver_sm or data_sm. Spans borrow from them.
 * Returns 0, or -EPROTO when there is neither an id nor a state in it; `receipt` is written only on
 * success. */
__attribute__((warn_unused_result)) int receipt_parse(struct span text, struct span tlvs,
						      struct receipt *receipt);

/* Octets of a receipt's text that were not octets on the wire; what is longer is cut. */
#define RECEIPT_TEXT_MAX 1024

/* The text of a receipt's body: all of it, or what stands behind the user data header where
 * esm_class says that there is one (0x44). What was written as UCS-2 is narrowed into `wide`, with
 * `?` for what no octet holds; else the text borrows from `body`. */
struct span receipt_text(uint8_t esm_class, uint8_t data_coding, struct span body,
			 uint8_t wide[RECEIPT_TEXT_MAX]);

/* Whether an ordinary message is a receipt all the same: its text has an id and a `stat:`, or by
 * another name or sign a state of receipt_state, or its TLVs are receipted_message_id and
 * message_state. Only for carriers that are configured so. */
bool receipt_sniff(struct span text, struct span tlvs);

/* How a carrier writes a message id in one place; submit_sm_resp and receipt may differ. */
enum receipt_id_form {
	RECEIPT_ID_TEXT,    /* case folded, leading zeros off */
	RECEIPT_ID_EXACT,   /* octet by octet */
	RECEIPT_ID_DECIMAL, /* a decimal number of any length */
	RECEIPT_ID_HEX,	    /* a hexadecimal number of any length; canonical is its decimal */
};

/* The canonical id as a NUL-terminated string, by which a response and a receipt meet. An id that
 * is not a number of the form asked for is taken as RECEIPT_ID_TEXT. Returns its length, -EINVAL
 * for an empty id or one above RECEIPT_ID_MAX, -EMSGSIZE when `capacity` is too small. */
__attribute__((warn_unused_result)) int
receipt_canonical_id(struct span id, enum receipt_id_form form, char *out, size_t capacity);

#endif
