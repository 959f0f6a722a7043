#include "router/door/http.h"

#include <libwebsockets.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/door/http_internal.h"
#include "router/door/origin.h"
#include "router/door/taken.h"
#include "router/door/writer.h"
#include "smpp/hex.h"

static const char security_headers[] =
	"Content-Security-Policy: default-src 'self'; connect-src 'self'; base-uri 'none'; "
	"form-action 'self'; object-src 'none'; frame-ancestors 'none'\r\n"
	"X-Content-Type-Options: nosniff\r\n"
	"X-Frame-Options: DENY\r\n"
	"Referrer-Policy: no-referrer\r\n"
	"Cross-Origin-Opener-Policy: same-origin\r\n"
	"Cross-Origin-Resource-Policy: same-origin\r\n";

static const char *status_text(unsigned status)
{
	static const struct {
		unsigned status;
		const char *text;
	} texts[] = {
		{200, "OK"},
		{201, "Created"},
		{202, "Accepted"},
		{204, "No Content"},
		{304, "Not Modified"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{409, "Conflict"},
		{411, "Length Required"},
		{412, "Precondition Failed"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{415, "Unsupported Media Type"},
		{422, "Unprocessable Content"},
		{426, "Upgrade Required"},
		{429, "Too Many Requests"},
		{503, "Service Unavailable"},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].status == status)
			return texts[i].text;
	}
	return "Internal Server Error";
}

void http_request_destroy(struct http_request *request)
{
	free(request->body);
	free(request->out);
	free(request);
}

void http_count(const struct http_request *request, unsigned status)
{
	struct counters *counters = request->http->counters;

	counters->requests_refused_total += status >= 400 && status < 500;
	counters->requests_failed_total += status >= 500;
}

size_t http_put_head(const struct http_request *request, const struct http_answer *answer,
		     char out[HTTP_HEAD_MAX])
{
	bool has_body = answer->status != 204 && answer->status != 304;
	char length[48] = "";

	if (request->streams)
		snprintf(length, sizeof(length), "%s",
			 request->plain ? "" : "Transfer-Encoding: chunked\r\n");
	else if (has_body)
		snprintf(length, sizeof(length), "Content-Length: %zu\r\n", answer->body.length);
	int wrote = snprintf(
		out, HTTP_HEAD_MAX, "HTTP/1.1 %u %s\r\n%s%s%s%sCache-Control: %s\r\n%s%s%s%s\r\n",
		answer->status, status_text(answer->status), length,
		answer->type ? "Content-Type: " : "", answer->type ? answer->type : "",
		answer->type ? "\r\n" : "", answer->cache ? answer->cache : "no-store",
		security_headers,
		request->http->tls ? "Strict-Transport-Security: max-age=31536000\r\n" : "",
		answer->headers ? answer->headers : "",
		request->close ? "Connection: close\r\n" : "");
	return wrote > 0 && wrote < HTTP_HEAD_MAX ? (size_t)wrote : 0;
}

void http_answer(struct http_request *request, const struct http_answer *answer)
{
	char head[HTTP_HEAD_MAX];

	http_count(request, answer->status);
	request->answered = true;
	request->close |= request->http->draining;
	if (!request->wsi) {
		http_request_destroy(request);
		return;
	}
	size_t length = http_put_head(request, answer, head);
	size_t copied = answer->forever || request->head ? 0 : answer->body.length;
	request->out = memory_array(length + copied + 1, 1);
	memcpy(request->out, head, length);
	if (copied)
		memcpy(request->out + length, answer->body.at, copied);
	request->out_length = length + copied;
	if (answer->forever && !request->head)
		request->rest = answer->body;
	lws_set_timeout(request->wsi, PENDING_TIMEOUT_HTTP_CONTENT, HTTP_ANSWER_TIMEOUT_S);
	lws_callback_on_writable(request->wsi);
}

static void write_error(struct writer *writer, unsigned status, const char *code,
			const char *message)
{
	uint8_t random[8] = {0};
	char id[17];

	/* It only names this answer in a conversation with support. */
	(void)RAND_bytes(random, sizeof(random));
	hex_put((struct span){random, sizeof(random)}, id);
	writer_init(writer);
	writer_begin_object(writer, NULL);
	writer_text(writer, "message", message);
	writer_text(writer, "code", code);
	writer_integer(writer, "status", status);
	writer_text(writer, "messageWithParams", message);
	writer_raw(writer, "messageParams", "{}");
	writer_text(writer, "contextId", id);
	writer_begin_array(writer, "details");
	writer_end_array(writer);
	writer_begin_array(writer, "errors");
	writer_end_array(writer);
	writer_end_object(writer);
}

void http_error(struct http_request *request, unsigned status, const char *code,
		const char *message, const char *headers)
{
	struct writer writer;

	write_error(&writer, status, code, message);
	struct http_answer answer = {
		.status = status,
		.type = "application/json",
		.body = {(const uint8_t *)writer.bytes, writer.length},
		.headers = headers,
	};
	http_answer(request, &answer);
	writer_finish(&writer);
}

bool http_may_act(const struct http_request *request)
{
	struct span origin = {(const uint8_t *)request->origin, strlen(request->origin)};
	struct span host = {(const uint8_t *)request->host, strlen(request->host)};

	if (!request->csrf)
		return false;
	return !origin.length ||
	       origin_allowed(origin, host, request->http->origins, request->http->origins_count);
}

size_t http_header(struct lws *wsi, int token, char *out, size_t capacity)
{
	int length = lws_hdr_copy(wsi, out, (int)capacity, (enum lws_token_indexes)token);

	if (length <= 0) {
		out[0] = '\0';
		return 0;
	}
	return (size_t)length;
}

int http_write(struct lws *wsi, struct span octets)
{
	unsigned char *at;

	/* The library wants what is not const, and writes into it only for frames of its own. */
	memcpy(&at, &octets.at, sizeof(at));
	return lws_write(wsi, at, octets.length, LWS_WRITE_HTTP) < (int)octets.length ? -1 : 0;
}

static enum route_method method_of(struct lws *wsi, bool *head)
{
	static const struct {
		enum lws_token_indexes token;
		enum route_method method;
	} methods[] = {
		{WSI_TOKEN_GET_URI, ROUTE_GET},	      {WSI_TOKEN_POST_URI, ROUTE_POST},
		{WSI_TOKEN_PUT_URI, ROUTE_PUT},	      {WSI_TOKEN_PATCH_URI, ROUTE_PATCH},
		{WSI_TOKEN_DELETE_URI, ROUTE_DELETE}, {WSI_TOKEN_HEAD_URI, ROUTE_GET},
	};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (lws_hdr_total_length(wsi, methods[i].token) <= 0)
			continue;
		*head = methods[i].token == WSI_TOKEN_HEAD_URI;
		return methods[i].method;
	}
	return ROUTE_OTHER;
}

static bool has_csrf(struct lws *wsi)
{
	static const char name[] = "x-bindery-csrf:";
	char value[8];

	if (lws_hdr_custom_length(wsi, name, (int)sizeof(name) - 1) != 1)
		return false;
	return lws_hdr_custom_copy(wsi, value, sizeof(value), name, (int)sizeof(name) - 1) == 1 &&
	       value[0] == '1';
}

static void read_idempotency(struct http_request *request)
{
	static const char name[] = "idempotency-key:";
	int length = lws_hdr_custom_length(request->wsi, name, (int)sizeof(name) - 1);

	if (length <= 0)
		return;
	if (length >= (int)sizeof(request->idempotency) ||
	    lws_hdr_custom_copy(request->wsi, request->idempotency,
				(int)sizeof(request->idempotency), name,
				(int)sizeof(name) - 1) != length)
		snprintf(request->idempotency, sizeof(request->idempotency), "?");
}

const char *http_query(const struct http_request *request, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = request->query; *at; at += strlen(at) + 1) {
		if (strncmp(at, name, length) == 0 && at[length] == '=')
			return at + length + 1;
	}
	return NULL;
}

bool http_query_lists(const struct http_request *request, const char *name, const char *value)
{
	size_t length = strlen(name), size = strlen(value);

	for (const char *at = request->query; *at; at += strlen(at) + 1) {
		if (strncmp(at, name, length) != 0 || at[length] != '=')
			continue;
		for (const char *one = at + length + 1; one; one = strchr(one, ',')) {
			one += *one == ',';
			if (strcspn(one, ",") == size && memcmp(one, value, size) == 0)
				return true;
		}
	}
	return false;
}

/* False where it does not fit. */
static bool read_query(struct http_request *request)
{
	size_t used = 0;

	request->query[0] = '\0';
	if (lws_hdr_total_length(request->wsi, WSI_TOKEN_HTTP_URI_ARGS) <= 0)
		return true;
	for (int i = 0; used < sizeof(request->query) - 1; i++) {
		size_t room = sizeof(request->query) - 1 - used;
		int length = lws_hdr_copy_fragment(request->wsi, request->query + used, (int)room,
						   WSI_TOKEN_HTTP_URI_ARGS, i);
		if (length == 0)
			continue; /* nothing stands between two `&` */
		/* -1 behind the last one, and where it does not fit. */
		if (length < 0) {
			request->query[used] = '\0';
			return lws_hdr_fragment_length(request->wsi, WSI_TOKEN_HTTP_URI_ARGS, i) ==
			       0;
		}
		used += strlen(request->query + used) + 1;
	}
	request->query[used] = '\0';
	return true;
}

static void hand_on(struct http_request *request)
{
	request->handled = true;
	lws_set_timeout(request->wsi, PENDING_TIMEOUT_HTTP_CONTENT, HTTP_ANSWER_TIMEOUT_S);
	request->http->handle(request, request->http->context);
}

static void refuse_and_close(struct http_request *request, unsigned status, const char *code,
			     const char *message)
{
	request->close = true;
	request->handled = true;
	http_error(request, status, code, message, NULL);
}

/* What Content-Length and Transfer-Encoding say about the body, before any of it is read. */
static void begin_body(struct http_request *request)
{
	char value[HTTP_VALUE_MAX];
	size_t length = 0;

	if (http_header(request->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING, value, sizeof(value))) {
		refuse_and_close(request, 411, "length.required",
				 "A request with a body must have a Content-Length.");
		return;
	}
	if (http_header(request->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, value, sizeof(value)) == 0) {
		/* OPTIONS and its like have none, and are told what the path can. */
		if (request->method == ROUTE_POST || request->method == ROUTE_PUT ||
		    request->method == ROUTE_PATCH)
			refuse_and_close(request, 411, "length.required",
					 "A request of this method must have a Content-Length.");
		else
			hand_on(request);
		return;
	}
	for (const char *at = value; *at; at++) {
		if (*at < '0' || *at > '9' || length > HTTP_BODY_MAX) {
			length = *at < '0' || *at > '9' ? SIZE_MAX : length;
			break;
		}
		length = length * 10 + (size_t)(*at - '0');
	}
	if (length == SIZE_MAX) {
		refuse_and_close(request, 400, "bad.request", "Content-Length is not a number.");
	} else if (length > HTTP_BODY_MAX) {
		request->http->counters->bodies_too_big_total++;
		refuse_and_close(request, 413, "body.too.big", "A body is at most 65536 octets.");
	} else if (length == 0) {
		hand_on(request);
	} else {
		request->body_expected = length;
		request->body = memory_array(length, 1);
		lws_set_timeout(request->wsi, PENDING_TIMEOUT_HTTP_CONTENT, HTTP_REQUEST_TIMEOUT_S);
	}
}

/* How much of the connection had been taken when its last answer had left. */
static void keep_taken(struct lws *wsi)
{
	uint64_t *taken = lws_get_opaque_user_data(wsi);

	if (!taken) {
		taken = memory_array(1, sizeof(*taken));
		lws_set_opaque_user_data(wsi, taken);
	}
	if (taken_octets(lws_get_socket_fd(wsi), taken))
		*taken = UINT64_MAX;
}

/* Whether the request was taken together with the one before it (pipelined, RFC 9112 §9.3.2), as
 * far as that is known. The library takes nothing while it still has any such. A FIN counts as one.
 */
static bool came_along(struct lws *wsi)
{
	const uint64_t *before = lws_get_opaque_user_data(wsi);
	uint64_t now;

	return before && (*before == UINT64_MAX || taken_octets(lws_get_socket_fd(wsi), &now) ||
			  now < *before + 2);
}

static bool has_body(struct lws *wsi)
{
	bool head;
	enum route_method method = method_of(wsi, &head);

	return method == ROUTE_POST || method == ROUTE_PUT || method == ROUTE_PATCH ||
	       lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 ||
	       lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
}

void http_forget(struct lws *wsi)
{
	free(lws_get_opaque_user_data(wsi));
	lws_set_opaque_user_data(wsi, NULL);
}

static int begin(const struct http *http, struct lws *wsi, struct http_request **slot,
		 struct span path)
{
	http->counters->requests_total++;
	if (*slot)
		return -1;
	/* Version 4.1 of the library looks for the body of such a one at the request's own
	 * beginning, and never comes back from there. Who sends one has to be ready for the end of
	 * the connection. */
	if (has_body(wsi) && came_along(wsi)) {
		http->counters->requests_along_total++;
		return -1;
	}
	struct http_request *request = memory_array(1, sizeof(*request));
	*slot = request;
	request->http = http;
	request->wsi = wsi;
	request->begun_s = lws_now_secs();
	request->method = method_of(wsi, &request->head);
	http_header(wsi, WSI_TOKEN_HTTP_COOKIE, request->cookie, sizeof(request->cookie));
	http_header(wsi, WSI_TOKEN_ORIGIN, request->origin, sizeof(request->origin));
	http_header(wsi, WSI_TOKEN_HOST, request->host, sizeof(request->host));
	/* One that does not fit is nobody's, and must not count as none. */
	if (!http_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, request->authorization,
			 sizeof(request->authorization)) &&
	    lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_AUTHORIZATION) > 0)
		strcpy(request->authorization, "?");
	http_header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, request->type, sizeof(request->type));
	http_header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, request->etag, sizeof(request->etag));
	if (!http_header(wsi, WSI_TOKEN_HTTP_IF_MATCH, request->match, sizeof(request->match)) &&
	    lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_IF_MATCH) > 0)
		strcpy(request->match, "?");
	lws_get_peer_simple(wsi, request->address, sizeof(request->address));
	request->csrf = has_csrf(wsi);
	read_idempotency(request);
	/* An Origin that is there and does not fit is none that is allowed. */
	if (!request->origin[0] && lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) > 0)
		strcpy(request->origin, "?");
	/* The library ends a path at an `&`, as in front of a query, and goes on behind it. */
	if (memchr(path.at, '\0', path.length)) {
		refuse_and_close(request, 400, "bad.request",
				 "The path has a NUL, or an & that is not escaped (%26).");
		return 0;
	}
	if (path.length >= sizeof(request->path) || !read_query(request)) {
		refuse_and_close(request, 414, "uri.too.long", "The path is too long.");
		return 0;
	}
	memcpy(request->path, path.at, path.length);
	begin_body(request);
	return 0;
}

static int take_body(struct http_request *request, struct span in)
{
	if (!request || request->handled)
		return 0;
	if (in.length > request->body_expected - request->body_length)
		return -1;
	/* The library's own timeout begins anew with every octet that drips in. */
	if (lws_now_secs() - request->begun_s > HTTP_BODY_TIMEOUT_S) {
		request->http->counters->bodies_too_slow_total++;
		return -1;
	}
	memcpy(request->body + request->body_length, in.at, in.length);
	request->body_length += in.length;
	return 0;
}

/* One write of the answer. Returns 0 while there is more, 1 behind the last, -1 when it failed. */
static int write_some(struct http_request *request)
{
	struct span left = {request->out + request->out_sent,
			    request->out_length - request->out_sent};
	bool is_rest = left.length == 0;

	if (is_rest)
		left = (struct span){request->rest.at + request->rest_sent,
				     request->rest.length - request->rest_sent};
	if (left.length == 0)
		return 1;
	size_t length = left.length < HTTP_WRITE_MAX ? left.length : HTTP_WRITE_MAX;
	if (http_write(request->wsi, (struct span){left.at, length}))
		return -1;
	if (is_rest)
		request->rest_sent += length;
	else
		request->out_sent += length;
	return request->out_sent == request->out_length &&
	       request->rest_sent == request->rest.length;
}

static int write_answer(struct lws *wsi, struct http_request **slot)
{
	struct http_request *request = *slot;

	if (!request || !request->answered)
		return 0;
	int done = write_some(request);
	if (done > 0 && request->streams)
		done = http_stream_on(request);
	if (done < 0)
		return -1;
	if (!done && (request->asked || request->waits))
		return 0;
	/* What the library holds back has not left, and it may take more from the socket till then.
	 */
	if (!done || lws_partial_buffered(wsi)) {
		lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT,
				request->streams ? HTTP_STREAM_STALL_S : HTTP_ANSWER_TIMEOUT_S);
		lws_callback_on_writable(wsi);
		return 0;
	}
	bool close = request->close;
	http_request_destroy(request);
	*slot = NULL;
	keep_taken(wsi);
	return close || lws_http_transaction_completed(wsi) ? -1 : 0;
}

static void let_go(struct http_request **slot)
{
	struct http_request *request = *slot;

	if (!request)
		return;
	*slot = NULL;
	request->wsi = NULL;
	if (!request->handled || (request->answered && http_stream_gone(request)))
		http_request_destroy(request);
}

int http_event(const struct http *http, struct lws *wsi, int reason, struct http_request **slot,
	       struct span in)
{
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return begin(http, wsi, slot, in);
	case LWS_CALLBACK_HTTP_BODY:
		return take_body(*slot, in);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		if (*slot && !(*slot)->handled)
			hand_on(*slot);
		return 0;
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return write_answer(wsi, slot);
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		let_go(slot);
		return 0;
	default:
		return 0;
	}
}

/* The end of a connection whose request is refused before there is one. */
static int refuse(struct lws *wsi, const char *status, const char *type, struct span body)
{
	char text[1024];
	int length = snprintf(text, sizeof(text),
			      "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
			      "Cache-Control: no-store\r\nConnection: close\r\n\r\n%.*s",
			      status, type, body.length, (int)body.length, (const char *)body.at);

	if (length >= (int)sizeof(text))
		length = (int)sizeof(text) - 1;
	/* The connection ends whether or not this could be written. */
	(void)!http_write(wsi, (struct span){(uint8_t *)text, (size_t)length});
	return -1;
}

int http_refuse_upgrade(struct lws *wsi, const char *status, const char *why)
{
	return refuse(wsi, status, "text/plain", span_text(why));
}

/* The library's own function of this name answers what it cannot read with a page in HTML. It calls
 * it through the linker's table, where this one stands before it (DECISIONS.md). It says 403 of
 * every request that it cannot read. */
int lws_return_http_status(struct lws *wsi, unsigned int status, const char *html_body)
{
	struct writer writer;

	(void)html_body;
	if (status == HTTP_STATUS_NOT_FOUND)
		write_error(&writer, 404, "not.found", "There is nothing at this path.");
	else
		write_error(
			&writer, 400, "bad.request",
			"This request cannot be read: its method, its address, a header or what it "
			"wants to be upgraded to is none that there is.");
	(void)refuse(wsi, status == HTTP_STATUS_NOT_FOUND ? "404 Not Found" : "400 Bad Request",
		     "application/json",
		     (struct span){(const uint8_t *)writer.bytes, writer.length});
	writer_finish(&writer);
	return -1;
}
