#include "router/door/form.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"

#define NUMBER_TEXT_MAX 24
#define NUMBER_REAL_MAX 9007199254740992. /* beyond it not every whole number is a double */

bool form_is_of_file(const struct directory_entity *entity)
{
	return entity && strcmp(directory_text(entity, "source"), "file") == 0;
}

const json_t *form_at(const json_t *root, const char *path)
{
	char name[64];

	while (root && *path) {
		size_t length = strcspn(path, ".");
		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		root = json_object_get(root, name);
		path += length + (path[length] == '.');
	}
	return json_is_null(root) ? NULL : root;
}

/* Readers: a malloc'd text, or NULL and why in `form->wrong`. */

static void refuse_text(struct form *form, const struct form_member *member)
{
	snprintf(form->wrong, sizeof(form->wrong),
		 "%s must be a text of %" PRId64 " to %" PRId64 " octets%s.", member->path,
		 member->least, member->most, member->lines ? "" : " without control characters");
}

static bool is_text(const struct form_member *member, const char *text, size_t length)
{
	if (length < (size_t)member->least || length > (size_t)member->most)
		return false;
	for (size_t i = 0; i < length; i++) {
		uint8_t octet = (uint8_t)text[i];
		if (octet == 0x7f || (octet < ' ' && !(member->lines && strchr("\n\r\t", octet))))
			return false;
	}
	return member->least == 0 || strspn(text, " ") < length;
}

static char *read_text(struct form *form, const struct form_member *member, const json_t *value)
{
	size_t length = json_string_length(value);

	/* A NUL within would be its end. */
	if (json_is_string(value) && strlen(json_string_value(value)) == length &&
	    is_text(member, json_string_value(value), length))
		return memory_text(json_string_value(value));
	refuse_text(form, member);
	return NULL;
}

static char *read_number(struct form *form, const struct form_member *member, const json_t *value)
{
	char text[NUMBER_TEXT_MAX];
	int64_t unit = member->unit ? member->unit : 1;
	int64_t number = json_is_integer(value) ? json_integer_value(value)
			 : json_is_real(value) && fabs(json_real_value(value)) < NUMBER_REAL_MAX
				 ? (int64_t)json_real_value(value)
				 : INT64_MIN;

	if (number >= member->least && number <= member->most &&
	    (json_is_integer(value) || (double)number == json_real_value(value))) {
		snprintf(text, sizeof(text), "%" PRId64, number / unit);
		return memory_text(text);
	}
	snprintf(form->wrong, sizeof(form->wrong),
		 "%s must be a whole number, %" PRId64 "..%" PRId64 ".", member->path,
		 member->least, member->most);
	return NULL;
}

static char *read_flag(struct form *form, const struct form_member *member, const json_t *value)
{
	if (json_is_boolean(value))
		return memory_text(json_is_true(value) ? "1" : "");
	snprintf(form->wrong, sizeof(form->wrong), "%s must be true or false.", member->path);
	return NULL;
}

static char *read_word(struct form *form, const struct form_member *member, const json_t *value)
{
	const char *said = json_is_string(value) ? json_string_value(value) : "";
	size_t length;

	for (const struct form_word *word = member->words; word->said; word++) {
		if (strcmp(word->said, said) == 0)
			return memory_text(word->kept);
	}
	length = (size_t)snprintf(form->wrong, sizeof(form->wrong), "%s must be one of",
				  member->path);
	for (const struct form_word *word = member->words;
	     word->said && length < sizeof(form->wrong); word++)
		length += (size_t)snprintf(form->wrong + length, sizeof(form->wrong) - length,
					   "%s %s", word == member->words ? "" : ",", word->said);
	return NULL;
}

static char *read_value(struct form *form, const struct form_member *member, const json_t *value)
{
	char *text;

	switch (member->type) {
	case FORM_TEXT:
		return read_text(form, member, value);
	case FORM_NUMBER:
		return read_number(form, member, value);
	case FORM_FLAG:
		return read_flag(form, member, value);
	case FORM_WORD:
		return read_word(form, member, value);
	case FORM_OWN:
		text = member->read(value);
		if (!text)
			snprintf(form->wrong, sizeof(form->wrong), "%s must be %s.", member->path,
				 member->allowed);
		return text;
	case FORM_SHOWN:
		break;
	}
	return NULL;
}

void form_put(struct form *form, const char *field, const char *value)
{
	for (size_t i = 0; i < form->count; i++) {
		if (strcmp(form->fields[i].name, field) != 0)
			continue;
		free(form->fields[i].value);
		form->fields[i].value = memory_text(value);
		return;
	}
	if (form->count < FORM_FIELDS_MAX)
		form->fields[form->count++] =
			(struct directory_field){memory_text(field), memory_text(value)};
}

const char *form_said(const struct form *form, const char *field)
{
	for (size_t i = 0; i < form->count; i++) {
		if (strcmp(form->fields[i].name, field) == 0)
			return form->fields[i].value;
	}
	return NULL;
}

void form_finish(struct form *form)
{
	for (size_t i = 0; i < form->count; i++) {
		free(form->fields[i].name);
		free(form->fields[i].value);
	}
	form->count = 0;
}

static void read_missing(struct form *form, const struct form_member *member, enum form_how how,
			 bool fixed)
{
	if (how == FORM_PART || fixed)
		return;
	if (member->type == FORM_TEXT && member->least > 0)
		refuse_text(form, member);
	else
		form_put(form, member->field, "");
}

/* What a field that is not kept means. */
static const char *kept_or_default(const struct form_member *member,
				   const struct directory_entity *entity)
{
	const char *text = directory_text(entity, member->field);

	return !*text && member->type == FORM_WORD ? member->words[0].kept : text;
}

static void read_member(struct form *form, const struct form_member *member, const json_t *value,
			const struct directory_entity *entity)
{
	bool fixed = member->in_file && form_is_of_file(entity);
	char *text = read_value(form, member, value);

	if (!text)
		return;
	if (!fixed)
		form_put(form, member->field, text);
	else if (strcmp(text, kept_or_default(member, entity)) != 0)
		snprintf(form->wrong, sizeof(form->wrong),
			 "bindery.conf says what its %s is; it can only be changed there.",
			 member->path);
	free(text);
}

/* Whether what is to have the member within is an object, or not there. */
static bool has_objects(struct form *form, const char *path, const json_t *root)
{
	char within[64];

	for (const char *dot = strchr(path, '.'); dot; dot = strchr(dot + 1, '.')) {
		snprintf(within, sizeof(within), "%.*s", (int)(dot - path), path);
		const json_t *value = form_at(root, within);
		if (value && !json_is_object(value)) {
			snprintf(form->wrong, sizeof(form->wrong), "%s must be an object.", within);
			return false;
		}
	}
	return true;
}

bool form_read(struct form *form, const struct form_member *members, const json_t *root,
	       enum form_how how, const struct directory_entity *entity)
{
	*form = (struct form){0};
	for (const struct form_member *member = members; member->path && !form->wrong[0];
	     member++) {
		const json_t *value = form_at(root, member->path);
		if (member->type == FORM_SHOWN || !has_objects(form, member->path, root))
			continue;
		if (value)
			read_member(form, member, value, entity);
		else
			read_missing(form, member, how, member->in_file && form_is_of_file(entity));
	}
	return !form->wrong[0];
}

/* Writing */

static const char *said_of(const struct form_member *member, const char *kept)
{
	for (const struct form_word *word = member->words; word->said; word++) {
		if (strcmp(word->kept, kept) == 0)
			return word->said;
	}
	return member->words[0].said;
}

static void write_value(const struct form_member *member, const struct directory_entity *entity,
			const char *key, struct writer *writer)
{
	const char *text = directory_text(entity, member->field);
	int64_t unit = member->unit ? member->unit : 1;
	int64_t number;

	switch (member->type) {
	case FORM_TEXT:
	case FORM_SHOWN:
		if (*text)
			writer_text(writer, key, text);
		break;
	case FORM_NUMBER:
		number = directory_number(entity, member->field, member->otherwise / unit);
		if (*text || member->otherwise >= member->least)
			writer_signed(writer, key, number * unit);
		break;
	case FORM_FLAG:
		writer_bool(writer, key, strcmp(text, "1") == 0);
		break;
	case FORM_WORD:
		writer_text(writer, key, said_of(member, text));
		break;
	case FORM_OWN:
		member->write(writer, key, text);
		break;
	}
}

/* How many octets of both paths name the same objects, each with its dot. */
static size_t shared_objects(const char *a, const char *b)
{
	size_t shared = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++) {
		if (a[i] == '.')
			shared = i + 1;
	}
	return shared;
}

static void leave(struct writer *writer, const char *path)
{
	for (; (path = strchr(path, '.')); path++)
		writer_end_object(writer);
}

void form_write(const struct form_member *members, const struct directory_entity *entity,
		struct writer *writer)
{
	const char *before = "";
	char name[64];

	for (const struct form_member *member = members; member->path; member++) {
		const char *at = member->path + shared_objects(before, member->path);
		leave(writer, before + (at - member->path));
		for (const char *dot; (dot = strchr(at, '.')); at = dot + 1) {
			snprintf(name, sizeof(name), "%.*s", (int)(dot - at), at);
			writer_begin_object(writer, name);
		}
		write_value(member, entity, at, writer);
		before = member->path;
	}
	leave(writer, before);
}
