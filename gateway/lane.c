/* Which partitions are asked for messages, how many, and of what class. */
#include "gateway/lane.h"

#include "gateway/outbound_internal.h"
#include "gateway/share.h"
#include "gateway/store.h"

#define SIFTING_MAX 4 /* takes under way that go through much and may bring nothing */

static bool lane_is_open(struct lane *lane, enum take_kind kind, uint64_t now_ms)
{
	struct outbound *outbound = lane->outbound;

	if (lane->busy)
		return false;
	if (lane->not_before_ms > now_ms) {
		if (lane->wanted[kind] || lane->recovery != RECOVERY_DONE)
			outbound_later(outbound, lane->not_before_ms);
		return false;
	}
	if (lane->recovery != RECOVERY_DONE) {
		outbound_ask_recover(lane);
		return false;
	}
	if (kind == TAKE_ANY && lane->sifts && outbound->sifting >= SIFTING_MAX)
		return false; /* until one of those is back: what is quick is not to wait for them
			       */
	return lane->wanted[kind] && !outbound->stopping;
}

bool outbound_is_free(struct outbound *outbound, unsigned partition, uint64_t now_ms)
{
	const struct lane *lane = &outbound->lanes[partition];

	if (lane->not_before_ms > now_ms)
		outbound_later(outbound, lane->not_before_ms);
	return !lane->busy && !outbound->stopping && lane->not_before_ms <= now_ms &&
	       lane->recovery == RECOVERY_DONE;
}

/* Of the lowest class anything may wait anywhere. */
static bool lane_has(const struct lane *lane, enum message_class class)
{
	return class == MESSAGE_BULK || lane->hope == class;
}

static unsigned count_open(struct outbound *outbound, enum take_kind kind, enum message_class class,
			   uint64_t now_ms)
{
	unsigned open = 0;

	for (unsigned i = 0; i < outbound->setup.store->partitions; i++) {
		struct lane *lane = &outbound->lanes[i];
		open += lane_has(lane, class) && lane_is_open(lane, kind, now_ms);
	}
	return open;
}

/* The room is shared out among the partitions that may have something, those in which it is known
 * to be of that class, beginning behind the one that was asked last. Returns how much of it that
 * takes. */
static unsigned pump_lanes(struct outbound *outbound, enum take_kind kind, enum message_class class,
			   unsigned room, uint64_t now_ms)
{
	unsigned partitions = outbound->setup.store->partitions, first = outbound->cursor;
	unsigned open = count_open(outbound, kind, class, now_ms), before = room;

	for (unsigned i = 0; i < partitions && open > 0 && room > 0; i++) {
		struct lane *lane = &outbound->lanes[(first + i) % partitions];
		unsigned share;
		if (lane->busy || !lane_has(lane, class) || !lane_is_open(lane, kind, now_ms))
			continue;
		share = (room + open - 1) / open;
		outbound_ask_take(lane, kind, share + paced_promised(outbound, lane->partition),
				  now_ms);
		outbound->cursor = (lane->partition + 1) % partitions;
		room -= share;
		open--;
	}
	return before - room;
}

/* What numbers with a pace of their own may have of it where others may have something, too: half,
 * and of what is odd whoever did not have the last. */
static unsigned half_of(const struct outbound *outbound, unsigned room)
{
	return (room + !outbound->last_was_paced) / 2;
}

/* What is interactive, in those partitions and in the queues of numbers. Returns how much of the
 * room that takes. */
static unsigned pump_urgent(struct outbound *outbound, unsigned room, uint64_t now_ms)
{
	const unsigned below[MESSAGE_CLASS_COUNT] = {[MESSAGE_BULK] = room};
	unsigned allowed = share_of(&outbound->turns, MESSAGE_INTERACTIVE, room, below);
	bool open = count_open(outbound, TAKE_URGENT, MESSAGE_BULK, now_ms) > 0;
	unsigned paced = paced_plan(outbound, open ? half_of(outbound, allowed) : allowed,
				    PACED_URGENT, now_ms);

	return paced + pump_lanes(outbound, TAKE_URGENT, MESSAGE_BULK, allowed - paced, now_ms);
}

/* Every take brings a higher class first, but one for each partition may be many slots: those in
 * which something higher is known to wait are asked before the others. Returns how much of the room
 * that takes. */
static unsigned pump_higher(struct outbound *outbound, unsigned room, uint64_t now_ms)
{
	const unsigned below[MESSAGE_CLASS_COUNT] = {[MESSAGE_BULK] = room};
	unsigned before = room;

	/* Where numbers with a pace wait, what is interactive has had its turns. */
	for (unsigned class = paced_waits(outbound); class < MESSAGE_BULK; class ++) {
		unsigned allowed = share_of(&outbound->turns, class, room, below);
		room -= pump_lanes(outbound, TAKE_ANY, class, allowed, now_ms);
	}
	return before - room;
}

/* Where numbers with a pace wait, what is interactive is asked for by itself. What is promised of
 * numbers is asked for by the other takes, where there is one in that partition. */
void lanes_pump(struct outbound *outbound, unsigned room, uint64_t now_ms)
{
	unsigned partitions = outbound->setup.store->partitions;
	unsigned open = count_open(outbound, TAKE_ANY, MESSAGE_BULK, now_ms);

	if (room > 0 && paced_waits(outbound)) {
		room -= pump_urgent(outbound, room, now_ms);
		open = count_open(outbound, TAKE_ANY, MESSAGE_BULK, now_ms);
	}
	if (room < open)
		room -= pump_higher(outbound, room, now_ms);
	room -= paced_plan(outbound, open ? half_of(outbound, room) : room, PACED_OTHERS, now_ms);
	room -= pump_lanes(outbound, TAKE_ANY, MESSAGE_BULK, room, now_ms);
	if (room > 0)
		(void)paced_plan(outbound, room, PACED_URGENT, now_ms);
	for (unsigned i = 0; i < partitions; i++) {
		struct lane *lane = &outbound->lanes[i];
		if (!lane->busy && paced_promised(outbound, i) > 0)
			outbound_ask_take(lane, TAKE_PACED, 0, now_ms);
	}
}

unsigned outbound_take_urgent(struct outbound *outbound, unsigned room, bool ask, uint64_t now_ms)
{
	if (ask && room > outbound->urgent)
		(void)pump_lanes(outbound, TAKE_URGENT, MESSAGE_BULK, room - outbound->urgent,
				 now_ms);
	return room < outbound->urgent ? room : outbound->urgent;
}
