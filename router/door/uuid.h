#ifndef BINDERY_ROUTER_DOOR_UUID_H
#define BINDERY_ROUTER_DOOR_UUID_H

#include <stdbool.h>

#define UUID_MAX 37 /* octets of one as text, with its NUL */

/* A random one (RFC 4122 §4.4). False where the machine has no random octets. */
bool uuid_make(char out[UUID_MAX]) __attribute__((warn_unused_result));

#endif
