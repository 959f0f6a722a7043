#include "router/compliance/roll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/bus/key.h"

#define SCANNED "1000"
#define NUMBER ":opt:"

void roll_init(struct roll *roll, unsigned partitions)
{
	*roll = (struct roll){.partitions = partitions, .cursor = "0"};
}

static void forget_keys(struct roll *roll)
{
	for (size_t i = 0; i < roll->keys_count; i++)
		free(roll->keys[i]);
	free(roll->keys);
	roll->keys = NULL;
	roll->keys_count = roll->keys_left = 0;
}

void roll_finish(struct roll *roll)
{
	forget_keys(roll);
}

/* `{c3}:opt:+1555…`: how long its tag is; 0 for what is none of that kind. */
static size_t tag_length(const char *key)
{
	const char *end = strchr(key, '}');
	size_t length = end ? (size_t)(end + 1 - key) : 0;

	return length && length < KEY_MAX && strncmp(key + length, NUMBER, strlen(NUMBER)) == 0
		       ? length
		       : 0;
}

/* Those of the page that are of one partition, as many as may be asked for at once. */
static void ask_persons(struct roll *roll, struct bus_args *args)
{
	char tag[KEY_MAX] = "";
	size_t length = 0, asked = 0;

	for (size_t i = 0; i < roll->keys_count && asked < ROLL_NUMBERS; i++) {
		char *key = roll->keys[i];
		if (!key || (length && strncmp(key, tag, length) != 0))
			continue;
		if (!length) {
			length = tag_length(key);
			snprintf(tag, sizeof(tag), "%.*s", (int)length, key);
			bus_args_call(args, "suppression_rows", tag);
		}
		bus_args_text(args, key + length + strlen(NUMBER));
		free(key);
		roll->keys[i] = NULL;
		roll->keys_left--;
		asked++;
	}
	if (roll->keys_left == 0)
		forget_keys(roll);
}

static void ask_keys(const struct roll *roll, struct bus_args *args)
{
	bus_args_text(args, "SCAN");
	bus_args_text(args, roll->cursor);
	bus_args_text(args, "MATCH");
	bus_args_text(args, "{c*}" NUMBER "*");
	bus_args_text(args, "COUNT");
	bus_args_text(args, SCANNED);
}

static void ask_lists(const struct roll *roll, struct bus_args *args)
{
	char tag[KEY_MAX];

	bus_args_call(args, "bulk_read", key_tag(roll->partition, tag));
	bus_args_field_integer(args, "from", roll->bucket);
}

bool roll_ask(struct roll *roll, struct bus_args *args)
{
	if (roll->keys_left) {
		roll->asked = ROLL_PERSONS;
		ask_persons(roll, args);
	} else if (*roll->cursor) {
		roll->asked = ROLL_KEYS;
		ask_keys(roll, args);
	} else if (roll->partition < roll->partitions) {
		roll->asked = ROLL_LISTS;
		ask_lists(roll, args);
	} else {
		return false;
	}
	return true;
}

/* {cursor, {key…}} */
static bool take_keys(struct roll *roll, const struct bus_reply *reply)
{
	struct span cursor = bus_reply_span(bus_reply_at(reply, 0));
	const struct bus_reply *keys = bus_reply_at(reply, 1);

	if (cursor.length == 0 || cursor.length >= sizeof(roll->cursor))
		return false;
	snprintf(roll->cursor, sizeof(roll->cursor), "%.*s", (int)cursor.length,
		 (const char *)cursor.at);
	if (strcmp(roll->cursor, "0") == 0)
		roll->cursor[0] = '\0';
	forget_keys(roll);
	roll->keys = memory_array(bus_reply_count(keys), sizeof(*roll->keys));
	for (size_t i = 0; i < bus_reply_count(keys); i++) {
		struct span span = bus_reply_span(bus_reply_at(keys, i));
		char *key = memory_copy(span.at, span.length);
		if (tag_length(key))
			roll->keys[roll->keys_count++] = key;
		else
			free(key);
	}
	roll->keys_left = roll->keys_count;
	return true;
}

/* The bucket that is read next; "" behind the last of a partition. */
static void go_on(struct roll *roll, struct span next)
{
	roll->bucket = next.length ? (unsigned)strtoul((const char *)next.at, NULL, 10) : 0;
	if (roll->bucket == 0)
		roll->partition++;
}

bool roll_take(struct roll *roll, const struct bus_reply *reply, roll_put *put, void *context)
{
	if (bus_reply_type(reply) != BUS_ARRAY)
		return false;
	if (roll->asked == ROLL_KEYS)
		return take_keys(roll, reply);
	/* {number, {scope, source, entry or batch, at, by}…}…; before those of lists, where to go
	 * on. */
	for (size_t i = roll->asked == ROLL_LISTS; i < bus_reply_count(reply); i++) {
		const struct bus_reply *row = bus_reply_at(reply, i);
		for (size_t j = 1; j < bus_reply_count(row); j++) {
			const struct bus_reply *entry = bus_reply_at(row, j);
			put(
				&(struct roll_entry){
					.number = bus_reply_span(bus_reply_at(row, 0)),
					.scope = bus_reply_span(bus_reply_at(entry, 0)),
					.source = bus_reply_span(bus_reply_at(entry, 1)),
					.reference = bus_reply_span(bus_reply_at(entry, 2)),
					.at = bus_reply_span(bus_reply_at(entry, 3)),
					.by = bus_reply_span(bus_reply_at(entry, 4)),
					.listed = roll->asked == ROLL_LISTS,
				},
				context);
		}
	}
	if (roll->asked == ROLL_LISTS)
		go_on(roll, bus_reply_span(bus_reply_at(reply, 0)));
	return true;
}
