#ifndef BINDERY_GATEWAY_TURN_H
#define BINDERY_GATEWAY_TURN_H

#include <ev.h>
#include <stdbool.h>

/* Work put off to the end of this turn of the loop, so that what many events of one turn ask for is
 * done once: a write for all answers, a take for all slots that came free. */

struct turn_task {
	void (*run)(void *context);
	void *context;
	bool queued;
	struct turn_task *next;
};

struct turn {
	struct ev_loop *loop; /* borrows */
	ev_prepare prepare;
	struct turn_task *first, **last;
};

void turn_init(struct turn *turn, struct ev_loop *loop);
void turn_finish(struct turn *turn);

/* Runs `task` once before the loop sleeps, in the order of the calls; one that was put off already
 * stays where it is. What a task puts off runs in the same pass. The caller keeps `task` alive. */
void turn_defer(struct turn *turn, struct turn_task *task);
/* Takes `task` out again; it may be freed afterwards. */
void turn_forget(struct turn *turn, struct turn_task *task);

#endif
