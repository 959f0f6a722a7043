#ifndef BINDERY_GATEWAY_OUTBIND_H
#define BINDERY_GATEWAY_OUTBIND_H

#include <stdbool.h>

struct ev_loop;
struct outbind;

/* Listens for an SMSC that connects to us in order to say outbind, SMPP 3.4 §2.2.1. */

/* Takes `fd` and returns true, or leaves it, to be closed. */
typedef bool outbind_accepted(int fd, void *context);

/* `listen_on` is an address. Returns 0, or -errno when it cannot be had. Borrows `loop`. */
__attribute__((warn_unused_result)) int outbind_create(struct ev_loop *loop, const char *listen_on,
						       unsigned port, outbind_accepted *accepted,
						       struct outbind **outbind);
void outbind_set_context(struct outbind *outbind, void *context);
void outbind_destroy(struct outbind **outbind);

#endif
