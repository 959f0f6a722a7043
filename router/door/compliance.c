#include "router/door/compliance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/log.h"
#include "config/memory.h"
#include "router/compliance/normal.h"
#include "router/door/compliance_internal.h"
#include "router/door/session.h"

static const struct {
	enum route_method method;
	const char *path; /* behind ROUTE_COMPLIANCE_PATH */
	comply_handler *handle;
} handlers[] = {
	{ROUTE_GET, "/scopes", comply_scopes},
	{ROUTE_GET, "/suppressions", comply_search},
	{ROUTE_POST, "/suppressions", comply_add},
	{ROUTE_GET, "/suppressions/{entryId}", comply_evidence},
	{ROUTE_GET, "/removals", comply_requests},
	{ROUTE_POST, "/removals", comply_request},
	{ROUTE_POST, "/removals/{requestId}/answer", comply_answer},
	{ROUTE_POST, "/classifications", comply_classify},
	{ROUTE_POST, "/replays", comply_replay},
	{ROUTE_GET, "/base-rules", comply_base_rules},
	{ROUTE_GET, "/rule-sets", comply_rule_sets},
	{ROUTE_GET, "/rule-sets/{ruleSetId}", comply_rule_set},
	{ROUTE_GET, "/rule-sets/{ruleSetId}/versions/{version}", comply_rule_set_version},
	{ROUTE_PUT, "/rule-sets/{ruleSetId}/draft", comply_draft},
	{ROUTE_POST, "/rule-sets/{ruleSetId}/decision", comply_decide_rules},
	{ROUTE_GET, "/blocked", comply_blocked},
	{ROUTE_POST, "/imports", comply_import},
	{ROUTE_GET, "/batches", comply_batches},
	{ROUTE_GET, "/reviews", comply_reviews},
	{ROUTE_POST, "/reviews/{reviewId}/decision", comply_decide},
	{ROUTE_GET, "/exports/{list}", comply_export},
	{ROUTE_GET, "/reports", comply_report},
	{ROUTE_GET, "/ledger", comply_ledger},
	{ROUTE_GET, "/ledger/head", comply_head},
	{ROUTE_GET, "/ledger/key", comply_key},
};

struct compliance *compliance_create(const struct compliance_links *links)
{
	struct compliance *compliance = memory_array(1, sizeof(*compliance));

	compliance->links = *links;
	return compliance;
}

void compliance_destroy(struct compliance **pointer)
{
	struct compliance *compliance = *pointer;

	if (!compliance)
		return;
	*pointer = NULL;
	free(compliance);
}

static comply_handler *handler_of(const struct route *route)
{
	size_t length = strlen(ROUTE_COMPLIANCE_PATH);

	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
		if (handlers[i].method == route->method &&
		    strncmp(route->path, ROUTE_COMPLIANCE_PATH, length) == 0 &&
		    strcmp(route->path + length, handlers[i].path) == 0)
			return handlers[i].handle;
	}
	return NULL;
}

bool compliance_does(const struct route *route)
{
	return handler_of(route) != NULL;
}

void compliance_handle(const struct api *api, struct http_request *request,
		       const struct route *route, const char *who, unsigned roles)
{
	struct comply comply = {.api = api, .request = request, .route = route, .roles = roles};
	comply_handler *handle = handler_of(route);

	snprintf(comply.who, sizeof(comply.who), "%s", who);
	if (!handle || !api->links->compliance)
		body_unavailable(request);
	else
		handle(&comply);
}

void *comply_keep(const struct comply *comply, size_t size)
{
	struct comply *kept = memory_array(1, size);

	*kept = *comply;
	return kept;
}

struct compliance *comply_place(const struct comply *comply)
{
	return comply->api->links->compliance;
}

const struct settings *comply_settings(const struct comply *comply)
{
	return comply_place(comply)->links.settings;
}

unsigned comply_partitions(const struct comply *comply)
{
	return comply_settings(comply)->redis.partitions;
}

void comply_send(const struct comply *comply, struct bus_args *args, bus_done *done, void *context)
{
	bus_args_send(args, comply->api->sessions->bus, done, context);
}

bool comply_answered(const struct comply *comply, const struct bus_reply *reply)
{
	if (reply && bus_reply_type(reply) != BUS_ERROR)
		return true;
	if (reply)
		log_event(LOG_ERROR, "compliance_failed", "path=%s error=%s", comply->route->path,
			  (const char *)bus_reply_span(reply).at);
	body_unavailable(comply->request);
	return false;
}

bool comply_number(struct comply *comply, const char *text, const char *country)
{
	struct span span = {(const uint8_t *)text, strlen(text)};
	char why[160];

	if (country && *country && !written_is_country(country)) {
		body_refuse(comply->request, "country must be 1 to 3 digits.");
		return false;
	}
	enum written verdict =
		written_number(span, country && *country ? country : NULL, comply->number);
	if (verdict == WRITTEN_OK) {
		span = span_text(comply->number);
		key_tag(key_partition(span, comply_partitions(comply)), comply->tag);
		return true;
	}
	snprintf(why, sizeof(why), "number: %s.",
		 verdict == WRITTEN_COUNTRY ? "a national number; say of which country (country), "
					      "or write it with +"
					    : written_why(verdict));
	body_refuse(comply->request, why);
	return false;
}

bool comply_scope(const struct comply *comply, const char *text, char scope[SUPPRESSION_SCOPE_MAX])
{
	if (suppression_read_scope(comply_settings(comply), *text ? text : "all", scope))
		return true;
	body_refuse(comply->request,
		    "scope must be all, programme:NAME, number:NUMBER or category:PROGRAMME:NAME "
		    "of those that are configured.");
	return false;
}

bool comply_any_scope(const struct comply *comply, const char *text,
		      char scope[SUPPRESSION_SCOPE_MAX])
{
	if (suppression_read_any(*text ? text : "all", scope))
		return true;
	body_refuse(comply->request,
		    "scope must be all, programme:NAME, number:NUMBER or category:PROGRAMME:NAME.");
	return false;
}

bool comply_text(const struct comply *comply, const json_t *root, const char *name,
		 char out[COMPLY_TEXT_MAX + 1])
{
	char why[128];

	if (body_text(root, name, out, COMPLY_TEXT_MAX) && *out)
		return true;
	snprintf(why, sizeof(why),
		 "%s must be a text of 1 to 512 octets without control characters.", name);
	body_refuse(comply->request, why);
	return false;
}

bool comply_said(const struct bus_reply *reply, const char *word)
{
	struct span span =
		bus_reply_span(bus_reply_type(reply) == BUS_ARRAY ? bus_reply_at(reply, 0) : reply);

	return span_is(span, word);
}

const char *comply_split(const struct comply *comply, const char *id, char tag[KEY_MAX],
			 unsigned *partition)
{
	char *end;
	unsigned long number = strtoul(id, &end, 10);

	if (*id < '0' || *id > '9' || *end != '.' || number >= comply_partitions(comply) || !end[1])
		return NULL;
	*partition = (unsigned)number;
	key_tag(*partition, tag);
	return end + 1;
}

bool comply_is_person(const struct comply *comply)
{
	if (strncmp(comply->who, SESSION_CLIENT, strlen(SESSION_CLIENT)) != 0)
		return true;
	http_error(comply->request, 403, "person.required",
		   "A person has to decide this, who is signed in; a client of the API cannot.",
		   NULL);
	return false;
}

char *comply_path(const struct comply *comply, char out[COMPLY_PATH_MAX])
{
	struct span value = route_parameter(comply->route, comply->request->path, 0);

	snprintf(out, COMPLY_PATH_MAX, "%.*s", (int)value.length,
		 value.length ? (const char *)value.at : "");
	return out;
}

void comply_make_id(char out[COMPLY_ID_MAX])
{
	char salt[SEAL_SALT_HEX];

	seal_salt(salt);
	snprintf(out, COMPLY_ID_MAX, "%llu-%.8s", (unsigned long long)session_now_ms(), salt);
}

void comply_seal(const struct comply *comply, struct bus_args *args, const char *customer,
		 const char *note)
{
	struct seal_beside beside = {
		.customer = {(const uint8_t *)customer, strlen(customer)},
		.note = {(const uint8_t *)note, strlen(note)},
	};

	seal_add(comply_place(comply)->links.seal, args, &beside);
	bus_args_field_text(args, "note", note);
}

char *comply_scope_words(struct span scope, char out[COMPLY_SCOPE_WORDS])
{
	const char *text = scope.length ? (const char *)scope.at : "";
	const char *prefix = strncmp(text, "p:", 2) == 0   ? "programme:"
			     : strncmp(text, "n:", 2) == 0 ? "number:"
			     : strncmp(text, "c:", 2) == 0 ? "category:"
							   : "";

	snprintf(out, COMPLY_SCOPE_WORDS, "%s%s", prefix, *prefix ? text + 2 : text);
	return out;
}

void comply_put_scope(struct writer *writer, const char *key, struct span scope)
{
	char words[COMPLY_SCOPE_WORDS];

	writer_text(writer, key, comply_scope_words(scope, words));
}

void comply_put_scopes(struct writer *writer, const char *key, struct span scopes)
{
	writer_begin_array(writer, key);
	for (size_t at = 0; at < scopes.length; at++) {
		const uint8_t *from = scopes.at + at;
		const uint8_t *end = memchr(from, '|', scopes.length - at);
		size_t length = end ? (size_t)(end - from) : scopes.length - at;
		comply_put_scope(writer, NULL, (struct span){from, length});
		at += length;
	}
	writer_end_array(writer);
}

void comply_put_span(struct writer *writer, const char *key, const struct bus_reply *value)
{
	writer_string(writer, key, bus_reply_span(value));
}

uint64_t comply_id_ms(struct span id)
{
	return id.length ? strtoull((const char *)id.at, NULL, 10) : 0;
}

enum shape { SHAPE_PLAIN, SHAPE_COLLAPSED, SHAPE_LATIN };

static void put_words(struct writer *writer, const char *key, const struct normal *normal,
		      enum shape shape)
{
	writer_begin_array(writer, key);
	for (size_t i = 0; i < normal->count; i++) {
		struct span letters = normal_letters(normal, i);
		char *out = memory_array(letters.length + 1, 1);
		size_t length = shape == SHAPE_LATIN	   ? normal_latin(letters, out)
				: shape == SHAPE_COLLAPSED ? normal_collapse(letters, out)
							   : 0;
		writer_string(writer, NULL,
			      shape == SHAPE_PLAIN ? letters
						   : (struct span){(uint8_t *)out, length});
		free(out);
	}
	writer_end_array(writer);
}

const struct keywords_reader *comply_reader(const struct comply *comply, struct span ours)
{
	const struct settings *settings = comply_settings(comply);
	char address[WRITTEN_MAX];

	snprintf(address, sizeof(address), "%.*s", (int)ours.length,
		 ours.length ? (const char *)ours.at : "");
	const struct settings_number *number = settings_number(settings, address);
	return keywords_of(comply_place(comply)->links.keywords, number ? address : "",
			   number ? settings_programme(settings, number->programme) : NULL);
}

void comply_put_reading(struct writer *writer, const char *key,
			const struct keywords_reader *reader, struct span text, unsigned context)
{
	struct verdict_answer answer;
	struct normal normal;

	verdict_read(reader->reader, text, context, &answer);
	normal_init(&normal);
	normal_read(&normal, text);
	writer_begin_object(writer, key);
	writer_text(writer, "verdict", verdict_name(answer.verdict));
	writer_integer(writer, "rule", answer.rule);
	writer_text(writer, "language", answer.language);
	writer_text(writer, "pattern", answer.pattern);
	writer_text(writer, "variant", answer.variant);
	writer_integer(writer, "from", answer.from);
	writer_integer(writer, "to", answer.to);
	writer_string(writer, "matched",
		      (struct span){text.at + answer.from, answer.to - answer.from});
	writer_text(writer, "ruleSet", reader->version);
	writer_text(writer, "answer", keywords_answer(reader->programme, &answer));
	writer_begin_object(writer, "variants");
	put_words(writer, "plain", &normal, SHAPE_PLAIN);
	put_words(writer, "collapsed", &normal, SHAPE_COLLAPSED);
	put_words(writer, "lookAlikes", &normal, SHAPE_LATIN);
	writer_end_object(writer);
	writer_end_object(writer);
	normal_finish(&normal);
}

static void put_programme(struct writer *writer, const struct settings_programme *programme)
{
	char scope[SUPPRESSION_SCOPE_MAX];

	suppression_scope(SETTINGS_SCOPE_PROGRAMME, programme->name, "", scope, sizeof(scope));
	comply_put_scope(writer, NULL, span_text(scope));
	for (size_t i = 0; i < programme->categories_count; i++) {
		suppression_category(programme->name, programme->categories[i].name, scope,
				     sizeof(scope));
		comply_put_scope(writer, NULL, span_text(scope));
	}
}

void comply_scopes(struct comply *comply)
{
	const struct settings *settings = comply_settings(comply);
	struct writer writer;
	char name[SUPPRESSION_SCOPE_MAX];

	writer_init(&writer);
	writer_begin_object(&writer, NULL);
	writer_begin_array(&writer, "scopes");
	writer_text(&writer, NULL, "all");
	for (size_t i = 0; i < settings->programmes_count; i++)
		put_programme(&writer, &settings->programmes[i]);
	for (size_t i = 0; i < settings->numbers_count; i++) {
		snprintf(name, sizeof(name), "number:%s", settings->numbers[i].address);
		writer_text(&writer, NULL, name);
	}
	writer_end_array(&writer);
	writer_text(&writer, "ruleSet", comply_reader(comply, (struct span){NULL, 0})->version);
	writer_end_object(&writer);
	body_answer(comply->request, 200, &writer);
}
