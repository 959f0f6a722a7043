#ifndef BINDERY_ROUTER_SCREENS_INTERNAL_H
#define BINDERY_ROUTER_SCREENS_INTERNAL_H

/* What gathers frames for agents (screens.c) and what writes them (screens_write.c). */

#include "router/bus/bus.h"
#include "router/door/desk.h"
#include "router/door/feed.h"
#include "router/door/reel.h"
#include "router/screens.h"

#include <ev.h>

#define SCREENS_BUCKETS 4096
#define SCREENS_SOURCE_MAX 32
#define SCREENS_ID_MAX 44
#define SCREENS_CALL_WORDS 4 /* FCALL push 1 <key>, before the frames of a batch */

struct batch {
	struct batch *next; /* behind it in its line, or of the spare ones */
	struct bus_args args;
	char last_source[SCREENS_SOURCE_MAX], last_id[SCREENS_ID_MAX];
	size_t count, capacity;
	void **contexts;
	bool read;		   /* something of it may have been written before */
	struct screens_hold *hold; /* waited for before it goes */
};

/* How an agent stands, not sent yet. */
struct standing {
	char source[SCREENS_SOURCE_MAX], id[SCREENS_ID_MAX];
	bool read;
	char *frame; /* NULL: there is none */
	void *context;
};

/* What goes to one agent. */
struct line {
	struct screens *screens;
	struct line *next; /* of its bucket */
	struct line *next_ready, *next_held;
	char agent[DESK_AGENT_MAX + 1];
	bool ready; /* in the list of those to be sent this turn */
	bool held;  /* in the list of those that wait a moment */
	bool hasty; /* something that is gathered is not to wait */
	double due; /* for which of them */
	struct batch *sent;
	struct batch *first, *last; /* gathered behind it */
	struct standing standing;
	char *said; /* how the agent stood by the last frame that was sent; NULL: not known */
	char newest[WIRE_ID_MAX + 1]; /* entry of the agent's stream, as far as is known; or "" */
	unsigned appended;	      /* how many times since push() */
	bool shared; /* somebody else has written: what is ours to write may be there already */
};

struct screens {
	struct ev_loop *loop;
	struct bus *bus;
	screens_done *done;
	struct door *door; /* or NULL */
	ev_prepare prepare;
	ev_timer hold;
	struct line *buckets[SCREENS_BUCKETS];
	struct line *ready;
	struct line *held, *held_last;
	struct batch *spare;
	struct bus_args args;
	struct feed_entry entries[REEL_STRIDE];
	char ids[REEL_STRIDE][WIRE_ID_MAX + 1]; /* of those */
};

/* Writes `sent`, which is answered by screens_wrote(). */
void screens_write(struct line *line);
/* `sent` was written or is not known to have been; goes on to what was gathered behind it. */
void screens_wrote(struct line *line, bool written);

#endif
