#ifndef BINDERY_ROUTER_ASKING_H
#define BINDERY_ROUTER_ASKING_H

#include "config/settings_route.h"
#include "router/compliance/written.h"
#include "router/desk.h"
#include "router/threading/identity.h"
#include "smpp/message.h"
#include "smpp/segment.h"

/* An ask on its way, with copies of what it borrows. */
struct asking {
	struct desk *desk;
	struct desk_ask ask;
	char agent[DESK_AGENT_MAX + 1];
	char conversation[IDENTITY_MAX];
	char ref[65];
	char wrapup[257], notes[4001];
	char queue[DESK_AGENT_MAX + 1], target[DESK_AGENT_MAX + 1]; /* of a transfer */
	/* What it asks for from now on, empty where that stays: `=` and skills with commas. */
	char skills[DESK_SKILLS_MAX + 2], priority[8];
	char *text;
	size_t text_length;
	char customer[WRITTEN_MAX];  /* of a start */
	const struct number *number; /* from which it begins */
	char seen[IDENTITY_MAX];     /* the pair's conversation before it */
	char of[IDENTITY_MAX];	     /* the message that it says once more, or "" */
	unsigned partition, segments, leg;
	uint64_t until_ms; /* of a park */
	unsigned limit;	   /* rows of a page */
	bool on_queue;
	bool busy; /* who is meant cannot take it */
	bool cold; /* the customer has not written since a conversation was begun with them */
	uint64_t schedule_ms; /* when it is to be delivered, Unix time; 0 = at once */
	bool flash;	      /* the message that it makes is of class 0 */
	enum desk_after after;
	char id[IDENTITY_MAX];			/* of the message that it makes */
	const struct settings_carrier *carrier; /* that takes it */
	enum message_class class;		/* of an agent's, interactive */
	char route[SETTINGS_WAYS_TEXT_MAX];	/* and those that may take it instead */
};

struct asking *asking_create(struct desk *desk, struct desk_ask ask);
/* One about a conversation; NULL where its id is none, and the ask has been refused. */
struct asking *asking_about(struct desk *desk, struct desk_ask ask, struct span conversation);
/* Answers, frees. */
void asking_end(struct asking *asking, enum desk_code code, const char *detail);

/* Whether an answer of Redis can be used; where not, the ask has ended. */
bool asking_answered(struct asking *asking, const struct bus_reply *reply);
/* The same for an answer of conv_view. */
bool asking_viewed(struct asking *asking, const struct bus_reply *reply);
/* Whether a message that answers nothing may be sent to the customer at this hour; where not, the
 * ask has ended. NULL is a number without a programme. */
bool asking_may_call(struct asking *asking, const char *customer,
		     const struct settings_programme *programme);
/* Whether the first word of a function's answer is this one. */
bool asking_word(const struct bus_reply *reply, const char *word);

/* Where the function said that the conversation is another's, the ask has ended. */
bool asking_not_yours(struct asking *asking, const struct bus_reply *reply);
/* The same where it said that whom it is meant for cannot take it. */
bool asking_target_busy(struct asking *asking, const struct bus_reply *reply);
/* Begins a call on the conversation's partition, with `fence`, `now`, `conv` and `agent`; the
 * caller adds the rest. */
struct bus_args *asking_call(struct asking *asking, const char *function);
/* The same with the ref by which a repetition is known. */
struct bus_args *asking_call_once(struct asking *asking, const char *function);
/* The same of a function that knows its arguments by their order: fence now conv agent ref, and all
 * that follow. */
struct bus_args *asking_call_placed(struct asking *asking, const char *function);
/* An ask about giving it to others (desk_give.c), with `notes` empty where they are blank; NULL
 * where it cannot go there, and the ask has been refused. */
struct asking *asking_transfer(struct desk *desk, struct desk_ask ask, struct span conversation,
			       const struct desk_transfer *transfer);
/* The skills that it asks for from now on, with commas; `at` is NULL where they stay. */
struct span asking_new_skills(const struct asking *asking);
/* Chooses the carriers and plans the text for the first of them. DESK_OK, or why it cannot be sent
 * so, with a sentence in `detail`. */
enum desk_code asking_plan(struct asking *asking, struct span ours, struct span customer,
			   struct segment_plan *plan, const char **detail);
/* Answers with it, and frees. */
void asking_answer_plan(struct asking *asking, const struct segment_plan *plan);
/* When its message is worth nothing any more: the carrier's validity from now on, or from the time
 * that it is scheduled for. */
uint64_t asking_expires_ms(const struct asking *asking);
/* The record that a gateway will take; its length, or -errno. */
__attribute__((warn_unused_result)) int asking_encode(const struct asking *asking, struct span ours,
						      struct span customer, uint8_t *record,
						      size_t capacity);
/* What a function is told of a message: id, text, carrier, route, expires, class, record, scopes,
 * segs. */
void asking_message(struct asking *asking, const char *scopes, struct span record);
bool asking_is_blank(struct span text);

/* The number that a conv_view is about; NULL where it is not ours any more. */
const struct number *asking_number(const struct asking *asking, const struct bus_reply *view);
/* The queue of a conv_view. */
struct span asking_queue(const struct bus_reply *view);
/* Adds what after-call work the leg that ends here has, by the queue that it is in. */
void asking_put_work(struct asking *asking, struct span queue);
struct span asking_span(const char *text);
/* Unix time by the loop's clock, ms. */
uint64_t asking_now_ms(const struct desk *desk);

#endif
