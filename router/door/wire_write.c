/* What a client is told. */
#include "router/door/wire.h"
#include "router/door/writer.h"

static void begin(struct writer *writer, const char *type)
{
	writer_init(writer);
	writer_begin_object(writer, NULL);
	writer_text(writer, "type", type);
}

static char *end(struct writer *writer)
{
	writer_end_object(writer);
	return writer_take(writer);
}

static void optional(struct writer *writer, const char *key, struct span value)
{
	if (value.length)
		writer_string(writer, key, value);
}

static void put_message(struct writer *writer, const char *key, const struct desk_message *message)
{
	writer_begin_object(writer, key);
	writer_string(writer, "id", message->id);
	writer_string(writer, "at", message->at);
	writer_integer(writer, "at_ms", message->at_ms);
	writer_text(writer, "direction", message->note ? "note" : message->outbound ? "out" : "in");
	writer_string(writer, "text", message->text);
	writer_integer(writer, "segments", message->segments);
	writer_string(writer, "author", message->author);
	optional(writer, "keyword", message->keyword);
	if (message->automatic)
		writer_bool(writer, "automatic", true);
	if (message->partial)
		writer_bool(writer, "partial", true);
	optional(writer, "state", message->state);
	optional(writer, "reason", message->reason);
	if (message->schedule_ms)
		writer_integer(writer, "schedule_ms", message->schedule_ms);
	writer_pairs(writer, "parameters", message->parameters);
	optional(writer, "of", message->of);
	optional(writer, "again", message->again);
	writer_end_object(writer);
}

static void put_conversation(struct writer *writer, const char *key,
			     const struct desk_conversation *conversation)
{
	const char *const *code = conversation->wrapup_codes;

	writer_begin_object(writer, key);
	writer_string(writer, "id", conversation->id);
	writer_string(writer, "customer", conversation->customer);
	writer_string(writer, "ours", conversation->ours);
	writer_string(writer, "queue", conversation->queue);
	writer_string(writer, "queue_name", conversation->queue_name);
	writer_string(writer, "state", conversation->state);
	writer_integer(writer, "leg", conversation->leg);
	writer_bool(writer, "opted_out", conversation->opted_out);
	writer_integer(writer, "created_ms", conversation->created_ms);
	if (conversation->inactive_until_ms)
		writer_integer(writer, "inactive_until_ms", conversation->inactive_until_ms);
	if (conversation->parked_until_ms)
		writer_integer(writer, "parked_until_ms", conversation->parked_until_ms);
	writer_begin_array(writer, "wrapup_codes");
	for (; code && *code; code++)
		writer_text(writer, NULL, *code);
	writer_end_array(writer);
	writer_end_object(writer);
}

static void put_offer(struct writer *writer, const char *key, const struct desk_offer *offer)
{
	writer_begin_object(writer, key);
	writer_string(writer, "conversation", offer->conversation);
	writer_integer(writer, "epoch", offer->epoch);
	writer_string(writer, "queue", offer->queue);
	writer_string(writer, "queue_name", offer->queue_name);
	writer_string(writer, "customer", offer->customer);
	writer_string(writer, "ours", offer->ours);
	writer_integer(writer, "expires_ms", offer->expires_ms);
	writer_integer(writer, "waiting_since_ms", offer->waiting_since_ms);
	writer_bool(writer, "last_agent", offer->last_agent);
	optional(writer, "how", offer->how);
	writer_signed(writer, "priority", offer->priority);
	writer_list(writer, "skills", offer->skills);
	writer_integer(writer, "ring", offer->ring);
	optional(writer, "asked_by", offer->asked_by);
	optional(writer, "text", offer->text);
	if (offer->texts)
		writer_integer(writer, "texts", offer->texts);
	optional(writer, "note", offer->note);
	writer_end_object(writer);
}

static void put_agent(struct writer *writer, const char *key, const struct desk_agent *agent)
{
	writer_begin_object(writer, key);
	writer_string(writer, "name", agent->name);
	writer_string(writer, "routing", agent->routing);
	writer_integer(writer, "capacity", agent->capacity);
	writer_integer(writer, "load", agent->load);
	if (agent->presence.at)
		writer_string(writer, "presence", agent->presence);
	writer_end_object(writer);
}

static void put_plan(struct writer *writer, const char *key, const struct desk_plan *plan)
{
	writer_begin_object(writer, key);
	writer_text(writer, "coding", plan->coding);
	writer_integer(writer, "segments", plan->segments);
	writer_integer(writer, "used", plan->used);
	writer_integer(writer, "limit", plan->limit);
	if (plan->forced_by.length) {
		writer_begin_object(writer, "forced_by");
		writer_string(writer, "character", plan->forced_by);
		writer_integer(writer, "offset", plan->forced_offset);
		writer_end_object(writer);
	}
	writer_end_object(writer);
}

static void put_target(struct writer *writer, const struct desk_target *target)
{
	writer_begin_object(writer, NULL);
	writer_text(writer, "name", target->name);
	writer_string(writer, "title", target->title);
	if (target->queue)
		writer_integer(writer, "waiting", target->waiting);
	writer_bool(writer, "available", target->available);
	writer_end_object(writer);
}

static void put_targets(struct writer *writer, const struct desk_answer *answer)
{
	writer_begin_array(writer, "queues");
	for (size_t i = 0; i < answer->target_count; i++) {
		if (answer->targets[i].queue)
			put_target(writer, &answer->targets[i]);
	}
	writer_end_array(writer);
	writer_begin_array(writer, "agents");
	for (size_t i = 0; i < answer->target_count; i++) {
		if (!answer->targets[i].queue)
			put_target(writer, &answer->targets[i]);
	}
	writer_end_array(writer);
	if (!answer->has_needs)
		return;
	writer_signed(writer, "priority", answer->priority);
	writer_list(writer, "skills", answer->skills);
}

char *wire_event_offer(const struct desk_offer *offer)
{
	struct writer writer;

	begin(&writer, "offer");
	put_offer(&writer, "offer", offer);
	return end(&writer);
}

char *wire_event_offer_ended(struct span conversation, unsigned epoch, const char *reason)
{
	struct writer writer;

	begin(&writer, "offer_ended");
	writer_string(&writer, "conversation", conversation);
	writer_integer(&writer, "epoch", epoch);
	writer_text(&writer, "reason", reason);
	return end(&writer);
}

char *wire_event_connected(const struct desk_conversation *conversation)
{
	struct writer writer;

	begin(&writer, "connected");
	put_conversation(&writer, "conversation", conversation);
	return end(&writer);
}

char *wire_event_message(struct span conversation, const struct desk_message *message)
{
	struct writer writer;

	begin(&writer, "message");
	writer_string(&writer, "conversation", conversation);
	put_message(&writer, "message", message);
	return end(&writer);
}

char *wire_event_message_state(struct span conversation, struct span message, struct span state,
			       struct span reason)
{
	struct writer writer;

	begin(&writer, "message_state");
	writer_string(&writer, "conversation", conversation);
	writer_string(&writer, "message", message);
	writer_string(&writer, "state", state);
	optional(&writer, "reason", reason);
	return end(&writer);
}

char *wire_event_opt(struct span conversation, bool opted_out)
{
	struct writer writer;

	begin(&writer, "opt");
	writer_string(&writer, "conversation", conversation);
	writer_bool(&writer, "opted_out", opted_out);
	return end(&writer);
}

char *wire_event_customer(struct span conversation)
{
	struct writer writer;

	begin(&writer, "customer_changed");
	writer_string(&writer, "conversation", conversation);
	return end(&writer);
}

char *wire_event_closed(const struct desk_closed *closed)
{
	struct writer writer;

	begin(&writer, "closed");
	writer_string(&writer, "conversation", closed->conversation);
	writer_string(&writer, "wrapup", closed->wrapup);
	if (closed->leg)
		writer_integer(&writer, "leg", closed->leg);
	optional(&writer, "reason", closed->reason);
	return end(&writer);
}

static void put_work(struct writer *writer, const struct desk_after_call *after)
{
	writer_integer(writer, "leg", after->leg);
	writer_begin_object(writer, "acw");
	writer_string(writer, "mode", after->mode);
	if (after->until_ms)
		writer_integer(writer, "until_ms", after->until_ms);
	writer_end_object(writer);
}

char *wire_event_disconnected(const struct desk_after_call *after)
{
	struct writer writer;

	begin(&writer, "disconnected");
	writer_string(&writer, "conversation", after->conversation.id);
	put_work(&writer, after);
	return end(&writer);
}

static void put_consult(struct writer *writer, const struct desk_consult *consult)
{
	writer_string(writer, "conversation", consult->conversation);
	writer_begin_object(writer, "consult");
	writer_string(writer, "queue", consult->queue);
	writer_string(writer, "queue_name", consult->queue_name);
	optional(writer, "agent", consult->agent);
	optional(writer, "ringing", consult->ringing);
	writer_integer(writer, "since_ms", consult->since_ms);
	if (consult->ringing.length)
		writer_integer(writer, "expires_ms", consult->expires_ms);
	writer_end_object(writer);
}

char *wire_event_consult(const struct desk_consult *consult)
{
	struct writer writer;

	begin(&writer, "consult");
	put_consult(&writer, consult);
	return end(&writer);
}

char *wire_event_consult_ended(struct span conversation, const char *reason, struct span agent)
{
	struct writer writer;

	begin(&writer, "consult_ended");
	writer_string(&writer, "conversation", conversation);
	writer_text(&writer, "reason", reason);
	optional(&writer, "agent", agent);
	return end(&writer);
}

static char *until_event(const char *type, struct span conversation, unsigned leg,
			 uint64_t until_ms)
{
	struct writer writer;

	begin(&writer, type);
	writer_string(&writer, "conversation", conversation);
	writer_integer(&writer, "leg", leg);
	if (until_ms)
		writer_integer(&writer, "until_ms", until_ms);
	return end(&writer);
}

char *wire_event_parked(struct span conversation, unsigned leg, uint64_t until_ms)
{
	return until_event("parked", conversation, leg, until_ms);
}

char *wire_event_inactive(struct span conversation, unsigned leg, uint64_t until_ms)
{
	return until_event("inactive", conversation, leg, until_ms);
}

char *wire_event_resumed(struct span conversation, unsigned leg, struct span reason)
{
	struct writer writer;

	begin(&writer, "resumed");
	writer_string(&writer, "conversation", conversation);
	writer_integer(&writer, "leg", leg);
	writer_string(&writer, "reason", reason);
	return end(&writer);
}

char *wire_event_agent(const struct desk_agent *agent)
{
	struct writer writer;

	begin(&writer, "agent");
	put_agent(&writer, "agent", agent);
	return end(&writer);
}

static void put_thread(struct writer *writer, const struct desk_answer *answer)
{
	writer_begin_array(writer, "messages");
	for (size_t i = 0; i < answer->message_count; i++)
		put_message(writer, NULL, &answer->messages[i]);
	writer_end_array(writer);
	writer_bool(writer, "more", answer->more);
	if (answer->conversation_count)
		put_conversation(writer, "conversation", answer->conversations);
}

static void put_past(struct writer *writer, const struct desk_past *past, bool with_messages)
{
	writer_begin_object(writer, NULL);
	writer_string(writer, "id", past->id);
	writer_string(writer, "ours", past->ours);
	writer_string(writer, "queue", past->queue);
	writer_string(writer, "queue_name", past->queue_name);
	writer_string(writer, "state", past->state);
	writer_integer(writer, "created_ms", past->created_ms);
	writer_begin_array(writer, "legs");
	for (size_t i = 0; i < past->leg_count; i++) {
		const struct desk_past_leg *leg = &past->legs[i];
		writer_begin_object(writer, NULL);
		writer_integer(writer, "leg", leg->leg);
		writer_string(writer, "agent", leg->agent);
		writer_string(writer, "queue", leg->queue);
		writer_string(writer, "queue_name", leg->queue_name);
		writer_integer(writer, "ended_ms", leg->ended_ms);
		writer_string(writer, "by", leg->by);
		writer_string(writer, "wrapup", leg->wrapup);
		writer_string(writer, "notes", leg->notes);
		writer_end_object(writer);
	}
	writer_end_array(writer);
	if (with_messages) {
		writer_begin_array(writer, "messages");
		for (size_t i = 0; i < past->message_count; i++)
			put_message(writer, NULL, &past->messages[i]);
		writer_end_array(writer);
		writer_bool(writer, "more", past->more);
	}
	writer_end_object(writer);
}

static void put_history(struct writer *writer, const struct desk_answer *answer, bool with_messages)
{
	writer_begin_array(writer, with_messages ? "past" : "history");
	for (size_t i = 0; i < answer->past_count; i++)
		put_past(writer, &answer->past[i], with_messages);
	writer_end_array(writer);
	writer_bool(writer, "more", answer->more);
}

static void put_customer(struct writer *writer, const struct desk_customer *customer)
{
	if (!customer) {
		writer_null(writer, "customer");
		return;
	}
	writer_begin_object(writer, "customer");
	writer_text(writer, "id", customer->id);
	writer_text(writer, "name", customer->name);
	writer_begin_array(writer, "facts");
	for (size_t i = 0; i < customer->fact_count; i++) {
		const struct desk_fact *fact = &customer->facts[i];
		writer_begin_object(writer, NULL);
		writer_text(writer, "field", fact->field);
		if (fact->label)
			writer_text(writer, "label", fact->label);
		if (fact->link)
			writer_text(writer, "link", fact->value);
		else
			writer_text(writer, "value", fact->value);
		writer_end_object(writer);
	}
	writer_end_array(writer);
	writer_end_object(writer);
}

static void put_responses(struct writer *writer, const struct desk_answer *answer)
{
	writer_begin_array(writer, "responses");
	for (size_t i = 0; i < answer->response_count; i++) {
		writer_begin_object(writer, NULL);
		writer_text(writer, "id", answer->responses[i].id);
		writer_text(writer, "name", answer->responses[i].name);
		writer_text(writer, "text", answer->responses[i].text);
		writer_end_object(writer);
	}
	writer_end_array(writer);
}

char *wire_ack(struct span ref, enum wire_type asked, const struct desk_answer *answer)
{
	struct writer writer;

	begin(&writer, "ack");
	writer_string(&writer, "ref", ref);
	if ((asked == WIRE_SEND || asked == WIRE_RETRY || asked == WIRE_NOTE ||
	     asked == WIRE_START) &&
	    answer && answer->message_count)
		put_message(&writer, "message", answer->messages);
	if (asked == WIRE_RESPONSES && answer)
		put_responses(&writer, answer);
	if (asked == WIRE_CUSTOMER && answer)
		put_customer(&writer, answer->customer);
	if (asked == WIRE_START && answer && answer->conversation_count)
		put_conversation(&writer, "conversation", answer->conversations);
	if (asked == WIRE_TARGETS && answer)
		put_targets(&writer, answer);
	if (asked == WIRE_PLAN && answer && answer->plan)
		put_plan(&writer, "plan", answer->plan);
	if ((asked == WIRE_HISTORY || asked == WIRE_PAST) && answer)
		put_history(&writer, answer, asked == WIRE_PAST);
	if ((asked == WIRE_THREAD || asked == WIRE_EARLIER) && answer)
		put_thread(&writer, answer);
	return end(&writer);
}

char *wire_thread(const struct desk_answer *answer)
{
	struct writer writer;

	begin(&writer, "thread");
	put_thread(&writer, answer);
	return end(&writer);
}

char *wire_error(struct span ref, const char *code, const char *message)
{
	struct writer writer;

	begin(&writer, "error");
	if (ref.length)
		writer_string(&writer, "ref", ref);
	else
		writer_null(&writer, "ref");
	writer_text(&writer, "code", code);
	writer_text(&writer, "message", message);
	return end(&writer);
}

char *wire_snapshot(const struct desk_answer *answer, uint64_t now_ms)
{
	static const struct desk_agent nobody = {0};
	struct writer writer;

	begin(&writer, "snapshot");
	writer_string(&writer, "id", answer->last_id);
	writer_integer(&writer, "now", now_ms);
	put_agent(&writer, "agent", answer->agent ? answer->agent : &nobody);
	writer_begin_array(&writer, "offers");
	for (size_t i = 0; i < answer->offer_count; i++)
		put_offer(&writer, NULL, &answer->offers[i]);
	writer_end_array(&writer);
	writer_begin_array(&writer, "conversations");
	for (size_t i = 0; i < answer->conversation_count; i++)
		put_conversation(&writer, NULL, &answer->conversations[i]);
	writer_end_array(&writer);
	writer_begin_array(&writer, "after_call");
	for (size_t i = 0; i < answer->after_call_count; i++) {
		writer_begin_object(&writer, NULL);
		put_conversation(&writer, "conversation", &answer->after_calls[i].conversation);
		put_work(&writer, &answer->after_calls[i]);
		writer_end_object(&writer);
	}
	writer_end_array(&writer);
	writer_begin_array(&writer, "consults");
	for (size_t i = 0; i < answer->consult_count; i++) {
		writer_begin_object(&writer, NULL);
		put_consult(&writer, &answer->consults[i]);
		writer_end_object(&writer);
	}
	writer_end_array(&writer);
	return end(&writer);
}

const char *wire_desk_code(enum desk_code code)
{
	switch (code) {
	case DESK_OK:
		return NULL;
	case DESK_NOT_YOURS:
		return "not_yours";
	case DESK_CONFLICT:
		return "conflict";
	case DESK_SUPPRESSED:
		return "suppressed";
	case DESK_TOO_LONG:
		return "too_long";
	case DESK_EMPTY:
		return "empty";
	case DESK_NO_ROUTE:
		return "no_route";
	case DESK_WRAPUP_UNKNOWN:
		return "wrapup_unknown";
	case DESK_NOT_FOUND:
		return "not_found";
	case DESK_NO_TARGET:
		return "no_target";
	case DESK_NO_SKILL:
		return "no_skill";
	case DESK_AGENT_BUSY:
		return "agent_busy";
	case DESK_BAD_NUMBER:
		return "bad_number";
	case DESK_OPEN:
		return "open";
	case DESK_BAD_TIME:
		return "bad_time";
	case DESK_NOT_FAILED:
		return "not_failed";
	case DESK_QUIET:
		return "quiet_hours";
	case DESK_NOT_OURS: /* of HTTP alone, these four */
	case DESK_KEY_REUSED:
	case DESK_NO_CATEGORY:
	case DESK_CROWDED:
	case DESK_UNAVAILABLE:
		break;
	}
	return "unavailable";
}
