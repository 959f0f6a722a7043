#include "router/digest.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>

#define TURN_S 1.0
#define PAGE 200 /* of each stream folded in one call */

struct part {
	struct digest *digest;
	unsigned partition;
	bool asked;
};

struct digest {
	struct bus *bus;
	struct ev_loop *loop;
	struct part *parts;
	unsigned partitions;
	struct bus_args args;
	ev_timer turn;
};

static void fold(struct part *part);

static void on_folded(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct part *part = context;
	struct span word = bus_reply_span(bus_reply_at(reply, 0));

	(void)bus;
	part->asked = false;
	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "digest_failed", "partition=%u error=%s", part->partition,
			  (const char *)bus_reply_span(reply).at);
	if (word.length == strlen("more") && memcmp(word.at, "more", word.length) == 0)
		fold(part);
}

static void fold(struct part *part)
{
	struct digest *digest = part->digest;
	char tag[KEY_MAX];

	part->asked = true;
	bus_args_call(&digest->args, "digest_fold", key_tag(part->partition, tag));
	bus_args_field_integer(&digest->args, "limit", PAGE);
	bus_args_send(&digest->args, digest->bus, on_folded, part);
}

static void on_turn(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct digest *digest = timer->data;

	(void)loop;
	(void)revents;
	if (!bus_is_ready(digest->bus))
		return;
	for (unsigned i = 0; i < digest->partitions; i++) {
		if (!digest->parts[i].asked)
			fold(&digest->parts[i]);
	}
}

struct digest *digest_create(struct ev_loop *loop, struct bus *bus, unsigned partitions)
{
	struct digest *digest = memory_array(1, sizeof(*digest));

	digest->bus = bus;
	digest->loop = loop;
	digest->partitions = partitions;
	digest->parts = memory_array(partitions, sizeof(*digest->parts));
	for (unsigned i = 0; i < partitions; i++)
		digest->parts[i] = (struct part){digest, i, false};
	bus_args_init(&digest->args);
	ev_timer_init(&digest->turn, on_turn, TURN_S, TURN_S);
	digest->turn.data = digest;
	ev_timer_start(loop, &digest->turn);
	return digest;
}

void digest_destroy(struct digest **pointer)
{
	struct digest *digest = *pointer;

	if (!digest)
		return;
	*pointer = NULL;
	ev_timer_stop(digest->loop, &digest->turn);
	bus_args_finish(&digest->args);
	free(digest->parts);
	free(digest);
}
