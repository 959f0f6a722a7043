#ifndef BINDERY_ROUTER_DOOR_UUID_H
#define BINDERY_ROUTER_DOOR_UUID_H

#include <stdbool.h>

#include "smpp/hex.h"

#define UUID_MAX HEX_UUID_MAX

/* A random one (RFC 4122 §4.4). False where the machine has no random octets. */
bool uuid_make(char out[UUID_MAX]) __attribute__((warn_unused_result));

#endif
