#ifndef BINDERY_ROUTER_DOOR_PILE_H
#define BINDERY_ROUTER_DOOR_PILE_H

#include "router/door/things.h"

/*
 * A list that is known whole before it is answered, and of which a page is: `pageSize`,
 * `pageNumber`, `sortOrder` of the request, and `entities`, `pageSize`, `pageNumber`, `total`,
 * `pageCount` of the answer, as all lists have them.
 */

struct pile_row {
	int64_t order;	 /* ascending; */
	const char *tie; /* of what is the same, likewise: borrowed, NULL for none; */
	size_t put;	 /* and then as they were put */
	char *json;
	void *what;
};

struct pile {
	struct things_page page;
	struct pile_row *rows;
	size_t count, room;
	bool sorted;
};

/* Reads which page is asked for, `descending` where sortOrder says nothing; false once the request
 * was answered. Then pile_finish(), pile_write() or pile_answer() is to follow. */
bool pile_begin(struct pile *pile, struct http_request *request, bool descending);
/* Takes `json`, and fills in `put`. JSON may be NULL where it is filled in behind pile_rows();
 * `what` is the caller's. */
void pile_add(struct pile *pile, const struct pile_row *row);
/* Puts them in order, for good; those of the page, `count` of them. What is filled in of them is
 * taken. */
struct pile_row *pile_rows(struct pile *pile, size_t *count);
/* Writes the members of an object that is begun, and finishes it. Rows without JSON are left out.
 */
void pile_write(struct pile *pile, struct writer *writer);
/* The same as all there is to the answer. */
void pile_answer(struct pile *pile, struct http_request *request);
void pile_finish(struct pile *pile);

#endif
