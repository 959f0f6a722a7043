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
};
#define ROUTES_COUNT (sizeof(routes) / sizeof(routes[0]))

enum route_verdict route_find(enum route_method method, const char *path,
			      const struct route **route)
{
	enum route_verdict verdict = ROUTE_NO_PATH;

	for (size_t i = 0; i < ROUTES_COUNT; i++) {
		if (strcmp(routes[i].path, path) != 0)
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
