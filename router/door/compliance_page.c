/* See compliance_internal.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/door/compliance_internal.h"

#define PAGE_DEFAULT 25
#define PAGE_MAX 100
#define CURSOR_MAX 64

struct comply_found {
	struct comply_row_place place;
	char *json;
};

int comply_newest_first(const struct comply_row_place *a, const struct comply_row_place *b)
{
	if (a->ms != b->ms)
		return a->ms < b->ms ? 1 : -1;
	if (a->sequence != b->sequence)
		return a->sequence < b->sequence ? 1 : -1;
	return a->partition < b->partition ? 1 : a->partition > b->partition ? -1 : 0;
}

static int by_place(const void *left, const void *right)
{
	return comply_newest_first(&((const struct comply_found *)left)->place,
				   &((const struct comply_found *)right)->place);
}

/* `<ms>-<sequence>`, as a stream's ids are; what is behind it, or NULL for anything else. */
static const char *read_id(const char *text, struct comply_row_place *place)
{
	char *end;

	if (*text < '0' || *text > '9')
		return NULL;
	place->ms = strtoull(text, &end, 10);
	if (*end != '-' || end[1] < '0' || end[1] > '9')
		return NULL;
	place->sequence = strtoull(end + 1, &end, 10);
	return end;
}

static bool read_place(const char *text, struct comply_row_place *place)
{
	const char *behind = read_id(text, place);
	char *end;

	if (!behind || *behind != '.' || behind[1] < '0' || behind[1] > '9')
		return false;
	place->partition = (unsigned)strtoul(behind + 1, &end, 10);
	return !*end;
}

struct comply_row_place comply_place_of(struct span id, unsigned partition)
{
	struct comply_row_place place = {.partition = partition};

	if (id.length)
		(void)read_id((const char *)id.at, &place);
	return place;
}

static bool is_older(const struct comply_row_place *a, const struct comply_row_place *b)
{
	return comply_newest_first(a, b) > 0;
}

static void put_page(struct comply_paging *paging)
{
	struct writer writer;
	struct comply_row_place cursor = paging->horizon;
	char next[CURSOR_MAX];
	size_t shown = 0;

	if (paging->count)
		qsort(paging->found, paging->count, sizeof(*paging->found), by_place);
	while (shown < paging->count && shown < paging->size &&
	       (!cursor.ms || !is_older(&paging->found[shown].place, &cursor)))
		shown++;
	if (shown == paging->size && (shown < paging->count || cursor.ms))
		cursor = paging->found[shown - 1].place;
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_begin_array(&writer, "entities");
	for (size_t i = 0; i < shown; i++)
		writer_raw(&writer, NULL, paging->found[i].json);
	writer_end_array(&writer);
	writer_integer(&writer, "pageSize", paging->size);
	snprintf(next, sizeof(next), "%" PRIu64 "-%" PRIu64 ".%u", cursor.ms, cursor.sequence,
		 cursor.partition);
	if (cursor.ms)
		writer_text(&writer, "nextCursor", next);
	else
		writer_null(&writer, "nextCursor");
	writer_end_object(&writer);
	body_answer(paging->comply.request, 200, &writer);
}

static void paging_end(struct comply_paging *paging)
{
	if (paging->failed)
		body_unavailable(paging->comply.request);
	else
		put_page(paging);
	for (size_t i = 0; i < paging->count; i++)
		free(paging->found[i].json);
	free(paging->found);
	free(paging);
}

/* Where a partition stopped looking; ms 0 where there is no more. */
static struct comply_row_place stop_of(const struct comply_paging *paging,
				       const struct bus_reply *reply)
{
	size_t count = bus_reply_count(reply);

	if (paging->source.stops)
		return comply_place_of(bus_reply_span(bus_reply_at(reply, 0)), 0);
	if (count < paging->size)
		return (struct comply_row_place){0};
	return comply_place_of(bus_reply_span(bus_reply_at(bus_reply_at(reply, count - 1), 0)), 0);
}

/* One partition's answer. */
struct asked {
	struct comply_paging *paging;
	unsigned partition;
};

static void take_row(struct comply_paging *paging, const struct bus_reply *row, unsigned partition)
{
	if (paging->count == paging->room) {
		paging->room = paging->room ? paging->room * 2 : 64;
		paging->found = memory_resize(paging->found, paging->room, sizeof(*paging->found));
	}
	paging->found[paging->count++] = (struct comply_found){
		comply_place_of(bus_reply_span(bus_reply_at(row, 0)), partition),
		paging->source.json(&paging->comply, row, partition)};
}

static void take_page(struct comply_paging *paging, const struct bus_reply *reply,
		      unsigned partition)
{
	struct comply_row_place stop = stop_of(paging, reply);

	if (stop.ms && (!paging->horizon.ms || is_older(&paging->horizon, &stop)))
		paging->horizon = stop;
	for (size_t i = paging->source.stops; i < bus_reply_count(reply); i++)
		take_row(paging, bus_reply_at(reply, i), partition);
}

static void on_page(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct asked *asked = context;
	struct comply_paging *paging = asked->paging;

	(void)bus;
	if (bus_reply_type(reply) == BUS_ARRAY)
		take_page(paging, reply, asked->partition);
	else
		paging->failed = true;
	free(asked);
	if (--paging->waiting == 0)
		paging_end(paging);
}

static void ask_partition(struct comply_paging *paging, unsigned partition, struct bus_args *args)
{
	struct asked *asked = memory_array(1, sizeof(*asked));
	char tag[KEY_MAX], before[CURSOR_MAX] = "";

	*asked = (struct asked){paging, partition};
	if (paging->before.ms)
		snprintf(before, sizeof(before), "%" PRIu64 "-%" PRIu64, paging->before.ms,
			 paging->before.sequence);
	bus_args_call(args, paging->source.function, key_tag(partition, tag));
	bus_args_field_text(args, "before", before);
	bus_args_field_text(args, "inclusive", partition < paging->before.partition ? "1" : "");
	bus_args_field_integer(args, "limit", (int64_t)paging->size);
	if (paging->source.add)
		paging->source.add(paging->source.wish, args);
	comply_send(&paging->comply, args, on_page, asked);
}

void comply_page(struct comply_paging *paging, const struct comply_source *source)
{
	const char *cursor = http_query(paging->comply.request, "cursor");
	struct bus_args args;

	paging->source = *source;
	paging->size = PAGE_DEFAULT;
	paging->before = (struct comply_row_place){.ms = source->until_ms};
	if (!body_query_number(paging->comply.request, "pageSize", 1, PAGE_MAX, &paging->size)) {
		free(paging);
		return;
	}
	if (cursor && *cursor && !read_place(cursor, &paging->before)) {
		body_refuse(paging->comply.request,
			    "cursor must be a nextCursor that was answered.");
		free(paging);
		return;
	}
	/* All are asked before any answers: what is lost is answered in the next turn. */
	paging->waiting = comply_partitions(&paging->comply);
	bus_args_init(&args);
	for (unsigned i = 0; i < comply_partitions(&paging->comply); i++)
		ask_partition(paging, i, &args);
	bus_args_finish(&args);
}
