#ifndef BINDERY_CONFIG_MEMORY_H
#define BINDERY_CONFIG_MEMORY_H

#include <stddef.h>

/*
 * The one place in which running out of memory ends the process: a daemon that cannot allocate has
 * nothing better to do than to be restarted, and everything that matters is in Redis. None of these
 * returns NULL. What they return is given back with free().
 */

/* `count` zeroed elements of `size` octets; at least one octet, so that the result is never NULL.
 */
void *memory_array(size_t count, size_t size);
/* `at` (or NULL) resized to `count` elements of `size` octets; the new part is not zeroed. */
void *memory_resize(void *at, size_t count, size_t size);
/* Copies `text`; NULL counts as "". */
char *memory_text(const char *text);
/* Copies `length` octets and a NUL behind them; `at` may be NULL when `length` is 0. */
void *memory_copy(const void *at, size_t length);

#endif
