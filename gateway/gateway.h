#ifndef BINDERY_GATEWAY_GATEWAY_H
#define BINDERY_GATEWAY_GATEWAY_H

#include "config/settings.h"

/* The daemon: one loop, one thread, all carriers of the file. Runs until SIGTERM or SIGINT, then
 * drains and unbinds. On SIGHUP `path` is read again: carriers come, go and change, each without
 * touching the others' binds; a file with an error changes nothing. Borrows `settings`. Returns the
 * exit status. */
int gateway_run(const struct settings *settings, const char *path);

/* What settings_load() cannot see: whether the files that TLS needs are good. Reports every error;
 * returns 0 or -EINVAL. */
__attribute__((warn_unused_result)) int gateway_check(const struct settings *settings,
						      settings_report *report, void *context);

/* Prints an error of the settings on stderr; a settings_report. */
void gateway_report(const char *line, void *context);

#endif
