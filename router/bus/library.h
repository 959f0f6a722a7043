#ifndef BINDERY_ROUTER_BUS_LIBRARY_H
#define BINDERY_ROUTER_BUS_LIBRARY_H

#include <stddef.h>

/* The Redis Functions of functions/, one library, made into this at build time. Its own function
 * `library` answers {version, serves, print}: of which version of Bindery it is, with the time of
 * its last change behind that where git knew it; the oldest version whose programs it does what
 * they ask for; and the SHA-256 of its text. */
extern const char library_text[];
extern const size_t library_length;
extern const char library_version[], library_print[];

#endif
