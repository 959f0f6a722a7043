#ifndef BINDERY_GATEWAY_SHARE_H
#define BINDERY_GATEWAY_SHARE_H

#include "smpp/message.h"

/*
 * How slots are handed out between the classes of what waits: a higher class first, but of every
 * SHARE_SLOTS one goes to what is below it, as mt_take has it for what waits in Redis. Pure; all
 * counts are segments.
 */
#define SHARE_SLOTS 8

struct share {
	/* Slots that a class has had while something below it waited, since that had its last. */
	unsigned had[MESSAGE_CLASS_COUNT];
};

/* How much of `room` the class may have now, where `ready` says what could go of each. */
unsigned share_of(const struct share *share, enum message_class class, unsigned room,
		  const unsigned ready[MESSAGE_CLASS_COUNT]);
/* It has got that much, while that was ready. */
void share_gave(struct share *share, enum message_class class, unsigned count,
		const unsigned ready[MESSAGE_CLASS_COUNT]);

#endif
