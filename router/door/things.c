#include "router/door/things.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/memory.h"
#include "router/bus/key.h"
#include "router/directory/directory.h"
#include "router/door/body.h"
#include "router/door/shape.h"
#include "router/door/uuid.h"
#include "router/door/vacancy.h"
#include "router/door/writer.h"

#define FILE_SAYS "bindery.conf"

struct things_how {
	enum route_id id;
	enum form_how how;
	const char *who;
};

void things_answer_with(struct http_request *request, things_write *write,
			const struct directory_entity *entity)
{
	struct writer writer;

	writer_init(&writer);
	write(&writer, entity);
	body_answer(request, 200, &writer);
}

static void write_shape(struct writer *writer, const struct directory_entity *entity)
{
	shape_write(entity, writer);
}

void things_answer(struct http_request *request, const struct directory_entity *entity)
{
	things_answer_with(request, write_shape, entity);
}

static bool read_order(const char *text, bool *descending)
{
	if (!text)
		return true;
	*descending = strncasecmp(text, "desc", 4) == 0;
	return *descending || strncasecmp(text, "asc", 3) == 0;
}

/* False once the request was answered. */
bool things_read_page(struct http_request *request, struct things_page *page)
{
	const char *part = http_query(request, "name");

	*page = (struct things_page){.size = THINGS_PAGE_DEFAULT,
				     .number = 1,
				     .part = part ? part : "",
				     .ids = http_query(request, "id") ? request : NULL};
	if (!body_query_number(request, "pageSize", 1, THINGS_PAGE_MAX, &page->size) ||
	    !body_query_number(request, "pageNumber", 1, THINGS_PAGE_NUMBER_MAX, &page->number))
		return false;
	if (read_order(http_query(request, "sortOrder"), &page->descending))
		return true;
	body_refuse(request, "sortOrder must be asc or desc.");
	return false;
}

struct things_rows things_rows(const struct things_page *page, size_t count)
{
	size_t first = (page->number - 1) * page->size;

	if (first > count)
		first = count;
	return (struct things_rows){
		.first = first,
		.end = count - first < page->size ? count : first + page->size,
		.count = count,
		.descending = page->descending,
	};
}

size_t things_row(const struct things_rows *rows, size_t row)
{
	return rows->descending ? rows->count - 1 - row : row;
}

void things_write_page(struct writer *writer, const struct things_page *page, size_t count)
{
	assert(page->size > 0);
	writer_integer(writer, "pageSize", page->size);
	writer_integer(writer, "pageNumber", page->number);
	writer_integer(writer, "total", count);
	writer_integer(writer, "pageCount", (count + page->size - 1) / page->size);
}

static int by_name(const void *left, const void *right)
{
	const struct directory_entity *const *a = left;
	const struct directory_entity *const *b = right;
	int order = strcasecmp(directory_text(*a, "name"), directory_text(*b, "name"));

	return order ? order : strcmp((*a)->id, (*b)->id);
}

bool things_has_part(const char *name, const char *part)
{
	size_t length = strlen(part), size = strlen(name);
	bool open = length > 0 && part[0] == '*', shut = length > 1 && part[length - 1] != '*';
	char bare[THINGS_NAME_MAX + 1];

	if (!strchr(part, '*'))
		return strcasestr(name, part) != NULL;
	snprintf(bare, sizeof(bare), "%.*s", (int)(length - open - (!shut && length > 1)),
		 part + open);
	length = strlen(bare);
	if (!open)
		return strncasecmp(name, bare, length) == 0;
	if (!shut)
		return strcasestr(name, bare) != NULL;
	return size >= length && strcasecmp(name + size - length, bare) == 0;
}

/* Whoever was made without a word on it is active, as they are shown. */
static bool has_state(const struct directory_entity *entity, const char *state)
{
	const char *kept = directory_text(entity, "state");

	return strcasecmp(*kept ? kept : "active", state) == 0;
}

static bool is_asked_for(const struct directory_entity *entity, const struct things_page *page)
{
	return things_has_part(directory_text(entity, "name"), page->part) &&
	       (!page->library || directory_lists(entity, "libraries", page->library)) &&
	       (!page->state || has_state(entity, page->state)) &&
	       (!page->ids || http_query_lists(page->ids, "id", entity->id));
}

/* Those that the page is of, to be freed. */
static const struct directory_entity **select_things(const struct directory *directory,
						     enum directory_kind kind,
						     const struct things_page *page, size_t *count)
{
	size_t all = directory_count(directory, kind);
	const struct directory_entity **found =
		memory_array(all + 1, sizeof(struct directory_entity *));

	*count = 0;
	for (size_t i = 0; i < all; i++) {
		const struct directory_entity *entity = directory_at(directory, kind, i);
		if (is_asked_for(entity, page))
			found[(*count)++] = entity;
	}
	return found;
}

void things_answer_list(struct http_request *request, const struct things_page *page,
			const struct directory_entity **found, size_t count)
{
	const struct things_rows rows = things_rows(page, count);
	struct writer writer;

	if (count)
		qsort(found, count, sizeof(struct directory_entity *), by_name);
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_begin_array(&writer, "entities");
	for (size_t i = rows.first; i < rows.end; i++)
		shape_write(found[things_row(&rows, i)], &writer);
	writer_end_array(&writer);
	things_write_page(&writer, page, count);
	writer_end_object(&writer);
	body_answer(request, 200, &writer);
}

/* False once the request was answered. */
static bool read_state(struct http_request *request, const char **state)
{
	static const char *const states[] = {"any", "active", "inactive", "deleted"};
	const char *asked = http_query(request, "state");

	for (size_t i = 0; asked && i < sizeof(states) / sizeof(*states); i++) {
		if (strcasecmp(asked, states[i]) != 0)
			continue;
		*state = i > 0 ? asked : NULL;
		return true;
	}
	if (asked)
		body_refuse(request, "state must be active, inactive, deleted or any.");
	return !asked;
}

static void list(const struct directory *directory, struct http_request *request,
		 enum directory_kind kind)
{
	struct things_page page;
	size_t count;

	if (!things_read_page(request, &page))
		return;
	if (kind == DIRECTORY_RESPONSE)
		page.library = http_query(request, "libraryId");
	if (kind == DIRECTORY_USER && !read_state(request, &page.state))
		return;
	const struct directory_entity **found = select_things(directory, kind, &page, &count);
	things_answer_list(request, &page, found, count);
	free(found);
}

bool things_read_version(const json_t *root, char out[THINGS_VERSION_MAX])
{
	const json_t *value = form_at(root, "version");

	out[0] = '\0';
	if (json_is_string(value))
		snprintf(out, THINGS_VERSION_MAX, "%s", json_string_value(value));
	else if (json_is_integer(value) && json_integer_value(value) > 0)
		snprintf(out, THINGS_VERSION_MAX, "%lld", (long long)json_integer_value(value));
	return !value || (*out && strspn(out, "0123456789") == strlen(out) &&
			  strcmp(out, DIRECTORY_NEW) != 0);
}

bool things_read(struct http_request *request, const struct things_wish *wish, struct form *form,
		 char version[THINGS_VERSION_MAX])
{
	json_t *root = body_read(request);
	const char *wrong = form->wrong;

	*form = (struct form){0};
	if (!root)
		return false;
	bool read = form_read(form, shape_of(wish->kind)->members, root, wish->how, wish->entity);
	if (read && !things_read_version(root, version)) {
		wrong = THINGS_WRONG_VERSION;
		read = false;
	}
	json_decref(root);
	if (!read) {
		bool fixed = strncmp(wrong, FILE_SAYS, sizeof(FILE_SAYS) - 1) == 0;
		http_error(request, fixed ? 409 : 400, fixed ? "named.in.file" : "bad.request",
			   wrong, NULL);
		form_finish(form);
	}
	return read;
}

void things_nothing(struct http_request *request)
{
	struct http_answer nothing = {.status = 204};

	http_answer(request, &nothing);
}

void things_refuse(struct http_request *request, enum directory_verdict verdict)
{
	char text[96];

	switch (verdict) {
	case DIRECTORY_OK:
		break;
	case DIRECTORY_MISSING:
		http_error(request, 404, "not.found", "There is none with this id.", NULL);
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
	case DIRECTORY_SKILLS_FULL:
		snprintf(text, sizeof(text),
			 "There are %d skills, and routing tells no more apart: delete one first.",
			 DIRECTORY_SKILLS_MAX);
		http_error(request, 409, "limit.reached", text, NULL);
		break;
	case DIRECTORY_LAST:
		http_error(request, 409, "last.admin",
			   "This is the last user with the role admin who can sign in: give "
			   "another one that role, and a password, first.",
			   NULL);
		break;
	case DIRECTORY_LEAVING:
		http_error(
			request, 409, "user.leaving",
			"This user is being deleted: delete them again where that broke off, and "
			"make them anew then.",
			NULL);
		break;
	case DIRECTORY_UNAVAILABLE:
		body_unavailable(request);
		break;
	}
}

static void on_done(enum directory_verdict verdict, const struct directory_entity *entity,
		    void *context)
{
	if (verdict != DIRECTORY_OK)
		things_refuse(context, verdict);
	else if (entity)
		things_answer(context, entity);
	else
		things_nothing(context);
}

/* The id is taken where another of the name was being made at the same time. */
static void on_created(enum directory_verdict verdict, const struct directory_entity *entity,
		       void *context)
{
	on_done(verdict == DIRECTORY_CONFLICT ? DIRECTORY_TAKEN : verdict, entity, context);
}

void things_put(struct directory *directory, const struct things_change *wanted,
		directory_done *done, void *context)
{
	char unique[KEY_MAX];
	struct directory_change change = {.kind = wanted->kind,
					  .id = wanted->id,
					  .by = wanted->by,
					  .version = wanted->version,
					  .unique = key_unique(wanted->name, unique),
					  .fields = wanted->form->fields,
					  .count = wanted->form->count};

	directory_put(directory, &change, done, context);
}

/* A name stands in paths and in Redis's keys, so it has nothing that means something there. */
static bool can_be_id(const char *name, const char *reserved)
{
	size_t length = strlen(name);

	if (length > THINGS_ID_MAX || strpbrk(name, "/?#%\\:") || strpbrk(name, reserved) ||
	    name[0] == ' ' || name[0] == '.' || name[length - 1] == ' ' ||
	    strcmp(name, SETTINGS_ID_NAMES) == 0)
		return false;
	for (size_t i = 0; i < length; i++) {
		if ((uint8_t)name[i] < ' ' || name[i] == 0x7f)
			return false;
	}
	return true;
}

bool things_make_id(const struct directory *directory, enum directory_kind kind, const char *name,
		    char out[DIRECTORY_ID_MAX + 1])
{
	const char *reserved = shape_of(kind)->reserved;
	struct span span = {(const uint8_t *)name, strlen(name)};

	if (reserved && can_be_id(name, reserved) && !directory_find(directory, kind, span)) {
		snprintf(out, DIRECTORY_ID_MAX + 1, "%s", name);
		return true;
	}
	return uuid_make(out);
}

static void create(struct directory *directory, struct http_request *request,
		   enum directory_kind kind, const char *who)
{
	char id[DIRECTORY_ID_MAX + 1], version[THINGS_VERSION_MAX];
	struct form form;

	if (!things_read(request, &(struct things_wish){kind, FORM_WHOLE, NULL}, &form, version))
		return;
	const char *name = form_said(&form, "name");
	if (things_make_id(directory, kind, name, id))
		things_put(directory,
			   &(struct things_change){kind, id, name, who, DIRECTORY_NEW, &form},
			   on_created, request);
	else
		things_refuse(request, DIRECTORY_UNAVAILABLE);
	form_finish(&form);
}

/* Whether what the form names is there; where not, the request was answered. */
static bool names_known(const struct directory *directory, struct http_request *request,
			const struct form *form)
{
	const char *queue = form_said(form, "queue");

	if (!queue || !*queue || directory_find(directory, DIRECTORY_QUEUE, span_text(queue)))
		return true;
	body_refuse(request, "queue.id must be that of a queue; there is none.");
	return false;
}

static void change(struct directory *directory, struct http_request *request,
		   const struct directory_entity *entity, const struct things_how *how)
{
	char version[THINGS_VERSION_MAX];
	struct form form;

	if (!things_read(request, &(struct things_wish){entity->kind, how->how, entity}, &form,
			 version))
		return;
	if (!names_known(directory, request, &form)) {
		form_finish(&form);
		return;
	}
	const char *name = form_said(&form, "name");
	/* Without a version of theirs, ours: one that was deleted meanwhile is not made anew. */
	if (!version[0])
		snprintf(version, sizeof(version), "%llu", (unsigned long long)entity->version);
	things_put(directory,
		   &(struct things_change){entity->kind, entity->id,
					   name ? name : directory_text(entity, "name"), how->who,
					   version, &form},
		   on_done, request);
	form_finish(&form);
}

static void delete_thing(struct directory *directory, struct http_request *request,
			 enum directory_kind kind, const char *id, const char *who)
{
	struct directory_change change = {
		.kind = kind, .id = id, .by = who, .version = DIRECTORY_ANY};

	directory_delete(directory, &change, on_done, request);
}

static void delete_queue(const struct api *api, struct http_request *request, const char *id,
			 const char *who)
{
	delete_thing(api->links->directory, request, DIRECTORY_QUEUE, id, who);
}

static void remove_thing(const struct api *api, struct http_request *request,
			 const struct directory_entity *entity, const char *who)
{
	if (form_is_of_file(entity))
		http_error(request, 409, "named.in.file",
			   "bindery.conf names it, and it would be made again.", NULL);
	else if (entity->kind == DIRECTORY_QUEUE)
		vacancy_look(api, request, entity, who, delete_queue);
	else
		delete_thing(api->links->directory, request, entity->kind, entity->id, who);
}

static void refuse_missing(struct http_request *request, enum directory_kind kind, struct span id)
{
	char message[THINGS_NAME_MAX + 64];
	int most = id.length < THINGS_NAME_MAX ? (int)id.length : THINGS_NAME_MAX;

	snprintf(message, sizeof(message), "There is no %s with the id \"%.*s\".",
		 directory_kind_name(kind), most, (const char *)id.at);
	http_error(request, 404, "not.found", message, NULL);
}

const struct directory_entity *things_find(const struct api *api, struct http_request *request,
					   const struct route *route)
{
	struct directory *directory = api->links->directory;

	if (!directory || !directory_is_open(directory)) {
		things_refuse(request, DIRECTORY_UNAVAILABLE);
		return NULL;
	}
	struct span id = route_parameter(route, request->path, 0);
	const struct directory_entity *entity = directory_find(directory, route->kind, id);
	if (!entity)
		refuse_missing(request, route->kind, id);
	return entity;
}

static void handle_one(const struct api *api, struct http_request *request,
		       const struct directory_entity *entity, const struct things_how *how)
{
	switch (how->id) {
	case ROUTE_READ:
		things_answer(request, entity);
		break;
	case ROUTE_REPLACE:
	case ROUTE_CHANGE:
		change(api->links->directory, request, entity, how);
		break;
	default:
		remove_thing(api, request, entity, how->who);
		break;
	}
}

void things_handle(const struct api *api, struct http_request *request, const struct route *route,
		   const char *who)
{
	struct directory *directory = api->links->directory;

	if (!directory || !directory_is_open(directory)) {
		things_refuse(request, DIRECTORY_UNAVAILABLE);
	} else if (route->id == ROUTE_LIST) {
		list(directory, request, route->kind);
	} else if (route->id == ROUTE_CREATE) {
		create(directory, request, route->kind, who);
	} else {
		const struct directory_entity *entity = things_find(api, request, route);
		struct things_how how = {route->id,
					 route->id == ROUTE_CHANGE ? FORM_PART : FORM_WHOLE, who};
		if (entity)
			handle_one(api, request, entity, &how);
	}
}
