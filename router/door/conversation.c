#include "router/door/conversation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/door/body.h"
#include "router/door/role.h"
#include "router/door/shape.h"
#include "router/door/things.h"

#define PAGE_DEFAULT 50

struct reading {
	struct http_request *request;
	enum route_id id;
	char who[DESK_AGENT_MAX + 1]; /* lent to the desk until it answered */
	char before[48];
	char of[DESK_AGENT_MAX +
		1]; /* of a history: the conversation that `before` is a place in */
};

/* A state of ours in Genesys Cloud's words. */
static const char *status_of(const struct desk_message *message)
{
	static const struct {
		const char *state, *status;
	} words[] = {{"queued", "queued"},
		     {"sending", "queued"},
		     {"sent", "sent"},
		     {"delivered", "delivery-success"}};

	if (message->note)
		return "published";
	if (!message->outbound)
		return "received";
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_is(message->state, words[i].state))
			return words[i].status;
	}
	return "delivery-failed";
}

static void write_uri(struct writer *writer, const char *key, struct span conversation,
		      const char *rest)
{
	char uri[160];

	snprintf(uri, sizeof(uri), "/api/v2/conversations/%.*s%s", (int)conversation.length,
		 (const char *)conversation.at, rest);
	writer_text(writer, key, uri);
}

static void write_address(struct writer *writer, const char *key, struct span address)
{
	writer_begin_object(writer, key);
	writer_string(writer, "addressNormalized", address);
	writer_string(writer, "addressRaw", address);
	writer_string(writer, "addressDisplay", address);
	writer_end_object(writer);
}

/* Which participant a message is of. */
enum side { SIDE_CUSTOMER, SIDE_US };

static bool is_of(const struct desk_message *message, enum side side)
{
	return !message->note && message->outbound == (side == SIDE_US);
}

static void write_details(struct writer *writer, const struct desk_answer *answer, enum side side)
{
	writer_begin_array(writer, "messages");
	for (size_t i = 0; i < answer->message_count; i++) {
		const struct desk_message *message = &answer->messages[i];
		if (!is_of(message, side))
			continue;
		writer_begin_object(writer, NULL);
		writer_string(writer, "messageId", message->id);
		writer_text(writer, "messageStatus", status_of(message));
		writer_integer(writer, "messageSegmentCount", message->segments);
		shape_write_time(writer, "messageTime", message->at_ms);
		writer_end_object(writer);
	}
	writer_end_array(writer);
}

static void write_parties(struct writer *writer, const struct desk_conversation *of, enum side side)
{
	writer_text(writer, "direction", side == SIDE_CUSTOMER ? "inbound" : "outbound");
	writer_text(writer, "type", "sms");
	write_address(writer, "toAddress", side == SIDE_CUSTOMER ? of->ours : of->customer);
	write_address(writer, "fromAddress", side == SIDE_CUSTOMER ? of->customer : of->ours);
}

static const char *state_of(const struct desk_conversation *of)
{
	return span_is(of->state, "closed") ? "disconnected" : "connected";
}

/* Conversation has one more level than MessageConversation: `messages` of a participant are its
 * communications there, and their `messages` are the messages. */
static void write_participant(struct writer *writer, const struct reading *reading,
			      const struct desk_answer *answer, enum side side)
{
	const struct desk_conversation *of = answer->conversations;
	bool flat = reading->id == ROUTE_CONVERSATION_MESSAGE;

	writer_begin_object(writer, NULL);
	writer_string(writer, "id", side == SIDE_CUSTOMER ? of->customer : of->ours);
	writer_text(writer, "purpose", side == SIDE_CUSTOMER ? "customer" : "acd");
	writer_string(writer, "address", side == SIDE_CUSTOMER ? of->customer : of->ours);
	shape_write_time(writer, "startTime", of->created_ms);
	if (side == SIDE_US && of->queue.length) {
		writer_string(writer, "queueId", of->queue);
		writer_begin_object(writer, "queue");
		writer_string(writer, "id", of->queue);
		writer_end_object(writer);
	}
	if (flat) {
		writer_text(writer, "state", state_of(of));
		write_parties(writer, of, side);
		write_details(writer, answer, side);
	} else {
		writer_begin_array(writer, "messages");
		writer_begin_object(writer, NULL);
		writer_string(writer, "id", of->id);
		writer_text(writer, "state", state_of(of));
		write_parties(writer, of, side);
		write_details(writer, answer, side);
		writer_end_object(writer);
		writer_end_array(writer);
	}
	writer_end_object(writer);
}

/* Who wrote from here: agents and programs, once each. */
static void write_authors(struct writer *writer, const struct desk_answer *answer)
{
	for (size_t i = 0; i < answer->message_count; i++) {
		struct span author = answer->messages[i].author;
		bool known = author.length == 0;
		for (size_t j = 0; j < i && !known; j++) {
			struct span other = answer->messages[j].author;
			known = other.length == author.length &&
				memcmp(other.at, author.at, author.length) == 0;
		}
		if (known)
			continue;
		writer_begin_object(writer, NULL);
		writer_string(writer, "id", author);
		writer_string(writer, "name", author);
		writer_string(writer, "userId", author);
		writer_text(writer, "purpose", "agent");
		writer_end_object(writer);
	}
}

static void write_conversation(struct writer *writer, const struct reading *reading,
			       const struct desk_answer *answer)
{
	const struct desk_conversation *of = answer->conversations;

	writer_begin_object(writer, NULL);
	writer_string(writer, "id", of->id);
	shape_write_time(writer, "startTime", of->created_ms);
	writer_string(writer, "address", of->ours);
	writer_text(writer, "state", state_of(of));
	/* As it is here: queued, connected, parked, closed. */
	writer_string(writer, "routingState", of->state);
	writer_bool(writer, "optedOut", of->opted_out);
	writer_begin_array(writer, "participants");
	write_participant(writer, reading, answer, SIDE_CUSTOMER);
	write_participant(writer, reading, answer, SIDE_US);
	write_authors(writer, answer);
	writer_end_array(writer);
	write_uri(writer, "selfUri", of->id, "");
	writer_end_object(writer);
}

static void write_message(struct writer *writer, const struct desk_conversation *of,
			  const struct desk_message *message)
{
	writer_begin_object(writer, NULL);
	writer_string(writer, "id", message->id);
	writer_string(writer, "conversationId", of->id);
	shape_write_time(writer, "timestamp", message->at_ms);
	writer_text(writer, "direction", message->outbound ? "outbound" : "inbound");
	writer_text(writer, "messengerType", message->note ? "note" : "sms");
	writer_string(writer, "fromAddress", message->outbound ? of->ours : of->customer);
	writer_string(writer, "toAddress", message->outbound ? of->customer : of->ours);
	writer_string(writer, "textBody", message->text);
	writer_text(writer, "status", status_of(message));
	writer_integer(writer, "segmentCount", message->segments);
	/* As it is here, with the carrier's reason. */
	if (message->state.length)
		writer_string(writer, "deliveryState", message->state);
	if (message->reason.length)
		writer_string(writer, "reason", message->reason);
	if (message->schedule_ms)
		shape_write_time(writer, "scheduleDeliveryTime", message->schedule_ms);
	writer_pairs(writer, "parameters", message->parameters);
	if (message->keyword.length)
		writer_string(writer, "keyword", message->keyword);
	if (message->author.length) {
		writer_begin_object(writer, "createdBy");
		writer_string(writer, "id", message->author);
		writer_string(writer, "name", message->author);
		writer_end_object(writer);
	}
	writer_end_object(writer);
}

static void write_messages(struct writer *writer, const struct desk_answer *answer)
{
	writer_begin_object(writer, NULL);
	writer_begin_array(writer, "entities");
	for (size_t i = 0; i < answer->message_count; i++)
		write_message(writer, answer->conversations, &answer->messages[i]);
	writer_end_array(writer);
	writer_integer(writer, "pageSize", answer->message_count);
	writer_bool(writer, "more", answer->more);
	if (answer->more && answer->message_count)
		writer_string(writer, "before", answer->messages[0].at);
	writer_end_object(writer);
}

/* History */

static void write_queue(struct writer *writer, struct span id, struct span name)
{
	writer_begin_object(writer, "queue");
	writer_string(writer, "id", id);
	writer_string(writer, "name", name);
	writer_end_object(writer);
}

static void write_legs(struct writer *writer, const struct desk_past *past)
{
	writer_begin_array(writer, "legs");
	for (size_t i = 0; i < past->leg_count; i++) {
		const struct desk_past_leg *leg = &past->legs[i];
		writer_begin_object(writer, NULL);
		writer_integer(writer, "leg", leg->leg);
		writer_string(writer, "userId", leg->agent);
		write_queue(writer, leg->queue, leg->queue_name);
		shape_write_time(writer, "endTime", leg->ended_ms);
		writer_string(writer, "endedBy", leg->by);
		writer_begin_object(writer, "wrapup");
		writer_string(writer, "code", leg->wrapup);
		writer_string(writer, "notes", leg->notes);
		writer_end_object(writer);
		writer_end_object(writer);
	}
	writer_end_array(writer);
}

static void write_past(struct writer *writer, const struct desk_past *past, struct span customer)
{
	struct desk_conversation of = {.id = past->id, .ours = past->ours, .customer = customer};

	writer_begin_object(writer, NULL);
	writer_string(writer, "id", past->id);
	shape_write_time(writer, "startTime", past->created_ms);
	writer_string(writer, "address", past->ours);
	writer_string(writer, "routingState", past->state);
	write_queue(writer, past->queue, past->queue_name);
	write_legs(writer, past);
	writer_begin_array(writer, "messages");
	for (size_t i = 0; i < past->message_count; i++)
		write_message(writer, &of, &past->messages[i]);
	writer_end_array(writer);
	write_uri(writer, "selfUri", past->id, "");
	writer_end_object(writer);
}

static void write_history(struct writer *writer, const struct desk_answer *answer)
{
	const struct desk_past *oldest =
		answer->past_count ? &answer->past[answer->past_count - 1] : NULL;
	char before[128];

	writer_begin_object(writer, NULL);
	writer_begin_array(writer, "entities");
	for (size_t i = 0; i < answer->past_count; i++)
		write_past(writer, &answer->past[i], answer->past_customer);
	writer_end_array(writer);
	writer_bool(writer, "more", answer->more);
	if (answer->more && oldest) {
		struct span at = oldest->message_count ? oldest->messages[0].at : span_text("0-1");
		snprintf(before, sizeof(before), "%.*s:%.*s", (int)oldest->id.length,
			 (const char *)oldest->id.at, (int)at.length, (const char *)at.at);
		writer_text(writer, "before", before);
	}
	writer_end_object(writer);
}

static void on_read(const struct desk_answer *answer, void *context)
{
	struct reading *reading = context;
	struct writer writer;

	if (answer->code == DESK_OK) {
		writer_init(&writer);
		if (reading->id == ROUTE_CONVERSATION_MESSAGES)
			write_messages(&writer, answer);
		else if (reading->id == ROUTE_CONVERSATION_HISTORY)
			write_history(&writer, answer);
		else
			write_conversation(&writer, reading, answer);
		body_answer(reading->request, 200, &writer);
	} else if (answer->code == DESK_NOT_FOUND || answer->code == DESK_NOT_YOURS) {
		http_error(reading->request, 404, "not.found", "There is no such conversation.",
			   NULL);
	} else {
		http_error(reading->request, 503, "service.unavailable", answer->detail,
			   "Retry-After: 2\r\n");
	}
	free(reading);
}

/* The page's size that is asked for; 0 where it is none, and the request has been refused. */
static unsigned page_size(struct http_request *request)
{
	size_t limit = PAGE_DEFAULT;

	return body_query_number(request, "pageSize", 1, DESK_PAGE_MAX, &limit) ? (unsigned)limit
										: 0;
}

static void refuse_before(struct http_request *request)
{
	body_refuse(request, "before must be what an earlier page named so.");
}

static struct reading *reading_create(struct http_request *request, const struct route *route,
				      const char *who)
{
	struct reading *reading = memory_array(1, sizeof(*reading));

	reading->request = request;
	reading->id = route->id;
	snprintf(reading->who, sizeof(reading->who), "%s", who);
	return reading;
}

void conversation_read(const struct api *api, struct http_request *request,
		       const struct route *route, const char *who)
{
	const char *before = http_query(request, "before");
	bool pages = route->id == ROUTE_CONVERSATION_MESSAGES;
	unsigned limit = pages ? page_size(request) : DESK_PAGE_MAX;

	if (!limit)
		return;
	if (pages && before && !conversation_is_place(before)) {
		refuse_before(request);
		return;
	}
	struct reading *reading = reading_create(request, route, who);
	snprintf(reading->before, sizeof(reading->before), "%s", pages && before ? before : "");
	desk_read_along(api->links->desk, (struct desk_ask){reading->who, on_read, reading},
			route_parameter(route, request->path, 0),
			(struct desk_page){span_text(reading->before), limit});
}

bool conversation_is_place(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	size_t more = text[digits] == '-' ? strspn(text + digits + 1, "0123456789") : 0;

	return digits > 0 && digits <= 20 && more > 0 && more <= 20 && !text[digits + 1 + more];
}

/* `<conversation>:<place>` as a page names it. */
static bool split_before(const char *before, struct reading *reading)
{
	const char *colon = strchr(before, ':');

	if (!colon || colon == before || (size_t)(colon - before) >= sizeof(reading->of) ||
	    !conversation_is_place(colon + 1))
		return false;
	snprintf(reading->of, sizeof(reading->of), "%.*s", (int)(colon - before), before);
	snprintf(reading->before, sizeof(reading->before), "%s", colon + 1);
	return true;
}

void conversation_history(const struct api *api, struct http_request *request,
			  const struct route *route, const struct session *session)
{
	const char *before = http_query(request, "before");
	unsigned limit = page_size(request);

	if (!limit)
		return;
	struct reading *reading = reading_create(request, route, session->name);
	if (before && !split_before(before, reading)) {
		refuse_before(request);
		free(reading);
		return;
	}
	struct desk_past_page page = {
		.of = span_text(reading->of),
		.page = {span_text(reading->before), limit},
		.along = (session->roles & ~(unsigned)ROLE_AGENT) != 0,
	};
	desk_past(api->links->desk, (struct desk_ask){reading->who, on_read, reading},
		  route_parameter(route, request->path, 0), &page);
}
