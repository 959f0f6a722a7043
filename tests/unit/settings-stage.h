#ifndef BINDERY_TESTS_UNIT_SETTINGS_STAGE_H
#define BINDERY_TESTS_UNIT_SETTINGS_STAGE_H

#include "config/settings.h"

/* What a text of settings is told, for tests. */

#define HOSTS "hosts = ( { host = \"127.0.0.1\"; } ); system_id = \"me\";"

/* Every error reported since the last of the calls below, a line each; a settings_report. */
extern char errors[16384];
void collect(const char *line, void *context);

/* Loads `text`, in which nothing is wrong; for the caller to destroy. */
struct settings *good(const char *text);
/* `text` is refused with these lines and no others. */
void refused(const char *text, const char *expected);

#endif
