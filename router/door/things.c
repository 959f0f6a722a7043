#include "router/door/things.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "config/memory.h"
#include "router/directory/directory.h"
#include "router/directory/seed.h"
#include "router/door/uuid.h"
#include "router/door/writer.h"

#define VERSION_TEXT_MAX 24
#define ALERTING_TIMEOUT_S 30 /* where the queue says nothing */

/* What a body says, as texts. */
struct wish {
	char name[THINGS_NAME_MAX + 1];
	char description[THINGS_DESCRIPTION_MAX + 1];
	char version[VERSION_TEXT_MAX]; /* "" where none is named */
};

struct page {
	size_t size, number;
	bool descending;
	const char *part; /* of the name; "" for any */
};

static void put_time(struct writer *writer, const char *key, uint64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm utc;
	char date[32], text[40];

	if (!gmtime_r(&seconds, &utc))
		utc = (struct tm){.tm_mday = 1, .tm_year = 70};
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, sizeof(text), "%s.%03uZ", date, (unsigned)(ms % 1000));
	writer_text(writer, key, text);
}

/* A field that is not there is no member. */
static void put_field(struct writer *writer, const char *key, const struct directory_entity *entity,
		      const char *field)
{
	const char *text = directory_text(entity, field);

	if (*text)
		writer_text(writer, key, text);
}

static void put_user(struct writer *writer, const struct directory_entity *user)
{
	put_field(writer, "username", user, "login");
	put_field(writer, "email", user, "email");
	put_field(writer, "department", user, "department");
	put_field(writer, "title", user, "title");
	put_field(writer, "state", user, "state");
}

static void put_queue(struct writer *writer, const struct directory_entity *queue)
{
	const char *evaluation = directory_text(queue, "evaluation");
	const char *method = strcmp(evaluation, "best") == 0  ? "BEST"
			     : strcmp(evaluation, "any") == 0 ? "NONE"
							      : "ALL";
	int64_t timeout_s = directory_number(queue, "alerting_timeout_s", ALERTING_TIMEOUT_S);

	writer_text(writer, "skillEvaluationMethod", method);
	writer_begin_object(writer, "mediaSettings");
	writer_begin_object(writer, "message");
	writer_integer(writer, "alertingTimeoutSeconds", (uint64_t)timeout_s);
	writer_bool(writer, "enableAutoAnswer", directory_number(queue, "auto_answer", 0) == 1);
	writer_end_object(writer);
	writer_end_object(writer);
}

static void put_thing(struct writer *writer, const struct directory_entity *entity)
{
	writer_begin_object(writer, NULL);
	writer_text(writer, "id", entity->id);
	writer_text(writer, "name", directory_text(entity, "name"));
	put_field(writer, "description", entity, "description");
	if (entity->kind == DIRECTORY_USER)
		put_user(writer, entity);
	else if (entity->kind == DIRECTORY_QUEUE)
		put_queue(writer, entity);
	else if (entity->kind == DIRECTORY_SKILL)
		writer_text(writer, "state", "active");
	/* Genesys Cloud has a text there for skills, a number elsewhere. */
	if (entity->kind == DIRECTORY_SKILL)
		writer_text(writer, "version", directory_text(entity, "version"));
	else
		writer_integer(writer, "version", entity->version);
	put_time(writer, "dateCreated", entity->created_ms);
	put_time(writer, "dateModified", entity->changed_ms);
	writer_end_object(writer);
}

static void answer(struct http_request *request, struct writer *writer)
{
	struct http_answer said = {
		.status = 200,
		.type = "application/json",
		.body = {(const uint8_t *)writer->bytes, writer->length},
	};

	http_answer(request, &said);
	writer_finish(writer);
}

static void answer_thing(struct http_request *request, const struct directory_entity *entity)
{
	struct writer writer;

	writer_init(&writer);
	put_thing(&writer, entity);
	answer(request, &writer);
}

static void missing(struct http_request *request)
{
	http_error(request, 404, "not.found", "There is none with this id.", NULL);
}

/* A whole number 1..most in the query. */
static bool read_number(const char *text, size_t most, size_t *out)
{
	size_t value = 0;

	if (!text)
		return true;
	for (const char *at = text; *at; at++) {
		if (*at < '0' || *at > '9' || value > most)
			return false;
		value = value * 10 + (size_t)(*at - '0');
	}
	if (value < 1 || value > most)
		return false;
	*out = value;
	return true;
}

static bool read_order(const char *text, bool *descending)
{
	if (!text)
		return true;
	*descending = strncasecmp(text, "desc", 4) == 0;
	return *descending || strncasecmp(text, "asc", 3) == 0;
}

/* False once the request was answered. */
static bool read_page(struct http_request *request, struct page *page)
{
	const char *part = http_query(request, "name");

	*page = (struct page){.size = THINGS_PAGE_DEFAULT, .number = 1, .part = part ? part : ""};
	if (!read_number(http_query(request, "pageSize"), THINGS_PAGE_MAX, &page->size))
		http_error(request, 400, "bad.request", "pageSize must be 1..500.", NULL);
	else if (!read_number(http_query(request, "pageNumber"), THINGS_PAGE_NUMBER_MAX,
			      &page->number))
		http_error(request, 400, "bad.request", "pageNumber must be 1..1000000.", NULL);
	else if (!read_order(http_query(request, "sortOrder"), &page->descending))
		http_error(request, 400, "bad.request", "sortOrder must be asc or desc.", NULL);
	else
		return true;
	return false;
}

static int by_name(const void *left, const void *right)
{
	const struct directory_entity *const *a = left;
	const struct directory_entity *const *b = right;
	int order = strcasecmp(directory_text(*a, "name"), directory_text(*b, "name"));

	return order ? order : strcmp((*a)->id, (*b)->id);
}

/* Those that the page is of, sorted, to be freed. */
static const struct directory_entity **select_things(const struct directory *directory,
						     enum directory_kind kind,
						     const struct page *page, size_t *count)
{
	size_t all = directory_count(directory, kind);
	const struct directory_entity **found =
		memory_array(all + 1, sizeof(struct directory_entity *));

	*count = 0;
	for (size_t i = 0; i < all; i++) {
		const struct directory_entity *entity = directory_at(directory, kind, i);
		if (strcasestr(directory_text(entity, "name"), page->part))
			found[(*count)++] = entity;
	}
	qsort(found, *count, sizeof(struct directory_entity *), by_name);
	return found;
}

static void list(const struct directory *directory, struct http_request *request,
		 enum directory_kind kind)
{
	struct page page;
	struct writer writer;
	size_t count;

	if (!read_page(request, &page))
		return;
	assert(page.size > 0);
	const struct directory_entity **found = select_things(directory, kind, &page, &count);
	size_t first = (page.number - 1) * page.size;
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_begin_array(&writer, "entities");
	for (size_t i = first; i < count && i < first + page.size; i++)
		put_thing(&writer, found[page.descending ? count - 1 - i : i]);
	writer_end_array(&writer);
	writer_integer(&writer, "pageSize", page.size);
	writer_integer(&writer, "pageNumber", page.number);
	writer_integer(&writer, "total", count);
	writer_integer(&writer, "pageCount", (count + page.size - 1) / page.size);
	writer_end_object(&writer);
	answer(request, &writer);
	free(found);
}

/* Copies a member that is a text of at most `most` octets; one that is not there is "". */
static bool read_text(const json_t *root, const char *name, char *out, size_t most)
{
	const json_t *value = json_object_get(root, name);
	size_t length = json_string_length(value);

	out[0] = '\0';
	if (!value || json_is_null(value))
		return true;
	if (!json_is_string(value) || length > most)
		return false;
	memcpy(out, json_string_value(value), length);
	out[length] = '\0';
	return strlen(out) == length;
}

static bool read_version(const json_t *root, char out[VERSION_TEXT_MAX])
{
	const json_t *value = json_object_get(root, "version");

	if (!json_is_integer(value))
		return read_text(root, "version", out, VERSION_TEXT_MAX - 1) &&
		       strspn(out, "0123456789") == strlen(out) && strcmp(out, DIRECTORY_NEW) != 0;
	snprintf(out, VERSION_TEXT_MAX, "%lld", (long long)json_integer_value(value));
	return json_integer_value(value) > 0;
}

/* False once the request was answered. */
static bool read_wish(struct http_request *request, struct wish *wish)
{
	const char *wrong = NULL;
	json_t *root = json_loadb((const char *)request->body, request->body_length,
				  JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(root))
		wrong = "The body is not a JSON object.";
	else if (!read_text(root, "name", wish->name, THINGS_NAME_MAX) || !wish->name[0])
		wrong = "name must be a text of 1 to 128 octets.";
	else if (!read_text(root, "description", wish->description, THINGS_DESCRIPTION_MAX))
		wrong = "description must be a text of at most 1024 octets.";
	else if (!read_version(root, wish->version))
		wrong = "version must be one that was read, a whole number from 1 on.";
	json_decref(root);
	if (wrong)
		http_error(request, 400, "bad.request", wrong, NULL);
	return !wrong;
}

static void on_done(enum directory_verdict verdict, const struct directory_entity *entity,
		    void *context)
{
	struct http_request *request = context;
	struct http_answer nothing = {.status = 204};

	switch (verdict) {
	case DIRECTORY_OK:
		if (entity)
			answer_thing(request, entity);
		else
			http_answer(request, &nothing);
		break;
	case DIRECTORY_MISSING:
		missing(request);
		break;
	case DIRECTORY_CONFLICT:
		http_error(request, 409, "version.conflict",
			   "Somebody else has changed it; read it again.", NULL);
		break;
	case DIRECTORY_TAKEN:
		http_error(request, 409, "name.taken", "Another one has this name.", NULL);
		break;
	case DIRECTORY_FULL:
		http_error(request, 409, "limit.reached", "There are 100000, and that is the most.",
			   NULL);
		break;
	case DIRECTORY_UNAVAILABLE:
		http_error(request, 503, "service.unavailable",
			   "The service cannot reach its store; try again shortly.",
			   "Retry-After: 2\r\n");
		break;
	}
}

/* `change` says what it is of; the rest is what the body wishes. */
static void put(struct directory *directory, struct http_request *request,
		struct directory_change change, struct wish *wish)
{
	char unique[DIRECTORY_ID_MAX + 1];
	struct directory_field fields[] = {
		{"name", wish->name},
		{"description", wish->description},
	};

	change.unique = seed_unique(wish->name, unique);
	change.fields = fields;
	change.count = sizeof(fields) / sizeof(fields[0]);
	directory_put(directory, &change, on_done, request);
}

static void create(struct directory *directory, struct http_request *request,
		   enum directory_kind kind, const char *who)
{
	char id[UUID_MAX];
	struct wish wish;

	if (!read_wish(request, &wish))
		return;
	if (!uuid_make(id)) {
		on_done(DIRECTORY_UNAVAILABLE, NULL, request);
		return;
	}
	put(directory, request,
	    (struct directory_change){.kind = kind, .id = id, .by = who, .version = DIRECTORY_NEW},
	    &wish);
}

static bool is_of_file(const struct directory_entity *entity)
{
	return strcmp(directory_text(entity, "source"), "file") == 0;
}

static void replace(struct directory *directory, struct http_request *request,
		    const struct directory_entity *entity, const char *who)
{
	struct wish wish;
	char version[VERSION_TEXT_MAX];

	if (!read_wish(request, &wish))
		return;
	if (is_of_file(entity) && strcmp(wish.name, directory_text(entity, "name")) != 0) {
		http_error(request, 409, "named.in.file",
			   "bindery.conf names it; its name can only be changed there.", NULL);
		return;
	}
	/* Without a version of theirs, ours: one that was deleted meanwhile is not made anew. */
	snprintf(version, sizeof(version), "%llu", (unsigned long long)entity->version);
	put(directory, request,
	    (struct directory_change){.kind = entity->kind,
				      .id = entity->id,
				      .by = who,
				      .version = wish.version[0] ? wish.version : version},
	    &wish);
}

static void remove_thing(struct directory *directory, struct http_request *request,
			 const struct directory_entity *entity, const char *who)
{
	struct directory_change change = {
		.kind = entity->kind, .id = entity->id, .by = who, .version = DIRECTORY_ANY};

	if (is_of_file(entity))
		http_error(request, 409, "named.in.file",
			   "bindery.conf names it, and it would be made again.", NULL);
	else
		directory_delete(directory, &change, on_done, request);
}

void things_handle(const struct api *api, struct http_request *request, const struct route *route,
		   const char *who)
{
	struct directory *directory = api->links->directory;

	if (!directory || !directory_is_open(directory)) {
		on_done(DIRECTORY_UNAVAILABLE, NULL, request);
		return;
	}
	if (route->id == ROUTE_LIST) {
		list(directory, request, route->kind);
		return;
	}
	if (route->id == ROUTE_CREATE) {
		create(directory, request, route->kind, who);
		return;
	}
	struct span id = route_parameter(route, request->path, 0);
	const struct directory_entity *entity = directory_find(directory, route->kind, id);
	if (!entity)
		missing(request);
	else if (route->id == ROUTE_READ)
		answer_thing(request, entity);
	else if (route->id == ROUTE_REPLACE)
		replace(directory, request, entity, who);
	else
		remove_thing(directory, request, entity, who);
}
