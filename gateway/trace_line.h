#ifndef BINDERY_GATEWAY_TRACE_LINE_H
#define BINDERY_GATEWAY_TRACE_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/trace_record.h"
#include "smpp/coding.h"

#define TRACE_LINE_MAX 8192

/* How a PDU is told to a person. */
struct trace_view {
	bool text;	      /* with the message's text, where it was not hidden before */
	enum coding alphabet; /* what data_coding 0 means to this carrier */
};

/* One line without a newline: bind, direction (`>` written by us, `<` read), command, sequence, an
 * answer's status, then the fields that matter. Nothing from outside can end the line or steer a
 * terminal. Returns its length; what does not fit is cut. */
size_t trace_line(const struct trace_record *record, const struct trace_view *view, char *out,
		  size_t capacity);

#endif
