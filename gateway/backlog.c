#include "gateway/backlog.h"

#include "config/settings.h"
#include "gateway/store.h"
#include "smpp/message.h"

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
	char key[KEY_MAX];

	if (now_ms < backlog->due_ms || backlog->missing || !bus_is_ready(store->bus))
		return;
	backlog->due_ms = now_ms + BACKLOG_EVERY_MS;
	backlog->counted = 0;
	backlog->failed = false;
	backlog->missing = store->partitions * MESSAGE_CLASS_COUNT;
	for (unsigned i = 0; i < store->partitions * MESSAGE_CLASS_COUNT; i++) {
		const struct span arguments[] = {
			span_text("XLEN"),
			span_text(key_waiting(i / MESSAGE_CLASS_COUNT, backlog->carrier->name,
					      message_class_name(i % MESSAGE_CLASS_COUNT), key)),
		};
		bus_send(store->bus, arguments, 2, on_length, backlog);
	}
}
