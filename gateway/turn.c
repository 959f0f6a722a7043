#include "gateway/turn.h"

#include <stddef.h>

/* A pass ends after this many tasks, so that two that put each other off cannot stop the loop. */
#define TURN_TASKS_MAX 100000

static void turn_pass(struct ev_loop *loop, ev_prepare *prepare, int events)
{
	struct turn *turn = prepare->data;

	(void)loop;
	(void)events;
	for (unsigned i = 0; turn->first && i < TURN_TASKS_MAX; i++) {
		struct turn_task *task = turn->first;
		turn_forget(turn, task);
		task->run(task->context);
	}
}

void turn_init(struct turn *turn, struct ev_loop *loop)
{
	*turn = (struct turn){.loop = loop};
	turn->last = &turn->first;
	ev_prepare_init(&turn->prepare, turn_pass);
	turn->prepare.data = turn;
	ev_prepare_start(loop, &turn->prepare);
}

void turn_finish(struct turn *turn)
{
	ev_prepare_stop(turn->loop, &turn->prepare);
}

void turn_defer(struct turn *turn, struct turn_task *task)
{
	if (task->queued)
		return;
	task->queued = true;
	task->next = NULL;
	*turn->last = task;
	turn->last = &task->next;
}

void turn_forget(struct turn *turn, struct turn_task *task)
{
	struct turn_task **at = &turn->first;

	if (!task->queued)
		return;
	while (*at != task)
		at = &(*at)->next;
	*at = task->next;
	if (turn->last == &task->next)
		turn->last = at;
	task->queued = false;
}
