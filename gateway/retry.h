#ifndef BINDERY_GATEWAY_RETRY_H
#define BINDERY_GATEWAY_RETRY_H

#include <stdint.h>

#include "config/settings.h"

/* What to do about the command_status of a submit_sm_resp, SMPP 3.4 §5.1.3. Pure. */
enum retry_verdict {
	RETRY_SENT,    /* accepted */
	RETRY_PAUSE,   /* the carrier is too busy for us: the link waits, then the segment goes
			* again */
	RETRY_LATER,   /* this segment goes again after retry_delay_ms() */
	RETRY_REROUTE, /* refused here; another carrier may take the message */
	RETRY_FAIL,    /* refused for good */
};

struct retry_rule {
	enum retry_verdict verdict;
	uint32_t after_ms; /* 0 = as long as is usual */
};

/* What is usual: a vendor's or unknown status is refused for good, since sending again what was
 * refused for a reason that we do not know is how a number gets blocked. */
enum retry_verdict retry_verdict(uint32_t status);

/* The carrier's own table, and what is usual for a status that it does not name. ESME_ROK is
 * RETRY_SENT whatever the table says. */
struct retry_rule retry_rule(const struct settings_carrier *carrier, uint32_t status);

#define RETRY_DELAY_MIN_MS 1000
#define RETRY_DELAY_MAX_MS 300000

/* How long a segment waits after it failed `attempts` times, 1 and up: doubling, spread over its
 * upper half by `random`. */
uint64_t retry_delay_ms(uint32_t attempts, uint32_t random);

#endif
