#ifndef BINDERY_ROUTER_DOOR_THINGS_H
#define BINDERY_ROUTER_DOOR_THINGS_H

#include "router/directory/directory.h"
#include "router/door/api.h"
#include "router/door/form.h"
#include "router/door/http.h"
#include "router/door/route.h"

/*
 * What is set up: users, queues, skills, wrap-up codes, libraries, clients. Lists are made from
 * the directory in memory; a change is in Redis, with its audit event, before it is answered. What
 * a kind looks like stands in shape.c, who may do what in route.c. An id is the name that it was
 * made with where that can stand in a path, else a UUID.
 */

#define THINGS_PAGE_DEFAULT 25
#define THINGS_PAGE_MAX 500
#define THINGS_PAGE_NUMBER_MAX 1000000
#define THINGS_NAME_MAX 128	    /* octets */
#define THINGS_DESCRIPTION_MAX 1024 /* octets */
#define THINGS_ID_MAX 64	    /* octets of a name that is an id, as the floor takes it */
#define THINGS_VERSION_MAX 24

/* Answers the request exactly once, later or at once. `route` is ROUTE_LIST or one behind it, `who`
 * asks; both are needed for this call only. */
void things_handle(const struct api *api, struct http_request *request, const struct route *route,
		   const char *who);

/* For those kinds of which more is to be done. */

/* Which part of a list is asked for. */
struct things_page {
	size_t size, number;
	bool descending;
	/* Of the name, "" for any: anywhere in it; with an asterisk before or behind it that is
	 * where there may be more of it. */
	const char *part;
	const char *library;		/* of responses; NULL for any */
	const char *state;		/* of users; NULL for any */
	const struct http_request *ids; /* whose query has them; NULL for any */
};
/* Whether a name has such a part. */
bool things_has_part(const char *name, const char *part);
/* False once the request was answered. */
bool things_read_page(struct http_request *request, struct things_page *page);
/* Which rows of a list of `count` a page has: from the one where `first` is to before `end`, which
 * are the same for a page behind the last. */
struct things_rows {
	size_t first, end, count;
	bool descending;
};
struct things_rows things_rows(const struct things_page *page, size_t count);
/* Where the one that is `row` stands in a list in ascending order. */
size_t things_row(const struct things_rows *rows, size_t row);
/* The members of a list beside its entities, of which there are `count` in all. */
void things_write_page(struct writer *writer, const struct things_page *page, size_t count);
/* Answers with that page of these, by name; puts them in order. */
void things_answer_list(struct http_request *request, const struct things_page *page,
			const struct directory_entity **found, size_t count);

/* The entity of route->kind that the path names; NULL once the request was answered. */
const struct directory_entity *things_find(const struct api *api, struct http_request *request,
					   const struct route *route);

struct things_wish {
	enum directory_kind kind;
	enum form_how how;
	const struct directory_entity *entity; /* NULL: a new one */
};
/* The body as a form, to be finished, and the version that it names, "" for none. False once the
 * request was answered. */
bool things_read(struct http_request *request, const struct things_wish *wish, struct form *form,
		 char version[THINGS_VERSION_MAX]);

struct things_change {
	enum directory_kind kind;
	const char *id, *name, *by, *version;
	const struct form *form;
};
/* directory_put(), with no other of the kind having the name, capitals or not. */
void things_put(struct directory *directory, const struct things_change *wanted,
		directory_done *done, void *context);
/* An id for a new one of that name. False where the machine has no random octets. */
bool things_make_id(const struct directory *directory, enum directory_kind kind, const char *name,
		    char out[DIRECTORY_ID_MAX + 1]) __attribute__((warn_unused_result));

/* The version that a body names, "" for none. False where it is none. */
bool things_read_version(const json_t *root, char out[THINGS_VERSION_MAX]);
#define THINGS_WRONG_VERSION "version must be one that was read, a whole number from 1 on."

/* 200 with the entity; 204; why not. */
typedef void things_write(struct writer *writer, const struct directory_entity *entity);
void things_answer_with(struct http_request *request, things_write *write,
			const struct directory_entity *entity);
void things_answer(struct http_request *request, const struct directory_entity *entity);
void things_nothing(struct http_request *request);
void things_refuse(struct http_request *request, enum directory_verdict verdict);

#endif
