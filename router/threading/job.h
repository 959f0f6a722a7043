#ifndef BINDERY_ROUTER_THREADING_JOB_H
#define BINDERY_ROUTER_THREADING_JOB_H

#include "config/log.h"
#include "router/threading/inbox.h"
#include "router/threading/threading.h"
#include "smpp/message.h"
#include "smpp/reassembly.h"

/* What the files of this room share; nobody else includes it. */

#define JOB_ID_MAX 44
#define UNDERWAY_BUCKETS 16381 /* about as many as there can be (INBOX_OWED_MAX) */
/* For so long an id and its receipt may meet. */
#define RECEIPT_TTL_MS (INT64_C(72) * 3600 * 1000)

/* Whether receipts came before a result that names their id. */
enum job_parked { JOB_PARKED_UNKNOWN, JOB_PARKED_NONE, JOB_PARKED_SOME };

/* Jobs behind one another, by `next`. */
struct job_queue {
	struct job *first, **end;
};

/* One inbound entry, or one overdue message, on its way. Its spans borrow from `record`, its own.
 */
struct job {
	struct threading *threading;
	struct job *next;    /* behind it in the lane, or of the receipts that wait */
	unsigned generation; /* of the tenure that it belongs to; an answer to an older one is void
			      */
	unsigned partition;
	bool back;			/* its entry is in `back`, else in `in` */
	bool in_lane;			/* holds up the later messages of its partition */
	char customer[ADDRESS_MAX + 1]; /* whom the entry is about, where it says so */
	char id[JOB_ID_MAX]; /* of the entry; "" for an overdue message, and in a bundle */
	struct sheaf *sheaf; /* the others of its bundle, or NULL */
	bool old;	     /* another tenure may have begun with it, of a bundle with a part */
	bool applied;	     /* it is done with */
	struct message message;
	struct reassembly_part part;
	char parts[REASSEMBLY_KEY_MAX]; /* the key of its parts; "" for a whole message */
	char target[160];		/* where a receipt belongs */
	char *meeting; /* of a result that is under way (underway.c): what its id is called; owned
			*/
	enum job_parked parked;
	struct job *alike;	   /* another result that is under way, of the same bucket */
	struct job_queue receipts; /* that wait for this result */
	char *text;		   /* decoded, owned */
	size_t text_length;
	uint8_t *heard; /* all its parts (router/compliance/heard.h), owned; NULL: its record */
	size_t heard_length;
	char *answer; /* owned; NULL for none */
	unsigned segments, answer_segments;
	bool partial;
	size_t record_length;
	uint8_t record[];
};

struct batch;
struct sheaf;

/* The messages of a partition that wait for one that takes more than one step. */
struct lane {
	bool busy;
	struct job_queue waiting;
};

struct threading {
	struct ev_loop *loop;
	struct bus *bus;
	struct threading_settings settings;
	struct threading_events events;
	struct inbox *inbox;
	struct batch *meetings; /* of answers and receipts, by the carrier's id */
	struct batch *outcomes; /* what they say of messages */
	struct lane *lanes;
	struct job *underway[UNDERWAY_BUCKETS];
	unsigned generation;
	struct bus_args args;
	uint64_t counts[THREADING_COUNTERS];
	uint64_t tallies[THREADING_TALLIES], tallied[THREADING_TALLIES]; /* read, being read */
	char *queried;		/* `|a|b|`: the carriers that may be asked by query_sm; owned */
	unsigned tally_replies; /* that are still to come */
	bool tallies_read;	/* once at least */
	struct log_pace crowded;
	char **scopes; /* that the settings do not know, `<scope> <our number>` each; owned */
	size_t scopes_unknown;
	uint8_t *scratch; /* for texts while they are joined */
	size_t scratch_size;
};

void job_queue_init(struct job_queue *queue);
void job_queue_put(struct job_queue *queue, struct job *job);
/* The first, which is in it no more; NULL for none. */
struct job *job_queue_next(struct job_queue *queue);

/* Copies the record; `id` may be empty. */
struct job *job_create(struct threading *threading, unsigned partition, struct span id,
		       struct span record);
/* The job is over: frees it, returns its entry, and lets its lane go on. Nulls the pointer. */
void job_finish(struct job **job);

/* Reads an answer's first word, which may be all of it. */
enum job_verdict {
	JOB_OK,
	JOB_VOID, /* the tenure is over, or the outcome is unknown: drop the job, it comes again */
	JOB_DONE, /* it had been applied before */
	JOB_REPEATED, /* a repetition */
	JOB_OTHER,    /* a word of that function's own */
	JOB_REFUSED,  /* Redis or the function failed; said and counted */
};
enum job_verdict job_verdict(const struct job *job, const struct bus_reply *reply);
/* Deals with every verdict but JOB_OK and JOB_OTHER, which it returns as false. */
bool job_settled(struct job **job, const struct bus_reply *reply);

/* The default alphabet of the carrier that the message came from; GSM 7-bit for one that has left
 * the configuration. */
enum coding job_alphabet(const struct job *job);

/* The number of ours that its message came to, or NULL. */
const struct number *job_number(const struct job *job);

/* Begins a call on the job's partition with its entry (`in` or `back`) and `fence` already named.
 */
struct bus_args *job_call(struct job *job, const char *function);
/* Puts the entry aside and ends the job. */
void job_aside(struct job **job, const char *why);
/* Acknowledges the entry without more ado, counted under `why`, and ends the job. */
void job_drop(struct job **job, const char *why);
/* One of a bundle needs nothing more: ends it. */
void job_over(struct job **job);
/* Hands the events of {'ok', event…} on. */
void job_happened(struct job *job, const struct bus_reply *reply,
		  const struct threading_message *message);

/* The answer to a call that nothing else follows from: its events are handed on, the job ends. */
void job_end(struct job *job, const struct bus_reply *reply);
/* The same as a bus_done; the context is the job. */
void job_on_applied(struct bus *bus, const struct bus_reply *reply, void *context);

/* inbound.c: a message, whole or a part. Takes the job. */
void inbound_start(struct job *job);
/* Applies what was joined into job->text. Takes the job. */
void inbound_apply(struct job *job);
/* What the events of an applied job are about. */
struct threading_message inbound_message(const struct job *job);
/* Decodes these parts into job->text. Returns 0 or -errno. */
__attribute__((warn_unused_result)) int
inbound_join(struct job *job, const struct reassembly_part *parts, size_t count);

/* NULL for one that has left the configuration. */
const struct settings_carrier *job_carrier(const struct job *job, struct span carrier);
/* The carrier's own parameters of what was heard, as tlv_tell(); returns how many were left out. */
unsigned job_parameters(const struct job *job, char told[TLV_TELL_SIZE]);

/* consent.c: adds what job->text means for consent to the call being put together. */
void consent_add(struct job *job);
/* The same for a number that is none of ours, in every scope, and the record. */
void consent_add_stray(struct job *job);
/* A person has read an opt-out, which is to be confirmed. Takes the job. */
void consent_confirm(struct job *job);

/* parts.c. Takes the job. */
void parts_start(struct job *job);
/* Looks for messages whose parts are overdue. */
void parts_sweep(struct threading *threading, uint64_t now_ms);

/* outcome.c: results of submits, receipts, messages stopped by an opt-out. Takes the job. */
struct batch *outcome_meetings(struct threading *threading);
struct batch *outcome_outcomes(struct threading *threading);
void outcome_result(struct job *job);
void outcome_receipt(struct job *job);
void outcome_stopped(struct job *job);

/* underway.c: results that have named an id and are not applied yet. A receipt that is read
 * meanwhile follows its result, and need not ask Redis where it belongs. */
void underway_add(struct job *result, const char *name);
/* The newest of this tenure that named it; NULL for none. Borrowed, for now. */
struct job *underway_find(struct threading *threading, const char *name);
/* The receipt waits until the result knows what was parked for it. Takes the receipt. */
void underway_wait(struct job *result, struct job *receipt);
/* It ends: what still waits ends with it, and comes again. */
void underway_remove(struct job *job);

/* refusal.c: what suppresses a customer has changed, or what is known of them; their agents hear of
 * it by that function. Takes the job. */
void refusal_told(struct job *job, const char *function);
/* A carrier refused a message: by the status of a submit_sm_resp, or by the error of a receipt. */
struct refusal {
	const struct settings_carrier *carrier; /* NULL for one that has left the configuration */
	unsigned partition;			/* of the message */
	struct span id, customer;
	uint32_t status;
	struct span error; /* empty where there is none */
};
/* It may be that the customer opted out there. What follows is sent before anything that is sent
 * after it; may be said twice. */
void refusal_of(const struct job *job, const struct refusal *refusal);

/* sheaf.c: an entry that is a bundle, of so many jobs, which are yet to be named one by one in
 * their `sheaf`. */
struct sheaf *sheaf_create(struct threading *threading, struct span id, size_t jobs);
/* The job, of a sheaf, is over. With the last the entry is removed, if all were applied. */
void sheaf_leave(struct job *job);

/* overdue.c: messages whose receipt did not come in time, receipts that belong to nothing. */
void overdue_sweep(struct threading *threading, uint64_t now_ms);

/* scopes.c: looks for what is on lists and covers nothing any more, and says so. */
void scopes_read(struct threading *threading);
void scopes_finish(struct threading *threading);

/* tally.c: reads anew what the Redis Functions have counted. */
void tally_read(struct threading *threading);

#endif
