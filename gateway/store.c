#include "gateway/store.h"

#include <stdlib.h>
#include <string.h>

#include "config/memory.h"

#define WORD(text) ((struct span){(const uint8_t *)(text), sizeof(text) - 1})

void store_init(struct store *store, struct bus *bus, unsigned partitions)
{
	store->bus = bus;
	store->partitions = partitions;
	store->in = memory_array(partitions, KEY_MAX);
	store->back = memory_array(partitions, KEY_MAX);
	store->tag = memory_array(partitions, KEY_MAX);
	for (unsigned i = 0; i < partitions; i++) {
		key_in(i, store->in[i]);
		key_back(i, store->back[i]);
		key_tag(i, store->tag[i]);
	}
}

void store_finish(struct store *store)
{
	free(store->in);
	free(store->back);
	free(store->tag);
	*store = (struct store){0};
}

void store_append(const struct store *store, unsigned partition, const struct store_entry *entry,
		  bus_done *done, void *context)
{
	const char *key =
		strcmp(entry->kind, "mo") == 0 ? store->in[partition] : store->back[partition];
	const struct span arguments[] = {
		WORD("XADD"),
		{(const uint8_t *)key, strlen(key)},
		WORD("*"),
		WORD("k"),
		{(const uint8_t *)entry->kind, strlen(entry->kind)},
		WORD("c"),
		entry->customer,
		WORD("r"),
		entry->record,
		WORD("g"),
		entry->carrier,
	};
	size_t count = sizeof(arguments) / sizeof(arguments[0]);

	bus_send(store->bus, arguments, entry->carrier.length ? count : count - 2, done, context);
}
