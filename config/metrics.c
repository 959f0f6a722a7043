#include "config/metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"

enum metric_kind {
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_HISTOGRAM,
};

struct metric {
	struct metric *next;
	char *labels;
	int64_t value; /* of a histogram: how many were observed */
	double sum;
	const double *bounds;
	unsigned bounds_count;
	uint64_t buckets[]; /* one for each bound */
};

/* All metrics of one name. */
struct family {
	struct family *next;
	char *name, *help;
	enum metric_kind kind;
	struct metric *first;
	struct metric **last;
	double bounds[METRICS_BOUNDS_MAX];
};

struct metrics {
	struct family *first;
	struct family **last;
};

struct metrics *metrics_create(void)
{
	struct metrics *metrics = memory_array(1, sizeof(*metrics));

	metrics->last = &metrics->first;
	return metrics;
}

static void family_free(struct family *family)
{
	struct metric *metric = family->first;

	while (metric) {
		struct metric *next = metric->next;
		free(metric->labels);
		free(metric);
		metric = next;
	}
	free(family->name);
	free(family->help);
	free(family);
}

void metrics_destroy(struct metrics **metrics)
{
	struct family *family;

	if (!*metrics)
		return;
	family = (*metrics)->first;
	while (family) {
		struct family *next = family->next;
		family_free(family);
		family = next;
	}
	free(*metrics);
	*metrics = NULL;
}

static struct family *metrics_family(struct metrics *metrics, enum metric_kind kind,
				     const char *name, const char *help)
{
	struct family *family = metrics->first;

	while (family && strcmp(family->name, name) != 0)
		family = family->next;
	if (family) {
		assert(family->kind == kind);
		return family;
	}
	family = memory_array(1, sizeof(*family));
	family->name = memory_text(name);
	family->help = memory_text(help);
	family->kind = kind;
	family->last = &family->first;
	*metrics->last = family;
	metrics->last = &family->next;
	return family;
}

static struct metric *family_metric(struct family *family, const char *labels, unsigned bounds)
{
	struct metric *metric = family->first;

	while (metric && strcmp(metric->labels, labels) != 0)
		metric = metric->next;
	if (metric)
		return metric;
	metric = memory_array(1, sizeof(*metric) + bounds * sizeof(metric->buckets[0]));
	metric->labels = memory_text(labels);
	metric->bounds = family->bounds;
	metric->bounds_count = bounds;
	*family->last = metric;
	family->last = &metric->next;
	return metric;
}

struct metric *metrics_counter(struct metrics *metrics, const char *name, const char *help,
			       const char *labels)
{
	return family_metric(metrics_family(metrics, METRIC_COUNTER, name, help), labels, 0);
}

struct metric *metrics_gauge(struct metrics *metrics, const char *name, const char *help,
			     const char *labels)
{
	return family_metric(metrics_family(metrics, METRIC_GAUGE, name, help), labels, 0);
}

struct metric *metrics_histogram(struct metrics *metrics, const char *name, const char *help,
				 const char *labels, const double *bounds)
{
	struct family *family = metrics_family(metrics, METRIC_HISTOGRAM, name, help);
	unsigned count = 0;

	while (count < METRICS_BOUNDS_MAX && bounds[count] > 0) {
		family->bounds[count] = bounds[count];
		count++;
	}
	return family_metric(family, labels, count);
}

void metric_add(struct metric *metric, uint64_t count)
{
	metric->value += (int64_t)count;
}

void metric_set(struct metric *metric, int64_t value)
{
	metric->value = value;
}

void metric_observe(struct metric *metric, double value)
{
	unsigned i = 0;

	while (i < metric->bounds_count && value > metric->bounds[i])
		i++;
	if (i < metric->bounds_count)
		metric->buckets[i]++;
	metric->value++;
	metric->sum += value;
}

int64_t metric_value(const struct metric *metric)
{
	return metric->value;
}

static void render_histogram(FILE *out, const struct family *family, const struct metric *metric)
{
	const char *comma = *metric->labels ? "," : "";
	uint64_t below = 0;

	for (unsigned i = 0; i < metric->bounds_count; i++) {
		below += metric->buckets[i];
		fprintf(out, "%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n", family->name, metric->labels,
			comma, metric->bounds[i], below);
	}
	fprintf(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRId64 "\n", family->name, metric->labels,
		comma, metric->value);
	fprintf(out, "%s_sum{%s} %g\n", family->name, metric->labels, metric->sum);
	fprintf(out, "%s_count{%s} %" PRId64 "\n", family->name, metric->labels, metric->value);
}

static void render_family(FILE *out, const struct family *family)
{
	static const char *const kinds[] = {"counter", "gauge", "histogram"};

	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name,
		kinds[family->kind]);
	for (const struct metric *metric = family->first; metric; metric = metric->next) {
		if (family->kind == METRIC_HISTOGRAM)
			render_histogram(out, family, metric);
		else if (*metric->labels)
			fprintf(out, "%s{%s} %" PRId64 "\n", family->name, metric->labels,
				metric->value);
		else
			fprintf(out, "%s %" PRId64 "\n", family->name, metric->value);
	}
}

char *metrics_render(const struct metrics *metrics, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	if (!out)
		return memory_text("");
	for (const struct family *family = metrics->first; family; family = family->next)
		render_family(out, family);
	if (fclose(out) != 0 || !text) {
		free(text);
		*length = 0;
		return memory_text("");
	}
	return text;
}
