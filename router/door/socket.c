#include "router/door/socket.h"

#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/door/ask.h"
#include "router/door/role.h"
#include "router/door/wire.h"

struct socket {
	struct line line; /* first */
	struct feed_reader reader;
	char last[WIRE_ID_MAX + 1];
	bool known; /* the desk was told of it */
	bool stale; /* a snapshot is wanted, and none is asked for */
};

struct socket_table {
	struct socket_links links;
	struct line_table *lines;
};

static struct socket *socket_of_line(struct line *line)
{
	return (struct socket *)line;
}

static const struct socket_links *links_of(const struct socket *socket)
{
	return &((struct socket_table *)line_links(&socket->line)->context)->links;
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

	line_send(&socket_of(reader)->line, parts, 4);
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

	return backlog_length(&socket->line.backlog) > SOCKET_CATCH_UP_MAX;
}

static const struct feed_calls feed_calls = {on_feed_event, on_feed_lost, is_feed_full};

static void take_snapshot(struct socket *socket, const struct desk_answer *answer)
{
	if (answer->code != DESK_OK) {
		socket->stale = true; /* the sweep asks again */
		return;
	}
	line_send_text(&socket->line, wire_snapshot(answer, session_now_ms()));
	links_of(socket)->counters->snapshots_total++;
	line_enter(&socket->line, LINE_OPEN, "snapshot");
	feed_join(links_of(socket)->feeds, socket->line.session.name, &socket->reader,
		  answer->last_id, false);
}

static void on_snapshot(const struct desk_answer *answer, void *context)
{
	struct ask *ask = context;
	struct socket *socket = ask_end(ask);

	if (socket && socket->line.state == LINE_OPENING)
		take_snapshot(socket, answer);
	/* Last, since the answer may hold the name that the ask lent. */
	free(ask);
}

static void want_snapshot(struct socket *socket)
{
	struct span none = {0};

	if (socket->line.state == LINE_CLOSING)
		return;
	if (socket->line.state == LINE_OPEN)
		line_enter(&socket->line, LINE_OPENING, "events_gone");
	socket->stale = false;
	struct ask *ask =
		ask_create(&socket->line.asks, WIRE_HELLO, none, socket->line.session.name);
	desk_snapshot(links_of(socket)->desk, (struct desk_ask){ask->agent, on_snapshot, ask});
}

static void on_desk(const struct desk_answer *answer, void *context)
{
	struct ask *ask = context;
	struct socket *socket = ask_end(ask);
	struct span ref = {(const uint8_t *)ask->ref, ask->ref_length};

	if (socket && answer->code == DESK_OK)
		line_send_text(&socket->line, wire_ack(ref, ask->type, answer));
	else if (socket)
		line_send_text(&socket->line, wire_error(ref, wire_desk_code(answer->code),
							 answer->detail ? answer->detail : ""));
	free(ask);
}

static void on_opened(struct line *line)
{
	struct socket *socket = socket_of_line(line);
	const struct socket_links *links = links_of(socket);
	struct span last = span_text(socket->last);

	line_send_text(line, wire_ack(span_text(line->ref), WIRE_HELLO, NULL));
	socket->known = true;
	desk_connected(links->desk, line->session.name, line->id);
	if (!last.length) {
		want_snapshot(socket);
		return;
	}
	line_enter(line, LINE_OPEN, "resume");
	feed_join(links->feeds, line->session.name, &socket->reader, last, true);
}

static void take_hello(struct socket *socket, const struct wire_frame *frame)
{
	size_t length = frame->last.length;

	if (length)
		memcpy(socket->last, frame->last.at, length);
	socket->last[length] = '\0';
	socket->reader.calls = &feed_calls;
	line_hello(&socket->line, frame->ref, frame->token);
}

static void on_frame(struct line *line, struct span text)
{
	struct socket *socket = socket_of_line(line);
	const struct socket_links *links = links_of(socket);
	struct counters *counters = links->counters;
	struct wire_frame frame;
	struct wire_fault fault;

	counters->frames_received_total++;
	if (wire_frame_init(text, &frame, &fault)) {
		struct span ref = span_text(fault.ref);
		counters->frames_bad_total++;
		line_send_text(line, wire_error(ref, fault.code, fault.message));
		return;
	}
	if (frame.type == WIRE_HELLO && line->state == LINE_NEW) {
		take_hello(socket, &frame);
	} else if (frame.type == WIRE_HELLO) {
		line_send_text(line, wire_error(frame.ref, "bad_frame", "hello was said already"));
	} else if (line->state != LINE_OPEN && line->state != LINE_OPENING) {
		line_send_text(line, wire_error(frame.ref, "hello_first", "say hello first"));
	} else if (frame.type == WIRE_PING) {
		line_send_text(line, wire_ack(frame.ref, WIRE_PING, NULL));
	} else if (line->asks.count >= LINE_ASKS_MAX) {
		counters->asks_refused_total++;
		line_send_text(line, wire_error(frame.ref, "unavailable",
						"too many frames wait for an answer"));
	} else {
		ask_desk(ask_create(&line->asks, frame.type, frame.ref, line->session.name),
			 links->desk, &frame, on_desk);
	}
	wire_frame_finish(&frame);
}

static void on_written(struct line *line)
{
	feed_resume(&socket_of_line(line)->reader);
}

static void on_swept(struct line *line)
{
	struct socket *socket = socket_of_line(line);

	if (socket->stale)
		want_snapshot(socket);
}

static void on_leaves(struct line *line)
{
	feed_leave(&socket_of_line(line)->reader);
}

static void on_gone(struct line *line)
{
	struct socket *socket = socket_of_line(line);

	if (socket->known)
		desk_disconnected(links_of(socket)->desk, line->session.name, line->id);
}

static const struct line_kind kind = {
	.size = sizeof(struct socket),
	.roles = ROLE_AGENT,
	.stranger = "not an agent",
	.frame = on_frame,
	.opened = on_opened,
	.written = on_written,
	.swept = on_swept,
	.leaves = on_leaves,
	.gone = on_gone,
};

struct socket_table *socket_create(const struct socket_links *links)
{
	struct socket_table *table = memory_array(1, sizeof(*table));

	table->links = *links;
	table->lines = line_create(&kind, &(struct line_links){links->loop, links->sessions,
							       links->counters,
							       &links->counters->agents, table});
	return table;
}

void socket_destroy(struct socket_table **pointer)
{
	struct socket_table *table = *pointer;

	if (!table)
		return;
	*pointer = NULL;
	line_destroy(&table->lines);
	free(table);
}

struct line_table *socket_lines(const struct socket_table *table)
{
	return table->lines;
}
