#ifndef BINDERY_SMPP_SPAN_H
#define BINDERY_SMPP_SPAN_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that belong to somebody else: borrows, never owns, may be empty (`at` may then be NULL).
 * Not NUL-terminated. Valid as long as what it points into. */
struct span {
	const uint8_t *at;
	size_t length;
};

#endif
