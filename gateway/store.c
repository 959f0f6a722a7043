#include "gateway/store.h"

#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "smpp/bundle.h"

#define WORD(text) ((struct span){(const uint8_t *)(text), sizeof(text) - 1})
#define BUNDLE_OCTETS 65536 /* with so much it is full */

static const char *const kind_names[] = {"mo", "dr", "rs"};

struct waiter {
	bus_done *done;
	void *context;
};

/* What is gathered for a partition's `back`. */
struct store_gather {
	const struct store *store;
	struct turn *turn;
	struct turn_task task;
	unsigned partition;
	unsigned under_way; /* entries on their way */
	size_t count, length, capacity;
	uint8_t *octets;       /* of a bundle */
	struct bus_args names; /* of the carriers of its results, each once */
	struct waiter waiters[BUNDLE_ITEMS_MAX];
};

/* An entry on its way, of one or more. */
struct sent {
	struct store_gather *gather;
	size_t count;
	struct waiter waiters[];
};

static void gather_run(void *context);

void store_init(struct store *store, struct bus *bus, struct turn *turn, unsigned partitions)
{
	store->bus = bus;
	store->partitions = partitions;
	store->in = memory_array(partitions, KEY_MAX);
	store->back = memory_array(partitions, KEY_MAX);
	store->tag = memory_array(partitions, KEY_MAX);
	store->gathers = memory_array(partitions, sizeof(*store->gathers));
	for (unsigned i = 0; i < partitions; i++) {
		struct store_gather *gather = &store->gathers[i];
		key_in(i, store->in[i]);
		key_back(i, store->back[i]);
		key_tag(i, store->tag[i]);
		gather->store = store;
		gather->turn = turn;
		gather->task.run = gather_run;
		gather->task.context = gather;
		gather->partition = i;
		bus_args_init(&gather->names);
	}
}

void store_finish(struct store *store)
{
	for (unsigned i = 0; i < store->partitions; i++) {
		struct store_gather *gather = &store->gathers[i];
		turn_forget(gather->turn, &gather->task);
		bus_args_finish(&gather->names);
		free(gather->octets);
	}
	free(store->gathers);
	free(store->in);
	free(store->back);
	free(store->tag);
	*store = (struct store){0};
}

static void append(const struct store *store, const char *key, const struct span fields[4],
		   bus_done *done, void *context)
{
	const struct span arguments[] = {
		WORD("XADD"), span_text(key), WORD("*"), WORD("k"), fields[0], WORD("c"),
		fields[1],    WORD("r"),      fields[2], WORD("g"), fields[3],
	};
	size_t count = sizeof(arguments) / sizeof(arguments[0]);

	bus_send(store->bus, arguments, fields[3].length ? count : count - 2, done, context);
}

static struct sent *sent_create(struct store_gather *gather)
{
	size_t octets = gather->count * sizeof(gather->waiters[0]);
	struct sent *sent = memory_array(1, sizeof(*sent) + octets);

	sent->gather = gather;
	sent->count = gather->count;
	memcpy(sent->waiters, gather->waiters, octets);
	return sent;
}

static void sent_answer(struct sent *sent, struct bus *bus, const struct bus_reply *reply)
{
	for (size_t i = 0; i < sent->count; i++) {
		if (sent->waiters[i].done)
			sent->waiters[i].done(bus, reply, sent->waiters[i].context);
	}
	free(sent);
}

static void gather_empty(struct store_gather *gather)
{
	gather->count = 0;
	gather->length = 0;
	bus_args_clear(&gather->names);
}

static void on_appended(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct sent *sent = context;
	struct store_gather *gather = sent->gather;

	gather->under_way--;
	sent_answer(sent, bus, reply);
	if (!gather->count)
		return;
	/* Where the connection is lost, what is gathered is no better off than what was sent. */
	if (reply || gather->under_way) {
		turn_defer(gather->turn, &gather->task);
		return;
	}
	sent = sent_create(gather);
	gather_empty(gather);
	sent_answer(sent, bus, NULL);
}

/* `|a|b|`; owned by the caller. */
static struct span join_names(const struct bus_args *names)
{
	uint8_t *out = memory_array(names->length + names->count + 1, 1);
	size_t length = 0;

	out[length++] = '|';
	for (size_t i = 0; i < names->count; i++) {
		struct span name = bus_args_at(names, i);
		memcpy(out + length, name.at, name.length);
		length += name.length;
		out[length++] = '|';
	}
	return (struct span){out, length};
}

static void send_one(struct store_gather *gather, struct sent *sent)
{
	struct span octets = {gather->octets, gather->length};
	struct bundle_item item = {.kind = BUNDLE_RECEIPT};
	bool result = bundle_take(&octets, &item) && item.kind == BUNDLE_RESULT;
	const struct span fields[] = {
		span_text(kind_names[result ? STORE_RESULT : STORE_RECEIPT]),
		item.customer,
		item.record,
		gather->names.count ? bus_args_at(&gather->names, 0) : WORD(""),
	};

	append(gather->store, gather->store->back[gather->partition], fields, on_appended, sent);
}

static void send_many(struct store_gather *gather, struct sent *sent)
{
	struct span carriers = gather->names.count ? join_names(&gather->names) : span_text(NULL);
	const struct span fields[] = {
		WORD("many"), WORD(""), {gather->octets, gather->length}, carriers};

	append(gather->store, gather->store->back[gather->partition], fields, on_appended, sent);
	free((void *)carriers.at);
}

static void gather_send(struct store_gather *gather)
{
	struct sent *sent = sent_create(gather);

	gather->under_way++;
	if (gather->count == 1)
		send_one(gather, sent);
	else
		send_many(gather, sent);
	gather_empty(gather);
}

/* At the end of a turn. */
static void gather_run(void *context)
{
	struct store_gather *gather = context;

	if (gather->count && !gather->under_way)
		gather_send(gather);
}

void store_flush(const struct store *store, unsigned partition)
{
	if (store->gathers[partition].count)
		gather_send(&store->gathers[partition]);
}

void store_flush_all(const struct store *store)
{
	for (unsigned i = 0; i < store->partitions; i++)
		store_flush(store, i);
}

static void gather_name(struct store_gather *gather, struct span carrier)
{
	for (size_t i = 0; i < gather->names.count; i++) {
		if (span_same(bus_args_at(&gather->names, i), carrier))
			return;
	}
	bus_args_span(&gather->names, carrier);
}

static void gather_add(struct store_gather *gather, const struct bundle_item *item,
		       struct waiter waiter)
{
	size_t wanted = gather->length + bundle_size(item);

	if (wanted > gather->capacity) {
		gather->capacity = wanted * 2;
		gather->octets = memory_resize(gather->octets, gather->capacity, 1);
	}
	bundle_put(gather->octets + gather->length, item);
	gather->length = wanted;
	gather->waiters[gather->count++] = waiter;
}

void store_append(const struct store *store, unsigned partition, const struct store_entry *entry,
		  bus_done *done, void *context)
{
	struct store_gather *gather = &store->gathers[partition];
	const struct bundle_item item = {entry->kind == STORE_RESULT ? BUNDLE_RESULT
								     : BUNDLE_RECEIPT,
					 entry->customer, entry->record};

	if (entry->kind == STORE_MESSAGE || entry->alone) {
		const struct span fields[] = {span_text(kind_names[entry->kind]), entry->customer,
					      entry->record, entry->carrier};
		if (entry->alone)
			store_flush(store, partition); /* it came before */
		append(store, entry->alone ? store->back[partition] : store->in[partition], fields,
		       done, context);
		return;
	}
	if (gather->count && gather->length + bundle_size(&item) > BUNDLE_OCTETS)
		gather_send(gather);
	gather_add(gather, &item, (struct waiter){done, context});
	if (entry->carrier.length)
		gather_name(gather, entry->carrier);
	if (gather->count == BUNDLE_ITEMS_MAX)
		gather_send(gather);
	else
		turn_defer(gather->turn, &gather->task);
}
