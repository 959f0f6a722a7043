#ifndef BINDERY_SMPP_PDU_LAYOUT_H
#define BINDERY_SMPP_PDU_LAYOUT_H

#include "smpp/pdu.h"

/* The mandatory body of every command as data (SMPP 3.4 §4), which the decoder, the encoder, the
 * JSON writer and the wall walk alike. */

enum pdu_kind {
	PDU_OCTET,	  /* uint8_t */
	PDU_STRING,	  /* C-Octet String, a struct span */
	PDU_SECRET,	  /* a PDU_STRING that nobody is shown */
	PDU_MESSAGE,	  /* sm_length and as many octets, a struct span */
	PDU_DESTINATIONS, /* number_of_dests and the list, SMPP 3.4 §4.5.1 */
	PDU_UNSUCCESS,	  /* no_unsuccess and the list, SMPP 3.4 §4.5.2 */
};

struct pdu_field {
	const char *name; /* as the specification has it */
	enum pdu_kind kind;
	uint16_t offset;     /* in struct pdu */
	uint16_t limit;	     /* PDU_STRING: the specification's limit in octets, without the NUL */
	enum status refusal; /* what a request with an impossible value is answered */
};

struct pdu_layout {
	const struct pdu_field *fields; /* NULL only in an unknown command */
	unsigned count;
	bool bare_error; /* an error response has no body */
	bool message;	 /* carries a message: body and from_payload are filled in */
};

/* NULL for a command that SMPP 3.4 does not define. */
const struct pdu_layout *pdu_layout(uint32_t command);

#endif
