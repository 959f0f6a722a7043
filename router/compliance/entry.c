#include "router/compliance/entry.h"

#include <string.h>

bool entry_text(const struct bus_reply *fields, size_t from, char text[RECORD_MAX], size_t *length)
{
	struct record_writer writer;

	record_begin(&writer, text, RECORD_MAX);
	for (size_t i = from; i + 1 < bus_reply_count(fields); i += 2)
		record_add(&writer, bus_reply_span(bus_reply_at(fields, i)),
			   bus_reply_span(bus_reply_at(fields, i + 1)));
	*length = writer.length;
	return !writer.full;
}

bool entry_read(const struct bus_reply *entry, char text[RECORD_MAX], struct archive_row *row)
{
	struct span id = bus_reply_span(bus_reply_at(entry, 0));
	const uint8_t *dash = id.length ? memchr(id.at, '-', id.length) : NULL;
	size_t length;

	if (!dash || !record_number((struct span){id.at, (size_t)(dash - id.at)}, &row->ms) ||
	    !record_number((struct span){dash + 1, id.length - 1 - (size_t)(dash - id.at)},
			   &row->sequence))
		return false;
	bool whole = entry_text(entry, 1, text, &length);
	merkle_leaf((struct span){(uint8_t *)text, length}, row->leaf);
	return whole;
}
