#ifndef BINDERY_ROUTER_BUS_ALLOCATE_H
#define BINDERY_ROUTER_BUS_ALLOCATE_H

#include <stddef.h>

/* malloc() and realloc() that end the process where there is no memory: the bus has none of config/
 * (memory.h). Private to this room. */
void *bus_allocate(size_t size);
void *bus_grow(void *memory, size_t size);

#endif
