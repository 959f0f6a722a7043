#ifndef BINDERY_ROUTER_DOOR_BODY_H
#define BINDERY_ROUTER_DOOR_BODY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/door/http.h"
#include "router/door/writer.h"

/* JSON bodies: what a request says, and what it is answered. */

/* The body as an object, or as an array, for json_decref(); NULL once the request was answered with
 * 400. */
json_t *body_read(struct http_request *request);
json_t *body_read_array(struct http_request *request);
/* Copies a member that is a text of at most `most` octets without control characters; one that is
 * not there, or null, is "". False for anything else. */
bool body_text(const json_t *root, const char *name, char *out, size_t most);
/* A whole number least..most in the query, `out` as it was where it is not there. False once the
 * request was answered with 400. */
bool body_query_number(struct http_request *request, const char *name, size_t least, size_t most,
		       size_t *out);
/* 400 with that sentence. */
void body_refuse(struct http_request *request, const char *why);
/* 503. */
void body_unavailable(struct http_request *request);
/* Answers with what was written; body_answer() also finishes the writer. */
void body_say(struct http_request *request, unsigned status, const struct writer *writer);
void body_answer(struct http_request *request, unsigned status, struct writer *writer);

/* A moment as RFC 3339 in UTC with milliseconds; 0 is null. */
void body_put_time(struct writer *writer, const char *key, uint64_t ms);
/* The same by itself: 2026-11-26T09:30:00.000Z, or "" where there is none. */
#define BODY_TIME_MAX 40
const char *body_time(uint64_t ms, char out[BODY_TIME_MAX]);
/* The octets in lower-case hexadecimal. */
void body_put_hex(struct writer *writer, const char *key, struct span octets);

#endif
