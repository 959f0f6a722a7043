#ifndef BINDERY_ROUTER_ROUTING_NAMED_H
#define BINDERY_ROUTER_ROUTING_NAMED_H

#include <stddef.h>

/* Entries of any kind that begin with `char name[FLOOR_NAME_MAX + 1]`, in trees of search.h. */

/* As much of the text as a name has room for. */
void named_copy(char *out, const char *text);
/* The entry of that name, or NULL. */
void *named_find(void *const *tree, const char *name);
/* The same, made where it is not there, with everything behind its name 0. */
void *named_entry(void **tree, const char *name, size_t size);
/* Out of the tree; it stays the caller's. */
void named_remove(void **tree, const void *entry);

#endif
