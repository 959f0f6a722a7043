#ifndef BINDERY_GATEWAY_TRACE_RECORD_H
#define BINDERY_GATEWAY_TRACE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * One traced PDU as it goes from the daemon to whoever looks on, several in one message. All
 * numbers big-endian: version (1 octet, 1), flags (1 octet, bit 0: written by us), bind (2), Unix
 * time in microseconds (8), PDUs dropped so far (8), length (4), the PDU. Pure.
 */
#define TRACE_RECORD_HEADER 24

struct trace_record {
	bool out;
	uint16_t bind;
	uint64_t at_us, dropped;
	struct span pdu; /* borrowed */
};

/* Writes the header of a record. The PDU's octets follow it. */
void trace_record_put(const struct trace_record *record, uint8_t out[TRACE_RECORD_HEADER]);
/* Takes the first record off `rest`. 0, -ENODATA at the end, -EPROTO for what is no record. */
__attribute__((warn_unused_result)) int trace_record_next(struct span *rest,
							  struct trace_record *record);

/* What is not to be seen; ored. */
enum trace_hide {
	TRACE_HIDE_PASSWORD = 1 << 0,
	TRACE_HIDE_TEXT = 1 << 1,    /* of messages: octets become `x`, a UDH and a receipt's fields
					stay */
	TRACE_HIDE_NUMBERS = 1 << 2, /* all but the last four characters become `*` */
};

/* Overwrites in place, so that lengths and structure stay. What cannot be decoded is
 * blanked behind its header, since it could hold any of it. */
void trace_hide(uint8_t *pdu, size_t length, unsigned hide);

#endif
