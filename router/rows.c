#include "router/rows.h"

#include "router/bus/event.h"
#include "router/bus/key.h"
#include "router/routing/offers.h"
#include "router/threading/identity.h"
#include "smpp/utf8.h"

#include <stdlib.h>
#include <string.h>

#define ELLIPSIS 0x2026
#define ACW_TIMEOUT_S 60 /* of a queue that does not say */

void row_copy(struct span value, char *out, size_t capacity)
{
	size_t length = value.length < capacity ? value.length : capacity - 1;

	if (length)
		memcpy(out, value.at, length);
	out[length] = '\0';
}

struct span row_keyword(struct span verdict)
{
	static const struct {
		const char *verdict, *keyword;
	} names[] = {{"OPT_OUT", "opt_out"}, {"OPT_IN", "opt_in"}, {"HELP", "help"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (verdict.length == strlen(names[i].verdict) &&
		    memcmp(verdict.at, names[i].verdict, verdict.length) == 0)
			return (struct span){(const uint8_t *)names[i].keyword,
					     strlen(names[i].keyword)};
	}
	return (struct span){NULL, 0};
}

struct desk_offer row_offer(const struct bus_reply *event)
{
	return (struct desk_offer){
		.conversation = event_span(event, "c"),
		.queue = event_span(event, "q"),
		.customer = event_span(event, "customer"),
		.ours = event_span(event, "ours"),
		.expires_ms = (uint64_t)event_integer(event, "until"),
		.waiting_since_ms = (uint64_t)event_integer(event, "since"),
		.epoch = (unsigned)event_integer(event, "epoch"),
		.last_agent = event_is(event, "last", "1"),
		.how = event_span(event, "how"),
		.skills = event_span(event, "skills"),
		.priority = (int)event_integer(event, "prio"),
		.ring = (unsigned)event_integer(event, "ring"),
		.asked_by = event_is(event, "kind", "consult") ? event_span(event, "from")
							       : (struct span){NULL, 0},
	};
}

bool row_is_presence(const struct directory *directory, struct span name)
{
	for (size_t i = directory_count(directory, DIRECTORY_PRESENCE); i-- > 0;) {
		const struct directory_entity *entity =
			directory_at(directory, DIRECTORY_PRESENCE, i);
		const char *said = directory_text(entity, "name");
		if (strlen(said) == name.length && memcmp(said, name.at, name.length) == 0)
			return directory_number(entity, "deactivated", 0) == 0;
	}
	return false;
}

bool row_beside(struct span *id)
{
	size_t beside = strlen(OFFERS_BESIDE);

	if (id->length != IDENTITY_MAX - 1 + beside ||
	    memcmp(id->at + id->length - beside, OFFERS_BESIDE, beside) != 0)
		return false;
	id->length -= beside;
	return true;
}

/* Its first DESK_GLANCE_MAX characters, with an ellipsis where there are more. */
static struct span beginning(struct span text, char *out)
{
	size_t end = 0, characters = 0;

	while (end < text.length && characters < DESK_GLANCE_MAX) {
		utf8_next(text, &end);
		characters++;
	}
	memcpy(out, text.at, end);
	if (end < text.length)
		end += utf8_put(ELLIPSIS, (uint8_t *)out + end);
	return (struct span){(const uint8_t *)out, end};
}

void row_put_glance(struct desk_offer *offer, const struct bus_reply *reply,
		    struct row_glance *beginnings)
{
	offer->text = beginning(bus_reply_span(bus_reply_at(reply, 0)), beginnings->text);
	offer->texts = (unsigned)bus_reply_integer(bus_reply_at(reply, 1));
	offer->note = beginning(bus_reply_span(bus_reply_at(reply, 2)), beginnings->note);
}

void row_put_text(struct desk_offer *offer, struct span text, unsigned texts,
		  struct row_glance *beginnings)
{
	offer->text = beginning(text, beginnings->text);
	offer->texts = texts;
}

bool row_ask_glance(struct bus_args *args, struct span conversation)
{
	char key[KEY_MAX];

	row_beside(&conversation);
	int partition = identity_partition(conversation);
	if (partition < 0)
		return false;
	bus_args_call(args, "glance", key_tag((unsigned)partition, key));
	bus_args_field(args, "conv", conversation);
	return true;
}

bool row_acw_begins(const struct row_acw *acw, enum desk_after after)
{
	return acw->mode == ROW_ACW_OPTIONAL	? after != DESK_AFTER_UNWANTED
	       : acw->mode == ROW_ACW_REQUESTED ? after == DESK_AFTER_WANTED
						: true;
}

struct row_acw row_acw(const struct directory *directory, struct span queue)
{
	static const char *const modes[] = {
		[ROW_ACW_MANDATORY] = "mandatory",	 [ROW_ACW_OPTIONAL] = "optional",
		[ROW_ACW_TIMEOUT] = "timeout",		 [ROW_ACW_FORCED] = "forced",
		[ROW_ACW_REQUESTED] = "agent_requested",
	};
	const struct directory_entity *entity = directory_find(directory, DIRECTORY_QUEUE, queue);
	struct row_acw acw = {.name = modes[ROW_ACW_MANDATORY]};

	if (!entity)
		return acw;
	for (unsigned i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(directory_text(entity, "acw"), modes[i]) == 0)
			acw = (struct row_acw){.mode = (enum row_acw_mode)i, .name = modes[i]};
	}
	if (acw.mode == ROW_ACW_TIMEOUT || acw.mode == ROW_ACW_FORCED)
		acw.timeout_ms =
			(uint64_t)directory_number(entity, "acw_timeout_s", ACW_TIMEOUT_S) * 1000;
	acw.holds = directory_number(entity, "acw_holds_slot", 0) == 1;
	return acw;
}

bool row_wakes(const struct directory *directory, struct span queue)
{
	const struct directory_entity *entity = directory_find(directory, DIRECTORY_QUEUE, queue);

	return !entity || directory_number(entity, "resume_on_message", 1) == 1;
}

int64_t row_inactivity_ms(const struct directory *directory, struct span queue)
{
	const struct directory_entity *entity = directory_find(directory, DIRECTORY_QUEUE, queue);

	return entity ? directory_number(entity, "inactivity_s", 0) * 1000 : 0;
}
