#include "router/compliance/witness.h"

#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"

struct witness {
	char word[MERKLE_HEX];
	const char *file; /* of the key */
};

static void on_told(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct witness *witness = context;
	struct span before = bus_reply_span(reply);
	size_t length = strlen(witness->word);

	(void)bus;
	if (bus_reply_type(reply) == BUS_STRING &&
	    (before.length != length || memcmp(before.at, witness->word, length) != 0))
		log_event(LOG_ERROR, "ledger_key_changed", "file=%s consequence=%s", witness->file,
			  "what is written now cannot be found beside what was written before");
	free(witness);
}

void witness_ask(struct bus *bus, struct seal *seal, const struct settings_ledger *settings)
{
	static const char word[] = "bindery";
	struct witness *witness = memory_array(1, sizeof(*witness));
	struct bus_args args;

	witness->file = settings->number_key_file;
	seal_number(seal, span_text(word), witness->word);
	bus_args_init(&args);
	bus_args_text(&args, "SET");
	bus_args_text(&args, KEY_NUMBER_KEY);
	bus_args_text(&args, witness->word);
	bus_args_text(&args, "NX");
	bus_args_text(&args, "GET");
	bus_args_send(&args, bus, on_told, witness);
	bus_args_finish(&args);
}
