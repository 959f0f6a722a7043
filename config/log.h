#ifndef BINDERY_CONFIG_LOG_H
#define BINDERY_CONFIG_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smpp/span.h"

/*
 * One event a line, key=value, on stderr: `event=bind_refused carrier=acme bind=2
 * status=0x0000000E`. Under systemd (JOURNAL_STREAM names our stderr) a line begins with the
 * priority that the journal reads, `<4>`; elsewhere with the time in UTC and the level.
 *
 * error = it stops working, warn = somebody should act, info = lifecycle, debug = PDU headers.
 * Never a password, never a message's text.
 */

enum log_level {
	LOG_ERROR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG,
};

#define LOG_LINE_MAX 2048 /* octets; a longer line is cut and ends in `...` */
#define LOG_NUMBER_MAX 32 /* what log_number() needs */

/* Lines above `level` are dropped from now on. Before the first call: info, numbers masked. */
void log_init(enum log_level level, bool mask_numbers);
bool log_wants(enum log_level level);

/*
 * Writes one line. `event` is a word of ours. `format` is `key=%s key=%u …`: every %s and %.*s is
 * quoted and escaped when it has anything but printable ASCII without blank, quote, backslash or
 * `=`, so a value from outside can neither end its field nor its line. Conversions: d i u x X c s p
 * and %%, with flags, width, precision and h l ll z j t, as printf has them.
 */
void log_event(enum log_level level, const char *event, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Of what may happen with each message a line a second says how often it did: a log that is full of
 * one failure hides the others. Zeroed at first. */
struct log_pace {
	uint64_t next_ms;
	unsigned missed; /* not logged since the last line */
};

/* It happened again. True where it is to be logged, `count` times then; `now_ms` is of a clock that
 * does not run backwards. */
bool log_due(struct log_pace *pace, uint64_t now_ms, unsigned *count);

/* The line without prefix and newline into `out`, NUL-terminated, for tests. Returns its length. */
size_t log_format(char *out, size_t capacity, const char *event, const char *format, va_list values)
	__attribute__((format(printf, 4, 0)));

/* `number` for a log line: all but its last four characters masked, unless the operator turned that
 * off. Returns `out`, of LOG_NUMBER_MAX octets. */
const char *log_number(struct span number, char *out);

#endif
