#include "config/log.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "smpp/address.h"

#define SPEC_MAX 32
#define VALUE_MAX 1024
#define LOG_PACE_MS 1000

/* The one setting that is global: a process has one stderr. */
static struct {
	enum log_level level;
	bool mask_numbers, journal;
} log_state = {LOG_INFO, true, false};

/* Whether stderr is the stream that JOURNAL_STREAM names as `device:inode`. */
static bool log_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char ours[64];
	struct stat facts;

	if (!stream || fstat(STDERR_FILENO, &facts) != 0)
		return false;
	snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)facts.st_dev, (uintmax_t)facts.st_ino);
	return strcmp(stream, ours) == 0;
}

void log_init(enum log_level level, bool mask_numbers)
{
	log_state.level = level;
	log_state.mask_numbers = mask_numbers;
	log_state.journal = log_is_journal();
}

bool log_wants(enum log_level level)
{
	return level <= log_state.level;
}

struct line {
	char *at;
	size_t length, capacity; /* capacity counts the NUL */
	bool cut;
};

static void line_put(struct line *line, const char *octets, size_t length)
{
	size_t room = line->capacity - 1 - line->length;

	if (length > room) {
		length = room;
		line->cut = true;
	}
	memcpy(line->at + line->length, octets, length);
	line->length += length;
}

static bool octet_is_plain(unsigned char octet)
{
	return octet > ' ' && octet < 0x7F && octet != '"' && octet != '\\' && octet != '=';
}

static void line_put_value(struct line *line, const char *value, size_t length)
{
	bool plain = length > 0;

	for (size_t i = 0; i < length && plain; i++)
		plain = octet_is_plain((unsigned char)value[i]);
	if (plain) {
		line_put(line, value, length);
		return;
	}
	line_put(line, "\"", 1);
	for (size_t i = 0; i < length; i++) {
		unsigned char octet = (unsigned char)value[i];
		char escaped[8];
		int size = 1;

		if (octet == '"' || octet == '\\')
			size = snprintf(escaped, sizeof(escaped), "\\%c", octet);
		else if (octet < ' ' || octet >= 0x7F)
			size = snprintf(escaped, sizeof(escaped), "\\x%02X", octet);
		else
			escaped[0] = (char)octet;
		line_put(line, escaped, (size_t)size);
	}
	line_put(line, "\"", 1);
}

/* A conversion of the format: `text` is it alone, ready for snprintf(). */
struct spec {
	char text[SPEC_MAX];
	size_t length;
	char modifier; /* 'H' for hh, 'L' for ll, else itself or 0 */
	char kind;
	int width, precision;
	bool starred; /* `.*`: the precision came as a value */
};

static void spec_read(const char *format, struct spec *spec)
{
	size_t at = 1 + strspn(format + 1, "-+ #0123456789");

	*spec = (struct spec){.precision = -1};
	if (format[at] == '.') {
		at++;
		spec->starred = format[at] == '*';
		at += spec->starred ? 1 : strspn(format + at, "0123456789");
	}
	if (format[at] && strchr("hlzjt", format[at])) {
		spec->modifier = format[at++];
		if (format[at] == spec->modifier) {
			spec->modifier = spec->modifier == 'h' ? 'H' : 'L';
			at++;
		}
	}
	spec->kind = format[at];
	spec->length = at + (format[at] ? 1 : 0);
	if (spec->length < sizeof(spec->text))
		memcpy(spec->text, format, spec->length);
}

/* The values of one line, in a struct so that their va_list can be handed down by pointer. */
struct values {
	va_list list;
};

/* The next value as 64 bits, by the width that the format gives it. */
static long long next_signed(const struct spec *spec, struct values *values)
{
	if (spec->modifier == 'L' || spec->modifier == 'j')
		return va_arg(values->list, long long);
	if (spec->modifier == 'l' || spec->modifier == 'z' || spec->modifier == 't')
		return va_arg(values->list, long);
	return va_arg(values->list, int);
}

static unsigned long long next_unsigned(const struct spec *spec, struct values *values)
{
	if (spec->modifier == 'L' || spec->modifier == 'j')
		return va_arg(values->list, unsigned long long);
	if (spec->modifier == 'l' || spec->modifier == 'z' || spec->modifier == 't')
		return va_arg(values->list, unsigned long);
	if (spec->modifier == 'H')
		return (unsigned char)va_arg(values->list, unsigned);
	if (spec->modifier == 'h')
		return (unsigned short)va_arg(values->list, unsigned);
	return va_arg(values->list, unsigned);
}

/* The conversion's flags and width with the widest integer in the place of its own. */
static void spec_widen(const struct spec *spec, char out[SPEC_MAX + 4])
{
	size_t length = strcspn(spec->text, "hlzjtdiuxXc");

	memcpy(out, spec->text, length);
	out[length++] = 'l';
	out[length++] = 'l';
	out[length++] = spec->kind;
	out[length] = '\0';
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static int spec_print_integer(const struct spec *spec, struct values *values, char *out)
{
	char format[SPEC_MAX + 4];

	spec_widen(spec, format);
	if (spec->kind == 'd' || spec->kind == 'i')
		return snprintf(out, VALUE_MAX, format, next_signed(spec, values));
	return snprintf(out, VALUE_MAX, format, next_unsigned(spec, values));
}

static void spec_print(const struct spec *spec, struct values *values, struct line *line)
{
	char out[VALUE_MAX];
	int size = 0;

	out[0] = '\0';
	if (spec->kind == 's') {
		int limit = spec->starred ? va_arg(values->list, int) : -1;
		const char *text = va_arg(values->list, const char *);
		if (!text)
			text = "";
		line_put_value(line, text, limit < 0 ? strlen(text) : strnlen(text, (size_t)limit));
		return;
	}
	if (spec->kind == '%')
		line_put(line, "%", 1);
	else if (spec->kind == 'p')
		size = snprintf(out, sizeof(out), spec->text, va_arg(values->list, void *));
	else if (spec->kind == 'c')
		out[size++] = (char)va_arg(values->list, int);
	else
		size = spec_print_integer(spec, values, out);
	if (spec->kind == 'c')
		line_put_value(line, out, (size_t)size);
	else if (size > 0)
		line_put(line, out, strnlen(out, sizeof(out)));
}
#pragma GCC diagnostic pop

size_t log_format(char *out, size_t capacity, const char *event, const char *format, va_list values)
{
	struct line line = {.at = out, .capacity = capacity};
	struct values copy;
	struct spec spec;

	va_copy(copy.list, values);
	line_put(&line, "event=", 6);
	line_put_value(&line, event, strlen(event));
	if (*format)
		line_put(&line, " ", 1);
	while (*format) {
		size_t plain = strcspn(format, "%");
		line_put(&line, format, plain);
		format += plain;
		if (!*format)
			break;
		spec_read(format, &spec);
		/* What the compiler's check of formats lets by and this does not know ends the
		 * line, since the values behind it cannot be found any more. */
		if (spec.length >= sizeof(spec.text) || !strchr("diuxXcsp%", spec.kind) ||
		    !spec.kind)
			break;
		spec_print(&spec, &copy, &line);
		format += spec.length;
	}
	va_end(copy.list);
	if (line.cut && capacity > 4)
		memcpy(out + line.length - 3, "...", 3);
	out[line.length] = '\0';
	return line.length;
}

static size_t log_prefix(enum log_level level, char *out, size_t capacity)
{
	static const struct {
		int priority;
		const char *name;
	} levels[] = {{3, "error"}, {4, "warn"}, {6, "info"}, {7, "debug"}};
	struct timespec now;
	struct tm utc;
	int size;

	if (log_state.journal) {
		size = snprintf(out, capacity, "<%d>", levels[level].priority);
		return (size_t)size;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	size = (int)strftime(out, capacity, "%Y-%m-%dT%H:%M:%S", &utc);
	size += snprintf(out + size, capacity - (size_t)size, ".%03ldZ level=%s ",
			 now.tv_nsec / 1000000, levels[level].name);
	return (size_t)size;
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
	char text[64 + LOG_LINE_MAX + 1];
	size_t length;
	va_list values;

	if (!log_wants(level))
		return;
	length = log_prefix(level, text, 64);
	va_start(values, format);
	length += log_format(text + length, LOG_LINE_MAX, event, format, values);
	va_end(values);
	text[length++] = '\n';
	/* One write, so that lines of two processes on one pipe do not mix. A log that cannot be
	 * written has nowhere to say so. */
	if (write(STDERR_FILENO, text, length) < 0)
		return;
}

const char *log_number(struct span number, char *out)
{
	if (log_state.mask_numbers)
		address_mask(number, out, LOG_NUMBER_MAX);
	else
		snprintf(out, LOG_NUMBER_MAX, "%.*s", (int)number.length,
			 number.length ? (const char *)number.at : "");
	return out;
}

bool log_due(struct log_pace *pace, uint64_t now_ms, unsigned *count)
{
	pace->missed++;
	if (now_ms < pace->next_ms)
		return false;
	pace->next_ms = now_ms + LOG_PACE_MS;
	*count = pace->missed;
	pace->missed = 0;
	return true;
}
