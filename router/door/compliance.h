#ifndef BINDERY_ROUTER_DOOR_COMPLIANCE_H
#define BINDERY_ROUTER_DOOR_COMPLIANCE_H

#include "config/settings.h"
#include "router/compliance/archive.h"
#include "router/compliance/keywords.h"
#include "router/compliance/seal.h"

struct api;
struct compliance;
struct http_request;
struct route;

/*
 * What somebody of compliance does by HTTP, under /api/v2/compliance: the suppression list and its
 * evidence, removals by two people, lists, the ledger, what a text would do, reports. The rules of
 * it are those of router/compliance and of the Redis Functions; here they get a path, JSON and a
 * session. Who may do what stands in route.c; who does it is the session's name, never the body's.
 */

struct compliance_links {
	const struct settings *settings; /* borrows all of them */
	struct seal *seal;
	struct archive *archive;
	const struct keywords *keywords; /* as they are in force */
};

/* Never NULL. */
struct compliance *compliance_create(const struct compliance_links *links);
/* Once the door is gone: nothing may be on its way any more. Null-safe, nulls. */
void compliance_destroy(struct compliance **compliance);

/* Answers the request exactly once, later or at once. `route` is one of ROUTE_COMPLIANCE, `who`
 * asks, with those roles; the name is copied. */
void compliance_handle(const struct api *api, struct http_request *request,
		       const struct route *route, const char *who, unsigned roles);
/* Whether something is done for that route; for tests. */
bool compliance_does(const struct route *route);

#endif
