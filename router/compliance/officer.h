#ifndef BINDERY_ROUTER_COMPLIANCE_OFFICER_H
#define BINDERY_ROUTER_COMPLIANCE_OFFICER_H

#include <stdbool.h>

#include "config/settings.h"
#include "router/bus/bus.h"

/* What somebody of compliance does at the command line: `bindery-router suppression …`. */
struct officer_place {
	const struct settings *settings;
	const struct bus_address *redis;
	/* Whether it is really that user who sits there, with a role for it. */
	bool (*confirm)(const struct bus_address *redis, const char *name, bool from_stdin);
};

extern const char officer_usage[];
/* argv from behind `suppression`. Returns the exit code. */
int officer_command(const struct officer_place *place, int argc, char **argv);

#endif
