/* An answer in pieces, whose body is nowhere whole. See http.h. */
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/door/http_internal.h"

#define CHUNK_HEAD 20 /* octets of a chunk's length and its line's end */

static const char last_chunk[] = "0\r\n\r\n";

static void over(struct http_request *request, bool whole)
{
	struct counters *counters = request->http->counters;

	counters->streams--;
	counters->streams_broken_total += !whole;
	request->streams = false;
	request->source.over(whole, request->source.context);
}

/* Goes on when the connection takes more. */
static void go_on(struct http_request *request)
{
	lws_set_timeout(request->wsi, PENDING_TIMEOUT_HTTP_CONTENT, HTTP_STREAM_STALL_S);
	lws_callback_on_writable(request->wsi);
}

bool http_stream(struct http_request *request, const struct http_answer *answer,
		 const struct http_source *source)
{
	char head[HTTP_HEAD_MAX], version[16];
	struct counters *counters = request->http->counters;

	if (counters->streams >= HTTP_STREAMS_MAX) {
		counters->streams_refused_total++;
		http_error(request, 503, "too.many.exports",
			   "Too many long answers are under way; try again shortly.",
			   "Retry-After: 10\r\n");
		return false;
	}
	counters->streams++;
	counters->streams_total++;
	http_count(request, answer->status);
	request->source = *source;
	request->streams = true;
	request->answered = true;
	if (!request->wsi) {
		over(request, false);
		http_request_destroy(request);
		return true;
	}
	request->plain = !http_header(request->wsi, WSI_TOKEN_HTTP, version, sizeof(version)) ||
			 strcmp(version, "HTTP/1.0") == 0;
	request->close |= request->http->draining || request->plain;
	request->begun_s = lws_now_secs();
	size_t length = http_put_head(request, answer, head);
	request->out = memory_copy((uint8_t *)head, length);
	request->out_length = length;
	go_on(request);
	return true;
}

static void ask(struct http_request *request)
{
	request->http->turns->taken = true;
	request->asked = true;
	/* For what it is made from. */
	lws_set_timeout(request->wsi, PENDING_TIMEOUT_HTTP_CONTENT, HTTP_STREAM_STALL_S);
	request->source.more(request, request->source.context);
}

/* Behind whoever does already. */
static void wait_for_turn(struct http_request *request)
{
	struct http_request **end = &request->http->turns->first;

	while (*end)
		end = &(*end)->behind;
	*end = request;
	request->waits = true;
	lws_set_timeout(request->wsi, PENDING_TIMEOUT_HTTP_CONTENT, HTTP_STREAM_STALL_S);
}

static void wait_no_more(struct http_request *request)
{
	struct http_request **at = &request->http->turns->first;

	if (!request->waits)
		return;
	while (*at != request)
		at = &(*at)->behind;
	*at = request->behind;
	request->behind = NULL;
	request->waits = false;
}

/* Not when its connection takes more, but at once: until then it would keep everybody waiting. */
static void pass_turn(struct http_turns *turns)
{
	struct http_request *next = turns->first;

	turns->taken = false;
	if (!next)
		return;
	wait_no_more(next);
	ask(next);
}

/* False where nobody is there any more, and the request is gone. */
static bool is_wanted(struct http_request *request)
{
	request->asked = false;
	pass_turn(request->http->turns);
	if (request->wsi)
		return true;
	over(request, false);
	http_request_destroy(request);
	return false;
}

void http_piece(struct http_request *request, struct span octets)
{
	char head[CHUNK_HEAD] = "";

	if (!is_wanted(request))
		return;
	if (octets.length) {
		size_t before = 0, behind = request->plain ? 0 : 2;
		if (!request->plain)
			before = (size_t)snprintf(head, sizeof(head), "%zx\r\n", octets.length);
		request->out_sent = 0;
		request->out_length = before + octets.length + behind;
		request->out = memory_array(request->out_length, 1);
		memcpy(request->out, head, before);
		memcpy(request->out + before, octets.at, octets.length);
		memcpy(request->out + before + octets.length, "\r\n", behind);
	}
	go_on(request);
}

void http_end(struct http_request *request, bool whole)
{
	if (!is_wanted(request))
		return;
	request->ended = true;
	request->broken = !whole;
	if (whole && !request->plain) {
		request->out_sent = 0;
		request->out_length = sizeof(last_chunk) - 1;
		request->out = memory_copy((const uint8_t *)last_chunk, request->out_length);
	}
	go_on(request);
}

int http_stream_on(struct http_request *request)
{
	bool late = lws_now_secs() - request->begun_s > HTTP_STREAM_MAX_S;

	free(request->out);
	request->out = NULL;
	request->out_length = request->out_sent = 0;
	if (request->asked || request->waits)
		return 0;
	if (request->broken || late)
		return -1;
	if (request->ended || request->head) {
		over(request, true);
		return 1;
	}
	if (request->http->turns->taken)
		wait_for_turn(request);
	else
		ask(request);
	return 0;
}

bool http_stream_gone(struct http_request *request)
{
	if (request->asked)
		return false;
	wait_no_more(request);
	if (request->streams)
		over(request, false);
	return true;
}
