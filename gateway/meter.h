#ifndef BINDERY_GATEWAY_METER_H
#define BINDERY_GATEWAY_METER_H

#include <stdint.h>

#include "config/metrics.h"
#include "config/settings.h"
#include "smpp/pdu.h"

struct bind;
struct store;
struct turn;
struct meter;

/*
 * What is measured of one carrier and each of its binds: the metrics with a label `bind`, the lines
 * in {gw}:binds:<carrier>, a sample each ten seconds in {gw}:samples:<carrier>, and the trace. It
 * only looks on; a bind without a meter (NULL) works as well.
 */

#define METER_STATUSES_MAX 64 /* of one bind, each way; the rest counts as "other" */
#define METER_SAMPLE_MS 10000
#define METER_SAMPLES_MAX 360	  /* an hour of them */
#define METER_BINDS_SHOWN_MAX 256 /* lines of {gw}:binds:<carrier> */

struct meter_setup {
	struct turn *turn;
	const struct store *store;
	const struct settings_carrier *carrier;
	struct metrics *metrics;
};

/* Borrows what `setup` points to; the number of binds in `carrier` may change. Never NULL. */
struct meter *meter_create(const struct meter_setup *setup);
/* The bus must be gone, so that no reply comes any more. */
void meter_destroy(struct meter **meter);

/* A PDU was read; `pdu` is what became of it, NULL where it could not be decoded. */
void meter_heard(struct meter *meter, unsigned bind, struct span octets, const struct pdu *pdu);
/* A PDU was written, or is about to be in this turn. */
void meter_wrote(struct meter *meter, unsigned bind, struct span octets);
/* A submit was answered in time, after `took_ms`. */
void meter_answered(struct meter *meter, unsigned bind, uint64_t took_ms);

/* The figures of one carrier that stand elsewhere, for a sample: counters since the start, and what
 * stands now. */
struct meter_totals {
	uint64_t mo, receipts, refused, submitted, sent, failed, unknown, throttled;
	unsigned bound, binds, window, window_max;
};

/* Once a second, with all binds that the carrier has: refreshes the gauges, writes the lines
 * (of many binds less often) and the sample when it is due. */
void meter_tell(struct meter *meter, struct bind *const *binds, const struct meter_totals *totals);

#endif
