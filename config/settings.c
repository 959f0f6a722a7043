#include "config/settings.h"

#include <errno.h>
#include <libconfig.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/memory.h"
#include "config/settings_check.h"
#include "config/settings_keys.h"
#include "config/settings_names.h"
#include "smpp/utf8.h"

#define PLACE_MAX 160

/* Where the loader stands: which struct, which group of the file, how errors call it. */
struct place {
	struct settings_errors *errors;
	const struct settings_group *group;
	const config_setting_t *node; /* NULL when the file does not have the group */
	void *into;
	char label[PLACE_MAX]; /* `carrier "acme": ` */
};

static void place_error(const struct place *place, const config_setting_t *at, const char *format,
			...) __attribute__((format(printf, 3, 4)));

static void place_error(const struct place *place, const config_setting_t *at, const char *format,
			...)
{
	char text[SETTINGS_ERROR_MAX];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	settings_error(place->errors, at ? config_setting_source_file(at) : NULL,
		       at ? config_setting_source_line(at) : 0, place->label, text);
}

static void *field_at(const struct place *place, size_t offset)
{
	return (char *)place->into + offset;
}

static void store_pointer(const struct place *place, size_t offset, const void *value)
{
	memcpy(field_at(place, offset), &value, sizeof(value));
}

static void store_count(const struct place *place, const struct settings_key *key, size_t count)
{
	memcpy(field_at(place, key->count_offset), &count, sizeof(count));
}

static void store_number(const struct place *place, const struct settings_key *key, unsigned value)
{
	if (key->type == SETTINGS_FLAG)
		*(bool *)field_at(place, key->offset) = value != 0;
	else if (key->type == SETTINGS_OCTET)
		*(uint8_t *)field_at(place, key->offset) = (uint8_t)value;
	else
		memcpy(field_at(place, key->offset), &value, sizeof(value));
}

static bool choice_value(const struct settings_key *key, const char *name, unsigned *value)
{
	for (const struct settings_choice *choice = key->choices; choice->name; choice++) {
		if (strcmp(choice->name, name) == 0) {
			*value = choice->value;
			return true;
		}
	}
	return false;
}

static void store_default(const struct place *place, const struct settings_key *key)
{
	unsigned value = key->initial;

	if (key->type == SETTINGS_TEXT) {
		store_pointer(place, key->offset, memory_text(key->fallback));
	} else if (key->type == SETTINGS_TEXTS || key->type == SETTINGS_LIST) {
		store_pointer(place, key->offset, NULL);
		store_count(place, key, 0);
	} else {
		if (key->type == SETTINGS_CHOICE)
			(void)choice_value(key, key->fallback, &value);
		store_number(place, key, value);
	}
}

static bool text_fits(const struct place *place, const struct settings_key *key,
		      const config_setting_t *at)
{
	size_t length;

	if (config_setting_type(at) != CONFIG_TYPE_STRING) {
		place_error(place, at, "%s is not a text in quotes", key->name);
		return false;
	}
	length = strlen(config_setting_get_string(at));
	if (length < key->min || (key->type == SETTINGS_TEXT && length > key->max)) {
		place_error(place, at, "%s is %zu octets long, allowed %u..%u", key->name, length,
			    key->min, key->max);
		return false;
	}
	/* What is no UTF-8 could neither be sent nor be shown. */
	if (!utf8_valid(span_text(config_setting_get_string(at)))) {
		place_error(place, at, "%s is not UTF-8", key->name);
		return false;
	}
	return true;
}

static void read_text(const struct place *place, const struct settings_key *key,
		      const config_setting_t *at)
{
	if (!text_fits(place, key, at))
		return;
	free(*(char **)field_at(place, key->offset));
	store_pointer(place, key->offset, memory_text(config_setting_get_string(at)));
}

static void read_number(const struct place *place, const struct settings_key *key,
			const config_setting_t *at)
{
	int type = config_setting_type(at);
	long long value;

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
		place_error(place, at, "%s is not a whole number", key->name);
		return;
	}
	value = config_setting_get_int64(at);
	if (type == CONFIG_TYPE_INT)
		value = config_setting_get_int(at);
	/* 0xFFFFFFFF is an int to libconfig. */
	if (type == CONFIG_TYPE_INT && config_setting_get_format(at) == CONFIG_FORMAT_HEX)
		value = (uint32_t)value;
	if (value < (long long)key->min || value > (long long)key->max)
		place_error(place, at, "%s is %lld, allowed %u..%u", key->name, value, key->min,
			    key->max);
	else
		store_number(place, key, (unsigned)value);
}

static void read_flag(const struct place *place, const struct settings_key *key,
		      const config_setting_t *at)
{
	if (config_setting_type(at) != CONFIG_TYPE_BOOL)
		place_error(place, at, "%s is neither true nor false", key->name);
	else
		store_number(place, key, config_setting_get_bool(at) ? 1 : 0);
}

static void read_choice(const struct place *place, const struct settings_key *key,
			const config_setting_t *at)
{
	const char *text = config_setting_get_string(at);
	char allowed[256] = "";
	unsigned value;

	if (text && choice_value(key, text, &value)) {
		store_number(place, key, value);
		return;
	}
	for (const struct settings_choice *choice = key->choices; choice->name; choice++) {
		size_t used = strlen(allowed);
		snprintf(allowed + used, sizeof(allowed) - used, "%s\"%s\"", used ? ", " : "",
			 choice->name);
	}
	if (text)
		place_error(place, at, "%s is \"%.64s\", allowed %s", key->name, text, allowed);
	else
		place_error(place, at, "%s is not a text in quotes, allowed %s", key->name,
			    allowed);
}

static void read_texts(const struct place *place, const struct settings_key *key,
		       const config_setting_t *at)
{
	size_t count = 0, length;
	char **texts;

	if (!config_setting_is_array(at) && !config_setting_is_list(at)) {
		place_error(place, at, "%s is not a list of texts", key->name);
		return;
	}
	length = (size_t)config_setting_length(at);
	if (length > key->max) {
		place_error(place, at, "%s has %zu elements, allowed 0..%u", key->name, length,
			    key->max);
		return;
	}
	texts = memory_array(length, sizeof(*texts));
	for (size_t i = 0; i < length; i++) {
		const config_setting_t *element = config_setting_get_elem(at, (unsigned)i);
		if (text_fits(place, key, element))
			texts[count++] = memory_text(config_setting_get_string(element));
	}
	store_pointer(place, key->offset, texts);
	store_count(place, key, count);
}

static void read_group(struct place *place);

/* A name for errors: the element's own first key where that is a text, else its place in the list.
 */
static void label_element(struct place *inner, const struct place *outer, size_t index)
{
	const char *name = NULL;

	if (inner->group->keys[0].type == SETTINGS_TEXT)
		(void)config_setting_lookup_string(inner->node, inner->group->keys[0].name, &name);
	if (name)
		snprintf(inner->label, sizeof(inner->label), "%.64s%s \"%.64s\": ", outer->label,
			 inner->group->noun, name);
	else
		snprintf(inner->label, sizeof(inner->label), "%.64s%s %zu: ", outer->label,
			 inner->group->noun, index + 1);
}

static void read_list(const struct place *place, const struct settings_key *key,
		      const config_setting_t *at)
{
	size_t length, count = 0;
	char *elements;

	if (!config_setting_is_list(at)) {
		place_error(place, at, "%s is not a list ( {...}, {...} )", key->name);
		return;
	}
	length = (size_t)config_setting_length(at);
	if (length < key->min || length > key->max) {
		place_error(place, at, "%s has %zu elements, allowed %u..%u", key->name, length,
			    key->min, key->max);
		return;
	}
	elements = memory_array(length, key->group->size);
	for (size_t i = 0; i < length; i++) {
		struct place inner = {.errors = place->errors,
				      .group = key->group,
				      .node = config_setting_get_elem(at, (unsigned)i),
				      .into = elements + count * key->group->size};
		if (!config_setting_is_group(inner.node)) {
			place_error(place, inner.node, "element %zu of %s is not a group {...}",
				    i + 1, key->name);
			continue;
		}
		label_element(&inner, place, i);
		settings_remember(place->errors, inner.into, config_setting_source_file(inner.node),
				  config_setting_source_line(inner.node));
		read_group(&inner);
		count++;
	}
	store_pointer(place, key->offset, elements);
	store_count(place, key, count);
}

static void read_key(const struct place *place, const struct settings_key *key,
		     const config_setting_t *at)
{
	static void (*const readers[])(const struct place *, const struct settings_key *,
				       const config_setting_t *) = {
		[SETTINGS_TEXT] = read_text,	 [SETTINGS_NUMBER] = read_number,
		[SETTINGS_OCTET] = read_number,	 [SETTINGS_FLAG] = read_flag,
		[SETTINGS_CHOICE] = read_choice, [SETTINGS_TEXTS] = read_texts,
		[SETTINGS_LIST] = read_list,
	};
	readers[key->type](place, key, at);
}

static void read_inner_group(const struct place *place, const struct settings_key *key,
			     const config_setting_t *at)
{
	struct place inner = {.errors = place->errors,
			      .group = key->group,
			      .node = at,
			      .into = field_at(place, key->offset)};

	if (at && !config_setting_is_group(at)) {
		place_error(place, at, "%s is not a group {...}", key->name);
		inner.node = NULL;
	}
	snprintf(inner.label, sizeof(inner.label), "%.120s%s: ", place->label, key->name);
	settings_remember(place->errors, inner.into, at ? config_setting_source_file(at) : NULL,
			  at ? config_setting_source_line(at) : 0);
	read_group(&inner);
}

static void refuse_unknown(const struct place *place)
{
	int length = place->node ? config_setting_length(place->node) : 0;

	for (int i = 0; i < length; i++) {
		const config_setting_t *at = config_setting_get_elem(place->node, (unsigned)i);
		const char *name = config_setting_name(at);
		size_t k = 0;

		while (k < place->group->count && strcmp(place->group->keys[k].name, name) != 0)
			k++;
		if (k == place->group->count)
			place_error(place, at, "unknown key \"%.64s\"", name);
	}
}

static void read_group(struct place *place)
{
	refuse_unknown(place);
	for (size_t i = 0; i < place->group->count; i++) {
		const struct settings_key *key = &place->group->keys[i];
		const config_setting_t *at =
			place->node ? config_setting_get_member(place->node, key->name) : NULL;

		if (key->type == SETTINGS_GROUP) {
			read_inner_group(place, key, at);
			continue;
		}
		store_default(place, key);
		if (at)
			read_key(place, key, at);
		else if ((key->type == SETTINGS_TEXT && !key->fallback) ||
			 (key->type == SETTINGS_LIST && key->min > 0))
			place_error(place, place->node, "%s is missing", key->name);
	}
}

static void free_group(const struct settings_group *group, void *at);

static void free_array(const struct settings_key *key, char *at)
{
	size_t count;
	char *array;

	memcpy(&count, at + (key->count_offset - key->offset), sizeof(count));
	memcpy(&array, at, sizeof(array));
	for (size_t i = 0; i < count; i++) {
		if (key->type == SETTINGS_TEXTS)
			free(((char **)(void *)array)[i]);
		else
			free_group(key->group, array + i * key->group->size);
	}
	free(array);
}

static void free_group(const struct settings_group *group, void *at)
{
	for (size_t i = 0; i < group->count; i++) {
		const struct settings_key *key = &group->keys[i];
		char *field = (char *)at + key->offset;

		if (key->type == SETTINGS_TEXT)
			free(*(char **)(void *)field);
		else if (key->type == SETTINGS_GROUP)
			free_group(key->group, field);
		else if (key->type == SETTINGS_TEXTS || key->type == SETTINGS_LIST)
			free_array(key, field);
	}
}

void settings_destroy(struct settings **settings)
{
	if (!*settings)
		return;
	settings_names_free(*settings);
	free_group(&settings_root, *settings);
	free(*settings);
	*settings = NULL;
}

static int settings_take(config_t *config, struct settings_errors *errors,
			 struct settings **settings)
{
	struct settings *loaded = memory_array(1, sizeof(*loaded));
	struct place root = {.errors = errors,
			     .group = &settings_root,
			     .node = config_root_setting(config),
			     .into = loaded};

	read_group(&root);
	settings_names_sort(loaded);
	settings_check(loaded, errors);
	if (errors->count) {
		settings_destroy(&loaded);
		return -EINVAL;
	}
	*settings = loaded;
	return 0;
}

/* After libconfig could not read the file; it opens a folder, and then has no errno for it. */
static const char *why_unread(const char *path)
{
	int error = errno;
	struct stat about;

	if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
		error = EISDIR;
	return strerror(error ? error : EIO);
}

static int settings_read(config_t *config, bool parsed, struct settings_errors *errors,
			 struct settings **settings)
{
	int result = -EINVAL;

	if (parsed)
		result = settings_take(config, errors, settings);
	else if (config_error_type(config) == CONFIG_ERR_FILE_IO)
		settings_error(errors, errors->file, 0, "", why_unread(errors->file));
	else
		settings_error(errors, config_error_file(config),
			       (unsigned)config_error_line(config), "", config_error_text(config));
	config_destroy(config);
	settings_errors_finish(errors);
	return result;
}

int settings_load(const char *path, unsigned secrets, settings_report *report, void *context,
		  struct settings **settings)
{
	struct settings_errors errors = {
		.report = report, .context = context, .secrets = secrets, .file = path};
	char *folder = memory_text(path);
	config_t config;
	bool parsed;

	config_init(&config);
	config_set_include_dir(&config, dirname(folder));
	errno = 0;
	parsed = config_read_file(&config, path) == CONFIG_TRUE;
	free(folder);
	return settings_read(&config, parsed, &errors, settings);
}

int settings_parse(const char *text, settings_report *report, void *context,
		   struct settings **settings)
{
	struct settings_errors errors = {.report = report,
					 .context = context,
					 .secrets = SETTINGS_SECRETS_CARRIERS,
					 .file = "text"};
	config_t config;
	bool parsed;

	config_init(&config);
	parsed = config_read_string(&config, text) == CONFIG_TRUE;
	return settings_read(&config, parsed, &errors, settings);
}
