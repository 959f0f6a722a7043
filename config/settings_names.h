#ifndef BINDERY_CONFIG_SETTINGS_NAMES_H
#define BINDERY_CONFIG_SETTINGS_NAMES_H

#include "config/settings.h"

/* The lists of settings in the order of their names, so that each of 65536 numbers finds its queue
 * among 16384 while a daemon stands still over its file. Elements begin with their name. */

/* Sorts all four. They borrow the elements, whose lists are to stay where they are. */
void settings_names_sort(struct settings *settings);
void settings_names_free(struct settings *settings);

/* The name that an element begins with. */
const char *settings_names_of(const void *element);
/* The first element of that name, or NULL. */
const void *settings_names_find(const struct settings_names *names, const char *name);

#endif
