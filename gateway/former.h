#ifndef BINDERY_GATEWAY_FORMER_H
#define BINDERY_GATEWAY_FORMER_H

#include <stdbool.h>

struct carrier;
struct gateway;
struct settings;

/*
 * Carriers that the file has no more and of which Redis still has something in flight, since a
 * gateway died with it. Each instance notes in Redis which carriers it has had; those of them that
 * its file has not are made once more, without a bind: what is found in flight is told as unknown,
 * what waits goes to the next of its route, and the note is taken away.
 */

/* Notes the carriers of the present settings; Redis is ready. */
void former_note(struct gateway *gateway);
/* Looks for such carriers, and makes them. */
void former_look(struct gateway *gateway);
/* It is about to be destroyed: unless it left something in flight, it is noted no more. */
void former_left(struct gateway *gateway, const struct carrier *carrier);
/* Whether the settings name carriers of which a former self is still there. Those that only wait
 * for a router need not do so any more. */
bool former_wanted(struct gateway *gateway, const struct settings *settings);

#endif
