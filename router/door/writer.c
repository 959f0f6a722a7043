#include "router/door/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/memory.h"

#define WRITER_FIRST_CAPACITY 512

void writer_init(struct writer *writer)
{
	*writer = (struct writer){0};
}

void writer_finish(struct writer *writer)
{
	free(writer->bytes);
	*writer = (struct writer){0};
}

/* Room for `more` octets and a NUL behind them. */
static char *reserve(struct writer *writer, size_t more)
{
	size_t need = writer->length + more + 1;

	if (need > writer->capacity) {
		size_t capacity = writer->capacity ? writer->capacity : WRITER_FIRST_CAPACITY;
		while (capacity < need)
			capacity *= 2;
		writer->bytes = memory_resize(writer->bytes, capacity, 1);
		writer->capacity = capacity;
	}
	return writer->bytes + writer->length;
}

static void put(struct writer *writer, const char *bytes, size_t length)
{
	memcpy(reserve(writer, length), bytes, length);
	writer->length += length;
}

char *writer_take(struct writer *writer)
{
	char *text = reserve(writer, 0);

	*text = '\0';
	text = writer->bytes;
	*writer = (struct writer){0};
	return text;
}

/* The comma that the place asks for, and the key. */
static void begin(struct writer *writer, const char *key)
{
	bool first = !writer->length || strchr("{[", writer->bytes[writer->length - 1]);

	if (!first)
		put(writer, ",", 1);
	if (!key)
		return;
	put(writer, "\"", 1);
	put(writer, key, strlen(key));
	put(writer, "\":", 2);
}

void writer_begin_object(struct writer *writer, const char *key)
{
	begin(writer, key);
	put(writer, "{", 1);
}

void writer_end_object(struct writer *writer)
{
	put(writer, "}", 1);
}

void writer_begin_array(struct writer *writer, const char *key)
{
	begin(writer, key);
	put(writer, "[", 1);
}

void writer_end_array(struct writer *writer)
{
	put(writer, "]", 1);
}

static bool is_tail(uint8_t octet)
{
	return (octet & 0xc0) == 0x80;
}

/* Octets of the well-formed character at `at` (Unicode 15, table 3-7), 0 where there is none. */
static size_t character_length(const uint8_t *at, size_t left)
{
	uint8_t lead = at[0];

	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return left >= 2 && is_tail(at[1]) ? 2 : 0;
	if (lead >= 0xe0 && lead <= 0xef) {
		if (left < 3 || !is_tail(at[1]) || !is_tail(at[2]))
			return 0;
		bool overlong = lead == 0xe0 && at[1] < 0xa0;
		bool surrogate = lead == 0xed && at[1] > 0x9f;
		return overlong || surrogate ? 0 : 3;
	}
	if (lead >= 0xf0 && lead <= 0xf4) {
		if (left < 4 || !is_tail(at[1]) || !is_tail(at[2]) || !is_tail(at[3]))
			return 0;
		bool overlong = lead == 0xf0 && at[1] < 0x90;
		bool beyond = lead == 0xf4 && at[1] > 0x8f;
		return overlong || beyond ? 0 : 4;
	}
	return 0;
}

/* What octet stands for as an escape; at most 6 characters. */
static size_t escape(uint8_t octet, char out[6])
{
	static const char digits[] = "0123456789abcdef";
	static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (size_t i = 0; i + 1 < sizeof(named); i += 2) {
		if ((uint8_t)named[i] == octet) {
			out[0] = '\\';
			out[1] = named[i + 1];
			return 2;
		}
	}
	out[0] = '\\';
	out[1] = 'u';
	out[2] = out[3] = '0';
	out[4] = digits[octet >> 4];
	out[5] = digits[octet & 15];
	return 6;
}

static bool is_plain(uint8_t octet)
{
	return octet >= 0x20 && octet < 0x7f && octet != '"' && octet != '\\';
}

void writer_string(struct writer *writer, const char *key, struct span value)
{
	begin(writer, key);
	/* An octet becomes 6 characters at the worst, so the loop needs no further check. */
	char *out = reserve(writer, value.length * 6 + 2);
	char *start = out;

	*out++ = '"';
	for (size_t i = 0; i < value.length;) {
		const uint8_t *at = value.at + i;
		if (is_plain(*at)) {
			*out++ = (char)*at;
			i++;
			continue;
		}
		if (*at < 0x20 || *at == '"' || *at == '\\') {
			out += escape(*at, out);
			i++;
			continue;
		}
		size_t length = character_length(at, value.length - i);
		memcpy(out, length ? (const void *)at : "\xef\xbf\xbd", length ? length : 3);
		out += length ? length : 3;
		i += length ? length : 1;
	}
	*out++ = '"';
	writer->length += (size_t)(out - start);
}

void writer_text(struct writer *writer, const char *key, const char *value)
{
	struct span span = {(const uint8_t *)value, value ? strlen(value) : 0};

	writer_string(writer, key, span);
}

void writer_integer(struct writer *writer, const char *key, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	begin(writer, key);
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	put(writer, digits + at, sizeof(digits) - at);
}

void writer_signed(struct writer *writer, const char *key, int64_t value)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRId64, value);

	begin(writer, key);
	put(writer, digits, (size_t)length);
}

void writer_hundredths(struct writer *writer, const char *key, uint64_t value)
{
	char digits[32];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64 ".%02" PRIu64, value / 100,
			      value % 100);

	begin(writer, key);
	put(writer, digits, (size_t)length);
}

void writer_bool(struct writer *writer, const char *key, bool value)
{
	begin(writer, key);
	put(writer, value ? "true" : "false", value ? 4 : 5);
}

void writer_null(struct writer *writer, const char *key)
{
	begin(writer, key);
	put(writer, "null", 4);
}

void writer_raw(struct writer *writer, const char *key, const char *json)
{
	begin(writer, key);
	put(writer, json, strlen(json));
}

void writer_list(struct writer *writer, const char *key, struct span text)
{
	size_t begin_at = 0;

	writer_begin_array(writer, key);
	for (size_t i = 0; text.length && i <= text.length; i++) {
		if (i < text.length && text.at[i] != ',')
			continue;
		writer_string(writer, NULL, (struct span){text.at + begin_at, i - begin_at});
		begin_at = i + 1;
	}
	writer_end_array(writer);
}

void writer_pairs(struct writer *writer, const char *key, struct span lines)
{
	if (lines.length == 0)
		return;
	writer_begin_array(writer, key);
	while (lines.length > 0) {
		const uint8_t *line = lines.at;
		const uint8_t *end = memchr(line, '\n', lines.length);
		size_t length = end ? (size_t)(end - line) : lines.length;
		const uint8_t *blank = length ? memchr(line, ' ', length) : NULL;
		size_t name = blank ? (size_t)(blank - line) : length;
		size_t used = length + (end ? 1 : 0);
		writer_begin_object(writer, NULL);
		writer_string(writer, "name", (struct span){line, name});
		writer_string(writer, "value",
			      blank ? (struct span){blank + 1, length - name - 1}
				    : (struct span){line, 0});
		writer_end_object(writer);
		lines = (struct span){line + used, lines.length - used};
	}
	writer_end_array(writer);
}
