#ifndef BINDERY_ROUTER_DOOR_COOKIE_H
#define BINDERY_ROUTER_DOOR_COOKIE_H

#include <stdbool.h>
#include <stddef.h>

#include "smpp/span.h"

#define COOKIE_SESSION "bindery_session"
#define COOKIE_LINE_MAX 256

/* The value of the first cookie `name` in a Cookie header (RFC 6265 §4.2), an empty span where
 * there is none. Quotes around it are taken off. Borrows from `header`. */
struct span cookie_value(struct span header, const char *name);
/* The value of Set-Cookie for the session; an empty token takes the cookie away. Returns `out`. */
char *cookie_session(const char *token, unsigned max_age_s, bool secure, char out[COOKIE_LINE_MAX]);

#endif
