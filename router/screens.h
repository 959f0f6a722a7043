#ifndef BINDERY_ROUTER_SCREENS_H
#define BINDERY_ROUTER_SCREENS_H

#include <stdbool.h>

#include "router/bus/bus.h"

struct ev_loop;
struct screens;

/*
 * Frames on their way to agents' screens. What is given in one turn of the loop for the same agent
 * from the same source leaves as one call, before the loop waits again.
 */

/* The frames of one event were written (or were there already), or it is not known. */
typedef void screens_done(bool written, void *context);

struct screens *screens_create(struct ev_loop *loop, struct bus *bus, screens_done *done);
void screens_destroy(struct screens **screens);

/* `source` is an events key and `id` an event's id in it; ids of a source must come in their order.
 * All frames of one event for one agent are given in a row. Takes `frame` (freed). `context` is
 * handed to `done`, once for each frame. */
struct screens_frame {
	struct span agent, source, id;
	char *frame;
};
void screens_push(struct screens *screens, const struct screens_frame *frame, void *context);

#endif
