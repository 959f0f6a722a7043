#ifndef BINDERY_ROUTER_PROJECTOR_INTERNAL_H
#define BINDERY_ROUTER_PROJECTOR_INTERNAL_H

/* Shared by projector.c, which knows how far each source is done, and projection.c, which knows
 * what follows from an event. */
#include <ev.h>

#include "router/bus/key.h"
#include "router/glances.h"
#include "router/projector.h"
#include "router/recall.h"
#include "router/screens.h"

#define PROJECTOR_ID_MAX 44

struct source;

/* One event whose steps are on their way. */
struct step {
	struct source *source; /* NULL once the source has let go of it */
	bool read;	       /* somebody may have done it before */
	struct step *next;
	unsigned open; /* steps not answered */
	char id[PROJECTOR_ID_MAX];
	char before[PROJECTOR_ID_MAX]; /* of the floor's step before the one that it asks for */
};

struct source {
	struct projector *projector;
	unsigned partition; /* or PROJECTOR_FLOOR */
	char events[KEY_MAX], cursor[KEY_MAX];
	bool live;   /* caught up with */
	bool failed; /* a step was refused: to be taken up again at the cursor */
	struct step *first, **end;
	/* The cursor, here and in Redis; "" until it has been read. */
	char done[PROJECTOR_ID_MAX], written[PROJECTOR_ID_MAX];
	char floor_step[PROJECTOR_ID_MAX]; /* the last one asked of the floor; "" after a new
					      beginning */
	char read[PROJECTOR_ID_MAX];	   /* the newest event read while catching up */
	unsigned generation;		   /* counts catch-ups */
};

struct projector {
	struct projector_links links;
	struct screens *screens;
	struct recall *recall;
	struct glances *glances;
	struct source *sources; /* the partitions, then the floor */
	struct bus_args args;
	ev_timer timer;
	unsigned ticks; /* of the timer */
	bool open;
	struct history *history;
	unsigned lost; /* beginnings at which events behind the cursor were gone */
};

/* Asks which conversations nobody writes in, warns and closes. */
void projector_idle_sweep(struct projector *projector);

/* `context` is the step, of which one thing was answered. */
void projector_answered(bool done, void *context);

/* Asks for everything that follows from one event. */
void projection_conversation(struct step *step, const struct bus_reply *event,
			     const struct threading_message *message);
void projection_floor(struct step *step, const struct bus_reply *event);

/* For projection_consult.c and projection_offer.c: a frame for an agent's screen (taken), and what
 * is asked of the floor, whose answer comes to projection_asked(). */
void projection_push(struct step *step, struct span agent, char *frame);
/* One that is yet to be put together. */
struct screens_frame projection_frame(struct step *step, struct span agent);
/* The same as projection_push() of one that can wait. */
void projection_tell(struct step *step, struct span agent, enum screens_haste haste, char *frame);
struct offers_place projection_place(struct step *step, const struct bus_reply *event);
struct offers_ask projection_asked(struct step *step);
struct offers_acw projection_acw(const struct bus_reply *event);
/* Ends a leg on the screen of who had it: it is over, or in after-call work. */
void projection_leg_ended(struct step *step, const struct bus_reply *event);

/* What the one who asks a colleague about a conversation is shown of an event of the floor. */
void projection_consult(struct step *step, const struct bus_reply *event);
void projection_offer(struct step *step, const struct bus_reply *event);
/* Who asked has given it away: the event `handed_over`. */
void projection_handed_over(struct step *step, const struct bus_reply *event);
/* The arguments of hand_over that tell of the leg which ends. */
void projection_hand_over(struct step *step, const struct bus_reply *event, struct bus_args *args);

#endif
