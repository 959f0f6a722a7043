#include "tests/unit/test-tolerance-table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[KEYS] = {
	"name",	   "spec",  "carrier", "flight", "in",	   "decode", "answer",	"session",
	"outcome", "count", "mo",      "body",	 "coding", "text",   "receipt",
};

static unsigned digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = strchr(digits, c);

	assert_true(c && at);
	return at ? (unsigned)(at - digits) : 0;
}

/* One word of hex, `1400*3` or `SEQ`. */
static size_t read_word(const char *word, size_t length, uint8_t *out, size_t capacity)
{
	const char *star = memchr(word, '*', length);
	size_t digits = star ? (size_t)(star - word) : length, written = 0;
	unsigned long times = star ? strtoul(star + 1, NULL, 10) : 1;

	if (length == 3 && memcmp(word, "SEQ", 3) == 0) {
		assert_true(capacity >= 4);
		memcpy(out, (const uint8_t[4]){0, 0, 0, TOLERANCE_SEQUENCE}, 4);
		return 4;
	}
	assert_int_equal(digits % 2, 0);
	assert_true(digits / 2 * times <= capacity);
	for (unsigned long i = 0; i < times; i++) {
		for (size_t at = 0; at < digits; at += 2) {
			out[written++] = (uint8_t)(digit(word[at]) << 4 | digit(word[at + 1]));
		}
	}
	return written;
}

size_t tolerance_octets(const char *hex, uint8_t *out, size_t capacity)
{
	size_t length = 0;

	if (strcmp(hex, "none") == 0)
		return 0;
	while (*hex) {
		size_t word = strcspn(hex, " ");
		length += read_word(hex, word, out + length, capacity - length);
		hex += word + strspn(hex + word, " ");
	}
	return length;
}

static void die(const char *what, const char *line)
{
	fprintf(stderr, "tolerance table: %s: %s\n", what, line);
	exit(1);
}

static void *checked(void *memory)
{
	if (!memory)
		die("out of memory", "");
	return memory;
}

static enum key key_of(const char *line, size_t length)
{
	for (unsigned i = 0; i < KEYS; i++) {
		if (strlen(names[i]) == length && memcmp(names[i], line, length) == 0)
			return (enum key)i;
	}
	die("unknown key", line);
	return KEYS;
}

static void add_line(struct play *play, const char *line)
{
	size_t length = strcspn(line, ":");
	enum key key = key_of(line, length);
	const char *value = line + length + strspn(line + length, ": ");
	char **old = &play->values[key];
	size_t before = *old ? strlen(*old) : 0;

	*old = checked(realloc(*old, before + strlen(value) + 2));
	snprintf(*old + before, strlen(value) + 2, "%s%s", before ? " " : "", value);
}

/* What a case may leave out says nothing. */
static void complete(struct play *play)
{
	for (unsigned i = 0; i < KEYS; i++) {
		if (!play->values[i] && i != KEY_CODING && i != KEY_TEXT)
			play->values[i] = checked(strdup(i == KEY_BODY ? "none" : ""));
	}
}

size_t tolerance_read(const char *path, struct play plays[TOLERANCE_CASES_MAX])
{
	FILE *file = fopen(path, "r");
	char line[512];
	size_t count = 0;

	if (!file)
		die("cannot open", path);
	while (fgets(line, sizeof(line), file)) {
		size_t length = strcspn(line, "\n");
		if (length == 0 || line[0] == '#')
			continue;
		line[length] = '\0';
		if (strncmp(line, "name:", 5) == 0 && ++count > TOLERANCE_CASES_MAX)
			die("too many cases", line);
		if (count == 0)
			die("no name before", line);
		add_line(&plays[count - 1], line);
	}
	fclose(file);
	for (size_t i = 0; i < count; i++)
		complete(&plays[i]);
	return count;
}
