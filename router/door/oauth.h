#ifndef BINDERY_ROUTER_DOOR_OAUTH_H
#define BINDERY_ROUTER_DOOR_OAUTH_H

#include "router/door/api.h"
#include "router/door/http.h"
#include "router/door/session.h"

/*
 * Clients of the API (RFC 6749 §4.4, client credentials). A client is an entity of the directory:
 * name, description, scope (names of roles, with commas), secret (SHA-256 in hex of what it was
 * given, 64 hexadecimal digits, which no guessing finds), secret_ms (when it was made), token_s
 * (how long its tokens live) and state (active or inactive). A token is kept among the sessions,
 * by its SHA-256, with `client` in place of `name`, so that nothing takes one for the other.
 * Its scopes are looked up in the directory at each use: what is taken from a client is gone at
 * once.
 */

#define OAUTH_TOKEN_S 86400
#define OAUTH_TOKEN_LEAST_S 300
#define OAUTH_TOKEN_MOST_S 172800

/* POST /oauth/token: answers once, later or at once; errors as RFC 6749 §5.2. Failures of a network
 * are counted and throttled as those of signing in (signin.h). */
void oauth_token(const struct api *api, struct http_request *request);
/* The token of `Authorization: Bearer …`, within the request; `at` is NULL where there is none. One
 * that cannot be read is a token that nobody has. */
struct span oauth_bearer(const struct http_request *request);
/* Whose token it is: the session's name is `client:<id>`, its roles are the client's scopes. */
void oauth_check(const struct api *api, struct span token, session_done *done, void *context);

#endif
