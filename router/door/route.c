#include "router/door/route.h"

#include <stdio.h>
#include <string.h>

#include "router/door/role.h"

#define LEADS (ROLE_SUPERVISOR | ROLE_ADMIN)
#define CARRIERS "/api/v2/bindery/carriers"
#define CONVERSATIONS "/api/v2/conversations/"
#define USER "/api/v2/users/{userId}"
#define QUEUE "/api/v2/routing/queues/{queueId}"
#define RECIPIENTS "/api/v2/routing/message/recipients"
#define CLIENT "/api/v2/oauth/clients/{clientId}"
#define CUSTOMERS "/api/v2/externalcontacts/contacts"

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

/* Of somebody of compliance. */
#define COMPLY(method, path)                                                                       \
	{                                                                                          \
		ROUTE_COMPLIANCE_PATH path, method, ROUTE_COMPLIANCE,                              \
			ROLE_COMPLIANCE | ROLE_ADMIN, (method) != ROUTE_GET, 0                     \
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
	{CONVERSATIONS "messages/agentless", ROUTE_POST, ROUTE_AGENTLESS,
	 LEADS | ROLE_CONVERSATIONS, true, 0},
	{CONVERSATIONS "messages/{conversationId}", ROUTE_GET, ROUTE_CONVERSATION_MESSAGE,
	 LEADS | ROLE_COMPLIANCE | ROLE_CONVERSATIONS, false, 0},
	{CONVERSATIONS "{conversationId}", ROUTE_GET, ROUTE_CONVERSATION,
	 LEADS | ROLE_COMPLIANCE | ROLE_CONVERSATIONS, false, 0},
	{CONVERSATIONS "{conversationId}/history", ROUTE_GET, ROUTE_CONVERSATION_HISTORY, ROLE_ANY,
	 false, 0},
	{CONVERSATIONS "{conversationId}/messages", ROUTE_GET, ROUTE_CONVERSATION_MESSAGES,
	 LEADS | ROLE_COMPLIANCE | ROLE_CONVERSATIONS, false, 0},
	{USER "/routingskills", ROUTE_GET, ROUTE_USER_SKILLS, ROLE_PERSONS, false, DIRECTORY_USER},
	{USER "/routingskills", ROUTE_POST, ROUTE_USER_SKILL_ADD, LEADS, true, DIRECTORY_USER},
	{USER "/routingskills/bulk", ROUTE_PATCH, ROUTE_USER_SKILLS_ADD, LEADS, true,
	 DIRECTORY_USER},
	{USER "/routingskills/bulk", ROUTE_PUT, ROUTE_USER_SKILLS_REPLACE, LEADS, true,
	 DIRECTORY_USER},
	{USER "/routingskills/{skillId}", ROUTE_PUT, ROUTE_USER_SKILL_PUT, LEADS, true,
	 DIRECTORY_USER},
	{USER "/routingskills/{skillId}", ROUTE_DELETE, ROUTE_USER_SKILL_REMOVE, LEADS, false,
	 DIRECTORY_USER},
	{USER "/queues", ROUTE_GET, ROUTE_USER_QUEUES, ROLE_PERSONS, false, DIRECTORY_USER},
	{USER "/roles", ROUTE_GET, ROUTE_USER_ROLES, LEADS, false, DIRECTORY_USER},
	{USER "/roles", ROUTE_PUT, ROUTE_USER_ROLES_PUT, ROLE_ADMIN, true, DIRECTORY_USER},
	{USER "/password", ROUTE_POST, ROUTE_USER_PASSWORD, ROLE_ADMIN, true, DIRECTORY_USER},
	{QUEUE "/members", ROUTE_GET, ROUTE_MEMBERS, ROLE_PERSONS, false, DIRECTORY_QUEUE},
	{QUEUE "/members", ROUTE_POST, ROUTE_MEMBERS_PUT, LEADS, true, DIRECTORY_QUEUE},
	{QUEUE "/members/{memberId}", ROUTE_PATCH, ROUTE_MEMBER_PUT, LEADS, true, DIRECTORY_QUEUE},
	{QUEUE "/members/{memberId}", ROUTE_DELETE, ROUTE_MEMBER_REMOVE, LEADS, false,
	 DIRECTORY_QUEUE},
	{QUEUE "/wrapupcodes", ROUTE_GET, ROUTE_QUEUE_CODES, ROLE_PERSONS, false, DIRECTORY_QUEUE},
	{QUEUE "/wrapupcodes", ROUTE_POST, ROUTE_QUEUE_CODES_ADD, ROLE_ADMIN, true,
	 DIRECTORY_QUEUE},
	{QUEUE "/wrapupcodes/{codeId}", ROUTE_DELETE, ROUTE_QUEUE_CODE_REMOVE, ROLE_ADMIN, false,
	 DIRECTORY_QUEUE},
	READ("/api/v2/users", "userId", DIRECTORY_USER),
	{"/api/v2/users", ROUTE_POST, ROUTE_CREATE, ROLE_ADMIN, true, DIRECTORY_USER},
	{USER, ROUTE_PATCH, ROUTE_CHANGE, ROLE_ADMIN, true, DIRECTORY_USER},
	{USER, ROUTE_DELETE, ROUTE_REMOVE, ROLE_ADMIN, false, DIRECTORY_USER},
	KIND("/api/v2/routing/queues", "queueId", ROLE_ADMIN, DIRECTORY_QUEUE),
	READ(RECIPIENTS, "recipientId", DIRECTORY_RECIPIENT),
	{RECIPIENTS "/{recipientId}", ROUTE_PUT, ROUTE_REPLACE, ROLE_ADMIN, true,
	 DIRECTORY_RECIPIENT},
	KIND("/api/v2/routing/skills", "skillId", ROLE_ADMIN, DIRECTORY_SKILL),
	KIND("/api/v2/routing/wrapupcodes", "codeId", ROLE_ADMIN, DIRECTORY_WRAPUP),
	{"/api/v2/oauth/clients", ROUTE_GET, ROUTE_LIST, ROLE_ADMIN, false, DIRECTORY_CLIENT},
	{"/api/v2/oauth/clients", ROUTE_POST, ROUTE_CREATE, ROLE_ADMIN, true, DIRECTORY_CLIENT},
	{CLIENT, ROUTE_GET, ROUTE_READ, ROLE_ADMIN, false, DIRECTORY_CLIENT},
	{CLIENT, ROUTE_PUT, ROUTE_REPLACE, ROLE_ADMIN, true, DIRECTORY_CLIENT},
	{CLIENT, ROUTE_DELETE, ROUTE_REMOVE, ROLE_ADMIN, false, DIRECTORY_CLIENT},
	{CLIENT "/secret", ROUTE_POST, ROUTE_CLIENT_SECRET, ROLE_ADMIN, false, DIRECTORY_CLIENT},
	KIND("/api/v2/responsemanagement/responses", "responseId", LEADS, DIRECTORY_RESPONSE),
	KIND("/api/v2/presence/definitions", "definitionId", ROLE_ADMIN, DIRECTORY_PRESENCE),
	{"/api/v2/audits", ROUTE_GET, ROUTE_AUDITS, ROLE_ADMIN | ROLE_COMPLIANCE, false, 0},
	KIND("/api/v2/responsemanagement/libraries", "libraryId", LEADS, DIRECTORY_LIBRARY),
	{"/api/v2/externalcontacts/reversewhitepageslookup", ROUTE_GET, ROUTE_CUSTOMER_LOOKUP,
	 ROLE_PERSONS, false, 0},
	{CUSTOMERS, ROUTE_GET, ROUTE_CUSTOMERS, ROLE_PERSONS, false, 0},
	{CUSTOMERS, ROUTE_POST, ROUTE_CUSTOMER_CREATE, LEADS, true, 0},
	{CUSTOMERS "/{contactId}", ROUTE_GET, ROUTE_CUSTOMER_READ, ROLE_PERSONS, false, 0},
	{CUSTOMERS "/{contactId}", ROUTE_PUT, ROUTE_CUSTOMER_PUT, LEADS, true, 0},
	{CUSTOMERS "/{contactId}", ROUTE_DELETE, ROUTE_CUSTOMER_DELETE, LEADS | ROLE_COMPLIANCE,
	 false, 0},
	{"/api/v2/bindery/customers/imports", ROUTE_POST, ROUTE_CUSTOMER_IMPORT, LEADS, true, 0},
	COMPLY(ROUTE_GET, "/scopes"),
	COMPLY(ROUTE_GET, "/suppressions"),
	COMPLY(ROUTE_POST, "/suppressions"),
	COMPLY(ROUTE_GET, "/suppressions/{entryId}"),
	COMPLY(ROUTE_GET, "/removals"),
	COMPLY(ROUTE_POST, "/removals"),
	COMPLY(ROUTE_POST, "/removals/{requestId}/answer"),
	COMPLY(ROUTE_POST, "/classifications"),
	COMPLY(ROUTE_POST, "/replays"),
	COMPLY(ROUTE_GET, "/base-rules"),
	COMPLY(ROUTE_GET, "/rule-sets"),
	COMPLY(ROUTE_GET, "/rule-sets/{ruleSetId}"),
	COMPLY(ROUTE_GET, "/rule-sets/{ruleSetId}/versions/{version}"),
	COMPLY(ROUTE_PUT, "/rule-sets/{ruleSetId}/draft"),
	COMPLY(ROUTE_POST, "/rule-sets/{ruleSetId}/decision"),
	COMPLY(ROUTE_GET, "/blocked"),
	COMPLY(ROUTE_POST, "/imports"),
	COMPLY(ROUTE_GET, "/batches"),
	COMPLY(ROUTE_GET, "/reviews"),
	COMPLY(ROUTE_POST, "/reviews/{reviewId}/decision"),
	COMPLY(ROUTE_GET, "/exports/{list}"),
	COMPLY(ROUTE_GET, "/reports"),
	COMPLY(ROUTE_GET, "/ledger"),
	COMPLY(ROUTE_GET, "/ledger/head"),
	COMPLY(ROUTE_GET, "/ledger/key"),
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
		length += (size_t)snprintf(
			out + length, ROUTE_ALLOW_MAX - length, "%s%s%s", length ? ", " : "",
			route_method_name((enum route_method)i), i == ROUTE_GET ? ", HEAD" : "");
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
