#ifndef BINDERY_SMPP_SESSION_H
#define BINDERY_SMPP_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "smpp/pdu.h"

/*
 * The life of one bind as an ESME sees it, SMPP 3.4 §2.2. Pure: (state, event, now) gives the next
 * state and what to do. The table in session.c is the whole machine; a pair that is not in it is
 * unexpected: counted by the caller, and nothing changes, since an odd PDU costs no bind.
 *
 * The caller arms one timer at session_due_ms() and calls session_tick() when it fires, calls
 * session_step() with what session_hears() makes of each PDU, and carries out the actions in the
 * order of their bits. Times are of one monotonic clock, in ms.
 */

enum session_mode {
	SESSION_TRANSMITTER,
	SESSION_RECEIVER,
	SESSION_TRANSCEIVER,
};

#define SESSION_STATES(X)                                                                          \
	X(STOPPED, "stopped")	    /* nothing to do until START */                                \
	X(WAITING, "waiting")	    /* no connection; the next attempt is due */                   \
	X(CONNECTING, "connecting") /* TCP and TLS */                                              \
	X(OPEN, "open")		    /* the SMSC connected to us; its outbind is awaited */         \
	X(BINDING, "binding")	    /* our bind is sent */                                         \
	X(BOUND_TX, "bound_tx")                                                                    \
	X(BOUND_RX, "bound_rx")                                                                    \
	X(BOUND_TRX, "bound_trx")                                                                  \
	X(DRAINING, "draining")	  /* to stop: no new requests, the window empties */               \
	X(UNBINDING, "unbinding") /* our unbind is sent */

enum session_state {
#define SESSION_STATE(name, text) SESSION_##name,
	SESSION_STATES(SESSION_STATE)
#undef SESSION_STATE
		SESSION_STATE_COUNT
};

#define SESSION_EVENTS(X)                                                                          \
	X(START, "start")		    /* begin; also a first or renewed wish to be bound */  \
	X(STOP, "stop")			    /* end in good order */                                \
	X(CONNECTED, "connected")	    /* TCP and TLS are up */                               \
	X(ACCEPTED, "accepted")		    /* the SMSC connected to our outbind listener */       \
	X(CONNECT_FAILED, "connect_failed") /* refused, unreachable, TLS not verified */           \
	X(DISCONNECTED, "disconnected")	    /* closed by the peer, or an error */                  \
	X(BROKEN, "broken")		    /* FRAME_BAD_LENGTH, or a half-read PDU timed out */   \
	X(BIND_OK, "bind_ok")		    /* bind_*_resp with ESME_ROK */                        \
	X(BIND_REFUSED, "bind_refused")	    /* bind_*_resp with an error */                        \
	X(CREDENTIALS, "credentials")	    /* ... with ESME_RINVPASWD and its kin */              \
	X(OUTBIND, "outbind")                                                                      \
	X(ENQUIRE, "enquire") /* enquire_link came */                                              \
	X(UNBIND, "unbind")   /* unbind came */                                                    \
	X(UNBOUND, "unbound") /* unbind_resp came */                                               \
	X(NACK, "nack")	      /* generic_nack came that no request in the window is meant by */    \
	X(PDU, "pdu")	      /* any other PDU came */                                             \
	X(DRAINED, "drained") /* the window is empty */                                            \
	X(RETRY_DUE, "retry_due") /* the rest come from session_tick() */                          \
	X(CONNECT_TIMEOUT, "connect_timeout")                                                      \
	X(INIT_TIMEOUT, "init_timeout")                                                            \
	X(IDLE, "idle")                                                                            \
	X(ENQUIRE_TIMEOUT, "enquire_timeout")                                                      \
	X(DEAD, "dead")                                                                            \
	X(DRAIN_TIMEOUT, "drain_timeout")                                                          \
	X(UNBIND_TIMEOUT, "unbind_timeout")

enum session_event {
#define SESSION_EVENT(name, text) SESSION_ON_##name,
	SESSION_EVENTS(SESSION_EVENT)
#undef SESSION_EVENT
		SESSION_EVENT_COUNT
};

/* Carry them out in this order, lowest bit first. */
enum session_action {
	SESSION_DO_HOLD = 1 << 0,	    /* no new requests from now on */
	SESSION_DO_NEXT_HOST = 1 << 1,	    /* the next attempt goes to the carrier's next host */
	SESSION_DO_ALARM = 1 << 2,	    /* credentials refused: somebody should act */
	SESSION_DO_CONNECT = 1 << 3,	    /* to the current host */
	SESSION_DO_SEND_BIND = 1 << 4,	    /* bind_* of the session's mode */
	SESSION_DO_ANSWER_ENQUIRE = 1 << 5, /* enquire_link_resp to the PDU at hand */
	SESSION_DO_SEND_ENQUIRE = 1 << 6,   /* enquire_link */
	SESSION_DO_ANSWER_UNBIND = 1 << 7,  /* unbind_resp to the PDU at hand */
	SESSION_DO_SEND_UNBIND = 1 << 8,    /* unbind */
	SESSION_DO_UNKNOWN = 1 << 9,	    /* all that is in the window has an unknown outcome */
	SESSION_DO_CLOSE = 1 << 10,	    /* close the connection once what was written is out */
	SESSION_DO_READY = 1 << 11,	    /* bound: requests may flow */
};
#define SESSION_ACTION_COUNT 12

/* All in ms but the count. session_settings_default() fills them in. */
struct session_settings {
	enum session_mode mode;
	bool passive;		      /* never connects: the SMSC does, and says outbind */
	uint32_t connect_timeout_ms;  /* 10 s */
	uint32_t init_timeout_ms;     /* 30 s: from connected to bound, SMPP 3.4 §7.2 */
	uint32_t enquire_idle_ms;     /* 30 s without a PDU in */
	uint32_t enquire_timeout_ms;  /* 10 s for each answer */
	uint32_t enquire_unanswered;  /* 3 in a row and the link is dead */
	uint32_t drain_timeout_ms;    /* 30 s */
	uint32_t unbind_timeout_ms;   /* 5 s */
	uint32_t backoff_first_ms;    /* 1 s, doubled each time */
	uint32_t backoff_max_ms;      /* 60 s */
	uint32_t credentials_wait_ms; /* 60 s, doubled each time */
	uint32_t credentials_max_ms;  /* 15 min */
	uint32_t stable_ms;	      /* 10 s bound and the doubling begins anew */
};

struct session_settings session_settings_default(enum session_mode mode);

struct session {
	struct session_settings settings;
	enum session_state state;
	bool stopping;	      /* STOP was heard: do not try again */
	uint32_t attempts;    /* failures in a row, for the backoff */
	uint32_t refusals;    /* credentials refused in a row */
	uint32_t unanswered;  /* enquire_links since the last PDU in */
	uint64_t entered_ms;  /* when the present state began */
	uint64_t heard_ms;    /* the last PDU in */
	uint64_t enquired_ms; /* the last enquire_link out */
	uint64_t retry_ms;    /* in WAITING: when the next attempt is due */
};

struct session_step {
	enum session_state from, to;
	enum session_event event;
	uint32_t actions; /* enum session_action, ored */
	bool unexpected;  /* the pair is not in the table; nothing changed */
};

/* A session in STOPPED. */
void session_init(struct session *session, const struct session_settings *settings);

/* Moves the session. `random` spreads the backoff; any value. Every state moves here and only here,
 * so this is where the caller logs old, new and the event. */
struct session_step session_step(struct session *session, enum session_event event, uint64_t now_ms,
				 uint32_t random);

/* Turns the timer that is due into its event and steps. False when none is due yet. Call again
 * until false; it ends, since each step moves the deadline. */
bool session_tick(struct session *session, uint64_t now_ms, uint32_t random,
		  struct session_step *step);

/* When session_tick() has something to do; UINT64_MAX for never. */
uint64_t session_due_ms(const struct session *session);

/* The event that a PDU is to the session. A generic_nack that answers a request in the window is
 * SESSION_ON_PDU, which the caller knows. */
enum session_event session_hears(const struct pdu_header *header);

/* Whether a request may be handled in this state. ESME_ROK, or the status to answer it with:
 * ESME_RINVBNDSTS, ESME_RALYBND, ESME_RX_T_APPN (unbinding: the carrier is to keep it), or
 * ESME_RINVCMDID for what an ESME does not serve. Not for responses. */
enum status session_admits(enum session_state state, uint32_t command);

/* BOUND_*: whether our own submits, and the SMSC's delivers, flow. */
bool session_sends(enum session_state state);
bool session_is_bound(enum session_state state);

const char *session_state_name(enum session_state state);
const char *session_event_name(enum session_event event);
const char *session_action_name(enum session_action action);

#endif
