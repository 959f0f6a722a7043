#ifndef BINDERY_ROUTER_COMPLIANCE_CLASSIFY_H
#define BINDERY_ROUTER_COMPLIANCE_CLASSIFY_H

#include <stdbool.h>

#include "config/settings.h"
#include "router/bus/bus.h"

/*
 * `classify [--context marketing|question|agent|opted-out]… [--json] < lines`: what each line of
 * the standard input would mean for consent. `VERDICT <tab> rule <tab> text` a line each; backslash
 * escapes (\n, \r, \t, \\, \uXXXX, \UXXXXXXXX) in a line are read. With --json an object a line
 * that explains the verdict. By the rules that everybody has, which needs no configuration and no
 * Redis; with --programme NAME or --number NUMBER by those in force there, with --language of its
 * own words those of one language alone. argv[0] is what follows `classify`. Returns the exit code:
 * 0 done, 1 no, 2 usage.
 */
struct classify_place {
	const struct settings *settings; /* borrows both */
	const struct bus_address *redis;
};

/* Whether it has to be told where it is; else `place` may be NULL. */
bool classify_needs_place(int argc, char **argv);
int classify_command(const struct classify_place *place, int argc, char **argv);
extern const char classify_usage[];

#endif
