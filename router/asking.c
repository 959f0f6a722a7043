#include "router/asking.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"
#include "router/rows.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>

struct span asking_span(const char *text)
{
	return span_text(text);
}

uint64_t asking_now_ms(const struct desk *desk)
{
	return (uint64_t)(ev_now(desk->links.loop) * 1000.);
}

struct asking *asking_create(struct desk *desk, struct desk_ask ask)
{
	struct asking *asking = memory_array(1, sizeof(*asking));

	asking->desk = desk;
	asking->ask = ask;
	row_copy(asking_span(ask.agent), asking->agent, sizeof(asking->agent));
	return asking;
}

struct asking *asking_about(struct desk *desk, struct desk_ask ask, struct span conversation)
{
	int partition = desk_partition(desk, ask, conversation);

	if (partition < 0)
		return NULL;
	struct asking *asking = asking_create(desk, ask);
	asking->partition = (unsigned)partition;
	row_copy(conversation, asking->conversation, sizeof(asking->conversation));
	return asking;
}

void asking_end(struct asking *asking, enum desk_code code, const char *detail)
{
	desk_refuse(asking->ask, code, detail);
	free(asking->text);
	free(asking);
}

bool asking_word(const struct bus_reply *reply, const char *word)
{
	struct span span = bus_reply_span(bus_reply_at(reply, 0));

	return span_is(span, word);
}

bool asking_answered(struct asking *asking, const struct bus_reply *reply)
{
	if (!reply) {
		asking_end(asking, DESK_UNAVAILABLE, DESK_UNREACHABLE);
		return false;
	}
	if (bus_reply_type(reply) == BUS_ERROR) {
		log_event(LOG_ERROR, "ask_failed", "agent=%s error=%s", asking->agent,
			  (const char *)bus_reply_span(reply).at);
		asking_end(asking, DESK_UNAVAILABLE, DESK_UNREACHABLE);
		return false;
	}
	if (bus_reply_count(reply) == 1 && asking_word(reply, "fenced")) {
		asking_end(asking, DESK_UNAVAILABLE, DESK_FENCED);
		return false;
	}
	return true;
}

bool asking_viewed(struct asking *asking, const struct bus_reply *reply)
{
	if (!asking_answered(asking, reply))
		return false;
	if (bus_reply_type(reply) == BUS_ARRAY)
		return true;
	asking_end(asking, DESK_NOT_FOUND, "There is no such conversation.");
	return false;
}

bool asking_not_yours(struct asking *asking, const struct bus_reply *reply)
{
	if (!asking_word(reply, "not_yours"))
		return false;
	asking_end(asking, DESK_NOT_YOURS, "This conversation is not yours.");
	return true;
}

bool asking_target_busy(struct asking *asking, const struct bus_reply *reply)
{
	if (!asking_word(reply, "busy"))
		return false;
	asking_end(asking, DESK_AGENT_BUSY, "This agent cannot take it now.");
	return true;
}

static struct bus_args *put_who(struct asking *asking)
{
	struct bus_args *args = &asking->desk->args;

	bus_args_field_text(args, "fence",
			    threading_fence(asking->desk->links.threading, asking->partition));
	bus_args_field_integer(args, "now", (int64_t)asking_now_ms(asking->desk));
	bus_args_field_text(args, "conv", asking->conversation);
	bus_args_field_text(args, "agent", asking->agent);
	return args;
}

struct bus_args *asking_call(struct asking *asking, const char *function)
{
	char key[KEY_MAX];

	bus_args_call(&asking->desk->args, function, key_tag(asking->partition, key));
	return put_who(asking);
}

struct bus_args *asking_call_once(struct asking *asking, const char *function)
{
	struct bus_args *args = asking_call(asking, function);

	bus_args_field_text(args, "ref", asking->ref);
	return args;
}

struct bus_args *asking_call_placed(struct asking *asking, const char *function)
{
	char key[KEY_MAX];

	bus_args_call_placed(&asking->desk->args, function, key_tag(asking->partition, key));
	bus_args_field_text(put_who(asking), "ref", asking->ref);
	return &asking->desk->args;
}

bool asking_is_blank(struct span text)
{
	for (size_t i = 0; i < text.length; i++) {
		if (!strchr(" \t\r\n", text.at[i]))
			return false;
	}
	return true;
}

const struct number *asking_number(const struct asking *asking, const struct bus_reply *view)
{
	return numbers_find(asking->desk->links.numbers, bus_reply_span(bus_reply_at(view, 3)));
}

struct span asking_queue(const struct bus_reply *view)
{
	return bus_reply_span(bus_reply_at(view, 5));
}

void asking_put_work(struct asking *asking, struct span queue)
{
	struct bus_args *args = &asking->desk->args;
	struct row_acw acw = row_acw(asking->desk->links.directory, queue);
	uint64_t until = acw.timeout_ms ? asking_now_ms(asking->desk) + acw.timeout_ms : 0;
	bool pending = row_acw_begins(&acw, asking->after);

	bus_args_field_text(args, "mode", acw.name);
	bus_args_field_text(args, "pending", pending ? "1" : "0");
	bus_args_field_integer(args, "acw_until", (int64_t)until);
	bus_args_field_text(args, "acw_holds", acw.holds ? "1" : "0");
}
