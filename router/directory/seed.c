#include "router/directory/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/bus/key.h"

#define BY "bindery.conf"

static const char *const evaluations[] = {
	[SETTINGS_EVALUATE_ALL] = "all",
	[SETTINGS_EVALUATE_BEST] = "best",
	[SETTINGS_EVALUATE_ANY] = "any",
};
static const char *const lasts[] = {
	[SETTINGS_LAST_ANY] = "any",
	[SETTINGS_LAST_MEMBERS] = "members",
	[SETTINGS_LAST_OFF] = "off",
};

static const char *const after_calls[] = {
	[SETTINGS_AFTER_MANDATORY] = "mandatory",	[SETTINGS_AFTER_OPTIONAL] = "optional",
	[SETTINGS_AFTER_TIMEOUT] = "timeout",		[SETTINGS_AFTER_FORCED] = "forced",
	[SETTINGS_AFTER_REQUESTED] = "agent_requested",
};

/* Whatever asks for it would find nobody, without a word. */
static void on_put(enum directory_verdict verdict, const struct directory_entity *entity,
		   void *context)
{
	char *id = context;

	(void)entity;
	if (verdict == DIRECTORY_SKILLS_FULL)
		log_event(LOG_WARN, "skill_refused", "skill=%s by=" BY " limit=%d", id,
			  DIRECTORY_SKILLS_MAX);
	free(id);
}

static void put(struct directory *directory, enum directory_kind kind, const char *id,
		const struct directory_field *fields, size_t count)
{
	char unique[KEY_MAX];
	struct directory_change change = {.kind = kind,
					  .id = id,
					  .by = BY,
					  .version = DIRECTORY_ANY,
					  .unique = key_unique(id, unique),
					  .fields = fields,
					  .count = count};

	directory_put(directory, &change, on_put, memory_text(id));
}

static void put_named(struct directory *directory, enum directory_kind kind, const char *name)
{
	char *id = memory_text(name);
	char source[] = "file";
	struct directory_field fields[] = {{"name", id}, {"source", source}};

	put(directory, kind, name, fields, 2);
	free(id);
}

/* What people may say they do from the start; those that were changed stay as they are. */
static void put_presences(struct directory *directory)
{
	static const char *const presences[] = {"Available", "Busy",	"Away",	   "Break",
						"Meal",	     "Meeting", "Training"};

	for (size_t i = 0; i < sizeof(presences) / sizeof(presences[0]); i++) {
		struct span id = {(const uint8_t *)presences[i], strlen(presences[i])};
		if (directory_find(directory, DIRECTORY_PRESENCE, id))
			continue;
		char *name = memory_text(presences[i]);
		struct directory_field fields[] = {{"name", name}, {"system", name}};
		put(directory, DIRECTORY_PRESENCE, presences[i], fields, 2);
		free(name);
	}
}

/* The codes' ids, a line each, to be freed. */
static char *lines_of(char *const *items, size_t count)
{
	return settings_join(items, count, '\n');
}

/* `timeout_s:skill,skill;timeout_s:…`, to be freed. */
static char *rings_of(const struct settings_queue *queue)
{
	size_t capacity = 1, length = 0;
	char *drops[SETTINGS_RINGS_MAX];

	for (size_t i = 0; i < queue->rings_count; i++) {
		const struct settings_ring *ring = &queue->rings[i];
		drops[i] = settings_join(ring->drops, ring->drops_count, ',');
		capacity += strlen(drops[i]) + 16;
	}
	char *text = memory_array(capacity, 1);
	for (size_t i = 0; i < queue->rings_count; i++) {
		length += (size_t)snprintf(text + length, capacity - length, "%s%u:%s",
					   i ? ";" : "", queue->rings[i].timeout_s, drops[i]);
		free(drops[i]);
	}
	return text;
}

static void put_queue(struct directory *directory, const struct settings_queue *queue)
{
	char timeout[16], after[16], inactivity[16];

	snprintf(timeout, sizeof(timeout), "%u", queue->alerting_timeout_s);
	snprintf(after, sizeof(after), "%u", queue->after_call_timeout_s);
	snprintf(inactivity, sizeof(inactivity), "%u", queue->inactivity_s);
	struct directory_field fields[] = {
		{"name", memory_text(queue->name)},
		{"source", memory_text("file")},
		{"alerting_timeout_s", memory_text(timeout)},
		{"evaluation", memory_text(evaluations[queue->evaluation])},
		{"last_agent", memory_text(lasts[queue->last_agent])},
		{"least_loaded", memory_text(queue->least_loaded ? "1" : "")},
		{"order", memory_text(queue->priority_first ? "priority_first" : "score")},
		{"members_only", memory_text(queue->members_only ? "1" : "")},
		{"auto_answer", memory_text(queue->auto_answer ? "1" : "")},
		{"resume_on_message", memory_text(queue->resume_on_message ? "1" : "0")},
		{"acw", memory_text(after_calls[queue->after_call_work])},
		{"acw_timeout_s", memory_text(after)},
		{"acw_holds_slot", memory_text(queue->after_call_holds_slot ? "1" : "")},
		{"inactivity_s", memory_text(inactivity)},
		{"rings", rings_of(queue)},
		{"wrapups", lines_of(queue->wrap_up_codes, queue->wrap_up_codes_count)},
	};
	size_t count = sizeof(fields) / sizeof(fields[0]);

	put(directory, DIRECTORY_QUEUE, queue->name, fields, count);
	for (size_t i = 0; i < count; i++)
		free(fields[i].value);
}

/* What is set up for it beside the file, where its conversations go, stays. */
static void put_number(struct directory *directory, const struct settings_number *number)
{
	char source[] = "file";
	struct directory_field fields[] = {
		{"name", number->address}, {"source", source}, {"file_queue", number->queue}};

	put(directory, DIRECTORY_RECIPIENT, number->address, fields, 3);
}

void seed_file(struct directory *directory, const struct settings *settings)
{
	put_presences(directory);
	for (size_t i = 0; i < settings->queues_count; i++) {
		const struct settings_queue *queue = &settings->queues[i];
		for (size_t j = 0; j < queue->wrap_up_codes_count; j++)
			put_named(directory, DIRECTORY_WRAPUP, queue->wrap_up_codes[j]);
		for (size_t j = 0; j < queue->rings_count; j++) {
			for (size_t k = 0; k < queue->rings[j].drops_count; k++)
				put_named(directory, DIRECTORY_SKILL, queue->rings[j].drops[k]);
		}
		put_queue(directory, queue);
	}
	for (size_t i = 0; i < settings->numbers_count; i++) {
		for (size_t j = 0; j < settings->numbers[i].skills_count; j++)
			put_named(directory, DIRECTORY_SKILL, settings->numbers[i].skills[j]);
		put_number(directory, &settings->numbers[i]);
	}
}

struct subject {
	struct directory *directory;
	char *id;
};

static struct subject *subject_create(struct directory *directory, struct span id)
{
	struct subject *subject = memory_array(1, sizeof(*subject));

	subject->directory = directory;
	subject->id = memory_copy(id.at, id.length);
	return subject;
}

static void on_newcomer(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct subject *subject = context;
	struct span roles = bus_reply_span(bus_reply_at(reply, 0));
	struct span capacity = bus_reply_span(bus_reply_at(reply, 1));
	struct span changed = bus_reply_span(bus_reply_at(reply, 2));
	char unique[KEY_MAX];
	char state[] = "active";

	(void)bus;
	if (roles.length) {
		struct directory_field fields[] = {
			{"name", subject->id},
			{"login", subject->id},
			{"state", state},
			{"roles", memory_copy(roles.at, roles.length)},
			{"capacity", memory_copy(capacity.at, capacity.length)},
			{"secret_changed_ms", memory_copy(changed.at, changed.length)},
		};
		struct directory_change change = {.kind = DIRECTORY_USER,
						  .id = subject->id,
						  .by = "command line",
						  .version = DIRECTORY_NEW,
						  .unique = key_unique(subject->id, unique),
						  .fields = fields,
						  .count = 6};
		directory_put(subject->directory, &change, NULL, NULL);
		for (size_t i = 3; i < change.count; i++)
			free(fields[i].value);
	}
	free(subject->id);
	free(subject);
}

static void on_kept(struct bus *bus, const struct bus_reply *reply, void *context)
{
	char *id = context;

	if (bus_reply_span(bus_reply_at(reply, 1)).length &&
	    bus_reply_type(bus_reply_at(reply, 0)) != BUS_NIL)
		directory_stays(bus, id);
	free(id);
}

/* Whose deletion broke off before it took anything away can still sign in. A password alone is no
 * user: it was set while the rest was taken away. */
static void look_at_leaving(const struct directory *directory, struct bus *bus)
{
	struct bus_args args;
	char key[KEY_MAX];

	bus_args_init(&args);
	for (size_t i = 0; i < directory_count(directory, DIRECTORY_USER); i++) {
		const struct directory_entity *user = directory_at(directory, DIRECTORY_USER, i);
		if (!*directory_text(user, "leaving"))
			continue;
		bus_args_text(&args, "HMGET");
		bus_args_text(&args, key_user(user->id, key));
		bus_args_text(&args, "roles");
		bus_args_text(&args, "password");
		bus_args_send(&args, bus, on_kept, memory_text(user->id));
	}
	bus_args_finish(&args);
}

static void put_secret(struct directory *directory, const struct directory_entity *user, bool kept)
{
	char unique[KEY_MAX], version[24], since[24] = "";

	if (kept)
		snprintf(since, sizeof(since), "%llu", (unsigned long long)user->created_ms);
	snprintf(version, sizeof(version), "%llu", (unsigned long long)user->version);
	struct directory_field field = {(char[]){"secret_changed_ms"}, since};
	struct directory_change change = {.kind = DIRECTORY_USER,
					  .id = user->id,
					  .by = "router",
					  .version = version,
					  .unique = key_unique(user->id, unique),
					  .fields = &field,
					  .count = 1};
	directory_put(directory, &change, NULL, NULL);
}

/* Who has a password can sign in, and is to be known as one who can: the two are kept one after the
 * other, and a router may end in between. */
static void on_secret(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct subject *subject = context;
	const struct directory_entity *user =
		directory_find(subject->directory, DIRECTORY_USER, span_text(subject->id));
	bool kept = bus_reply_integer(reply) == 1;

	(void)bus;
	if (bus_reply_type(reply) == BUS_INTEGER && user &&
	    kept != (*directory_text(user, "secret_changed_ms") != '\0'))
		put_secret(subject->directory, user, kept);
	free(subject->id);
	free(subject);
}

static void look_at_secrets(struct directory *directory, struct bus *bus)
{
	struct bus_args args;
	char key[KEY_MAX];

	bus_args_init(&args);
	for (size_t i = 0; i < directory_count(directory, DIRECTORY_USER); i++) {
		const struct directory_entity *user = directory_at(directory, DIRECTORY_USER, i);
		if (*directory_text(user, "leaving"))
			continue;
		bus_args_text(&args, "HEXISTS");
		bus_args_text(&args, key_user(user->id, key));
		bus_args_text(&args, "password");
		bus_args_send(&args, bus, on_secret,
			      subject_create(directory, span_text(user->id)));
	}
	bus_args_finish(&args);
}

static void on_users(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct directory *directory = context;
	struct bus_args args;
	char key[KEY_MAX];

	bus_args_init(&args);
	for (size_t i = 0; i < bus_reply_count(reply); i++) {
		struct span id = bus_reply_span(bus_reply_at(reply, i));
		if (directory_find(directory, DIRECTORY_USER, id) || id.length > DIRECTORY_ID_MAX)
			continue;
		struct subject *subject = subject_create(directory, id);
		bus_args_text(&args, "HMGET");
		bus_args_text(&args, key_user(subject->id, key));
		bus_args_text(&args, "roles");
		bus_args_text(&args, "capacity");
		bus_args_text(&args, "changed_ms");
		bus_args_send(&args, bus, on_newcomer, subject);
	}
	bus_args_finish(&args);
}

void seed_users(struct directory *directory, struct bus *bus)
{
	char key[KEY_MAX];
	struct span words[2] = {{(const uint8_t *)"SMEMBERS", 8}, {NULL, 0}};

	look_at_leaving(directory, bus);
	look_at_secrets(directory, bus);
	key_users(key);
	words[1] = span_text(key);
	bus_send(bus, words, 2, on_users, directory);
}
