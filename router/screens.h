#ifndef BINDERY_ROUTER_SCREENS_H
#define BINDERY_ROUTER_SCREENS_H

#include <stdbool.h>

#include "router/bus/bus.h"

struct door;
struct ev_loop;
struct screens;

/*
 * Frames on their way to agents' screens. For one agent one call is on its way at a time, with all
 * that was given before the loop waited; what comes meanwhile goes with the next. So frames stay in
 * order, and where a call is refused nothing behind it can have overtaken it.
 */

/* The frames of one event were written (or were there already), or it is not known. */
typedef void screens_done(bool written, void *context);

struct screens *screens_create(struct ev_loop *loop, struct bus *bus, screens_done *done);
/* The bus has answered everything by then; what was not sent is answered as not written. */
void screens_destroy(struct screens **screens);
/* That door's sockets are handed what was written at once. Borrows it. */
void screens_show(struct screens *screens, struct door *door);

enum screens_haste {
	SCREENS_NOW,
	SCREENS_SOON, /* with what else comes for the agent within SCREENS_HELD_S */
	/* The same of how the agent stands: where one is not sent yet, the next takes its place,
	 * and one that says what the last one said is left out. */
	SCREENS_STANDING,
};
#define SCREENS_HELD_S 0.05

/* `source` is an events key and `id` an event's id in it; ids of a source must come in their order,
 * all frames of one event for one agent in a row. Takes `frame` (freed). `context` is handed to
 * `done`, once for each frame. */
struct screens_frame {
	struct span agent, source, id;
	enum screens_haste haste;
	bool read; /* the event was read anew: the frame may have been written before */
	char *frame;
};
/* For who begins anew: what was not sent is answered as not written, for it is going to be given
 * again, and what stands twice in one call is written twice. How agents stand is said again, since
 * somebody else may have written. */
void screens_forget(struct screens *screens);
void screens_push(struct screens *screens, const struct screens_frame *frame, void *context);

/* A place for a frame that something has yet to be read for: what comes later for that agent from
 * that source waits behind it. At most one for an event and agent, and the last of its frames.
 * Borrows `frame`, without a frame in it; to be ended by screens_fill(). */
struct screens_hold *screens_hold(struct screens *screens, const struct screens_frame *frame,
				  void *context);
/* Takes `frame`; with NULL it and all behind it are answered as not written. Before
 * screens_destroy(). */
void screens_fill(struct screens_hold **hold, char *frame);

#endif
