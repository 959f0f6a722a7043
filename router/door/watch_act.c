/* What supervisors do, and what they look at more closely: each answered by an ack or an error,
 * what is looked at told again once a second where it differs. */
#include "router/door/watch_internal.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/door/ask.h"
#include "router/door/writer.h"

#define POINTS_S 10.0 /* how often they are read anew */

static void put_row(struct writer *writer, const struct lead_row *row)
{
	writer_begin_object(writer, NULL);
	writer_string(writer, "conversation", row->conversation);
	writer_string(writer, "state", row->state);
	writer_string(writer, "queue", row->queue);
	writer_string(writer, "customer", row->customer);
	writer_string(writer, "ours", row->ours);
	writer_integer(writer, "since_ms", row->since_ms);
	if (row->until_ms)
		writer_integer(writer, "until_ms", row->until_ms);
	writer_signed(writer, "priority", row->priority);
	writer_integer(writer, "ring", row->ring);
	if (row->leg)
		writer_integer(writer, "leg", row->leg);
	writer_list(writer, "skills", row->skills);
	if (row->kind.length)
		writer_string(writer, "kind", row->kind);
	writer_bool(writer, "preferring", row->preferring);
	writer_bool(writer, "no_agent", row->no_agent);
	writer_end_object(writer);
}

/* `waiting` of a queue, `work` of an agent. */
static char *write_rows(const struct watch_sight *sight, const struct lead_answer *answer)
{
	struct writer writer;

	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_text(&writer, "type", sight->kind == LEAD_QUEUE ? "waiting" : "work");
	writer_text(&writer, sight->kind == LEAD_QUEUE ? "queue" : "agent", sight->name);
	writer_integer(&writer, "total", answer->total);
	writer_begin_array(&writer, "rows");
	for (size_t i = 0; i < answer->row_count; i++)
		put_row(&writer, &answer->rows[i]);
	writer_end_array(&writer);
	writer_end_object(&writer);
	return writer_take(&writer);
}

static char *write_points(const struct watch_sight *sight, const struct lead_answer *answer)
{
	static const char *const names[] = {"offered", "answered", "abandoned",
					    "in_time", "waiting",  "on_queue"};
	struct writer writer;

	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_text(&writer, "type", "points");
	writer_text(&writer, "queue", sight->name);
	writer_integer(&writer, "hours", sight->hours);
	writer_begin_array(&writer, "points");
	for (size_t i = 0; i < answer->point_count; i++) {
		const struct lead_point *point = &answer->points[i];
		writer_begin_object(&writer, NULL);
		writer_integer(&writer, "at_ms", point->at_ms);
		for (size_t figure = 0; figure < LEAD_FIGURES; figure++) {
			if (point->values[figure])
				writer_integer(&writer, names[figure], point->values[figure]);
		}
		writer_end_object(&writer);
	}
	writer_end_array(&writer);
	writer_end_object(&writer);
	return writer_take(&writer);
}

static void show(struct watch *watch, struct watch_sight *sight, const struct lead_answer *answer)
{
	char *text = answer->thread		  ? wire_thread(answer->thread)
		     : sight->kind == LEAD_POINTS ? write_points(sight, answer)
						  : write_rows(sight, answer);

	if (sight->told && strcmp(sight->told, text) == 0) {
		free(text);
		return;
	}
	free(sight->told);
	sight->told = text;
	struct span part = span_text(text);
	line_send(&watch->line, &part, 1);
}

static void on_seen(const struct lead_answer *answer, void *context)
{
	struct ask *ask = context;
	struct watch *watch = ask_end(ask);
	struct watch_sight *sight = watch ? &watch->sights[ask->type] : NULL;

	if (sight) {
		bool same = answer->about.length == strlen(sight->name) &&
			    memcmp(answer->about.at, sight->name, answer->about.length) == 0;
		sight->asked = false;
		if (same && answer->code == DESK_OK)
			show(watch, sight, answer);
	}
	free(ask);
}

static void look_at(struct watch *watch, unsigned which)
{
	struct watch_sight *sight = &watch->sights[which];
	const struct watch_links *links = watch_links_of(watch);
	struct span name = span_text(sight->name), none = {0};

	if (!*sight->name || sight->asked || !links->lead)
		return;
	sight->asked = true;
	sight->looked = ev_now(links->loop);
	struct ask *ask = ask_create(&watch->line.asks, which, none, watch->line.session.name);
	struct lead_order order = {.kind = sight->kind,
				   .by = ask->agent,
				   .conversation = name,
				   .queue = name,
				   .agent = name,
				   .limit = WIRE_THREAD_DEFAULT,
				   .hours = sight->hours};
	links->lead(links->desk, &order, on_seen, ask);
}

void watch_look(struct watch *watch)
{
	look_at(watch, WATCH_LIST);
	look_at(watch, WATCH_THREAD);
	if (ev_now(watch_links_of(watch)->loop) - watch->sights[WATCH_POINTS].looked >= POINTS_S)
		look_at(watch, WATCH_POINTS);
}

static void set_sight(struct watch *watch, unsigned which, enum lead_kind kind, struct span name)
{
	struct watch_sight *sight = &watch->sights[which];

	free(sight->told);
	sight->told = NULL;
	sight->kind = kind;
	if (name.length)
		memcpy(sight->name, name.at, name.length);
	sight->name[name.length] = '\0';
}

void watch_forget(struct watch *watch)
{
	for (unsigned i = 0; i < WATCH_SIGHTS; i++)
		set_sight(watch, i, LEAD_QUEUE, (struct span){NULL, 0});
}

static void acknowledge(struct watch *watch, struct span ref, enum order_type type,
			const struct lead_answer *answer)
{
	const struct desk_answer *thread = type == ORDER_THREAD ? answer->thread : NULL;

	line_send_text(&watch->line, wire_ack(ref, thread ? WIRE_THREAD : WIRE_HELLO, thread));
}

static void on_done(const struct lead_answer *answer, void *context)
{
	struct ask *ask = context;
	struct watch *watch = ask_end(ask);
	struct span ref = {(const uint8_t *)ask->ref, ask->ref_length};
	bool ok = answer->code == DESK_OK;

	if (watch && ok) {
		acknowledge(watch, ref, (enum order_type)ask->type, answer);
		if (ask->type == ORDER_READ) {
			set_sight(watch, WATCH_THREAD, LEAD_THREAD, answer->about);
			show(watch, &watch->sights[WATCH_THREAD], answer);
		}
	} else if (watch) {
		line_send_text(&watch->line,
			       wire_error(ref, wire_desk_code(answer->code), answer->detail));
	}
	free(ask);
}

/* The sockets of who is to go are closed whether or not who ordered it is still there. */
struct going {
	struct ask *ask;
	const struct watch_links *links;
	char agent[DESK_AGENT_MAX + 1];
};

static void on_signed_out(const struct lead_answer *answer, void *context)
{
	struct going *going = context;

	if (answer->code == DESK_OK && going->links->signed_out)
		going->links->signed_out(going->agent, going->links->context);
	on_done(answer, going->ask);
	free(going);
}

static bool reads(const struct watch *watch, struct span conversation)
{
	const char *name = watch->sights[WATCH_THREAD].name;

	return conversation.length && strlen(name) == conversation.length &&
	       memcmp(name, conversation.at, conversation.length) == 0;
}

static void give(struct watch *watch, const struct order *order, enum lead_kind kind)
{
	const struct watch_links *links = watch_links_of(watch);
	struct ask *ask =
		ask_create(&watch->line.asks, order->type, order->ref, watch->line.session.name);
	struct lead_order lead = {.kind = kind,
				  .by = ask->agent,
				  .ref = order->ref,
				  .conversation = order->conversation,
				  .agent = order->agent,
				  .queue = order->queue,
				  .presence = order->presence,
				  .before = order->before,
				  .limit = order->limit,
				  .on_queue = order->on_queue};

	if (kind != LEAD_SIGN_OUT) {
		links->lead(links->desk, &lead, on_done, ask);
		return;
	}
	struct going *going = memory_array(1, sizeof(*going));
	*going = (struct going){.ask = ask, .links = links};
	memcpy(going->agent, order->agent.at, order->agent.length);
	links->lead(links->desk, &lead, on_signed_out, going);
}

static void look(struct watch *watch, const struct order *order)
{
	enum lead_kind kind = order->agent.length ? LEAD_AGENT : LEAD_QUEUE;

	set_sight(watch, WATCH_LIST, kind, order->agent.length ? order->agent : order->queue);
	line_send_text(&watch->line, wire_ack(order->ref, WIRE_HELLO, NULL));
	look_at(watch, WATCH_LIST);
}

static void look_back(struct watch *watch, const struct order *order)
{
	set_sight(watch, WATCH_POINTS, LEAD_POINTS, order->queue);
	watch->sights[WATCH_POINTS].hours = order->hours;
	line_send_text(&watch->line, wire_ack(order->ref, WIRE_HELLO, NULL));
	look_at(watch, WATCH_POINTS);
}

static void read_along(struct watch *watch, const struct order *order)
{
	if (order->conversation.length) {
		give(watch, order, LEAD_READ);
		return;
	}
	set_sight(watch, WATCH_THREAD, LEAD_THREAD, order->conversation);
	line_send_text(&watch->line, wire_ack(order->ref, WIRE_HELLO, NULL));
}

void watch_act(struct watch *watch, const struct order *order)
{
	static const enum lead_kind kinds[] = {
		[ORDER_ASSIGN] = LEAD_ASSIGN,	  [ORDER_TRANSFER] = LEAD_TRANSFER,
		[ORDER_STATUS] = LEAD_STATUS,	  [ORDER_PRESENCE] = LEAD_PRESENCE,
		[ORDER_SIGN_OUT] = LEAD_SIGN_OUT, [ORDER_THREAD] = LEAD_THREAD,
		[ORDER_CLOSE] = LEAD_CLOSE,
	};

	if (order->type == ORDER_PING)
		line_send_text(&watch->line, wire_ack(order->ref, WIRE_PING, NULL));
	else if (!watch_links_of(watch)->lead || watch->line.asks.count >= LINE_ASKS_MAX)
		line_send_text(&watch->line, wire_error(order->ref, "unavailable",
							"too many frames wait for an answer"));
	else if (order->type == ORDER_LOOK)
		look(watch, order);
	else if (order->type == ORDER_POINTS)
		look_back(watch, order);
	else if (order->type == ORDER_READ)
		read_along(watch, order);
	else if (order->type == ORDER_THREAD && !reads(watch, order->conversation))
		line_send_text(&watch->line, wire_error(order->ref, "not_yours",
							"Read it along first; that is noted."));
	else
		give(watch, order, kinds[order->type]);
}
