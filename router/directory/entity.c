#include "router/directory/entity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"
#include "router/bus/bus.h"

static const char *const names[DIRECTORY_KINDS] = {
	[DIRECTORY_USER] = "user",	     [DIRECTORY_QUEUE] = "queue",
	[DIRECTORY_SKILL] = "skill",	     [DIRECTORY_WRAPUP] = "wrapup",
	[DIRECTORY_LIBRARY] = "library",     [DIRECTORY_RESPONSE] = "response",
	[DIRECTORY_PRESENCE] = "presence",   [DIRECTORY_CLIENT] = "client",
	[DIRECTORY_RECIPIENT] = "recipient",
};

const char *directory_kind_name(enum directory_kind kind)
{
	return kind < DIRECTORY_KINDS ? names[kind] : NULL;
}

enum directory_kind directory_kind_of(struct span name)
{
	for (unsigned i = 0; i < DIRECTORY_KINDS; i++) {
		if (strlen(names[i]) == name.length && memcmp(names[i], name.at, name.length) == 0)
			return (enum directory_kind)i;
	}
	return DIRECTORY_KINDS;
}

struct directory_entity *directory_entity_create(enum directory_kind kind,
						 const struct bus_reply *row)
{
	struct span id = bus_reply_span(bus_reply_at(row, 0));
	const struct bus_reply *flat = bus_reply_at(row, 1);
	size_t count = bus_reply_count(flat) / 2;

	if (count == 0 || count > DIRECTORY_FIELDS_MAX || id.length == 0 ||
	    id.length > DIRECTORY_ID_MAX)
		return NULL;
	struct directory_entity *entity = memory_array(1, sizeof(*entity));
	entity->kind = kind;
	entity->id = memory_copy(id.at, id.length);
	entity->version = (uint64_t)bus_reply_integer(bus_reply_field(flat, "version"));
	entity->created_ms = (uint64_t)bus_reply_integer(bus_reply_field(flat, "created_ms"));
	entity->changed_ms = (uint64_t)bus_reply_integer(bus_reply_field(flat, "changed_ms"));
	entity->fields = memory_array(count, sizeof(*entity->fields));
	entity->count = count;
	for (size_t i = 0; i < count; i++) {
		struct span name = bus_reply_span(bus_reply_at(flat, 2 * i));
		struct span value = bus_reply_span(bus_reply_at(flat, 2 * i + 1));
		entity->fields[i].name = memory_copy(name.at, name.length);
		entity->fields[i].value = memory_copy(value.at, value.length);
	}
	return entity;
}

void directory_entity_destroy(struct directory_entity **pointer)
{
	struct directory_entity *entity = *pointer;

	if (!entity)
		return;
	*pointer = NULL;
	for (size_t i = 0; i < entity->count; i++) {
		free(entity->fields[i].name);
		free(entity->fields[i].value);
	}
	free(entity->fields);
	free(entity->id);
	free(entity);
}

const char *directory_text(const struct directory_entity *entity, const char *field)
{
	for (size_t i = 0; i < entity->count; i++) {
		if (strcmp(entity->fields[i].name, field) == 0)
			return entity->fields[i].value;
	}
	return "";
}

int64_t directory_number(const struct directory_entity *entity, const char *field,
			 int64_t otherwise)
{
	const char *text = directory_text(entity, field);
	char *end;

	errno = 0;
	long long value = strtoll(text, &end, 10);
	return errno || end == text || *end ? otherwise : value;
}

bool directory_lists(const struct directory_entity *entity, const char *field, const char *item)
{
	size_t length = strlen(item);

	for (const char *at = directory_text(entity, field); *at;) {
		size_t line = strcspn(at, "\n");
		if (line == length && memcmp(at, item, length) == 0)
			return true;
		at += line + (at[line] != '\0');
	}
	return false;
}
