#include "router/door/oauth.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"
#include "router/directory/directory.h"
#include "router/door/role.h"
#include "router/door/uuid.h"
#include "router/door/writer.h"
#include "smpp/hex.h"

#define VALUE_MAX 256 /* octets of a parameter with its NUL */
#define TRIES "client"

/* What is asked for. */
struct asked {
	char grant[VALUE_MAX], scope[VALUE_MAX];
	char id[VALUE_MAX], secret[VALUE_MAX];
};

/* An asking on its way. */
struct grant {
	const struct api *api;
	struct http_request *request;
	struct asked asked;
	char network[SIGNIN_ADDRESS_TEXT];
	char token[SESSION_TOKEN_MAX];
	int64_t failures, token_s;
	char scope[ROLE_TEXT_MAX]; /* granted */
};

static void refuse(struct http_request *request, unsigned status, const char *error,
		   const char *description)
{
	struct writer writer;
	struct http_answer answer = {.status = status, .type = "application/json"};

	if (status == 401)
		answer.headers = "WWW-Authenticate: Basic realm=\"bindery\"\r\n";
	if (status == 503)
		answer.headers = "Retry-After: 2\r\n";
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_text(&writer, "error", error);
	writer_text(&writer, "error_description", description);
	writer_end_object(&writer);
	answer.body = (struct span){(const uint8_t *)writer.bytes, writer.length};
	http_answer(request, &answer);
	writer_finish(&writer);
}

/* One octet of application/x-www-form-urlencoded from `*at` on, -1 where it is none. */
static int form_octet(const char **at, const char *end)
{
	char octet = *(*at)++;

	if (octet == '+')
		return ' ';
	if (octet != '%')
		return (uint8_t)octet;
	if (end - *at < 2)
		return -1;
	int high = hex_digit_any((uint8_t)(*at)[0]), low = hex_digit_any((uint8_t)(*at)[1]);
	*at += 2;
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* False where it cannot be read or does not fit. */
static bool form_value(const char *at, const char *end, char out[VALUE_MAX])
{
	size_t length = 0;

	while (at < end) {
		int octet = form_octet(&at, end);
		if (octet <= 0 || length == VALUE_MAX - 1)
			return false;
		out[length++] = (char)octet;
	}
	out[length] = '\0';
	return true;
}

/* The parameters of the body; false where one is there twice or cannot be read. Others than these
 * are ignored (RFC 6749 §3.2). */
static bool read_form(const struct http_request *request, struct asked *asked)
{
	const char *at = (const char *)request->body;
	const char *end = at + request->body_length;
	const struct {
		const char *name;
		char *out;
	} known[] = {{"grant_type", asked->grant},
		     {"scope", asked->scope},
		     {"client_id", asked->id},
		     {"client_secret", asked->secret}};

	while (at && at < end) {
		const char *stop = memchr(at, '&', (size_t)(end - at));
		stop = stop ? stop : end;
		const char *equals = memchr(at, '=', (size_t)(stop - at));
		size_t length = (size_t)((equals ? equals : stop) - at);
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			if (strlen(known[i].name) != length ||
			    memcmp(known[i].name, at, length) != 0)
				continue;
			if (known[i].out[0] ||
			    !form_value(equals ? equals + 1 : stop, stop, known[i].out))
				return false;
		}
		at = stop + 1;
	}
	return true;
}

/* `Basic <base64 of id:secret>`; false where it is there and cannot be read. */
static bool read_basic(const struct http_request *request, struct asked *asked)
{
	static const char scheme[] = "Basic ";
	const char *text = request->authorization;
	unsigned char plain[HTTP_AUTHORIZATION_MAX] = "";

	if (!*text)
		return true;
	if (strncasecmp(text, scheme, sizeof(scheme) - 1) != 0)
		return false;
	text += sizeof(scheme) - 1;
	text += strspn(text, " ");
	/* Three octets for four, with those that only fill up as NULs. */
	int length = EVP_DecodeBlock(plain, (const unsigned char *)text, (int)strlen(text));
	char *colon = length > 0 ? strchr((char *)plain, ':') : NULL;
	size_t id = colon ? (size_t)(colon - (char *)plain) : VALUE_MAX;
	size_t secret = colon ? strlen(colon + 1) : VALUE_MAX;
	if (id >= VALUE_MAX || secret >= VALUE_MAX)
		return false;
	memcpy(asked->id, plain, id);
	memcpy(asked->secret, colon + 1, secret + 1);
	OPENSSL_cleanse(plain, sizeof(plain));
	return true;
}

static const struct directory_entity *find_client(const struct api *api, const char *id)
{
	struct span span = {(const uint8_t *)id, strlen(id)};

	return directory_find(api->links->directory, DIRECTORY_CLIENT, span);
}

static unsigned roles_of(const char *text)
{
	unsigned roles = 0;
	struct span span = {(const uint8_t *)text, strlen(text)};

	return role_parse(span, &roles) ? 0 : roles;
}

static bool is_active(const struct directory_entity *client)
{
	return client && strcmp(directory_text(client, "state"), "inactive") != 0;
}

/* Of an unknown client nothing fits, in the same time. */
static bool is_secret(const struct directory_entity *client, const char *secret)
{
	static const char nobody[SESSION_HASH_MAX] = "";
	char hash[SESSION_HASH_MAX];
	const char *kept = client ? directory_text(client, "secret") : nobody;

	session_hash(span_text(secret), hash);
	if (strlen(kept) != SESSION_HASH_MAX - 1)
		kept = nobody;
	return CRYPTO_memcmp(kept, hash, SESSION_HASH_MAX - 1) == 0;
}

static void grant_free(struct grant *grant)
{
	OPENSSL_cleanse(grant, sizeof(*grant));
	free(grant);
}

static void on_kept(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct grant *grant = context;
	struct writer writer;

	(void)bus;
	if (bus_reply_type(reply) != BUS_INTEGER) {
		refuse(grant->request, 503, "temporarily_unavailable",
		       "The service cannot reach its store; try again shortly.");
		grant_free(grant);
		return;
	}
	grant->api->counters->tokens_total++;
	log_event(LOG_INFO, "token_granted", "client=%s address=%s", grant->asked.id,
		  grant->network);
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_text(&writer, "access_token", grant->token);
	writer_text(&writer, "token_type", "bearer");
	writer_integer(&writer, "expires_in", (uint64_t)grant->token_s);
	writer_text(&writer, "scope", grant->scope);
	writer_end_object(&writer);
	struct http_answer answer = {.status = 200,
				     .type = "application/json",
				     .body = {(const uint8_t *)writer.bytes, writer.length},
				     .headers = "Pragma: no-cache\r\n"};
	http_answer(grant->request, &answer);
	OPENSSL_cleanse(writer.bytes, writer.length);
	writer_finish(&writer);
	grant_free(grant);
}

static void keep_token(struct grant *grant)
{
	int64_t now = (int64_t)session_now_ms();
	char hash[SESSION_HASH_MAX], key[KEY_MAX];
	struct bus *bus = grant->api->sessions->bus;
	struct bus_args args;

	session_make_token(grant->token);
	session_hash(span_text(grant->token), hash);
	bus_args_init(&args);
	bus_args_text(&args, "HSET");
	bus_args_text(&args, key_session(hash, key));
	bus_args_field_text(&args, "client", grant->asked.id);
	bus_args_field_text(&args, "scope", grant->scope);
	bus_args_field_integer(&args, "begun_ms", now);
	bus_args_field_integer(&args, "until_ms", now + grant->token_s * 1000);
	bus_args_send(&args, bus, NULL, NULL);
	bus_args_text(&args, "EXPIRE");
	bus_args_text(&args, key);
	bus_args_integer(&args, grant->token_s);
	bus_args_send(&args, bus, on_kept, grant);
	bus_args_finish(&args);
}

/* What of the client's scopes is granted; false where something else is asked for. RFC 6749 parts
 * scopes by blanks. */
static bool choose_scope(struct grant *grant, const struct directory_entity *client)
{
	unsigned all = roles_of(directory_text(client, "scope"));
	unsigned wanted = all;

	for (char *at = grant->asked.scope; (at = strchr(at, ' '));)
		*at = ',';
	if (grant->asked.scope[0])
		wanted = roles_of(grant->asked.scope);
	role_format(wanted, grant->scope);
	return wanted && !(wanted & ~all);
}

static void judge(struct grant *grant)
{
	const struct directory_entity *client = find_client(grant->api, grant->asked.id);

	if (!is_secret(client, grant->asked.secret) || !is_active(client)) {
		grant->api->counters->tokens_refused_total++;
		signin_count_failure(grant->api->sessions->bus, TRIES, grant->network);
		log_event(LOG_WARN, "token_refused", "address=%s", grant->network);
		refuse(grant->request, 401, "invalid_client",
		       "The client is unknown or inactive, or its secret is wrong.");
		grant_free(grant);
		return;
	}
	if (!choose_scope(grant, client)) {
		refuse(grant->request, 400, "invalid_scope",
		       "The client does not have all of these scopes.");
		grant_free(grant);
		return;
	}
	grant->token_s = directory_number(client, "token_s", OAUTH_TOKEN_S);
	keep_token(grant);
}

static void on_failures(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct grant *grant = context;

	(void)bus;
	grant->failures = bus_reply_integer(reply);
}

static void on_wait(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct grant *grant = context;
	int64_t left_s = bus_reply_integer(reply);
	char headers[48];

	(void)bus;
	if (bus_reply_type(reply) != BUS_INTEGER) {
		refuse(grant->request, 503, "temporarily_unavailable",
		       "The service cannot reach its store; try again shortly.");
	} else if (grant->failures >= SIGNIN_ADDRESS_MAX) {
		grant->api->counters->tokens_throttled_total++;
		snprintf(headers, sizeof(headers), "Retry-After: %lld\r\n",
			 (long long)(left_s > 0 ? left_s : SIGNIN_WINDOW_S));
		http_error(grant->request, 429, "too.many.requests",
			   "Too many failures from this address; wait before the next try.",
			   headers);
	} else {
		judge(grant);
		return;
	}
	grant_free(grant);
}

/* The failures of the address and how long they count; then the credentials are looked at. */
static void look(const struct api *api, struct http_request *request, const struct asked *asked)
{
	struct grant *grant = memory_array(1, sizeof(*grant));
	struct bus *bus = api->sessions->bus;
	char key[KEY_MAX];
	struct bus_args args;

	*grant = (struct grant){.api = api, .request = request, .asked = *asked};
	signin_network(request->address, grant->network);
	bus_args_init(&args);
	bus_args_text(&args, "GET");
	bus_args_text(&args, key_user_try(TRIES, grant->network, key));
	bus_args_send(&args, bus, on_failures, grant);
	bus_args_text(&args, "TTL");
	bus_args_text(&args, key);
	bus_args_send(&args, bus, on_wait, grant);
	bus_args_finish(&args);
}

void oauth_token(const struct api *api, struct http_request *request)
{
	static const char type[] = "application/x-www-form-urlencoded";
	struct asked asked = {0};

	if (strncasecmp(request->type, type, sizeof(type) - 1) != 0)
		refuse(request, 400, "invalid_request",
		       "The body must be application/x-www-form-urlencoded.");
	else if (!read_form(request, &asked) || !asked.grant[0])
		refuse(request, 400, "invalid_request",
		       "grant_type is missing, or a parameter is there twice or unreadable.");
	else if (request->authorization[0] && (asked.id[0] || asked.secret[0]))
		refuse(request, 400, "invalid_request",
		       "The credentials belong into Authorization or into the body, not both.");
	else if (strcmp(asked.grant, "client_credentials") != 0)
		refuse(request, 400, "unsupported_grant_type",
		       "grant_type must be client_credentials.");
	else if (!read_basic(request, &asked) || !asked.id[0] || !asked.secret[0])
		refuse(request, 401, "invalid_client",
		       "The client's id and secret are missing or unreadable.");
	else if (!api->links->directory || !directory_is_open(api->links->directory))
		refuse(request, 503, "temporarily_unavailable",
		       "The service cannot reach its store; try again shortly.");
	else
		look(api, request, &asked);
	OPENSSL_cleanse(&asked, sizeof(asked));
}

struct span oauth_bearer(const struct http_request *request)
{
	static const char scheme[] = "Bearer ";
	const char *text = request->authorization;

	if (strncasecmp(text, scheme, sizeof(scheme) - 1) != 0)
		return (struct span){0};
	text += sizeof(scheme) - 1;
	text += strspn(text, " ");
	return span_text(text);
}

struct check {
	const struct api *api;
	struct session session;
	session_done *done;
	void *context;
};

/* Whether the token is one; `roles` are what its client may. */
static bool read_token(const struct api *api, const struct bus_reply *reply,
		       struct session *session)
{
	struct span id = bus_reply_span(bus_reply_at(reply, 0));
	uint64_t until_ms = (uint64_t)bus_reply_integer(bus_reply_at(reply, 1));
	uint64_t begun_ms = (uint64_t)bus_reply_integer(bus_reply_at(reply, 2));
	struct span scope = bus_reply_span(bus_reply_at(reply, 3));
	unsigned roles = 0;

	if (!id.length || id.length >= UUID_MAX || until_ms <= session_now_ms() ||
	    role_parse(scope, &roles))
		return false;
	const struct directory_entity *client =
		directory_find(api->links->directory, DIRECTORY_CLIENT, id);
	if (!is_active(client) || begun_ms < (uint64_t)directory_number(client, "secret_ms", 0))
		return false;
	session->roles = roles & roles_of(directory_text(client, "scope"));
	snprintf(session->name, sizeof(session->name), SESSION_CLIENT "%.*s", (int)id.length,
		 (const char *)id.at);
	return true;
}

static void on_token(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct check *check = context;
	const struct directory *directory = check->api->links->directory;
	enum session_verdict verdict = SESSION_NONE;

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY || !directory || !directory_is_open(directory))
		verdict = SESSION_UNAVAILABLE;
	else if (read_token(check->api, reply, &check->session))
		verdict = SESSION_OK;
	check->done(verdict, verdict == SESSION_OK ? &check->session : NULL, check->context);
	free(check);
}

void oauth_check(const struct api *api, struct span token, session_done *done, void *context)
{
	struct check *check = memory_array(1, sizeof(*check));
	char key[KEY_MAX];
	struct bus_args args;

	*check = (struct check){.api = api, .done = done, .context = context};
	session_hash(token, check->session.hash);
	bus_args_init(&args);
	bus_args_text(&args, "HMGET");
	bus_args_text(&args, key_session(check->session.hash, key));
	bus_args_text(&args, "client");
	bus_args_text(&args, "until_ms");
	bus_args_text(&args, "begun_ms");
	bus_args_text(&args, "scope");
	bus_args_send(&args, api->sessions->bus, on_token, check);
	bus_args_finish(&args);
}
