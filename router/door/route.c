#include "router/door/route.h"

#include <string.h>

#include "router/door/role.h"

#define LEADS (ROLE_SUPERVISOR | ROLE_ADMIN)
#define USER "/api/v2/users/{userId}"
#define QUEUE "/api/v2/routing/queues/{queueId}"
#define MEMBERS QUEUE "/members"
#define WRAPUPS QUEUE "/wrapupcodes"
#define SKILLS USER "/routingskills"

/* A kind of the directory, which everybody may read: list, one, make, change, delete. */
#define KIND(path, one, method, verb, kind, roles)                                                 \
	{path, ROUTE_GET, ROUTE_LIST, ROLE_ANY, ROUTE_NO_BODY, kind},                              \
		{path, ROUTE_POST, ROUTE_CREATE, roles, ROUTE_JSON, kind},                         \
		{one, ROUTE_GET, ROUTE_READ, ROLE_ANY, ROUTE_NO_BODY, kind},                       \
		{one, method, verb, roles, ROUTE_JSON, kind},                                      \
	{                                                                                          \
		one, ROUTE_DELETE, ROUTE_REMOVE, roles, ROUTE_NO_BODY, kind                        \
	}

static const struct route routes[] = {
	{"/api/v2/sign-in", ROUTE_POST, ROUTE_SIGN_IN, 0, ROUTE_JSON, 0},
	{"/api/v2/sign-out", ROUTE_POST, ROUTE_SIGN_OUT, ROLE_ANY, ROUTE_NO_BODY, 0},
	{"/oauth/token", ROUTE_POST, ROUTE_TOKEN, 0, ROUTE_FORM, 0},
	{"/api/v2/users/me", ROUTE_GET, ROUTE_ME, ROLE_ANY, ROUTE_NO_BODY, 0},
	{"/healthz", ROUTE_GET, ROUTE_HEALTH, 0, ROUTE_NO_BODY, 0},
	{"/readyz", ROUTE_GET, ROUTE_READY, 0, ROUTE_NO_BODY, 0},
	{"/metrics", ROUTE_GET, ROUTE_METRICS, 0, ROUTE_NO_BODY, 0},
	{"/asyncapi.yaml", ROUTE_GET, ROUTE_ASYNCAPI, 0, ROUTE_NO_BODY, 0},
	{"/openapi.yaml", ROUTE_GET, ROUTE_OPENAPI, 0, ROUTE_NO_BODY, 0},
	{"/api/v2/bindery/carriers", ROUTE_GET, ROUTE_CARRIERS, LEADS, ROUTE_NO_BODY, 0},
	{"/api/v2/bindery/carriers/{name}/samples", ROUTE_GET, ROUTE_CARRIER_SAMPLES, LEADS,
	 ROUTE_NO_BODY, 0},
	{"/api/v2/bindery/carriers/{name}/commands", ROUTE_POST, ROUTE_CARRIER_COMMANDS, ROLE_ADMIN,
	 ROUTE_JSON, 0},
	{"/api/v2/bindery/audits", ROUTE_GET, ROUTE_AUDITS, ROLE_ADMIN | ROLE_COMPLIANCE,
	 ROUTE_NO_BODY, 0},

	KIND("/api/v2/users", USER, ROUTE_PATCH, ROUTE_CHANGE, DIRECTORY_USER, ROLE_ADMIN),
	{SKILLS, ROUTE_GET, ROUTE_USER_SKILLS, ROLE_ANY, ROUTE_NO_BODY, 0},
	{SKILLS, ROUTE_POST, ROUTE_USER_SKILL_ADD, LEADS, ROUTE_JSON, 0},
	{SKILLS "/bulk", ROUTE_PATCH, ROUTE_USER_SKILLS_ADD, LEADS, ROUTE_JSON, 0},
	{SKILLS "/bulk", ROUTE_PUT, ROUTE_USER_SKILLS_REPLACE, LEADS, ROUTE_JSON, 0},
	{SKILLS "/{skillId}", ROUTE_DELETE, ROUTE_USER_SKILL_REMOVE, LEADS, ROUTE_NO_BODY, 0},
	{USER "/queues", ROUTE_GET, ROUTE_USER_QUEUES, ROLE_ANY, ROUTE_NO_BODY, 0},
	{USER "/password", ROUTE_POST, ROUTE_USER_PASSWORD, ROLE_ADMIN, ROUTE_JSON, 0},
	{USER "/roles", ROUTE_GET, ROUTE_USER_ROLES, LEADS, ROUTE_NO_BODY, 0},
	{USER "/roles", ROUTE_PUT, ROUTE_USER_ROLES_REPLACE, ROLE_ADMIN, ROUTE_JSON, 0},

	KIND("/api/v2/routing/skills", "/api/v2/routing/skills/{skillId}", ROUTE_PUT, ROUTE_REPLACE,
	     DIRECTORY_SKILL, ROLE_ADMIN),
	KIND("/api/v2/routing/wrapupcodes", "/api/v2/routing/wrapupcodes/{codeId}", ROUTE_PUT,
	     ROUTE_REPLACE, DIRECTORY_WRAPUP, ROLE_ADMIN),
	KIND("/api/v2/routing/queues", QUEUE, ROUTE_PUT, ROUTE_REPLACE, DIRECTORY_QUEUE,
	     ROLE_ADMIN),
	{MEMBERS, ROUTE_GET, ROUTE_MEMBERS, ROLE_ANY, ROUTE_NO_BODY, 0},
	{MEMBERS, ROUTE_POST, ROUTE_MEMBERS_ADD, LEADS, ROUTE_JSON, 0},
	{MEMBERS "/{memberId}", ROUTE_PATCH, ROUTE_MEMBER_CHANGE, LEADS, ROUTE_JSON, 0},
	{MEMBERS "/{memberId}", ROUTE_DELETE, ROUTE_MEMBER_REMOVE, LEADS, ROUTE_NO_BODY, 0},
	{WRAPUPS, ROUTE_GET, ROUTE_QUEUE_WRAPUPS, ROLE_ANY, ROUTE_NO_BODY, 0},
	{WRAPUPS, ROUTE_POST, ROUTE_QUEUE_WRAPUPS_ADD, ROLE_ADMIN, ROUTE_JSON, 0},
	{WRAPUPS "/{codeId}", ROUTE_DELETE, ROUTE_QUEUE_WRAPUP_REMOVE, ROLE_ADMIN, ROUTE_NO_BODY,
	 0},
	KIND("/api/v2/presencedefinitions", "/api/v2/presencedefinitions/{presenceId}", ROUTE_PUT,
	     ROUTE_REPLACE, DIRECTORY_PRESENCE, ROLE_ADMIN),
	KIND("/api/v2/responsemanagement/libraries",
	     "/api/v2/responsemanagement/libraries/{libraryId}", ROUTE_PUT, ROUTE_REPLACE,
	     DIRECTORY_LIBRARY, LEADS),
	KIND("/api/v2/responsemanagement/responses",
	     "/api/v2/responsemanagement/responses/{responseId}", ROUTE_PUT, ROUTE_REPLACE,
	     DIRECTORY_RESPONSE, LEADS),
	{"/api/v2/oauth/clients", ROUTE_GET, ROUTE_LIST, ROLE_ADMIN, ROUTE_NO_BODY,
	 DIRECTORY_CLIENT},
	{"/api/v2/oauth/clients", ROUTE_POST, ROUTE_CREATE, ROLE_ADMIN, ROUTE_JSON,
	 DIRECTORY_CLIENT},
	{"/api/v2/oauth/clients/{clientId}", ROUTE_GET, ROUTE_READ, ROLE_ADMIN, ROUTE_NO_BODY,
	 DIRECTORY_CLIENT},
	{"/api/v2/oauth/clients/{clientId}", ROUTE_PUT, ROUTE_REPLACE, ROLE_ADMIN, ROUTE_JSON,
	 DIRECTORY_CLIENT},
	{"/api/v2/oauth/clients/{clientId}", ROUTE_DELETE, ROUTE_REMOVE, ROLE_ADMIN, ROUTE_NO_BODY,
	 DIRECTORY_CLIENT},
	{"/api/v2/oauth/clients/{clientId}/secret", ROUTE_POST, ROUTE_CLIENT_SECRET, ROLE_ADMIN,
	 ROUTE_NO_BODY, 0},
};
#define ROUTES_COUNT (sizeof(routes) / sizeof(routes[0]))

static size_t segment(const char *at)
{
	return strcspn(at, "/");
}

/* Goes through both, segment by segment. The one in braces with that number is left in `value`. */
static bool walk(const char *form, const char *path, unsigned number, struct span *value)
{
	for (;;) {
		size_t wanted = segment(form);
		size_t length = segment(path);
		bool open = *form == '{';
		if (open && length == 0)
			return false;
		if (!open && (wanted != length || memcmp(form, path, length) != 0))
			return false;
		if (open && number-- == 0)
			*value = (struct span){(const uint8_t *)path, length};
		form += wanted;
		path += length;
		if (!*form || !*path)
			return *form == *path;
		form++;
		path++;
	}
}

struct span route_parameter(const struct route *route, const char *path, unsigned number)
{
	struct span value = {NULL, 0};

	walk(route->path, path, number, &value);
	return value;
}

static bool route_fits(const struct route *route, const char *path)
{
	struct span value;

	return walk(route->path, path, 0, &value);
}

enum route_verdict route_find(enum route_method method, const char *path,
			      const struct route **route)
{
	enum route_verdict verdict = ROUTE_NO_PATH;

	for (size_t i = 0; i < ROUTES_COUNT; i++) {
		if (!route_fits(&routes[i], path))
			continue;
		*route = &routes[i];
		if (routes[i].method == method)
			return ROUTE_FOUND;
		verdict = ROUTE_NO_METHOD;
	}
	return verdict;
}

char *route_allow(const char *path, char out[ROUTE_ALLOW_MAX])
{
	bool has[ROUTE_OTHER] = {false};

	out[0] = '\0';
	for (size_t i = 0; i < ROUTES_COUNT; i++) {
		if (route_fits(&routes[i], path))
			has[routes[i].method] = true;
	}
	for (unsigned i = 0; i < ROUTE_OTHER; i++) {
		if (!has[i])
			continue;
		strcat(out, *out ? ", " : "");
		strcat(out, route_method_name((enum route_method)i));
	}
	return out;
}

const char *route_method_name(enum route_method method)
{
	static const char *const names[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "?"};

	return names[method];
}

const struct route *route_at(size_t i)
{
	return i < ROUTES_COUNT ? &routes[i] : NULL;
}

bool route_is_unsafe(enum route_method method)
{
	return method != ROUTE_GET;
}
