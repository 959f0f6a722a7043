#ifndef BINDERY_ROUTER_DIRECTORY_SEED_H
#define BINDERY_ROUTER_DIRECTORY_SEED_H

#include "router/directory/directory.h"

/* Puts what bindery.conf names into the directory, with source=file. Ids are the names. */
void seed_file(struct directory *directory, const struct settings *settings);
/* Users whom the command line made before there was a directory get an entry. */
void seed_users(struct directory *directory, struct bus *bus);

#endif
