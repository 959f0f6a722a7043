#ifndef BINDERY_ROUTER_DOOR_THINGS_H
#define BINDERY_ROUTER_DOOR_THINGS_H

#include "router/door/api.h"
#include "router/door/http.h"
#include "router/door/route.h"

/*
 * What is set up: users and queues, which are only read here, and what has little more than a name:
 * skills, wrap-up codes, libraries. Lists are made from the directory in memory; a change is in
 * Redis, with its audit event, before it is answered.
 * Who may do what stands in route.c.
 */

#define THINGS_PAGE_DEFAULT 25
#define THINGS_PAGE_MAX 500
#define THINGS_PAGE_NUMBER_MAX 1000000
#define THINGS_NAME_MAX 128	    /* octets */
#define THINGS_DESCRIPTION_MAX 1024 /* octets */

/* Answers the request exactly once, later or at once. `route` is ROUTE_LIST or one behind it, `who`
 * asks; both are needed for this call only. */
void things_handle(const struct api *api, struct http_request *request, const struct route *route,
		   const char *who);

#endif
