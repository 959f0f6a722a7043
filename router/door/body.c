#include "router/door/body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/memory.h"
#include "smpp/hex.h"

void body_refuse(struct http_request *request, const char *why)
{
	http_error(request, 400, "bad.request", why, NULL);
}

void body_unavailable(struct http_request *request)
{
	http_error(request, 503, "service.unavailable",
		   "The service cannot reach its store; try again shortly.", "Retry-After: 2\r\n");
}

/* Where, and not in the parser's words: they may quote what was sent. */
static void refuse_json(struct http_request *request, const json_error_t *error)
{
	enum json_error_code code = json_error_code(error);
	bool nul = code == json_error_null_character || code == json_error_null_byte_in_key;
	char why[128];

	if (request->body_length == 0)
		snprintf(why, sizeof(why), "The body is empty.");
	else
		snprintf(why, sizeof(why), "The body %s: line %d, column %d.",
			 nul				    ? "has a text with NUL"
			 : code == json_error_duplicate_key ? "has a member twice"
							    : "is not valid JSON",
			 error->line, error->column);
	body_refuse(request, why);
}

static json_t *read(struct http_request *request, json_type type, const char *why)
{
	json_error_t error;
	json_t *root = json_loadb((const char *)request->body, request->body_length,
				  JSON_REJECT_DUPLICATES, &error);

	if (root && json_typeof(root) == type)
		return root;
	if (root)
		body_refuse(request, why);
	else
		refuse_json(request, &error);
	json_decref(root);
	return NULL;
}

json_t *body_read(struct http_request *request)
{
	return read(request, JSON_OBJECT, "The body is not a JSON object.");
}

json_t *body_read_array(struct http_request *request)
{
	return read(request, JSON_ARRAY, "The body is not a JSON array.");
}

/* Control characters would part a record of the ledger, or a line of an export. */
static bool is_plain(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
			return false;
	}
	return true;
}

bool body_text(const json_t *root, const char *name, char *out, size_t most)
{
	const json_t *value = json_object_get(root, name);
	size_t length = json_string_length(value);

	out[0] = '\0';
	if (!value || json_is_null(value))
		return true;
	if (!json_is_string(value) || length > most || !is_plain(json_string_value(value), length))
		return false;
	memcpy(out, json_string_value(value), length);
	out[length] = '\0';
	return true;
}

bool body_query_number(struct http_request *request, const char *name, size_t least, size_t most,
		       size_t *out)
{
	const char *text = http_query(request, name);
	char why[128];
	char *end;

	if (!text)
		return true;
	unsigned long long value = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && value >= least && value <= most) {
		*out = (size_t)value;
		return true;
	}
	snprintf(why, sizeof(why), "%s must be %zu..%zu.", name, least, most);
	body_refuse(request, why);
	return false;
}

void body_say(struct http_request *request, unsigned status, const struct writer *writer)
{
	struct http_answer answer = {
		.status = status,
		.type = "application/json",
		.body = {(const uint8_t *)writer->bytes, writer->length},
	};

	http_answer(request, &answer);
}

void body_answer(struct http_request *request, unsigned status, struct writer *writer)
{
	body_say(request, status, writer);
	writer_finish(writer);
}

const char *body_time(uint64_t ms, char out[BODY_TIME_MAX])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm utc;
	char date[32];

	*out = '\0';
	if (ms == 0 || !gmtime_r(&seconds, &utc))
		return out;
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out, BODY_TIME_MAX, "%s.%03uZ", date, (unsigned)(ms % 1000));
	return out;
}

void body_put_time(struct writer *writer, const char *key, uint64_t ms)
{
	char text[BODY_TIME_MAX];

	if (*body_time(ms, text))
		writer_text(writer, key, text);
	else
		writer_null(writer, key);
}

void body_put_hex(struct writer *writer, const char *key, struct span octets)
{
	char *text = memory_array(octets.length * 2 + 1, 1);

	hex_put(octets, text);
	writer_string(writer, key, (struct span){(uint8_t *)text, octets.length * 2});
	free(text);
}
