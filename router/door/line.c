#include "router/door/line.h"

#include <ev.h>
#include <libwebsockets.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/door/cookie.h"
#include "router/door/http.h"
#include "router/door/wire.h"
#include "smpp/hex.h"

#define WRITE_OCTETS 65536 /* given to one write */
#define CLOSE_TIMEOUT_S 5  /* for the backlog and the close frame to leave */
#define SWEEP_S 1.0

static const char *const state_names[] = {"new", "checking", "opening", "open", "closing"};

/* Which states may follow which. */
static const bool allowed[5][5] = {
	[LINE_NEW] = {[LINE_CHECKING] = true, [LINE_CLOSING] = true},
	[LINE_CHECKING] = {[LINE_OPENING] = true, [LINE_CLOSING] = true},
	[LINE_OPENING] = {[LINE_OPEN] = true, [LINE_CLOSING] = true},
	[LINE_OPEN] = {[LINE_OPENING] = true, [LINE_CLOSING] = true},
	[LINE_CLOSING] = {[LINE_CLOSING] = true},
};

struct line_table {
	const struct line_kind *kind;
	struct line_links links;
	struct line *first;
	size_t count;
	ev_timer sweep;
};

const struct line_links *line_links(const struct line *line)
{
	return &line->table->links;
}

static void copy_text(char *out, size_t capacity, struct span text)
{
	size_t length = text.length < capacity - 1 ? text.length : capacity - 1;

	if (length)
		memcpy(out, text.at, length);
	out[length] = '\0';
}

void line_enter(struct line *line, enum line_state state, const char *cause)
{
	if (!allowed[line->state][state]) {
		log_event(LOG_ERROR, "socket_state", "from=%s to=%s cause=%s",
			  state_names[line->state], state_names[state], cause);
		return;
	}
	log_event(LOG_DEBUG, "socket_state", "user=%s from=%s to=%s cause=%s", line->session.name,
		  state_names[line->state], state_names[state], cause);
	line->state = state;
}

/* The close frame leaves behind the backlog, from the library's own callback. */
void line_close(struct line *line, enum line_close code, const char *reason)
{
	if (line->state == LINE_CLOSING)
		return;
	line_enter(line, LINE_CLOSING, reason);
	line->code = code;
	copy_text(line->reason, sizeof(line->reason), span_text(reason));
	if (line->table->kind->leaves)
		line->table->kind->leaves(line);
	lws_set_timeout(line->wsi, PENDING_TIMEOUT_CLOSE_SEND, CLOSE_TIMEOUT_S);
	lws_callback_on_writable(line->wsi);
}

void line_send(struct line *line, const struct span *parts, size_t count)
{
	bool idle = backlog_length(&line->backlog) == 0;
	size_t most = line->table->kind->backlog_most;

	/* Nothing may follow a frame that was left out. */
	if (line->state == LINE_CLOSING || line->code == LINE_TOO_SLOW)
		return;
	if (backlog_add(&line->backlog, parts, count, most ? most : BACKLOG_MAX)) {
		/* Marked only: this may run while its kind walks what it sends to. */
		line->table->links.counters->sockets_slow_total++;
		backlog_finish(&line->backlog);
		line->code = LINE_TOO_SLOW;
		return;
	}
	line->table->links.counters->frames_sent_total++;
	if (idle)
		lws_callback_on_writable(line->wsi);
}

/* Frees `text`. */
void line_send_text(struct line *line, char *text)
{
	struct span part = span_text(text);

	line_send(line, &part, 1);
	free(text);
}

static void open_line(struct line *line, const struct session *session)
{
	line->session = *session;
	line->checked = ev_now(line->table->links.loop);
	line_enter(line, LINE_OPENING, "session");
	line->table->kind->opened(line);
}

static void on_hello_checked(enum session_verdict verdict, const struct session *session,
			     void *context)
{
	struct ask *ask = context;
	struct line *line = ask_end(ask);

	free(ask);
	if (!line || line->state != LINE_CHECKING)
		return;
	if (verdict == SESSION_OK && (session->roles & line->table->kind->roles))
		open_line(line, session);
	else if (verdict == SESSION_OK)
		line_close(line, LINE_NOT_SIGNED_IN, line->table->kind->stranger);
	else if (verdict == SESSION_NONE)
		line_close(line, LINE_NOT_SIGNED_IN, "not signed in");
	else
		line_close(line, LINE_GOING_AWAY, "store unavailable");
}

static void on_checked_again(enum session_verdict verdict, const struct session *session,
			     void *context)
{
	struct ask *ask = context;
	struct line *line = ask_end(ask);

	free(ask);
	if (!line)
		return;
	if (verdict == SESSION_NONE ||
	    (verdict == SESSION_OK && !(session->roles & line->table->kind->roles)))
		line_close(line, LINE_NOT_SIGNED_IN, "session ended");
}

void line_hello(struct line *line, struct span ref, struct span token)
{
	struct span none = {0};

	copy_text(line->ref, sizeof(line->ref), ref);
	if (token.length)
		copy_text(line->token, sizeof(line->token), token);
	if (!line->token[0]) {
		line_close(line, LINE_NOT_SIGNED_IN, "not signed in");
		return;
	}
	line_enter(line, LINE_CHECKING, "hello");
	session_check(line->table->links.sessions, span_text(line->token), on_hello_checked,
		      ask_create(&line->asks, WIRE_HELLO, none, line->session.name));
	memset(line->token, 0, sizeof(line->token));
}

/* Whether the client keeps to its rate: LINE_BURST at once, LINE_RATE a second over time. */
static bool within_rate(struct line *line)
{
	double now = ev_now(line->table->links.loop);

	line->frames += (now - line->filled) * LINE_RATE;
	line->filled = now;
	if (line->frames > LINE_BURST)
		line->frames = LINE_BURST;
	if (line->frames < 1.)
		return false;
	line->frames -= 1.;
	return true;
}

/* Whether what came is to be read at all; where not, the socket is closing. */
static bool is_welcome(struct line *line, size_t whole)
{
	struct counters *counters = line->table->links.counters;

	if (line->state == LINE_CLOSING)
		return false;
	if (whole > WIRE_FRAME_MAX) {
		counters->frames_too_big_total++;
		line_close(line, LINE_TOO_BIG, "frame too big");
	} else if (lws_frame_is_binary(line->wsi)) {
		line_close(line, LINE_NOT_TEXT, "frames are text");
	} else if (lws_is_final_fragment(line->wsi) && !within_rate(line)) {
		counters->sockets_flooding_total++;
		line_close(line, LINE_POLICY, "too many frames");
	}
	return line->state != LINE_CLOSING;
}

static void take_input(struct line *line, struct span in)
{
	/* What the header of the frame announces counts before any of it is kept. */
	size_t whole = line->input_length + in.length + lws_remaining_packet_payload(line->wsi);

	if (!is_welcome(line, whole))
		return;
	bool last = lws_is_final_fragment(line->wsi);
	if (last && line->input_length == 0) {
		line->table->kind->frame(line, in);
		return;
	}
	line->input = memory_resize(line->input, whole ? whole : 1, 1);
	if (in.length)
		memcpy(line->input + line->input_length, in.at, in.length);
	line->input_length += in.length;
	if (!last)
		return;
	line->table->kind->frame(line, (struct span){line->input, line->input_length});
	free(line->input);
	line->input = NULL;
	line->input_length = 0;
}

/* The close frame (RFC 6455 §5.5.1), made here like all others. The connection then stays until the
 * client has answered it or CLOSE_TIMEOUT_S are over, and what still comes in is read and dropped:
 * closed with octets unread it would be reset, and the client might never see the code. */
static int write_close(struct line *line)
{
	uint8_t frame[4 + LINE_REASON_MAX] = {0x88, 2, (uint8_t)(line->code >> 8),
					      (uint8_t)line->code};
	size_t length = strlen(line->reason);

	memcpy(frame + 4, line->reason, length);
	frame[1] = (uint8_t)(2 + length);
	line->said = true;
	lws_set_timeout(line->wsi, PENDING_TIMEOUT_CLOSE_ACK, CLOSE_TIMEOUT_S);
	return http_write(line->wsi, (struct span){frame, 4 + length});
}

static int write_some(struct line *line)
{
	if (line->said)
		return 0;
	if (line->code == LINE_TOO_SLOW)
		line_close(line, LINE_TOO_SLOW, "too slow");
	if (line->ping && line->state != LINE_CLOSING) {
		/* The library tells of a pong only where it carries something. */
		unsigned char ping[LWS_PRE + 1] = {0};
		line->ping = false;
		if (lws_write(line->wsi, ping + LWS_PRE, 1, LWS_WRITE_PING) < 0)
			return -1;
	}
	for (;;) {
		struct span frames = backlog_first(&line->backlog, WRITE_OCTETS);
		if (!frames.length)
			break;
		if (http_write(line->wsi, frames))
			return -1;
		backlog_drop(&line->backlog, frames.length);
		/* The kernel is asked for room only where there is more to write. */
		if (backlog_length(&line->backlog) ? lws_send_pipe_choked(line->wsi)
						   : lws_partial_buffered(line->wsi)) {
			lws_callback_on_writable(line->wsi);
			return 0;
		}
	}
	if (line->state == LINE_CLOSING)
		return write_close(line);
	if (line->table->kind->written)
		line->table->kind->written(line);
	return 0;
}

static void read_cookie(struct line *line)
{
	char header[LINE_COOKIE_MAX];
	int length = lws_hdr_copy(line->wsi, header, sizeof(header), WSI_TOKEN_HTTP_COOKIE);

	if (length <= 0)
		return;
	struct span all = {(const uint8_t *)header, (size_t)length};
	copy_text(line->token, sizeof(line->token), cookie_value(all, COOKIE_SESSION));
}

static void begin(struct line_table *table, struct lws *wsi, struct line **slot)
{
	struct line *line = memory_array(1, table->kind->size);
	double now = ev_now(table->links.loop);
	uint8_t random[16];

	*slot = line;
	if (RAND_bytes(random, sizeof(random)) != 1)
		abort();
	hex_put((struct span){random, sizeof(random)}, line->id);
	line->table = table;
	line->wsi = wsi;
	line->asks.owner = line;
	line->begun = line->filled = line->pinged = now;
	line->frames = LINE_BURST;
	line->next = table->first;
	line->link = &table->first;
	if (table->first)
		table->first->link = &line->next;
	table->first = line;
	table->count++;
	(*table->links.open)++;
	read_cookie(line);
}

static void finish(struct line **slot)
{
	struct line *line = *slot;

	if (!line)
		return;
	*slot = NULL;
	struct line_table *table = line->table;
	if (table->kind->leaves)
		table->kind->leaves(line);
	ask_orphan(&line->asks);
	if (table->kind->gone)
		table->kind->gone(line);
	*line->link = line->next;
	if (line->next)
		line->next->link = line->link;
	table->count--;
	(*table->links.open)--;
	backlog_finish(&line->backlog);
	free(line->input);
	free(line);
}

int line_event(struct line_table *table, struct lws *wsi, int reason, struct line **slot,
	       struct span in)
{
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		begin(table, wsi, slot);
		return 0;
	case LWS_CALLBACK_RECEIVE:
		if (*slot)
			take_input(*slot, in);
		return 0;
	case LWS_CALLBACK_RECEIVE_PONG:
		if (*slot)
			(*slot)->missed = 0;
		return 0;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		/* The answer to our close frame. The library would answer it again, and to a
		 * browser two close frames are a failure: it would not see the code. */
		return *slot && (*slot)->said ? -1 : 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return *slot ? write_some(*slot) : 0;
	case LWS_CALLBACK_CLOSED:
		finish(slot);
		return 0;
	default:
		return 0;
	}
}

static void sweep_ping(struct line *line, double now)
{
	if (now - line->pinged < LINE_PING_S)
		return;
	line->pinged = now;
	if (line->missed >= LINE_PINGS_MISSED_MAX) {
		line->table->links.counters->sockets_silent_total++;
		line_close(line, LINE_GOING_AWAY, "no pong");
		return;
	}
	line->missed++;
	line->ping = true;
	lws_callback_on_writable(line->wsi);
}

static void check_again(struct line *line, double now)
{
	struct span none = {0};

	if (!*line->session.hash)
		return;
	line->checked = now;
	session_check_hash(line->table->links.sessions, line->session.hash, on_checked_again,
			   ask_create(&line->asks, WIRE_HELLO, none, line->session.name));
}

static void sweep_one(struct line *line, double now)
{
	if (line->state == LINE_CLOSING)
		return;
	if (line->code == LINE_TOO_SLOW) {
		line_close(line, LINE_TOO_SLOW, "too slow");
		return;
	}
	if (line->state == LINE_NEW && now - line->begun > LINE_HELLO_S) {
		line->table->links.counters->sockets_silent_total++;
		line_close(line, LINE_NO_HELLO, "no hello");
		return;
	}
	if (line->table->kind->swept)
		line->table->kind->swept(line);
	if (now - line->checked > LINE_CHECK_S)
		check_again(line, now);
	sweep_ping(line, now);
}

static void on_sweep(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct line_table *table = timer->data;

	(void)revents;
	for (struct line *line = table->first; line; line = line->next)
		sweep_one(line, ev_now(loop));
}

struct line_table *line_create(const struct line_kind *kind, const struct line_links *links)
{
	struct line_table *table = memory_array(1, sizeof(*table));

	table->kind = kind;
	table->links = *links;
	ev_timer_init(&table->sweep, on_sweep, SWEEP_S, SWEEP_S);
	table->sweep.data = table;
	ev_timer_start(links->loop, &table->sweep);
	return table;
}

void line_destroy(struct line_table **pointer)
{
	struct line_table *table = *pointer;

	if (!table)
		return;
	*pointer = NULL;
	ev_timer_stop(table->links.loop, &table->sweep);
	free(table);
}

void line_sign_out(struct line_table *table, const char *hash)
{
	for (struct line *line = table->first; line; line = line->next) {
		if (*line->session.hash && strcmp(line->session.hash, hash) == 0)
			line_close(line, LINE_NOT_SIGNED_IN, "signed out");
	}
}

void line_sign_out_user(struct line_table *table, const char *name)
{
	for (struct line *line = table->first; line; line = line->next) {
		if (*line->session.hash && strcmp(line->session.name, name) == 0)
			line_close(line, LINE_NOT_SIGNED_IN, "signed out");
	}
}

void line_check_user(struct line_table *table, const char *name)
{
	for (struct line *line = table->first; line; line = line->next) {
		if (line->state != LINE_CLOSING && strcmp(line->session.name, name) == 0)
			check_again(line, ev_now(table->links.loop));
	}
}

struct line *line_first(const struct line_table *table)
{
	return table->first;
}

void line_drain(struct line_table *table)
{
	for (struct line *line = table->first; line; line = line->next)
		line_close(line, LINE_GOING_AWAY, "going away");
}

size_t line_count(const struct line_table *table)
{
	return table->count;
}
