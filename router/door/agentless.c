#include "router/door/agentless.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/directory/directory.h"
#include "router/door/body.h"
#include "router/door/form.h"
#include "router/door/shape.h"
#include "smpp/utf8.h"

struct sending {
	struct http_request *request;
	char author[DESK_AGENT_MAX + 1]; /* lent to the desk until it answered, like `who` */
	char who[DESK_AGENT_MAX + 1];
	bool active, flash;
};

static struct span text_at(const json_t *root, const char *name)
{
	const json_t *value = form_at(root, name);

	return (struct span){(const uint8_t *)json_string_value(value), json_string_length(value)};
}

static void answer_message(const struct sending *sending, const struct desk_answer *answer)
{
	const struct desk_message *message = answer->messages;
	const struct desk_conversation *conversation = answer->conversations;
	char uri[160];
	struct writer writer;

	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_string(&writer, "id", message->id);
	writer_string(&writer, "conversationId", conversation->id);
	writer_string(&writer, "fromAddress", conversation->ours);
	writer_string(&writer, "toAddress", conversation->customer);
	writer_text(&writer, "messengerType", "sms");
	writer_string(&writer, "textBody", message->text);
	writer_integer(&writer, "segmentCount", message->segments);
	writer_bool(&writer, "useExistingActiveConversation", sending->active);
	writer_bool(&writer, "flash", sending->flash);
	if (message->schedule_ms)
		shape_write_time(&writer, "scheduleDeliveryTime", message->schedule_ms);
	shape_write_time(&writer, "timestamp", message->at_ms);
	snprintf(uri, sizeof(uri), "/api/v2/conversations/%.*s/messages",
		 (int)conversation->id.length, (const char *)conversation->id.at);
	writer_text(&writer, "selfUri", uri);
	writer_end_object(&writer);
	body_answer(sending->request, 202, &writer);
}

static void on_sent(const struct desk_answer *answer, void *context)
{
	static const struct {
		enum desk_code code;
		unsigned status;
		const char *name;
	} refusals[] = {
		{DESK_SUPPRESSED, 400, "recipient.opted.out"}, /* as Twilio's 21610 */
		{DESK_NOT_OURS, 400, "from.address.unknown"},
		{DESK_BAD_NUMBER, 400, "to.address.invalid"},
		{DESK_EMPTY, 400, "text.empty"},
		{DESK_TOO_LONG, 400, "text.too.long"},
		{DESK_NO_ROUTE, 400, "no.route"},
		{DESK_NO_CATEGORY, 400, "category.unknown"},
		{DESK_QUIET, 400, "quiet.hours"},
		{DESK_BAD_TIME, 400, "schedule.invalid"},
		{DESK_CROWDED, 429, "schedule.full"},
		{DESK_KEY_REUSED, 422, "idempotency.key.reused"},
	};
	struct sending *sending = context;
	bool told = answer->code == DESK_OK;

	if (told)
		answer_message(sending, answer);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]) && !told; i++) {
		told = refusals[i].code == answer->code;
		if (told)
			http_error(sending->request, refusals[i].status, refusals[i].name,
				   answer->detail,
				   refusals[i].status == 429 ? "Retry-After: 60\r\n" : NULL);
	}
	if (!told)
		http_error(sending->request, 503, "service.unavailable", answer->detail,
			   "Retry-After: 2\r\n");
	free(sending);
}

/* A sentence on what of the body will not do, or NULL. */
static const char *fault_of(const json_t *root, const struct http_request *request)
{
	const json_t *active = form_at(root, "useExistingActiveConversation");
	struct span type = text_at(root, "toAddressMessengerType");
	struct span text = text_at(root, "textBody");

	if (!text_at(root, "fromAddress").length)
		return "fromAddress must be one of the numbers here.";
	if (!text_at(root, "toAddress").length)
		return "toAddress must be a number.";
	if (type.length != 3 || memcmp(type.at, "sms", 3) != 0)
		return "toAddressMessengerType must be sms.";
	if (!text.at || text.length > DESK_TEXT_MAX)
		return "textBody must be a text of at most 16000 octets.";
	if (active && !json_is_boolean(active))
		return "useExistingActiveConversation must be true or false.";
	if (form_at(root, "flash") && !json_is_boolean(form_at(root, "flash")))
		return "flash must be true or false.";
	if (form_at(root, "scheduleDeliveryTime") && !text_at(root, "scheduleDeliveryTime").length)
		return "scheduleDeliveryTime must be a moment in UTC or a time of SMPP.";
	if (form_at(root, "category") && !text_at(root, "category").length)
		return "category must be the name of one of the programme's.";
	if (strcmp(request->idempotency, "?") == 0)
		return "An Idempotency-Key has at most 128 octets.";
	return NULL;
}

/* What tells one message from another under the same key. */
static void digest_of(const json_t *root, char out[SESSION_HASH_MAX])
{
	static const char *const names[] = {"fromAddress", "toAddress", "textBody", "category"};
	struct writer writer;

	writer_init(&writer);
	writer_begin_array(&writer, NULL);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		writer_string(&writer, NULL, text_at(root, names[i]));
	writer_bool(&writer, NULL, json_is_true(form_at(root, "useExistingActiveConversation")));
	/* What older programs do not say leaves their digests as they were. */
	if (json_is_true(form_at(root, "flash")))
		writer_text(&writer, NULL, "flash");
	if (form_at(root, "scheduleDeliveryTime"))
		writer_string(&writer, NULL, text_at(root, "scheduleDeliveryTime"));
	writer_end_array(&writer);
	session_hash((struct span){(const uint8_t *)writer.bytes, writer.length}, out);
	writer_finish(&writer);
}

/* A client by its name, a person by theirs. */
static void name_author(const struct api *api, const char *who, char out[DESK_AGENT_MAX + 1])
{
	const struct directory_entity *client = NULL;
	size_t prefix = sizeof(SESSION_CLIENT) - 1;

	if (strncmp(who, SESSION_CLIENT, prefix) == 0 && api->links->directory)
		client = directory_find(api->links->directory, DIRECTORY_CLIENT,
					span_text(who + prefix));
	const char *name = client ? directory_text(client, "name") : who;
	snprintf(out, DESK_AGENT_MAX + 1, "%.*s", (int)utf8_cut(span_text(name), DESK_AGENT_MAX),
		 name);
}

void agentless_send(const struct api *api, struct http_request *request, const char *who)
{
	json_t *root = body_read(request);
	const char *fault = root ? fault_of(root, request) : NULL;
	char digest[SESSION_HASH_MAX];

	if (!root)
		return;
	if (fault) {
		http_error(request, 400, "bad.request", fault, NULL);
		json_decref(root);
		return;
	}
	struct sending *sending = memory_array(1, sizeof(*sending));
	sending->request = request;
	sending->active = json_is_true(form_at(root, "useExistingActiveConversation"));
	sending->flash = json_is_true(form_at(root, "flash"));
	snprintf(sending->who, sizeof(sending->who), "%s", who);
	name_author(api, who, sending->author);
	digest_of(root, digest);
	struct desk_agentless message = {
		.from = text_at(root, "fromAddress"),
		.to = text_at(root, "toAddress"),
		.text = text_at(root, "textBody"),
		.category = text_at(root, "category"),
		.key = {(const uint8_t *)request->idempotency, strlen(request->idempotency)},
		.digest = {(const uint8_t *)digest, strlen(digest)},
		.by = sending->who,
		.schedule = text_at(root, "scheduleDeliveryTime"),
		.active = sending->active,
		.flash = sending->flash,
	};
	desk_agentless(api->links->desk, (struct desk_ask){sending->author, on_sent, sending},
		       &message);
	json_decref(root);
}
