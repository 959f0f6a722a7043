/* The wiring of this room: entries from the inbox become jobs, jobs of one partition's messages
 * keep their order, events go out. */
#include "router/threading/threading.h"

#include "config/log.h"
#include "config/memory.h"
#include "router/threading/batch.h"
#include "router/threading/job.h"
#include "smpp/bundle.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>

static void start_message(struct job *job)
{
	struct lane *lane = &job->threading->lanes[job->partition];

	if (!lane->busy) {
		inbound_start(job);
		return;
	}
	job_queue_put(&lane->waiting, job);
}

/* Takes the job. */
static void start_record(struct job *job, struct span kind)
{
	struct span record = {job->record, job->record_length};

	if (message_decode(record, &job->message) != 0)
		job_aside(&job, "unreadable");
	else if (span_is(kind, "mo") && job->message.kind == MESSAGE_MO)
		start_message(job);
	else if (span_is(kind, "dr") && job->message.kind == MESSAGE_MO)
		outcome_receipt(job);
	else if (span_is(kind, "rs") && job->message.kind == MESSAGE_RESULT)
		outcome_result(job);
	else
		job_aside(&job, "unknown_kind");
}

static void name_customer(struct job *job, struct span customer)
{
	if (customer.length && customer.length < sizeof(job->customer))
		memcpy(job->customer, customer.at, customer.length);
}

static void on_bundle(struct threading *threading, const struct inbox_entry *entry, size_t count)
{
	struct sheaf *sheaf = sheaf_create(threading, entry->id, count);
	struct span rest = entry->record;
	struct bundle_item item;

	inbox_owe(threading->inbox, count - 1);
	while (bundle_take(&rest, &item)) {
		struct job *job =
			job_create(threading, entry->partition, span_text(NULL), item.record);
		job->back = true;
		job->sheaf = sheaf;
		job->old = entry->old;
		name_customer(job, item.customer);
		start_record(job, span_text(item.kind == BUNDLE_RESULT ? "rs" : "dr"));
	}
}

static void on_entry(const struct inbox_entry *entry, void *context)
{
	struct threading *threading = context;
	bool many = span_is(entry->kind, "many");
	size_t count = many ? bundle_count(entry->record) : 0;

	if (count) {
		on_bundle(threading, entry, count);
		return;
	}
	struct job *job = job_create(threading, entry->partition, entry->id, entry->record);
	job->back = entry->back;
	job->old = entry->old;
	name_customer(job, entry->customer);
	if (many) {
		job_aside(&job, "unreadable");
		return;
	}
	if (span_is(entry->kind, "sup")) {
		outcome_stopped(job);
		return;
	}
	if (span_is(entry->kind, "opt")) {
		refusal_told(job, "composers");
		return;
	}
	if (span_is(entry->kind, "customer")) {
		refusal_told(job, "customer_changed");
		return;
	}
	if (span_is(entry->kind, "cfm")) {
		consent_confirm(job);
		return;
	}
	start_record(job, entry->kind);
}

static void on_opened(void *context)
{
	struct threading *threading = context;

	scopes_read(threading);
	threading->events.opened(threading->events.context);
}

/* What waits in lanes was never sent, so nobody else will free it. */
static void empty_lanes(struct threading *threading)
{
	for (unsigned i = 0; i < threading->settings.partitions; i++) {
		struct lane *lane = &threading->lanes[i];
		struct job *job;
		while ((job = job_queue_next(&lane->waiting))) {
			free(job->text);
			free(job);
		}
		lane->busy = false;
	}
}

static void on_closed(void *context)
{
	struct threading *threading = context;

	threading->generation++;
	empty_lanes(threading);
	batch_clear(threading->meetings);
	batch_clear(threading->outcomes);
	threading->events.closed(threading->events.context);
}

static void on_refused(void *context)
{
	struct threading *threading = context;

	threading->events.refused(threading->events.context);
}

static void on_tick(void *context)
{
	struct threading *threading = context;

	uint64_t now_ms = (uint64_t)(ev_now(threading->loop) * 1000.);

	parts_sweep(threading, now_ms);
	overdue_sweep(threading, now_ms);
	tally_read(threading);
}

static char *list_queried(const struct settings *settings)
{
	char *list = memory_array(settings->carriers_count * (MESSAGE_NAME_MAX + 1) + 2, 1);
	size_t length = 0;

	list[length++] = '|';
	for (size_t i = 0; i < settings->carriers_count; i++) {
		const struct settings_carrier *carrier = &settings->carriers[i];
		size_t octets = strlen(carrier->name);
		if (!carrier->query)
			continue;
		memcpy(list + length, carrier->name, octets);
		length += octets;
		list[length++] = '|';
	}
	return list;
}

struct threading *threading_create(struct ev_loop *loop, struct bus *bus,
				   const struct threading_settings *settings,
				   const struct threading_events *events)
{
	struct threading *threading = memory_array(1, sizeof(*threading));
	struct inbox_settings inbox = {settings->instance, settings->partitions, settings->redis};
	struct inbox_events told = {on_opened, on_entry, on_closed, on_tick, on_refused, threading};

	threading->loop = loop;
	threading->bus = bus;
	threading->settings = *settings;
	threading->events = *events;
	threading->generation = 1;
	threading->lanes = memory_array(settings->partitions, sizeof(*threading->lanes));
	for (unsigned i = 0; i < settings->partitions; i++)
		job_queue_init(&threading->lanes[i].waiting);
	threading->queried = list_queried(settings->settings);
	threading->meetings = outcome_meetings(threading);
	threading->outcomes = outcome_outcomes(threading);
	bus_args_init(&threading->args);
	threading->inbox = inbox_create(loop, bus, &inbox, &told);
	return threading;
}

void threading_destroy(struct threading **pointer)
{
	struct threading *threading = *pointer;

	if (!threading)
		return;
	*pointer = NULL;
	threading->generation++;
	inbox_destroy(&threading->inbox);
	empty_lanes(threading);
	batch_destroy(&threading->meetings);
	batch_destroy(&threading->outcomes);
	bus_args_finish(&threading->args);
	free(threading->lanes);
	free(threading->scratch);
	free(threading->queried);
	scopes_finish(threading);
	free(threading);
}

void threading_reload(struct threading *threading)
{
	free(threading->queried);
	threading->queried = list_queried(threading->settings.settings);
}

void threading_begin(struct threading *threading)
{
	inbox_begin(threading->inbox);
}

void threading_end(struct threading *threading)
{
	inbox_end(threading->inbox);
}

void threading_release(struct threading *threading)
{
	inbox_release(threading->inbox);
}

bool threading_is_open(const struct threading *threading)
{
	return inbox_is_open(threading->inbox);
}

bool threading_is_standby(const struct threading *threading)
{
	return inbox_is_standby(threading->inbox);
}

const char *threading_fence(const struct threading *threading, unsigned partition)
{
	return inbox_fence(threading->inbox, partition);
}

uint64_t threading_count(const struct threading *threading, enum threading_counter counter)
{
	return threading->counts[counter];
}
