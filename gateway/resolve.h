#ifndef BINDERY_GATEWAY_RESOLVE_H
#define BINDERY_GATEWAY_RESOLVE_H

struct addrinfo;
struct ev_loop;
struct resolve;

/* From a host's name to its addresses without stopping the loop: the C library asks in a thread of
 * its own (getaddrinfo_a(3)), and we look now and then whether it has finished. */

/* `list` is NULL with `why`, or the addresses, borrowed for the time of the call. The resolve is
 * over when it is called. */
typedef void resolve_done(const struct addrinfo *list, const char *why, void *context);

/* Begins. Never calls back before it returns. */
struct resolve *resolve_create(struct ev_loop *loop, const char *host, unsigned port,
			       resolve_done *done, void *context);
/* Forgets it, without a call back. */
void resolve_destroy(struct resolve **resolve);

#endif
