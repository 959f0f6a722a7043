#ifndef BINDERY_GATEWAY_OUTBOUND_INTERNAL_H
#define BINDERY_GATEWAY_OUTBOUND_INTERNAL_H

#include "gateway/outbound.h"

struct bus_args;
struct bus_reply;

/* Between outbound.c, which asks Redis for work, lane.c, which says where, queue.c, where what was
 * taken waits, and submit.c, which does it. */

/* Redis said no: so long nothing more is asked of it about that. */
#define OUTBOUND_TROUBLE_MS 1000

/* What the end of one part is, beside which part it is. */
struct verdict {
	enum message_outcome outcome;
	uint32_t status;
	struct span smsc_id;
	const char *reason;
	uint64_t answered_ms;
	unsigned bind;
};

/* Writes what may be written of `job` now; only in the event in which mt_take or mt_check let it
 * pass. submit_burst() ends the event. */
void submit_job(struct outbound *outbound, struct job *job);
void submit_burst(struct outbound *outbound);

/* Tells a result. A final one also ends the part, and the job with its last part. */
void submit_tell(struct outbound *outbound, const struct job *job, unsigned part,
		 const struct verdict *verdict);
void submit_end_part(struct outbound *outbound, struct job *job, unsigned part,
		     const struct verdict *verdict);
/* Ends a message that could not even be read. */
void submit_unsendable(struct outbound *outbound, unsigned partition, struct span id,
		       const char *reason);
/* The part was, or may have been, written, and no answer will tell: the carrier's `on_unknown`. */
void submit_unknown(struct outbound *outbound, struct job *job, unsigned part, const char *reason);
/* Drops a job of which all parts are done, unless mt_check's reply is under way, a late answer may
 * still come for it, or its partition recovers: it is done, but mt_recover may have seen it in
 * flight, and must find it here. */
void submit_settle(struct outbound *outbound, struct job *job);
/* Ends the waiting parts of a job whose time is up. False when it is not. */
bool submit_expire(struct outbound *outbound, struct job *job);
/* Forgets the parts of a job that are not in a window. */
void submit_drop(struct outbound *outbound, struct job *job);
/* The same for one that an opt-out has ended, which is counted. */
void submit_forget(struct outbound *outbound, struct job *job);
/* The same for one that another carrier has got, and tells that. */
void submit_rerouted(struct outbound *outbound, struct job *job);

/* The pump runs again by then at the latest. */
void outbound_later(struct outbound *outbound, uint64_t due_ms);
/* Asks Redis for interactive messages alone, where there may be any and `ask` says that other
 * classes wait here: up to `room` of them. Returns how much of the room those take that are under
 * way. */
unsigned outbound_take_urgent(struct outbound *outbound, unsigned room, bool ask, uint64_t now_ms);
/* What Redis answered to that function is logged, where it is an error; once a second at most. */
void outbound_refused(struct outbound *outbound, const char *function,
		      const struct bus_reply *reply);
/* Until when to wait for a router that is behind, or gone, which is asked about less and less
 * often. `held_ms` is how long this time, 0 for the first. */
uint64_t outbound_held_until_ms(unsigned *held_ms);

/* The carrier is ours to send by, at this moment. */
bool outbound_is_ours(const struct outbound *outbound);
/* Says by which tenure a function is asked. */
void outbound_put_tenure(const struct outbound *outbound, struct bus_args *arguments);

/* Whether what Redis has in flight there is not compared yet with the jobs here. */
bool outbound_recovers(const struct outbound *outbound, unsigned partition);

/* Whether that partition may be asked for messages now. */
bool outbound_is_free(struct outbound *outbound, unsigned partition, uint64_t now_ms);

/* Whether the bind to which the job's segments are tied has a slot that nobody was promised in this
 * pass; true where it is tied to none, or to one that is gone. */
bool submit_may_go(struct outbound *outbound, const struct job *job, uint64_t now_ms);

/* Slots free on all binds, within the pace; how many segments may go now. */
unsigned submit_room(struct outbound *outbound, uint64_t now_ms);

#endif
