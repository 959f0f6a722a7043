#include "router/door/socket.h"

#include <ev.h>
#include <libwebsockets.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/door/ask.h"
#include "router/door/backlog.h"
#include "router/door/cookie.h"
#include "router/door/http.h"
#include "router/door/role.h"
#include "router/door/wire.h"

#define WRITE_OCTETS 65536 /* given to one write */
#define CLOSE_TIMEOUT_S 5  /* for the backlog and the close frame to leave */
#define SWEEP_S 1.0
#define REASON_MAX 32 /* octets of a close frame's reason with a NUL */

enum socket_state { NEW, CHECKING, OPENING, OPEN, CLOSING };

static const char *const state_names[] = {"new", "checking", "opening", "open", "closing"};

/* Which states may follow which. */
static const bool allowed[5][5] = {
	[NEW] = {[CHECKING] = true, [CLOSING] = true},
	[CHECKING] = {[OPENING] = true, [CLOSING] = true},
	[OPENING] = {[OPEN] = true, [CLOSING] = true},
	[OPEN] = {[OPENING] = true, [CLOSING] = true},
	[CLOSING] = {[CLOSING] = true},
};

struct socket {
	struct socket_table *table;
	struct socket *next, **link;
	struct lws *wsi;
	enum socket_state state;
	struct feed_reader reader;
	struct session session;
	char id[33];
	char token[WIRE_TOKEN_MAX + 1];
	char last[WIRE_ID_MAX + 1];
	char ref[WIRE_REF_MAX + 1]; /* of hello */
	bool known;		    /* the desk was told of it */
	bool stale;		    /* a snapshot is wanted, and none is asked for */
	enum socket_close code;
	char reason[REASON_MAX];
	uint8_t *input;
	size_t input_length;
	struct backlog backlog;
	struct ask_list asks;
	double begun, filled, pinged, checked, frames; /* seconds, and a bucket of frames */
	unsigned missed;
	bool ping;
	bool said; /* the close frame was handed to the library */
};

struct socket_table {
	struct socket_links links;
	struct socket *first;
	size_t count;
	ev_timer sweep;
};

static struct span text_span(const char *text)
{
	return (struct span){(const uint8_t *)text, strlen(text)};
}

static void copy_text(char *out, size_t capacity, struct span text)
{
	size_t length = text.length < capacity - 1 ? text.length : capacity - 1;

	if (length)
		memcpy(out, text.at, length);
	out[length] = '\0';
}

static void enter(struct socket *socket, enum socket_state state, const char *cause)
{
	if (!allowed[socket->state][state]) {
		log_event(LOG_ERROR, "socket_state", "from=%s to=%s cause=%s",
			  state_names[socket->state], state_names[state], cause);
		return;
	}
	log_event(LOG_DEBUG, "socket_state", "agent=%s from=%s to=%s cause=%s",
		  socket->session.name, state_names[socket->state], state_names[state], cause);
	socket->state = state;
}

/* The close frame leaves behind the backlog, from the library's own callback. */
static void begin_close(struct socket *socket, enum socket_close code, const char *reason)
{
	if (socket->state == CLOSING)
		return;
	enter(socket, CLOSING, reason);
	socket->code = code;
	copy_text(socket->reason, sizeof(socket->reason), text_span(reason));
	feed_leave(&socket->reader);
	lws_set_timeout(socket->wsi, PENDING_TIMEOUT_CLOSE_SEND, CLOSE_TIMEOUT_S);
	lws_callback_on_writable(socket->wsi);
}

static void send_parts(struct socket *socket, const struct span *parts, size_t count)
{
	bool idle = backlog_length(&socket->backlog) == 0;

	/* Nothing may follow a frame that was left out. */
	if (socket->state == CLOSING || socket->code == SOCKET_TOO_SLOW)
		return;
	if (backlog_add(&socket->backlog, parts, count)) {
		/* Marked only: this may run while the feed walks its readers. */
		socket->table->links.counters->sockets_slow_total++;
		backlog_finish(&socket->backlog);
		socket->code = SOCKET_TOO_SLOW;
		return;
	}
	socket->table->links.counters->frames_sent_total++;
	if (idle)
		lws_callback_on_writable(socket->wsi);
}

/* Frees `text`. */
static void send_text(struct socket *socket, char *text)
{
	struct span part = text_span(text);

	send_parts(socket, &part, 1);
	free(text);
}

static struct socket *socket_of(struct feed_reader *reader)
{
	return (struct socket *)((char *)reader - offsetof(struct socket, reader));
}

static void on_feed_event(struct feed_reader *reader, struct span id, struct span json)
{
	struct span parts[] = {
		{(const uint8_t *)"{\"id\":\"", 7},
		id,
		{(const uint8_t *)"\",", 2},
		{json.at + 1, json.length - 1},
	};

	send_parts(socket_of(reader), parts, 4);
}

static void want_snapshot(struct socket *socket);

static void on_feed_lost(struct feed_reader *reader)
{
	want_snapshot(socket_of(reader));
}

static bool is_feed_full(const struct feed_reader *reader)
{
	const struct socket *socket =
		(const struct socket *)((const char *)reader - offsetof(struct socket, reader));

	return backlog_length(&socket->backlog) > SOCKET_CATCH_UP_MAX;
}

static const struct feed_calls feed_calls = {on_feed_event, on_feed_lost, is_feed_full};

static void take_snapshot(struct socket *socket, const struct desk_answer *answer)
{
	if (answer->code != DESK_OK) {
		socket->stale = true; /* the sweep asks again */
		return;
	}
	send_text(socket, wire_snapshot(answer, session_now_ms()));
	socket->table->links.counters->snapshots_total++;
	enter(socket, OPEN, "snapshot");
	feed_join(socket->table->links.feeds, socket->session.name, &socket->reader,
		  answer->last_id, false);
}

static void on_snapshot(const struct desk_answer *answer, void *context)
{
	struct ask *ask = context;
	struct socket *socket = ask_end(ask);

	if (socket && socket->state == OPENING)
		take_snapshot(socket, answer);
	/* Last, since the answer may hold the name that the ask lent. */
	free(ask);
}

static void want_snapshot(struct socket *socket)
{
	struct span none = {0};

	if (socket->state == CLOSING)
		return;
	if (socket->state == OPEN)
		enter(socket, OPENING, "events_gone");
	socket->stale = false;
	struct ask *ask = ask_create(&socket->asks, WIRE_HELLO, none, socket->session.name);
	desk_snapshot(socket->table->links.desk, (struct desk_ask){ask->agent, on_snapshot, ask});
}

static void open_agent(struct socket *socket, const struct session *session)
{
	struct span ref = text_span(socket->ref);
	struct span last = text_span(socket->last);

	socket->session = *session;
	socket->checked = ev_now(socket->table->links.loop);
	enter(socket, OPENING, "session");
	send_text(socket, wire_ack(ref, WIRE_HELLO, NULL));
	socket->known = true;
	desk_connected(socket->table->links.desk, socket->session.name, socket->id);
	if (!last.length) {
		want_snapshot(socket);
		return;
	}
	enter(socket, OPEN, "resume");
	feed_join(socket->table->links.feeds, socket->session.name, &socket->reader, last, true);
}

static void on_hello_checked(enum session_verdict verdict, const struct session *session,
			     void *context)
{
	struct ask *ask = context;
	struct socket *socket = ask_end(ask);

	free(ask);
	if (!socket || socket->state != CHECKING)
		return;
	if (verdict == SESSION_OK && (session->roles & ROLE_AGENT))
		open_agent(socket, session);
	else if (verdict == SESSION_OK)
		begin_close(socket, SOCKET_NOT_SIGNED_IN, "not an agent");
	else if (verdict == SESSION_NONE)
		begin_close(socket, SOCKET_NOT_SIGNED_IN, "not signed in");
	else
		begin_close(socket, SOCKET_GOING_AWAY, "store unavailable");
}

static void on_checked_again(enum session_verdict verdict, const struct session *session,
			     void *context)
{
	struct ask *ask = context;
	struct socket *socket = ask_end(ask);

	free(ask);
	if (!socket)
		return;
	if (verdict == SESSION_NONE || (verdict == SESSION_OK && !(session->roles & ROLE_AGENT)))
		begin_close(socket, SOCKET_NOT_SIGNED_IN, "session ended");
}

static void on_desk(const struct desk_answer *answer, void *context)
{
	struct ask *ask = context;
	struct socket *socket = ask_end(ask);
	struct span ref = {(const uint8_t *)ask->ref, ask->ref_length};

	if (socket && answer->code == DESK_OK)
		send_text(socket, wire_ack(ref, ask->type, answer));
	else if (socket)
		send_text(socket, wire_error(ref, wire_desk_code(answer->code),
					     answer->detail ? answer->detail : ""));
	free(ask);
}

static void take_hello(struct socket *socket, const struct wire_frame *frame)
{
	struct span none = {0};

	copy_text(socket->ref, sizeof(socket->ref), frame->ref);
	copy_text(socket->last, sizeof(socket->last), frame->last);
	if (frame->token.length)
		copy_text(socket->token, sizeof(socket->token), frame->token);
	if (!socket->token[0]) {
		begin_close(socket, SOCKET_NOT_SIGNED_IN, "not signed in");
		return;
	}
	enter(socket, CHECKING, "hello");
	struct span token = text_span(socket->token);
	session_check(socket->table->links.sessions, token, on_hello_checked,
		      ask_create(&socket->asks, WIRE_HELLO, none, socket->session.name));
	memset(socket->token, 0, sizeof(socket->token));
}

static void take_frame(struct socket *socket, struct span text)
{
	struct counters *counters = socket->table->links.counters;
	struct wire_frame frame;
	struct wire_fault fault;

	counters->frames_received_total++;
	if (wire_frame_init(text, &frame, &fault)) {
		struct span ref = text_span(fault.ref);
		counters->frames_bad_total++;
		send_text(socket, wire_error(ref, fault.code, fault.message));
		return;
	}
	if (frame.type == WIRE_HELLO && socket->state == NEW) {
		take_hello(socket, &frame);
	} else if (frame.type == WIRE_HELLO) {
		send_text(socket, wire_error(frame.ref, "bad_frame", "hello was said already"));
	} else if (socket->state != OPEN && socket->state != OPENING) {
		send_text(socket, wire_error(frame.ref, "hello_first", "say hello first"));
	} else if (socket->asks.count >= SOCKET_ASKS_MAX) {
		counters->asks_refused_total++;
		send_text(socket, wire_error(frame.ref, "unavailable",
					     "too many frames wait for an answer"));
	} else {
		ask_desk(ask_create(&socket->asks, frame.type, frame.ref, socket->session.name),
			 socket->table->links.desk, &frame, on_desk);
	}
	wire_frame_finish(&frame);
}

/* Whether the client keeps to its rate: SOCKET_BURST at once, SOCKET_RATE a second over time. */
static bool within_rate(struct socket *socket)
{
	double now = ev_now(socket->table->links.loop);

	socket->frames += (now - socket->filled) * SOCKET_RATE;
	socket->filled = now;
	if (socket->frames > SOCKET_BURST)
		socket->frames = SOCKET_BURST;
	if (socket->frames < 1.)
		return false;
	socket->frames -= 1.;
	return true;
}

/* Whether what came is to be read at all; where not, the socket is closing. */
static bool is_welcome(struct socket *socket, size_t whole)
{
	struct counters *counters = socket->table->links.counters;

	if (socket->state == CLOSING)
		return false;
	if (whole > WIRE_FRAME_MAX) {
		counters->frames_too_big_total++;
		begin_close(socket, SOCKET_TOO_BIG, "frame too big");
	} else if (lws_frame_is_binary(socket->wsi)) {
		begin_close(socket, SOCKET_NOT_TEXT, "frames are text");
	} else if (lws_is_final_fragment(socket->wsi) && !within_rate(socket)) {
		counters->sockets_flooding_total++;
		begin_close(socket, SOCKET_POLICY, "too many frames");
	}
	return socket->state != CLOSING;
}

static void take_input(struct socket *socket, struct span in)
{
	/* What the header of the frame announces counts before any of it is kept. */
	size_t whole = socket->input_length + in.length + lws_remaining_packet_payload(socket->wsi);

	if (!is_welcome(socket, whole))
		return;
	bool last = lws_is_final_fragment(socket->wsi);
	if (last && socket->input_length == 0) {
		take_frame(socket, in);
		return;
	}
	socket->input = memory_resize(socket->input, whole ? whole : 1, 1);
	if (in.length)
		memcpy(socket->input + socket->input_length, in.at, in.length);
	socket->input_length += in.length;
	if (!last)
		return;
	take_frame(socket, (struct span){socket->input, socket->input_length});
	free(socket->input);
	socket->input = NULL;
	socket->input_length = 0;
}

/* The close frame (RFC 6455 §5.5.1), made here like all others. The connection then stays until the
 * client has answered it or CLOSE_TIMEOUT_S are over, and what still comes in is read and dropped:
 * closed with octets unread it would be reset, and the client might never see the code. */
static int write_close(struct socket *socket)
{
	uint8_t frame[4 + REASON_MAX] = {0x88, 2, (uint8_t)(socket->code >> 8),
					 (uint8_t)socket->code};
	size_t length = strlen(socket->reason);

	memcpy(frame + 4, socket->reason, length);
	frame[1] = (uint8_t)(2 + length);
	socket->said = true;
	lws_set_timeout(socket->wsi, PENDING_TIMEOUT_CLOSE_ACK, CLOSE_TIMEOUT_S);
	return http_write(socket->wsi, (struct span){frame, 4 + length});
}

static int write_some(struct socket *socket)
{
	if (socket->said)
		return 0;
	if (socket->code == SOCKET_TOO_SLOW)
		begin_close(socket, SOCKET_TOO_SLOW, "too slow");
	if (socket->ping && socket->state != CLOSING) {
		/* The library tells of a pong only where it carries something. */
		unsigned char ping[LWS_PRE + 1] = {0};
		socket->ping = false;
		if (lws_write(socket->wsi, ping + LWS_PRE, 1, LWS_WRITE_PING) < 0)
			return -1;
	}
	for (;;) {
		struct span frames = backlog_first(&socket->backlog, WRITE_OCTETS);
		if (!frames.length)
			break;
		if (http_write(socket->wsi, frames))
			return -1;
		backlog_drop(&socket->backlog, frames.length);
		if (lws_send_pipe_choked(socket->wsi)) {
			lws_callback_on_writable(socket->wsi);
			return 0;
		}
	}
	if (socket->state == CLOSING)
		return write_close(socket);
	feed_resume(&socket->reader);
	return 0;
}

static void read_cookie(struct socket *socket)
{
	char header[SOCKET_COOKIE_MAX];
	int length = lws_hdr_copy(socket->wsi, header, sizeof(header), WSI_TOKEN_HTTP_COOKIE);

	if (length <= 0)
		return;
	struct span all = {(const uint8_t *)header, (size_t)length};
	copy_text(socket->token, sizeof(socket->token), cookie_value(all, COOKIE_SESSION));
}

static void begin(struct socket_table *table, struct lws *wsi, struct socket **slot)
{
	struct socket *socket = memory_array(1, sizeof(*socket));
	double now = ev_now(table->links.loop);
	uint8_t random[16];

	*slot = socket;
	if (RAND_bytes(random, sizeof(random)) != 1)
		abort();
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(socket->id + 2 * i, 3, "%02x", random[i]);
	socket->table = table;
	socket->wsi = wsi;
	socket->reader.calls = &feed_calls;
	socket->asks.owner = socket;
	socket->begun = socket->filled = socket->pinged = now;
	socket->frames = SOCKET_BURST;
	socket->next = table->first;
	socket->link = &table->first;
	if (table->first)
		table->first->link = &socket->next;
	table->first = socket;
	table->count++;
	table->links.counters->agents++;
	read_cookie(socket);
}

static void finish(struct socket **slot)
{
	struct socket *socket = *slot;

	if (!socket)
		return;
	*slot = NULL;
	struct socket_table *table = socket->table;
	feed_leave(&socket->reader);
	ask_orphan(&socket->asks);
	if (socket->known)
		desk_disconnected(table->links.desk, socket->session.name, socket->id);
	*socket->link = socket->next;
	if (socket->next)
		socket->next->link = socket->link;
	table->count--;
	table->links.counters->agents--;
	backlog_finish(&socket->backlog);
	free(socket->input);
	free(socket);
}

int socket_event(struct socket_table *table, struct lws *wsi, int reason, struct socket **slot,
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
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return *slot ? write_some(*slot) : 0;
	case LWS_CALLBACK_CLOSED:
		finish(slot);
		return 0;
	default:
		return 0;
	}
}

static void sweep_ping(struct socket *socket, double now)
{
	if (now - socket->pinged < SOCKET_PING_S)
		return;
	socket->pinged = now;
	if (socket->missed >= SOCKET_PINGS_MISSED_MAX) {
		socket->table->links.counters->sockets_silent_total++;
		begin_close(socket, SOCKET_GOING_AWAY, "no pong");
		return;
	}
	socket->missed++;
	socket->ping = true;
	lws_callback_on_writable(socket->wsi);
}

static void sweep_one(struct socket *socket, double now)
{
	struct span none = {0};

	if (socket->state == CLOSING)
		return;
	if (socket->code == SOCKET_TOO_SLOW) {
		begin_close(socket, SOCKET_TOO_SLOW, "too slow");
		return;
	}
	if (socket->state == NEW && now - socket->begun > SOCKET_HELLO_S) {
		socket->table->links.counters->sockets_silent_total++;
		begin_close(socket, SOCKET_NO_HELLO, "no hello");
		return;
	}
	if (socket->stale)
		want_snapshot(socket);
	if (socket->known && now - socket->checked > SOCKET_CHECK_S) {
		socket->checked = now;
		session_check_hash(
			socket->table->links.sessions, socket->session.hash, on_checked_again,
			ask_create(&socket->asks, WIRE_HELLO, none, socket->session.name));
	}
	sweep_ping(socket, now);
}

static void on_sweep(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct socket_table *table = timer->data;

	(void)revents;
	for (struct socket *socket = table->first; socket; socket = socket->next)
		sweep_one(socket, ev_now(loop));
}

struct socket_table *socket_create(const struct socket_links *links)
{
	struct socket_table *table = memory_array(1, sizeof(*table));

	table->links = *links;
	ev_timer_init(&table->sweep, on_sweep, SWEEP_S, SWEEP_S);
	table->sweep.data = table;
	ev_timer_start(links->loop, &table->sweep);
	return table;
}

void socket_destroy(struct socket_table **pointer)
{
	struct socket_table *table = *pointer;

	if (!table)
		return;
	*pointer = NULL;
	ev_timer_stop(table->links.loop, &table->sweep);
	free(table);
}

void socket_sign_out(struct socket_table *table, const char *hash)
{
	for (struct socket *socket = table->first; socket; socket = socket->next) {
		if (socket->known && strcmp(socket->session.hash, hash) == 0)
			begin_close(socket, SOCKET_NOT_SIGNED_IN, "signed out");
	}
}

void socket_drain(struct socket_table *table)
{
	for (struct socket *socket = table->first; socket; socket = socket->next)
		begin_close(socket, SOCKET_GOING_AWAY, "going away");
}

size_t socket_count(const struct socket_table *table)
{
	return table->count;
}
