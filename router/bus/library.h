#ifndef BINDERY_ROUTER_BUS_LIBRARY_H
#define BINDERY_ROUTER_BUS_LIBRARY_H

#include <stddef.h>

/* The Redis Functions of functions/, one library, made into this at build time. */
extern const char library_text[];
extern const size_t library_length;

#endif
