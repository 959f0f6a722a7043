#ifndef BINDERY_ROUTER_DOOR_WIRE_H
#define BINDERY_ROUTER_DOOR_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/door/desk.h"
#include "smpp/span.h"

struct json_t;

/*
 * The frames of the agents' WebSocket (asyncapi.yaml) as values and back. The only reader of an
 * agent's JSON: bounded, types checked, unknown members ignored, members named twice refused. Every
 * writer gives valid JSON whatever the bytes of the values are: what is not UTF-8 becomes U+FFFD.
 */

#define WIRE_FRAME_MAX 65536	 /* octets of a frame from a client */
#define WIRE_REF_MAX 64		 /* octets */
#define WIRE_ID_MAX 41		 /* octets of an event id: 20 digits, a hyphen, 20 digits */
#define WIRE_CONVERSATION_MAX 64 /* octets */
#define WIRE_TOKEN_MAX 128	 /* octets */
#define WIRE_WRAPUP_MAX 256	 /* octets */
#define WIRE_CUSTOMER_MAX 64	 /* octets */
#define WIRE_NOTES_MAX 4000	 /* octets */
#define WIRE_THREAD_DEFAULT 50	 /* messages */

enum wire_type {
	WIRE_HELLO,
	WIRE_STATUS,
	WIRE_PRESENCE,
	WIRE_ACCEPT,
	WIRE_DECLINE,
	WIRE_SEND,
	WIRE_RETRY,
	WIRE_PLAN,
	WIRE_THREAD,
	WIRE_CLOSE,
	WIRE_NOTE,
	WIRE_TARGETS,
	WIRE_TRANSFER,
	WIRE_DISCONNECT,
	WIRE_WRAPUP,
	WIRE_CONSULT,
	WIRE_CONSULT_END,
	WIRE_START,
	WIRE_RESPONSES,
	WIRE_CUSTOMER,
	WIRE_PARK,
	WIRE_RESUME,
	WIRE_HISTORY,
	WIRE_EARLIER,
	WIRE_PAST,
	WIRE_PING,
};

/* What a client said. The spans borrow from `root` and stand until wire_frame_finish(); members
 * that the type does not have, or the client left out, are empty, 0 or false. */
struct wire_frame {
	enum wire_type type;
	struct span ref;
	struct span last, token;	  /* hello */
	struct span conversation, text;	  /* text: send, plan, note; DESK_TEXT_MAX octets at most */
	struct span before;		  /* thread, history, earlier, past */
	struct span of;			  /* earlier, past; retry: the message */
	struct span wrapup, notes;	  /* close, wrapup */
	struct span queue, agent, note;	  /* transfer, consult; queue: start, plan */
	struct span customer;		  /* start, plan, customer */
	bool has_skills, has_priority;	  /* transfer, consult: whether it says which */
	char skills[DESK_SKILLS_MAX + 1]; /* with commas */
	int priority;			  /* -DESK_PRIORITY_MAX..DESK_PRIORITY_MAX */
	struct span presence;		  /* presence */
	unsigned leg;			  /* wrapup: 1.. */
	enum desk_after after;		  /* disconnect */
	unsigned epoch;			  /* accept, decline: 1.. */
	unsigned limit;			  /* thread: 1..DESK_PAGE_MAX */
	uint64_t until_ms;		  /* park; 0 where it was left out */
	bool on_queue;			  /* status */
	struct json_t *root;
};

/* Why a frame was refused: `code` and `message` go into the error frame, with `ref` where it could
 * be read, else "" (null on the wire). */
struct wire_fault {
	const char *code; /* bad_json, bad_frame, unknown_type, too_long, empty */
	char message[160];
	char ref[WIRE_REF_MAX + 1];
};

/* Reads one frame. 0 and `frame` (to be finished), or -EINVAL and `fault`. */
int wire_frame_init(struct span text, struct wire_frame *frame, struct wire_fault *fault)
	__attribute__((warn_unused_result));
void wire_frame_finish(struct wire_frame *frame);

/* digits-digits, the form of a stream's id, both numbers within 64 bits. */
bool wire_is_id(struct span id);
/* The order of two ids as a stream has it: <0, 0, >0. Both must be wire_is_id(). */
int wire_id_compare(struct span left, struct span right);

/*
 * The texts of the field `j` of {a:<agent>}:events: an event without its `id`, which the socket
 * puts in. Each gives a NUL-terminated string that the caller frees. Never NULL: out of memory
 * exits.
 */
char *wire_event_offer(const struct desk_offer *offer);
/* reason: accepted, declined, timeout, rescinded. */
char *wire_event_offer_ended(struct span conversation, unsigned epoch, const char *reason);
char *wire_event_connected(const struct desk_conversation *conversation);
char *wire_event_message(struct span conversation, const struct desk_message *message);
/* `reason` may be empty and is then left out. */
char *wire_event_message_state(struct span conversation, struct span message, struct span state,
			       struct span reason);
char *wire_event_opt(struct span conversation, bool opted_out);
/* What is known of its customer has changed; the event says no more, since it is kept. */
char *wire_event_customer(struct span conversation);
char *wire_event_closed(const struct desk_closed *closed);
char *wire_event_disconnected(const struct desk_after_call *after);
char *wire_event_consult(const struct desk_consult *consult);
/* reason: accepted, declined, timeout, gone, cancelled, over. `agent` may be empty. */
char *wire_event_consult_ended(struct span conversation, const char *reason, struct span agent);
char *wire_event_parked(struct span conversation, unsigned leg, uint64_t until_ms);
char *wire_event_inactive(struct span conversation, unsigned leg, uint64_t until_ms);
/* reason: agent, time, message. */
char *wire_event_resumed(struct span conversation, unsigned leg, struct span reason);
char *wire_event_agent(const struct desk_agent *agent);

/* Answers to one client, to be freed like the events. The ack of a plain yes has `type` and `ref`;
 * otherwise what stands in `answer` depends on `asked`. */
char *wire_ack(struct span ref, enum wire_type asked, const struct desk_answer *answer);
/* The thread of a conversation that a supervisor reads along, as it is now. */
char *wire_thread(const struct desk_answer *answer);
/* An empty `ref` is written as null. */
char *wire_error(struct span ref, const char *code, const char *message);
char *wire_snapshot(const struct desk_answer *answer, uint64_t now_ms);
/* The member `code` of an error frame; NULL for DESK_OK. */
const char *wire_desk_code(enum desk_code code);

#endif
