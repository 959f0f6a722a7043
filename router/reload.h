#ifndef BINDERY_ROUTER_RELOAD_H
#define BINDERY_ROUTER_RELOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "config/settings.h"

struct numbers;
struct threading;

/*
 * What a router takes from a changed file without a restart: the carriers, the routes, and which
 * carrier each number has. Who chooses a carrier asks the settings each time, so what their pointer
 * leads to is changed; what was read before stays until the end, since messages that are being
 * accepted still borrow from it.
 */
struct reload {
	const char *path;
	struct settings *live; /* what everybody borrows */
	struct numbers *numbers;
	struct threading *threading;
	struct settings **read; /* every file taken so far; owned */
	size_t read_count;
};

/* Reads the file and takes it, or says in the log what is wrong with it and changes nothing. True
 * where it was taken. */
__attribute__((warn_unused_result)) bool reload_take(struct reload *reload);
/* Nobody borrows from `live` any more. */
void reload_finish(struct reload *reload);

#endif
