#include "router/door/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/memory.h"
#include "router/door/oauth.h"
#include "router/door/role.h"
#include "router/door/things.h"
#include "router/routing/floor.h"
#include "router/supervise/board.h"

#define RINGS_MAX 6
#define RING_TIMEOUT_LEAST_S 2
#define RING_TIMEOUT_MOST_S 86400
#define RINGS_TEXT_MAX 4096
#define IDS_TEXT_MAX 8192
#define PREFERRED_SCORE_MAX 100
#define PREFERRED_TEXT_MAX (FLOOR_PREFERRED_MAX * (FLOOR_NAME_MAX + 5))
#define RESPONSE_MAX 4000 /* octets of a canned response */
#define ID_PARTS ",;:"	  /* what parts ids in the texts that the floor reads */

#define TEXT(at, kept, least_octets, most_octets, fixed)                                           \
	{                                                                                          \
		.path = (at), .field = (kept), .type = FORM_TEXT, .least = (least_octets),         \
		.most = (most_octets), .in_file = (fixed)                                          \
	}
#define NAME(fixed) TEXT("name", "name", 1, THINGS_NAME_MAX, fixed)
#define DESCRIPTION                                                                                \
	{                                                                                          \
		.path = "description", .field = "description", .type = FORM_TEXT,                  \
		.most = THINGS_DESCRIPTION_MAX, .lines = true                                      \
	}
#define SHOWN(at, kept)                                                                            \
	{                                                                                          \
		.path = (at), .field = (kept), .type = FORM_SHOWN                                  \
	}
#define NUMBER(at, kept, from, to, usual, times, fixed)                                            \
	{                                                                                          \
		.path = (at), .field = (kept), .type = FORM_NUMBER, .least = (from), .most = (to), \
		.otherwise = (usual), .unit = (times), .in_file = (fixed)                          \
	}
#define FLAG(at, kept, fixed)                                                                      \
	{                                                                                          \
		.path = (at), .field = (kept), .type = FORM_FLAG, .in_file = (fixed)               \
	}
#define WORD(at, kept, list, fixed)                                                                \
	{                                                                                          \
		.path = (at), .field = (kept), .type = FORM_WORD, .words = (list),                 \
		.in_file = (fixed)                                                                 \
	}
#define OWN(at, kept, reads, writes, must, fixed)                                                  \
	{                                                                                          \
		.path = (at), .field = (kept), .type = FORM_OWN, .read = (reads),                  \
		.write = (writes), .allowed = (must), .in_file = (fixed)                           \
	}
#define END                                                                                        \
	{                                                                                          \
		.path = NULL                                                                       \
	}

static const struct form_word states[] = {
	{"active", "active"}, {"inactive", "inactive"}, {NULL, NULL}};

static const struct form_word evaluations[] = {
	{"ALL", "all"}, {"BEST", "best"}, {"NONE", "any"}, {NULL, NULL}};

static const struct form_word lasts[] = {
	{"AnyAgent", "any"}, {"QueueMembersOnly", "members"}, {"Disabled", "off"}, {NULL, NULL}};

static const struct form_word orders[] = {
	{"TimestampAndPriority", "score"}, {"PriorityOnly", "priority_first"}, {NULL, NULL}};

static const struct form_word after_calls[] = {{"MANDATORY", "mandatory"},
					       {"OPTIONAL", "optional"},
					       {"MANDATORY_TIMEOUT", "timeout"},
					       {"MANDATORY_FORCED_TIMEOUT", "forced"},
					       {"AGENT_REQUESTED", "agent_requested"},
					       {NULL, NULL}};

static const struct form_word presences[] = {{"Available", "Available"}, {"Busy", "Busy"},
					     {"Away", "Away"},		 {"Break", "Break"},
					     {"Meal", "Meal"},		 {"Meeting", "Meeting"},
					     {"Training", "Training"},	 {NULL, NULL}};

static const struct form_word grants[] = {{"CLIENT-CREDENTIALS", ""}, {NULL, NULL}};

/* Lists */

static bool is_id(const json_t *value, const char *reserved)
{
	const char *id = json_is_string(value) ? json_string_value(value) : "";
	size_t length = strlen(id);

	return length > 0 && length <= DIRECTORY_ID_MAX && length == json_string_length(value) &&
	       !strpbrk(id, reserved) && !strchr(id, '\n');
}

/* `timeout_s:skill,skill;…` of a ring, added. Returns the new length, 0 where it is none. */
static size_t add_ring(const json_t *ring, char *text, size_t length)
{
	const json_t *expansions = form_at(ring, "expansionCriteria");
	const json_t *threshold = form_at(json_array_get(expansions, 0), "threshold");
	const json_t *skills = form_at(ring, "actions.skillsToRemove");
	double seconds = json_number_value(threshold);

	if (seconds < RING_TIMEOUT_LEAST_S || seconds > RING_TIMEOUT_MOST_S)
		return 0;
	length += (size_t)snprintf(text + length, RINGS_TEXT_MAX - length,
				   "%s%u:", length ? ";" : "", (unsigned)seconds);
	for (size_t i = 0; length < RINGS_TEXT_MAX && i < json_array_size(skills); i++) {
		const json_t *skill = json_array_get(skills, i);
		const json_t *id = form_at(skill, "id");
		if (!is_id(id, ID_PARTS))
			return 0;
		length += (size_t)snprintf(text + length, RINGS_TEXT_MAX - length, "%s%s",
					   i ? "," : "", json_string_value(id));
	}
	return length < RINGS_TEXT_MAX ? length : 0;
}

static char *read_rings(const json_t *value)
{
	char text[RINGS_TEXT_MAX] = "";
	size_t length = 0;

	if (!json_is_array(value) || json_array_size(value) > RINGS_MAX)
		return NULL;
	for (size_t i = 0; i < json_array_size(value); i++) {
		length = add_ring(json_array_get(value, i), text, length);
		if (!length)
			return NULL;
	}
	return memory_text(text);
}

static void write_ring(struct writer *writer, char *ring)
{
	char *skills = strchr(ring, ':'), *rest = NULL;

	writer_begin_object(writer, NULL);
	writer_begin_array(writer, "expansionCriteria");
	writer_begin_object(writer, NULL);
	writer_text(writer, "type", "TIMEOUT_SECONDS");
	writer_integer(writer, "threshold", strtoull(ring, NULL, 10));
	writer_end_object(writer);
	writer_end_array(writer);
	writer_begin_object(writer, "actions");
	writer_begin_array(writer, "skillsToRemove");
	for (char *skill = skills ? strtok_r(skills + 1, ",", &rest) : NULL; skill;
	     skill = strtok_r(NULL, ",", &rest)) {
		writer_begin_object(writer, NULL);
		writer_text(writer, "id", skill);
		writer_text(writer, "name", skill);
		writer_end_object(writer);
	}
	writer_end_array(writer);
	writer_end_object(writer);
	writer_end_object(writer);
}

static void write_rings(struct writer *writer, const char *key, const char *text)
{
	char *copy = memory_text(text), *rest = NULL;

	writer_begin_array(writer, key);
	for (char *ring = strtok_r(copy, ";", &rest); ring; ring = strtok_r(NULL, ";", &rest))
		write_ring(writer, ring);
	writer_end_array(writer);
	free(copy);
}

/* Ids of others: an array of objects with an id, in the entity a line each. */
static char *read_ids(const json_t *value)
{
	char text[IDS_TEXT_MAX] = "";
	size_t length = 0;

	if (!json_is_array(value))
		return NULL;
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *id = form_at(json_array_get(value, i), "id");
		if (!is_id(id, ""))
			return NULL;
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
					   length ? "\n" : "", json_string_value(id));
		if (length >= sizeof(text))
			return NULL;
	}
	return memory_text(text);
}

static void write_ids(struct writer *writer, const char *key, const char *text)
{
	char *copy = memory_text(text), *rest = NULL;

	writer_begin_array(writer, key);
	for (char *id = strtok_r(copy, "\n", &rest); id; id = strtok_r(NULL, "\n", &rest)) {
		writer_begin_object(writer, NULL);
		writer_text(writer, "id", id);
		writer_end_object(writer);
	}
	writer_end_array(writer);
	free(copy);
}

/* An object with the id of another. */
static char *read_id(const json_t *value)
{
	const json_t *id = form_at(value, "id");

	return is_id(id, "") ? memory_text(json_string_value(id)) : NULL;
}

static void write_id(struct writer *writer, const char *key, const char *text)
{
	if (!*text)
		return;
	writer_begin_object(writer, key);
	writer_text(writer, "id", text);
	writer_end_object(writer);
}

/* Agents with a score each, in the entity `agent:score,…`. */
static char *read_preferred(const json_t *value)
{
	char text[PREFERRED_TEXT_MAX] = "";
	size_t length = 0;

	if (!json_is_array(value) || json_array_size(value) > FLOOR_PREFERRED_MAX)
		return NULL;
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *item = json_array_get(value, i);
		const json_t *id = form_at(item, "agent.id");
		const json_t *score = form_at(item, "score");
		json_int_t points = json_is_integer(score) ? json_integer_value(score) : 0;
		if (!is_id(id, ":,") || json_string_length(id) > FLOOR_NAME_MAX || points < 1 ||
		    points > PREFERRED_SCORE_MAX)
			return NULL;
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s:%d",
					   length ? "," : "", json_string_value(id), (int)points);
	}
	return memory_text(text);
}

static void write_preferred(struct writer *writer, const char *key, const char *text)
{
	char *copy = memory_text(text), *rest = NULL;

	writer_begin_array(writer, key);
	for (char *one = strtok_r(copy, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
		char *score = strchr(one, ':');
		if (!score)
			continue;
		*score++ = '\0';
		writer_begin_object(writer, NULL);
		write_id(writer, "agent", one);
		writer_integer(writer, "score", strtoull(score, NULL, 10));
		writer_end_object(writer);
	}
	writer_end_array(writer);
	free(copy);
}

/* Of a canned response: an array of texts, of which there is one. */
static char *read_texts(const json_t *value)
{
	const json_t *content = form_at(json_array_get(value, 0), "content");
	size_t length = json_string_length(content);

	if (json_array_size(value) != 1 || length == 0 || length > RESPONSE_MAX ||
	    strlen(json_string_value(content)) != length)
		return NULL;
	return memory_text(json_string_value(content));
}

static void write_texts(struct writer *writer, const char *key, const char *text)
{
	writer_begin_array(writer, key);
	writer_begin_object(writer, NULL);
	writer_text(writer, "content", text);
	writer_text(writer, "contentType", "text/plain");
	writer_end_object(writer);
	writer_end_array(writer);
}

/* Roles and scopes: an array of names, in the entity with commas. */
static char *read_names(const json_t *value, unsigned allowed)
{
	char text[ROLE_TEXT_MAX];
	unsigned roles = 0, role;

	if (!json_is_array(value) || json_array_size(value) == 0)
		return NULL;
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *item = json_array_get(value, i);
		const json_t *name = json_is_object(item) ? form_at(item, "id") : item;
		struct span span = {(const uint8_t *)json_string_value(name),
				    json_string_length(name)};
		if (!span.at || role_parse(span, &role) || (role & ~allowed))
			return NULL;
		roles |= role;
	}
	return memory_text(role_format(roles, text));
}

static char *read_scopes(const json_t *value)
{
	return read_names(value, ROLE_ANY);
}

char *shape_read_roles(const json_t *value)
{
	return read_names(value, ROLE_PERSONS);
}

/* Of the service level: a fraction in JSON, hundredths in the entity. */
static char *read_percentage(const json_t *value)
{
	char text[8];
	double number = json_number_value(value) * 100.;
	int hundredths = number >= 1. && number <= 100. ? (int)(number + 0.5) : 0;

	if (!hundredths)
		return NULL;
	snprintf(text, sizeof(text), "%d", hundredths);
	return memory_text(text);
}

static void write_percentage(struct writer *writer, const char *key, const char *text)
{
	unsigned long hundredths =
		*text ? strtoul(text, NULL, 10) : board_usual_level.service_level_pct;

	writer_hundredths(writer, key, hundredths);
}

static void write_names(struct writer *writer, const char *key, const char *text)
{
	char *copy = memory_text(text), *rest = NULL;

	writer_begin_array(writer, key);
	for (char *name = strtok_r(copy, ",", &rest); name; name = strtok_r(NULL, ",", &rest))
		writer_text(writer, NULL, name);
	writer_end_array(writer);
	free(copy);
}

static const struct form_member user_members[] = {
	NAME(false),
	SHOWN("username", "login"),
	TEXT("email", "email", 0, 254, false),
	TEXT("department", "department", 0, 128, false),
	TEXT("title", "title", 0, 128, false),
	WORD("state", "state", states, false),
	OWN("roles", "roles", shape_read_roles, write_names,
	    "an array of agent, supervisor, compliance, admin", false),
	NUMBER("capacity", "capacity", 0, 25, 3, 1, false),
	END,
};

static const struct form_member queue_members[] = {
	NAME(true),
	DESCRIPTION,
	WORD("skillEvaluationMethod", "evaluation", evaluations, true),
	WORD("lastAgentRoutingMode", "last_agent", lasts, true),
	WORD("scoringMethod", "order", orders, true),
	FLAG("leastLoaded", "least_loaded", true),
	FLAG("membersOnly", "members_only", true),
	WORD("acwSettings.wrapupPrompt", "acw", after_calls, false),
	NUMBER("acwSettings.timeoutMs", "acw_timeout_s", 1000, 86400000, 60000, 1000, false),
	FLAG("acwSettings.holdsSlot", "acw_holds_slot", false),
	NUMBER("mediaSettings.message.alertingTimeoutSeconds", "alerting_timeout_s", 7, 900, 30, 1,
	       true),
	FLAG("mediaSettings.message.enableAutoAnswer", "auto_answer", true),
	OWN("mediaSettings.message.serviceLevel.percentage", "service_level_pct", read_percentage,
	    write_percentage, "a number, 0.01..1", false),
	NUMBER("mediaSettings.message.serviceLevel.durationMs", "service_level_s", 1000, 86400000,
	       20000, 1000, false),
	OWN("bullseye.rings", "rings", read_rings, write_rings,
	    "an array of up to 6 rings, each with expansionCriteria[0].threshold 2..86400", true),
	END,
};

static const struct form_member recipient_members[] = {
	SHOWN("name", "name"),
	OWN("queue", "queue", read_id, write_id, "an object with the id of a queue", false),
	SHOWN("configuredQueue", "file_queue"),
	OWN("preferredAgents", "preferred", read_preferred, write_preferred,
	    "an array of up to 32 objects, each with agent.id and a score 1..100", false),
	NUMBER("preferredAgentsTimeoutSeconds", "preferred_wait_s", 1, 86400, 30, 1, false),
	END,
};

static const struct form_member named_members[] = {NAME(true), DESCRIPTION, END};

static const struct form_member library_members[] = {
	NAME(false),
	DESCRIPTION,
	OWN("queues", "queues", read_ids, write_ids, "an array of objects with the id of a queue",
	    false),
	END,
};

static const struct form_member response_members[] = {
	NAME(false),
	OWN("libraries", "libraries", read_ids, write_ids,
	    "an array of objects with the id of a library", false),
	OWN("queues", "queues", read_ids, write_ids, "an array of objects with the id of a queue",
	    false),
	OWN("texts", "text", read_texts, write_texts,
	    "an array of one object with content, a text of 1 to 4000 octets", false),
	END,
};

static const struct form_member presence_members[] = {
	NAME(false),
	WORD("systemPresence", "system", presences, false),
	FLAG("deactivated", "deactivated", false),
	END,
};

static const struct form_member client_members[] = {
	NAME(false),
	DESCRIPTION,
	WORD("authorizedGrantType", "grant", grants, false),
	OWN("scope", "scope", read_scopes, write_names,
	    "an array of conversations, agent, supervisor, compliance, admin", false),
	NUMBER("accessTokenValiditySeconds", "token_s", OAUTH_TOKEN_LEAST_S, OAUTH_TOKEN_MOST_S,
	       OAUTH_TOKEN_S, 1, false),
	WORD("state", "state", states, false),
	END,
};

static const struct shape shapes[DIRECTORY_KINDS] = {
	[DIRECTORY_USER] = {"/api/v2/users", user_members, "", false},
	[DIRECTORY_QUEUE] = {"/api/v2/routing/queues", queue_members, "", false},
	[DIRECTORY_SKILL] = {"/api/v2/routing/skills", named_members, ID_PARTS, true},
	[DIRECTORY_WRAPUP] = {"/api/v2/routing/wrapupcodes", named_members, "", false},
	[DIRECTORY_LIBRARY] = {"/api/v2/responsemanagement/libraries", library_members, NULL,
			       false},
	[DIRECTORY_RESPONSE] = {"/api/v2/responsemanagement/responses", response_members, NULL,
				false},
	[DIRECTORY_PRESENCE] = {"/api/v2/presence/definitions", presence_members, "", false},
	[DIRECTORY_RECIPIENT] = {"/api/v2/routing/message/recipients", recipient_members, "",
				 false},
	[DIRECTORY_CLIENT] = {"/api/v2/oauth/clients", client_members, NULL, false},
};

const struct shape *shape_of(enum directory_kind kind)
{
	return kind < DIRECTORY_KINDS && shapes[kind].path ? &shapes[kind] : NULL;
}

void shape_write_time(struct writer *writer, const char *key, uint64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm utc;
	char date[32], text[40];

	if (!gmtime_r(&seconds, &utc))
		utc = (struct tm){.tm_mday = 1, .tm_year = 70};
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, sizeof(text), "%s.%03uZ", date, (unsigned)(ms % 1000));
	writer_text(writer, key, text);
}

/* A path and the id behind it, which may have anything that a name in bindery.conf has (RFC 3986
 * §3.3: what a segment may not have is escaped; and `&`, where the library ends a path). */
static void write_uri(struct writer *writer, const char *path, const char *id)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "-._~!$'()*+,;=:@";
	char uri[64 + 3 * DIRECTORY_ID_MAX];
	size_t length = (size_t)snprintf(uri, sizeof(uri), "%s/", path);

	for (; *id && length + 4 < sizeof(uri); id++)
		length +=
			(size_t)snprintf(uri + length, sizeof(uri) - length,
					 strchr(plain, *id) ? "%c" : "%%%02X", (unsigned char)*id);
	writer_text(writer, "selfUri", uri);
}

void shape_write_members(const struct directory_entity *entity, struct writer *writer)
{
	const struct shape *shape = shape_of(entity->kind);

	writer_text(writer, "id", entity->id);
	form_write(shape->members, entity, writer);
	if (entity->kind == DIRECTORY_SKILL)
		writer_text(writer, "state", "active");
	/* Genesys Cloud has a text there for skills, a number elsewhere. */
	if (shape->text_version)
		writer_text(writer, "version", directory_text(entity, "version"));
	else
		writer_integer(writer, "version", entity->version);
	/* What bindery.conf names cannot be deleted here, nor changed in what stands there. */
	writer_bool(writer, "ofFile", form_is_of_file(entity));
	shape_write_time(writer, "dateCreated", entity->created_ms);
	shape_write_time(writer, "dateModified", entity->changed_ms);
	write_uri(writer, shape->path, entity->id);
}

void shape_write(const struct directory_entity *entity, struct writer *writer)
{
	writer_begin_object(writer, NULL);
	shape_write_members(entity, writer);
	writer_end_object(writer);
}
