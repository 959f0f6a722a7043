#ifndef BINDERY_CONFIG_SETTINGS_CHECK_H
#define BINDERY_CONFIG_SETTINGS_CHECK_H

#include <stddef.h>

#include "config/settings.h"

/* What one look at a single key cannot see: names that point at one another, secrets in files, keys
 * that exclude one another. And the list of errors itself. */

struct settings_errors {
	settings_report *report;
	void *context;
	unsigned secrets; /* a set of SETTINGS_SECRETS_ */
	const char *file; /* named where an error has no place of its own; borrows */
	unsigned count;
	struct settings_mark *marks; /* owned */
	size_t marks_count, marks_capacity;
};

void settings_errors_finish(struct settings_errors *errors);

/* Counts and reports one error. `file` may be NULL; `line` is 0 where there is none. `label` comes
 * before the text, with its own `: `. */
void settings_error(struct settings_errors *errors, const char *file, unsigned line,
		    const char *label, const char *text);

/* Remembers where the struct at `at` came from. Copies `file`. */
void settings_remember(struct settings_errors *errors, const void *at, const char *file,
		       unsigned line);

/* An error about the struct at `at`, which was remembered; only within settings_check(). */
void settings_complain(struct settings_errors *errors, const void *at, const char *label,
		       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Checks the whole, whose index stands, reads the password files, and reports. */
void settings_check(struct settings *settings, struct settings_errors *errors);
/* Part of it. */
void settings_check_routes(const struct settings *settings, struct settings_errors *errors);

#endif
