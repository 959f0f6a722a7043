#ifndef BINDERY_ROUTER_DOOR_DESK_H
#define BINDERY_ROUTER_DOOR_DESK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * What the door asks of the rest of the router, and the values that cross: the door knows HTTP,
 * JSON and sessions, the desk knows conversations, queues and agents. The names and meanings are
 * those of asyncapi.yaml. The door implements none of this; router/desk.c does.
 *
 * Every ask is answered exactly once by its `done`, later or at once, also when Redis goes away
 * (DESK_UNAVAILABLE). Answers are borrowed for the time of the callback.
 */

#define DESK_AGENT_MAX 64      /* octets of an agent's name */
#define DESK_SKILLS_MAX 512    /* octets of skills, with commas */
#define DESK_PRIORITY_MAX 1000 /* either way */
#define DESK_TEXT_MAX 16000    /* octets of a text, UTF-8 */
#define DESK_HISTORY_MAX 10    /* conversations of one history answer */
#define DESK_PAST_MAX 22       /* of one answer of past */
#define DESK_PAGE_MAX 200      /* messages of one thread answer */
#define DESK_GLANCE_MAX 160    /* characters of a text that an offer begins with */

enum desk_code {
	DESK_OK,
	DESK_NOT_YOURS,
	DESK_CONFLICT,
	DESK_SUPPRESSED,
	DESK_TOO_LONG,
	DESK_EMPTY,
	DESK_NO_ROUTE,
	DESK_WRAPUP_UNKNOWN,
	DESK_NOT_FOUND,
	DESK_NO_TARGET,	  /* no such queue, or nobody but oneself */
	DESK_NO_SKILL,	  /* no such skill */
	DESK_AGENT_BUSY,  /* the agent cannot take it now */
	DESK_BAD_NUMBER,  /* the customer's, as it is written */
	DESK_OPEN,	  /* that pair has an open conversation */
	DESK_BAD_TIME,	  /* it is over, or too far away */
	DESK_NOT_OURS,	  /* the number that it is sent from */
	DESK_KEY_REUSED,  /* the key that makes it once came with another message */
	DESK_NO_CATEGORY, /* the programme has none of that name */
	DESK_NOT_FAILED,  /* what is to be said once more is under way, or was delivered */
	DESK_QUIET,	  /* no hour in which it may be sent: now, or before it is too late */
	DESK_CROWDED,	  /* so many of the customer's wait for their time */
	DESK_UNAVAILABLE,
};

struct desk_message {
	struct span id, at, text, author, keyword, state, reason;
	/* What its carrier said of it in parameters of its own: lines of a name and a value. */
	struct span parameters;
	struct span of;	   /* the failed message that it says once more, else empty */
	struct span again; /* the message that says it once more */
	uint64_t at_ms;
	uint64_t schedule_ms; /* when it is to be delivered; 0: at once */
	unsigned segments;
	bool outbound, automatic, partial;
	bool note; /* for colleagues: neither in nor out */
};

struct desk_conversation {
	struct span id, customer, ours, queue, state;
	struct span queue_name; /* what people call it */
	uint64_t created_ms;
	uint64_t parked_until_ms;   /* of one that is parked; 0: until the agent says so */
	uint64_t inactive_until_ms; /* it is going to be closed then; 0 where that was not said */
	unsigned leg;
	bool opted_out;
	const char *const *wrapup_codes; /* of the queue, NULL-terminated */
};

struct desk_offer {
	struct span conversation, queue, customer, ours;
	uint64_t expires_ms, waiting_since_ms;
	unsigned epoch;
	bool last_agent;
	struct span how;    /* standard, bullseye, preferred, last, manual, transfer, consult */
	struct span skills; /* that it asks for, with commas */
	int priority;
	unsigned ring;	      /* of the queue, from 0 */
	struct span asked_by; /* who has it and asks whether the agent takes it; else empty */
	/* For a person to choose by. */
	struct span queue_name; /* what people call it */
	struct span text;	/* the first of those that nobody has answered, or its beginning */
	unsigned texts;		/* how many these are */
	struct span note;	/* what a colleague has written for who gets it, or its beginning */
};

/* Who is asked whether they take a conversation that an agent has. */
struct desk_consult {
	struct span conversation, queue, queue_name;
	struct span agent;	       /* asked alone, else empty */
	struct span ringing;	       /* at whom; empty while it waits */
	uint64_t since_ms, expires_ms; /* of what rings */
};

/* A leg of which the agent has after-call work. */
struct desk_after_call {
	struct desk_conversation conversation; /* in the event: its id alone */
	struct span mode;  /* optional, mandatory, timeout, forced, agent_requested */
	uint64_t until_ms; /* 0: until the agent says so */
	unsigned leg;
};

/* A leg that is over, and so is its after-call work. */
struct desk_closed {
	struct span conversation, wrapup;
	struct span reason; /* agent, timeout, transfer, reclaimed, inactivity, supervisor */
	unsigned leg;
};

struct desk_agent {
	struct span name, routing; /* off_queue, idle, interacting, not_responding */
	unsigned capacity, load;
	struct span presence; /* what they say they do, e.g. Meal; `at` is NULL where not told */
};

struct desk_plan {
	const char *coding; /* "GSM-7", "Latin-1", "ASCII", "UCS-2" */
	unsigned segments, used, limit;
	struct span forced_by; /* the character that made it UCS-2, empty where none did */
	size_t forced_offset;  /* its position in characters */
};

/* Whom a conversation may be given to. */
struct desk_target {
	const char *name;
	struct span title; /* what people call it */
	bool queue;	   /* else an agent */
	unsigned waiting;  /* in the queue */
	bool available;	   /* the agent can take it; of a queue: somebody on queue serves it */
};

/* A conversation of the customer's, with the legs of it that have ended, the newest first. */
struct desk_past_leg {
	struct span agent, queue, queue_name, wrapup, notes;
	struct span by; /* how it ended: agent, transfer, consult, reclaimed, inactivity,
			   supervisor */
	uint64_t ended_ms;
	unsigned leg;
};
struct desk_past {
	struct span id, ours, queue, queue_name, state;
	uint64_t created_ms;
	const struct desk_past_leg *legs;
	size_t leg_count;
	/* past: what was said in it, the newest last, and whether more was before that. */
	const struct desk_message *messages;
	size_t message_count;
	bool more;
};

/* What is known of a customer: every field, those that are shown first, in their order. */
struct desk_fact {
	const char *field; /* as placeholders name it; "" of a link */
	const char *label; /* NULL: it is not shown */
	const char *value;
	bool link; /* `value` is an address to open */
};
struct desk_customer {
	const char *id, *name; /* the name may be "" */
	const struct desk_fact *facts;
	size_t fact_count;
};

/* One answer; which members stand depends on what was asked. `detail` is a sentence for a person
 * where code is not DESK_OK. */
struct desk_answer {
	enum desk_code code;
	const char *detail;
	const struct desk_target *targets; /* targets */
	size_t target_count;
	bool has_needs;	    /* targets: whether the next two are known */
	struct span skills; /* with commas */
	int priority;
	const struct desk_response *responses; /* responses */
	size_t response_count;
	const struct desk_customer *customer; /* customer; NULL where nobody has the number */
	const struct desk_past *past;	      /* history, past */
	struct span past_customer;	      /* past: the number */
	size_t past_count;
	const struct desk_message *messages; /* send, note: one; thread: the newest last */
	size_t message_count;
	bool more;
	const struct desk_conversation *conversations; /* thread: one; snapshot: all */
	size_t conversation_count;
	const struct desk_offer *offers; /* snapshot */
	size_t offer_count;
	const struct desk_after_call *after_calls; /* snapshot */
	size_t after_call_count;
	const struct desk_consult *consults; /* snapshot */
	size_t consult_count;
	const struct desk_agent *agent; /* snapshot */
	const struct desk_plan *plan;
	struct span last_id; /* snapshot: events after this one are news */
};

typedef void desk_done(const struct desk_answer *answer, void *context);

/* Who asks, and where the answer goes. `context` stays valid until `done` was called: the door sees
 * to that even where the connection has gone. */
struct desk_ask {
	const char *agent;
	desk_done *done;
	void *context;
};

struct desk;

/* A connection of an agent is up or gone; `connection` is unique among all connections. */
void desk_connected(struct desk *desk, const char *agent, const char *connection);
void desk_disconnected(struct desk *desk, const char *agent, const char *connection);

void desk_snapshot(struct desk *desk, struct desk_ask ask);
void desk_status(struct desk *desk, struct desk_ask ask, bool on_queue);
/* What they say they do, one of those that are set up; it brings no work and takes none away. */
void desk_presence(struct desk *desk, struct desk_ask ask, struct span presence);
void desk_offer_answer(struct desk *desk, struct desk_ask ask, struct span conversation,
		       unsigned epoch, bool accept);
/* `ref` makes it once: the same agent's same ref is answered with the message it made. */
void desk_send(struct desk *desk, struct desk_ask ask, struct span conversation, struct span text,
	       struct span ref);
/* Says a message of that conversation once more that was not delivered. Once for each failure: the
 * same message again, by whatever ref or window, is answered with the one that did so. */
void desk_retry(struct desk *desk, struct desk_ask ask, struct span conversation,
		struct span message, struct span ref);
void desk_plan(struct desk *desk, struct desk_ask ask, struct span conversation, struct span text);

struct desk_page {
	struct span before; /* empty: from the newest */
	unsigned limit;	    /* 1..DESK_PAGE_MAX */
};
/* Of a conversation that is the agent's, or about which they are asked (the offer's id). */
void desk_thread(struct desk *desk, struct desk_ask ask, struct span conversation,
		 struct desk_page page);

/* The same of any conversation, for who need not have it. */
void desk_read_along(struct desk *desk, struct desk_ask ask, struct span conversation,
		     struct desk_page page);

/* A note for colleagues; `ref` makes it once. */
void desk_note(struct desk *desk, struct desk_ask ask, struct span conversation, struct span text,
	       struct span ref);

/* Whom conversations may be given to: every queue, and who is there of the other agents; and what
 * `conversation` asks for, which is the agent's, or empty. */
void desk_targets(struct desk *desk, struct desk_ask ask, struct span conversation);
struct desk_transfer {
	struct span queue, agent; /* one of them */
	struct span note;	  /* may be empty */
	struct span ref;	  /* makes it once */
	struct span skills;	  /* asked for from now on, with commas; `at` NULL: as they are */
	const int *priority;	  /* likewise; NULL: as it is */
};
/* The agent's leg ends. At another agent it rings alone; not taken, it waits in its queue. */
void desk_transfer(struct desk *desk, struct desk_ask ask, struct span conversation,
		   const struct desk_transfer *transfer);

struct desk_start {
	struct span queue, customer; /* the number in any way of writing */
	struct span text;
	struct span ref; /* makes it once */
};
/* Begins a conversation on behalf of a queue, from its number; the agent has it. The answer has the
 * conversation and its first message. */
void desk_start(struct desk *desk, struct desk_ask ask, const struct desk_start *start);
/* How the text would be sent then. */
void desk_start_plan(struct desk *desk, struct desk_ask ask, const struct desk_start *start);

/* Asks a queue or an agent whether they take it; until they do the agent keeps it. */
void desk_consult(struct desk *desk, struct desk_ask ask, struct span conversation,
		  const struct desk_transfer *transfer);
/* Nobody is asked any more. */
void desk_consult_end(struct desk *desk, struct desk_ask ask, struct span conversation,
		      struct span ref);

/* A text that is kept for whoever may need it, with placeholders as they are. */
struct desk_response {
	const char *id, *name, *text;
};
/* Those of a queue and those of every queue. */
void desk_responses(struct desk *desk, struct desk_ask ask, struct span queue);

/* Who has that number, in any way of writing. */
void desk_customer(struct desk *desk, struct desk_ask ask, struct span number);

/* Every conversation of its customer's, this one too, the newest first; `page.before` is one of
 * them. Also of one in the agent's after-call work. */
void desk_history(struct desk *desk, struct desk_ask ask, struct span conversation,
		  struct desk_page page);
/* The thread of `of`, another conversation of the same customer's. */
void desk_earlier(struct desk *desk, struct desk_ask ask, struct span conversation, struct span of,
		  struct desk_page page);

/* What was said to its customer before it, the newest conversation first, as one thread that goes
 * on from page to page: from `of` and what lies there before `page.before` on, both empty for the
 * conversation itself, of which the head alone is told. `page.limit` counts messages. `along` as in
 * desk_read_along(). */
struct desk_past_page {
	struct span of;
	struct desk_page page;
	bool along;
};
void desk_past(struct desk *desk, struct desk_ask ask, struct span conversation,
	       const struct desk_past_page *page);

/* Puts it aside until then (0: until the agent takes it up again), or until the customer writes
 * where its queue has it so; it does not count in the agent's load. Of one that is parked: another
 * time. */
void desk_park(struct desk *desk, struct desk_ask ask, struct span conversation, uint64_t until_ms,
	       struct span ref);
void desk_resume(struct desk *desk, struct desk_ask ask, struct span conversation);
/* A message outside of any agent's work, of class transactional. `from` is one of our numbers, `to`
 * a number as people write it. `ask.agent` is shown as its author, `by` is who asks. With a `key`
 * (of `by`, for a day) it is made once: the same message again is answered with what it made,
 * another one is refused; `digest` (64 octets) tells them apart. Answers with the message and, of
 * its conversation, id, ours and customer. It is accepted once it is on disk. */
struct desk_agentless {
	struct span from, to, text, key, digest;
	struct span category; /* one of the programme's; empty for none */
	/* When it is to be delivered, to the minute and within 31 days: as written_moment() reads
	 * it, or as SMPP writes it (§7.1.1); empty: at once. What is over is so where the key is
	 * known, and else refused. */
	struct span schedule;
	const char *by;
	bool active; /* into the conversation that is under way, where there is one; else beside it
		      */
	bool flash;  /* shown at once and not kept: message class 0 */
};
void desk_agentless(struct desk *desk, struct desk_ask ask, const struct desk_agentless *message);

struct desk_wrapup {
	struct span code, notes, ref; /* ref: as of a send */
};
void desk_close(struct desk *desk, struct desk_ask ask, struct span conversation,
		struct desk_wrapup wrapup);

/* After-call work, as far as the queue leaves it to the agent. */
enum desk_after { DESK_AFTER_UNSAID, DESK_AFTER_WANTED, DESK_AFTER_UNWANTED };
/* Ends the agent's leg; its wrap-up comes in after-call work. */
void desk_disconnect(struct desk *desk, struct desk_ask ask, struct span conversation,
		     enum desk_after after, struct span ref);
/* The wrap-up of a leg that has ended; an empty code where the queue does not insist on one. */
void desk_wrap(struct desk *desk, struct desk_ask ask, struct span conversation, unsigned leg,
	       struct desk_wrapup wrapup);

#endif
