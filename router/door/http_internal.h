#ifndef BINDERY_ROUTER_DOOR_HTTP_INTERNAL_H
#define BINDERY_ROUTER_DOOR_HTTP_INTERNAL_H

#include "router/door/http.h"

/* What http.c and http_stream.c share; nobody else includes it. */

#define HTTP_HEAD_MAX 2048

/* The status line and headers; cannot reach HTTP_HEAD_MAX, as all of its parts are ours and short.
 * Returns the length. */
size_t http_put_head(const struct http_request *request, const struct http_answer *answer,
		     char out[HTTP_HEAD_MAX]);
void http_count(const struct http_request *request, unsigned status);
void http_request_destroy(struct http_request *request);

/* All that there was of the answer so far has left. Returns 0 where more is to come, 1 where that
 * was all, -1 where the connection is to be lost. */
int http_stream_on(struct http_request *request);
/* The connection has gone. False where the request is still to be answered. */
bool http_stream_gone(struct http_request *request);

#endif
