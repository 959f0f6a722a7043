#include "router/compliance/transcript.h"

#include <inttypes.h>
#include <time.h>

#include "router/bus/key.h"
#include "router/compliance/entry.h"
#include "router/compliance/export.h"

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void put_head(struct span text, const char *name, void *context)
{
	(void)name;
	fwrite(text.at, 1, text.length, context);
}

int transcript_begin(struct transcript *transcript, struct archive *archive, const char *folder,
		     unsigned partitions, FILE *out)
{
	*transcript = (struct transcript){.archive = archive, .partitions = partitions};
	fprintf(out, "%s\tat=%" PRIu64 "\ttrees=%u\n", EXPORT_OPENING, now_ms(), partitions);
	long heads = archive_heads(folder, EXPORT_HEADS_MAX, put_head, out);
	return heads < 0 ? (int)heads : 0;
}

bool transcript_ask(struct transcript *transcript, struct bus_args *args, FILE *out)
{
	char tag[KEY_MAX];

	if (transcript->partition == transcript->partitions) {
		fprintf(out, "end\t%" PRIu64 "\n", transcript->records);
		return false;
	}
	key_tag(transcript->partition, tag);
	if (transcript->besides) {
		bus_args_call(args, "ledger_beside", tag);
		bus_args_field_integer(args, "from", (int64_t)transcript->first);
		bus_args_field_integer(args, "count", (int64_t)transcript->count);
		return true;
	}
	if (!transcript->begun)
		fprintf(out, "kept\t%u\t%" PRIu64 "\n", transcript->partition,
			archive_rows(transcript->archive, transcript->partition));
	transcript->begun = true;
	bus_args_call(args, "ledger_read", tag);
	bus_args_field_text(args, "after", transcript->after);
	bus_args_field_integer(args, "limit", TRANSCRIPT_LIMIT);
	return true;
}

/* {id, field, value…}; its place is written to `place`. */
static void put_record(const struct transcript *transcript, const struct bus_reply *entry,
		       struct record_place *place, FILE *out)
{
	static char text[RECORD_MAX];
	struct archive_row row;
	char hex[MERKLE_HEX];
	size_t length;

	/* What it does not hold verify misses. */
	(void)entry_text(entry, 1, text, &length);
	*place = (struct record_place){0};
	bool placed = record_place((struct span){(uint8_t *)text, length}, place);
	bool kept = placed &&
		    archive_read(transcript->archive, transcript->partition, place->n, &row, 1);
	fprintf(out, "record\t%s\t%s\n", kept ? merkle_hex(row.leaf, hex) : "-", text);
}

static void take_records(struct transcript *transcript, const struct bus_reply *reply, FILE *out)
{
	struct record_place place;

	transcript->count = bus_reply_count(reply) ? bus_reply_count(reply) - 1 : 0;
	for (size_t i = 1; i <= transcript->count; i++) {
		const struct bus_reply *entry = bus_reply_at(reply, i);
		struct span id = bus_reply_span(bus_reply_at(entry, 0));
		put_record(transcript, entry, &place, out);
		if (i == 1)
			transcript->first = place.n;
		snprintf(transcript->after, sizeof(transcript->after), "%.*s", (int)id.length,
			 (const char *)id.at);
	}
	transcript->records += transcript->count;
	transcript->besides = transcript->count > 0;
	if (transcript->count)
		return;
	transcript->partition++;
	transcript->begun = false;
	transcript->after[0] = '\0';
}

/* {n, salt, customer, record, note}… */
static void take_besides(struct transcript *transcript, const struct bus_reply *reply, FILE *out)
{
	for (size_t i = 0; i < bus_reply_count(reply); i++) {
		const struct bus_reply *row = bus_reply_at(reply, i);
		struct span evidence = bus_reply_span(bus_reply_at(row, 3));
		fprintf(out, "beside\t%u", transcript->partition);
		for (size_t j = 0; j < 5; j++) {
			if (j == 3)
				continue;
			fputc('\t', out);
			record_print(out, bus_reply_span(bus_reply_at(row, j)));
		}
		fputc('\t', out);
		for (size_t j = 0; j < evidence.length; j++)
			fprintf(out, "%02x", evidence.at[j]);
		fputc('\n', out);
	}
	transcript->besides = false;
}

void transcript_take(struct transcript *transcript, const struct bus_reply *reply, FILE *out)
{
	if (transcript->besides)
		take_besides(transcript, reply, out);
	else
		take_records(transcript, reply, out);
}
