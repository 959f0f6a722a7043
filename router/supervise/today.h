#ifndef BINDERY_ROUTER_SUPERVISE_TODAY_H
#define BINDERY_ROUTER_SUPERVISE_TODAY_H

#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * The day's figures of every queue and agent, as functions/today.lua sums them up from events.
 * Pure: told of each sum that has changed; whoever has seen a version is told only what differs.
 */

enum today_kind { TODAY_QUEUE, TODAY_AGENT };
#define TODAY_KINDS 2
#define TODAY_FIGURES_MAX 16

struct today;

struct today *today_create(void);
void today_destroy(struct today **today);

/* The day that figures are of from now on, by its number; another one than before begins with
 * nothing. */
void today_begin(struct today *today, int64_t day, uint64_t begins_ms);
uint64_t today_begins_ms(const struct today *today); /* 0: no day is known yet */
/* `q <queue> <figure>` or `a <agent> <figure>`; one that is not known here is nobody's matter. */
void today_set(struct today *today, struct span field, int64_t value);

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
