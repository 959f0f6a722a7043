#include "gateway/backlog.h"

#include "config/settings.h"
#include "gateway/store.h"

#define BACKLOG_EVERY_MS 5000

static void on_length(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct backlog *backlog = context;

	(void)bus;
	if (bus_reply_type(reply) == BUS_INTEGER)
		backlog->counted += bus_reply_integer(reply);
	else
		backlog->failed = true;
	if (--backlog->missing == 0 && !backlog->failed)
		backlog->waiting = backlog->counted;
}

void backlog_look(struct backlog *backlog, uint64_t now_ms)
{
	const struct store *store = backlog->store;

	if (now_ms < backlog->due_ms || backlog->missing || !bus_is_ready(store->bus))
		return;
	backlog->due_ms = now_ms + BACKLOG_EVERY_MS;
	backlog->counted = 0;
	backlog->failed = false;
	backlog->missing = store->partitions;
	for (unsigned i = 0; i < store->partitions; i++) {
		const struct span arguments[] = {
			span_text("FCALL"),   span_text("mt_waiting"),
			span_text("1"),	      span_text(store->tag[i]),
			span_text("carrier"), span_text(backlog->carrier->name),
		};
		bus_send(store->bus, arguments, 6, on_length, backlog);
	}
}
