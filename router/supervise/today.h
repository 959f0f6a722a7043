#ifndef BINDERY_ROUTER_SUPERVISE_TODAY_H
#define BINDERY_ROUTER_SUPERVISE_TODAY_H

#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * The day's figures of every queue and agent, as functions/today.lua and digest.lua sum them up
 * from events. Told of each sum that has changed; whoever has seen a version is told only what
 * differs.
 */

enum today_kind { TODAY_QUEUE, TODAY_AGENT };
#define TODAY_KINDS 2
#define TODAY_FIGURES_MAX 16
#define TODAY_DAY_MS 86400000LL

struct today;

struct today *today_create(void);
void today_destroy(struct today **today);

/* The day that figures are of from now on, by its number; another one than before begins with
 * nothing. */
void today_begin(struct today *today, int64_t day, uint64_t begins_ms);
uint64_t today_begins_ms(const struct today *today); /* 0: no day is known yet */
int64_t today_day(const struct today *today);
/* It is that day by the time of day of this machine; one that is over changes nothing. */
void today_turn(struct today *today, int64_t day);
/* How far that time of day is ahead of UTC at that Unix time. */
int64_t today_offset_ms(int64_t at_ms);
/* `q <queue> <figure>` or `a <agent> <figure>`; one that is not known here is nobody's matter. */
void today_set(struct today *today, struct span field, int64_t value);
void today_add(struct today *today, struct span field, int64_t by);
/* That figure is 0 for all, until it is said again. */
void today_clear(struct today *today, const char *figure);

/* Grows with every change. */
uint64_t today_version(const struct today *today);
/* The name of a kind's figure i; NULL behind the last. Times are in ms. */
const char *today_figure(enum today_kind kind, size_t i);

struct today_row {
	const char *id;
	uint64_t version;
	int64_t values[TODAY_FIGURES_MAX]; /* in the order of today_figure() */
};
/* Rows of a version above `after`, borrowed for the time of the call. */
typedef void today_each(const struct today_row *row, void *context);
void today_rows(const struct today *today, enum today_kind kind, uint64_t after, today_each *each,
		void *context);

#endif
