#ifndef BINDERY_ROUTER_DOOR_ROUTE_H
#define BINDERY_ROUTER_DOOR_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "smpp/span.h"

/*
 * Every path of HTTP that is not a file of the console, with the role that it needs. openapi.yaml
 * says the same, and a test holds one against the other.
 */

enum route_method {
	ROUTE_GET, /* HEAD too */
	ROUTE_POST,
	ROUTE_PUT,
	ROUTE_PATCH,
	ROUTE_DELETE,
	ROUTE_OTHER,
};

enum route_id {
	ROUTE_SIGN_IN,
	ROUTE_SIGN_OUT,
	ROUTE_ME,
	ROUTE_HEALTH,
	ROUTE_READY,
	ROUTE_METRICS,
	ROUTE_ASYNCAPI,
	ROUTE_OPENAPI,
	ROUTE_CARRIERS,
	ROUTE_CARRIER_SAMPLES,
	ROUTE_CARRIER_COMMANDS,
};

struct route {
	const char *path; /* a segment `{…}` stands for any that is not empty */
	enum route_method method;
	enum route_id id;
	unsigned roles; /* set of enum role, one of which the session must have; 0: no session
			   needed */
	bool body;	/* a JSON body is expected */
};

enum route_verdict {
	ROUTE_FOUND,
	ROUTE_NO_PATH,
	ROUTE_NO_METHOD, /* `route` is one of the path, for the Allow header */
};

#define ROUTE_API "/api/"

enum route_verdict route_find(enum route_method method, const char *path,
			      const struct route **route);
/* What stands in `path`, which the route was found for, in place of its segment in braces, as it is
 * written there; empty without one. */
struct span route_parameter(const struct route *route, const char *path);
const char *route_method_name(enum route_method method);
/* The route with number `i`, NULL behind the last; for tests. */
const struct route *route_at(size_t i);
/* POST, PUT, PATCH, DELETE: what a forged request must not reach. */
bool route_is_unsafe(enum route_method method);

#endif
