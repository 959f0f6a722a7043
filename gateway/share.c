#include "gateway/share.h"

static unsigned ready_below(enum message_class class, const unsigned ready[MESSAGE_CLASS_COUNT])
{
	unsigned sum = 0;

	for (unsigned i = (unsigned)class + 1; i < MESSAGE_CLASS_COUNT; i++)
		sum += ready[i];
	return sum;
}

unsigned share_of(const struct share *share, enum message_class class, unsigned room,
		  const unsigned ready[MESSAGE_CLASS_COUNT])
{
	unsigned below = ready_below(class, ready);
	unsigned kept = (share->had[class] + room) / SHARE_SLOTS;

	if (kept > below)
		kept = below;
	return kept < room ? room - kept : 0;
}

void share_gave(struct share *share, enum message_class class, unsigned count,
		const unsigned ready[MESSAGE_CLASS_COUNT])
{
	if (count == 0)
		return;
	if (ready_below(class, ready) == 0)
		share->had[class] = 0;
	else
		share->had[class] += count;
	if (share->had[class] > SHARE_SLOTS)
		share->had[class] = SHARE_SLOTS;
	for (unsigned i = 0; i < (unsigned)class; i++) {
		unsigned paid = count < SHARE_SLOTS ? count * (SHARE_SLOTS - 1) : share->had[i];
		share->had[i] -= paid < share->had[i] ? paid : share->had[i];
	}
}
