#include "router/tallies.h"

#include <stdio.h>

static void count_threading(const struct threading *threading, struct metrics *metrics)
{
	static const struct {
		enum threading_counter counter;
		const char *name, *help;
	} counters[] = {
		{THREADING_MO, "bindery_mo_total", "Inbound messages brought to a conversation."},
		{THREADING_REPEATED, "bindery_mo_repeated_total",
		 "Inbound messages and parts known as repetitions."},
		{THREADING_PARTS, "bindery_parts_total", "Parts kept for the rest of a message."},
		{THREADING_PARTIAL, "bindery_partial_total",
		 "Messages shown without some of their parts."},
		{THREADING_RECEIPTS, "bindery_receipts_total", "Receipts heard."},
		{THREADING_RESULTS, "bindery_results_total", "Results of submits heard."},
		{THREADING_ASIDE, "bindery_aside_total", "Inbound entries put aside."},
		{THREADING_FAILED, "bindery_apply_failed_total",
		 "Inbound entries that Redis refused and that were tried again."},
	};

	for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++) {
		struct metric *metric =
			metrics_counter(metrics, counters[i].name, counters[i].help, "");
		uint64_t now = threading_count(threading, counters[i].counter);
		metric_add(metric, now - (uint64_t)metric_value(metric));
	}
}

/* They are totals since the installation, so a counter is raised to them and never lowered. */
static void count_tallies(const struct threading *threading, struct metrics *metrics)
{
	char name[64];

	for (unsigned i = 0; i < THREADING_SUMS; i++) {
		snprintf(name, sizeof(name), "bindery_%s_total",
			 threading_tally_name((enum threading_tally)i));
		struct metric *metric = metrics_counter(
			metrics, name, "Since the installation, by all routers.", "");
		uint64_t now = threading_tally(threading, (enum threading_tally)i);
		uint64_t before = (uint64_t)metric_value(metric);
		metric_add(metric, now > before ? now - before : 0);
	}
}

static void show_reviews(const struct threading *threading, struct metrics *metrics)
{
	static const struct {
		enum threading_tally tally;
		const char *name, *help;
	} gauges[] = {
		{THREADING_REVIEW_OPEN, "bindery_reviews_open", "Texts that a person has to read."},
		{THREADING_REVIEW_DUE, "bindery_reviews_due",
		 "Those that should have been read by now."},
		{THREADING_REVIEW_ESCALATED, "bindery_reviews_escalated",
		 "Those that wait for more than a day."},
	};

	for (size_t i = 0; i < sizeof(gauges) / sizeof(*gauges); i++)
		metric_set(metrics_gauge(metrics, gauges[i].name, gauges[i].help, ""),
			   (int64_t)threading_tally(threading, gauges[i].tally));
}

void tallies_count(const struct threading *threading, struct metrics *metrics)
{
	struct metric *unknown =
		metrics_gauge(metrics, "bindery_scopes_unknown",
			      "Scopes on lists that the configuration does not know or that cover "
			      "their number no more; 0 in health.",
			      "");

	metric_set(unknown, (int64_t)threading_scopes_unknown(threading));
	count_threading(threading, metrics);
	count_tallies(threading, metrics);
	show_reviews(threading, metrics);
}
