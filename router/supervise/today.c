#include "router/supervise/today.h"

#include "config/memory.h"
#include "router/routing/floor.h"
#include "router/routing/named.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const figures[TODAY_KINDS][TODAY_FIGURES_MAX] = {
	[TODAY_QUEUE] = {"offered", "answered", "abandoned", "flow_out", "in_time", "not_answered",
			 "transfers", "legs", "wait_ms", "wait_max_ms", "talk_ms", "acw_ms",
			 "first_responses", "first_response_ms", "responses", "response_ms"},
	[TODAY_AGENT] = {"handled", "missed", "declined", "transfers", "talk_ms", "acw_ms",
			 "idle_ms", "interacting_ms", "not_responding_ms", "off_queue_ms",
			 "first_responses", "first_response_ms", "responses", "response_ms"},
};

/* Of named.h. */
struct sums {
	char name[FLOOR_NAME_MAX + 1];
	struct sums *next;
	struct today_row row;
};

struct today {
	void *trees[TODAY_KINDS]; /* of search.h */
	struct sums *first[TODAY_KINDS];
	int64_t day;
	uint64_t begins_ms, version;
};

struct today *today_create(void)
{
	return memory_array(1, sizeof(struct today));
}

static void clear(struct today *today)
{
	for (size_t i = 0; i < TODAY_KINDS; i++) {
		tdestroy(today->trees[i], free);
		today->trees[i] = NULL;
		today->first[i] = NULL;
	}
}

void today_destroy(struct today **pointer)
{
	struct today *today = *pointer;

	if (!today)
		return;
	*pointer = NULL;
	clear(today);
	free(today);
}

void today_begin(struct today *today, int64_t day, uint64_t begins_ms)
{
	if (today->day == day && today->begins_ms)
		return;
	clear(today);
	today->day = day;
	today->begins_ms = begins_ms;
	today->version++;
}

void today_turn(struct today *today, int64_t day)
{
	if (day > today->day || !today->begins_ms)
		today_begin(today, day,
			    (uint64_t)(day * TODAY_DAY_MS - today_offset_ms(day * TODAY_DAY_MS)));
}

int64_t today_offset_ms(int64_t at_ms)
{
	time_t seconds = (time_t)(at_ms / 1000);
	struct tm local;

	return localtime_r(&seconds, &local) ? (int64_t)local.tm_gmtoff * 1000 : 0;
}

int64_t today_day(const struct today *today)
{
	return today->day;
}

uint64_t today_begins_ms(const struct today *today)
{
	return today->begins_ms;
}

uint64_t today_version(const struct today *today)
{
	return today->version;
}

const char *today_figure(enum today_kind kind, size_t i)
{
	return i < TODAY_FIGURES_MAX ? figures[kind][i] : NULL;
}

static struct sums *sums_of(struct today *today, enum today_kind kind, const char *name)
{
	struct sums *sums = named_find(&today->trees[kind], name);

	if (sums)
		return sums;
	sums = named_entry(&today->trees[kind], name, sizeof(*sums));
	sums->row.id = sums->name;
	sums->next = today->first[kind];
	today->first[kind] = sums;
	return sums;
}

static size_t figure_of(enum today_kind kind, struct span name)
{
	size_t i = 0;

	while (i < TODAY_FIGURES_MAX && figures[kind][i] &&
	       (strlen(figures[kind][i]) != name.length ||
		memcmp(figures[kind][i], name.at, name.length) != 0))
		i++;
	return i < TODAY_FIGURES_MAX && figures[kind][i] ? i : TODAY_FIGURES_MAX;
}

/* Whose figure a field is, and which; NULL where it is nobody's here. */
static struct sums *sums_named(struct today *today, struct span field, size_t *figure_r)
{
	char name[FLOOR_NAME_MAX + 1] = "";
	size_t space = field.length;

	while (space > 0 && field.at[space - 1] != ' ')
		space--;
	/* `q `, a name of one octet at least, a space. */
	if (space < 4 || space - 3 > FLOOR_NAME_MAX || field.at[1] != ' ' ||
	    (field.at[0] != 'q' && field.at[0] != 'a'))
		return NULL;
	enum today_kind kind = field.at[0] == 'q' ? TODAY_QUEUE : TODAY_AGENT;
	size_t figure = figure_of(kind, (struct span){field.at + space, field.length - space});
	if (figure == TODAY_FIGURES_MAX)
		return NULL;
	memcpy(name, field.at + 2, space - 3);
	*figure_r = figure;
	return sums_of(today, kind, name);
}

static void put(struct today *today, struct sums *sums, size_t figure, int64_t value)
{
	if (sums->row.version && sums->row.values[figure] == value)
		return;
	sums->row.values[figure] = value;
	sums->row.version = ++today->version;
}

void today_set(struct today *today, struct span field, int64_t value)
{
	size_t figure;
	struct sums *sums = sums_named(today, field, &figure);

	if (sums)
		put(today, sums, figure, value);
}

void today_add(struct today *today, struct span field, int64_t by)
{
	size_t figure;
	struct sums *sums = sums_named(today, field, &figure);

	if (sums)
		put(today, sums, figure, sums->row.values[figure] + by);
}

void today_clear(struct today *today, const char *figure)
{
	for (enum today_kind kind = 0; kind < TODAY_KINDS; kind++) {
		size_t i = figure_of(kind, span_text(figure));
		for (struct sums *sums = today->first[kind]; sums && i < TODAY_FIGURES_MAX;
		     sums = sums->next)
			put(today, sums, i, 0);
	}
}

void today_rows(const struct today *today, enum today_kind kind, uint64_t after, today_each *each,
		void *context)
{
	for (const struct sums *sums = today->first[kind]; sums; sums = sums->next) {
		if (sums->row.version > after)
			each(&sums->row, context);
	}
}
