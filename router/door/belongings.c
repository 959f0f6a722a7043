#include "router/door/belongings.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/directory/directory.h"
#include "router/door/body.h"
#include "router/door/form.h"
#include "router/door/shape.h"
#include "router/door/things.h"
#include "router/door/uuid.h"

#define CODES_MAX 256 /* of one queue */

/* A client's secret that is to be told once the directory has its hash. */
struct telling {
	struct http_request *request;
	char secret[SESSION_TOKEN_MAX];
};

static void on_client(enum directory_verdict verdict, const struct directory_entity *client,
		      void *context)
{
	struct telling *telling = context;
	struct writer writer;

	if (verdict == DIRECTORY_OK && client) {
		writer_init(&writer);
		writer_begin_object(&writer, NULL);
		shape_write_members(client, &writer);
		writer_text(&writer, "secret", telling->secret);
		writer_end_object(&writer);
		body_say(telling->request, 200, &writer);
		OPENSSL_cleanse(writer.bytes, writer.length);
		writer_finish(&writer);
	} else {
		things_refuse(telling->request,
			      verdict == DIRECTORY_OK ? DIRECTORY_MISSING : verdict);
	}
	OPENSSL_cleanse(telling, sizeof(*telling));
	free(telling);
}

/* Adds the hash of a new secret to the form. */
static struct telling *make_secret(struct http_request *request, struct form *form)
{
	struct telling *telling = memory_array(1, sizeof(*telling));
	char hash[SESSION_HASH_MAX], now[24];

	telling->request = request;
	session_make_token(telling->secret);
	session_hash(span_text(telling->secret), hash);
	snprintf(now, sizeof(now), "%llu", (unsigned long long)session_now_ms());
	form_put(form, "secret", hash);
	form_put(form, "secret_ms", now);
	return telling;
}

static void create_client(struct directory *directory, struct http_request *request,
			  const char *who)
{
	char id[UUID_MAX], version[THINGS_VERSION_MAX];
	struct things_wish wish = {DIRECTORY_CLIENT, FORM_WHOLE, NULL};
	struct form form;

	if (!things_read(request, &wish, &form, version))
		return;
	if (!*form_said(&form, "scope")) {
		http_error(request, 400, "bad.request",
			   "scope must be an array of conversations, agent, supervisor, "
			   "compliance, admin.",
			   NULL);
	} else if (uuid_make(id)) {
		struct telling *telling = make_secret(request, &form);
		things_put(directory,
			   &(struct things_change){DIRECTORY_CLIENT, id, form_said(&form, "name"),
						   who, DIRECTORY_NEW, &form},
			   on_client, telling);
	} else {
		things_refuse(request, DIRECTORY_UNAVAILABLE);
	}
	form_finish(&form);
}

static void renew_secret(struct directory *directory, struct http_request *request,
			 const struct directory_entity *client, const char *who)
{
	char version[THINGS_VERSION_MAX];
	struct form form = {0};
	struct telling *telling = make_secret(request, &form);

	/* With ours: one that was deleted meanwhile is not made anew. */
	snprintf(version, sizeof(version), "%llu", (unsigned long long)client->version);
	things_put(directory,
		   &(struct things_change){DIRECTORY_CLIENT, client->id,
					   directory_text(client, "name"), who, version, &form},
		   on_client, telling);
	form_finish(&form);
}

/* Wrap-up codes */

static void list_codes(const struct directory *directory, struct http_request *request,
		       const struct directory_entity *queue, const struct things_page *page)
{
	char *lines = memory_text(directory_text(queue, "wrapups")), *rest = NULL;
	const struct directory_entity **found =
		memory_array(strlen(lines) + 1, sizeof(struct directory_entity *));
	size_t count = 0;

	for (char *id = strtok_r(lines, "\n", &rest); id; id = strtok_r(NULL, "\n", &rest)) {
		const struct directory_entity *code =
			directory_find(directory, DIRECTORY_WRAPUP, span_text(id));
		if (code && things_has_part(directory_text(code, "name"), page->part))
			found[count++] = code;
	}
	things_answer_list(request, page, found, count);
	free(found);
	free(lines);
}

static const struct things_page all_codes = {.size = CODES_MAX, .number = 1, .part = ""};

struct codes {
	const struct directory *directory;
	struct http_request *request;
	bool quiet;
};

static void on_codes(enum directory_verdict verdict, const struct directory_entity *queue,
		     void *context)
{
	struct codes *codes = context;

	if (verdict != DIRECTORY_OK || !queue)
		things_refuse(codes->request,
			      verdict == DIRECTORY_OK ? DIRECTORY_MISSING : verdict);
	else if (codes->quiet)
		things_nothing(codes->request);
	else
		list_codes(codes->directory, codes->request, queue, &all_codes);
	free(codes);
}

/* Takes `lines`. With the version that was read: what somebody else did meanwhile stays. */
static void put_codes(struct directory *directory, struct http_request *request,
		      const struct things_change *wanted, char *lines)
{
	struct codes *codes = memory_array(1, sizeof(*codes));
	struct form form = {0};
	struct things_change change = *wanted;

	*codes = (struct codes){.directory = directory,
				.request = request,
				.quiet = request->method == ROUTE_DELETE};
	form_put(&form, "wrapups", lines);
	change.form = &form;
	things_put(directory, &change, on_codes, codes);
	form_finish(&form);
	free(lines);
}

static size_t lines_of(const char *lines)
{
	size_t count = *lines != '\0';

	for (; *lines; lines++)
		count += *lines == '\n';
	return count;
}

static bool has_line(const char *lines, struct span wanted)
{
	for (; *lines; lines += *lines == '\n') {
		size_t length = strcspn(lines, "\n");
		if (length == wanted.length && memcmp(lines, wanted.at, length) == 0)
			return true;
		lines += length;
	}
	return false;
}

/* The queue's codes and those that the body adds, a line each; NULL once the request was answered.
 */
static char *read_codes(const struct directory *directory, struct http_request *request,
			const struct directory_entity *queue)
{
	json_t *root = body_read_array(request);
	const char *before = directory_text(queue, "wrapups");
	size_t capacity = strlen(before) + request->body_length * 2 + 2;

	if (!root)
		return NULL;
	char *lines = memory_array(capacity, 1);
	size_t length = (size_t)snprintf(lines, capacity, "%s", before), i = 0;
	for (; i < json_array_size(root) && i < CODES_MAX; i++) {
		const json_t *id = form_at(json_array_get(root, i), "id");
		struct span span = {(const uint8_t *)json_string_value(id), json_string_length(id)};
		if (!span.at || !directory_find(directory, DIRECTORY_WRAPUP, span))
			break;
		if (!has_line(lines, span))
			length += (size_t)snprintf(lines + length, capacity - length, "%s%s",
						   length ? "\n" : "", json_string_value(id));
	}
	bool all = i == json_array_size(root);
	json_decref(root);
	if (all && lines_of(lines) <= CODES_MAX)
		return lines;
	free(lines);
	body_refuse(request, all ? "A queue has at most 256 wrap-up codes."
				 : "Each of up to 256 must be an object with the id of a wrap-up "
				   "code.");
	return NULL;
}

/* The queue's codes without that one; NULL where it is none of them. */
static char *without(const struct directory_entity *queue, struct span id)
{
	const char *before = directory_text(queue, "wrapups");
	char *lines = memory_array(strlen(before) + 1, 1);
	size_t length = 0;
	bool found = false;

	for (const char *at = before; *at;) {
		size_t line = strcspn(at, "\n");
		bool it = line == id.length && memcmp(at, id.at, line) == 0;
		if (!it)
			length += (size_t)snprintf(lines + length, strlen(before) + 1 - length,
						   "%s%.*s", length ? "\n" : "", (int)line, at);
		found |= it;
		at += line + (at[line] != '\0');
	}
	if (found)
		return lines;
	free(lines);
	return NULL;
}

static void handle_codes(struct directory *directory, struct http_request *request,
			 const struct route *route, const struct things_change *wanted)
{
	const struct directory_entity *queue =
		directory_find(directory, DIRECTORY_QUEUE, span_text(wanted->id));
	char *lines;

	if (route->id == ROUTE_QUEUE_CODES) {
		struct things_page page;
		if (things_read_page(request, &page))
			list_codes(directory, request, queue, &page);
	} else if (form_is_of_file(queue)) {
		http_error(request, 409, "named.in.file",
			   "bindery.conf says what its wrap-up codes are; they can only be changed "
			   "there.",
			   NULL);
	} else if (route->id == ROUTE_QUEUE_CODES_ADD) {
		lines = read_codes(directory, request, queue);
		if (lines)
			put_codes(directory, request, wanted, lines);
	} else {
		lines = without(queue, route_parameter(route, request->path, 1));
		if (lines)
			put_codes(directory, request, wanted, lines);
		else
			things_refuse(request, DIRECTORY_MISSING);
	}
}

void belongings_handle(const struct api *api, struct http_request *request,
		       const struct route *route, const char *who)
{
	struct directory *directory = api->links->directory;
	char version[THINGS_VERSION_MAX];

	if (route->id == ROUTE_CREATE) {
		if (directory && directory_is_open(directory))
			create_client(directory, request, who);
		else
			things_refuse(request, DIRECTORY_UNAVAILABLE);
		return;
	}
	const struct directory_entity *entity = things_find(api, request, route);
	if (!entity)
		return;
	if (route->id == ROUTE_CLIENT_SECRET) {
		renew_secret(directory, request, entity, who);
		return;
	}
	snprintf(version, sizeof(version), "%llu", (unsigned long long)entity->version);
	handle_codes(directory, request, route,
		     &(struct things_change){DIRECTORY_QUEUE, entity->id,
					     directory_text(entity, "name"), who, version, NULL});
}
