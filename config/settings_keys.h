#ifndef BINDERY_CONFIG_SETTINGS_KEYS_H
#define BINDERY_CONFIG_SETTINGS_KEYS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What may stand in bindery.conf, as data: the loader, the check and the test of the sample all
 * walk the same table, so they cannot disagree.
 */

enum settings_type {
	SETTINGS_TEXT,	 /* char *, `min`..`max` octets */
	SETTINGS_NUMBER, /* unsigned, `min`..`max` */
	SETTINGS_OCTET,	 /* uint8_t, `min`..`max` */
	SETTINGS_FLAG,	 /* bool */
	SETTINGS_CHOICE, /* unsigned or an enum, one of `choices` */
	SETTINGS_TEXTS,	 /* char ** and its count, `max` of them */
	SETTINGS_GROUP,	 /* a struct in place */
	SETTINGS_LIST,	 /* an array of structs and its count, `min`..`max` of them */
};

struct settings_choice {
	const char *name; /* NULL ends the array */
	unsigned value;
};

struct settings_group;

struct settings_key {
	const char *name;
	size_t offset;
	size_t count_offset;  /* of the size_t beside an array */
	const char *fallback; /* the default of a text or a choice; NULL = the key is mandatory */
	const struct settings_choice *choices;
	const struct settings_group *group; /* what stands inside a group or a list's element */
	enum settings_type type;
	unsigned initial; /* the default of a number, an octet or a flag */
	unsigned min, max;
};

struct settings_group {
	const char *noun; /* "carrier": how errors call an element; its first key names it */
	size_t size;
	const struct settings_key *keys;
	size_t count;
};

extern const struct settings_group settings_root;

#endif
