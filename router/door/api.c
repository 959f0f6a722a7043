#include "router/door/api.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/door/agentless.h"
#include "router/door/audit.h"
#include "router/door/belongings.h"
#include "router/door/body.h"
#include "router/door/carriers.h"
#include "router/door/compliance.h"
#include "router/door/conversation.h"
#include "router/door/cookie.h"
#include "router/door/customers.h"
#include "router/door/oauth.h"
#include "router/door/people.h"
#include "router/door/role.h"
#include "router/door/staffing.h"
#include "router/door/things.h"
#include "router/door/writer.h"

/* A request whose answer waits for Redis or a key. */
struct wait {
	const struct api *api;
	struct http_request *request;
	const struct route *route;
	bool bearer; /* who asks is a client with a token */
};

static struct wait *wait_create(const struct api *api, struct http_request *request,
				const struct route *route)
{
	struct wait *wait = memory_array(1, sizeof(*wait));

	*wait = (struct wait){api, request, route, false};
	return wait;
}

static void answer_json(struct http_request *request, struct writer *writer, const char *headers)
{
	struct http_answer answer = {
		.status = 200,
		.type = "application/json",
		.body = {(const uint8_t *)writer->bytes, writer->length},
		.headers = headers,
	};

	http_answer(request, &answer);
	writer_finish(writer);
}

static void answer_text(struct http_request *request, unsigned status, const char *type,
			const char *text)
{
	struct http_answer answer = {
		.status = status,
		.type = type,
		.body = {(const uint8_t *)text, strlen(text)},
	};

	http_answer(request, &answer);
}

static void answer_asset(struct http_request *request, const struct asset *asset)
{
	char headers[96];
	struct http_answer answer = {
		.status = 200,
		.type = asset->type,
		.body = {asset->bytes, asset->length},
		.forever = true,
		.cache = asset->immutable ? "public, max-age=31536000, immutable" : "no-cache",
		.headers = headers,
	};

	snprintf(headers, sizeof(headers), "ETag: %s\r\n", asset->etag);
	if (strcmp(request->etag, asset->etag) == 0) {
		answer.status = 304;
		answer.type = NULL;
		answer.body = (struct span){0};
	}
	http_answer(request, &answer);
}

static void put_user(struct writer *writer, const char *name, unsigned roles)
{
	writer_init(writer);
	writer_begin_object(writer, NULL);
	writer_text(writer, "id", name);
	writer_text(writer, "name", name);
	writer_begin_array(writer, "roles");
	for (unsigned i = 0; i < ROLE_COUNT; i++) {
		if (roles & (1u << i))
			writer_text(writer, NULL, role_name(i));
	}
	writer_end_array(writer);
	writer_end_object(writer);
}

static void signed_in(const struct api *api, struct http_request *request,
		      const struct signin_answer *answer)
{
	const struct door_settings *settings = api->settings;
	char cookie[COOKIE_LINE_MAX];
	char headers[COOKIE_LINE_MAX + 16];
	struct writer writer;

	cookie_session(answer->token, settings->session_max_s, settings->secure_cookies, cookie);
	snprintf(headers, sizeof(headers), "Set-Cookie: %s\r\n", cookie);
	put_user(&writer, answer->name, answer->roles);
	answer_json(request, &writer, headers);
	OPENSSL_cleanse(cookie, sizeof(cookie));
	OPENSSL_cleanse(headers, sizeof(headers));
}

static void on_signin(const struct signin_answer *answer, void *context)
{
	struct wait *wait = context;
	struct http_request *request = wait->request;
	char retry[48];

	snprintf(retry, sizeof(retry), "Retry-After: %u\r\n", answer->retry_after_s);
	switch (answer->verdict) {
	case SIGNIN_OK:
		signed_in(wait->api, request, answer);
		break;
	case SIGNIN_WRONG:
		http_error(request, 401, "authentication.failed",
			   "The name or the password is wrong.", NULL);
		break;
	case SIGNIN_THROTTLED:
		http_error(request, 429, "too.many.requests",
			   "Too many tries; wait before the next one.", retry);
		break;
	case SIGNIN_BUSY:
		http_error(request, 503, "service.busy",
			   "Too many people are signing in; try again shortly.", retry);
		break;
	case SIGNIN_UNAVAILABLE:
		body_unavailable(request);
		break;
	}
	free(wait);
}

static struct span member(const json_t *root, const char *name)
{
	const json_t *value = json_object_get(root, name);

	if (!json_is_string(value))
		return (struct span){0};
	return (struct span){(const uint8_t *)json_string_value(value), json_string_length(value)};
}

static void sign_in(const struct api *api, struct http_request *request, const struct route *route)
{
	json_t *root = body_read(request);
	struct signin_request asked = {
		.name = member(root, "name"),
		.password = member(root, "password"),
		.address = request->address,
	};

	if (!root)
		return;
	if (!asked.name.length || !asked.password.length)
		http_error(request, 400, "bad.request",
			   "The body must have name and password, both of them strings.", NULL);
	else
		signin_try(api->signin, &asked, on_signin, wait_create(api, request, route));
	json_decref(root);
}

static void on_ended(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct wait *wait = context;
	char cookie[COOKIE_LINE_MAX];
	char headers[COOKIE_LINE_MAX + 16];
	struct http_answer answer = {.status = 204, .headers = headers};

	(void)bus;
	cookie_session("", 0, wait->api->settings->secure_cookies, cookie);
	snprintf(headers, sizeof(headers), "Set-Cookie: %s\r\n", cookie);
	if (reply)
		http_answer(wait->request, &answer);
	else
		body_unavailable(wait->request);
	free(wait);
}

/* What is set up: users are more than their entity, and so is a new client. */
static void setup(const struct api *api, struct http_request *request, const struct route *route,
		  const char *who)
{
	bool changes =
		route->id == ROUTE_CREATE || route->id == ROUTE_CHANGE || route->id == ROUTE_REMOVE;

	if (route->id >= ROUTE_QUEUE_CODES ||
	    (route->id == ROUTE_CREATE && route->kind == DIRECTORY_CLIENT))
		belongings_handle(api, request, route, who);
	else if (route->id >= ROUTE_USER_ROLES || (changes && route->kind == DIRECTORY_USER))
		people_handle(api, request, route, who);
	else if (route->id >= ROUTE_MEMBERS)
		staffing_handle(api, request, route, who);
	else
		things_handle(api, request, route, who);
}

static void with_session(struct wait *wait, const struct session *session)
{
	struct http_request *request = wait->request;
	struct writer writer;

	switch (wait->route->id) {
	case ROUTE_SIGN_OUT:
		wait->api->signed_out(session->hash, wait->api->context);
		session_end(wait->api->sessions, session->hash, on_ended, wait);
		return;
	case ROUTE_ME:
		put_user(&writer, session->name, session->roles);
		answer_json(request, &writer, NULL);
		break;
	case ROUTE_CARRIERS:
		carriers_list(wait->api, request);
		break;
	case ROUTE_CARRIER_SAMPLES:
		carriers_samples(wait->api, request, wait->route);
		break;
	case ROUTE_CARRIER_COMMANDS:
		carriers_command(wait->api, request, wait->route, session->name);
		break;
	case ROUTE_COMPLIANCE:
		compliance_handle(wait->api, request, wait->route, session->name, session->roles);
		break;
	case ROUTE_AGENTLESS:
		agentless_send(wait->api, request, session->name);
		break;
	case ROUTE_AUDITS:
		audit_list(wait->api, request);
		break;
	case ROUTE_CUSTOMERS:
	case ROUTE_CUSTOMER_LOOKUP:
	case ROUTE_CUSTOMER_CREATE:
	case ROUTE_CUSTOMER_READ:
	case ROUTE_CUSTOMER_PUT:
	case ROUTE_CUSTOMER_DELETE:
		customers_handle(wait->api, request, wait->route, session->name);
		break;
	case ROUTE_CUSTOMER_IMPORT:
		customers_import(wait->api, request, session->name);
		break;
	case ROUTE_CONVERSATION:
	case ROUTE_CONVERSATION_MESSAGE:
	case ROUTE_CONVERSATION_MESSAGES:
		conversation_read(wait->api, request, wait->route, session->name);
		break;
	case ROUTE_CONVERSATION_HISTORY:
		conversation_history(wait->api, request, wait->route, session);
		break;
	default:
		setup(wait->api, request, wait->route, session->name);
		break;
	}
	free(wait);
}

/* Whether the client asks too often; it was told so then, and the wait has ended. */
static bool throttle(struct wait *wait, const char *client)
{
	uint64_t wait_ms = rate_ask(wait->api->rate, client, session_now_ms());
	char headers[48];

	if (!wait_ms)
		return false;
	wait->api->counters->requests_throttled_total++;
	snprintf(headers, sizeof(headers), "Retry-After: %llu\r\n",
		 (unsigned long long)(wait_ms + 999) / 1000);
	http_error(wait->request, 429, "too.many.requests",
		   "The client asks more often than it may; wait before the next request.",
		   headers);
	free(wait);
	return true;
}

/* Nobody is signed in, and no token was sent. */
static void refuse_unknown(struct http_request *request)
{
	http_error(request, 401, "authentication.required", "Sign in first.",
		   "WWW-Authenticate: Bearer\r\n");
}

static void on_session(enum session_verdict verdict, const struct session *session, void *context)
{
	struct wait *wait = context;

	if (verdict == SESSION_OK && wait->bearer && throttle(wait, session->name))
		return;
	if (verdict == SESSION_OK && (session->roles & wait->route->roles)) {
		with_session(wait, session);
		return;
	}
	if (verdict == SESSION_OK)
		http_error(wait->request, 403, "not.authorized", "Your roles do not allow this.",
			   NULL);
	else if (verdict == SESSION_NONE && wait->bearer)
		http_error(wait->request, 401, "bad.credentials",
			   "The token is unknown, or its time is over.",
			   "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n");
	else if (verdict == SESSION_NONE)
		refuse_unknown(wait->request);
	else
		body_unavailable(wait->request);
	free(wait);
}

static void answer_ready(const struct api *api, struct http_request *request)
{
	char why[256] = "";
	struct writer writer;

	if (!api->links->ready || api->links->ready(why, sizeof(why), api->links->context)) {
		answer_text(request, 200, "application/json", "{\"ready\":true}");
		return;
	}
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_bool(&writer, "ready", false);
	writer_text(&writer, "reason", why);
	writer_end_object(&writer);
	body_answer(request, 503, &writer);
}

static void answer_metrics(const struct api *api, struct http_request *request)
{
	char *before = api->links->metrics ? api->links->metrics(api->links->context) : NULL;
	char *text = counters_text(api->counters, before);

	answer_text(request, 200, "text/plain; version=0.0.4; charset=utf-8", text);
	free(text);
	free(before);
}

static void answer_document(const struct api *api, struct http_request *request)
{
	const struct asset *asset = asset_find(api->documents, request->path);

	if (asset)
		answer_asset(request, asset);
	else
		http_error(request, 404, "not.found", "The document is not installed.", NULL);
}

static void open_route(const struct api *api, struct http_request *request,
		       const struct route *route)
{
	switch (route->id) {
	case ROUTE_TOKEN:
		oauth_token(api, request);
		break;
	case ROUTE_SIGN_IN:
		sign_in(api, request, route);
		break;
	case ROUTE_HEALTH:
		answer_text(request, 200, "application/json", "{\"alive\":true}");
		break;
	case ROUTE_READY:
		answer_ready(api, request);
		break;
	case ROUTE_METRICS:
		answer_metrics(api, request);
		break;
	case ROUTE_ASYNCAPI:
	case ROUTE_OPENAPI:
		answer_document(api, request);
		break;
	default:
		refuse_unknown(request);
		break;
	}
}

static bool is_json(const char *type)
{
	static const char json[] = "application/json";
	size_t length = sizeof(json) - 1;

	return strncasecmp(type, json, length) == 0 &&
	       (type[length] == '\0' || type[length] == ';' || type[length] == ' ');
}

static bool stands_by(const struct api *api)
{
	return api->links->standby && api->links->standby(api->links->context);
}

/* What is asked of the one that works. */
static bool is_work(const struct route *route)
{
	return route->roles || route->id == ROUTE_SIGN_IN || route->id == ROUTE_TOKEN;
}

/* A browser sends cookies by itself, so that another site could ask with them; it does not send
 * tokens and secrets by itself. */
static bool may_be_forged(const struct http_request *request, const struct route *route,
			  bool bearer)
{
	return route_is_unsafe(route->method) && route->id != ROUTE_TOKEN && !bearer &&
	       !http_may_act(request);
}

static void ask_who(const struct api *api, struct http_request *request, const struct route *route,
		    struct span bearer)
{
	struct span cookies = {(const uint8_t *)request->cookie, strlen(request->cookie)};
	struct span token = cookie_value(cookies, COOKIE_SESSION);

	if (bearer.at) {
		struct wait *wait = wait_create(api, request, route);
		wait->bearer = true;
		oauth_check(api, bearer, on_session, wait);
	} else if (!token.length) {
		refuse_unknown(request);
	} else {
		session_check(api->sessions, token, on_session, wait_create(api, request, route));
	}
}

static void run_route(const struct api *api, struct http_request *request,
		      const struct route *route)
{
	struct span bearer = oauth_bearer(request);

	if (may_be_forged(request, route, bearer.at)) {
		api->counters->requests_forged_total++;
		http_error(request, 403, "request.forged",
			   "The request needs the header X-Bindery-CSRF: 1, and an Origin that is "
			   "allowed.",
			   NULL);
	} else if (route->body && !is_json(request->type)) {
		http_error(request, 415, "unsupported.media.type",
			   "The body must be application/json.", NULL);
	} else if (is_work(route) && stands_by(api)) {
		http_error(request, 503, "standby",
			   "Another router works and this one stands by; ask that one.",
			   "Retry-After: 1\r\n");
	} else if (!route->roles) {
		open_route(api, request, route);
	} else {
		ask_who(api, request, route, bearer);
	}
}

static void answer_file(const struct api *api, struct http_request *request)
{
	const struct asset *asset = NULL;
	bool is_api = strncmp(request->path, ROUTE_API, strlen(ROUTE_API)) == 0;

	if (!is_api)
		asset = asset_find(api->assets, request->path);
	if (!asset)
		http_error(request, 404, "not.found", "There is nothing at this path.", NULL);
	else if (request->method != ROUTE_GET)
		http_error(request, 405, "method.not.allowed", "This path can only be read.",
			   "Allow: GET, HEAD\r\n");
	else
		answer_asset(request, asset);
}

void api_handle(struct http_request *request, void *context)
{
	const struct api *api = context;
	const struct route *route = NULL;
	char allow[16 + ROUTE_ALLOW_MAX], methods[ROUTE_ALLOW_MAX];

	switch (route_find(request->method, request->path, &route)) {
	case ROUTE_FOUND:
		run_route(api, request, route);
		break;
	case ROUTE_NO_METHOD:
		snprintf(allow, sizeof(allow), "Allow: %s\r\n",
			 route_allow(request->path, methods));
		http_error(request, 405, "method.not.allowed",
			   "This path does not have that method.", allow);
		break;
	case ROUTE_NO_PATH:
		if (strcmp(request->path, "/agent") == 0 || strcmp(request->path, "/floor") == 0)
			http_error(request, 426, "upgrade.required",
				   "This path speaks WebSocket only.", "Upgrade: websocket\r\n");
		else
			answer_file(api, request);
		break;
	}
}
