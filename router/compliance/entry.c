#include "router/compliance/entry.h"

#include <string.h>

bool entry_read(const struct bus_reply *entry, char text[RECORD_MAX], struct archive_row *row)
{
	struct span id = bus_reply_span(bus_reply_at(entry, 0));
	const uint8_t *dash = id.length ? memchr(id.at, '-', id.length) : NULL;
	struct record_writer writer;

	if (!dash || !record_number((struct span){id.at, (size_t)(dash - id.at)}, &row->ms) ||
	    !record_number((struct span){dash + 1, id.length - 1 - (size_t)(dash - id.at)},
			   &row->sequence))
		return false;
	record_begin(&writer, text, RECORD_MAX);
	for (size_t i = 1; i + 1 < bus_reply_count(entry); i += 2)
		record_add(&writer, bus_reply_span(bus_reply_at(entry, i)),
			   bus_reply_span(bus_reply_at(entry, i + 1)));
	merkle_leaf((struct span){(uint8_t *)text, writer.length}, row->leaf);
	return !writer.full;
}
