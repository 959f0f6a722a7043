/*
 * Keywords and answers being written (functions/rules.lua), and put in force. Who wrote the draft
 * is the session's user, and who puts it in force another where it narrows what is an opt-out;
 * whether it does is decided here, of the very versions that the function then holds against what
 * there is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/door/compliance_internal.h"
#include "router/door/session.h"

#define ERRORS_MAX 4096 /* octets of all that is wrong with a draft */

static const struct {
	const char *key, *name;
} lists[] = {{"opt_out", "optOut"}, {"help", "help"}, {"opt_in", "optIn"}};

struct drafting {
	struct comply comply;
	struct comply_owner owner;
	unsigned long version, revision; /* that is decided of; 0 while it is written */
};

static struct drafting *drafting_create(const struct comply *comply,
					const struct comply_owner *owner)
{
	struct drafting *drafting = comply_keep(comply, sizeof(*drafting));

	drafting->owner = *owner;
	return drafting;
}

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
	for (size_t i = 0; i < COMPLY_ANSWERS && !error; i++)
		error = put_member(set, language, comply_answers[i].key,
				   json_object_get(root, comply_answers[i].name), fault);
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

	for (size_t j = 0; j < COMPLY_ANSWERS && !error; j++)
		error = put_member(set, "", comply_answers[j].key,
				   json_object_get(root, comply_answers[j].name), &fault);
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
	struct drafting *drafting = context;
	const struct comply *comply = &drafting->comply;
	struct writer writer;

	(void)bus;
	if (!comply_answered(comply, reply)) {
		free(drafting);
		return;
	}
	if (comply_said(reply, "ok")) {
		writer_init(&writer);
		writer_begin_object(&writer, NULL);
		comply_put_scope(&writer, "id", span_text(drafting->owner.scope));
		writer_integer(&writer, "version",
			       drafting->version
				       ? drafting->version
				       : (uint64_t)bus_reply_integer(bus_reply_at(reply, 1)));
		writer_integer(&writer, "revision",
			       drafting->version
				       ? drafting->revision
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
	free(drafting);
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
	comply_send(comply, &args, on_done, drafting_create(comply, owner));
	bus_args_finish(&args);
	free(text);
	ruleset_destroy(&set);
}

/* What is said of whose rules the path names. */
static void with_body(struct comply *comply, void (*take)(struct comply *comply, const json_t *root,
							  const struct comply_owner *owner))
{
	struct comply_owner owner;
	json_t *root = comply_path_owner(comply, &owner) ? body_read(comply->request) : NULL;

	if (root)
		take(comply, root, &owner);
	json_decref(root);
}

void comply_draft(struct comply *comply)
{
	with_body(comply, save);
}

/* In force, or none any more. */

static void decide(struct drafting *drafting, const char *function, bool narrows, const char *base,
		   struct span text)
{
	const struct comply *comply = &drafting->comply;
	char tag[KEY_MAX], hash[SESSION_HASH_MAX];
	struct bus_args args;

	session_hash(text, hash);
	bus_args_init(&args);
	bus_args_call(&args, function, key_tag(0, tag));
	bus_args_field_text(&args, "owner", drafting->owner.scope);
	bus_args_field_integer(&args, "version", (int64_t)drafting->version);
	bus_args_field_integer(&args, "revision", (int64_t)drafting->revision);
	bus_args_field_text(&args, "by", comply->who);
	bus_args_field_integer(&args, "now", (int64_t)session_now_ms());
	bus_args_field_text(&args, "base", base);
	bus_args_field_text(&args, "narrows", narrows ? "1" : "");
	bus_args_field_text(&args, "file", hash);
	comply_send(comply, &args, on_done, drafting);
	bus_args_finish(&args);
}

static void on_both(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct drafting *drafting = context;
	const struct comply *comply = &drafting->comply;
	struct span now = bus_reply_span(bus_reply_at(bus_reply_at(reply, 2), COMPLY_VERSION_TEXT));
	struct span next =
		bus_reply_span(bus_reply_at(bus_reply_at(reply, 3), COMPLY_VERSION_TEXT));
	struct ruleset *before = NULL, *after = NULL;
	struct rules_fault fault;
	char base[24];

	(void)bus;
	if (!comply_answered(comply, reply)) {
		free(drafting);
		return;
	}
	snprintf(base, sizeof(base), "%u", (unsigned)bus_reply_integer(bus_reply_at(reply, 0)));
	bool unread = ruleset_read(next, &after, &fault) != 0 ||
		      (*base != '0' && ruleset_read(now, &before, &fault) != 0);
	const struct settings_programme *file =
		*drafting->owner.number ? NULL : drafting->owner.programme;
	bool narrows = unread || ruleset_narrows(before ? &before->own : file, &after->own);
	decide(drafting, "rules_activate", narrows, base, next);
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
	struct drafting *drafting = drafting_create(comply, owner);
	drafting->version = (unsigned long)json_integer_value(version);
	drafting->revision = (unsigned long)json_integer_value(revision);
	if (strcmp(word, "activate") == 0)
		comply_ask_history(comply, owner, "", on_both, drafting);
	else
		decide(drafting, "rules_discard", false, "", (struct span){NULL, 0});
}

void comply_decide_rules(struct comply *comply)
{
	with_body(comply, decide_draft);
}
