#include "router/door/route.h"

#include <string.h>

#include "router/door/role.h"

static const struct route routes[] = {
	{"/api/v2/sign-in", ROUTE_POST, ROUTE_SIGN_IN, 0, true},
	{"/api/v2/sign-out", ROUTE_POST, ROUTE_SIGN_OUT, ROLE_ANY, false},
	{"/api/v2/users/me", ROUTE_GET, ROUTE_ME, ROLE_ANY, false},
	{"/healthz", ROUTE_GET, ROUTE_HEALTH, 0, false},
	{"/readyz", ROUTE_GET, ROUTE_READY, 0, false},
	{"/metrics", ROUTE_GET, ROUTE_METRICS, 0, false},
	{"/asyncapi.yaml", ROUTE_GET, ROUTE_ASYNCAPI, 0, false},
	{"/openapi.yaml", ROUTE_GET, ROUTE_OPENAPI, 0, false},
	{"/api/v2/bindery/carriers", ROUTE_GET, ROUTE_CARRIERS, ROLE_SUPERVISOR | ROLE_ADMIN,
	 false},
	{"/api/v2/bindery/carriers/{name}/samples", ROUTE_GET, ROUTE_CARRIER_SAMPLES,
	 ROLE_SUPERVISOR | ROLE_ADMIN, false},
	{"/api/v2/bindery/carriers/{name}/commands", ROUTE_POST, ROUTE_CARRIER_COMMANDS, ROLE_ADMIN,
	 true},
};
#define ROUTES_COUNT (sizeof(routes) / sizeof(routes[0]))

struct span route_parameter(const struct route *route, const char *path)
{
	size_t before = strcspn(route->path, "{");

	if (!route->path[before])
		return (struct span){NULL, 0};
	return (struct span){(const uint8_t *)path + before, strcspn(path + before, "/")};
}

static bool route_fits(const struct route *route, const char *path)
{
	size_t before = strcspn(route->path, "{");
	struct span value;

	if (!route->path[before])
		return strcmp(route->path, path) == 0;
	if (strncmp(route->path, path, before) != 0)
		return false;
	value = route_parameter(route, path);
	return value.length > 0 &&
	       strcmp(strchr(route->path, '}') + 1, (const char *)value.at + value.length) == 0;
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
