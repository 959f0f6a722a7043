#include "router/door/pile.h"

#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/door/body.h"
#include "router/door/writer.h"

bool pile_begin(struct pile *pile, struct http_request *request, bool descending)
{
	*pile = (struct pile){0};
	if (!things_read_page(request, &pile->page))
		return false;
	if (!http_query(request, "sortOrder"))
		pile->page.descending = descending;
	return true;
}

void pile_add(struct pile *pile, const struct pile_row *row)
{
	if (pile->count == pile->room) {
		pile->room = pile->room ? pile->room * 2 : 64;
		pile->rows = memory_resize(pile->rows, pile->room, sizeof(*pile->rows));
	}
	pile->rows[pile->count] = *row;
	pile->rows[pile->count].put = pile->count;
	pile->count++;
}

static int ascending(const void *one, const void *other)
{
	const struct pile_row *a = one, *b = other;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	int tie = a->tie && b->tie ? strcmp(a->tie, b->tie) : 0;
	if (tie)
		return tie;
	return (a->put > b->put) - (a->put < b->put);
}

static int descending(const void *one, const void *other)
{
	return ascending(other, one);
}

struct pile_row *pile_rows(struct pile *pile, size_t *count)
{
	const struct things_rows rows = things_rows(&pile->page, pile->count);

	if (pile->count && !pile->sorted)
		qsort(pile->rows, pile->count, sizeof(*pile->rows),
		      pile->page.descending ? descending : ascending);
	pile->sorted = true;
	*count = rows.end - rows.first;
	return pile->rows + rows.first;
}

void pile_write(struct pile *pile, struct writer *writer)
{
	size_t count;
	struct pile_row *rows = pile_rows(pile, &count);

	writer_begin_array(writer, "entities");
	for (size_t i = 0; i < count; i++) {
		if (rows[i].json)
			writer_raw(writer, NULL, rows[i].json);
	}
	writer_end_array(writer);
	things_write_page(writer, &pile->page, pile->count);
	pile_finish(pile);
}

void pile_answer(struct pile *pile, struct http_request *request)
{
	struct writer writer;

	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	pile_write(pile, &writer);
	writer_end_object(&writer);
	body_answer(request, 200, &writer);
}

void pile_finish(struct pile *pile)
{
	for (size_t i = 0; i < pile->count; i++)
		free(pile->rows[i].json);
	free(pile->rows);
	*pile = (struct pile){0};
}
