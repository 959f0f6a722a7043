#ifndef BINDERY_ROUTER_DOOR_LISTENER_H
#define BINDERY_ROUTER_DOOR_LISTENER_H

/*
 * The listening socket of the door. It is ours and not the library's, which listens on every
 * address where it does not find the one that was asked for, and cannot stop listening while it
 * serves.
 */

struct ev_loop;
struct listener;

#define LISTENER_BACKLOG 512
#define LISTENER_BATCH 64 /* connections taken in one turn of the loop */

/* `connection` is the callee's to keep or close; it is non-blocking, and closed on exec. */
typedef void listener_accepted(int connection, void *context);

/* `host` is an address or a name; NULL or "" is every address. Port 0 takes a free one.
 * -EADDRINUSE, -EADDRNOTAVAIL, -EACCES; -EINVAL for a host that has no address. */
int listener_create(struct ev_loop *loop, const char *host, unsigned port,
		    struct listener **listener) __attribute__((warn_unused_result));
void listener_start(struct listener *listener, listener_accepted *accepted, void *context);
/* Null-safe, nulls. */
void listener_destroy(struct listener **listener);
unsigned listener_port(const struct listener *listener);

#endif
