#ifndef BINDERY_ROUTER_COMPLIANCE_QUIET_H
#define BINDERY_ROUTER_COMPLIANCE_QUIET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"

/*
 * When an automated message may be sent: within the programme's hours at the place of whom it is
 * for, in every zone that the number may be in (zones.h), and on the machine's clock where none is
 * known. Answers to a customer, HELP and confirmations are sent at any hour. Times are ms since
 * 1970; pure but for the machine's tzdata.
 */

enum quiet {
	QUIET_NONE,    /* at any hour */
	QUIET_WINDOWS, /* in some windows */
	QUIET_NEVER,   /* in none before it is too late */
};

#define QUIET_TEXT_MAX 2048

/* Tells where a programme has hours and the machine knows no time zones. Whether it is not so. */
bool quiet_check(const struct settings *settings, settings_report *report, void *context);

/* The windows from the minute of `now_ms` on until `until_ms` (at most 31 days are looked at), as
 * the functions take them: `from-to,from-to`, in minutes since 1970, `to` not in it. "" for
 * QUIET_NONE and QUIET_NEVER. NULL is a number without a programme, which has the safe hours. */
enum quiet quiet_windows(const char *number, const struct settings_programme *programme,
			 uint64_t now_ms, uint64_t until_ms, char out[QUIET_TEXT_MAX]);

/* Whether one may be sent now; else in `opens_ms` when it may be again, 0 for not within a week. */
bool quiet_is_open(const char *number, const struct settings_programme *programme, uint64_t now_ms,
		   uint64_t *opens_ms);

#endif
