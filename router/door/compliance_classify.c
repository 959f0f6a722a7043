/*
 * What would this text do? Read by the classifier that reads what comes in, for a number or a
 * programme of ours, by the rules in force, by another version of them, or by some that are being
 * written and are in the request itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/door/compliance_internal.h"

#define TEXT_MAX 16000 /* octets of a text to be classified */
#define LANGUAGE_MAX 2
#define NAME_MAX SUPPRESSION_SCOPE_MAX

struct classifying {
	struct comply comply;
	struct comply_owner place; /* whose message it is; its scope "" for nobody's */
	struct comply_owner owner; /* whose version is tried */
	char language[LANGUAGE_MAX + 1];
	unsigned long version;
	unsigned context;
	size_t length;
	char *text;
};

static void classifying_end(struct classifying *classifying)
{
	free(classifying->text);
	free(classifying);
}

bool comply_context(const struct comply *comply, const json_t *list, unsigned *context)
{
	const json_t *entry;
	size_t i;

	*context = 0;
	json_array_foreach(list, i, entry)
	{
		unsigned found =
			json_is_string(entry) ? verdict_context(json_string_value(entry)) : 0;
		*context |= found;
		if (!found)
			break;
	}
	if ((!list || json_is_array(list)) && i == json_array_size(list))
		return true;
	body_refuse(comply->request,
		    "context must be a list of marketing, question, agent and opted-out.");
	return false;
}

/* Answers with how it reads by that set; NULL: as it is. */
static void answer(const struct classifying *classifying, const struct ruleset *set)
{
	const struct comply *comply = &classifying->comply;
	const struct comply_owner *place = &classifying->place;
	struct span text = {(const uint8_t *)classifying->text, classifying->length};
	struct rules_fault fault;
	struct own *own = NULL;
	struct writer writer;

	if (keywords_try(comply_place(comply)->links.keywords,
			 &(struct keywords_trial){.number = place->number ? place->number : "",
						  .programme = place->programme,
						  .owner = classifying->owner.scope,
						  .language = classifying->language,
						  .set = set,
						  .version = (unsigned)classifying->version},
			 &own, &fault) != 0) {
		http_error(comply->request, 400, "bad.rules", fault.message, NULL);
		return;
	}
	writer_init(&writer);
	comply_put_reading(&writer, NULL, keywords_trial_reader(own), text, classifying->context);
	body_answer(comply->request, 200, &writer);
	keywords_trial_destroy(&own);
}

void comply_answer_set(const struct comply *comply, const struct bus_reply *reply,
		       struct ruleset **set)
{
	struct rules_fault fault;

	*set = NULL;
	if (bus_reply_count(reply) <= COMPLY_VERSION_TEXT)
		http_error(comply->request, 404, "not.found", "There is no such version.", NULL);
	else if (ruleset_read(bus_reply_span(bus_reply_at(reply, COMPLY_VERSION_TEXT)), set,
			      &fault) != 0)
		http_error(comply->request, 500, "unreadable", fault.message, NULL);
}

static void on_version(struct bus *bus, const struct bus_reply *reply, void *context)
{
	struct classifying *classifying = context;
	struct ruleset *set = NULL;

	(void)bus;
	if (comply_answered(&classifying->comply, reply))
		comply_answer_set(&classifying->comply, reply, &set);
	if (set)
		answer(classifying, set);
	ruleset_destroy(&set);
	classifying_end(classifying);
}

/* A member that names a programme or a number, `kind` in front where it is given without. False
 * once the request was answered. */
static bool read_owner(const struct comply *comply, const json_t *root, const char *name,
		       const char *kind, struct comply_owner *owner)
{
	char text[NAME_MAX], whole[NAME_MAX + 16], why[128];

	if (body_text(root, name, text, sizeof(text) - 1)) {
		snprintf(whole, sizeof(whole), "%s%s", kind, text);
		if (!*text || comply_owner(comply, whole, owner))
			return true;
	}
	snprintf(why, sizeof(why), "%s must be one of those that are configured.", name);
	body_refuse(comply->request, why);
	return false;
}

bool comply_read_version(const struct comply *comply, const json_t *root, unsigned long *version)
{
	const json_t *value = json_object_get(root, "version");

	if (value && !json_is_null(value) &&
	    (!json_is_integer(value) || json_integer_value(value) < 1)) {
		body_refuse(comply->request, "version must be a version's number.");
		return false;
	}
	*version = (unsigned long)json_integer_value(value);
	return true;
}

static bool read_all(struct classifying *classifying, const json_t *root)
{
	const struct comply *comply = &classifying->comply;
	const json_t *text = json_object_get(root, "text");
	struct comply_owner *place = &classifying->place, *owner = &classifying->owner;

	if (!json_is_string(text) || json_string_length(text) > TEXT_MAX) {
		body_refuse(comply->request, "text must be a text of at most 16000 octets.");
		return false;
	}
	if (!comply_context(comply, json_object_get(root, "context"), &classifying->context) ||
	    !comply_read_version(comply, root, &classifying->version))
		return false;
	if (!body_text(root, "language", classifying->language, LANGUAGE_MAX)) {
		body_refuse(comply->request, "language must be two small letters.");
		return false;
	}
	if (!read_owner(comply, root, "programme", "programme:", place) ||
	    !read_owner(comply, root, "number", "number:", place) ||
	    !read_owner(comply, root, "ruleSet", "", owner))
		return false;
	if (!*place->scope)
		*place = *owner;
	if (!*owner->scope)
		*owner = *place;
	bool other = (classifying->version || json_object_get(root, "set")) && !*owner->scope;
	if (other)
		body_refuse(comply->request, "ruleSet must say whose version, or set, it is.");
	classifying->text = memory_copy(json_string_value(text), json_string_length(text));
	classifying->length = json_string_length(text);
	return !other;
}

void comply_classify(struct comply *comply)
{
	json_t *root = body_read(comply->request);
	char version[24];

	if (!root)
		return;
	struct classifying *classifying = comply_keep(comply, sizeof(*classifying));
	const json_t *given = json_object_get(root, "set");
	if (!read_all(classifying, root)) {
		classifying_end(classifying);
	} else if (given) {
		struct ruleset *set = comply_read_set(comply, given, &classifying->owner);
		if (set)
			answer(classifying, set);
		ruleset_destroy(&set);
		classifying_end(classifying);
	} else if (classifying->version) {
		snprintf(version, sizeof(version), "%lu", classifying->version);
		comply_ask_version(comply, &classifying->owner, version, on_version, classifying);
	} else {
		answer(classifying, NULL);
		classifying_end(classifying);
	}
	json_decref(root);
}
