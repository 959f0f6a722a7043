#include "router/door/watch_internal.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/directory/directory.h"
#include "router/door/role.h"
#include "router/door/wire.h"
#include "router/door/writer.h"
#include "router/supervise/board.h"
#include "router/supervise/today.h"

struct watch_table {
	struct watch_links links;
	struct line_table *lines;
	struct board *board;
	uint64_t version;
	double looked; /* the turn of the loop in which the board looked */
	bool live;     /* whether the floor was there then */
};

/* One frame being written. */
struct telling {
	struct writer writer;
	const struct directory *directory; /* or NULL */
	unsigned rows;
};

static const char *const routing_names[BOARD_ROUTINGS] = {
	[FLOOR_OFF_QUEUE] = "off_queue",
	[FLOOR_IDLE] = "idle",
	[FLOOR_INTERACTING] = "interacting",
	[FLOOR_NOT_RESPONDING] = "not_responding",
};

static struct watch *watch_of(struct line *line)
{
	return (struct watch *)line;
}

static struct watch_table *table_of(const struct line *line)
{
	return line_links(line)->context;
}

const struct watch_links *watch_links_of(const struct watch *watch)
{
	return &table_of(&watch->line)->links;
}

static struct span queue_name(const struct directory *directory, const char *id)
{
	return directory ? directory_name(directory, DIRECTORY_QUEUE, span_text(id))
			 : span_text(id);
}

static void put_queue(const struct board_queue_row *row, void *context)
{
	struct telling *telling = context;
	struct writer *writer = &telling->writer;

	telling->rows++;
	writer_begin_object(writer, NULL);
	writer_text(writer, "id", row->id);
	writer_string(writer, "name", queue_name(telling->directory, row->id));
	writer_integer(writer, "waiting", row->waiting);
	if (row->oldest_ms)
		writer_integer(writer, "oldest_ms", row->oldest_ms);
	else
		writer_null(writer, "oldest_ms");
	writer_integer(writer, "late", row->late);
	writer_integer(writer, "ringing", row->ringing);
	writer_integer(writer, "members", row->members);
	writer_begin_object(writer, "agents");
	for (size_t i = 0; i < BOARD_ROUTINGS; i++)
		writer_integer(writer, routing_names[i], row->agents[i]);
	writer_end_object(writer);
	writer_begin_object(writer, "service_level");
	writer_integer(writer, "seconds", row->level.service_level_s);
	writer_integer(writer, "percent", row->level.service_level_pct);
	writer_end_object(writer);
	writer_end_object(writer);
}

static void put_agent(const struct board_agent_row *row, void *context)
{
	struct telling *telling = context;
	struct writer *writer = &telling->writer;

	telling->rows++;
	writer_begin_object(writer, NULL);
	writer_text(writer, "id", row->id);
	writer_text(writer, "presence", row->presence);
	writer_integer(writer, "presence_since_ms", row->presence_since_ms);
	writer_text(writer, "routing", routing_names[row->facts.routing]);
	writer_integer(writer, "routing_since_ms", row->facts.routing_since_ms);
	writer_integer(writer, "load", row->facts.load);
	writer_integer(writer, "capacity", row->facts.capacity);
	writer_integer(writer, "after_call", row->facts.after_call);
	writer_bool(writer, "connected", row->facts.connections > 0);
	writer_end_object(writer);
}

static void put_gone(const char *id, void *context)
{
	struct telling *telling = context;

	telling->rows++;
	writer_text(&telling->writer, NULL, id);
}

/* Who and what is deleted, since the version that it has. */
static void put_all_gone(struct telling *telling, const struct board *board, uint64_t after)
{
	struct writer *writer = &telling->writer;

	writer_begin_object(writer, "gone");
	writer_begin_array(writer, "queues");
	board_queues_gone(board, after, put_gone, telling);
	writer_end_array(writer);
	writer_begin_array(writer, "agents");
	board_agents_gone(board, after, put_gone, telling);
	writer_end_array(writer);
	writer_end_object(writer);
}

/* Once for all that are told in one turn of the loop. While the floor is away the last look stands,
 * so that nobody is shown figures that are 0 because nothing is known. */
static void look(struct watch_table *table)
{
	const struct watch_links *links = &table->links;
	double now = ev_now(links->loop);

	if (now == table->looked)
		return;
	table->looked = now;
	struct floor *floor = links->floor ? links->floor(links->context) : NULL;
	table->live = floor != NULL;
	if (floor)
		table->version = board_look(table->board, floor, (uint64_t)(now * 1000.));
}

static void put_figures(const struct today_row *row, enum today_kind kind, struct telling *telling)
{
	telling->rows++;
	writer_begin_object(&telling->writer, NULL);
	writer_text(&telling->writer, "id", row->id);
	for (size_t i = 0; today_figure(kind, i); i++)
		writer_signed(&telling->writer, today_figure(kind, i), row->values[i]);
	writer_end_object(&telling->writer);
}

static void put_queue_day(const struct today_row *row, void *context)
{
	put_figures(row, TODAY_QUEUE, context);
}

static void put_agent_day(const struct today_row *row, void *context)
{
	put_figures(row, TODAY_AGENT, context);
}

/* The figures of the day behind that version. */
static void put_today(struct telling *telling, const struct today *today, uint64_t after)
{
	struct writer *writer = &telling->writer;

	if (!today || today_begins_ms(today) == 0)
		return;
	writer_begin_object(writer, "today");
	writer_integer(writer, "begins_ms", today_begins_ms(today));
	writer_begin_array(writer, "queues");
	today_rows(today, TODAY_QUEUE, after, put_queue_day, telling);
	writer_end_array(writer);
	writer_begin_array(writer, "agents");
	today_rows(today, TODAY_AGENT, after, put_agent_day, telling);
	writer_end_array(writer);
	writer_end_object(writer);
}

/* What came behind the version that it has; a `changed` that would say nothing is not sent. */
static void tell(struct watch *watch, const char *type, bool always)
{
	struct watch_table *table = table_of(&watch->line);
	const struct watch_links *links = &table->links;
	struct telling telling = {.directory = links->directory};

	look(table);
	writer_init(&telling.writer);
	writer_begin_object(&telling.writer, NULL);
	writer_text(&telling.writer, "type", type);
	writer_integer(&telling.writer, "now", session_now_ms());
	writer_bool(&telling.writer, "live", table->live);
	writer_begin_array(&telling.writer, "queues");
	board_queues(table->board, watch->seen, put_queue, &telling);
	writer_end_array(&telling.writer);
	writer_begin_array(&telling.writer, "agents");
	board_agents(table->board, watch->seen, put_agent, &telling);
	writer_end_array(&telling.writer);
	if (watch->seen)
		put_all_gone(&telling, table->board, watch->seen);
	put_today(&telling, links->today, watch->today);
	writer_end_object(&telling.writer);
	uint64_t today = links->today ? today_version(links->today) : 0;
	if (always || telling.rows || watch->live != table->live || watch->today != today)
		line_send_text(&watch->line, writer_take(&telling.writer));
	else
		writer_finish(&telling.writer);
	watch->seen = table->version;
	watch->today = today;
	watch->live = table->live;
}

static void on_opened(struct line *line)
{
	line_send_text(line, wire_ack(span_text(line->ref), WIRE_HELLO, NULL));
	tell(watch_of(line), "snapshot", true);
	table_of(line)->links.counters->snapshots_total++;
	line_enter(line, LINE_OPEN, "snapshot");
}

static void on_frame(struct line *line, struct span text)
{
	struct counters *counters = table_of(line)->links.counters;
	struct order order;
	struct wire_fault fault;

	counters->frames_received_total++;
	if (order_init(text, &order, &fault)) {
		counters->frames_bad_total++;
		line_send_text(line, wire_error(span_text(fault.ref), fault.code, fault.message));
		return;
	}
	if (order.type == ORDER_HELLO && line->state == LINE_NEW)
		line_hello(line, order.ref, order.token);
	else if (order.type == ORDER_HELLO)
		line_send_text(line, wire_error(order.ref, "bad_frame", "hello was said already"));
	else if (line->state != LINE_OPEN)
		line_send_text(line, wire_error(order.ref, "hello_first", "say hello first"));
	else
		watch_act(watch_of(line), &order);
	order_finish(&order);
}

static void on_swept(struct line *line)
{
	if (line->state != LINE_OPEN || backlog_length(&line->backlog) > WATCH_BACKLOG_MAX)
		return;
	tell(watch_of(line), "changed", false);
	watch_look(watch_of(line));
}

static void on_gone(struct line *line)
{
	watch_forget(watch_of(line));
}

static const struct line_kind kind = {
	.size = sizeof(struct watch),
	.roles = ROLE_SUPERVISOR | ROLE_ADMIN,
	.stranger = "not a supervisor",
	.backlog_most = WATCH_BACKLOG_MOST,
	.frame = on_frame,
	.opened = on_opened,
	.swept = on_swept,
	.gone = on_gone,
};

static void set_level(struct watch_table *table, const struct directory_entity *queue)
{
	struct board_level level = {
		(unsigned)directory_number(queue, "service_level_s",
					   board_usual_level.service_level_s),
		(unsigned)directory_number(queue, "service_level_pct",
					   board_usual_level.service_level_pct)};

	board_queue(table->board, queue->id, &level);
}

static void on_directory(enum directory_kind what, const char *id, void *context)
{
	struct watch_table *table = context;
	const struct directory *directory = table->links.directory;

	if (what != DIRECTORY_QUEUE)
		return;
	const struct directory_entity *queue = directory_find(directory, what, span_text(id));
	if (queue) {
		set_level(table, queue);
		return;
	}
	board_drop_queue(table->board, id);
	for (size_t i = 0; !*id && i < directory_count(directory, what); i++)
		set_level(table, directory_at(directory, what, i));
}

struct watch_table *watch_create(const struct watch_links *links)
{
	struct watch_table *table = memory_array(1, sizeof(*table));

	table->links = *links;
	table->board = board_create();
	table->lines = line_create(
		&kind, &(struct line_links){links->loop, links->sessions, links->counters,
					    &links->counters->supervisors, table});
	if (links->directory) {
		directory_observe(links->directory, on_directory, table);
		on_directory(DIRECTORY_QUEUE, "", table);
	}
	return table;
}

void watch_destroy(struct watch_table **pointer)
{
	struct watch_table *table = *pointer;

	if (!table)
		return;
	*pointer = NULL;
	line_destroy(&table->lines);
	board_destroy(&table->board);
	free(table);
}

struct line_table *watch_lines(const struct watch_table *table)
{
	return table->lines;
}
