#ifndef BINDERY_CONFIG_METRICS_H
#define BINDERY_CONFIG_METRICS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Counters, gauges and histograms of one process, rendered as Prometheus text (exposition format
 * 0.0.4). A metric is registered once and then held by pointer, so that counting is one addition.
 */

struct metrics;
struct metric;

#define METRICS_BOUNDS_MAX 24

struct metrics *metrics_create(void);
/* Ends all metrics of it. */
void metrics_destroy(struct metrics **metrics);

/* The metric of that name and those labels, made when it is not there yet. `name` as Prometheus has
 * them (`bindery_mo_total`), `help` a sentence, `labels` as `carrier="acme",bind="0"` with values
 * already escaped, or "". Copies. The kinds of one name must agree. */
struct metric *metrics_counter(struct metrics *metrics, const char *name, const char *help,
			       const char *labels);
struct metric *metrics_gauge(struct metrics *metrics, const char *name, const char *help,
			     const char *labels);
/* `bounds` are the upper ends of the buckets, rising, at most METRICS_BOUNDS_MAX, ended by 0. */
struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *help,
				 const char *labels, const double *bounds);

void metric_add(struct metric *metric, uint64_t count);	  /* a counter */
void metric_set(struct metric *metric, int64_t value);	  /* a gauge */
void metric_observe(struct metric *metric, double value); /* a histogram, in its bounds' unit */
/* What a counter or gauge stands at; the number of observations of a histogram. */
int64_t metric_value(const struct metric *metric);

/* All of it as text, NUL-terminated, for the caller to free(); `length` without the NUL. */
char *metrics_render(const struct metrics *metrics, size_t *length);

#endif
