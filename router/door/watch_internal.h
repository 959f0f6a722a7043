#ifndef BINDERY_ROUTER_DOOR_WATCH_INTERNAL_H
#define BINDERY_ROUTER_DOOR_WATCH_INTERNAL_H

#include "router/door/order.h"
#include "router/door/watch.h"

/* What watch.c, which shows the floor, and watch_act.c, which acts on it, share. */

/* Something that a supervisor looks at more closely: told again whenever it differs. */
struct watch_sight {
	enum lead_kind kind; /* LEAD_QUEUE, LEAD_AGENT, LEAD_THREAD or LEAD_POINTS */
	char name[WIRE_CONVERSATION_MAX + 1]; /* "" for nothing */
	char *told;			      /* the frame, as it was told last; NULL for never */
	bool asked;			      /* and not answered */
	unsigned hours;			      /* of LEAD_POINTS */
	double looked;			      /* when it was looked at last */
};

enum { WATCH_LIST, WATCH_THREAD, WATCH_POINTS, WATCH_SIGHTS };

struct watch {
	struct line line; /* first */
	uint64_t seen;	  /* version of the board that it was told */
	uint64_t today;	  /* the same of the day's figures */
	bool live;	  /* as it was told */
	struct watch_sight sights[WATCH_SIGHTS];
};

const struct watch_links *watch_links_of(const struct watch *watch);
/* A frame that is not hello, of a line that is open. */
void watch_act(struct watch *watch, const struct order *order);
/* Looks again at what it looks at. */
void watch_look(struct watch *watch);
/* It looks at nothing any more. */
void watch_forget(struct watch *watch);

#endif
