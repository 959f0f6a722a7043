#ifndef BINDERY_GATEWAY_QUEUE_H
#define BINDERY_GATEWAY_QUEUE_H

#include <stdint.h>

struct outbound;

/* What was taken from Redis and waits here, for a slot, for its bind, for its number's pace or for
 * its next attempt. What is let go of it was asked about with mt_check, and goes by that reply. */

/* Lets go what may go now of what waits, which goes before what is new. Returns how much of `room`
 * is left for that, in segments; none when enough is under way. */
unsigned queue_pump(struct outbound *outbound, unsigned room, uint64_t now_ms);

#endif
