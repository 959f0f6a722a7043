#ifndef BINDERY_ROUTER_DIRECTORY_CUSTOMER_H
#define BINDERY_ROUTER_DIRECTORY_CUSTOMER_H

#include "router/directory/directory.h"

/*
 * Customers: what is known of who writes from a number. They are kept as the directory's entities
 * are (functions/directory.lua), but in the partition of their number and not in memory. Fields are
 * named as Genesys Cloud names them, with dots for objects within (`address.city`); those that an
 * operator makes up are `own.<name>`. An id is `<partition>.<UUID>`, so that neither paths nor
 * events tell a number.
 */

#define CUSTOMER_OWN "own."
#define CUSTOMER_OWN_MOST 30	 /* fields of an operator's own that one may have */
#define CUSTOMER_OWN_NAME_MAX 32 /* octets: letters, digits, _ and - */
#define CUSTOMER_FIELD_MAX 40	 /* octets of a field's name, with a NUL */
#define CUSTOMER_VALUE_MAX 256	 /* octets of any field */
#define CUSTOMER_NAME_MAX 520	 /* octets of a whole name, with a NUL */
#define CUSTOMER_ID_MAX 48	 /* octets of an id, with a NUL */
#define CUSTOMER_QUERY_MAX 256	 /* octets of what is searched for */
#define CUSTOMER_SORT_MAX 160	 /* octets, with a NUL */
#define CUSTOMER_WORDS_MAX 2048	 /* octets, with a NUL */
#define CUSTOMER_NUMBER "unique" /* the field that has the number */

struct customer_field {
	const char *field; /* NULL ends the list */
	const char *label; /* for a person */
	/* What a column of a file may be called, in small letters and digits alone, a blank between
	 * two. */
	const char *heads;
	bool name; /* it is part of what customer_name() says */
};

/* All but the operator's own, in the order in which a person reads them. */
const struct customer_field *customer_fields(void);
/* Whether that may be the name of a field of the operator's own. */
bool customer_is_own(struct span name);
/* The name that the operator gave to a field of their own, NULL for any other field. */
const char *customer_own(const char *field);
/* Whether that may be a field: `CUSTOMER_NUMBER`, one of customer_fields(), an operator's own. */
bool customer_is_field(const char *field);
/* The field that a column so called has: `CUSTOMER_NUMBER`, one of customer_fields(), or one of
 * the operator's own. False where it has none. */
bool customer_column(struct span head, char field[CUSTOMER_FIELD_MAX]);
/* Whether it can be a value: UTF-8 is not looked at; no control characters, not too long. */
bool customer_is_value(struct span value);

/* First, middle and last name, "" where nothing is known of them. Returns `out`. */
char *customer_name(const struct directory_entity *customer, char out[CUSTOMER_NAME_MAX]);

/* The id of a new one with that number, and the partition that an id names; false where it is none.
 */
void customer_id(unsigned partition, const char *uuid, char out[CUSTOMER_ID_MAX]);
bool customer_partition(struct span id, unsigned partitions, unsigned *partition);

/* Begins a call of entity_get: whom the id names, or with "" the number. */
void customer_get(struct bus_args *args, unsigned partition, const char *id, const char *number);

struct customer_change {
	unsigned partition;
	const char *id, *number, *by, *version; /* as of directory_change */
	uint64_t now_ms;
	const struct directory_entity *before; /* NULL: a new one */
	const struct directory_field *fields; /* those that are not named stay; "" takes one away */
	size_t count;
};
/* Begins a call of entity_put. */
void customer_put(struct bus_args *args, const struct customer_change *change);
/* Begins a call of entity_delete; of the change: partition, id, by, version, now_ms. */
void customer_delete(struct bus_args *args, const struct customer_change *change);

/* What somebody looks for, as customers_find takes it: words of a name or of an address of mail, or
 * the first or last digits of a number. `words` is "" where nothing was said. */
struct customer_query {
	char words[CUSTOMER_WORDS_MAX];
	char also[CUSTOMER_QUERY_MAX + 2];
};
void customer_query_init(struct customer_query *query, const char *text);

#endif
