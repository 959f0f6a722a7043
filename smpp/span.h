#ifndef BINDERY_SMPP_SPAN_H
#define BINDERY_SMPP_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes that belong to somebody else: borrows, never owns, may be empty (`at` may then be NULL).
 * Not NUL-terminated. Valid as long as what it points into. */
struct span {
	const uint8_t *at;
	size_t length;
};

/* A C string as one, without its NUL; NULL is empty. */
static inline struct span span_text(const char *text)
{
	return (struct span){(const uint8_t *)text, text ? strlen(text) : 0};
}

/* Whether it says just that. */
static inline bool span_is(struct span span, const char *text)
{
	return span.length == strlen(text) && memcmp(span.at, text, span.length) == 0;
}

/* Whether both say the same. */
static inline bool span_same(struct span one, struct span other)
{
	return one.length == other.length &&
	       (one.length == 0 || memcmp(one.at, other.at, one.length) == 0);
}

/* For a table: FNV-1a, of 64 bits. */
static inline uint64_t span_hash(struct span span)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < span.length; i++)
		hash = (hash ^ span.at[i]) * UINT64_C(1099511628211);
	return hash;
}

#endif
