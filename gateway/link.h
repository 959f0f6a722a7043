#ifndef BINDERY_GATEWAY_LINK_H
#define BINDERY_GATEWAY_LINK_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/link_tls.h"
#include "gateway/turn.h"
#include "smpp/frame.h"
#include "smpp/span.h"

struct resolve;

/*
 * One TCP or TLS connection to an SMSC, made anew as often as its owner asks. Octets come in and
 * leave as whole PDUs; what is written in one turn of the loop leaves in one write, and what a
 * short write left over is kept. Memory is bounded both ways: a peer that does not read what we
 * answer is not read either.
 *
 * A link lives as long as its bind. No call here calls back before it returns, and each connection
 * is told of by exactly one of `failed` or `ended`, unless link_close() came first.
 */

#define LINK_OUT_HIGH ((size_t)256 * 1024) /* octets unsent at which reading stops */

enum link_hold {
	LINK_HOLD_OWNER = 1 << 0,  /* the owner has enough to do */
	LINK_HOLD_OUTPUT = 1 << 1, /* the peer does not read */
};

struct link_events {
	void (*connected)(void *context);
	void (*failed)(const char *why, void *context); /* no connection came of it */
	void (*ended)(const char *why, void *context);	/* the peer closed, or an error */
	/* One PDU, header included; borrowed for the time of the call, which may close the link. */
	void (*pdu)(struct span pdu, void *context);
	/* The peer takes octets again, after it had not. */
	void (*cleared)(void *context);
	/* A length that no PDU can have, with the octets there are of it; or, with an empty span, a
	 * half-read PDU whose rest did not come in time. The link is still there. */
	void (*broken)(struct span start, const char *why, void *context);
};

struct link_settings {
	const char *local_address; /* "" = any */
	size_t pdu_max;
	uint64_t read_timeout_ms; /* for the rest of a PDU */
	/* NULL without TLS. Looked at when a connection is made, so it may be replaced meanwhile.
	 */
	struct link_tls_context *tls;
	const char *tls_name; /* that the certificate is for; NULL or "" = the host */
};

struct link {
	struct turn *turn; /* borrows */
	const struct link_events *events;
	void *context;
	struct link_settings settings;
	int fd;		 /* -1 without a connection */
	bool connecting; /* connect() or the TLS handshake has not finished */
	bool untrusted;	 /* the last attempt failed over TLS */
	uint32_t
		generation; /* counts connections, so that an old one's business is known as such */
	unsigned holds;	    /* enum link_hold */
	unsigned round;	    /* of this attempt, see link_connect() */
	struct resolve *resolve; /* the host is being looked up */
	const char *trouble;	 /* why connecting failed at once, until that is told */
	struct link_tls *tls;	 /* NULL without TLS, or before TCP is connected */
	char *tls_host;		 /* owned; the name of this attempt */
	struct frame frame;
	ev_io read, write;
	ev_timer half_read, failure, more;
	struct turn_task flush;
	uint8_t *out; /* unsent octets: out_start..out_end */
	size_t out_start, out_end, out_capacity;
	uint64_t octets_in, octets_out;
};

/* Borrows `turn`, `events` and what `settings` points to. */
void link_init(struct link *link, struct turn *turn, const struct link_settings *settings,
	       const struct link_events *events, void *context);
void link_finish(struct link *link);

/* Begins a connection; there must be none. Of a name with several addresses `round` says which one
 * is tried: any number, one more each time that the host has its turn again. */
void link_connect(struct link *link, const char *host, unsigned port, unsigned round);
/* Takes the socket of a peer that connected to us, without TLS; there must be no connection, and
 * `connected` is not told. */
void link_adopt(struct link *link, int fd);
/* Writes what still can be written, closes, forgets. Nothing of it is told. */
void link_close(struct link *link);

bool link_is_up(const struct link *link);
/* Whether the kernel took all that it was given so far. */
bool link_is_clear(const struct link *link);

/* Sends with the rest of this turn's. Copies. Without a connection it is dropped. */
void link_send(struct link *link, const uint8_t *octets, size_t length);
/* Sends at once what the kernel takes and returns how much that was: 0 while older octets wait. The
 * remainder stays with the caller. With TLS, what of one record the kernel does not take counts as
 * sent, since what was encrypted cannot be taken back; a record is begun only on a socket that has
 * room. */
size_t link_send_now(struct link *link, const uint8_t *octets, size_t length);

/* Stops and resumes reading; the half-read timer stands still meanwhile. */
void link_hold(struct link *link, enum link_hold reason, bool held);

#endif
