#ifndef BINDERY_ROUTER_DOOR_FORM_H
#define BINDERY_ROUTER_DOOR_FORM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "router/directory/entity.h"
#include "router/door/writer.h"

/*
 * How an entity of the directory, whose fields are texts, looks as JSON, and back: a table of
 * members for each kind. A path with dots, `acwSettings.timeoutMs`, stands for objects within;
 * members of one object stand together in the table.
 */

/* What is said of all fields that one can have, and of as many that go. */
#define FORM_FIELDS_MAX 128
#define FORM_WRONG_MAX 192

enum form_type {
	FORM_TEXT,   /* of least..most octets, without control characters; not blank if least > 0 */
	FORM_NUMBER, /* least..most, or many times less in the entity, see `unit` */
	FORM_FLAG,   /* kept as "1" or not at all */
	FORM_WORD,   /* one of `words` */
	FORM_OWN,    /* read and written by functions of its own */
	FORM_SHOWN,  /* a text that is only shown; what a body says of it is ignored */
};

struct form_word {
	const char *said, *kept; /* in JSON, in the entity */
};

/* Reads a value into a malloc'd text, or returns NULL where it is not what it must be. */
typedef char *form_read_own(const json_t *value);
typedef void form_write_own(struct writer *writer, const char *key, const char *text);

struct form_member {
	const char *path;
	const char *field; /* NULL ends a table with the path */
	int64_t least, most;
	int64_t otherwise; /* a number where nothing is kept; below `least`: it is not shown */
	int64_t unit;	   /* 0 or 1: as it is kept; 1000: a thousand times what is kept */
	const struct form_word *words; /* up to one with NULL; the first is the default */
	form_read_own *read;
	form_write_own *write;
	const char *allowed; /* of FORM_OWN, for a person: `must be …` */
	enum form_type type;
	bool in_file; /* for what stands in bindery.conf it is fixed there */
	bool lines;   /* a text that may have ends of lines and tabs */
};

/* What a body says. */
struct form {
	struct directory_field fields[FORM_FIELDS_MAX];
	size_t count;
	char wrong[FORM_WRONG_MAX]; /* a sentence for a person; "" where nothing is */
};

enum form_how {
	FORM_WHOLE, /* what is not said is taken away */
	FORM_PART,  /* what is not said stays */
};

/* False where `wrong` says why. `entity` is what it was, NULL for a new one; what stands in
 * bindery.conf stays as it is, and cannot be said otherwise (`fixed`). To be finished in any case.
 */
bool form_read(struct form *form, const struct form_member *members, const json_t *root,
	       enum form_how how, const struct directory_entity *entity);
/* Adds or replaces one; copies. */
void form_put(struct form *form, const char *field, const char *value);
/* What the form says of the field, NULL where nothing. */
const char *form_said(const struct form *form, const char *field);
void form_finish(struct form *form);

void form_write(const struct form_member *members, const struct directory_entity *entity,
		struct writer *writer);

/* Whether bindery.conf has it. */
bool form_is_of_file(const struct directory_entity *entity);
/* The value at a path with dots, NULL where there is none or null. */
const json_t *form_at(const json_t *root, const char *path);

#endif
