#ifndef BINDERY_ROUTER_DIRECTORY_ENTITY_H
#define BINDERY_ROUTER_DIRECTORY_ENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/* What can be set up. */
enum directory_kind {
	DIRECTORY_USER,
	DIRECTORY_QUEUE,
	DIRECTORY_SKILL,
	DIRECTORY_WRAPUP,
	DIRECTORY_LIBRARY,
	DIRECTORY_RESPONSE,
	DIRECTORY_PRESENCE,
	DIRECTORY_CLIENT,    /* of the API */
	DIRECTORY_RECIPIENT, /* one of our numbers, as what comes to it is routed */
	DIRECTORY_KINDS,
};

/* `user`, `queue`…, as Redis has them; NULL from DIRECTORY_KINDS on. */
const char *directory_kind_name(enum directory_kind kind);
/* DIRECTORY_KINDS for a name that is none. */
enum directory_kind directory_kind_of(struct span name);

#define DIRECTORY_ID_MAX 128 /* octets, without a NUL */
#define DIRECTORY_FIELDS_MAX 64

struct directory_field {
	char *name, *value;
};

/* One of them. Every text is NUL-terminated; a field that is not there is "". */
struct directory_entity {
	enum directory_kind kind;
	char *id;
	uint64_t version, created_ms, changed_ms;
	struct directory_field *fields;
	size_t count;
};

struct bus_reply;

/* From {id, {field, value…}} as the Redis Functions tell it. NULL where it says that there is none,
 * or cannot be read. */
struct directory_entity *directory_entity_create(enum directory_kind kind,
						 const struct bus_reply *row);
void directory_entity_destroy(struct directory_entity **entity);

/* The field's text, "" where it is not there. */
const char *directory_text(const struct directory_entity *entity, const char *field);
/* The field as a whole number, `otherwise` where it is not there or is none. */
int64_t directory_number(const struct directory_entity *entity, const char *field,
			 int64_t otherwise);
/* Whether `item` is in the field's list, whose items are on a line each. */
bool directory_lists(const struct directory_entity *entity, const char *field, const char *item);

#endif
