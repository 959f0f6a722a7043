/*
 * What programmes and numbers have of their own (functions/rules.lua): shown, written as a draft,
 * and put in force. Who wrote the draft is the session's user, and who puts it in force another
 * where it narrows what is an opt-out; which of both is so is decided here, of the very versions
 * that the function then holds against what there is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/door/compliance_internal.h"
#include "router/door/session.h"

#define VERSIONS_SHOWN 25
#define ERRORS_MAX 4096 /* octets of all that is wrong with a draft */

static const struct {
	const char *key, *name;
	size_t offset;
} answers[] = {
	{"stop_text", "stopText", offsetof(struct settings_programme, stop_text)},
	{"help_text", "helpText", offsetof(struct settings_programme, help_text)},
	{"start_text", "startText", offsetof(struct settings_programme, start_text)},
};

static const struct {
	const char *key, *name;
} lists[] = {{"opt_out", "optOut"}, {"help", "help"}, {"opt_in", "optIn"}};

/* Whose rules they are. */

bool comply_owner(const struct comply *comply, const char *text, struct comply_owner *owner)
{
	const struct settings *settings = comply_settings(comply);

	if (!suppression_read_scope(settings, text, owner->scope, sizeof(owner->scope)))
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
static bool path_owner(const struct comply *comply, struct comply_owner *owner)
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
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		writer_text(writer, answers[i].name,
			    *(char *const *)((const char *)programme + answers[i].offset));
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
		if (name.length == strlen(owner) && memcmp(name.at, owner, name.length) == 0)
			return row;
	}
	return NULL;
}

static void put_owner(struct writer *writer, const char *owner, const struct bus_reply *row)
{
	writer_begin_object(writer, NULL);
	comply_put_scope(writer, "id", span_text(owner));
	put_version(writer, "active", bus_reply_at(row, 3), false);
	put_version(writer, "draft", bus_reply_at(row, 4), false);
	writer_end_object(writer);
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

static void on_owners(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct comply *comply = context;
	const struct settings *settings = comply_settings(comply);
	struct writer writer;
	char owner[SUPPRESSION_SCOPE_MAX];

	(void)bus;
	if (!comply_answered(comply, reply)) {
		free(comply);
		return;
	}
	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	put_base(comply, &writer, false);
	writer_begin_array(&writer, "entities");
	for (size_t i = 0; i < settings->programmes_count; i++) {
		snprintf(owner, sizeof(owner), "p:%s", settings->programmes[i].name);
		put_owner(&writer, owner, row_of(reply, owner));
	}
	for (size_t i = 0; i < bus_reply_count(reply); i++) {
		const struct bus_reply *row = bus_reply_at(reply, i);
		snprintf(owner, sizeof(owner), "%s",
			 (const char *)bus_reply_span(bus_reply_at(row, 0)).at);
		if (strncmp(owner, "n:", 2) == 0)
			put_owner(&writer, owner, row);
	}
	writer_end_array(&writer);
	writer_end_object(&writer);
	body_answer(comply->request, 200, &writer);
	free(comply);
}

void comply_rule_sets(struct comply *comply)
{
	struct bus_args args;

	bus_args_init(&args);
	bus_args_call(&args, "rules_owners", key_tag(0, comply->tag));
	comply_send(comply, &args, on_owners, comply_keep(comply, sizeof(*comply)));
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
	unsigned long version, revision; /* that is to be decided of */
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

static void ask_history(struct looking *looking, const char *before, size_t limit, bus_done *done)
{
	struct bus_args args;
	char tag[KEY_MAX];

	bus_args_init(&args);
	bus_args_call(&args, "rules_history", key_tag(0, tag));
	bus_args_field_text(&args, "owner", looking->owner.scope);
	bus_args_field_text(&args, "before", before);
	bus_args_field_integer(&args, "limit", (int64_t)limit);
	comply_send(&looking->comply, &args, done, looking);
	bus_args_finish(&args);
}

static struct looking *looking_create(const struct comply *comply, const struct comply_owner *owner)
{
	struct looking *looking = comply_keep(comply, sizeof(*looking));

	looking->owner = *owner;
	return looking;
}

void comply_rule_set(struct comply *comply)
{
	struct comply_owner owner;
	size_t before = 0;
	char text[24] = "";

	if (!path_owner(comply, &owner) ||
	    !body_query_number(comply->request, "before", 1, 1000000000, &before))
		return;
	if (before)
		snprintf(text, sizeof(text), "%zu", before);
	ask_history(looking_create(comply, &owner), text, VERSIONS_SHOWN, on_history);
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

	if (!path_owner(comply, &owner))
		return;
	snprintf(version, sizeof(version), "%.*s", (int)value.length, (const char *)value.at);
	comply_ask_version(comply, &owner, version, on_version,
			   comply_keep(comply, sizeof(*comply)));
}

/* A draft. */

/* All that is wrong, a sentence each. */
struct errors {
	char text[ERRORS_MAX];
	size_t length;
};

static void on_error(const char *line, void *context)
{
	struct errors *errors = context;
	size_t room = sizeof(errors->text) - errors->length;

	if (strlen(line) + 3 > room)
		return;
	errors->length += (size_t)snprintf(errors->text + errors->length, room, "%s%s",
					   errors->length ? "; " : "", line);
}

static int put_member(struct ruleset *set, const char *language, const char *key,
		      const json_t *value, struct rules_fault *fault)
{
	if (!value || json_is_null(value))
		return 0;
	if (!json_is_string(value)) {
		snprintf(fault->message, sizeof(fault->message), "%s%s%s: allowed is a text",
			 language, *language ? "." : "", key);
		return -1;
	}
	struct span text = {(const uint8_t *)json_string_value(value), json_string_length(value)};
	if (text.length && memchr(text.at, '\0', text.length)) {
		snprintf(fault->message, sizeof(fault->message), "%s%s%s: has a NUL, allowed none",
			 language, *language ? "." : "", key);
		return -1;
	}
	return ruleset_put(set, language, key, text, fault);
}

static int put_language(struct ruleset *set, const json_t *root, struct rules_fault *fault)
{
	const char *language = json_string_value(json_object_get(root, "language"));
	int error = 0;

	if (!language || !*language) {
		snprintf(fault->message, sizeof(fault->message),
			 "language: allowed are two small letters, such as fr");
		return -1;
	}
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers) && !error; i++)
		error = put_member(set, language, answers[i].key,
				   json_object_get(root, answers[i].name), fault);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists) && !error; i++) {
		const json_t *words = json_object_get(root, lists[i].name), *word;
		size_t j;
		if (words && !json_is_array(words)) {
			snprintf(fault->message, sizeof(fault->message),
				 "%.8s.%s: allowed is a list of words", language, lists[i].key);
			return -1;
		}
		json_array_foreach(words, j, word)
		{
			if (!error)
				error = put_member(set, language, lists[i].key,
						   json_is_null(word) ? json_true() : word, fault);
		}
	}
	return error;
}

struct ruleset *comply_read_set(const struct comply *comply, const json_t *root,
				const struct comply_owner *owner)
{
	const json_t *languages = json_object_get(root, "languages"), *language;
	struct ruleset *set = ruleset_create();
	struct rules_fault fault = {"set: allowed is an object with languages"};
	struct errors errors = {.length = 0};
	int error = json_is_object(root) && (!languages || json_is_array(languages)) ? 0 : -1;
	size_t i;

	for (size_t j = 0; j < sizeof(answers) / sizeof(*answers) && !error; j++)
		error = put_member(set, "", answers[j].key, json_object_get(root, answers[j].name),
				   &fault);
	json_array_foreach(languages, i, language)
	{
		if (!error)
			error = put_language(set, language, &fault);
	}
	if (error)
		on_error(fault.message, &errors);
	else
		(void)keywords_check_one(&set->own, owner->scope + 2, on_error, &errors);
	if (errors.length == 0)
		return set;
	http_error(comply->request, 400, "bad.rules", errors.text, NULL);
	ruleset_destroy(&set);
	return NULL;
}

static void refuse_changed(const struct comply *comply, const struct bus_reply *reply)
{
	struct span by = bus_reply_span(bus_reply_at(reply, 3));
	char why[192];

	snprintf(why, sizeof(why), "The draft was changed meanwhile%s%.*s; look at it again.",
		 by.length ? " by " : "", (int)by.length, by.length ? (const char *)by.at : "");
	http_error(comply->request, 409, "draft.changed", why, NULL);
}

/* {'ok', …} and what stands in the way of a draft or its activation. */
static void on_done(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct looking *looking = context;
	const struct comply *comply = &looking->comply;
	struct writer writer;

	(void)bus;
	if (!comply_answered(comply, reply)) {
		free(looking);
		return;
	}
	if (comply_said(reply, "ok")) {
		writer_init(&writer);
		writer_begin_object(&writer, NULL);
		comply_put_scope(&writer, "id", span_text(looking->owner.scope));
		writer_integer(&writer, "version",
			       looking->version
				       ? looking->version
				       : (uint64_t)bus_reply_integer(bus_reply_at(reply, 1)));
		writer_integer(&writer, "revision",
			       looking->version
				       ? looking->revision
				       : (uint64_t)bus_reply_integer(bus_reply_at(reply, 2)));
		writer_end_object(&writer);
		body_answer(comply->request, 200, &writer);
	} else if (comply_said(reply, "own")) {
		http_error(comply->request, 409, "own.request",
			   "It takes opt-outs away or adds opt-ins: somebody who has not written "
			   "it puts it in force.",
			   NULL);
	} else if (comply_said(reply, "base")) {
		http_error(comply->request, 409, "draft.changed",
			   "Another version came into force meanwhile; look at it again.", NULL);
	} else if (comply_said(reply, "missing")) {
		http_error(comply->request, 404, "not.found", "There is no such draft.", NULL);
	} else if (comply_said(reply, "full")) {
		http_error(comply->request, 409, "too.many",
			   "There are too many rule sets, allowed are 100000.", NULL);
	} else {
		refuse_changed(comply, reply);
	}
	free(looking);
}

static void save(struct comply *comply, const json_t *root, const struct comply_owner *owner)
{
	const json_t *revision = json_object_get(root, "revision");
	char why[COMPLY_TEXT_MAX + 1], tag[KEY_MAX];
	struct bus_args args;

	if (revision && (!json_is_integer(revision) || json_integer_value(revision) < 0)) {
		body_refuse(comply->request, "revision must be that of the draft that was read, "
					     "0 where there was none.");
		return;
	}
	if (!comply_is_person(comply) || !comply_text(comply, root, "reason", why))
		return;
	struct ruleset *set = comply_read_set(comply, json_object_get(root, "set"), owner);
	if (!set)
		return;
	char *text = ruleset_write(&set->own);
	bus_args_init(&args);
	bus_args_call(&args, "rules_draft", key_tag(0, tag));
	bus_args_field_text(&args, "owner", owner->scope);
	bus_args_field_text(&args, "text", text);
	bus_args_field_text(&args, "why", why);
	bus_args_field_text(&args, "by", comply->who);
	bus_args_field_integer(&args, "now", (int64_t)session_now_ms());
	bus_args_field_integer(&args, "revision", json_integer_value(revision));
	comply_send(comply, &args, on_done, looking_create(comply, owner));
	bus_args_finish(&args);
	free(text);
	ruleset_destroy(&set);
}

void comply_draft(struct comply *comply)
{
	struct comply_owner owner;
	json_t *root = path_owner(comply, &owner) ? body_read(comply->request) : NULL;

	if (root)
		save(comply, root, &owner);
	json_decref(root);
}

/* In force, or none any more. */

static void decide(struct looking *looking, const char *function, bool narrows, const char *base,
		   struct span text)
{
	const struct comply *comply = &looking->comply;
	char tag[KEY_MAX], hash[SESSION_HASH_MAX];
	struct bus_args args;

	session_hash(text, hash);
	bus_args_init(&args);
	bus_args_call(&args, function, key_tag(0, tag));
	bus_args_field_text(&args, "owner", looking->owner.scope);
	bus_args_field_integer(&args, "version", (int64_t)looking->version);
	bus_args_field_integer(&args, "revision", (int64_t)looking->revision);
	bus_args_field_text(&args, "by", comply->who);
	bus_args_field_integer(&args, "now", (int64_t)session_now_ms());
	bus_args_field_text(&args, "base", base);
	bus_args_field_text(&args, "narrows", narrows ? "1" : "");
	bus_args_field_text(&args, "file", hash);
	comply_send(comply, &args, on_done, looking);
	bus_args_finish(&args);
}

static void on_both(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct looking *looking = context;
	const struct comply *comply = &looking->comply;
	struct span now = bus_reply_span(bus_reply_at(bus_reply_at(reply, 2), COMPLY_VERSION_TEXT));
	struct span next =
		bus_reply_span(bus_reply_at(bus_reply_at(reply, 3), COMPLY_VERSION_TEXT));
	struct ruleset *before = NULL, *after = NULL;
	struct rules_fault fault;
	char base[24];

	(void)bus;
	if (!comply_answered(comply, reply)) {
		free(looking);
		return;
	}
	snprintf(base, sizeof(base), "%u", (unsigned)bus_reply_integer(bus_reply_at(reply, 0)));
	bool unread = ruleset_read(next, &after, &fault) != 0 ||
		      (*base != '0' && ruleset_read(now, &before, &fault) != 0);
	const struct settings_programme *file =
		*looking->owner.number ? NULL : looking->owner.programme;
	bool narrows = unread || ruleset_narrows(before ? &before->own : file, &after->own);
	decide(looking, "rules_activate", narrows, base, next);
	ruleset_destroy(&before);
	ruleset_destroy(&after);
}

static void decide_draft(struct comply *comply, const json_t *root,
			 const struct comply_owner *owner)
{
	const json_t *version = json_object_get(root, "version");
	const json_t *revision = json_object_get(root, "revision");
	char word[16];

	if (!body_text(root, "decision", word, sizeof(word) - 1) ||
	    (strcmp(word, "activate") != 0 && strcmp(word, "discard") != 0)) {
		body_refuse(comply->request, "decision must be activate or discard.");
		return;
	}
	if (!json_is_integer(version) || !json_is_integer(revision) ||
	    json_integer_value(version) < 1 || json_integer_value(revision) < 1) {
		body_refuse(comply->request,
			    "version and revision must be those of the draft that was read.");
		return;
	}
	if (!comply_is_person(comply))
		return;
	struct looking *looking = looking_create(comply, owner);
	looking->version = (unsigned long)json_integer_value(version);
	looking->revision = (unsigned long)json_integer_value(revision);
	if (strcmp(word, "activate") == 0)
		ask_history(looking, "", 1, on_both);
	else
		decide(looking, "rules_discard", false, "", (struct span){NULL, 0});
}

void comply_decide_rules(struct comply *comply)
{
	struct comply_owner owner;
	json_t *root = path_owner(comply, &owner) ? body_read(comply->request) : NULL;

	if (root)
		decide_draft(comply, root, &owner);
	json_decref(root);
}
