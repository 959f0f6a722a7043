#ifndef BINDERY_GATEWAY_JOB_H
#define BINDERY_GATEWAY_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"
#include "smpp/message.h"
#include "smpp/pdu.h"
#include "smpp/segment.h"
#include "smpp/time.h"

/*
 * An outbound message that was taken, with what became of each of its submits so far. Pure: what to
 * do next is outbound.c's business.
 */

enum part_state {
	PART_WAITING, /* to be written, the first time or again */
	PART_FLYING,  /* in a bind's window */
	PART_REFUSED, /* refused here; another carrier may take the message */
	PART_DONE,    /* its last result is told */
};

struct part {
	enum part_state state;
	unsigned attempts;     /* times written */
	unsigned resubmits;    /* of those, since nobody knew what became of it */
	bool unclear;	       /* an answer did not come, so it may have been accepted */
	bool accepted;	       /* by an answer that came late, while it was sent again */
	uint64_t submitted_ms; /* Unix time, of the last */
	bool scheduled;	       /* and its carrier keeps it until schedule_ms */
};

struct bind;
struct source;

struct job {
	struct job *next, *previous; /* of its table's list */
	uint32_t slot, generation;   /* its place in the table */
	unsigned partition;
	struct bind *bind; /* where its segments go, NULL until the first went */
	bool checking;	   /* mt_check was asked */
	bool over;	   /* every part is done; kept for a late answer, or for mt_check's */
	bool plain;	   /* its bind is below version 3.4: no TLVs */
	bool timed_out;	   /* an answer is missing, so a late one may come */
	uint16_t reference;
	bool committed; /* a part was, or may have been, accepted: no other carrier gets it */
	bool rooted;	/* there is no other carrier */
	bool yielded;	/* another gateway has the carrier, and so this message */
	unsigned submits, waiting, flying, refused;
	uint32_t refusal; /* the status with which parts were refused */
	const char *refusal_reason;
	struct source *source;	/* the number it comes from, NULL where that is not ours */
	uint64_t not_before_ms; /* monotonic */
	uint64_t back_ms;	/* not given back before that, since Redis refused it */
	unsigned held_ms;	/* how long mt_check's next "not yet" makes it wait */
	uint64_t deadline_ms;	/* Unix time after which it is not sent */
	char id[MESSAGE_NAME_MAX + 1];
	uint8_t *record;		/* owned; the message borrows from it */
	struct message message;		/* MESSAGE_MT */
	struct segment_options options; /* by which it was planned */
	struct segment_plan plan;
	struct part parts[];
};

/* Reads a record and plans its segments, all of them waiting: as the carrier wants them, or as
 * `cut` says, job_cut() of the same message before. `reference` is from mt_take. Returns NULL with
 * a word for the result's reason when the message can never be sent. */
struct job *job_create(struct span record, int64_t reference,
		       const struct settings_carrier *carrier, struct span cut,
		       const char **reason);

/* How it was cut, as a text. */
#define JOB_CUT_MAX 64
const char *job_cut(const struct job *job, char out[JOB_CUT_MAX]);

void job_destroy(struct job **job);

/* Memory that a submit_sm under construction borrows. */
struct job_scratch {
	uint8_t octets[SEGMENT_PAYLOAD_MAX];
	uint8_t tlvs[SEGMENT_PAYLOAD_MAX + 64 + SETTINGS_TLVS_MAX * (SETTINGS_TLV_OCTETS_MAX + 4)];
	char validity[TIME_SIZE], schedule[TIME_SIZE];
	char source[ADDRESS_WIRE_MAX + 1], destination[ADDRESS_WIRE_MAX + 1];
};

/* Fills in the submit_sm of part `index`, all but its sequence. Returns 0, or a negative errno for
 * an address that has no form on the wire or a text that does not fit. */
__attribute__((warn_unused_result)) int job_build(const struct job *job, unsigned index,
						  const struct settings_carrier *carrier,
						  struct job_scratch *scratch, struct pdu *pdu);
/* Says until when the message is worth anything, in the form that the carrier wants; `now_ms` is
 * Unix time. */
void job_put_validity(const struct job *job, const struct settings_carrier *carrier,
		      uint64_t now_ms, struct job_scratch *scratch, struct pdu *pdu);

/* "1" where the carrier takes messages before their time, else "". */
const char *job_ahead(const struct settings_carrier *carrier);
/* Says when the message is to be delivered, where the carrier keeps it until then; `now_ms` as
 * above. Whether it said so. */
bool job_put_schedule(const struct job *job, const struct settings_carrier *carrier,
		      uint64_t now_ms, struct job_scratch *scratch, struct pdu *pdu);

void job_set(struct job *job, unsigned index, enum part_state state);

/* What Redis knows of a job in flight. The parts of which the last result is told, as `0,2`; from a
 * word that cannot be one on, nothing is marked. */
void job_mark_done(struct job *job, struct span parts);
/* How often each part was sent again, the first one's first, as `0,2`; what is missing is 0. */
void job_mark_resubmits(struct job *job, struct span counts);

/*
 * All jobs of a carrier. A request in a window knows its part by a number rather than by a pointer,
 * so that an answer that comes after the job is gone finds nothing instead of something else. The
 * list has the higher classes first, and each in the order in which they came.
 */
struct jobs {
	struct job_slot *slots;
	uint32_t slots_count, free_slot;
	struct job *first, *last;
	unsigned count;
};

void jobs_init(struct jobs *jobs);
void jobs_finish(struct jobs *jobs); /* destroys them */
void jobs_add(struct jobs *jobs, struct job *job);
/* Takes it out and destroys it. */
void jobs_remove(struct jobs *jobs, struct job **job);
uint64_t jobs_user(const struct job *job, unsigned part);
/* NULL when that job is gone. */
struct job *jobs_find(const struct jobs *jobs, uint64_t user, unsigned *part);
/* Of a message that was yielded nothing is found. */
struct job *jobs_by_id(const struct jobs *jobs, struct span id);

#endif
