#ifndef BINDERY_ROUTER_DOOR_WRITER_H
#define BINDERY_ROUTER_DOOR_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * JSON text being written, straight into one growing buffer: the hot path writes tens of thousands
 * of events a second and needs no tree for it. Commas come by themselves. The text is valid JSON
 * whatever the values hold: an octet that is not part of well-formed UTF-8 becomes U+FFFD, control
 * characters are escaped. Keys are ours and written as they are.
 *
 * Pairing of begin and end is the caller's. Out of memory exits.
 */
struct writer {
	char *bytes;
	size_t length, capacity;
};

void writer_init(struct writer *writer);
void writer_finish(struct writer *writer);
/* Takes the text out, NUL-terminated, to be freed by the caller; the writer is finished. */
char *writer_take(struct writer *writer);

/* `key` is NULL for the elements of an array and for the outermost value. */
void writer_begin_object(struct writer *writer, const char *key);
void writer_end_object(struct writer *writer);
void writer_begin_array(struct writer *writer, const char *key);
void writer_end_array(struct writer *writer);
void writer_string(struct writer *writer, const char *key, struct span value);
void writer_text(struct writer *writer, const char *key, const char *value); /* NULL is "" */
void writer_integer(struct writer *writer, const char *key, uint64_t value);
/* An array of strings: `text` at its commas; empty where that is. */
void writer_list(struct writer *writer, const char *key, struct span text);
void writer_signed(struct writer *writer, const char *key, int64_t value);
/* 80 is written 0.80. */
void writer_hundredths(struct writer *writer, const char *key, uint64_t value);
void writer_bool(struct writer *writer, const char *key, bool value);
void writer_null(struct writer *writer, const char *key);
/* A value that is JSON already. */
void writer_raw(struct writer *writer, const char *key, const char *json);

/* Lines of a name, a blank and a value as an array of {name, value}; nothing where there are none.
 */
void writer_pairs(struct writer *writer, const char *key, struct span lines);

#endif
