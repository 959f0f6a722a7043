#ifndef BINDERY_ROUTER_DOOR_ROUTE_H
#define BINDERY_ROUTER_DOOR_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "router/directory/entity.h"
#include "smpp/span.h"

/*
 * Every path of HTTP that is not a file of the console, with the roles that it needs. openapi.yaml
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
	ROUTE_TOKEN,
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
	ROUTE_AGENTLESS,
	ROUTE_CONVERSATION,
	ROUTE_CONVERSATION_MESSAGE,
	ROUTE_CONVERSATION_MESSAGES,
	ROUTE_CONVERSATION_HISTORY,
	ROUTE_AUDITS,
	ROUTE_CUSTOMERS,
	ROUTE_CUSTOMER_LOOKUP,
	ROUTE_CUSTOMER_CREATE,
	ROUTE_CUSTOMER_READ,
	ROUTE_CUSTOMER_PUT,
	ROUTE_CUSTOMER_DELETE,
	ROUTE_CUSTOMER_IMPORT,
	/* Of what the directory has, by kind. */
	ROUTE_LIST,
	ROUTE_READ,
	ROUTE_CREATE,
	ROUTE_REPLACE,
	ROUTE_CHANGE,
	ROUTE_REMOVE,
	/* Of one of them. */
	ROUTE_MEMBERS,
	ROUTE_MEMBERS_PUT,
	ROUTE_MEMBER_PUT,
	ROUTE_MEMBER_REMOVE,
	ROUTE_USER_SKILLS,
	ROUTE_USER_SKILL_ADD,
	ROUTE_USER_SKILL_PUT,
	ROUTE_USER_SKILL_REMOVE,
	ROUTE_USER_SKILLS_ADD,
	ROUTE_USER_SKILLS_REPLACE,
	ROUTE_USER_QUEUES,
	ROUTE_USER_ROLES,
	ROUTE_USER_ROLES_PUT,
	ROUTE_USER_PASSWORD,
	ROUTE_QUEUE_CODES,
	ROUTE_QUEUE_CODES_ADD,
	ROUTE_QUEUE_CODE_REMOVE,
	ROUTE_CLIENT_SECRET,
	/* Of compliance.h, which knows them by their path. */
	ROUTE_COMPLIANCE,
};

struct route {
	const char *path; /* a segment `{…}` stands for any that is not empty */
	enum route_method method;
	enum route_id id;
	unsigned roles;		  /* set of enum role, one of which is needed; 0: nobody's matter */
	bool body;		  /* JSON */
	enum directory_kind kind; /* of ROUTE_LIST and those behind it */
};

enum route_verdict {
	ROUTE_FOUND,
	ROUTE_NO_PATH,
	ROUTE_NO_METHOD, /* `route` is one of the path */
};

#define ROUTE_API "/api/"
#define ROUTE_COMPLIANCE_PATH "/api/v2/compliance"
#define ROUTE_ALLOW_MAX 64

/* Where several fit, the first of the table. */
enum route_verdict route_find(enum route_method method, const char *path,
			      const struct route **route);
/* What stands in `path`, which the route was found for, in place of its segment in braces with
 * that number; empty without one. */
struct span route_parameter(const struct route *route, const char *path, unsigned number);
/* The methods of the path, with commas. Returns `out`. */
char *route_allow(const char *path, char out[ROUTE_ALLOW_MAX]);
const char *route_method_name(enum route_method method);
/* The route with number `i`, NULL behind the last; for tests. */
const struct route *route_at(size_t i);
/* POST, PUT, PATCH, DELETE: what a forged request must not reach. */
bool route_is_unsafe(enum route_method method);

#endif
