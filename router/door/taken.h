#ifndef BINDERY_ROUTER_DOOR_TAKEN_H
#define BINDERY_ROUTER_DOOR_TAKEN_H

#include <stdint.h>

/*
 * How many octets have been taken from a TCP socket since it was opened: what has come less what
 * waits in it (tcp(7), TCP_INFO; linux/tcp.h). The peer's FIN counts as one. -EAGAIN while more
 * comes at every look, else -errno.
 */
__attribute__((warn_unused_result)) int taken_octets(int connection, uint64_t *out);

#endif
