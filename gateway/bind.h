#ifndef BINDERY_GATEWAY_BIND_H
#define BINDERY_GATEWAY_BIND_H

#include <stdbool.h>
#include <stdint.h>

#include "config/log.h"
#include "config/metrics.h"
#include "config/settings.h"
#include "gateway/link.h"
#include "gateway/pace.h"
#include "smpp/pdu.h"
#include "smpp/session.h"
#include "smpp/window.h"

/*
 * One bind of a carrier: the session's table, the window and the timers, wired to a link. It
 * answers by itself what concerns the session (enquire_link, unbind, what it cannot serve) and
 * hands on messages and the answers to our submits.
 */

#define BIND_HEARD_MAX 4096 /* delivers that wait for Redis; above it the link is not read */

struct bind;
struct meter;

/* How a request of ours ended. `user` is what it was sent with. */
struct bind_answer {
	uint64_t user;
	uint32_t status;
	struct span message_id; /* borrowed for the time of the call */
	const struct pdu *pdu;	/* the answer itself, borrowed too */
	bool late;		/* its outcome was called unknown before */
};

enum bind_lost {
	BIND_LOST_TIMEOUT, /* no answer in time; it may still come, late */
	BIND_LOST_LINK,	   /* the link died with it in flight */
	BIND_LOST_UNSENT,  /* it never left: not an unknown outcome */
};

struct bind_events {
	/* deliver_sm or data_sm, to be answered by bind_reply() with the generation of now. */
	void (*heard)(struct bind *bind, const struct pdu *pdu, void *context);
	void (*answered)(struct bind *bind, const struct bind_answer *answer, void *context);
	void (*lost)(struct bind *bind, uint64_t user, enum bind_lost why, void *context);
	/* Bound, no longer bound, or with room again. */
	void (*changed)(struct bind *bind, void *context);
	/* A deliver_sm was refused here, or a link began or ended: repetitions may follow. */
	void (*unsure)(void *context);
};

/* Counters of one carrier, which its binds share. */
struct bind_counters {
	struct metric *pdus_in, *pdus_out, *odd, *refused, *broken, *unexpected, *unmatched, *late;
	struct metric *binds, *bind_failures, *pauses, *answer_seconds;
	struct metric *untrusted, *congested;
};

struct bind_setup {
	struct turn *turn;
	const struct settings_carrier *carrier; /* its content may change, see bind_change() */
	struct link_tls_context *tls;		/* NULL without TLS */
	unsigned index;
	uint64_t drain_ms;
	const struct bind_counters *counters;
	struct meter *meter; /* looks on; may be NULL */
	const struct bind_events *events;
	void *context;
};

struct bind {
	struct bind_setup setup;
	struct session session;
	struct window *window;
	struct pace pace;
	struct link link;
	ev_timer timer;
	uint64_t armed_ms;
	unsigned host;	   /* of the carrier's hosts, which is tried */
	unsigned connects; /* attempts so far */
	struct log_pace timeouts;
	unsigned heard;	   /* delivers not answered yet */
	unsigned failures; /* to be bound, in a row */
	bool tlvs;	   /* the SMSC speaks 3.4 and up */
	bool again;	   /* unbinding in order to bind with other settings */
	uint32_t version;  /* the next bind offers it: interface_version, or less once refused */
	unsigned slots;	   /* that the window has; the pace may allow fewer */
	uint8_t *burst;	   /* submits of this event, see bind_burst() */
	size_t burst_length, burst_capacity;
	struct bind_mark *marks; /* where each of them ends */
	unsigned marks_count;
};

/* Borrows what `setup` points to. */
struct bind *bind_create(const struct bind_setup *setup);
/* Tells nobody of what was in flight. */
void bind_destroy(struct bind **bind);

void bind_start(struct bind *bind);
/* Drains the window, unbinds, closes. bind_is_stopped() says when. */
void bind_stop(struct bind *bind);
/* What `setup.carrier` points to is different now, and `tls` is what new connections are made with.
 * Window and timers change where they are; with `rebind` the bind also drains, unbinds and binds
 * again, for what only a new bind can change. */
void bind_change(struct bind *bind, struct link_tls_context *tls, bool rebind);

/* Takes the socket of an SMSC that connected to us and will say outbind. False, with the socket
 * left to the caller, when this bind has a connection or should have none. */
bool bind_adopt(struct bind *bind, int fd);

/* Whom the bind talks to, for people; "outbind" and 0 for an SMSC that connects to us. */
const struct settings_host *bind_peer(const struct bind *bind);
/* How long until the next attempt; 0 where it is the SMSC's to make. */
uint64_t bind_wait_ms(const struct bind *bind, uint64_t now_ms);
/* The SMSC refused our credentials when it was last asked. */
bool bind_is_refused(const struct bind *bind);
bool bind_is_stopped(const struct bind *bind);
bool bind_is_bound(const struct bind *bind);
/* Bound, and not as a receiver: it takes submits, if not at this moment. */
bool bind_sends(const struct bind *bind);

/* How many submits may be added now. */
unsigned bind_room(const struct bind *bind, uint64_t now_ms);

/* The low octet of `user` that tells a query_sm or cancel_sm from a submit_sm: no message has so
 * many parts. Their answers are told apart by it, whatever sequence a confused SMSC gives them. */
#define BIND_QUESTION 0xFFu

/* Adds a submit_sm, or the request that header.command names, to the burst; its sequence is set
 * here. Returns 0, -EAGAIN without room, or what pdu_encode() says. */
__attribute__((warn_unused_result)) int bind_submit(struct bind *bind, struct pdu *pdu,
						    uint64_t user);
/* Writes the burst at once. What the kernel did not take is told as BIND_LOST_UNSENT, since by the
 * time that it could be written the customer may have opted out. Call it in the event in which the
 * first was added. */
void bind_burst(struct bind *bind);

/* Answers a deliver_sm or data_sm of connection `generation`; dropped when that is gone. */
void bind_reply(struct bind *bind, uint32_t generation, const struct pdu_header *request,
		uint32_t status);

#endif
