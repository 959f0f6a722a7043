#ifndef BINDERY_ROUTER_DOOR_ORIGIN_H
#define BINDERY_ROUTER_DOOR_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "smpp/span.h"

/*
 * Whether a page of `origin` (`https://desk.example:8443`, RFC 6454 §7) may act for a signed-in
 * person. With a list, the origin must be on it; with none, its host and port must be those of the
 * Host header. Case does not matter. `null` never may.
 */
bool origin_allowed(struct span origin, struct span host, const char *const *list, size_t count);

#endif
