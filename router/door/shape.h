#ifndef BINDERY_ROUTER_DOOR_SHAPE_H
#define BINDERY_ROUTER_DOOR_SHAPE_H

#include "router/door/form.h"

/* What each kind of the directory looks like in the API, in the words of Genesys Cloud. */
struct shape {
	const char *path; /* of the list */
	const struct form_member *members;
	const char *reserved; /* octets that its ids must not have; NULL: every id is a UUID */
	bool text_version;    /* the version is a text */
};

/* NULL where the API does not have the kind. */
const struct shape *shape_of(enum directory_kind kind);
void shape_write(const struct directory_entity *entity, struct writer *writer);
/* The same without its braces, for who has more to say. */
void shape_write_members(const struct directory_entity *entity, struct writer *writer);
/* An array of what persons may be, names or objects with an id, as a malloc'd text with commas;
 * NULL where it is none. */
char *shape_read_roles(const json_t *value);
/* Unix milliseconds as ISO 8601, in UTC. */
void shape_write_time(struct writer *writer, const char *key, uint64_t ms);

#endif
