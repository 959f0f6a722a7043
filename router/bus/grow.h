#ifndef BINDERY_ROUTER_BUS_GROW_H
#define BINDERY_ROUTER_BUS_GROW_H

#include <stddef.h>

/* realloc() that never fails: out of memory exits. The bus has none of config/ (memory.h). */
void *grow(void *memory, size_t size);

#endif
