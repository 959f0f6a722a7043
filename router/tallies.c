#include "router/tallies.h"

#include <stdio.h>

static void set_gauge(struct metrics *metrics, const char *name, const char *help, uint64_t value)
{
	metric_set(metrics_gauge(metrics, name, help, ""), (int64_t)value);
}

/* What only grows while the program runs. */
static void set_counter(struct metrics *metrics, const char *name, const char *help, uint64_t value)
{
	struct metric *metric = metrics_counter(metrics, name, help, "");

	metric_add(metric, value - (uint64_t)metric_value(metric));
}

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

	for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++)
		set_counter(metrics, counters[i].name, counters[i].help,
			    threading_count(threading, counters[i].counter));
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
		set_gauge(metrics, gauges[i].name, gauges[i].help,
			  (uint64_t)threading_tally(threading, gauges[i].tally));
}

void tallies_count(const struct threading *threading, struct metrics *metrics)
{
	set_gauge(metrics, "bindery_scopes_unknown",
		  "Scopes on lists that the configuration does not know or that cover their number "
		  "no more; 0 in health.",
		  threading_scopes_unknown(threading));
	count_threading(threading, metrics);
	count_tallies(threading, metrics);
	show_reviews(threading, metrics);
}

void tallies_floor(const struct offers *offers, struct metrics *metrics)
{
	struct offers_figures floor = offers_figures(offers);

	set_gauge(metrics, "bindery_waiting", "Conversations that wait for an agent.",
		  floor.waiting);
	set_gauge(metrics, "bindery_alerting", "Conversations that ring at an agent.",
		  floor.alerting);
	set_gauge(metrics, "bindery_agents_on_queue", "Agents on queue.", floor.agents_on_queue);
	set_gauge(metrics, "bindery_longest_wait_ms", "Age of the oldest waiting conversation.",
		  floor.longest_wait_ms);
	set_counter(metrics, "bindery_offers_made_total", "Offers made.", floor.offers_made);
	set_counter(metrics, "bindery_offers_refused_total",
		    "Offers that Redis refused because the floor had moved.", floor.offers_refused);
	set_counter(metrics, "bindery_sweeps_total", "How often the floor was held against Redis.",
		    floor.sweeps);
	set_gauge(metrics, "bindery_sweep_found",
		  "Differences that the safety sweep found; 0 in health.", floor.sweep_found);
}

void tallies_bus(const struct bus *bus, struct metrics *metrics)
{
	set_gauge(metrics, "bindery_redis_up", "Redis is there.", bus_is_ready(bus));
	set_gauge(metrics, "bindery_redis_pending", "Calls to Redis not answered.",
		  bus_pending(bus));
	set_gauge(metrics, "bindery_functions_unserved",
		  "1 while the functions in Redis are newer and do not serve this program.",
		  bus_is_unserved(bus));
}

void tallies_ledger(const struct follower *follower, struct metrics *metrics)
{
	set_gauge(metrics, "bindery_ledger_records", "Records of the ledger that its trees hold.",
		  follower_records(follower));
	set_gauge(metrics, "bindery_ledger_covered",
		  "Records of the ledger that the last exported head covers.",
		  follower_covered(follower));
	set_gauge(metrics, "bindery_sending_locked",
		  "1 while nothing may be sent because the ledger is not as it was exported.",
		  !follower_is_open(follower, NULL, 0));
}
