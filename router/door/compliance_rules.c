/* What programmes and numbers have of their own (functions/rules.lua), and which version of it is
 * in force, shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/door/compliance_internal.h"
#include "router/door/pile.h"
#include "router/door/session.h"

#define VERSIONS_SHOWN 25

const struct comply_answer comply_answers[COMPLY_ANSWERS] = {
	{"stop_text", "stopText", offsetof(struct settings_programme, stop_text)},
	{"help_text", "helpText", offsetof(struct settings_programme, help_text)},
	{"start_text", "startText", offsetof(struct settings_programme, start_text)},
};

/* Whose rules they are. */

bool comply_owner(const struct comply *comply, const char *text, struct comply_owner *owner)
{
	const struct settings *settings = comply_settings(comply);

	if (!suppression_read_scope(settings, text, owner->scope))
		return false;
	if (strncmp(owner->scope, "p:", 2) == 0) {
		owner->number = "";
		owner->programme = settings_programme(settings, owner->scope + 2);
		return owner->programme != NULL;
	}
	const struct settings_number *number = strncmp(owner->scope, "n:", 2) == 0
						       ? settings_number(settings, owner->scope + 2)
						       : NULL;
	if (!number)
		return false;
	owner->number = number->address;
	owner->programme = settings_programme(settings, number->programme);
	return true;
}

/* That of the path. False once the request was answered. */
bool comply_path_owner(const struct comply *comply, struct comply_owner *owner)
{
	struct span value = route_parameter(comply->route, comply->request->path, 0);
	char text[SUPPRESSION_SCOPE_MAX];

	snprintf(text, sizeof(text), "%.*s", (int)value.length,
		 value.length ? (const char *)value.at : "");
	if (comply_owner(comply, text, owner))
		return true;
	http_error(comply->request, 404, "not.found",
		   "There is no such rule set: programme:NAME or number:NUMBER of those that are "
		   "configured.",
		   NULL);
	return false;
}

/* Sets as JSON. */

static void put_words(struct writer *writer, const char *key, char *const *words, size_t count)
{
	writer_begin_array(writer, key);
	for (size_t i = 0; i < count; i++)
		writer_text(writer, NULL, words[i]);
	writer_end_array(writer);
}

static void put_set(struct writer *writer, const char *key,
		    const struct settings_programme *programme)
{
	writer_begin_object(writer, key);
	for (size_t i = 0; i < COMPLY_ANSWERS; i++)
		writer_text(writer, comply_answers[i].name,
			    *(char *const *)((const char *)programme + comply_answers[i].offset));
	writer_begin_array(writer, "languages");
	for (size_t i = 0; i < programme->languages_count; i++) {
		const struct settings_language *one = &programme->languages[i];
		writer_begin_object(writer, NULL);
		writer_text(writer, "language", one->language);
		writer_text(writer, "stopText", one->stop_text);
		writer_text(writer, "helpText", one->help_text);
		writer_text(writer, "startText", one->start_text);
		put_words(writer, "optOut", one->opt_out, one->opt_out_count);
		put_words(writer, "help", one->help, one->help_count);
		put_words(writer, "optIn", one->opt_in, one->opt_in_count);
		writer_end_object(writer);
	}
	writer_end_array(writer);
	writer_end_object(writer);
}

static uint64_t number_at(const struct bus_reply *row, enum comply_version field)
{
	return (uint64_t)bus_reply_integer(bus_reply_at(row, field));
}

/* `|kim|lee|` */
static void put_editors(struct writer *writer, struct span editors)
{
	writer_begin_array(writer, "editors");
	for (size_t from = 1; from < editors.length;) {
		const uint8_t *end = memchr(editors.at + from, '|', editors.length - from);
		size_t length = (end ? (size_t)(end - editors.at) : editors.length) - from;
		writer_string(writer, NULL, (struct span){editors.at + from, length});
		from += length + 1;
	}
	writer_end_array(writer);
}

static void put_version(struct writer *writer, const char *key, const struct bus_reply *row,
			bool whole)
{
	struct ruleset *set = NULL;
	struct rules_fault fault;

	if (bus_reply_count(row) <= COMPLY_VERSION_TEXT ||
	    bus_reply_span(bus_reply_at(row, COMPLY_VERSION_STATE)).length == 0) {
		if (key)
			writer_null(writer, key);
		return;
	}
	writer_begin_object(writer, key);
	writer_integer(writer, "version", number_at(row, COMPLY_VERSION_NUMBER));
	comply_put_span(writer, "state", bus_reply_at(row, COMPLY_VERSION_STATE));
	comply_put_span(writer, "by", bus_reply_at(row, COMPLY_VERSION_BY));
	body_put_time(writer, "date", number_at(row, COMPLY_VERSION_AT));
	comply_put_span(writer, "reason", bus_reply_at(row, COMPLY_VERSION_WHY));
	comply_put_span(writer, "approvedBy", bus_reply_at(row, COMPLY_VERSION_APPROVED));
	body_put_time(writer, "dateActivated", number_at(row, COMPLY_VERSION_ACTIVATED));
	body_put_time(writer, "dateEnded", number_at(row, COMPLY_VERSION_ENDED));
	writer_integer(writer, "revision", number_at(row, COMPLY_VERSION_REVISION));
	put_editors(writer, bus_reply_span(bus_reply_at(row, COMPLY_VERSION_EDITORS)));
	if (whole &&
	    ruleset_read(bus_reply_span(bus_reply_at(row, COMPLY_VERSION_TEXT)), &set, &fault) == 0)
		put_set(writer, "set", &set->own);
	ruleset_destroy(&set);
	writer_end_object(writer);
}

/* The list. */

static const struct bus_reply *row_of(const struct bus_reply *reply, const char *owner)
{
	for (size_t i = 0; i < bus_reply_count(reply); i++) {
		const struct bus_reply *row = bus_reply_at(reply, i);
		struct span name = bus_reply_span(bus_reply_at(row, 0));
		if (span_is(name, owner))
			return row;
	}
	return NULL;
}

static void add_owner(struct pile *pile, const char *owner, const struct bus_reply *row)
{
	struct writer writer;

	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	comply_put_scope(&writer, "id", span_text(owner));
	put_version(&writer, "active", bus_reply_at(row, 3), false);
	put_version(&writer, "draft", bus_reply_at(row, 4), false);
	writer_end_object(&writer);
	pile_add(pile, &(struct pile_row){.json = writer_take(&writer)});
}

static void put_base(const struct comply *comply, struct writer *writer, bool texts)
{
	const struct keywords_reader *reader = comply_reader(comply, (struct span){NULL, 0});
	size_t count;
	const struct rules_source *sources = rules_builtin(&count);

	writer_begin_object(writer, "base");
	writer_text(writer, "version", reader->version);
	writer_text(writer, "mark", reader->mark);
	writer_begin_array(writer, "languages");
	for (size_t i = 0; i < count; i++) {
		writer_begin_object(writer, NULL);
		writer_string(writer, "language",
			      (struct span){(const uint8_t *)sources[i].name, 2});
		if (texts)
			writer_string(writer, "text", sources[i].text);
		writer_end_object(writer);
	}
	writer_end_array(writer);
	writer_end_object(writer);
}

struct owners {
	struct comply comply;
	struct pile pile;
};

static void on_owners(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct owners *owners = context;
	struct comply *comply = &owners->comply;
	const struct settings *settings = comply_settings(comply);
	struct writer writer;
	char owner[SUPPRESSION_SCOPE_MAX];

	(void)bus;
	if (!comply_answered(comply, reply)) {
		free(owners);
		return;
	}
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	put_base(comply, &writer, false);
	for (size_t i = 0; i < settings->programmes_count; i++) {
		snprintf(owner, sizeof(owner), "p:%s", settings->programmes[i].name);
		add_owner(&owners->pile, owner, row_of(reply, owner));
	}
	for (size_t i = 0; i < bus_reply_count(reply); i++) {
		const struct bus_reply *row = bus_reply_at(reply, i);
		snprintf(owner, sizeof(owner), "%s",
			 (const char *)bus_reply_span(bus_reply_at(row, 0)).at);
		if (strncmp(owner, "n:", 2) == 0)
			add_owner(&owners->pile, owner, row);
	}
	pile_write(&owners->pile, &writer);
	writer_end_object(&writer);
	body_answer(comply->request, 200, &writer);
	free(owners);
}

void comply_rule_sets(struct comply *comply)
{
	struct bus_args args;
	struct pile pile;

	if (!pile_begin(&pile, comply->request, false))
		return;
	struct owners *owners = comply_keep(comply, sizeof(*owners));
	owners->pile = pile;
	bus_args_init(&args);
	bus_args_call(&args, "rules_owners", key_tag(0, comply->tag));
	comply_send(comply, &args, on_owners, owners);
	bus_args_finish(&args);
}

void comply_base_rules(struct comply *comply)
{
	struct writer writer;

	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	put_base(comply, &writer, true);
	writer_end_object(&writer);
	body_answer(comply->request, 200, &writer);
}

/* One of them. */

struct looking {
	struct comply comply;
	struct comply_owner owner;
};

static void on_history(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct looking *looking = context;
	const struct comply *comply = &looking->comply;
	struct writer writer;

	(void)bus;
	if (!comply_answered(comply, reply)) {
		free(looking);
		return;
	}
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	comply_put_scope(&writer, "id", span_text(looking->owner.scope));
	put_version(&writer, "active", bus_reply_at(reply, 2), true);
	put_version(&writer, "draft", bus_reply_at(reply, 3), true);
	if (looking->owner.programme)
		put_set(&writer, "file", looking->owner.programme);
	else
		writer_null(&writer, "file");
	writer_text(&writer, "ruleSet",
		    keywords_of(comply_place(comply)->links.keywords, looking->owner.number,
				looking->owner.programme)
			    ->version);
	writer_begin_array(&writer, "versions");
	for (size_t i = 4; i < bus_reply_count(reply); i++)
		put_version(&writer, NULL, bus_reply_at(reply, i), false);
	writer_end_array(&writer);
	writer_end_object(&writer);
	body_answer(comply->request, 200, &writer);
	free(looking);
}

void comply_ask_history(const struct comply *comply, const struct comply_owner *owner,
			const char *before, bus_done *done, void *context)
{
	struct bus_args args;
	char tag[KEY_MAX];

	bus_args_init(&args);
	bus_args_call(&args, "rules_history", key_tag(0, tag));
	bus_args_field_text(&args, "owner", owner->scope);
	bus_args_field_text(&args, "before", before);
	bus_args_field_integer(&args, "limit", VERSIONS_SHOWN);
	comply_send(comply, &args, done, context);
	bus_args_finish(&args);
}

void comply_rule_set(struct comply *comply)
{
	struct comply_owner owner;
	size_t before = 0;
	char text[24] = "";

	if (!comply_path_owner(comply, &owner) ||
	    !body_query_number(comply->request, "before", 1, 1000000000, &before))
		return;
	if (before)
		snprintf(text, sizeof(text), "%zu", before);
	struct looking *looking = comply_keep(comply, sizeof(*looking));
	looking->owner = owner;
	comply_ask_history(comply, &owner, text, on_history, looking);
}

static void on_version(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct comply *comply = context;
	struct writer writer;

	(void)bus;
	if (!comply_answered(comply, reply)) {
		free(comply);
		return;
	}
	if (bus_reply_count(reply) == 0) {
		http_error(comply->request, 404, "not.found", "There is no such version.", NULL);
		free(comply);
		return;
	}
	writer_init(&writer);
	put_version(&writer, NULL, reply, true);
	body_answer(comply->request, 200, &writer);
	free(comply);
}

void comply_ask_version(const struct comply *comply, const struct comply_owner *owner,
			const char *version, bus_done *done, void *context)
{
	struct bus_args args;
	char tag[KEY_MAX];

	bus_args_init(&args);
	bus_args_call(&args, "rules_version", key_tag(0, tag));
	bus_args_field_text(&args, "owner", owner->scope);
	bus_args_field_text(&args, "version", version);
	comply_send(comply, &args, done, context);
	bus_args_finish(&args);
}

void comply_rule_set_version(struct comply *comply)
{
	struct span value = route_parameter(comply->route, comply->request->path, 1);
	struct comply_owner owner;
	char version[24];

	if (!comply_path_owner(comply, &owner))
		return;
	snprintf(version, sizeof(version), "%.*s", (int)value.length, (const char *)value.at);
	comply_ask_version(comply, &owner, version, on_version,
			   comply_keep(comply, sizeof(*comply)));
}
