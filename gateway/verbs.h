#ifndef BINDERY_GATEWAY_VERBS_H
#define BINDERY_GATEWAY_VERBS_H

#include <stdbool.h>

#include "config/settings.h"

/* What bindery-gateway does beside being the daemon: results on stdout, one record a line. Each
 * returns the exit status: 0 done, 1 no. */

/* PDUs in hex from stdin, a line each, to JSON, with the carrier's names of parameters where it is
 * not NULL. 1 when a line was no PDU. */
int verbs_pdu(const struct settings_carrier *carrier);

/* How `text` would be sent: by `carrier`'s settings, or by the defaults when that is NULL. 1 when
 * it cannot be. */
int verbs_text(const char *text, const struct settings_carrier *carrier, bool json);

/* What each carrier's gateway last said. 1 when one of them says nothing, or Redis is not there. */
int verbs_status(const struct settings *settings, bool json);

/* Tells the gateway of `carrier` to "pause", "drain" or "resume", by the function carrier_command,
 * which writes an event of it. 1 when Redis is not there. */
int verbs_command(const struct settings *settings, const char *carrier, const char *command);

/* Says on stderr which Redis it is, and what is the matter with it. */
void verbs_complain(const struct settings_redis *redis, const char *what);

#endif
