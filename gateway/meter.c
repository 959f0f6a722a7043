#include "gateway/meter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "gateway/bind.h"
#include "gateway/clock.h"
#include "gateway/inbound.h"
#include "gateway/retry.h"
#include "gateway/store.h"
#include "gateway/trace.h"
#include "smpp/receipt.h"

#define LABELS_MAX (MESSAGE_LABEL_MAX + 160)
#define MESSAGE_LABEL_MAX 128
#define LINE_MAX_OCTETS 512
#define LINES_MS 900  /* between two writings of the lines; a tick comes each second */
#define LINES_MANY 16 /* binds, above which they are written less often */
#define LINES_MANY_MS 3900
#define LINES_SPARE_MS 4000 /* for which they stand over the next writing */
#define STATUS_WORD_MAX 16
#define TOOK_BUCKETS 64 /* four to each doubling of the milliseconds */
#define RECEIPT_STATES (RECEIPT_SKIPPED + 1)

/* The metrics of one family that differ in a status, made as they are first needed. */
struct statuses {
	const char *name, *help;
	struct {
		uint32_t status;
		struct metric *metric;
	} rows[METER_STATUSES_MAX];
	unsigned count;
	struct metric *other;
};

struct bind_meter {
	struct metric *up, *window, *window_limit, *quiet, *in, *out, *unreadable, *throttled,
		*seconds;
	struct metric *states[SESSION_STATE_COUNT];
	struct metric *receipts[RECEIPT_STATES], *receipts_odd;
	struct metric *anomalies[PDU_ANOMALY_COUNT];
	struct statuses heard, said;
	enum session_state state;
	uint64_t since_ms, last_heard_ms, errors, error_ms;
	uint32_t error_status;
};

struct meter {
	struct meter_setup setup;
	struct trace *trace;
	struct metric *mo_rate, *mt_rate, *tracing, *traced, *trace_dropped;
	struct bind_meter *binds;
	unsigned binds_count;
	uint64_t sample_due_ms, lines_due_ms;
	struct meter_totals sampled; /* at the last sample */
	uint64_t errors, errors_sampled;
	uint32_t took[TOOK_BUCKETS]; /* since the last sample */
	char binds_key[KEY_MAX], samples_key[KEY_MAX];
	struct bus_args args;
	char *lines;
};

static const double seconds_bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
					0.5,   1,      2.5,   5,    10,	   30,	 0};

static void put_labels(const struct meter *meter, unsigned bind, const char *name,
		       const char *value, char out[LABELS_MAX])
{
	snprintf(out, LABELS_MAX, "carrier=\"%.*s\",bind=\"%u\"%s%s%s%.64s%s", MESSAGE_LABEL_MAX,
		 meter->setup.carrier->name, bind, name ? "," : "", name ? name : "",
		 name ? "=\"" : "", name ? value : "", name ? "\"" : "");
}

static void register_bind(struct meter *meter, unsigned i)
{
	struct bind_meter *bind = &meter->binds[i];
	struct metrics *metrics = meter->setup.metrics;
	char labels[LABELS_MAX];

	put_labels(meter, i, NULL, NULL, labels);
	bind->up = metrics_gauge(metrics, "bindery_bind_up", "Whether the bind stands.", labels);
	bind->window = metrics_gauge(metrics, "bindery_bind_window_used",
				     "Requests that wait for an answer.", labels);
	bind->window_limit =
		metrics_gauge(metrics, "bindery_bind_window_limit",
			      "How much of the window may be used after throttling.", labels);
	bind->quiet = metrics_gauge(metrics, "bindery_bind_paused",
				    "Whether the bind is quiet because the carrier asked for it.",
				    labels);
	bind->in = metrics_counter(metrics, "bindery_bind_pdus_in_total", "PDUs read.", labels);
	bind->out =
		metrics_counter(metrics, "bindery_bind_pdus_out_total", "PDUs written.", labels);
	bind->unreadable = metrics_counter(metrics, "bindery_bind_pdus_unreadable_total",
					   "PDUs that could not be decoded.", labels);
	bind->throttled = metrics_counter(metrics, "bindery_bind_throttled_total",
					  "Answers that said we are too fast.", labels);
	bind->seconds = metrics_histogram(metrics, "bindery_bind_answer_seconds",
					  "From submit_sm to its answer.", labels, seconds_bounds);
	bind->heard.name = "bindery_bind_answers_total";
	bind->heard.help = "Answers of the carrier to our requests, by command_status.";
	bind->said.name = "bindery_bind_replies_total";
	bind->said.help = "Our answers to the carrier's requests, by command_status.";
	bind->state = SESSION_STATE_COUNT;
}

static void meter_fit(struct meter *meter, unsigned count)
{
	if (count <= meter->binds_count)
		return;
	meter->binds = memory_resize(meter->binds, count, sizeof(*meter->binds));
	memset(meter->binds + meter->binds_count, 0,
	       (count - meter->binds_count) * sizeof(*meter->binds));
	for (; meter->binds_count < count; meter->binds_count++)
		register_bind(meter, meter->binds_count);
}

struct meter *meter_create(const struct meter_setup *setup)
{
	struct meter *meter = memory_array(1, sizeof(*meter));
	const char *name = setup->carrier->name;
	char labels[LABELS_MAX];

	meter->setup = *setup;
	meter->lines = memory_array(METER_BINDS_SHOWN_MAX, LINE_MAX_OCTETS);
	meter->trace = trace_create(setup->turn, setup->store, name);
	bus_args_init(&meter->args);
	key_gateway_binds(name, meter->binds_key);
	key_gateway_samples(name, meter->samples_key);
	snprintf(labels, sizeof(labels), "carrier=\"%.*s\"", MESSAGE_LABEL_MAX, name);
	meter->mo_rate = metrics_gauge(setup->metrics, "bindery_mo_per_second",
				       "Messages heard a second, over ten seconds.", labels);
	meter->mt_rate = metrics_gauge(setup->metrics, "bindery_mt_per_second",
				       "Segments written a second, over ten seconds.", labels);
	meter->tracing = metrics_gauge(setup->metrics, "bindery_tracing",
				       "Whether somebody looks at the PDUs.", labels);
	meter->traced = metrics_counter(setup->metrics, "bindery_traced_total",
					"PDUs that were shown to who looks on.", labels);
	meter->trace_dropped = metrics_counter(setup->metrics, "bindery_trace_dropped_total",
					       "PDUs that were too many to be shown.", labels);
	meter_fit(meter, setup->carrier->binds);
	return meter;
}

static void silence(const struct bind_meter *bind)
{
	metric_set(bind->up, 0);
	metric_set(bind->window, 0);
	metric_set(bind->quiet, 0);
	if (bind->state != SESSION_STATE_COUNT)
		metric_set(bind->states[bind->state], 0);
}

void meter_destroy(struct meter **meter)
{
	if (!*meter)
		return;
	/* The metrics outlive a carrier that a reload takes away. */
	for (unsigned i = 0; i < (*meter)->binds_count; i++)
		silence(&(*meter)->binds[i]);
	metric_set((*meter)->mo_rate, 0);
	metric_set((*meter)->mt_rate, 0);
	metric_set((*meter)->tracing, 0);
	trace_destroy(&(*meter)->trace);
	bus_args_finish(&(*meter)->args);
	free((*meter)->binds);
	free((*meter)->lines);
	free(*meter);
	*meter = NULL;
}

/* Its name; the number of one that has none. */
static const char *status_word(uint32_t status, char number[STATUS_WORD_MAX])
{
	const char *name = status_name(status);

	if (strncmp(name, "ESME_", 5) == 0)
		return name;
	snprintf(number, STATUS_WORD_MAX, "0x%08" PRIX32, status);
	return number;
}

static void count_status(struct meter *meter, struct statuses *statuses, unsigned bind,
			 uint32_t status)
{
	char labels[LABELS_MAX], code[STATUS_WORD_MAX];
	unsigned i = 0;

	while (i < statuses->count && statuses->rows[i].status != status)
		i++;
	if (i < statuses->count) {
		metric_add(statuses->rows[i].metric, 1);
		return;
	}
	if (i == METER_STATUSES_MAX) {
		if (!statuses->other) {
			put_labels(meter, bind, "status", "other", labels);
			statuses->other = metrics_counter(meter->setup.metrics, statuses->name,
							  statuses->help, labels);
		}
		metric_add(statuses->other, 1);
		return;
	}
	put_labels(meter, bind, "status", status_word(status, code), labels);
	statuses->rows[i].status = status;
	statuses->rows[i].metric =
		metrics_counter(meter->setup.metrics, statuses->name, statuses->help, labels);
	statuses->count++;
	metric_add(statuses->rows[i].metric, 1);
}

static void count_receipt(struct meter *meter, unsigned i, const struct pdu *pdu)
{
	struct metric **metric = &meter->binds[i].receipts_odd;
	uint8_t wide[RECEIPT_TEXT_MAX];
	const char *state = "unreadable";
	struct receipt receipt;
	char labels[LABELS_MAX];

	if (!inbound_is_receipt(pdu, meter->setup.carrier))
		return;
	if (receipt_parse(receipt_text(pdu->esm_class, pdu->data_coding, pdu->body, wide),
			  pdu->tlvs, &receipt) == 0 &&
	    receipt.has_state && (unsigned)receipt.state < RECEIPT_STATES) {
		metric = &meter->binds[i].receipts[receipt.state];
		state = receipt_state_name(receipt.state);
	}
	if (!*metric) {
		put_labels(meter, i, "state", state, labels);
		*metric = metrics_counter(meter->setup.metrics, "bindery_bind_receipts_total",
					  "Receipts heard, by the state that they tell.", labels);
	}
	metric_add(*metric, 1);
}

static void count_anomalies(struct meter *meter, unsigned i, uint32_t anomalies)
{
	char labels[LABELS_MAX];

	for (unsigned bit = 0; bit < PDU_ANOMALY_COUNT; bit++) {
		struct metric **metric = &meter->binds[i].anomalies[bit];
		if (!(anomalies & (1u << bit)))
			continue;
		if (!*metric) {
			put_labels(meter, i, "kind", pdu_anomaly_name(1u << bit), labels);
			*metric = metrics_counter(meter->setup.metrics, "bindery_bind_odd_total",
						  "Oddities of PDUs that were read all the same.",
						  labels);
		}
		metric_add(*metric, 1);
	}
}

/* enquire_link and unbind say nothing about how we fare. */
static bool is_telling(uint32_t command)
{
	return command != COMMAND_ENQUIRE_LINK_RESP && command != COMMAND_UNBIND_RESP;
}

static void hear_answer(struct meter *meter, unsigned i, const struct pdu_header *header)
{
	struct bind_meter *bind = &meter->binds[i];

	count_status(meter, &bind->heard, i, header->status);
	if (header->status == ESME_ROK)
		return;
	bind->errors++;
	bind->error_status = header->status;
	bind->error_ms = clock_unix_ms();
	if (header->command != COMMAND_SUBMIT_SM_RESP)
		return;
	if (retry_rule(meter->setup.carrier, header->status).verdict == RETRY_PAUSE)
		metric_add(bind->throttled, 1);
	else
		meter->errors++;
}

void meter_heard(struct meter *meter, unsigned bind, struct span octets, const struct pdu *pdu)
{
	if (!meter || bind >= meter->binds_count)
		return;
	if (trace_is_on(meter->trace))
		trace_pdu(meter->trace, bind, false, octets);
	metric_add(meter->binds[bind].in, 1);
	meter->binds[bind].last_heard_ms = clock_ms();
	if (!pdu) {
		metric_add(meter->binds[bind].unreadable, 1);
		return;
	}
	if (pdu->anomalies)
		count_anomalies(meter, bind, pdu->anomalies);
	if (command_is_response(pdu->header.command) && is_telling(pdu->header.command))
		hear_answer(meter, bind, &pdu->header);
	else if (pdu->header.command == COMMAND_DELIVER_SM ||
		 pdu->header.command == COMMAND_DATA_SM)
		count_receipt(meter, bind, pdu);
}

void meter_wrote(struct meter *meter, unsigned bind, struct span octets)
{
	struct pdu_header header;

	if (!meter || bind >= meter->binds_count)
		return;
	if (trace_is_on(meter->trace))
		trace_pdu(meter->trace, bind, true, octets);
	metric_add(meter->binds[bind].out, 1);
	if (pdu_header(octets, &header) && command_is_response(header.command) &&
	    is_telling(header.command))
		count_status(meter, &meter->binds[bind].said, bind, header.status);
}

/* 0, 1, 2, 3 ms have a bucket each; from 4 ms on there are four to each doubling. */
static unsigned took_bucket(uint64_t took_ms)
{
	unsigned shift = 0;

	while (took_ms >> shift > 7)
		shift++;
	unsigned bucket = (unsigned)(took_ms >> shift) + 4 * shift;
	return bucket < TOOK_BUCKETS ? bucket : TOOK_BUCKETS - 1;
}

static uint64_t bucket_ms(unsigned bucket)
{
	return bucket < 8 ? bucket : (uint64_t)(bucket % 4 + 4) << (bucket / 4 - 1);
}

void meter_answered(struct meter *meter, unsigned bind, uint64_t took_ms)
{
	if (!meter || bind >= meter->binds_count)
		return;
	metric_observe(meter->binds[bind].seconds, (double)took_ms / 1000.);
	meter->took[took_bucket(took_ms)]++;
}

static uint64_t took_percentile(const struct meter *meter, unsigned percent)
{
	uint64_t all = 0, below = 0;
	unsigned i = 0;

	for (unsigned k = 0; k < TOOK_BUCKETS; k++)
		all += meter->took[k];
	for (; i < TOOK_BUCKETS - 1; i++) {
		below += meter->took[i];
		if (below * 100 >= all * percent)
			break;
	}
	return all ? bucket_ms(i) : 0;
}

static void set_state(struct meter *meter, unsigned i, enum session_state state)
{
	struct bind_meter *bind = &meter->binds[i];
	char labels[LABELS_MAX];

	if (bind->state == state)
		return;
	if (bind->state != SESSION_STATE_COUNT)
		metric_set(bind->states[bind->state], 0);
	if (!bind->states[state]) {
		put_labels(meter, i, "state", session_state_name(state), labels);
		bind->states[state] = metrics_gauge(
			meter->setup.metrics, "bindery_bind_state",
			"1 for the state in which the bind is, 0 for others.", labels);
	}
	metric_set(bind->states[state], 1);
	bind->state = state;
	bind->since_ms = clock_unix_ms();
	meter->lines_due_ms = 0;
}

static size_t put_line(struct meter *meter, unsigned i, const struct bind *bind, char *out)
{
	const struct bind_meter *of = &meter->binds[i];
	const struct settings_host *host = bind_peer(bind);
	char word[STATUS_WORD_MAX];
	uint64_t now_ms = clock_ms();
	uint64_t quiet_ms =
		bind->pace.quiet_until_ms > now_ms ? bind->pace.quiet_until_ms - now_ms : 0;
	uint64_t retry_ms = of->state == SESSION_WAITING ? bind_wait_ms(bind, now_ms) : 0;
	int length = snprintf(
		out, LINE_MAX_OCTETS,
		"bind=%u state=%s since_ms=%" PRIu64 " host=%.100s port=%u window=%u "
		"window_limit=%u window_max=%u quiet_ms=%" PRIu64 " in=%" PRId64 " out=%" PRId64
		" throttled=%" PRId64 " errors=%" PRIu64 " error=%s error_status=%" PRIu32
		" error_ms=%" PRIu64 " heard_ago_ms=%" PRIu64 " attempts=%u next_ms=%" PRIu64 "\n",
		i, session_state_name(of->state), of->since_ms, host->host, host->port,
		window_used(bind->window), bind->pace.limit, meter->setup.carrier->window, quiet_ms,
		metric_value(of->in), metric_value(of->out), metric_value(of->throttled),
		of->errors, of->errors ? status_word(of->error_status, word) : "none",
		of->error_status, of->error_ms, of->last_heard_ms ? now_ms - of->last_heard_ms : 0,
		bind->failures, retry_ms);

	return length > 0 && length < LINE_MAX_OCTETS ? (size_t)length : 0;
}

/* Each writing goes to the append-only file, so a carrier of many binds is not written each second.
 */
static void tell_lines(struct meter *meter, struct bind *const *binds, unsigned count)
{
	uint64_t now_ms = clock_ms();
	uint64_t period_ms = count > LINES_MANY ? LINES_MANY_MS : LINES_MS;
	size_t length = 0;

	if (now_ms < meter->lines_due_ms || !bus_is_ready(meter->setup.store->bus))
		return;
	meter->lines_due_ms = now_ms + period_ms;
	for (unsigned i = 0; i < count && i < METER_BINDS_SHOWN_MAX; i++)
		length += put_line(meter, i, binds[i], meter->lines + length);
	bus_args_text(&meter->args, "SET");
	bus_args_text(&meter->args, meter->binds_key);
	bus_args_span(&meter->args, (struct span){(const uint8_t *)meter->lines, length});
	bus_args_text(&meter->args, "PX");
	bus_args_integer(&meter->args, (int64_t)(period_ms + LINES_SPARE_MS));
	bus_args_send(&meter->args, meter->setup.store->bus, NULL, NULL);
}

static void tell_binds(struct meter *meter, struct bind *const *binds)
{
	unsigned count = meter->setup.carrier->binds;

	meter_fit(meter, count);
	for (unsigned i = 0; i < count; i++) {
		struct bind_meter *of = &meter->binds[i];
		set_state(meter, i, binds[i]->session.state);
		metric_set(of->up, bind_is_bound(binds[i]));
		metric_set(of->window, window_used(binds[i]->window));
		metric_set(of->window_limit, binds[i]->pace.limit);
		metric_set(of->quiet, binds[i]->pace.quiet_until_ms > clock_ms());
	}
	tell_lines(meter, binds, count);
}

static void put_figure(struct meter *meter, const char *name, uint64_t value)
{
	bus_args_field_integer(&meter->args, name, (int64_t)value);
}

static void put_sample(struct meter *meter, const struct meter_totals *now)
{
	const struct meter_totals *last = &meter->sampled;

	put_figure(meter, "mo", now->mo - last->mo);
	put_figure(meter, "receipts", now->receipts - last->receipts);
	put_figure(meter, "refused", now->refused - last->refused);
	put_figure(meter, "submitted", now->submitted - last->submitted);
	put_figure(meter, "sent", now->sent - last->sent);
	put_figure(meter, "failed", now->failed - last->failed);
	put_figure(meter, "unknown", now->unknown - last->unknown);
	put_figure(meter, "throttled", now->throttled - last->throttled);
	put_figure(meter, "errors", meter->errors - meter->errors_sampled);
	put_figure(meter, "window", now->window);
	put_figure(meter, "window_max", now->window_max);
	put_figure(meter, "bound", now->bound);
	put_figure(meter, "binds", now->binds);
	put_figure(meter, "p50_ms", took_percentile(meter, 50));
	put_figure(meter, "p95_ms", took_percentile(meter, 95));
}

static void sample(struct meter *meter, const struct meter_totals *now)
{
	uint64_t mo = now->mo - meter->sampled.mo;
	uint64_t submitted = now->submitted - meter->sampled.submitted;

	metric_set(meter->mo_rate, (int64_t)(mo * 1000 / METER_SAMPLE_MS));
	metric_set(meter->mt_rate, (int64_t)(submitted * 1000 / METER_SAMPLE_MS));
	/* A sample that cannot be written is added to the next one. */
	if (!bus_is_ready(meter->setup.store->bus))
		return;
	bus_args_text(&meter->args, "XADD");
	bus_args_text(&meter->args, meter->samples_key);
	bus_args_text(&meter->args, "MAXLEN");
	bus_args_integer(&meter->args, METER_SAMPLES_MAX);
	bus_args_text(&meter->args, "*");
	put_sample(meter, now);
	bus_args_send(&meter->args, meter->setup.store->bus, NULL, NULL);
	meter->sampled = *now;
	meter->errors_sampled = meter->errors;
	memset(meter->took, 0, sizeof(meter->took));
}

void meter_tell(struct meter *meter, struct bind *const *binds, const struct meter_totals *totals)
{
	uint64_t now_ms = clock_ms();

	tell_binds(meter, binds);
	trace_tick(meter->trace);
	metric_set(meter->tracing, trace_is_on(meter->trace));
	metric_add(meter->traced,
		   trace_shown(meter->trace) - (uint64_t)metric_value(meter->traced));
	metric_add(meter->trace_dropped,
		   trace_dropped(meter->trace) - (uint64_t)metric_value(meter->trace_dropped));
	if (meter->sample_due_ms == 0) {
		meter->sample_due_ms = now_ms + METER_SAMPLE_MS;
		meter->sampled = *totals;
	}
	if (now_ms < meter->sample_due_ms)
		return;
	sample(meter, totals);
	meter->sample_due_ms = now_ms + METER_SAMPLE_MS;
}
