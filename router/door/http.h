#ifndef BINDERY_ROUTER_DOOR_HTTP_H
#define BINDERY_ROUTER_DOOR_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/door/counters.h"
#include "router/door/route.h"
#include "smpp/span.h"

struct lws;

/*
 * One HTTP/1.1 request over libwebsockets, from its headers to its answer. A request is read whole
 * (its body is bounded), handed to `handle` once, and answered once, at once or later. Where the
 * connection goes meanwhile the request stays until it is answered, and the answer is dropped.
 *
 * An answer may come in pieces, as many as it takes (chunked, RFC 9112 §7.1): the next one is asked
 * for once the one before has left, so that a slow reader holds up nobody and costs one piece of
 * memory. One piece is made at a time, in turn, so that whatever else is asked waits behind no more
 * than that. One that breaks off ends without the last chunk, which every client takes for an
 * error.
 */

#define HTTP_BODY_MAX 65536   /* octets */
#define HTTP_HEADERS_MAX 8192 /* octets of all headers */
#define HTTP_PATH_MAX 512     /* octets with a NUL, likewise below */
#define HTTP_COOKIE_MAX 2048
#define HTTP_ORIGIN_MAX 256
#define HTTP_VALUE_MAX 96
#define HTTP_AUTHORIZATION_MAX 512
#define HTTP_IDEMPOTENCY_MAX 129
#define HTTP_QUERY_MAX 2048
#define HTTP_ADDRESS_MAX 64
#define HTTP_WRITE_MAX 65536	  /* octets given to one write */
#define HTTP_REQUEST_TIMEOUT_S 15 /* for the headers, and between two pieces of the body */
#define HTTP_BODY_TIMEOUT_S 30	  /* for the whole body */
#define HTTP_ANSWER_TIMEOUT_S 30  /* for the answer, and between two writes of it */
#define HTTP_STREAMS_MAX 16	  /* answers in pieces at a time */
#define HTTP_STREAM_STALL_S 120	  /* between two writes of such: for its reader, and for Redis */
#define HTTP_STREAM_MAX_S 7200	  /* for all pieces of one */

struct http_request;

/* Where the pieces of an answer come from. */
struct http_source {
	/* Is answered by one http_piece() or http_end(), at once or later, even where the
	 * connection has gone meanwhile. */
	void (*more)(struct http_request *request, void *context);
	/* The last that is told: `whole` where the last piece was handed to the connection. May
	 * come within http_piece() and http_end(), which are the last that a source does. */
	void (*over)(bool whole, void *context);
	void *context;
};

/* Who waits for a piece while that of another is made. */
struct http_turns {
	bool taken;
	struct http_request *first; /* who has waited longest */
};

struct http {
	const char *const *origins;
	size_t origins_count;
	bool tls;
	struct counters *counters;
	struct http_turns *turns;
	void (*handle)(struct http_request *request, void *context);
	void *context;
	bool draining; /* a connection ends with the answer that is next on it */
};

struct http_request {
	const struct http *http;
	struct lws *wsi; /* NULL once the connection has gone */
	enum route_method method;
	bool head;
	char path[HTTP_PATH_MAX];
	char cookie[HTTP_COOKIE_MAX];
	char origin[HTTP_ORIGIN_MAX], host[HTTP_ORIGIN_MAX];
	char authorization[HTTP_AUTHORIZATION_MAX];
	char idempotency[HTTP_IDEMPOTENCY_MAX]; /* Idempotency-Key; "?" for one that is too long */
	char type[HTTP_VALUE_MAX], etag[HTTP_VALUE_MAX]; /* Content-Type, If-None-Match */
	char match[HTTP_VALUE_MAX]; /* If-Match; "?", which nothing has, for one that is too long */
	char query[HTTP_QUERY_MAX]; /* `name=value`, decoded, a NUL behind each and one more */
	char address[HTTP_ADDRESS_MAX]; /* of the peer */
	bool csrf;			/* X-Bindery-CSRF: 1 */
	unsigned long begun_s;
	uint8_t *body;
	size_t body_length, body_expected;
	/* The answer on its way. */
	bool handled, answered, close;
	uint8_t *out;
	size_t out_length, out_sent;
	struct span rest; /* behind `out`, borrowed for good */
	size_t rest_sent;
	/* In pieces. */
	struct http_source source;
	bool streams, asked, ended, broken;
	bool waits;		     /* to be asked for the next piece */
	struct http_request *behind; /* who waits behind it */
	bool plain; /* to a client of HTTP/1.0, whose answer ends with the connection */
};

struct http_answer {
	unsigned status;
	const char *type;    /* NULL: no body */
	struct span body;    /* copied, unless `forever` */
	bool forever;	     /* the body outlives every request */
	const char *cache;   /* Cache-Control; NULL: no-store */
	const char *headers; /* further lines, each with its CRLF; NULL: none */
};

void http_answer(struct http_request *request, const struct http_answer *answer);
/* Begins an answer in pieces, whose body is none of `answer`'s; copies `source`. False where there
 * are HTTP_STREAMS_MAX of them: the request was answered with 503, and the source is told nothing.
 */
bool http_stream(struct http_request *request, const struct http_answer *answer,
		 const struct http_source *source);
/* The piece that was asked for, copied. An empty one says only that it takes longer. */
void http_piece(struct http_request *request, struct span octets);
/* There is no more; not `whole` where there should be. */
void http_end(struct http_request *request, bool whole);

/* A body {message, code, status, contextId, details, errors} as Genesys Cloud has it. `headers` as
 * above. */
void http_error(struct http_request *request, unsigned status, const char *code,
		const char *message, const char *headers);
/* The value of `?name=…`, NULL where it is not there. */
const char *http_query(const struct http_request *request, const char *name);
/* Whether `value` is one of those of `?name=…&name=…`, or of `?name=…,…`. */
bool http_query_lists(const struct http_request *request, const char *name, const char *value);
/* Whether the request may change something: it has the CSRF header, and an Origin that is allowed
 * if it has any. */
bool http_may_act(const struct http_request *request);

/* What libwebsockets tells about a connection that speaks HTTP; `slot` is its user memory. Returns
 * what the library's callback is to return. */
int http_event(const struct http *http, struct lws *wsi, int reason, struct http_request **slot,
	       struct span in);
/* Answers a request to upgrade that is refused. Returns what LWS_CALLBACK_HTTP_CONFIRM_UPGRADE is
 * to return. */
int http_refuse_upgrade(struct lws *wsi, const char *status, const char *why);
/* The connection has ended for good. */
void http_forget(struct lws *wsi);
/* Hands octets to the connection as they are, HTTP or made frames. -1 when the connection is lost.
 */
int http_write(struct lws *wsi, struct span octets) __attribute__((warn_unused_result));
/* Copies a header of the request, "" where it is not there or too long. Returns its length. */
size_t http_header(struct lws *wsi, int token, char *out, size_t capacity);

#endif
