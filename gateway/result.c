#include "gateway/result.h"

#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "gateway/clock.h"
#include "gateway/store.h"

#define RECORD_MAX 1024

struct result {
	struct result *next;
	struct results *owner;
	unsigned partition;
	bool alone; /* that it was sent again is counted */
	size_t customer_length, carrier_length, record_length;
	uint8_t octets[]; /* the customer, the carrier's name, the record */
};

void results_init(struct results *results, const struct store *store)
{
	*results = (struct results){.store = store};
	results->last = &results->first;
}

void results_finish(struct results *results)
{
	while (results->first) {
		struct result *result = results->first;
		results->first = result->next;
		free(result);
	}
	results_init(results, results->store);
}

static void result_keep(struct result *result)
{
	struct results *results = result->owner;

	result->next = NULL;
	*results->last = result;
	results->last = &result->next;
	results->kept++;
}

static void on_written(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct result *result = context;
	unsigned count;

	(void)bus;
	result->owner->sent--;
	if (bus_reply_type(reply) == BUS_STRING) {
		free(result);
		return;
	}
	if (bus_reply_type(reply) == BUS_ERROR &&
	    log_due(&result->owner->complaints, clock_ms(), &count))
		log_event(LOG_ERROR, "result_not_written", "count=%u why=%.*s", count,
			  (int)bus_reply_span(reply).length,
			  (const char *)bus_reply_span(reply).at);
	result_keep(result);
}

static void result_write(struct result *result)
{
	struct results *results = result->owner;
	const struct store_entry entry = {
		.kind = STORE_RESULT,
		.alone = result->alone,
		.customer = {result->octets, result->customer_length},
		.carrier = {result->octets + result->customer_length, result->carrier_length},
		.record = {result->octets + result->customer_length + result->carrier_length,
			   result->record_length},
	};

	results->sent++;
	store_append(results->store, result->partition, &entry, on_written, result);
}

void results_put(struct results *results, unsigned partition, struct span customer,
		 const struct message_result *value)
{
	const struct message message = {.kind = MESSAGE_RESULT, .result = *value};
	uint8_t record[RECORD_MAX];
	int length = message_encode(&message, record, sizeof(record));
	struct result *result;

	if (length < 0) {
		log_event(LOG_ERROR, "cannot_encode_result", "id=%.*s", (int)value->id.length,
			  (const char *)value->id.at);
		return;
	}
	result = memory_array(1, sizeof(*result) + customer.length + value->carrier.length +
					 (size_t)length);
	result->owner = results;
	result->partition = partition;
	result->alone = value->outcome == MESSAGE_RESENT;
	result->customer_length = customer.length;
	result->carrier_length = value->carrier.length;
	result->record_length = (size_t)length;
	if (customer.length)
		memcpy(result->octets, customer.at, customer.length);
	if (value->carrier.length)
		memcpy(result->octets + customer.length, value->carrier.at, value->carrier.length);
	memcpy(result->octets + customer.length + value->carrier.length, record, (size_t)length);
	if (results->first)
		result_keep(result);
	else
		result_write(result);
}

void results_again(struct results *results)
{
	struct result *result = results->first;

	if (!result || !bus_is_ready(results->store->bus))
		return;
	results->first = NULL;
	results->last = &results->first;
	results->kept = 0;
	while (result) {
		struct result *next = result->next;
		result_write(result);
		result = next;
	}
}

bool results_are_written(const struct results *results)
{
	return results->kept == 0 && results->sent == 0;
}
