#ifndef BINDERY_ROUTER_DOOR_STAFFING_H
#define BINDERY_ROUTER_DOOR_STAFFING_H

#include "router/door/api.h"
#include "router/door/http.h"
#include "router/door/route.h"

/*
 * Who serves which queue, in which ring, and what they are good at. The floor keeps both
 * (staffing.lua), so lists are read from Redis; a change of many is done whole or not at all, and a
 * router that runs takes it up at once.
 */

#define STAFFING_MANY_MAX 1000 /* members or skills in one request */

/* Answers the request exactly once, later or at once. `route` is one of ROUTE_MEMBERS to
 * ROUTE_USER_QUEUES. */
void staffing_handle(const struct api *api, struct http_request *request, const struct route *route,
		     const char *who);

#endif
