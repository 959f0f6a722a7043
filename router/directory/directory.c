/*
 * Everything is read page by page, kind by kind, into shelves beside those that are in use, which
 * take their place at the end. What changes meanwhile is put on both: all answers come over one
 * connection, so each says what was so at its place among them.
 */
#include "router/directory/directory.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/functions_log.h"
#include "router/bus/key.h"
#include "router/directory/seed.h"
#include "router/directory/shelf.h"

#define CHANNEL "directory"
#define PAGE 500
#define FIELD_NAME_MAX 64

struct observer {
	directory_changed *changed;
	void *context;
};

struct directory {
	struct bus *bus;
	struct bus_ear *ear;
	const struct settings *settings;
	struct shelf shelves[DIRECTORY_KINDS], fresh[DIRECTORY_KINDS];
	struct observer observers[DIRECTORY_OBSERVERS_MAX];
	size_t observers_count;
	enum directory_kind reading; /* DIRECTORY_KINDS: nothing is */
	bool again;		     /* read anew once this reading is done */
	bool open;
	struct bus_args args;
};

/* A change on its way. */
struct errand {
	struct directory *directory;
	enum directory_kind kind;
	char id[DIRECTORY_ID_MAX + 1];
	bool deletes;
	directory_done *done;
	void *context;
};

static void tell(struct directory *directory, enum directory_kind kind, const char *id)
{
	for (size_t i = 0; i < directory->observers_count; i++)
		directory->observers[i].changed(kind, id, directory->observers[i].context);
}

/* Puts what the row says on the shelves. */
static void take(struct directory *directory, enum directory_kind kind, const struct bus_reply *row)
{
	struct directory_entity *entity = directory_entity_create(kind, row);

	if (entity)
		shelf_put(&directory->shelves[kind], entity);
	else
		shelf_drop(&directory->shelves[kind], bus_reply_span(bus_reply_at(row, 0)));
	if (directory->reading == DIRECTORY_KINDS)
		return;
	entity = directory_entity_create(kind, row);
	if (entity)
		shelf_put(&directory->fresh[kind], entity);
	else
		shelf_drop(&directory->fresh[kind], bus_reply_span(bus_reply_at(row, 0)));
}

static void read_page(struct directory *directory, struct span cursor);

static void read_all(struct directory *directory)
{
	directory->again = directory->reading != DIRECTORY_KINDS;
	if (directory->again)
		return;
	directory->reading = 0;
	read_page(directory, span_text("0"));
}

static void forget_fresh(struct directory *directory)
{
	for (unsigned i = 0; i < DIRECTORY_KINDS; i++)
		shelf_finish(&directory->fresh[i]);
}

static void finish_reading(struct directory *directory)
{
	for (unsigned i = 0; i < DIRECTORY_KINDS; i++) {
		shelf_finish(&directory->shelves[i]);
		directory->shelves[i] = directory->fresh[i];
		directory->fresh[i] = (struct shelf){0};
	}
	if (!directory->open)
		log_event(LOG_INFO, "directory_open", "users=%zu queues=%zu",
			  directory->shelves[DIRECTORY_USER].count,
			  directory->shelves[DIRECTORY_QUEUE].count);
	directory->open = true;
	for (unsigned i = 0; i < DIRECTORY_KINDS; i++)
		tell(directory, (enum directory_kind)i, "");
	if (directory->settings) {
		seed_file(directory, directory->settings);
		seed_users(directory, directory->bus);
	}
	if (directory->again)
		read_all(directory);
}

static void on_page(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct directory *directory = context;
	struct span cursor = bus_reply_span(bus_reply_at(reply, 0));

	(void)bus;
	if (bus_reply_type(reply) != BUS_ARRAY) {
		if (reply)
			log_event(LOG_ERROR, "directory_unreadable", "error=%.*s",
				  (int)bus_reply_span(reply).length,
				  (const char *)bus_reply_span(reply).at);
		directory->reading = DIRECTORY_KINDS;
		forget_fresh(directory);
		return;
	}
	for (size_t i = 1; i < bus_reply_count(reply); i++) {
		struct directory_entity *entity =
			directory_entity_create(directory->reading, bus_reply_at(reply, i));
		if (entity)
			shelf_put(&directory->fresh[directory->reading], entity);
	}
	if (!span_is(cursor, "0")) {
		read_page(directory, cursor);
	} else if (++directory->reading == DIRECTORY_KINDS) {
		finish_reading(directory);
	} else {
		read_page(directory, span_text("0"));
	}
}

static void read_page(struct directory *directory, struct span cursor)
{
	bus_args_call(&directory->args, "entities", KEY_ACD_TAG);
	bus_args_field_text(&directory->args, "kind", directory_kind_name(directory->reading));
	bus_args_field(&directory->args, "cursor", cursor);
	bus_args_field_integer(&directory->args, "limit", PAGE);
	bus_args_send(&directory->args, directory->bus, on_page, directory);
}

static void on_one(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct errand *errand = context;

	(void)bus;
	if (bus_reply_type(reply) == BUS_ARRAY) {
		take(errand->directory, errand->kind, reply);
		tell(errand->directory, errand->kind, errand->id);
	}
	free(errand);
}

static struct errand *errand_create(struct directory *directory, enum directory_kind kind,
				    struct span id)
{
	struct errand *errand = memory_array(1, sizeof(*errand));

	errand->directory = directory;
	errand->kind = kind;
	snprintf(errand->id, sizeof(errand->id), "%.*s", (int)id.length, (const char *)id.at);
	return errand;
}

/* `<kind> <id>`, or nothing where something may have been missed. */
static void on_woken(const char *channel, struct span payload, void *context)
{
	struct directory *directory = context;
	const uint8_t *blank = payload.length ? memchr(payload.at, ' ', payload.length) : NULL;

	(void)channel;
	if (!bus_is_ready(directory->bus))
		return;
	if (!payload.length) {
		read_all(directory);
		return;
	}
	size_t length = blank ? (size_t)(blank - payload.at) : payload.length;
	enum directory_kind kind = directory_kind_of((struct span){payload.at, length});
	if (kind == DIRECTORY_KINDS || !blank || payload.length - length - 1 > DIRECTORY_ID_MAX)
		return;
	struct span id = {blank + 1, payload.length - length - 1};
	bus_args_call(&directory->args, "entity_get", KEY_ACD_TAG);
	bus_args_field_text(&directory->args, "kind", directory_kind_name(kind));
	bus_args_field(&directory->args, "id", id);
	bus_args_send(&directory->args, directory->bus, on_one, errand_create(directory, kind, id));
}

enum directory_verdict directory_verdict_of(const struct bus_reply *reply)
{
	static const struct {
		const char *word;
		enum directory_verdict verdict;
	} words[] = {
		{"ok", DIRECTORY_OK},		{"same", DIRECTORY_OK},
		{"missing", DIRECTORY_MISSING}, {"conflict", DIRECTORY_CONFLICT},
		{"taken", DIRECTORY_TAKEN},	{"full", DIRECTORY_FULL},
		{"last", DIRECTORY_LAST},	{"skills_full", DIRECTORY_SKILLS_FULL},
		{"leaving", DIRECTORY_LEAVING},
	};
	struct span said = bus_reply_span(bus_reply_at(reply, 0));

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_is(said, words[i].word))
			return words[i].verdict;
	}
	return DIRECTORY_UNAVAILABLE;
}

static void drop(struct directory *directory, enum directory_kind kind, const char *id)
{
	shelf_drop(&directory->shelves[kind], span_text(id));
	shelf_drop(&directory->fresh[kind], span_text(id));
}

static void on_changed(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct errand *errand = context;
	struct directory *directory = errand->directory;
	enum directory_verdict verdict = directory_verdict_of(reply);
	const struct directory_entity *entity = NULL;

	(void)bus;
	if (bus_reply_type(reply) == BUS_ERROR)
		log_event(LOG_ERROR, "directory_refused", "error=%.*s",
			  (int)bus_reply_span(reply).length,
			  (const char *)bus_reply_span(reply).at);
	if (verdict == DIRECTORY_OK) {
		if (errand->deletes)
			drop(directory, errand->kind, errand->id);
		else
			take(directory, errand->kind, bus_reply_at(reply, 1));
		entity = directory_find(directory, errand->kind, span_text(errand->id));
		tell(directory, errand->kind, errand->id);
	}
	if (errand->done)
		errand->done(verdict, entity, errand->context);
	free(errand);
}

static void send_change(struct errand *errand)
{
	struct directory *directory = errand->directory;

	if (directory->bus)
		bus_args_send(&directory->args, directory->bus, on_changed, errand);
	else
		on_changed(NULL, NULL, errand);
}

static void begin_change(struct directory *directory, const char *function,
			 const struct directory_change *change)
{
	struct bus_args *args = &directory->args;

	bus_args_call(args, function, KEY_ACD_TAG);
	bus_args_field_text(args, "kind", directory_kind_name(change->kind));
	bus_args_field_text(args, "id", change->id);
	bus_args_field_text(args, "by", change->by);
	bus_args_field_integer(args, "now", (int64_t)(ev_time() * 1000.));
	bus_args_field_text(args, "version", change->version);
}

void directory_put(struct directory *directory, const struct directory_change *change,
		   directory_done *done, void *context)
{
	struct errand *errand = errand_create(directory, change->kind, span_text(change->id));
	char name[FIELD_NAME_MAX];

	errand->done = done;
	errand->context = context;
	begin_change(directory, "entity_put", change);
	bus_args_field_text(&directory->args, "unique", change->unique);
	bus_args_field_text(&directory->args, "forget", change->forget ? "1" : "");
	for (size_t i = 0; i < change->count; i++) {
		snprintf(name, sizeof(name), "f:%s", change->fields[i].name);
		bus_args_field_text(&directory->args, name, change->fields[i].value);
	}
	send_change(errand);
}

void directory_delete(struct directory *directory, const struct directory_change *change,
		      directory_done *done, void *context)
{
	struct errand *errand = errand_create(directory, change->kind, span_text(change->id));

	errand->done = done;
	errand->context = context;
	errand->deletes = true;
	begin_change(directory, "entity_delete", change);
	send_change(errand);
}

void directory_stays(struct bus *bus, const char *user)
{
	struct bus_args args;
	char key[KEY_MAX];

	bus_args_init(&args);
	bus_args_text(&args, "SADD");
	bus_args_text(&args, key_users(key));
	bus_args_text(&args, user);
	bus_args_send(&args, bus, NULL, NULL);
	bus_args_call(&args, "user_stays", KEY_ACD_TAG);
	bus_args_field_text(&args, "id", user);
	bus_args_send(&args, bus, NULL, NULL);
	bus_args_finish(&args);
}

static void on_ready(void *context)
{
	read_all(context);
}

static void on_lost(const char *why, void *context)
{
	(void)context;
	log_event(LOG_WARN, "directory_lost", "why=%s", why);
}

struct directory *directory_create(struct ev_loop *loop, const struct bus_address *address)
{
	struct directory *directory = memory_array(1, sizeof(*directory));
	struct bus_events events = {on_ready, on_lost, directory};

	directory->bus = bus_create(loop, address, &events);
	bus_on_functions(directory->bus, functions_log_done);
	directory->reading = DIRECTORY_KINDS;
	bus_args_init(&directory->args);
	directory->ear = bus_ear_create(loop, address, on_woken, directory);
	bus_ear_subscribe(directory->ear, CHANNEL);
	return directory;
}

void directory_close(struct directory *directory)
{
	bus_ear_destroy(&directory->ear);
	bus_destroy(&directory->bus);
}

void directory_destroy(struct directory **pointer)
{
	struct directory *directory = *pointer;

	if (!directory)
		return;
	*pointer = NULL;
	directory_close(directory);
	forget_fresh(directory);
	for (unsigned i = 0; i < DIRECTORY_KINDS; i++)
		shelf_finish(&directory->shelves[i]);
	bus_args_finish(&directory->args);
	free(directory);
}

bool directory_is_open(const struct directory *directory)
{
	return directory->open;
}

void directory_seed(struct directory *directory, const struct settings *settings)
{
	directory->settings = settings;
}

const struct directory_entity *directory_find(const struct directory *directory,
					      enum directory_kind kind, struct span id)
{
	return shelf_find(&directory->shelves[kind], id);
}

struct span directory_name(const struct directory *directory, enum directory_kind kind,
			   struct span id)
{
	const struct directory_entity *entity = directory_find(directory, kind, id);
	const char *name = entity ? directory_text(entity, "name") : "";

	return *name ? span_text(name) : id;
}

size_t directory_count(const struct directory *directory, enum directory_kind kind)
{
	return directory->shelves[kind].count;
}

const struct directory_entity *directory_at(const struct directory *directory,
					    enum directory_kind kind, size_t number)
{
	return number < directory->shelves[kind].count ? directory->shelves[kind].entities[number]
						       : NULL;
}

void directory_observe(struct directory *directory, directory_changed *changed, void *context)
{
	if (directory->observers_count < DIRECTORY_OBSERVERS_MAX)
		directory->observers[directory->observers_count++] =
			(struct observer){changed, context};
}
