#ifndef BINDERY_ROUTER_DOOR_PEOPLE_H
#define BINDERY_ROUTER_DOOR_PEOPLE_H

#include "router/door/api.h"
#include "router/door/http.h"
#include "router/door/route.h"

/*
 * The people who sign in, by API. A user's id is the name to sign in with (`username`, or else the
 * email), and stays. The directory has what they are, with the audit event; what signing in needs,
 * {u}:user:<name> (user.h), is written behind that, so that a crash in between leaves a user who
 * cannot sign in (yet), and asking again completes it. One who is inactive has no roles there:
 * sessions are over at once.
 */

/* Answers the request exactly once, later or at once. `route` is of DIRECTORY_USER: ROUTE_CREATE,
 * ROUTE_CHANGE, ROUTE_REMOVE, ROUTE_USER_ROLES, ROUTE_USER_ROLES_PUT or ROUTE_USER_PASSWORD. */
void people_handle(const struct api *api, struct http_request *request, const struct route *route,
		   const char *who);

#endif
