#include "router/door/route.h"

#include <stdio.h>
#include <string.h>

#include "router/door/role.h"

#define LEADS (ROLE_SUPERVISOR | ROLE_ADMIN)
#define CARRIERS "/api/v2/bindery/carriers"

/* A kind of the directory, which everybody may read. */
#define READ(path, id, kind)                                                                       \
	{path, ROUTE_GET, ROUTE_LIST, ROLE_PERSONS, false, kind},                                  \
	{                                                                                          \
		path "/{" id "}", ROUTE_GET, ROUTE_READ, ROLE_PERSONS, false, kind                 \
	}

/* A kind of the directory, which everybody may read and `roles` may change. */
#define KIND(path, id, roles, kind)                                                                \
	{path, ROUTE_GET, ROUTE_LIST, ROLE_PERSONS, false, kind},                                  \
		{path, ROUTE_POST, ROUTE_CREATE, roles, true, kind},                               \
		{path "/{" id "}", ROUTE_GET, ROUTE_READ, ROLE_PERSONS, false, kind},              \
		{path "/{" id "}", ROUTE_PUT, ROUTE_REPLACE, roles, true, kind},                   \
	{                                                                                          \
		path "/{" id "}", ROUTE_DELETE, ROUTE_REMOVE, roles, false, kind                   \
	}

static const struct route routes[] = {
	{"/oauth/token", ROUTE_POST, ROUTE_TOKEN, 0, false, 0},
	{"/api/v2/sign-in", ROUTE_POST, ROUTE_SIGN_IN, 0, true, 0},
	{"/api/v2/sign-out", ROUTE_POST, ROUTE_SIGN_OUT, ROLE_ANY, false, 0},
	{"/api/v2/users/me", ROUTE_GET, ROUTE_ME, ROLE_ANY, false, 0},
	{"/healthz", ROUTE_GET, ROUTE_HEALTH, 0, false, 0},
	{"/readyz", ROUTE_GET, ROUTE_READY, 0, false, 0},
	{"/metrics", ROUTE_GET, ROUTE_METRICS, 0, false, 0},
	{"/asyncapi.yaml", ROUTE_GET, ROUTE_ASYNCAPI, 0, false, 0},
	{"/openapi.yaml", ROUTE_GET, ROUTE_OPENAPI, 0, false, 0},
	{CARRIERS, ROUTE_GET, ROUTE_CARRIERS, LEADS, false, 0},
	{CARRIERS "/{name}/samples", ROUTE_GET, ROUTE_CARRIER_SAMPLES, LEADS, false, 0},
	{CARRIERS "/{name}/commands", ROUTE_POST, ROUTE_CARRIER_COMMANDS, ROLE_ADMIN, true, 0},
	READ("/api/v2/users", "userId", DIRECTORY_USER),
	READ("/api/v2/routing/queues", "queueId", DIRECTORY_QUEUE),
	KIND("/api/v2/routing/skills", "skillId", ROLE_ADMIN, DIRECTORY_SKILL),
	KIND("/api/v2/routing/wrapupcodes", "codeId", ROLE_ADMIN, DIRECTORY_WRAPUP),
	KIND("/api/v2/responsemanagement/libraries", "libraryId", LEADS, DIRECTORY_LIBRARY),
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
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ROUTES_COUNT; i++) {
		if (route_fits(&routes[i], path))
			has[routes[i].method] = true;
	}
	for (unsigned i = 0; i < ROUTE_OTHER; i++) {
		if (!has[i])
			continue;
		length += (size_t)snprintf(out + length, ROUTE_ALLOW_MAX - length, "%s%s",
					   length ? ", " : "",
					   route_method_name((enum route_method)i));
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
