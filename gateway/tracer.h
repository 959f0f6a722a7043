#ifndef BINDERY_GATEWAY_TRACER_H
#define BINDERY_GATEWAY_TRACER_H

#include <stdbool.h>

#include "config/settings.h"

/* The verb `trace`: shows what the daemon publishes of a carrier's PDUs, until SIGINT, SIGTERM or
 * `count` of them. */

struct tracer_options {
	const char *pcap; /* a file for the capture, "-" for stdout instead of lines; or NULL */
	bool json, text, numbers;
	unsigned long count; /* 0 = no end */
};

/* Returns the exit status: 0, or 1 when Redis does not answer or the capture cannot be written. */
int tracer_run(const struct settings *settings, const struct settings_carrier *carrier,
	       const struct tracer_options *options);

#endif
