#ifndef BINDERY_ROUTER_DIRECTORY_SHELF_H
#define BINDERY_ROUTER_DIRECTORY_SHELF_H

#include "router/directory/entity.h"

/* All entities of one kind, found by id. A number names a place for as long as nothing is put or
 * taken. */
struct shelf {
	struct directory_entity **entities;
	size_t count, capacity;
	size_t *slots; /* number + 1 of the entity, 0 for none; a power of two of them */
	size_t slots_count;
};

/* A zeroed shelf is empty. */
void shelf_finish(struct shelf *shelf);
/* Takes `entity`; what had its id is destroyed. */
void shelf_put(struct shelf *shelf, struct directory_entity *entity);
/* Destroys what has that id; false where nothing has. */
bool shelf_drop(struct shelf *shelf, struct span id);
/* NULL where there is none. */
const struct directory_entity *shelf_find(const struct shelf *shelf, struct span id);

#endif
