#ifndef BINDERY_GATEWAY_GATEWAY_H
#define BINDERY_GATEWAY_GATEWAY_H

#include "config/settings.h"

/* The daemon: one loop, one thread, all carriers of the file. Runs until SIGTERM or SIGINT, then
 * drains and unbinds. `path` is read again, and only checked, on SIGHUP. Returns the exit status.
 */
int gateway_run(const struct settings *settings, const char *path);

/* Prints an error of the settings on stderr; a settings_report. */
void gateway_report(const char *line, void *context);

#endif
