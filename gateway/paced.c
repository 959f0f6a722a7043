#include "gateway/paced.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "gateway/clock.h"
#include "gateway/outbound_internal.h"
#include "gateway/source.h"
#include "gateway/store.h"

/* What the take under way in a partition may bring, of one number. */
struct promise {
	struct source *source;
	unsigned messages, segments;
};

struct paced_lane {
	struct outbound *outbound;
	unsigned partition;
	bool told;	  /* Redis knows the numbers */
	bool stirred;	  /* something may have come free to go since the last take was asked */
	uint64_t tell_ms; /* it is not told (again) before that */
	struct promise promises[PACED_NAMED_MAX];
	unsigned count;
};

static unsigned partitions_of(const struct outbound *outbound)
{
	return outbound->setup.store->partitions;
}

void paced_init(struct outbound *outbound)
{
	struct paced *paced = &outbound->paced;

	*paced = (struct paced){
		.lanes = memory_array(partitions_of(outbound), sizeof(*paced->lanes))};
	for (unsigned i = 0; i < partitions_of(outbound); i++) {
		paced->lanes[i].outbound = outbound;
		paced->lanes[i].partition = i;
	}
}

void paced_finish(struct outbound *outbound)
{
	free(outbound->paced.lanes);
	free(outbound->paced.list);
}

void paced_change(struct outbound *outbound)
{
	const struct sources *sources = &outbound->sources;
	struct paced *paced = &outbound->paced;

	for (unsigned i = 0; i < partitions_of(outbound); i++)
		paced->lanes[i].count = 0;
	free(paced->list);
	paced->list = memory_array(sources->count, sizeof(struct source *));
	paced->count = 0;
	for (size_t i = 0; i < sources->count; i++) {
		if (sources->list[i].throttle.rate > 0)
			paced->list[paced->count++] = &sources->list[i];
	}
	paced_forget(outbound);
}

void paced_forget(struct outbound *outbound)
{
	for (unsigned i = 0; i < partitions_of(outbound); i++)
		outbound->paced.lanes[i].told = false;
}

static void learn(struct outbound *outbound, unsigned partition, struct span number,
		  struct source_backlog backlog)
{
	struct source *source = sources_find(&outbound->sources, number);

	/* What has no pace any more comes by itself. */
	if (source && source->throttle.rate > 0)
		source_learn(source, partitions_of(outbound), partition, backlog);
}

/* How much waits there the first take says. */
static void on_told(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct paced_lane *lane = context;

	(void)bus;
	for (size_t i = 0; i < bus_reply_count(reply); i++)
		learn(lane->outbound, lane->partition, bus_reply_span(bus_reply_at(reply, i)),
		      (struct source_backlog){.left = 1});
	outbound_stir(lane->outbound);
	if (bus_reply_type(reply) == BUS_ARRAY)
		return;
	outbound_refused(lane->outbound, "mt_paced", reply);
	lane->told = false;
	lane->tell_ms = clock_ms() + OUTBOUND_TROUBLE_MS;
}

static void tell(struct paced_lane *lane)
{
	struct outbound *outbound = lane->outbound;
	struct bus_args *arguments = outbound->arguments;
	unsigned count = outbound->setup.carrier->binds ? outbound->paced.count : 0;
	size_t size = count * (ADDRESS_MAX + 1) + 1, length = 0;
	char *numbers = memory_array(1, size);

	for (unsigned i = 0; i < count; i++)
		length += (size_t)snprintf(numbers + length, size - length, "%s%s", i ? "|" : "",
					   outbound->paced.list[i]->address);
	bus_args_call(arguments, "mt_paced", outbound->setup.store->tag[lane->partition]);
	bus_args_field_text(arguments, "carrier", outbound->setup.carrier->name);
	outbound_put_tenure(outbound, arguments);
	bus_args_field_text(arguments, "numbers", numbers);
	bus_args_send(arguments, outbound->setup.store->bus, on_told, lane);
	lane->told = true;
	free(numbers);
}

void paced_tell(struct outbound *outbound, uint64_t now_ms)
{
	for (unsigned i = 0; i < partitions_of(outbound); i++) {
		struct paced_lane *lane = &outbound->paced.lanes[i];
		if (!lane->told && lane->tell_ms <= now_ms)
			tell(lane);
	}
}

bool paced_hears(struct outbound *outbound, unsigned partition, const struct bus_reply *element)
{
	int64_t left = bus_reply_integer(bus_reply_at(element, 1));
	/* A wake-up may overtake the answer of a take that came before what it tells of. */
	bool stirred = outbound->paced.lanes[partition].stirred;

	if (bus_reply_count(element) != 4)
		return false;
	learn(outbound, partition, bus_reply_span(bus_reply_at(element, 0)),
	      (struct source_backlog){
		      .left = left > INT32_MAX ? INT32_MAX : (uint32_t)left,
		      .stuck = !stirred && bus_reply_integer(bus_reply_at(element, 2)) == 1,
		      .urgent = bus_reply_integer(bus_reply_at(element, 3)) == 1,
	      });
	return true;
}

void paced_stir(struct outbound *outbound, unsigned partition)
{
	if (partition >= partitions_of(outbound))
		return;
	outbound->paced.lanes[partition].stirred = true;
	for (unsigned i = 0; i < outbound->paced.count; i++)
		source_stir(outbound->paced.list[i], partition);
	outbound_stir(outbound);
}

struct plan {
	struct outbound *outbound;
	uint64_t now_ms;
};

static bool fits(const void *context, unsigned partition)
{
	const struct plan *plan = context;

	return plan->outbound->paced.lanes[partition].count < PACED_NAMED_MAX &&
	       outbound_is_free(plan->outbound, partition, plan->now_ms);
}

static bool is_promised(const struct paced_lane *lane, const struct source *source)
{
	for (unsigned i = 0; i < lane->count; i++) {
		if (lane->promises[i].source == source)
			return true;
	}
	return false;
}

static void promise(struct outbound *outbound, unsigned partition, struct source *source,
		    unsigned messages)
{
	struct paced_lane *lane = &outbound->paced.lanes[partition];
	unsigned segments = messages * source->submits;

	lane->promises[lane->count++] = (struct promise){source, messages, segments};
	source->promised += segments;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Shares what may go of a number now out among the partitions in which it waits. */
static unsigned plan_source(struct plan *plan, struct source *source, unsigned room)
{
	struct outbound *outbound = plan->outbound;
	const struct source_fits which = {fits, plan};
	unsigned partitions = partitions_of(outbound), given = 0;
	uint64_t due_ms;
	unsigned allowed = source_allowance(source, outbound->pass, plan->now_ms, &due_ms);

	outbound_later(outbound, due_ms);
	allowed = least(allowed, room);
	for (unsigned i = 0; i < partitions && given < allowed; i++) {
		int next = source_next(source, partitions, &which);
		unsigned some;
		if (next < 0 || is_promised(&outbound->paced.lanes[next], source))
			break;
		some = least(allowed - given, source->backlogs[next].left);
		promise(outbound, (unsigned)next, source, some);
		given += some;
	}
	return given;
}

bool paced_waits(const struct outbound *outbound)
{
	for (unsigned i = 0; i < outbound->paced.count; i++) {
		if (outbound->paced.list[i]->free_to_go > 0)
			return true;
	}
	return false;
}

unsigned paced_plan(struct outbound *outbound, unsigned room, enum paced_class class,
		    uint64_t now_ms)
{
	struct paced *paced = &outbound->paced;
	struct plan plan = {outbound, now_ms};
	unsigned given = 0, first = paced->cursors[class];

	for (unsigned i = 0; i < paced->count && given < room; i++) {
		unsigned turn = (first + i) % paced->count;
		struct source *source = paced->list[turn];
		unsigned some = 0;
		if (source->free_to_go > 0 && (source->urgent > 0) == (class == PACED_URGENT))
			some = plan_source(&plan, source, room - given);
		if (some > 0)
			paced->cursors[class] = turn + 1;
		given += some;
	}
	return given;
}

void paced_offer(struct outbound *outbound, unsigned partition, unsigned room, uint64_t now_ms)
{
	struct paced *paced = &outbound->paced;

	if (paced->count > PACED_NAMED_MAX)
		return; /* too many to be told of each time: they are found in their queues */
	for (unsigned i = 0; i < paced->count && room > 0; i++) {
		struct source *source = paced->list[i];
		uint64_t due_ms;
		unsigned some;
		if (source->free_to_go > 0 || is_promised(&paced->lanes[partition], source))
			continue;
		some = source_allowance(source, outbound->pass, now_ms, &due_ms);
		some = least(some, room);
		if (some > 0)
			promise(outbound, partition, source, some);
		room -= some;
	}
}

unsigned paced_promised(const struct outbound *outbound, unsigned partition)
{
	const struct paced_lane *lane = &outbound->paced.lanes[partition];
	unsigned sum = 0;

	for (unsigned i = 0; i < lane->count; i++)
		sum += lane->promises[i].messages;
	return sum;
}

void paced_put(struct outbound *outbound, unsigned partition, struct bus_args *arguments)
{
	struct paced_lane *lane = &outbound->paced.lanes[partition];
	char numbers[PACED_NAMED_MAX * (ADDRESS_MAX + 16)];
	int length = 0;

	lane->stirred = false;
	if (lane->count == 0)
		return;
	for (unsigned i = 0; i < lane->count; i++)
		length += snprintf(numbers + length, sizeof(numbers) - (size_t)length, "%s%s %u",
				   i ? "|" : "", lane->promises[i].source->address,
				   lane->promises[i].messages);
	bus_args_field_text(arguments, "numbers", numbers);
}

void paced_return(struct outbound *outbound, unsigned partition)
{
	struct paced_lane *lane = &outbound->paced.lanes[partition];

	for (unsigned i = 0; i < lane->count; i++)
		lane->promises[i].source->promised -= lane->promises[i].segments;
	lane->count = 0;
}
