#ifndef BINDERY_GATEWAY_LINK_TLS_H
#define BINDERY_GATEWAY_LINK_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "smpp/span.h"

/*
 * The TLS of a link, as a client: octets of the wire in and out, octets of the peer in and out, no
 * socket. TLS 1.2 at least. The peer's certificate is verified against a CA file and the host's
 * name unless the operator turned that off.
 *
 * link_tls.c is the gateway's only user of OpenSSL.
 */

#define LINK_TLS_WHY_MAX 256
#define LINK_TLS_RECORD 4096 /* octets that are encrypted as one record, see link_send_now() */

/* Borrowed for the time of the call. PEM files; "" where not given. */
struct link_tls_settings {
	const char *ca_file; /* "" = the system's */
	const char *certificate, *private_key;
	bool verify;
};

/* What all connections of a carrier share. Connections that were made with it outlive it. */
struct link_tls_context;

/* Reads the files. Returns 0, or -EINVAL with the reason in words in `why`, of LINK_TLS_WHY_MAX. */
__attribute__((warn_unused_result)) int link_tls_load(const struct link_tls_settings *settings,
						      char *why, struct link_tls_context **context);
void link_tls_unload(struct link_tls_context **context);

struct link_tls;

/* A connection to `host`, a name or an IP address; the certificate has to be for it. */
struct link_tls *link_tls_create(struct link_tls_context *context, const char *host);
void link_tls_destroy(struct link_tls **tls);

/* Goes on with the handshake. Returns 0 when it is over, -EAGAIN when the peer has to speak first,
 * or -EPROTO when it failed; link_tls_why() says why. There may be output in all three cases. */
__attribute__((warn_unused_result)) int link_tls_handshake(struct link_tls *tls);
/* Why the handshake or a read failed, in words. Borrowed until `tls` is destroyed. */
const char *link_tls_why(const struct link_tls *tls);

/* Octets came from the wire. Copies. */
void link_tls_hear(struct link_tls *tls, const uint8_t *octets, size_t length);
/* Octets of the peer. Returns how many, -EAGAIN when more has to be heard first, 0 when the peer
 * said that it ends, or -EPROTO. */
__attribute__((warn_unused_result)) ssize_t link_tls_read(struct link_tls *tls, uint8_t *room,
							  size_t size);
/* Whether link_tls_read() may have something without anything more being heard. */
bool link_tls_has_input(const struct link_tls *tls);

/* Encrypts octets for the peer, after the handshake. */
void link_tls_write(struct link_tls *tls, const uint8_t *octets, size_t length);
/* Says that nothing more comes from us. */
void link_tls_end(struct link_tls *tls);
/* What is to be written to the wire, borrowed until the next call; link_tls_sent() empties it. */
struct span link_tls_output(const struct link_tls *tls);
void link_tls_sent(struct link_tls *tls);

#endif
